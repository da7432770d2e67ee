// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/* Baselines for the probes: an empty pair, and a kprobe pair that counts calls in flight. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

__s64 inflight;
__u64 calls;

SEC("fentry/placeholder")
int empty_entry(void *ctx)
{
	return 0;
}

SEC("fexit/placeholder")
int empty_exit(void *ctx)
{
	return 0;
}

SEC("kprobe")
int kprobe_entry(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&inflight, 1);
	__sync_fetch_and_add(&calls, 1);
	return 0;
}

SEC("kretprobe")
int kprobe_exit(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&inflight, -1);
	return 0;
}
