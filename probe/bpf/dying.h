/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the calls of a task that dies inside, as a signal's default action does: no exit program runs then. */
#ifndef SPOTOS_DYING_H
#define SPOTOS_DYING_H

#include "maps.h"
#include "task.h"

static long end_call_at(__u32 i, void *arg)
{
	calls_over(*(__u64 *)arg + i * sizeof(__u64));
	return 0;
}

/* Runs in the dying task. Its context is on the task's stack, below the frames of all its calls. */
SEC("raw_tp/sched_process_exit")
int task_dies(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 key = key_of(ctx), base = (__u64)BPF_CORE_READ(task, stack), words, used;

	if (all_zero())
		return 0;
	words = stack_words(task);
	used = (base + words * sizeof(__u64) - slots_at() - key) / sizeof(__u64);
	if (used < words)
		bpf_loop(used, end_call_at, &key, 0);
	return 0;
}

#endif
