// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of recorded tasks. Each CPU keeps its own, so that the tracepoint takes no lock, with a reference on
 * each task: a task whose stack is gone is clear, and a reused pid is another task. Memory is bounded; a record
 * that cannot take a task sets a flag. See record.c for the use of it.
 *
 * Each CPU has two halves. The tracepoint adds to the active one. record_turn() makes the other one active, on
 * all CPUs and from any of them: no CPU is interrupted for it, also none that is set aside with nohz_full=. A
 * CPU that was adding meanwhile may still write into the half that was turned away, until an RCU grace period
 * has passed. From then on that half belongs to record_retire(), which empties it bit by bit.
 */
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
	/* record_next() reads other CPUs' records up to used. */
	smp_store_release(&rec->used, rec->used + 1);
}

/* With interrupts off. */
void record_add(struct task_struct *t)
{
	struct cpu_record *cr = this_cpu_ptr(&records);
	/* Once: record_turn() may change it meanwhile. What it reads of that half depends on this. */
	struct record *rec = cr->rec[READ_ONCE(cr->active)];
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
	WRITE_ONCE(cr->overflowed, true);
	if (record_hidden(t))
		WRITE_ONCE(cr->lost_exiting, true);
}

/*
 * Returns the next recorded task, of both halves, or NULL: there is no more. The records may grow meanwhile; it
 * may leave out what is added. What it stands at stays where it is until record_turn() or record_retire(), so the
 * caller may let go of attempt_lock between two calls if those are its own too. Inside stop_machine, or under
 * attempt_lock.
 */
struct task_struct *record_next(struct record_cursor *at)
{
	for (; at->cpu < nr_cpu_ids; at->cpu++, at->half = 0, at->i = 0) {
		if (!cpu_possible(at->cpu))
			continue;
		for (; at->half < 2; at->half++, at->i = 0) {
			struct record *rec = per_cpu_ptr(&records, at->cpu)->rec[at->half];

			if (at->i < smp_load_acquire(&rec->used))
				return rec->slot[rec->order[at->i++]];
		}
	}
	return NULL;
}

/* Calls fn for each of them. */
void record_each(void (*fn)(struct task_struct *t, void *arg), void *arg)
{
	struct record_cursor at = {};
	struct task_struct *t;

	while ((t = record_next(&at)))
		fn(t, arg);
}

/*
 * Turns away the active half of every CPU; the other halves are empty. Returns whether a task is missing in
 * both, and takes that mark back. A CPU that sets it only now leaves it to the next turn. Under attempt_lock.
 */
bool record_turn(void)
{
	bool missing = false;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);

		/* After record_retire() has emptied it. */
		smp_store_release(&cr->active, !cr->active);
		missing |= xchg(&cr->overflowed, false);
	}
	return missing;
}

static struct task_struct *take_last(struct record *rec)
{
	u32 at = rec->order[rec->used - 1];
	struct task_struct *t = rec->slot[at];

	rec->slot[at] = NULL;
	rec->used--;
	return t;
}

/*
 * Takes up to so many tasks out of the halves that were turned away, and records again, on this CPU, those that
 * keep() wants. Returns whether there are more. Under attempt_lock, a grace period after record_turn(); sleeps.
 */
bool record_retire(record_keep keep, void *arg, u32 budget)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);
		struct record *old = cr->rec[!cr->active];

		while (old->used) {
			struct task_struct *t;

			if (!budget--)
				return true;
			t = take_last(old);
			if (keep(t, arg)) {
				local_irq_disable();
				record_add(t);
				local_irq_enable();
			}
			put_task_struct(t);
			cond_resched();
		}
	}
	return false;
}

/* How many entries there are. A task that ran on many CPUs is recorded by each. */
u32 record_count(void)
{
	unsigned int cpu;
	u32 used = 0;

	for_each_possible_cpu(cpu) {
		struct cpu_record *cr = per_cpu_ptr(&records, cpu);

		used += READ_ONCE(cr->rec[0]->used) + READ_ONCE(cr->rec[1]->used);
	}
	return used;
}

/* Whether a task that ran since the last turn may be missing. */
bool record_overflowed(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu_ptr(&records, cpu)->overflowed))
			return true;
	return false;
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

/* Before a wait for all tasks that are exiting now. */
void record_clear_lost(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(&records, cpu)->lost_exiting, false);
}

/* Nothing is clear until that wait has been made. */
void record_set_lost(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(&records, cpu)->lost_exiting, true);
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

static bool keep_none(struct task_struct *t, void *arg)
{
	return false;
}

/* Puts all references, once the tracepoint is off. Sleeps. */
void record_free(void)
{
	record_retire(keep_none, NULL, U32_MAX);
	record_turn();
	record_retire(keep_none, NULL, U32_MAX);
	free_halves();
}
