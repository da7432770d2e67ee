// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait-data: sk_wait_data() is replaced by what it does already, and each wait is counted.
 *
 * A patch to try SPOTOS with, and for `spotos doctor --prove`. Whoever waits for data of a TCP socket is inside
 * sk_wait_data(), which does something after the wait: so no compiler can end it in a jump, and on every kernel
 * it certainly has a holder while somebody waits. Its effect: /sys/module/wait_data/parameters/calls counts the
 * waits.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <net/sock.h>
#include "spotos_patch.h"

static DEFINE_PER_CPU(unsigned long, calls);

static int calls_get(char *buffer, const struct kernel_param *kp)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&calls, cpu));
	return sysfs_emit(buffer, "%lu\n", sum);
}

static const struct kernel_param_ops calls_ops = {
	.get = calls_get,
};
module_param_cb(calls, &calls_ops, NULL, 0444);
MODULE_PARM_DESC(calls, "waits in the replacement");

/*
 * Does what sk_wait_data() in net/core/sock.c does in 6.1, 6.12 and 7.3 alike: sleeps until the queue's tail is
 * another one than the caller has seen, with the socket unlocked meanwhile.
 */
static int spotos_sk_wait_data(struct sock *sk, long *timeo, const struct sk_buff *seen)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	int arrived;

	DEFINE_WAIT_FUNC(entry, woken_wake_function);

	this_cpu_inc(calls);
	add_wait_queue(sk_sleep(sk), &entry);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	arrived = sk_wait_event(sk, timeo, skb_peek_tail(queue) != seen, &entry);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &entry);
	return arrived;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, sk_wait_data, spotos_sk_wait_data));
SPOTOS_TITLE("Waits for data of a TCP socket are counted");
SPOTOS_SEVERITY("low");
SPOTOS_LOOK("cat /sys/module/wait_data/parameters/calls");
MODULE_DESCRIPTION("SPOTOS patch: waits for data of a TCP socket are counted");
