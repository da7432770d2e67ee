// SPDX-License-Identifier: GPL-2.0-only
/* An object to be matched: testdata/two.c is linked with it, and has other functions of the same names. */
extern int outside(int n);
extern const char *say(const char *text);
extern int counter;

static int limits[4] = { 1, 2, 3, 4 };

/* helper is there twice, with other code. */
static __attribute__((noinline, used)) int helper(int n)
{
	return outside(n) * limits[n & 3];
}

/* chain jumps to a neighbour, and across that jump. */
int chain(int n)
{
	if (n > 3) {
		counter += n;
		return outside(n + 1);
	}
	counter = 2;
	return helper(n);
}

/* same is there twice, with the same code and the same references. */
static __attribute__((noinline, used)) int same(int n)
{
#ifdef CHANGED
	return outside(n) + 8;
#else
	return outside(n) + 7;
#endif
}

/* counted is there twice, with the same code, which refers to other data. */
static int hits;
static __attribute__((noinline, used)) void counted(void)
{
	hits += 5;
}

int entry(int n)
{
	counted();
	counter += n;
	if (n > 1000)
		say("a text that both have");
	return helper(n) + same(n);
}

__attribute__((weak)) int overridden(void)
{
	return 1;
}

const char *speak(void)
{
	return say("a text that only one has");
}

/* begin and unused share a section with another weak function, which begin calls. */
#define START __attribute__((section(".init.text")))

START __attribute__((weak)) int unused(void)
{
	return 3;
}

START int begin(int n)
{
	return unused() + helper(n);
}
