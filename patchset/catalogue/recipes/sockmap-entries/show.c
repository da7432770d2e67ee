// SPDX-License-Identifier: GPL-2.0-only
/* Makes a map of sockets with more entries than an int can count. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <linux/bpf.h>

#include "../show.h"

int main(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 0xfffffff0u
	};

	return answer(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
}
