// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Lists the tasks that are inside a watched function, with their stacks, and counts calls from before the
 * watch. A task that runs at this moment has no stack to read: it is listed as running.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "scan.h"
#include "settle.h"

char LICENSE[] SEC("license") = "GPL";

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

static __always_inline void write_holder(struct bpf_iter__task *ctx, struct scratch *s)
{
	struct task_struct *task = (void *)s->task;
	struct holder *h = &s->h;

	h->tgid = BPF_CORE_READ(task, tgid);
	h->state = BPF_CORE_READ(task, __state) | BPF_CORE_READ(task, exit_state);
	h->flags = BPF_CORE_READ(task, flags);
	h->switches = switches(task);
	h->cpu = BPF_CORE_READ(task, thread_info.cpu);
	bpf_core_read(h->comm, sizeof(h->comm), &task->comm);
	bpf_seq_write(ctx->meta->seq, h, sizeof(*h));
}

/* Reads what the stack shows. Returns whether the task runs, or ran meanwhile, and nothing is known. */
static __always_inline int look_at(struct task_struct *given, struct scratch *s)
{
	struct task_struct *task = (void *)s->task;
	struct holder *h = &s->h;
	__u32 have;
	long len;

	h->depth = h->frames = h->early = h->hidden = 0;
	h->pid = BPF_CORE_READ(task, pid);
	s->ran = switches(task);
	len = runs(task) ? 0 : bpf_get_task_stack(given, s->stack, sizeof(s->stack), 0);
	s->frames = len < 0 ? 0 : len / sizeof(__u64);
	scan_trace();
	have = s->bodies ? counted(s->task) : 0;
	if (runs(task) || switches(task) != s->ran)
		return 1;
	h->early = h->hidden = s->bodies > have ? s->bodies - have : 0;
	if (have)
		note_seen();
	return settle();
}

SEC("iter/task")
int list_holders(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scratch *s = own_scratch();

	if (!task) {
		bpf_for_each_map_elem(&early, sweep, 0, 0);
		pass++;
		return 0;
	}
	if (!s)
		return 0;
	bpf_probe_read_kernel(&s->task, sizeof(s->task), &ctx->task);
	if (look_at(task, s)) {
		keep(s->h.pid);
		s->h.func = NO_FUNC;
		write_holder(ctx, s);
		return 0;
	}
	if (s->func == NO_FUNC)
		return 0;
	s->h.func = s->func;
	s->h.frames = (s->bodies ? s->bodies : s->sites) + s->uncounted;
	s->h.depth = s->frames;
	__builtin_memcpy(s->h.stack, s->stack, sizeof(s->h.stack));
	write_holder(ctx, s);
	return 0;
}
