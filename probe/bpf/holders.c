// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Lists the tasks that are inside a watched function, with their stacks, and counts calls from before the
 * watch. A task that runs at this moment has no stack to read: it is listed as running.
 *
 * A call is from before the watch if the stack shows no mark of it; those are the outermost ones. It is
 * counted once the instruction that it returns to has a probe (see the map sites), so that its end is seen.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

#define MAX_BODIES 32
#define STACK_WORDS 2048 /* 16 KiB, where a task does not show its size */
#define PAGE_WORDS 512

const volatile __u32 range_count;
const volatile __u64 lowest, highest; /* of all ranges */
const volatile struct text_range ranges[MAX_RANGES];

__u32 pass = 1; /* of the listing */

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct thread_info {
	__u32 cpu;
} __attribute__((preserve_access_index));

struct thread_struct {
	unsigned long sp;
} __attribute__((preserve_access_index));

struct vm_struct {
	unsigned int nr_pages;
} __attribute__((preserve_access_index));

struct llist_head {
	void *first;
} __attribute__((preserve_access_index));

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	unsigned int __state;
	unsigned int flags;
	int exit_state;
	int on_cpu;
	unsigned long nvcsw;
	unsigned long nivcsw;
	void *stack;
	struct vm_struct *stack_vm_area;
	struct thread_struct thread;
	struct llist_head rethooks;
	int curr_ret_stack;
	void *ret_stack;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

/* Return addresses that have a probe of count_return. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_RANGES);
	__type(key, __u64);
	__type(value, __u32);
} sites SEC(".maps");

struct scratch {
	struct holder h;
	__u64 stack[STACK_DEPTH];
	__u32 at[MAX_BODIES]; /* frames inside a body: their index in stack, and the function */
	__u32 func[MAX_BODIES];
	__u32 marks; /* not on the program's stack, where the verifier would follow each value */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* What the walk over one stack has found. */
struct scan {
	struct scratch *s;
	__u64 addr;
	__u32 at;
	__u32 frames; /* in the trace */
	__u32 func;   /* the innermost; NO_FUNC: none yet */
	__u32 bodies;
	__u32 sites;
	__u32 uncounted;
};

/* Called by bpf_loop(), not a plain loop: of two nested loops the verifier would walk every path. */
static long match_range(__u32 i, void *arg)
{
	struct scan *l = arg;
	__u32 n = l->bodies;

	if (i >= MAX_RANGES)
		return 1;
	if (l->addr < ranges[i].start || l->addr >= ranges[i].end)
		return 0;
	if (l->func == NO_FUNC)
		l->func = ranges[i].func;
	if (ranges[i].kind == TEXT_UNCOUNTED) {
		l->uncounted++;
	} else if (ranges[i].kind == TEXT_SITE) {
		l->sites++;
		/* There is a trampoline in between: of a redirection, or of another watch that has ended. */
		if (n && n - 1 < MAX_BODIES && l->at - l->s->at[n - 1] <= 2)
			l->s->at[n - 1] = l->at;
	} else if (n < MAX_BODIES) {
		l->s->at[n] = l->at;
		l->s->func[n] = ranges[i].func;
		l->bodies = n + 1;
	}
	return 1;
}

static long match_frame(__u32 i, void *arg)
{
	struct scan *l = arg;

	if (i >= STACK_DEPTH)
		return 1;
	l->at = i;
	l->addr = l->s->stack[i];
	if (l->addr >= lowest && l->addr < highest)
		bpf_loop(range_count, match_range, l, 0);
	return 0;
}

/* A search for words on a stack. */
struct words {
	__u64 base;
	__u64 sp;
	__u64 want, found;
	struct scratch *s;
	struct early_call *call;
};

static long match_word(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64), word = 0;

	if (at < w->sp || bpf_probe_read_kernel(&word, sizeof(word), (void *)at) || word != w->call->site)
		return 0;
	/* The stack pointer after the return. */
	w->call->highest = at + sizeof(__u64);
	if (!w->call->lowest)
		w->call->lowest = w->call->highest;
	return 0;
}

