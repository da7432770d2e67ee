// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of recorded tasks. Each CPU keeps its own, so that the tracepoint takes no lock, with a reference on
 * each task: a task whose stack is gone is clear, and a reused pid is another task. Memory is bounded; a record
 * that cannot take a task sets a flag. See record.c for the use of it.
 */
#include <linux/cpu.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "internal.h"
#include "record.h"

#define SLOT_BITS 12
#define SLOTS (1u << SLOT_BITS)
#define COMMON_SLOTS (SLOTS / 4 * 3) /* the rest is for tasks that no walk would find */
#define PROBES 16

/* A set of tasks, with a reference on each: a hash table and the order in which its slots were filled. */
struct record {
	struct task_struct *slot[SLOTS];
	u16 order[SLOTS];
	u32 used;
};

/*
 * Two records for each CPU: the tracepoint adds to rec[active]; the other is empty, except between a check and
 * record_drop(). active changes on this CPU with interrupts off, or inside stop_machine.
 */
struct cpu_record {
	struct record *rec[2];
	unsigned int active;
	bool overflowed;   /* a task was not recorded */
	bool lost_exiting; /* one that no walk finds */
};

static DEFINE_PER_CPU(struct cpu_record, records);

/* Whether a walk of all tasks may miss it. */
bool record_hidden(const struct task_struct *t)
{
	return is_idle_task(t) || (READ_ONCE(t->flags) & PF_EXITING);
}

static void place(struct record *rec, struct task_struct *t, u32 at)
{
	rec->slot[at] = t;
	rec->order[rec->used] = at;
	/* record_each() reads other CPUs' records up to used. */
	smp_store_release(&rec->used, rec->used + 1);
}

/* With interrupts off. */
void record_add(struct task_struct *t)
{
	struct cpu_record *cr = this_cpu_ptr(&records);
	struct record *rec = cr->rec[cr->active];
	u32 i, at = hash_ptr(t, SLOT_BITS);
	u32 probes = record_hidden(t) ? SLOTS : PROBES;

	for (i = 0; i < probes; i++, at = (at + 1) % SLOTS) {
		if (rec->slot[at] == t)
			return;
		if (rec->slot[at])
			continue;
		if (rec->used >= COMMON_SLOTS && !record_hidden(t))
			break;
		get_task_struct(t);
		place(rec, t, at);
		return;
	}
	cr->overflowed = true;
	if (record_hidden(t))
		cr->lost_exiting = true;
}

/*
 * Moves to a CPU's other record the tasks that keep() wants; the rest is left behind for record_drop(). Inside
 * stop_machine, or on that CPU with interrupts off.
 */
static void sift(struct cpu_record *cr, record_keep keep, void *arg)
{
	struct record *old = cr->rec[cr->active], *new = cr->rec[!cr->active];
	u32 i;

	for (i = 0; i < old->used; i++) {
		u32 at = old->order[i];
		struct task_struct *t = old->slot[at];

		if (!keep(t, arg))
			continue;
		/* The same slot. A hole in a chain of probes may lead to a duplicate later, which is harmless. */
		old->slot[at] = NULL;
		place(new, t, at);
	}
	cr->active = !cr->active;
}

/* Inside stop_machine: sifts the records of all CPUs. The rest is left behind for record_drop(). */
void record_sift(record_keep keep, void *arg)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sift(per_cpu_ptr(&records, cpu), keep, arg);
}

/*
 * Calls fn for each recorded task while the records may grow; may leave out tasks that are recorded meanwhile.
 * cpus_read_lock and attempt_lock held.
 */
void record_each(void (*fn)(struct task_struct *t, void *arg), void *arg)
{
	unsigned int cpu;
	u32 i, used;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);
		struct record *rec = cr->rec[READ_ONCE(cr->active)];

		used = smp_load_acquire(&rec->used);
		for (i = 0; i < used; i++)
			fn(rec->slot[rec->order[i]], arg);
	}
}

/* Puts the references of the tasks that were sifted out. Between checks, under attempt_lock; sleeps. */
void record_drop(void)
{
	unsigned int cpu;
	u32 i;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);
		struct record *old = cr->rec[!READ_ONCE(cr->active)];

		for (i = 0; i < old->used; i++) {
			struct task_struct *t = old->slot[old->order[i]];

			if (t)
				put_task_struct(t);
			old->slot[old->order[i]] = NULL;
		}
		old->used = 0;
		cond_resched();
	}
}

static bool keep_alive(struct task_struct *t, void *arg)
{
	return refcount_read(&t->stack_refcount);
}

static void prune_cpu(void *arg)
{
	sift(this_cpu_ptr(&records), keep_alive, NULL);
}

/* Drops the tasks that have died since they were recorded. The worker's; sleeps. */
void record_prune(void)
{
	unsigned int cpu;

	cpus_read_lock();
	on_each_cpu(prune_cpu, NULL, 1);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			sift(per_cpu_ptr(&records, cpu), keep_alive, NULL);
	cpus_read_unlock();
	record_drop();
}

/* Inside stop_machine: how many entries there are. A task that ran on many CPUs is recorded by each. */
u32 record_count(void)
{
	unsigned int cpu;
	u32 used = 0;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);

		used += cr->rec[cr->active]->used;
	}
	return used;
}

/* Inside stop_machine: whether a task that ran may be missing. */
bool record_overflowed(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu_ptr(&records, cpu)->overflowed)
			return true;
	return false;
}

/* Inside stop_machine, before a look at all tasks. */
void record_clear_overflow(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(&records, cpu)->overflowed = false;
}

/* Whether a task is missing that not even a look at all tasks finds. */
bool record_lost_exiting(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu_ptr(&records, cpu)->lost_exiting))
			return true;
	return false;
}

static bool keep_none(struct task_struct *t, void *arg)
{
	return false;
}

/* Inside stop_machine: leaves all tasks to record_drop(), and clears the flags of those that are missing. */
void record_forget(void)
{
	unsigned int cpu;

	record_sift(keep_none, NULL);
	record_clear_overflow();
	for_each_possible_cpu(cpu)
		per_cpu_ptr(&records, cpu)->lost_exiting = false;
}

static void free_halves(void)
{
	unsigned int cpu, i;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);

		for (i = 0; i < 2; i++) {
			kvfree(cr->rec[i]);
			cr->rec[i] = NULL;
		}
		cr->active = 0;
		cr->overflowed = false;
		cr->lost_exiting = false;
	}
}

/* Before the tracepoint is hooked. Sleeps. */
int record_alloc(void)
{
	unsigned int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < 2; i++) {
			struct record *rec = kvzalloc_node(sizeof(*rec), GFP_KERNEL, cpu_to_node(cpu));

			per_cpu_ptr(&records, cpu)->rec[i] = rec;
			if (!rec) {
				free_halves();
				return -ENOMEM;
			}
		}
	}
	return 0;
}

/* Puts all references, once the tracepoint is off. Sleeps. */
void record_free(void)
{
	unsigned int cpu, i;

	record_drop();
	for (i = 0; i < 2; i++) {
		for_each_possible_cpu(cpu) {
			struct cpu_record *cr = per_cpu_ptr(&records, cpu);

			cr->active = !cr->active;
		}
		record_drop();
	}
	free_halves();
}
