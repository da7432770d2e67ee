// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether a task holds: whether its stack shows that it is inside certain text.
 *
 * The unwinder comes first. If it vouches for the whole stack its result is final. If it does not (it cannot see
 * through a BPF trampoline, for example), every word of the stack is compared too, as Ksplice does: that may
 * report a holder that is none, but never misses one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kasan.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/task_stack.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <asm/unwind.h>

#include "internal.h"

#define IDLE_BOTTOM 128 /* bytes */

#ifdef SPOTOS_TEST_BUILD
/* For tests: how long a look at a user task's stack outside the stop waits before it reads. */
static unsigned int stack_delay_ms;
module_param(stack_delay_ms, uint, 0600);
#else
#define stack_delay_ms 0
#endif

struct walk {
	const struct text_range *hit; /* the innermost */
	bool reliable;
	bool nowhere; /* preempted in text that is of no function, or in what that calls */
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

/* seen is t, or what the unwinder is to take for it. */
static void unwind(struct task_struct *t, struct task_struct *seen, const struct ranges *ranges,
		   struct walk *w)
{
	struct unwind_state state;
	unsigned long addr;
	bool user = false;

	w->reliable = true;
	/* KASAN takes frames of a running task for bad reads; only a look without a stop meets such a task. */
	kasan_disable_current();
	for (unwind_start(&state, seen, NULL, NULL); !unwind_done(&state); next_frame(&state, w)) {
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
			w->hit = leads_to(ranges, addr);
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

/* Returns true if a return address may be kept elsewhere, where neither a word nor a list shows it. */
static bool scan_words(struct task_struct *t, const struct ranges *ranges, struct walk *w, bool stopped)
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
			w->hit = leads_to(ranges, word);
		hooked |= stopped ? is_graph_hook(word) : is_return_hook(word);
		/* Nothing below a detour sleeps, so in a task that does the word is an old one. */
		w->nowhere |= READ_ONCE(t->on_rq) && is_detour(word);
	}
	if (stopped && !w->hit)
		w->hit = rethooks_lead_to(ranges, t);
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
 * The kernel exports no put_task_stack(). A static call makes it a direct call, as if it were: an indirect one
 * would end in a fault where the kernel was built with CONFIG_X86_KERNEL_IBT and took the function's ENDBR
 * away, since nobody takes its address.
 */
DEFINE_STATIC_CALL_NULL(put_stack, put_task_stack);

/*
 * The unwinder asks the task for the return addresses that a kretprobe or the function graph tracer has
 * replaced. Both of their lists are the task's alone: if it runs meanwhile, 6.1 warns about the first (also later
 * than any look at the task beforehand), 6.12 about the second. And of a task that is ready to run the kernel
 * tells nobody the first, though nothing moves. So the unwinder is given this instead: it has the task's stack
 * and sleeps, and it has the lists only while the machine is stopped. One look at a time uses it: they are made
 * under attempt_lock, or by the worker before anybody else may make an attempt.
 */
static struct task_struct stand_in = { .__state = TASK_UNINTERRUPTIBLE };

static struct task_struct *stand_in_for(struct task_struct *t, bool stopped)
{
	stand_in.stack = t->stack;
	stand_in.thread.sp = READ_ONCE(t->thread.sp);
#ifdef CONFIG_RETHOOK
	stand_in.rethooks.first = stopped ? t->rethooks.first : NULL;
#endif
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	stand_in.ret_stack = stopped ? t->ret_stack : NULL;
	stand_in.curr_ret_stack = stopped ? t->curr_ret_stack : -1;
#endif
	return &stand_in;
}

/* The stack is there and stays: the machine is stopped, or it is pinned. */
static bool look(struct task_struct *t, const struct ranges *ranges, struct holder_list *out,
		 enum stack_trust how)
{
	void *restart = READ_ONCE(t->restart_block.fn);
	bool stopped = how == STACK_STOPPED, hooked = false;
	struct walk w = { .hit = NULL };
	u32 flags = 0;

	unwind(t, stand_in_for(t, stopped), ranges, &w);
	if (!w.reliable)
		hooked = scan_words(t, ranges, &w, stopped);
	/* Its return address is in a list that the stand-in does not have, so the task may be anywhere. */
	if (how == STACK_HINT)
		hooked = false;
	if (!w.hit && ranges->restart) {
		w.hit = ranges_find(ranges, (unsigned long)restart);
		if (w.hit)
			flags = SPOTOS_HOLDER_RESTART;
	}
	if (!w.hit && !hooked && !w.nowhere)
		return false;
	if (out)
		note_holder(t, &w, flags, out);
	return true;
}

/*
 * Looks at one task, and adds it to out, if that is given and the task holds. The result is a verdict only
 * inside stop_machine (STACK_STOPPED). Elsewhere the task may run meanwhile: the result is true for every
 * holder that sleeps (STACK_SURE), or is a hint (STACK_HINT). The caller has a reference on t, or is under RCU.
 *
 * A reference on a task does not keep its stack, and RCU does not either: when the task has died, its stack
 * goes to a small cache at once, out of which a clone() that then fails frees it, and so does a CPU that goes
 * offline. So outside the stop the stack is pinned while it is read, as the kernel's own readers do. Whoever
 * puts the last pin frees the stack, and may do so in any context, with a reader's RCU and locks: that is what
 * the scheduler does under its own. Inside the stop no stack can go while we look, and nothing may be freed.
 *
 * A task that is on a CPU inside stop_machine is that CPU's stopper, which is in none of the functions that can
 * be patched (see spotos_unpatchable.h).
 */
bool stack_holds(struct task_struct *t, const struct ranges *ranges, struct holder_list *out,
		 enum stack_trust how)
{
	bool holds;

	if (how == STACK_STOPPED)
		return refcount_read(&t->stack_refcount) && !READ_ONCE(t->on_cpu) &&
		       look(t, ranges, out, how);
	if (!try_get_task_stack(t))
		return false;
	if (stack_delay_ms && !(t->flags & PF_KTHREAD))
		mdelay(stack_delay_ms);
	holds = !READ_ONCE(t->on_cpu) && look(t, ranges, out, how);
	static_call(put_stack)(t);
	return holds;
}

int stack_init(void)
{
	unsigned long addr = symbol_address("put_task_stack");

	if (!addr) {
		pr_info("this kernel has no put_task_stack(): no stack could be looked at safely\n");
		return -EOPNOTSUPP;
	}
	static_call_update(put_stack, (typeof(&put_task_stack))addr);
	return 0;
}
