// SPDX-License-Identifier: GPL-2.0-only
/* Gives a vxlan device that filters by network a group address of two bytes. */
#define _GNU_SOURCE
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../show.h"

static struct {
	struct nlmsghdr head;
	char body[512];
} message;

/* begin starts a request of a type with the structure that is first in it. */
static void begin(int type, int flags, const void *first, size_t size)
{
	memset(&message, 0, sizeof(message));
	message.head.nlmsg_type = type;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	message.head.nlmsg_len = NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&message.head), first, size);
}

/* add puts an attribute behind what there is, and returns it. */
static struct nlattr *add(int type, const void *value, size_t size)
{
	struct nlattr *a = (void *)((char *)&message + NLMSG_ALIGN(message.head.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy((char *)a + NLA_HDRLEN, value, size);
	message.head.nlmsg_len = (char *)a - (char *)&message + NLA_ALIGN(a->nla_len);
	return a;
}

/* end makes all that came after an attribute its content. */
static void end(struct nlattr *a)
{
	a->nla_len = (char *)&message + message.head.nlmsg_len - (char *)a;
}

/* ask sends the request and returns -1 and errno if the kernel refused it. */
static int ask(int fd)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[1024];
	} reply;

	need(send(fd, &message, message.head.nlmsg_len, 0) > 0, "send");
	need(recv(fd, &reply, sizeof(reply), 0) > 0, "recv");
	errno = -reply.error.error;
	return errno ? -1 : 0;
}

int main(void)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct tunnel_msg tunnel = { .family = PF_BRIDGE };
	struct nlattr *info, *data, *entry;
	unsigned int vni = 100;
	unsigned char yes = 1;
	int fd;

	need(unshare(CLONE_NEWNET) == 0, "unshare"); /* the device goes with it */
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	need(fd >= 0, "socket");
	begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	add(IFLA_IFNAME, "show", sizeof("show"));
	info = add(IFLA_LINKINFO, NULL, 0);
	add(IFLA_INFO_KIND, "vxlan", sizeof("vxlan"));
	data = add(IFLA_INFO_DATA, NULL, 0);
	add(IFLA_VXLAN_COLLECT_METADATA, &yes, sizeof(yes));
	add(IFLA_VXLAN_VNIFILTER, &yes, sizeof(yes));
	end(data);
	end(info);
	need(ask(fd) == 0, "making the device");

	tunnel.ifindex = if_nametoindex("show");
	begin(RTM_NEWTUNNEL, 0, &tunnel, sizeof(tunnel));
	entry = add(VXLAN_VNIFILTER_ENTRY | NLA_F_NESTED, NULL, 0);
	add(VXLAN_VNIFILTER_ENTRY_START, &vni, sizeof(vni));
	add(VXLAN_VNIFILTER_ENTRY_GROUP, "\0\0", 2);
	end(entry);
	return answer(ask(fd));
}
