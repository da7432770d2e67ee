// SPDX-License-Identifier: GPL-2.0-only
/* A wait for RCU's tasks that can be given up. */
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "internal.h"

/* The last to look at it frees it. */
struct tasks_wait {
	struct work_struct work;
	struct wait_queue_head over;
	bool done;
	refcount_t users;
};

static struct workqueue_struct *waits; /* unbound, so that a long wait keeps no CPU's work waiting */

static void put_tasks_wait(struct tasks_wait *w)
{
	if (refcount_dec_and_test(&w->users))
		kfree(w);
}

/*
 * Waits here, and not for a callback of call_rcu_tasks(): since 6.7 the kernel leaves a callback alone for a
 * quarter of a second before it begins to wait at all, in case more come.
 */
static void wait_for_tasks(struct work_struct *work)
{
	struct tasks_wait *w = container_of(work, struct tasks_wait, work);

	synchronize_rcu_tasks();
	WRITE_ONCE(w->done, true);
	wake_up(&w->over);
	put_tasks_wait(w);
}

/* Begins to wait. The caller ends that with grace_end() or grace_give_up(). Sleeps. */
struct tasks_wait *grace_begin(void)
{
	struct tasks_wait *w = kzalloc(sizeof(*w), GFP_KERNEL | __GFP_NOFAIL);

	init_waitqueue_head(&w->over);
	refcount_set(&w->users, 2);
	INIT_WORK(&w->work, wait_for_tasks);
	queue_work(waits, &w->work);
	return w;
}

/*
 * As synchronize_rcu_tasks() from grace_begin() on, which takes as long as a task stays in the kernel without
 * leaving its CPU; but false as soon as the worker is to stop. The worker's; sleeps.
 */
bool grace_end(struct tasks_wait *w)
{
	bool done;

	wait_event_idle(w->over, READ_ONCE(w->done) || kthread_should_stop());
	done = READ_ONCE(w->done);
	put_tasks_wait(w);
	return done;
}

/* Waits no longer. */
void grace_give_up(struct tasks_wait *w)
{
	if (w)
		put_tasks_wait(w);
}

int grace_init(void)
{
	waits = alloc_workqueue("spotos", WQ_UNBOUND, 0);
	return waits ? 0 : -ENOMEM;
}

/* Before the module goes: waits that were given up end in its text. Sleeps. */
void grace_exit(void)
{
	destroy_workqueue(waits);
}
