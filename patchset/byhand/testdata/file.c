// SPDX-License-Identifier: GPL-2.0-only
/* Another file of the kernel, with names that kernel.c has too. */
static __attribute__((noipa)) int show(int n)
{
	return n + 1;
}

static __attribute__((noipa, used)) int twice(int n)
{
	return n + 3;
}

int first_user(int n)
{
	return show(n) + 1;
}
