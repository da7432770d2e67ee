// SPDX-License-Identifier: GPL-2.0-only
/* A module's second object, which testdata/one.c is linked with by ld -r. */
extern int print(const char *text);

static int state = 1;

static __attribute__((noinline, used)) int helper(int n)
{
	return print("from the module") + n;
}

static __attribute__((noinline, used)) int same(int n)
{
	return state + n;
}

__attribute__((section(".init.text"))) int init_module(void)
{
	return helper(state) + same(1);
}

__attribute__((section(".init.text"), used)) static int counted(void)
{
	return 1;
}
