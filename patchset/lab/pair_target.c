// SPDX-License-Identifier: GPL-2.0-only
/*
 * pair_target: two functions that must change together, and the proof whether they did.
 *
 * pair_encode() turns a value into bytes, stays a while, and has pair_decode() turn them back. The patch
 * "pair" replaces both with another encoding. This module counts, exactly and by itself, the calls in flight
 * of each function and version, and two kinds of violation:
 *
 *   mismatch  what was decoded is not what was encoded: one call met two versions
 *   overlap   a call of one version began while a call of the other was in flight
 *
 * Who calls: /sys/module/pair_target/parameters/threads kernel threads, and writers of /proc/pair_target:
 *
 *   call         one round trip
 *   hold [MS]    one round trip that sleeps inside pair_encode(), for MS milliseconds or until "release"
 *   release      ends every hold
 *   time N       N round trips one after the other; timed_ns is how long the last such command took
 *   softirq N    N round trips a second in softirq context; 0 stops them
 *   pause        lets every hammer thread stand still where it next would sleep or yield, inside or outside
 *   resume       lets them go on
 *
 * Reading /proc/pair_target gives the counts, one "name value" a line.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/wait.h>
#include "pair_target.h"

#define PAIR_MAX_THREADS 256
#define PAIR_MAX_RATE 100000
#define PAIR_KEY 0x5a

static atomic_t in_flight[PAIR_FUNCTIONS][PAIR_VERSIONS];
static atomic64_t calls[PAIR_FUNCTIONS][PAIR_VERSIONS];
static atomic64_t mismatches;
static atomic64_t overlaps;
static atomic_t last_version;

static atomic_t release_count;
static atomic_t holders;
static DECLARE_WAIT_QUEUE_HEAD(release_wait);
static bool closing;

static unsigned int stay_us = 100;
module_param(stay_us, uint, 0644);
MODULE_PARM_DESC(stay_us, "how long one hammer call in 32 sleeps inside, in microseconds");

static unsigned int idle_us = 400;
module_param(idle_us, uint, 0644);
MODULE_PARM_DESC(idle_us, "how long a hammer thread sleeps between two calls, in microseconds");

static int pair_total(enum pair_version version)
{
	return atomic_read(&in_flight[PAIR_ENCODE][version]) + atomic_read(&in_flight[PAIR_DECODE][version]);
}

void pair_enter(enum pair_which which, enum pair_version version)
{
	/*
	 * A full barrier orders this before the read of the other version's counts: of two calls that begin
	 * at once at least one sees the other.
	 */
	atomic_inc_return(&in_flight[which][version]);
	if (pair_total(version == PAIR_ORIGINAL ? PAIR_PATCHED : PAIR_ORIGINAL))
		atomic64_inc(&overlaps);
	atomic64_inc(&calls[which][version]);
	atomic_set(&last_version, version);
}
EXPORT_SYMBOL_GPL(pair_enter);

void pair_leave(enum pair_which which, enum pair_version version)
{
	atomic_dec_return(&in_flight[which][version]);
}
EXPORT_SYMBOL_GPL(pair_leave);

void pair_check(const struct pair_call *call, u64 decoded)
{
	if (decoded != call->value)
		atomic64_inc(&mismatches);
}
EXPORT_SYMBOL_GPL(pair_check);

/* The hammer threads stand still while paused, so that counts can be compared while nothing moves. */
static DEFINE_SPINLOCK(pause_lock);
static DECLARE_WAIT_QUEUE_HEAD(pause_wait);
static unsigned int standing; /* pause_lock */
static bool paused;           /* pause_lock */

static void pair_rest(void)
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

static int pair_hold(unsigned int ms)
{
	int before = atomic_read(&release_count);
	long timeout = ms ? msecs_to_jiffies(ms) : MAX_SCHEDULE_TIMEOUT;
	long left;

	atomic_inc(&holders);
	left = wait_event_interruptible_timeout(
		release_wait, atomic_read(&release_count) != before || READ_ONCE(closing), timeout);
	atomic_dec(&holders);
	return left < 0 ? left : 0;
}

