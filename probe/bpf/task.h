/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs read of a task. By bpf_probe_read_kernel(), since the verifier looks up the type of each
 * field that is read directly among all types of the kernel, at the start of every watch. count_program() reads
 * directly nevertheless: it runs at each entry, where it is asked for.
 */
#ifndef SPOTOS_TASK_H
#define SPOTOS_TASK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define STACK_WORDS 2048 /* 16 KiB, where a task does not show its size */
#define PAGE_WORDS 512

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

struct cred {
	struct {
		unsigned int val;
	} uid;
} __attribute__((preserve_access_index));

struct inode {
	unsigned long i_ino;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct mm_struct {
	struct file *exe_file;
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
	struct task_struct *group_leader;
	unsigned long long self_exec_id;
	struct mm_struct *mm;
	struct cred *cred;
} __attribute__((preserve_access_index));

/* How many words a stack has: more in a kernel with KASAN. */
static __always_inline __u32 stack_words(struct task_struct *task)
{
	struct vm_struct *area = 0;

	if (bpf_core_field_exists(task->stack_vm_area))
		area = BPF_CORE_READ(task, stack_vm_area);
	return area ? BPF_CORE_READ(area, nr_pages) * PAGE_WORDS : STACK_WORDS;
}

/* The field's size differs between kernels. */
static __always_inline int on_cpu(struct task_struct *task)
{
	int on = 0;

	bpf_core_read(&on, bpf_core_field_size(task->on_cpu), &task->on_cpu);
	return on;
}

static __always_inline __u64 switches(struct task_struct *task)
{
	return BPF_CORE_READ(task, nvcsw) + BPF_CORE_READ(task, nivcsw);
}

const volatile __u32 kernel_version; /* as KERNEL_VERSION() makes it */

/*
 * Whether another tool's hook is in the place of a return address of a task. An older kernel's unwinder may warn
 * in the log of one that is ready to run, as this one may become at any moment, in a function with a kretprobe;
 * and it ends without an error where function_graph has put its hook.
 */
static __always_inline int hooked(struct task_struct *task)
{
	if (kernel_version >= KERNEL_VERSION(6, 12, 0))
		return 0;
	if (bpf_core_field_exists(task->rethooks) && BPF_CORE_READ(task, rethooks.first))
		return 1;
	return bpf_core_field_exists(task->ret_stack) && BPF_CORE_READ(task, ret_stack) &&
	       BPF_CORE_READ(task, curr_ret_stack) >= 0;
}

/* Whether a task's stack cannot be read now. */
static __always_inline int runs(struct task_struct *task)
{
	return on_cpu(task) || hooked(task);
}

#endif
