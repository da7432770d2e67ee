/* SPDX-License-Identifier: GPL-2.0-only */
/* Times the calls that an entry was asked to time: see measure.h. */
#ifndef SPOTOS_RESIDENCE_H
#define SPOTOS_RESIDENCE_H

#include "maps.h"
#include "program.h"

/* Does what the entry was asked for in attention. at is the offset of the function's figures. */
__noinline int attend(__u64 key, __u64 mark, __u64 at)
{
	struct func_stats *s = (void *)stats + (at & (sizeof(stats) - sizeof(*s)));
	__u64 what, now;

	if (by_program) {
		count_program(at);
		if (*(volatile __u64 *)&s->attention == ATTEND_PROGRAM)
			return 0;
	}
	what = __sync_lock_test_and_set(&s->attention, by_program ? ATTEND_PROGRAM : 0);
	now = bpf_ktime_get_ns();
	if (what & ATTEND_WINDOW)
		window_ends(now);
	if (!(what & ATTEND_CALL))
		return 0;
	for (__u32 i = 0; i < WAYS; i++) {
		__u64 place = bucket_at(key) + i * sizeof(table.slots[0]);
		__u64 *own = (void *)table.slots + place;

		if (*own != mark)
			continue;
		*(__u64 *)((void *)table.since + place) = now;
		*own = mark | TIMED;
		return 0;
	}
	return 0;
}

/* Returns when the call of a timed mark began. */
__noinline __u64 began_at(__u64 key, __u64 mark)
{
	for (__u32 i = 0; i < WAYS; i++) {
		__u64 place = bucket_at(key) + i * sizeof(table.slots[0]);

		if (*(__u64 *)((void *)table.slots + place) == mark)
			return *(__u64 *)((void *)table.since + place);
	}
	return ~0ull;
}

/* Adds the time of a call that has ended; the next one is timed if the round allows it. */
__noinline int call_was_timed(__u32 func, __u64 began)
{
	__u64 now = bpf_ktime_get_ns(), traces;

	func &= MAX_FUNCS - 1;
	if (now > began)
		add_time(&residence[func], now - began);
	traces = *(volatile __u64 *)&stats[func].traces;
	if (!traces)
		return 0;
	*(volatile __u64 *)&stats[func].traces = traces - 1;
	__sync_fetch_and_or(&stats[func].attention, ATTEND_CALL);
	return 0;
}

#endif
