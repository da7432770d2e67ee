// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-oob: receiving urgent data (MSG_OOB) from an IPv4 TCP socket is refused with EOPNOTSUPP.
 *
 * A patch of the kind that closes a hole by turning off a path that hardly anybody uses. Its effect:
 * recv(fd, &c, 1, MSG_OOB) with no urgent data pending fails with EINVAL before, with EOPNOTSUPP while the patch
 * is applied, and with EINVAL again after it; and /sys/module/no_oob/parameters/calls counts the calls of the
 * replacement. Every other receive is untouched.
 *
 * Every consumer of TCP over IPv4 waits for data inside inet_recvmsg(), so it nearly always has holders; but not
 * where that ends in a jump to tcp_recvmsg(), as it does in 7.3.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/percpu.h>
#include <linux/socket.h>
#include <linux/version.h>
#include <net/sock.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <net/rps.h> /* sock_rps_record_flow() moved here from net/sock.h */
#endif
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
MODULE_PARM_DESC(calls, "receives served by the replacement");

static int receive(struct sock *sk, struct msghdr *msg, size_t size, int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0) /* protocols fill in the address's length themselves */
	return READ_ONCE(sk->sk_prot)->recvmsg(sk, msg, size, flags);
#else
	int addr_len = 0;
	int err = sk->sk_prot->recvmsg(sk, msg, size, flags, &addr_len);

	if (err >= 0)
		msg->msg_namelen = addr_len;
	return err;
#endif
}

/*
 * As inet_recvmsg() in net/ipv4/af_inet.c, which is the same in 6.1 and 6.12. The original guesses the callee
 * to save an indirect call (INDIRECT_CALL_2); udp_recvmsg() is not exported, so this one does not.
 */
static int spotos_inet_recvmsg(struct socket *sock, struct msghdr *msg, size_t size, int flags)
{
	struct sock *sk = sock->sk;

	this_cpu_inc(calls);
	if (sk->sk_protocol == IPPROTO_TCP && (flags & MSG_OOB))
		return -EOPNOTSUPP;

	if (likely(!(flags & MSG_ERRQUEUE)))
		sock_rps_record_flow(sk);

	return receive(sk, msg, size, flags);
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, inet_recvmsg, spotos_inet_recvmsg));
SPOTOS_TITLE("TCP urgent data is no longer received");
SPOTOS_SEVERITY("medium");
SPOTOS_LOOK("cat /sys/module/no_oob/parameters/calls");
MODULE_DESCRIPTION("SPOTOS patch: TCP urgent data (MSG_OOB) is no longer received");
