// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether a task holds: whether its stack shows that it is inside certain text.
 *
 * The unwinder comes first. If it vouches for the whole stack its result is final. If it does not (it cannot see
 * through a BPF trampoline, for example), every word of the stack is compared too, as Ksplice does: that may
 * report a holder that is none, but never misses one.
 */
#include <linux/kasan.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <asm/unwind.h>

#include "internal.h"

#define IDLE_BOTTOM 128 /* bytes */

static const struct text_range *find_range(const struct ranges *ranges, unsigned long addr)
{
	unsigned int lo = 0, hi = ranges->n;

	if (addr < ranges->lo || addr >= ranges->hi)
		return NULL;
	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (addr < ranges->r[mid].start)
			hi = mid;
		else if (addr >= ranges->r[mid].end)
			lo = mid + 1;
		else
			return &ranges->r[mid];
	}
	return NULL;
}

struct walk {
	const struct text_range *hit; /* the innermost */
	bool reliable;
	bool nowhere; /* preempted in text that is of no function */
	u32 depth;
	unsigned long stack[SPOTOS_STACK_DEPTH];
};

/*
 * Goes to the next frame. A task that was preempted in text which the unwinder does not know (a kprobe's detour
 * out of a function, a trampoline) may be about to go on in any function, with no word of that on its stack. This
 * happens only with full preemption, and the task moves on soon.
 */
static void next_frame(struct unwind_state *state, struct walk *w)
{
	struct pt_regs *regs = unwind_get_entry_regs(state, NULL);
	bool known = !unwind_error(state);

	unwind_next_frame(state);
	if (known && unwind_error(state) && regs && !user_mode(regs))
		w->nowhere = true;
}

/*
 * Whether a stack that leads to no user registers ends here: at the frame that a kernel thread begins with. An
 * idle task of a CPU that was brought up later has a few words more there.
 */
static bool at_bottom(const struct unwind_state *state, struct task_struct *t)
{
	unsigned long bottom = (unsigned long)task_pt_regs(t);

	return state->sp == bottom || (is_idle_task(t) && bottom - state->sp <= IDLE_BOTTOM);
}

static void unwind(struct task_struct *t, const struct ranges *ranges, struct walk *w)
{
	struct unwind_state state;
	unsigned long addr;
	bool user = false;

	w->reliable = true;
	/* KASAN takes frames of a running task for bad reads; only a look without a stop meets such a task. */
	kasan_disable_current();
	for (unwind_start(&state, t, NULL, NULL); !unwind_done(&state); next_frame(&state, w)) {
		addr = unwind_get_return_address(&state);
		if (!addr) {
			/* A user task's stack ends where it entered the kernel. */
			struct pt_regs *regs = unwind_get_entry_regs(&state, NULL);

			user = regs && user_mode(regs);
			break;
		}
		if (w->depth < SPOTOS_STACK_DEPTH)
			w->stack[w->depth++] = addr;
		if (!w->hit)
			w->hit = find_range(ranges, addr);
		if (is_return_hook(addr))
			w->reliable = false;
	}
	/*
	 * The end of a walk proves nothing: 6.1 marks code that has no frame of its own, such as a retpoline's
	 * thunk and return_to_handler, like the end of a stack.
	 */
	if (unwind_error(&state) || !(user || at_bottom(&state, t)))
		w->reliable = false;
	kasan_enable_current();
}

/* Returns true if a return address may be kept elsewhere than on the stack, so that no word shows it. */
static bool scan_words(struct task_struct *t, const struct ranges *ranges, struct walk *w)
{
	unsigned long *sp = (unsigned long *)READ_ONCE(t->thread.sp);
	unsigned long *base = READ_ONCE(t->stack);
	unsigned long *top = base + THREAD_SIZE / sizeof(*sp);
	bool hooked = false;

	if (!base)
		return false;
	if (sp < base || sp >= top)
		sp = base;
	for (; sp < top; sp++) {
		unsigned long word = READ_ONCE_NOCHECK(*sp);

		if (!w->hit)
			w->hit = find_range(ranges, word);
		hooked |= is_return_hook(word);
	}
	return hooked;
}

static void note_holder(struct task_struct *t, const struct walk *w, u32 flags, struct holder_list *out)
{
	struct spotos_holder *h;
	u32 i;

	/* Once each: a task that ran on two CPUs is recorded by both. Idle tasks all have pid 0. */
	for (i = 0; i < out->count && t->pid; i++)
		if (out->h[i].pid == t->pid)
			return;
	if (out->total++ >= SPOTOS_MAX_HOLDERS)
		return;
	h = &out->h[out->count++];
	memset(h, 0, sizeof(*h));
	h->pid = t->pid;
	h->tgid = t->tgid;
	h->func = w->hit ? w->hit->func : SPOTOS_NO_FUNC;
	h->flags = flags | (w->reliable ? 0 : SPOTOS_HOLDER_UNRELIABLE) |
		   (is_idle_task(t) ? SPOTOS_HOLDER_IDLE : 0) |
		   (t->flags & PF_KTHREAD ? SPOTOS_HOLDER_KTHREAD : 0);
	h->state = task_state_to_char(t);
	memcpy(h->comm, t->comm, sizeof(h->comm));
	h->comm[sizeof(h->comm) - 1] = '\0';
	h->depth = w->depth;
	memcpy(h->stack, w->stack, w->depth * sizeof(w->stack[0]));
}

/*
 * Whether a walk may make 6.1's unwinder warn: it does for a task that is ready to run inside a function with a
 * kretprobe, since such a task may move. Outside stop_machine any sleeping task may become ready to run.
 */
static bool makes_unwinder_warn(struct task_struct *t, enum stack_trust how)
{
#ifdef SPOTOS_RETHOOK_WARNS
	return READ_ONCE(t->rethooks.first) &&
	       (how != STACK_STOPPED || READ_ONCE(t->__state) == TASK_RUNNING);
#else
	return false;
#endif
}

/*
 * Looks at one task, and adds it to out if it holds. The result is a verdict only inside stop_machine
 * (STACK_STOPPED). Elsewhere the task may run meanwhile: the result is true for every holder that sleeps
 * (STACK_SURE), or is a hint (STACK_HINT). There the caller is under RCU and keeps CPU hotplug off, so that a
 * stack's memory stays (except where a cgroup is at its limit as the stack of a task that has just died is used
 * again). A task that is on a CPU inside stop_machine is that CPU's stopper, which is in none of the functions
 * that can be patched (see unpatchable[] in resolve.c).
 */
bool stack_holds(struct task_struct *t, const struct ranges *ranges, struct holder_list *out,
		 enum stack_trust how)
{
	void *restart = READ_ONCE(t->restart_block.fn);
	struct walk w = { .hit = NULL };
	bool shy, hooked = false;
	u32 flags = 0;

	if (!READ_ONCE(t->stack) || !refcount_read(&t->stack_refcount) || READ_ONCE(t->on_cpu))
		return false;
	shy = makes_unwinder_warn(t, how);
	if (!shy)
		unwind(t, ranges, &w);
	if (!w.reliable)
		hooked = scan_words(t, ranges, &w);
	/* Its return address is in a list that only the unwinder reads, so the task may be anywhere. */
	if (shy && how == STACK_HINT)
		hooked = false;
	if (!w.hit && ranges->restart) {
		w.hit = find_range(ranges, (unsigned long)restart);
		if (w.hit)
			flags = SPOTOS_HOLDER_RESTART;
	}
	if (!w.hit && !hooked && !w.nowhere)
		return false;
	note_holder(t, &w, flags, out);
	return true;
}
