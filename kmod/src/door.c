// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door: the task whose call was the last in flight is kept from its user code until the attempt that its
 * leaving set off is over. Otherwise a thread that calls again at once, as one does that only receives, would
 * be inside again before the machine stands, and no zero would ever be long enough.
 *
 * On its way back to user space, where it is in no function any more, it makes the attempt itself, or waits
 * while another does, at most DOOR_LIMIT; signals and system call restarts are not involved. A task that
 * blocks elsewhere before it gets there finds the door open when it comes.
 *
 * The attempt takes cpu_hotplug_lock, so whoever runs task work must hold no lock that is taken under it. Callers
 * of task_work_run() were read in 6.12: user mode exit, signals, ptrace stops (execve's too, after it has dropped
 * its locks) and io_uring hold none; KVM's vcpu loop holds vcpu->mutex, under which KVM takes cpu_hotplug_lock
 * itself (static_branch_inc() in apic_set_spiv()); io_uring's polling thread holds sqd->lock, and is refused
 * with the other workers.
 *
 * A nudge sends a holder to the door: it is woken as if by a signal, but none is there, so its system call
 * goes on afterwards where it can be restarted (as livepatch's fake signal does). It waits there until the
 * operation is over and at most until NUDGE_LIMIT after the nudge, so that all holders can be out at one time.
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

#define DOORS 16
#define DOOR_LIMIT (HZ / 50 ?: 1) /* jiffies: 20 ms */
#define NUDGE_LIMIT (HZ / 2)      /* jiffies: 500 ms */

struct door {
	struct callback_head work;
	unsigned long busy;
	u32 attempt; /* to wait for */
};

static struct door doors[DOORS];
static DECLARE_WAIT_QUEUE_HEAD(waiting);
static u32 attempts_over;
static u32 operations_over;

static void at_door(struct callback_head *work)
{
	struct door *door = container_of(work, struct door, work);
	u32 attempt = door->attempt;

	clear_bit_unlock(0, &door->busy);
	if (READ_ONCE(attempts_over) == attempt && !(current->flags & PF_EXITING))
		operation_at_door();
	wait_event_timeout(waiting, READ_ONCE(attempts_over) != attempt, DOOR_LIMIT);
	module_put(THIS_MODULE); /* door_exit() waits for the rest of this function */
}

/* The attempt that will come next, for door_close(). */
u32 door_attempt(void)
{
	return READ_ONCE(attempts_over);
}

/*
 * Holds current back, in whose context or interrupt the last call in flight ended, until that attempt is
 * over. False if it cannot, or is not about to come: a softirq may have interrupted it anywhere. Any context
 * but NMI.
 */
bool door_close(u32 attempt)
{
	struct door *door;

	if (current->flags & (PF_KTHREAD | PF_EXITING | SPOTOS_PF_WORKER))
		return false;
	for (door = doors; door < doors + DOORS; door++)
		if (!test_and_set_bit_lock(0, &door->busy))
			break;
	if (door == doors + DOORS)
		return false;
	door->attempt = attempt;
	init_task_work(&door->work, at_door);
	__module_get(THIS_MODULE);
	if (task_work_add(current, &door->work, TWA_RESUME)) {
		clear_bit_unlock(0, &door->busy);
		module_put(THIS_MODULE);
		return false;
	}
	return !in_serving_softirq();
}

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
	module_put(THIS_MODULE);
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
u32 door_operation(void)
{
	return READ_ONCE(operations_over);
}

/*
 * nr is a pid of the machine, not of the caller's namespace: so holders are told. -ESRCH: no such task, -EPERM:
 * init, a kernel thread or the caller. Sleeps.
 */
int door_nudge(pid_t nr, u32 operation)
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
void door_over(void)
{
	WRITE_ONCE(operations_over, operations_over + 1);
	door_open();
}

/* The attempt is over, or none will come. */
void door_open(void)
{
	WRITE_ONCE(attempts_over, attempts_over + 1);
	wake_up_all(&waiting);
}

/* When no task can come to the door any more. Sleeps. */
void door_exit(void)
{
	synchronize_rcu_tasks();
}
