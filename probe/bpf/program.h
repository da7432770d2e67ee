/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts the calls by program, if that is asked for: see struct program_key. */
#ifndef SPOTOS_PROGRAM_H
#define SPOTOS_PROGRAM_H

#include <bpf/bpf_core_read.h>

#include "maps.h"
#include "task.h"

const volatile __u32 by_program;     /* asked for; else the verifier drops what is below */
const volatile __u32 preempt_offset; /* of the count of the CPU in the variable of PREEMPT_PLACE */
const volatile __u32 interrupt_bits; /* of that count: NMI, hard interrupt, serving a soft one */

/* Go puts a reference to the kernel's variable in the place of this number: each kernel has another. */
#define PREEMPT_PLACE "0x5b07050000000001"
#define PF_KTHREAD 0x00200000

/* What has no entry in programs. */
struct aside aside[MAX_FUNCS] SEC(".data.aside");

_Static_assert(sizeof(struct func_stats) == 2 * sizeof(struct aside), "see aside_of()");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* Go sets it */
	__type(key, struct program_key);
	__type(value, struct program_calls);
} programs SEC(".maps");

static __always_inline int in_interrupt(void)
{
	void *variable;
	char *at;

	asm volatile("%0 = " PREEMPT_PLACE " ll" : "=r"(variable));
	at = bpf_this_cpu_ptr(variable);
	return *(int *)(at + preempt_offset) & interrupt_bits;
}

static __always_inline void add_call(struct program_calls *to)
{
	__sync_fetch_and_add(&to->calls, 1);
	to->last = bpf_ktime_get_ns();
}

static __always_inline void add_aside(__u64 *calls, __u64 *last)
{
	__sync_fetch_and_add(calls, 1);
	*last = bpf_ktime_get_ns();
}

static __always_inline struct aside *aside_of(__u32 at)
{
	return (void *)aside + (at / 2 & (sizeof(aside) - sizeof(aside[0])));
}

/* Makes the entry of a program. Where there is no room its calls are those of others. */
static __always_inline void first_call(struct task_struct *task, struct program_key *key, __u32 at)
{
	struct program_calls new = { .calls = 1, .last = bpf_ktime_get_ns() }, *there;
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	bpf_core_read(new.comm, sizeof(new.comm), &leader->comm);
	new.kthread = !!(BPF_CORE_READ(task, flags) & PF_KTHREAD);
	if (!new.kthread)
		new.file = BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino);
	if (!bpf_map_update_elem(&programs, key, &new, BPF_NOEXIST))
		return;
	there = bpf_map_lookup_elem(&programs, key);
	if (there)
		add_call(there);
	else
		add_aside(&aside_of(at)->others, &aside_of(at)->others_last);
}

/* Counts a call for the program that makes it. at is the offset of the function's figures. */
__noinline int count_program(__u32 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct program_key key = {};
	struct program_calls *there;

	if (!by_program)
		return 0;
	key.func = at / sizeof(struct func_stats) & (MAX_FUNCS - 1);
	if (in_interrupt()) {
		add_aside(&aside_of(at)->interrupt, &aside_of(at)->interrupt_last);
		return 0;
	}
	key.cgroup = bpf_get_current_cgroup_id();
	key.tgid = task->tgid;
	key.uid = task->cred->uid.val;
	key.exec = task->self_exec_id;
	there = bpf_map_lookup_elem(&programs, &key);
	if (there)
		add_call(there);
	else
		first_call(task, &key, at);
	return 0;
}

#endif
