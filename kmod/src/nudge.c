// SPDX-License-Identifier: GPL-2.0-only
/*
 * A nudge sends a holder out: it is woken as if by a signal, but none is there, so its system call goes on
 * afterwards where it can be restarted (as livepatch's fake signal does). On its way back to user space it waits
 * until the operation is over, at most until NUDGE_LIMIT after the nudge, so that all holders can be out at one
 * time.
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
	u32 operation;       /* to wait for the end of */
	unsigned long until; /* jiffies */
};

static void nudged(struct callback_head *work)
{
	struct nudge *nudge = container_of(work, struct nudge, work);
	u32 operation = nudge->operation;
	/* Of several nudges the last one's limit holds: they do not add up. */
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

/* What an operation that begins now is known by. */
u32 nudge_operation(void)
{
	return READ_ONCE(operations_over);
}

/*
 * nr is a pid of the machine, not of the caller's namespace: so holders are told. -ESRCH: no such task, -EPERM:
 * init, a kernel thread or the caller. Sleeps.
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

/* Nobody has to wait for the operation any more. */
void nudge_over(void)
{
	WRITE_ONCE(operations_over, operations_over + 1);
	wake_up_all(&waiting);
}
