// SPDX-License-Identifier: GPL-2.0-only
/*
 * pair_target: two functions that must change together, and the proof that they did.
 *
 * pair_encode() turns a value into bytes, stays a while, and has pair_decode() turn them back. The patch
 * "pair" replaces both with another encoding. This module counts, exactly and by itself, the calls in flight
 * of each function and version, and two kinds of violation:
 *
 *   mismatch  the decoded value is not the encoded one: one call met two versions
 *   overlap   a call of one version began while a call of the other was in flight
 *
 * Calls come from kernel threads, /sys/module/pair_target/parameters/threads of them, and from writers of
 * /proc/pair_target:
 *
 *   call         one round trip
 *   hold [MS]    one round trip that sleeps inside pair_encode(), for MS milliseconds or until "release";
 *                uninterruptibly with the parameter deaf
 *   release      ends every hold
 *   time N       N round trips one after the other; timed_ns is how long the last such command took
 *   softirq N    N round trips a second in softirq context; 0 stops them
 *   hardirq N    the same in hard interrupts
 *   pause        makes every hammer thread stand still where it would next sleep or yield, inside or outside
 *   resume       makes them go on
 *
 * Reading /proc/pair_target returns the counts, one "name value" on each line.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pair_internal.h"

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
		pair_release(false);
		return 0;
	}
	if (!strcmp(text, "pause"))
		return pair_pause();
	if (!strcmp(text, "resume")) {
		pair_resume();
		return 0;
	}
	if (sscanf(text, "softirq %u", &number) == 1)
		return pair_interrupt(PAIR_SOFTIRQ, number);
	if (sscanf(text, "hardirq %u", &number) == 1)
		return pair_interrupt(PAIR_HARDIRQ, number);
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
	pair_show_counts(m);
	seq_printf(m, "timed_ns %llu\n", READ_ONCE(timed_ns));
	pair_show_callers(m);
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
	pair_callers_init();
	if (!proc_create("pair_target", 0600, NULL, &pair_proc_ops)) {
		/* "threads=N" on the command line has started them already. */
		pair_callers_exit();
		return -ENOMEM;
	}
	return 0;
}

static void __exit pair_target_exit(void)
{
	/* Removing the file waits for its writers, so end all holds first. */
	pair_release(true);
	remove_proc_entry("pair_target", NULL);
	pair_callers_exit();
}

module_init(pair_target_init);
module_exit(pair_target_exit);
MODULE_DESCRIPTION("Two functions that must be patched together, and the count of violations");
MODULE_LICENSE("GPL");
