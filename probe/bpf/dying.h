/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the calls of a task that dies inside, as a signal's default action does: no exit program runs then. */
#ifndef SPOTOS_DYING_H
#define SPOTOS_DYING_H

#include <bpf/bpf_core_read.h>

#include "maps.h"

#define STACK_WORDS 2048 /* 16 KiB, where a task does not show its size */
#define PAGE_WORDS 512

struct vm_struct {
	unsigned int nr_pages;
} __attribute__((preserve_access_index));

struct task_struct {
	void *stack;
	struct vm_struct *stack_vm_area;
} __attribute__((preserve_access_index));

int other_call_over(__u64 key, __u64 func, __u64 ignore);

static long end_call_at(__u32 i, void *arg)
{
	other_call_over(*(__u64 *)arg + i * sizeof(__u64), 0, ANY_FUNC | TIMED);
	return 0;
}

/* Runs in the dying task. Its context is on the task's stack, below the frames of all its calls. */
SEC("raw_tp/sched_process_exit")
int task_dies(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 key = key_of(ctx), base = (__u64)BPF_CORE_READ(task, stack), words = STACK_WORDS;
	__u64 used;

	if (all_zero())
		return 0;
	if (bpf_core_field_exists(task->stack_vm_area))
		words = BPF_CORE_READ(task, stack_vm_area, nr_pages) * PAGE_WORDS;
	used = (base + words * sizeof(__u64) - slots_at() - key) / sizeof(__u64);
	if (used < words)
		bpf_loop(used, end_call_at, &key, 0);
	return 0;
}

#endif
