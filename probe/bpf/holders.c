// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Lists the tasks that are inside a watched function, with their stacks. A task that runs at this moment has
 * no stack to read and is not listed; the counts have it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "watch.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 range_count;
const volatile __u64 lowest, highest; /* what the ranges span */
const volatile struct text_range ranges[MAX_RANGES];

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
	unsigned int __state;
	unsigned int flags;
	int exit_state;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct notes {
	__u32 generation;
	__u32 depth;
	__u64 scratch;
	__u64 frame[MAX_NESTED];
	__u8 func[MAX_NESTED];
};

struct shared_state shared SEC(".data.shared");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct notes);
} notes SEC(".maps");

struct scratch {
	struct holder h;
	__u64 stack[STACK_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* What one stack was found to hold. */
struct look {
	struct scratch *s;
	__u64 addr;
	__u32 func; /* MAX_FUNCS: none so far */
	__u32 bodies;
	__u32 sites;
};

/* bpf_loop() and not a plain loop: the verifier would walk every path of the two nested. */
static long match_range(__u32 i, void *arg)
{
	struct look *l = arg;

	if (i >= MAX_RANGES)
		return 1;
	if (l->addr < ranges[i].start || l->addr >= ranges[i].end)
		return 0;
	if (l->func == MAX_FUNCS)
		l->func = ranges[i].func;
	if (l->func == ranges[i].func) {
		if (ranges[i].site)
			l->sites++;
		else
			l->bodies++;
	}
	return 1;
}

static long match_frame(__u32 i, void *arg)
{
	struct look *l = arg;

	if (i >= STACK_DEPTH)
		return 1;
	l->addr = l->s->stack[i];
	if (l->addr >= lowest && l->addr < highest)
		bpf_loop(range_count, match_range, l, 0);
	return 0;
}

static __always_inline __u32 counted(struct task_struct *task, __u32 func)
{
	struct notes *n = bpf_task_storage_get(&notes, task, 0, 0);
	__u32 sum = 0;

	if (!n || n->generation != shared.generation)
		return 0;
	for (__u32 i = 0; i < MAX_NESTED && i < n->depth; i++)
		sum += n->func[i] == func;
	return sum;
}

SEC("iter/task")
int list_holders(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 zero = 0, have;
	struct look l = { .func = MAX_FUNCS };
	struct holder *h;
	long len;

	l.s = bpf_map_lookup_elem(&scratch, &zero);
	if (!task || !l.s)
		return 0;
	h = &l.s->h;
	len = bpf_get_task_stack(task, l.s->stack, sizeof(l.s->stack), 0);
	if (len <= 0)
		return 0;
	bpf_loop(len / sizeof(__u64), match_frame, &l, 0);
	if (l.func == MAX_FUNCS)
		return 0;
	have = counted(task, l.func);
	h->func = l.func;
	h->frames = l.bodies ? l.bodies : l.sites;
	h->before = l.bodies > have ? l.bodies - have : 0;
	h->pid = task->pid;
	h->tgid = task->tgid;
	h->state = task->__state | task->exit_state;
	h->flags = task->flags;
	h->depth = len / sizeof(__u64);
	bpf_core_read(h->comm, sizeof(h->comm), &task->comm);
	__builtin_memcpy(h->stack, l.s->stack, sizeof(h->stack));
	bpf_seq_write(ctx->meta->seq, h, sizeof(*h));
	return 0;
}
