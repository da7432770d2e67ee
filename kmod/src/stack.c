// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a task holds: whether its stack shows that it is inside certain text.
 *
 * The unwinder is asked first. Where it vouches for the whole stack its word is final. Where it does not
 * (it cannot see through a BPF trampoline, for one) every word of the stack is looked at besides, as Ksplice
 * does: that may find a holder that is none, never miss one.
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
	bool nowhere; /* preempted in text that belongs to no function */
	u32 depth;
	unsigned long stack[SPOTOS_STACK_DEPTH];
};

/*
 * A task that was preempted in text which the unwinder does not know (a kprobe's detour out of a function, a
 * trampoline) may be about to go on in any function, with no word of it on its stack. Only with full preemption;
 * it moves on soon.
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
 * Where a stack ends that leads to no user registers: at the frame that a kernel thread begins with. An idle
 * task of a CPU that was brought up later has a few words more there.
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
	/* A task that runs, which only a look without a stop meets, has frames that KASAN takes for bad reads. */
	kasan_disable_current();
	for (unwind_start(&state, t, NULL, NULL); !unwind_done(&state); next_frame(&state, w)) {
		addr = unwind_get_return_address(&state);
		if (!addr) {
			/* The way into the kernel is where a user task's stack ends. */
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
	 * That a walk is done proves nothing: in 6.1 code that has no frame of its own, as a retpoline's thunk
	 * and return_to_handler, is marked like the end of a stack.
	 */
	if (unwind_error(&state) || !(user || at_bottom(&state, t)))
		w->reliable = false;
	kasan_enable_current();
}

/* Returns true if a return address may stand elsewhere than on the stack, so that no word shows it. */
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

	/* A task that ran on two CPUs is recorded by both. Idle tasks share pid 0. */
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
 * 6.1's unwinder warns of a task that is ready to run inside of a function with a kretprobe, since it may move.
 * Outside stop_machine any sleeping task may become that.
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
 * Looks at one task and adds it to out if it holds. A verdict only inside stop_machine (STACK_STOPPED).
 * Elsewhere, under RCU and with CPU hotplug held off, so that a stack's memory stays (but where a cgroup is at
 * its limit as the stack of a task that has just died is used again), the task may run meanwhile: the answer
 * is true for every holder that sleeps (STACK_SURE), or a hint (STACK_HINT). A task that is on a CPU inside
 * stop_machine is that CPU's stopper, which is in none of the functions that can be patched (see unpatchable[] in
 * resolve.c).
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
	/* Where it returns to stands in a list that only the unwinder reads, so it may be anywhere. */
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