static long match_before(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64), word[2] = {};

	if (at >= w->sp && !bpf_probe_read_kernel(word, sizeof(word), (void *)at) && word[0] == w->want)
		w->found = word[1];
	return 0;
}

/* How many words a stack has: more in a kernel with KASAN. */
static __always_inline __u32 stack_words(struct task_struct *task)
{
	struct vm_struct *area = 0;

	if (bpf_core_field_exists(task->stack_vm_area))
		area = task->stack_vm_area;
	return area ? area->nr_pages * PAGE_WORDS : STACK_WORDS;
}

/* Returns the return address of a body's call: the next one in the trace, outwards. */
static __noinline __u64 return_of(struct task_struct *task, struct scan *l, __u32 at)
{
	struct words w = { .base = (__u64)task->stack, .sp = task->thread.sp };

	if (at >= STACK_DEPTH - 1)
		return 0;
	if (at + 1 < l->frames)
		return l->s->stack[at + 1];
	/*
	 * A redirection overwrites the word through which the call was entered, and the unwinder cannot go on
	 * from there. The return address is the word that was pushed before.
	 */
	w.want = l->s->stack[at];
	bpf_loop(stack_words(task) - 1, match_before, &w, 0);
	return w.found;
}

static __always_inline __u64 switches(struct task_struct *task)
{
	return task->nvcsw + task->nivcsw;
}

static long match_mark(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64);

	if (at >= w->sp && find_mark(at - w->want, 0, ANY_FUNC | TIMED))
		w->s->marks++;
	return 0;
}

/* Returns how many of the calls on a stack are counted. */
static __noinline __u32 counted(struct task_struct *task, struct scratch *s)
{
	struct words w = { .base = (__u64)task->stack, .sp = task->thread.sp, .want = slots_at(), .s = s };

	s->marks = 0;
	bpf_loop(stack_words(task), match_mark, &w, 0);
	return s->marks;
}

static __noinline void forget(struct early_key *key)
{
	struct early_call *known = bpf_map_lookup_elem(&early, key);

	if (!known)
		return;
	early_over(key, known);
	bpf_map_delete_elem(&early, key);
}

/* Counts an early call. Returns 1 and takes it back if the task has run since its stack was read. */
static __noinline int adopt(struct task_struct *task, struct scratch *s, struct early_key *key,
			    struct early_call *call, __u64 ran)
{
	struct words w = { .base = (__u64)task->stack, .sp = task->thread.sp, .call = call };
	__u32 func = call->func & (MAX_FUNCS - 1);

	bpf_loop(stack_words(task), match_word, &w, 0);
	if (!call->lowest)
		return 0;
	call->owner = early_owner(key, func);
	__sync_fetch_and_add(&stats[func].early, 1);
	if (bpf_map_update_elem(&early, key, call, BPF_NOEXIST)) {
		__sync_fetch_and_add(&stats[func].early, -1);
		return 0;
	}
	s->h.hidden--;
	if (!task->on_cpu && switches(task) == ran)
		return 0;
	forget(key);
	return 1;
}

static __always_inline int settle_one(struct task_struct *task, struct scan *l, __u32 n, __u32 calls,
				      __u64 ran)
{
	struct early_key key = { .tid = task->pid, .n = n };
	struct early_call call = { .pass = pass }, *known;
	__u32 body = l->bodies - 1 - n;

	known = bpf_map_lookup_elem(&early, &key);
	l->s->h.site[n] = body < MAX_BODIES ? return_of(task, l, l->s->at[body]) : 0;
	if (n < calls && body < MAX_BODIES) {
		call.func = l->s->func[body];
		call.site = l->s->h.site[n];
	}
	if (known && known->owner && known->site == call.site && known->func == call.func) {
		known->pass = pass;
		l->s->h.hidden--;
		return 0;
	}
	if (known)
		forget(&key);
	if (call.site && bpf_map_lookup_elem(&sites, &call.site))
		return adopt(task, l->s, &key, &call, ran);
	return 0;
}

struct settling {
	struct task_struct *task;
	struct scan *l;
	__u64 ran;
	__u32 calls;
	__u32 moved;
};

