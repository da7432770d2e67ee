// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door: the task whose call was the last in flight is kept from its user code until the attempt that its
 * leaving set off is over. Otherwise a thread that calls again at once, as one does that only receives, would
 * be inside again before the machine stands, and no zero would ever be long enough.
 *
 * It waits on its way back to user space, where it holds no lock and is in no function, for as long as an
 * attempt takes and at most DOOR_LIMIT; signals and system call restarts are not involved. A task that blocks
 * elsewhere before it gets there finds the door open when it comes.
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
	u32 attempt; /* to wait for */
};

static struct door doors[DOORS];
static DECLARE_WAIT_QUEUE_HEAD(waiting);
static u32 attempts_over;

static void at_door(struct callback_head *work)
{
	struct door *door = container_of(work, struct door, work);
	u32 attempt = door->attempt;

	clear_bit_unlock(0, &door->busy);
	wait_event_timeout(waiting, READ_ONCE(attempts_over) != attempt, DOOR_LIMIT);
	module_put(THIS_MODULE); /* door_exit() waits for the rest of this function */
}

/* Holds current back, in whose context or interrupt the last call in flight ended. Any context but NMI. */
void door_close(void)
{
	struct door *door;

	if (current->flags & (PF_KTHREAD | PF_EXITING | SPOTOS_PF_WORKER))
		return;
	for (door = doors; door < doors + DOORS; door++)
		if (!test_and_set_bit_lock(0, &door->busy))
			break;
	if (door == doors + DOORS)
		return;
	door->attempt = READ_ONCE(attempts_over);
	init_task_work(&door->work, at_door);
	__module_get(THIS_MODULE);
	if (task_work_add(current, &door->work, TWA_RESUME)) {
		clear_bit_unlock(0, &door->busy);
		module_put(THIS_MODULE);
	}
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
