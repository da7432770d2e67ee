// SPDX-License-Identifier: GPL-2.0-only
/*
 * A nudge makes a holder leave. It wakes the holder as a signal would, but there is no signal, so a system call
 * that can be restarted goes on afterwards (livepatch's fake signal works the same way). On its way back to user
 * space the holder waits until the operation ends, so that all holders can be outside at the same time: at most
 * NUDGE_LIMIT, and longer only while many were asked and still come out.
 *
 * Init and the threads of the caller's own process are no exception: a patch of what they sleep in, epoll for
 * one, would never be applied otherwise. Neither is needed for the operation to end, and both are let go like
 * all others.
 */
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "internal.h"

#define NUDGE_LIMIT (HZ * SPOTOS_HOLD_MS / 1000) /* jiffies */
#define NUDGE_RATE \
	(USEC_PER_SEC / SPOTOS_HOLD_MORE_US) /* so many more come out in a second, on a slow machine */

/* Waking all of one queue holds off interrupts: there are many, so that none is long. */
static wait_queue_head_t waiting[64];
static u32 operations_over;
static u32 releases;

struct nudge {
	struct callback_head work;
	u32 operation;       /* the task waits for its end */
	unsigned long until; /* jiffies: it waits no longer, whatever the others do */
};

static void wake_waiting(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waiting); i++) {
		wake_up_all(&waiting[i]);
		cond_resched();
	}
}

/* Where nobody has come out for NUDGE_LIMIT nobody else will. One timer for all: one each is a crowd of them. */
static void release(struct work_struct *work)
{
	WRITE_ONCE(releases, releases + 1);
	wake_waiting();
}

static DECLARE_DELAYED_WORK(release_work, release);

static void wait_for_others(u32 operation, unsigned long until)
{
	wait_queue_head_t *queue = &waiting[hash_ptr(current, 6)];
	u32 before = READ_ONCE(releases);
	long left = until - jiffies;

	if (left <= 0 || READ_ONCE(operations_over) != operation)
		return;
	mod_delayed_work(SPOTOS_SHORT_WORK, &release_work, NUDGE_LIMIT);
	wait_event_killable_timeout(
		*queue, READ_ONCE(operations_over) != operation || READ_ONCE(releases) != before, left);
}

static void nudged(struct callback_head *work)
{
	struct nudge *nudge = container_of(work, struct nudge, work);

	/* Several nudges do not add up: each ends at its own limit. */
	if (!(current->flags & PF_EXITING))
		wait_for_others(nudge->operation, nudge->until);
	kfree(nudge);
	module_put(THIS_MODULE); /* spotos_exit() waits for the rest of this function */
}

/*
 * A kernel thread has no outside to wait in. It is woken from an interruptible sleep, as livepatch does: each
 * such sleep may end for no reason, so that whoever sleeps looks again at what it waits for.
 */
static void wake_kthread(struct task_struct *t)
{
	struct wait_queue_entry entry = { .private = t };

	default_wake_function(&entry, TASK_INTERRUPTIBLE, 0, NULL);
}

static int nudge_task(struct task_struct *t, u32 operation, unsigned long until)
{
	struct nudge *nudge;
	int err;

	if (t->flags & SPOTOS_PF_WORKER)
		return -EPERM;
	if (t == current) /* it is on its way out already */
		return 0;
	if (t->flags & PF_KTHREAD) {
		wake_kthread(t);
		return 0;
	}
	nudge = kmalloc(sizeof(*nudge), GFP_KERNEL);
	if (!nudge)
		return -ENOMEM;
	nudge->operation = operation;
	nudge->until = until;
	init_task_work(&nudge->work, nudged);
	__module_get(THIS_MODULE);
	err = task_work_add(t, &nudge->work, TWA_SIGNAL);
	if (err) {
		module_put(THIS_MODULE);
		kfree(nudge);
	}
	return err;
}

/* Returns the number of an operation that begins now. */
u32 nudge_operation(void)
{
	return READ_ONCE(operations_over);
}

static int nudge_pid(pid_t nr, u32 operation, unsigned long until)
{
	struct task_struct *t;
	int err = -ESRCH;

	rcu_read_lock();
	t = pid_task(find_pid_ns(nr, &init_pid_ns), PIDTYPE_PID);
	if (t)
		get_task_struct(t);
	rcu_read_unlock();
	if (t) {
		err = nudge_task(t, operation, until);
		put_task_struct(t);
	}
	return err;
}

/*
 * Nudges all, with one end to their waiting: the first must not be back before the last is out. 20,000 need
 * seconds to get out where a switch of tasks takes 100 us. Sleeps.
 */
void nudge(struct spotos_nudge *list, u32 n, u32 operation)
{
	unsigned long until = jiffies + NUDGE_LIMIT + (unsigned long)n * HZ / NUDGE_RATE;
	u32 i;

	for (i = 0; i < n; i++) {
		list[i].error = -nudge_pid(list[i].pid, operation, until);
		cond_resched();
	}
}

/* The operation has ended: lets go all that wait for it. Sleeps. */
void nudge_over(void)
{
	WRITE_ONCE(operations_over, operations_over + 1);
	wake_waiting();
}

void nudge_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waiting); i++)
		init_waitqueue_head(&waiting[i]);
}

/* No task is nudged any more. Sleeps. */
void nudge_exit(void)
{
	cancel_delayed_work_sync(&release_work);
}