static long settle_next(__u32 n, void *arg)
{
	struct settling *s = arg;

	if (n >= MAX_EARLY)
		return 1;
	if (settle_one(s->task, s->l, n, s->calls, s->ran))
		s->moved = 1;
	return 0;
}

/*
 * Brings the entries of one task up to date. Returns whether the task ran meanwhile. By bpf_loop(): the verifier
 * takes ten times as long for what is unrolled, and all of it at the start of every watch.
 */
static __always_inline int settle(struct task_struct *task, struct scan *l, __u32 calls, __u64 ran)
{
	struct settling s = { .task = task, .l = l, .ran = ran, .calls = calls };

	bpf_loop(MAX_EARLY, settle_next, &s, 0);
	return s.moved;
}

/* Keeps the entries of a task that runs. */
static __always_inline void keep(struct task_struct *task)
{
	struct early_key key = { .tid = task->pid };
	struct early_call *known;

	for (__u32 n = 0; n < MAX_EARLY; n++) {
		key.n = n;
		known = bpf_map_lookup_elem(&early, &key);
		if (known)
			known->pass = pass;
	}
}

/* Takes off a call that this listing did not see: its task has died, or its return was missed. */
static long sweep(void *map, struct early_key *key, struct early_call *call, void *arg)
{
	struct early_key gone = *key;

	if (call->pass != pass)
		forget(&gone);
	return 0;
}

static __always_inline void write_holder(struct bpf_iter__task *ctx, struct task_struct *task,
					 struct holder *h)
{
	h->pid = task->pid;
	h->tgid = task->tgid;
	h->state = task->__state | task->exit_state;
	h->flags = task->flags;
	h->switches = switches(task);
	h->cpu = task->thread_info.cpu;
	bpf_core_read(h->comm, sizeof(h->comm), &task->comm);
	bpf_seq_write(ctx->meta->seq, h, sizeof(*h));
}

extern int LINUX_KERNEL_VERSION __kconfig;

/*
 * Whether another tool's hook is in the place of a return address of a task. An older kernel's unwinder may warn
 * in the log of one that is ready to run, as this one may become at any moment, in a function with a kretprobe;
 * and it ends without an error where function_graph has put its hook.
 */
static __always_inline int hooked(struct task_struct *task)
{
	if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 12, 0))
		return 0;
	if (bpf_core_field_exists(task->rethooks) && task->rethooks.first)
		return 1;
	return bpf_core_field_exists(task->ret_stack) && task->ret_stack && task->curr_ret_stack >= 0;
}

/* Whether a task's stack cannot be read now. */
static __always_inline int runs(struct task_struct *task)
{
	return task->on_cpu || hooked(task);
}

SEC("iter/task")
int list_holders(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scan l = { .func = NO_FUNC };
	__u32 zero = 0, have;
	struct holder *h;
	__u64 ran;
	long len;

	if (!task) {
		bpf_for_each_map_elem(&early, sweep, 0, 0);
		pass++;
		return 0;
	}
	l.s = bpf_map_lookup_elem(&scratch, &zero);
	if (!l.s)
		return 0;
	h = &l.s->h;
	h->func = NO_FUNC;
	h->depth = h->frames = h->early = h->hidden = 0;
	ran = switches(task);
	len = runs(task) ? 0 : bpf_get_task_stack(task, l.s->stack, sizeof(l.s->stack), 0);
	if (len < 0)
		len = 0;
	l.frames = len / sizeof(__u64);
	bpf_loop(l.frames, match_frame, &l, 0);
	have = l.bodies ? counted(task, l.s) : 0;
	if (runs(task) || switches(task) != ran)
		goto running;
	h->early = h->hidden = l.bodies > have ? l.bodies - have : 0;
	if (settle(task, &l, h->early, ran))
		goto running;
	if (l.func == NO_FUNC)
		return 0;
	h->func = l.func;
	h->frames = (l.bodies ? l.bodies : l.sites) + l.uncounted;
	h->depth = l.frames;
	__builtin_memcpy(h->stack, l.s->stack, sizeof(h->stack));
	write_holder(ctx, task, h);
	return 0;
running:
	keep(task);
	h->func = NO_FUNC;
	write_holder(ctx, task, h);
	return 0;
}
