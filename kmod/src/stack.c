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

static void unwind(struct task_struct *t, const struct ranges *ranges, struct walk *w)
{
	struct unwind_state state;
	unsigned long addr;

	w->reliable = true;
	/* A task that runs, which only a look without a stop meets, has frames that KASAN takes for bad reads. */
	kasan_disable_current();
	for (unwind_start(&state, t, NULL, NULL); !unwind_done(&state); next_frame(&state, w)) {
		addr = unwind_get_return_address(&state);
		if (!addr) {
			/* The way into the kernel is where a user task's stack ends. */
			struct pt_regs *regs = unwind_get_entry_regs(&state, NULL);

			if (!regs || !user_mode(regs))
				w->reliable = false;
			break;
		}
		if (w->depth < SPOTOS_STACK_DEPTH)
			w->stack[w->depth++] = addr;
		if (!w->hit)
			w->hit = find_range(ranges, addr);
	}
	if (unwind_error(&state))
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
 * Looks at one task and adds it to out if it holds. A verdict only inside stop_machine: elsewhere (under
 * RCU, and with CPU hotplug held off, so that no stack's memory goes away) the task may run meanwhile, and
 * the answer is a hint. A task that is on a CPU inside stop_machine is that CPU's stopper, which is in none
 * of the functions that can be patched (see never[] in resolve.c).
 */
bool stack_holds(struct task_struct *t, const struct ranges *ranges, struct holder_list *out)
{
	void *restart = READ_ONCE(t->restart_block.fn);
	struct walk w = { .hit = NULL };
	bool hooked = false;
	u32 flags = 0;

	if (!READ_ONCE(t->stack) || !refcount_read(&t->stack_refcount) || READ_ONCE(t->on_cpu))
		return false;
	unwind(t, ranges, &w);
	if (!w.reliable)
		hooked = scan_words(t, ranges, &w);
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
