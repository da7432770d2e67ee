// SPDX-License-Identifier: GPL-2.0-only
/* What the object in testdata/one.c is linked with. */
int counter;

const char *say(const char *text)
{
	return text;
}

__attribute__((noipa)) int outside(int n)
{
	return n ^ counter;
}

static __attribute__((noinline, used)) int helper(int n)
{
	return outside(n) - 1;
}

static __attribute__((noinline, used)) int same(int n)
{
	return outside(n) + 7;
}

static int hits;
static __attribute__((noinline, used)) void counted(void)
{
	hits += 5;
}

int overridden(void)
{
	return 2;
}

int other(int n)
{
	counted();
	if (n > 1000)
		say("a text that both have");
	return helper(n) + same(n);
}

int unused(void)
{
	return 4;
}
