// SPDX-License-Identifier: GPL-2.0-only
/*
 * A nudge makes a holder leave. It wakes the holder as a signal would, but there is no signal, so a system call
 * that can be restarted goes on afterwards (livepatch's fake signal works the same way). On its way back to user
 * space the holder waits until the operation ends, at most until NUDGE_LIMIT after the nudge, so that all holders
 * can be outside at the same time.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "internal.h"

#define NUDGE_LIMIT (HZ / 2) /* jiffies: 500 ms */

static DECLARE_WAIT_QUEUE_HEAD(waiting);
static u32 operations_over;

struct nudge {
	struct callback_head work;
	u32 operation;       /* the task waits for its end */
	unsigned long until; /* jiffies */
};

static void nudged(struct callback_head *work)
{
	struct nudge *nudge = container_of(work, struct nudge, work);
	u32 operation = nudge->operation;
	/* Several nudges do not add up: each ends at its own limit. */
	long left = nudge->until - jiffies;

	kfree(nudge);
	if (!(current->flags & PF_EXITING) && left > 0)
		wait_event_timeout(waiting, READ_ONCE(operations_over) != operation, left);
	module_put(THIS_MODULE); /* spotos_exit() waits for the rest of this function */
}

static int nudge_task(struct task_struct *t, u32 operation)
{
	struct nudge *nudge;
	int err;

	if ((t->flags & (PF_KTHREAD | SPOTOS_PF_WORKER)) || is_global_init(t) ||
	    same_thread_group(t, current))
		return -EPERM;
	nudge = kmalloc(sizeof(*nudge), GFP_KERNEL);
	if (!nudge)
		return -ENOMEM;
	nudge->operation = operation;
	nudge->until = jiffies + NUDGE_LIMIT;
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

/*
 * Nudges the thread nr, a pid of the machine and not of the caller's namespace, as in struct spotos_holder.
 * -ESRCH: no such thread, -EPERM: init, a kernel thread or one of the caller's. Sleeps.
 */
int nudge(pid_t nr, u32 operation)
{
	struct task_struct *t;
	int err = -ESRCH;

	rcu_read_lock();
	t = pid_task(find_pid_ns(nr, &init_pid_ns), PIDTYPE_PID);
	if (t)
		get_task_struct(t);
	rcu_read_unlock();
	if (t) {
		err = nudge_task(t, operation);
		put_task_struct(t);
	}
	return err;
}

/* The operation has ended: lets go all that wait for it. */
void nudge_over(void)
{
	WRITE_ONCE(operations_over, operations_over + 1);
	wake_up_all(&waiting);
}
