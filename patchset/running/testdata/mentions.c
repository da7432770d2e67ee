// SPDX-License-Identifier: GPL-2.0-only
/* What code can refer to: see mentions_test.go. */
static int counter, table[8], untouched[8];
static const char *const names[] = { "a", "b" };

static __attribute__((noinline)) void called(void)
{
	counter++;
}

static __attribute__((noinline)) void handed_on(void)
{
	counter--;
}

__attribute__((noipa)) void other(void (*callback)(void))
{
	callback();
}

static __attribute__((noinline, cold)) void rare(void)
{
	counter = 7;
}

void never_named(void)
{
	untouched[counter]++;
}

const char *function(int n, int m)
{
	called();
	other(handed_on);
	table[n] = m;
	table[3] = counter;
	if (__builtin_expect(n == 42, 0)) {
		rare();
		__builtin_trap();
	}
	return names[m];
}

/* So that the compiler keeps them. */
int *variables(int which)
{
	return which ? table : which > 1 ? untouched : &counter;
}
