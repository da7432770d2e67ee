// SPDX-License-Identifier: GPL-2.0-only
/* Asks for a protection key. */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "../show.h"

int main(void)
{
	return answer(syscall(SYS_pkey_alloc, 0, 0));
}
