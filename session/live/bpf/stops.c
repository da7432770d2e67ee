// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * For a test: compares the counts with pair_target's own whenever all CPUs stand. A call is counted before
 * pair_target counts it, and taken off after, so the counts must never be lower than pair_target's.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "watch.h"

char LICENSE[] SEC("license") = "GPL";

#define FUNCTIONS 2
#define VERSIONS 2

struct spotos_shared shared SEC(".data.shared");
struct func_stats stats[MAX_FUNCS] SEC(".data.stats");

const volatile __u64 truth_at; /* pair_target's in_flight */

struct stops {
	__u64 all;
	__u64 busy; /* with calls in flight */
	__u64 zero; /* all counts were zero */
	__u64 wrong_zero;
	__u64 too_few; /* a function's count was below the truth */
} stops;

/* Runs at the first instruction of the function that stop_machine calls. */
SEC("kprobe")
int all_stopped(void *ctx)
{
	__s32 truth[FUNCTIONS][VERSIONS];
	__s64 counted, sum = 0;
	__s32 in_flight = 0;

	if (bpf_probe_read_kernel(truth, sizeof(truth), (void *)truth_at))
		return 0;
	stops.all++;
	for (int i = 0; i < FUNCTIONS; i++) {
		counted = shared.inflight[i] + stats[i].early;
		sum += counted;
		in_flight += truth[i][0] + truth[i][1];
		if (counted < truth[i][0] + truth[i][1])
			stops.too_few++;
	}
	if (in_flight)
		stops.busy++;
	if (!sum)
		stops.zero++;
	if (!sum && in_flight)
		stops.wrong_zero++;
	return 0;
}
