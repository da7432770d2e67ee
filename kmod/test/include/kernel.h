/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel as record_set.c needs, in user space: CPUs that run one after the other, tasks that count
 * their references, and memory that can run out. A test sets the variables.
 */
#ifndef SPOTOS_TEST_KERNEL_H
#define SPOTOS_TEST_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef uint16_t u16;
typedef uint32_t u32;

#define PF_EXITING 0x4
#define PF_IDLE 0x2

struct task_struct {
	unsigned int flags;
	unsigned int hash; /* where its chain of probes begins */
	int references;    /* taken by what is tested */
};

#define U32_MAX UINT32_MAX
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define is_idle_task(t) (!!((t)->flags & PF_IDLE))
#define get_task_struct(t) ((t)->references++)
#define put_task_struct(t) ((t)->references--)
#define hash_ptr(t, bits) ((t)->hash & ((1u << (bits)) - 1))
#define cond_resched()
extern bool interrupts_off;
#define local_irq_disable() (interrupts_off = true)
#define local_irq_enable() (interrupts_off = false)

#define CPUS 3
extern unsigned int this_cpu;
#define DEFINE_PER_CPU(type, name) type name[CPUS]
#define per_cpu_ptr(all, cpu) (&(*(all))[cpu])
#define this_cpu_ptr(all) per_cpu_ptr(all, this_cpu)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < CPUS; (cpu)++)
#define nr_cpu_ids CPUS
#define cpu_possible(cpu) ((cpu) < CPUS)
#define cpu_to_node(cpu) ((void)(cpu), 0)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define GFP_KERNEL 0
void *kvzalloc_node(size_t size, int flags, int node);
void kvfree(void *p);

/* internal.h has this; it needs far more of the kernel. */
bool record_lost_exiting(void);

#endif