int pair_stay_inside(const struct pair_call *call)
{
	switch (call->stay) {
	case PAIR_PASS:
		break;
	case PAIR_YIELD:
		cond_resched();
		pair_rest();
		break;
	case PAIR_NAP:
		usleep_range(READ_ONCE(stay_us), 2 * READ_ONCE(stay_us) + 1);
		pair_rest();
		break;
	case PAIR_SPIN:
		udelay(2);
		break;
	case PAIR_HOLD:
		return pair_hold(call->hold_ms);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(pair_stay_inside);

PAIR_WHOLE u64 pair_decode(const struct pair_call *call)
{
	u64 value = 0;
	int i;

	pair_enter(PAIR_DECODE, PAIR_ORIGINAL);
	for (i = 0; i < sizeof(value); i++)
		value |= (u64)(u8)(call->buf[i] ^ (PAIR_KEY + i)) << (8 * i);
	pair_leave(PAIR_DECODE, PAIR_ORIGINAL);
	return value;
}
EXPORT_SYMBOL_GPL(pair_decode);

PAIR_WHOLE int pair_encode(struct pair_call *call)
{
	int err, i;

	pair_enter(PAIR_ENCODE, PAIR_ORIGINAL);
	for (i = 0; i < sizeof(call->value); i++)
		call->buf[i] = (u8)(call->value >> (8 * i)) ^ (PAIR_KEY + i);
	err = pair_stay_inside(call);
	pair_check(call, pair_decode(call));
	pair_leave(PAIR_ENCODE, PAIR_ORIGINAL);
	return err;
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

/* Returns once every hammer thread stands. */
static int pair_pause(void)
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

static void pair_resume(void)
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

/* Round trips in softirq context. */

static struct hrtimer softirq_timer;
static unsigned int softirq_rate;
static DEFINE_MUTEX(softirq_lock);

static ktime_t softirq_period(void)
{
	return ns_to_ktime(NSEC_PER_SEC / READ_ONCE(softirq_rate));
}

static enum hrtimer_restart softirq_call(struct hrtimer *timer)
{
	struct pair_call call = { .value = ktime_get_ns(), .stay = PAIR_SPIN };

	pair_encode(&call);
	hrtimer_forward_now(timer, softirq_period());
	return HRTIMER_RESTART;
}

static void softirq_init(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&softirq_timer, softirq_call, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
#else
	hrtimer_init(&softirq_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	softirq_timer.function = softirq_call;
#endif
}

static int softirq_set(unsigned int rate)
{
	if (rate > PAIR_MAX_RATE)
		return -EINVAL;
	mutex_lock(&softirq_lock);
	hrtimer_cancel(&softirq_timer);
	WRITE_ONCE(softirq_rate, rate);
	if (rate)
		hrtimer_start(&softirq_timer, softirq_period(), HRTIMER_MODE_REL_SOFT);
	mutex_unlock(&softirq_lock);
	return 0;
}

/* /proc/pair_target */

static void pair_release(void)
{
	atomic_inc(&release_count);
	wake_up_all(&release_wait);
}

static u64 timed_ns;

static int pair_time(unsigned int n)
{
	struct pair_call call = { .value = ktime_get_ns() };
	u64 begin = ktime_get_ns();
	unsigned int i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		err = pair_encode(&call);
		if (i % 1024 == 0)
			cond_resched();
	}
	WRITE_ONCE(timed_ns, ktime_get_ns() - begin);
	return err;
}

static int pair_command(const char *text)
{
	struct pair_call call = { .value = ktime_get_ns() };
	unsigned int number;

	if (!strcmp(text, "call"))
		return pair_encode(&call);
	if (!strcmp(text, "release")) {
		pair_release();
		return 0;
	}
	if (!strcmp(text, "pause"))
		return pair_pause();
	if (!strcmp(text, "resume")) {
		pair_resume();
		return 0;
	}
	if (sscanf(text, "softirq %u", &number) == 1)
		return softirq_set(number);
	if (sscanf(text, "time %u", &number) == 1)
		return pair_time(number);
	if (sscanf(text, "hold %u", &number) == 1)
		call.hold_ms = number;
	else if (strcmp(text, "hold"))
		return -EINVAL;
	call.stay = PAIR_HOLD;
	return pair_encode(&call);
}

static ssize_t pair_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char text[32];
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	text[len] = '\0';
	err = pair_command(strim(text));
	return err ? err : len;
}

static int pair_show(struct seq_file *m, void *unused)
{
	static const char *const names[PAIR_FUNCTIONS][PAIR_VERSIONS] = {
		{ "encode.original", "encode.patched" },
		{ "decode.original", "decode.patched" },
	};
	int which, version;

	for (which = 0; which < PAIR_FUNCTIONS; which++)
		for (version = 0; version < PAIR_VERSIONS; version++) {
			seq_printf(m, "%s.calls %lld\n", names[which][version],
				   atomic64_read(&calls[which][version]));
			seq_printf(m, "%s.inflight %d\n", names[which][version],
				   atomic_read(&in_flight[which][version]));
		}
	seq_printf(m, "mismatches %lld\noverlaps %lld\nviolations %lld\n", atomic64_read(&mismatches),
		   atomic64_read(&overlaps), atomic64_read(&mismatches) + atomic64_read(&overlaps));
	seq_printf(m, "timed_ns %llu\n", READ_ONCE(timed_ns));
	seq_printf(m, "last %s\nholders %d\nthreads %u\nsoftirq %u\n",
		   atomic_read(&last_version) == PAIR_PATCHED ? "patched" : "original", atomic_read(&holders),
		   READ_ONCE(nhammers), READ_ONCE(softirq_rate));
	return 0;
}

static int pair_open(struct inode *inode, struct file *file)
{
	return single_open(file, pair_show, NULL);
}

static const struct proc_ops pair_proc_ops = {
	.proc_open = pair_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = pair_write,
};

static int __init pair_target_init(void)
{
	softirq_init();
	if (!proc_create("pair_target", 0600, NULL, &pair_proc_ops)) {
		/* "threads=N" on the command line started them before. */
		hammers_resize(0);
		return -ENOMEM;
	}
	return 0;
}

static void __exit pair_target_exit(void)
{
	/* Removing the file waits for writers inside it, so let the holders go first. */
	WRITE_ONCE(closing, true);
	wake_up_all(&release_wait);
	remove_proc_entry("pair_target", NULL);
	hammers_resize(0);
	softirq_set(0);
}

module_init(pair_target_init);
module_exit(pair_target_exit);
MODULE_DESCRIPTION("Two functions that must be patched together, and the count of violations");
MODULE_LICENSE("GPL");
