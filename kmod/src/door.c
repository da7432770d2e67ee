// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door keeps the task whose call was the last in flight from its user code until the attempt that its
 * leaving caused has ended. Otherwise a thread that calls again at once, such as one that only receives, would be
 * inside again before the machine stands, and no zero would ever be long enough.
 *
 * On its way back to user space, where it is in no function any more, the task makes the attempt itself, or waits
 * while another makes it, at most DOOR_LIMIT; signals and system call restarts are not involved. A task that
 * blocks elsewhere before it gets there finds the door open when it comes.
 *
 * The attempt takes cpu_hotplug_lock, so task work must run with no lock held that is taken under it. All callers
 * of task_work_run() were read in 6.12: user mode exit, signals, ptrace stops (execve's too, after it has dropped
 * its locks) and io_uring hold none; KVM's vcpu loop holds vcpu->mutex, under which KVM takes cpu_hotplug_lock
 * itself (static_branch_inc() in apic_set_spiv()); io_uring's polling thread holds sqd->lock, and is refused
 * with the other workers.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "internal.h"

#define DOORS 16
#define DOOR_LIMIT (HZ / 50 ?: 1) /* jiffies: 20 ms */

struct door {
	struct callback_head work;
	unsigned long busy;
	u32 attempt;                /* what the task waits for */
	void (*make_attempt)(void); /* makes that attempt */
};

static struct door doors[DOORS];
static DECLARE_WAIT_QUEUE_HEAD(waiting);
static u32 attempts_over;

static void at_door(struct callback_head *work)
{
	struct door *door = container_of(work, struct door, work);
	u32 attempt = door->attempt;
	void (*make_attempt)(void) = door->make_attempt;

	clear_bit_unlock(0, &door->busy);
	if (READ_ONCE(attempts_over) == attempt && !(current->flags & PF_EXITING))
		make_attempt();
	wait_event_timeout(waiting, READ_ONCE(attempts_over) != attempt, DOOR_LIMIT);
	module_put(THIS_MODULE); /* spotos_exit() waits for the rest of this function */
}

/* Returns the number of the next attempt, for door_close(). */
u32 door_attempt(void)
{
	return READ_ONCE(attempts_over);
}

/*
 * Keeps current, in whose context or interrupt the last call in flight ended, from its user code until that
 * attempt has ended. False if that cannot be, or if current is not about to come to the door: a softirq may have
 * interrupted it anywhere. Any context but NMI.
 */
bool door_close(u32 attempt, void (*make_attempt)(void))
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
	door->make_attempt = make_attempt;
	init_task_work(&door->work, at_door);
	__module_get(THIS_MODULE);
	if (task_work_add(current, &door->work, TWA_RESUME)) {
		clear_bit_unlock(0, &door->busy);
		module_put(THIS_MODULE);
		return false;
	}
	return !in_serving_softirq();
}

/* Opens the door: the attempt has ended, or none will come. */
void door_open(void)
{
	WRITE_ONCE(attempts_over, attempts_over + 1);
	wake_up_all(&waiting);
}
