// SPDX-License-Identifier: GPL-2.0-only
/* The callers of the pair: kernel threads, which can be paused, and timers in soft and hard interrupts. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/version.h>
#include <linux/wait.h>

#include "pair_internal.h"

#define PAIR_MAX_THREADS 256
#define PAIR_MAX_RATE 100000

static unsigned int idle_us = 400;
module_param(idle_us, uint, 0644);
MODULE_PARM_DESC(idle_us, "how long a hammer thread sleeps between two calls, in microseconds");

/* The hammer threads stand still while paused, so that counts can be compared. */
static DEFINE_SPINLOCK(pause_lock);
static DECLARE_WAIT_QUEUE_HEAD(pause_wait);
static unsigned int standing; /* pause_lock */
static bool paused;           /* pause_lock */

/* Stands still while paused, if current is a hammer thread. pair_stay_inside() calls it too. */
void pair_rest(void)
{
	if (!READ_ONCE(paused) || !(current->flags & PF_KTHREAD))
		return;
	spin_lock_irq(&pause_lock);
	standing++;
	wake_up_all(&pause_wait);
	wait_event_lock_irq(pause_wait, !paused || kthread_should_stop(), pause_lock);
	standing--;
	spin_unlock_irq(&pause_lock);
}

/* The hammer threads. */

static struct task_struct *hammers[PAIR_MAX_THREADS];
static unsigned int nhammers;
static DEFINE_MUTEX(hammers_lock);

static int hammer(void *unused)
{
	u64 n = (u64)current->pid << 32;

	while (!kthread_should_stop()) {
		struct pair_call call = { .value = n * 0x9e3779b97f4a7c15ULL };

		if (n % 32 == 0)
			call.stay = PAIR_NAP;
		else if (n % 4 == 0)
			call.stay = PAIR_YIELD;
		pair_encode(&call);
		pair_rest();
		n++;
		if (READ_ONCE(idle_us))
			usleep_range(READ_ONCE(idle_us), 2 * READ_ONCE(idle_us));
		else
			cond_resched();
	}
	return 0;
}

/* Pauses. Returns once every hammer thread stands still. */
int pair_pause(void)
{
	int err;

	mutex_lock(&hammers_lock);
	spin_lock_irq(&pause_lock);
	paused = true;
	err = wait_event_interruptible_lock_irq(pause_wait, standing == nhammers, pause_lock);
	spin_unlock_irq(&pause_lock);
	mutex_unlock(&hammers_lock);
	return err;
}

void pair_resume(void)
{
	spin_lock_irq(&pause_lock);
	paused = false;
	spin_unlock_irq(&pause_lock);
	wake_up_all(&pause_wait);
}

static int hammers_resize(unsigned int want)
{
	int err = 0;

	mutex_lock(&hammers_lock);
	while (nhammers > want)
		kthread_stop(hammers[--nhammers]);
	while (nhammers < want) {
		struct task_struct *task = kthread_run(hammer, NULL, "pair_hammer/%u", nhammers);

		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			break;
		}
		hammers[nhammers++] = task;
	}
	mutex_unlock(&hammers_lock);
	return err;
}

static int threads_set(const char *text, const struct kernel_param *kp)
{
	unsigned int want;
	int err = kstrtouint(text, 0, &want);

	if (err)
		return err;
	return want <= PAIR_MAX_THREADS ? hammers_resize(want) : -EINVAL;
}

static int threads_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%u\n", READ_ONCE(nhammers));
}

static const struct kernel_param_ops threads_ops = {
	.set = threads_set,
	.get = threads_get,
};
module_param_cb(threads, &threads_ops, NULL, 0644);
MODULE_PARM_DESC(threads, "how many kernel threads hammer the pair, 0 to 256");

/* Round trips in interrupts. */

static DEFINE_MUTEX(timers_lock);

struct timed_caller {
	struct hrtimer timer;
	unsigned int rate;
};

static struct timed_caller timed_callers[PAIR_INTERRUPTS];
static const enum hrtimer_mode modes[PAIR_INTERRUPTS] = {
	[PAIR_SOFTIRQ] = HRTIMER_MODE_REL_SOFT,
	[PAIR_HARDIRQ] = HRTIMER_MODE_REL_HARD,
};

static ktime_t period(const struct timed_caller *c)
{
	return ns_to_ktime(NSEC_PER_SEC / READ_ONCE(c->rate));
}

static enum hrtimer_restart timed_call(struct hrtimer *timer)
{
	struct pair_call call = { .value = ktime_get_ns(), .stay = PAIR_SPIN };

	pair_encode(&call);
	hrtimer_forward_now(timer, period(container_of(timer, struct timed_caller, timer)));
	return HRTIMER_RESTART;
}

void pair_callers_init(void)
{
	int i;

	for (i = 0; i < PAIR_INTERRUPTS; i++) {
		struct hrtimer *timer = &timed_callers[i].timer;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
		hrtimer_setup(timer, timed_call, CLOCK_MONOTONIC, modes[i]);
#else
		hrtimer_init(timer, CLOCK_MONOTONIC, modes[i]);
		timer->function = timed_call;
#endif
	}
}

/* Makes rate round trips a second; 0 stops them. */
int pair_interrupt(enum pair_interrupt_kind kind, unsigned int rate)
{
	struct timed_caller *c = &timed_callers[kind];

	if (rate > PAIR_MAX_RATE)
		return -EINVAL;
	mutex_lock(&timers_lock);
	hrtimer_cancel(&c->timer);
	WRITE_ONCE(c->rate, rate);
	if (rate)
		hrtimer_start(&c->timer, period(c), modes[kind]);
	mutex_unlock(&timers_lock);
	return 0;
}

void pair_callers_exit(void)
{
	hammers_resize(0);
	pair_interrupt(PAIR_SOFTIRQ, 0);
	pair_interrupt(PAIR_HARDIRQ, 0);
}

void pair_show_callers(struct seq_file *m)
{
	seq_printf(m, "threads %u\nsoftirq %u\nhardirq %u\n", READ_ONCE(nhammers),
		   READ_ONCE(timed_callers[PAIR_SOFTIRQ].rate), READ_ONCE(timed_callers[PAIR_HARDIRQ].rate));
}
