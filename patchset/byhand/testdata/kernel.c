// SPDX-License-Identifier: GPL-2.0-only
/* Stands for the kernel itself, together with file.c: what the patches use. */
#define NOINLINE __attribute__((noipa, used))

static int table[8];

int *whole_table(void)
{
	return table; /* so that the compiler keeps it */
}

static NOINLINE int only_one(int n)
{
	return n + 1;
}

/* Nothing takes its address, so it must not be called through a pointer. */
asm(".pushsection .ibt_endbr_seal, \"a\"\n.long only_one - .\n.popsection");

static NOINLINE int show(int n)
{
	return n + 2;
}

static NOINLINE int twice(int n)
{
	return n + 4;
}

static NOINLINE int compute(int n) __asm__("compute.isra.0");
static NOINLINE int compute(int n)
{
	return n + 5;
}

static NOINLINE __attribute__((section(".init.text"))) int setup(int n)
{
	return n + 6;
}

NOINLINE int patched(int n)
{
	return show(n) + table[n & 7];
}
