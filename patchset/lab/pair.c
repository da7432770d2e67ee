// SPDX-License-Identifier: GPL-2.0-only
/* The two functions, the counts of the calls inside them, and the ways to stay inside. */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/export.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

#include "pair_internal.h"

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

static bool deaf;
module_param(deaf, bool, 0644);
MODULE_PARM_DESC(deaf, "whether a hold is an uninterruptible sleep");

static int pair_total(enum pair_version version)
{
	return atomic_read(&in_flight[PAIR_ENCODE][version]) + atomic_read(&in_flight[PAIR_DECODE][version]);
}

void pair_enter(enum pair_which which, enum pair_version version)
{
	/*
	 * A full barrier orders this before the read of the other version's counts: of two calls that begin
	 * at the same time at least one sees the other.
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

static int pair_hold(unsigned int ms)
{
	int before = atomic_read(&release_count);
	long timeout = ms ? msecs_to_jiffies(ms) : MAX_SCHEDULE_TIMEOUT;
	long left;

	atomic_inc(&holders);
	if (READ_ONCE(deaf))
		left = wait_event_timeout(
			release_wait, atomic_read(&release_count) != before || READ_ONCE(closing), timeout);
	else
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

/* Ends every hold, also those to come if for_good: the module is about to go. */
void pair_release(bool for_good)
{
	if (for_good)
		WRITE_ONCE(closing, true);
	atomic_inc(&release_count);
	wake_up_all(&release_wait);
}

void pair_show_counts(struct seq_file *m)
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
	seq_printf(m, "last %s\nholders %d\n",
		   atomic_read(&last_version) == PAIR_PATCHED ? "patched" : "original",
		   atomic_read(&holders));
}
