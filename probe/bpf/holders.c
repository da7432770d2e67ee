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

/* The range addr lies in, or MAX_RANGES. They are sorted by start and do not overlap. */
static __always_inline __u32 find_range(__u64 addr)
{
	__u32 lo = 0, hi = range_count;

	for (int i = 0; i < 9 && lo < hi; i++) { /* 2^8 = MAX_RANGES */
		__u32 mid = (lo + hi) / 2;

		if (mid >= MAX_RANGES)
			break;
		if (addr < ranges[mid].start)
			hi = mid;
		else if (addr >= ranges[mid].end)
			lo = mid + 1;
		else
			return mid;
	}
	return MAX_RANGES;
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
	__u32 zero = 0, i, bodies = 0, sites = 0, have;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);
	struct holder *h;
	long len;

	if (!task || !s)
		return 0;
	h = &s->h;
	len = bpf_get_task_stack(task, s->stack, sizeof(s->stack), 0);
	if (len <= 0)
		return 0;
	h->func = MAX_FUNCS;
	for (i = 0; i < STACK_DEPTH && i < len / sizeof(__u64); i++) {
		__u32 at = find_range(s->stack[i]);

		if (at >= MAX_RANGES)
			continue;
		if (h->func == MAX_FUNCS)
			h->func = ranges[at].func;
		if (h->func != ranges[at].func)
			continue;
		if (ranges[at].site)
			sites++;
		else
			bodies++;
	}
	if (h->func == MAX_FUNCS)
		return 0;
	have = counted(task, h->func);
	h->frames = bodies ? bodies : sites;
	h->before = bodies > have ? bodies - have : 0;
	h->pid = task->pid;
	h->tgid = task->tgid;
	h->state = task->__state | task->exit_state;
	h->flags = task->flags;
	h->depth = len / sizeof(__u64);
	bpf_core_read(h->comm, sizeof(h->comm), &task->comm);
	__builtin_memcpy(h->stack, s->stack, sizeof(h->stack));
	bpf_seq_write(ctx->meta->seq, h, sizeof(*h));
	return 0;
}
