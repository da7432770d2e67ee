// SPDX-License-Identifier: GPL-2.0-only
/* A patch of patched() and driver_entry(). What it uses is chosen by a macro: see byhand_test.go. */
#define INFO_(line, text) static const char info_##line[] __attribute__((used, section(".modinfo"))) = text
#define INFO(line, text) INFO_(line, text)

INFO(0, "spotos=1");

#if defined(USE_UNIQUE) || defined(USE_LINKED) || defined(USE_SAID_UNUSED)
#define CALL only_one
#elif defined(USE_TYPO)
#define CALL only_won
#elif defined(USE_AMBIGUOUS)
#define CALL twice
#elif defined(USE_INIT)
#define CALL setup
#elif defined(USE_ONLY_COPIES) || defined(USE_COPY)
#define CALL compute
#elif defined(USE_CALLED_DATA)
#define CALL table
#elif defined(USE_ITSELF) || defined(USE_DETOUR)
#define CALL patched
#elif !defined(USE_DATA_BY_CODE) && !defined(USE_MODULE) && !defined(USE_SEALED)
#define CALL show
#endif

#ifdef USE_LINKED
INFO(1, "spotos_sha256=0000000000000000000000000000000000000000000000000000000000000000");
extern char spotos_module_driver[];
const char *kept = spotos_module_driver;
#elif defined(USE_POSITION)
INFO(1, "spotos_symbol=show=vmlinux,1");
#elif defined(USE_NO_NUMBER)
INFO(1, "spotos_symbol=show=vmlinux,3");
#elif defined(USE_SAID_NOTHING)
INFO(1, "spotos_symbol=show=vmlinux,0");
#elif defined(USE_FUNCTION)
INFO(1, "spotos_symbol=show=vmlinux@first_user");
#elif defined(USE_NO_USER)
INFO(1, "spotos_symbol=show=vmlinux@only_one");
#elif defined(USE_SAID_TWICE)
INFO(1, "spotos_symbol=show=vmlinux,1");
INFO(2, "spotos_symbol=show=vmlinux,2");
#elif defined(USE_SAID_UNUSED)
INFO(1, "spotos_symbol=only_one=vmlinux");
#endif

#ifdef CALL
#ifdef USE_COPY
extern int CALL(int n) __asm__("compute.isra.0");
#elif defined(USE_SAID_UNUSED)
static __attribute__((noipa)) int CALL(int n)
{
	return n;
}
#else
extern int CALL(int n);
#endif
#ifdef USE_DETOUR
static __attribute__((noinline, cold)) int helper(int n)
{
	return CALL(n) + 1;
}

int new_patched(int n)
{
	return __builtin_expect(n > 7, 0) ? helper(n) - 1 : n;
}
#else
int new_patched(int n)
{
	return CALL(n) - 1;
}
#endif
#elif defined(USE_SEALED)
extern int only_one(int n);
void *new_patched(int n)
{
	return only_one;
}
#elif defined(USE_DATA_BY_CODE)
extern int table[8];
int new_patched(int n)
{
	return table[n];
}
#else
extern int driver_state;
int new_driver_entry(void)
{
	return driver_state;
}
#endif
