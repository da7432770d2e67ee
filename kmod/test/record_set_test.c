// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of src/record_set.c in user space: record_set_test.go builds and runs them. Each test begins with an
 * empty record and must end with no reference and no memory left.
 */
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "record.h"

#define SLOTS 4096
#define COMMON (SLOTS / 4 * 3)
#define PROBES 16
#define TASKS (2 * SLOTS)

unsigned int this_cpu;
bool offline[CPUS];
static int allocations, allocations_left = -1;
static int failures;
static struct task_struct task[TASKS];

#define expect(what)                                                      \
	do {                                                              \
		if (!(what)) {                                            \
			printf("line %d: not so: %s\n", __LINE__, #what); \
			failures++;                                       \
		}                                                         \
	} while (0)

void on_each_cpu(void (*fn)(void *arg), void *arg, int wait)
{
	unsigned int before = this_cpu;

	(void)wait;
	for (this_cpu = 0; this_cpu < CPUS; this_cpu++)
		if (!offline[this_cpu])
			fn(arg);
	this_cpu = before;
}

void *kvzalloc_node(size_t size, int flags, int node)
{
	(void)flags;
	(void)node;
	if (!allocations_left)
		return NULL;
	allocations_left--;
	allocations++;
	return calloc(1, size);
}

void kvfree(void *p)
{
	if (p)
		allocations--;
	free(p);
}

static int references(void)
{
	int i, sum = 0;

	for (i = 0; i < TASKS; i++)
		sum += task[i].references;
	return sum;
}

static void add(unsigned int cpu, int from, int to)
{
	this_cpu = cpu;
	for (; from < to; from++)
		record_add(&task[from]);
}

static void count_call(struct task_struct *t, void *arg)
{
	((int *)arg)[t - task]++;
}

/* How often record_each() shows each task. */
static const int *seen(void)
{
	static int times[TASKS];

	memset(times, 0, sizeof(times));
	record_each(count_call, times);
	return times;
}

/* Keeps the tasks whose number is even. */
static bool keep_even(struct task_struct *t, void *arg)
{
	++*(int *)arg;
	return (t - task) % 2 == 0;
}

static void test_insert_once(void)
{
	int i;

	for (i = 0; i < 3; i++)
		add(0, 0, 10);
	expect(record_count() == 10);
	expect(references() == 10);
	add(2, 5, 6); /* each CPU has its own */
	expect(record_count() == 11);
	expect(task[5].references == 2 && seen()[5] == 2 && seen()[4] == 1 && !seen()[10]);
	expect(!record_overflowed() && !record_lost_exiting());
}

/* Tasks whose chains begin at the same place, which is the last. */
static void test_chain(void)
{
	int i;

	for (i = 0; i < PROBES + 2; i++)
		task[i].hash = SLOTS - 1;
	add(0, 0, PROBES);
	expect(record_count() == PROBES && !record_overflowed());
	add(0, 0, PROBES);
	expect(record_count() == PROBES && !record_overflowed());
	add(0, PROBES, PROBES + 1);
	expect(record_count() == PROBES && record_overflowed() && !task[PROBES].references);
	expect(!record_lost_exiting());
	/* One that no walk finds may go as far as it takes. */
	task[PROBES + 1].flags = PF_EXITING;
	add(0, PROBES + 1, PROBES + 2);
	expect(seen()[PROBES + 1] == 1 && !record_lost_exiting());
	record_clear_overflow();
	expect(!record_overflowed());
}

/* The last quarter is for hidden tasks; a flag says that even that was too small. */
static void test_full(void)
{
	int i;

	add(1, 0, COMMON);
	expect(record_count() == COMMON && !record_overflowed());
	add(1, COMMON, COMMON + 1);
	expect(record_count() == COMMON && record_overflowed());
	add(1, 0, COMMON); /* those that are there already need no room */
	expect(references() == COMMON);
	record_clear_overflow();
	for (i = COMMON + 1; i < SLOTS + 1; i++)
		task[i].flags = i % 2 ? PF_EXITING : PF_IDLE;
	add(1, COMMON + 1, SLOTS + 1);
	expect(record_count() == SLOTS && !record_overflowed() && !record_lost_exiting());
	task[SLOTS + 1].flags = PF_EXITING;
	add(1, SLOTS + 1, SLOTS + 2);
	expect(record_count() == SLOTS && record_overflowed() && record_lost_exiting());
	/* Only a fresh beginning mends a loss: no walk does. */
	record_clear_overflow();
	expect(!record_overflowed() && record_lost_exiting());
	record_forget();
	expect(!record_count() && !record_overflowed() && !record_lost_exiting());
	expect(references() == SLOTS);
	record_drop();
	expect(!references());
}

/* A check keeps holders and leaves the others to record_drop(), which puts them, since that may free. */
static void test_sift(void)
{
	int calls = 0;

	add(0, 0, 100);
	add(1, 50, 150);
	record_sift(keep_even, &calls);
	expect(calls == 200);
	expect(record_count() == 100 && references() == 200);
	expect(seen()[50] == 2 && !seen()[51] && seen()[149] == 0);
	record_drop();
	expect(references() == 100 && !task[51].references && task[50].references == 2);
	add(0, 0, 100); /* those that came back, and those that stayed, once each */
	expect(record_count() == 150 && references() == 150);
	expect(seen()[0] == 1 && seen()[1] == 1);
	calls = 0;
	record_sift(keep_even, &calls);
	record_drop();
	expect(calls == 150 && record_count() == 100);
	record_drop();
	expect(references() == 100);
}

/* A hole in a chain may have a task recorded twice, with a reference for each. */
static void test_holes(void)
{
	int calls = 0;

	task[0].hash = task[1].hash = task[2].hash = 7;
	add(0, 1, 2);
	add(0, 0, 1);
	add(0, 2, 3);
	record_sift(keep_even, &calls);
	record_drop();
	add(0, 0, 1); /* finds the hole that task 1 left */
	expect(record_count() == 3 && task[0].references == 2);
	record_forget();
	record_drop();
	expect(!references());
}

/* Drops the tasks that have died, also those of CPUs that are offline; the others stay. */
static void test_prune(void)
{
	add(0, 0, 10);
	add(2, 5, 15);
	offline[2] = true;
	this_cpu = 0;
	task[3].stack_refcount = task[7].stack_refcount = task[12].stack_refcount = 0;
	record_prune();
	expect(record_count() == 16 && references() == 16);
	expect(!task[3].references && !task[7].references && !task[12].references);
	expect(seen()[3] == 0 && seen()[5] == 2 && seen()[14] == 1);
	/* Also those late in their exit, whose stack is still there, stay: they may hold. */
	task[4].flags = PF_EXITING;
	record_prune();
	expect(seen()[4] == 1);
}

static void test_hidden(void)
{
	task[1].flags = PF_EXITING;
	task[2].flags = PF_IDLE;
	expect(!record_hidden(&task[0]) && record_hidden(&task[1]) && record_hidden(&task[2]));
}

/* Memory that runs out at each of the allocations: nothing stays, and the next try works. */
static void test_no_memory(void)
{
	int i;

	record_free();
	for (i = 0; i < 2 * CPUS; i++) {
		allocations_left = i;
		expect(record_alloc() == -ENOMEM);
		expect(!allocations);
	}
	allocations_left = -1;
	expect(!record_alloc());
	expect(allocations == 2 * CPUS);
}

/* What a recording leaves behind: both halves full, a loss and an overflow. */
static void test_free(void)
{
	int calls = 0, i;

	for (i = 0; i <= SLOTS; i++)
		task[i].flags = PF_EXITING;
	add(0, 0, SLOTS + 1);
	record_sift(keep_even, &calls);
	expect(record_lost_exiting());
	record_free();
	expect(!references() && !allocations && !record_lost_exiting() && !record_overflowed());
	expect(!record_alloc());
	add(0, 0, 1);
	expect(record_count() == 1);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "insert once", test_insert_once },
	{ "chain", test_chain },
	{ "full", test_full },
	{ "sift", test_sift },
	{ "holes", test_holes },
	{ "prune", test_prune },
	{ "hidden", test_hidden },
	{ "no memory", test_no_memory },
	{ "free", test_free },
};

int main(void)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		int before = failures;

		memset(offline, 0, sizeof(offline));
		memset(task, 0, sizeof(task));
		for (k = 0; k < TASKS; k++) {
			task[k].hash = k;
			task[k].stack_refcount = 1;
		}
		expect(!record_alloc());
		tests[i].run();
		record_free();
		expect(!references());
		expect(!allocations);
		printf("%s %s\n", failures == before ? "ok" : "FAIL", tests[i].name);
	}
	return failures > 0;
}
