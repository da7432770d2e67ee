/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times zero windows, and how long calls stay in a function. Only a sample of both is timed, a fixed number in
 * each round, since timing a call costs more than counting it. Go begins the rounds.
 */
#ifndef SPOTOS_MEASURE_H
#define SPOTOS_MEASURE_H

#define ATTEND_WINDOW 1  /* an entry ends the zero window that is open */
#define ATTEND_CALL 2    /* an entry is timed */
#define ATTEND_PROGRAM 4 /* every entry is counted for the program that makes it; set for good */

#define ROUND_WINDOWS 64
#define ROUND_CALLS 16

/* Four bins for each power of two: by the number's length and the two bits after its first. */
__noinline __u32 bin_of(__u64 ns)
{
	__u64 rest = ns;
	__u32 length = 0;

#pragma unroll
	for (int step = 32; step; step /= 2)
		if (rest >> step) {
			rest >>= step;
			length += step;
		}
	if (length < 2)
		return ns & 3;
	length = (length - 1) * 4 + ((ns >> (length - 2)) & 3);
	return length < BINS ? length : BINS - 1;
}

static __always_inline void add_time(struct times *t, __u64 ns)
{
	__u32 bin = bin_of(ns);

	__sync_fetch_and_add(&t->count, 1);
	__sync_fetch_and_add(&t->total, ns);
	if (ns > t->longest)
		t->longest = ns;
	if (bin < BINS)
		__sync_fetch_and_add(&t->bins[bin], 1);
}

static __always_inline void ask_all(__u64 what)
{
	for (__u32 i = 0; i < MAX_FUNCS && i < func_count; i++)
		__sync_fetch_and_or(&stats[i].attention, what);
}

/*
 * Opens a window: all counts were seen at zero. An entry adds to its count and then reads attention; this writes
 * attention and then reads the counts. So one of the two sees the other.
 */
static __always_inline void note_window(__u64 open)
{
	ask_all(ATTEND_WINDOW);
	__sync_lock_test_and_set(&windows.open, open);
	if (!all_zero())
		__sync_lock_test_and_set(&windows.open, 0);
}

__noinline int window_opens(__u64 now)
{
	__u64 left = *(volatile __u64 *)&windows.left;

	if (!left) {
		__u64 begun = __sync_lock_test_and_set(&windows.begun, 0);

		shared.measuring = 0;
		if (begun && now > begun)
			windows.covered += now - begun;
		return 0;
	}
	/* Two CPUs may take one from the same number, but never one from none. */
	*(volatile __u64 *)&windows.left = left - 1;
	note_window(now & ~1ull);
	return 0;
}

static __always_inline void window_ends(__u64 now)
{
	__u64 open = __sync_lock_test_and_set(&windows.open, 0);

	if (!open || now < open)
		return;
	if (open & 1)
		windows.unseen += now - open;
	else
		add_time(&windows.times, now - open);
}

#endif
