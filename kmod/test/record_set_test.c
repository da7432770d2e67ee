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
bool interrupts_off;
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
	interrupts_off = true;
	for (; from < to; from++)
		record_add(&task[from]);
	interrupts_off = false;
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
	expect(t->references > 0); /* it is not to go away while it is looked at */
	++*(int *)arg;
	return (t - task) % 2 == 0;
}

static bool keep_none(struct task_struct *t, void *arg)
{
	(void)t;
	(void)arg;
	return false;
}

/* A whole round; returns how many tasks were looked at. */
static int round_of(record_keep keep)
{
	int calls = 0;

	record_turn();
	while (record_retire(keep, &calls, 7))
		;
	return calls;
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
	expect(record_turn() && !record_overflowed());
}

static void test_full(void)
{
	add(1, 0, COMMON);
	expect(record_count() == COMMON && !record_overflowed());
	add(1, COMMON, COMMON + 1);
	expect(record_count() == COMMON && record_overflowed());
	add(1, 0, COMMON); /* those that are there already need no room */
	expect(references() == COMMON);
	/* A turn makes room, and tells of the overflow once. */
	expect(record_turn() && !record_overflowed());
	add(1, COMMON, COMMON + 1);
	expect(record_count() == COMMON + 1 && !record_overflowed());
	record_retire(keep_none, NULL, U32_MAX);
	expect(record_count() == 1 && references() == 1);
	expect(!record_turn());
}

/* The last quarter is for hidden tasks; a flag says that even that was too small. */
static void test_reserve(void)
{
	int i;

	add(1, 0, COMMON);
	for (i = COMMON + 1; i < SLOTS + 1; i++)
		task[i].flags = i % 2 ? PF_EXITING : PF_IDLE;
	add(1, COMMON + 1, SLOTS + 1);
	expect(record_count() == SLOTS && !record_overflowed() && !record_lost_exiting());
	task[SLOTS + 1].flags = PF_EXITING;
	add(1, SLOTS + 1, SLOTS + 2);
	expect(record_count() == SLOTS && record_overflowed() && record_lost_exiting());
	/* Only a wait for all that are exiting mends a loss: no turn does. */
	expect(record_turn() && !record_overflowed() && record_lost_exiting());
	record_clear_lost();
	expect(!record_lost_exiting());
	expect(references() == SLOTS);
	record_retire(keep_none, NULL, U32_MAX);
	expect(!references());
}

/* A round looks at what was recorded before, keeps holders and drops the others; what comes meanwhile waits. */
static void test_round(void)
{
	int calls = 0;

	add(0, 0, 100);
	add(1, 50, 150);
	expect(!record_turn());
	expect(record_count() == 200 && seen()[50] == 2 && seen()[149] == 1); /* a check sees both halves */
	add(1, 140, 160);
	expect(record_count() == 220 && seen()[140] == 2 && seen()[159] == 1);
	this_cpu = 2;
	expect(!record_retire(keep_even, &calls, U32_MAX));
	expect(calls == 200 && !interrupts_off);
	/* 75 even ones, once each on the third CPU; 20 that came later. */
	expect(record_count() == 75 + 20 && references() == 75 + 20);
	expect(seen()[50] == 1 && !seen()[51] && seen()[140] == 2 && seen()[141] == 1);
	expect(round_of(keep_even) == 95);
	expect(record_count() == 80 && references() == 80);
	add(0, 0, 10); /* those that come back are found again */
	expect(seen()[1] == 1 && seen()[0] == 2);
	expect(record_count() == 90 && references() == 90);
	round_of(keep_none);
	expect(!record_count() && !references());
}

/* A round in steps: each takes so many, and between two of them every task is in one half or in the other. */
static void test_steps(void)
{
	int calls = 0, i, k;

	add(0, 0, 40);
	add(1, 40, 80);
	this_cpu = 0;
	record_turn();
	for (i = 0; i < 8; i++) {
		expect(record_retire(keep_even, &calls, 10) == (i < 7));
		expect(calls == 10 * (i + 1));
		for (k = 0; k < 80; k += 2)
			expect(seen()[k] == 1);
	}
	expect(record_count() == 40 && references() == 40);
	expect(!record_retire(keep_even, &calls, 10) && calls == 80);
}

static bool keep_all(struct task_struct *t, void *arg)
{
	(void)t;
	(void)arg;
	return true;
}

/* A round that cannot record all holders again says so, and the next turn tells of it. */
static void test_no_room_to_keep(void)
{
	int i;

	for (i = 0; i < TASKS; i++)
		task[i].hash = 5;
	for (i = 0; i < CPUS; i++)
		add(i, PROBES * i, PROBES * (i + 1));
	this_cpu = 0;
	expect(!record_overflowed());
	round_of(keep_all);
	expect(record_count() == PROBES && references() == PROBES);
	expect(record_overflowed() && !record_lost_exiting());
	expect(record_turn());
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
	record_turn();
	record_retire(keep_even, &calls, 100);
	add(0, 0, SLOTS + 1);
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
	{ "reserve", test_reserve },
	{ "round", test_round },
	{ "steps", test_steps },
	{ "no room to keep", test_no_room_to_keep },
	{ "hidden", test_hidden },
	{ "no memory", test_no_memory },
	{ "free", test_free },
};

int main(void)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		int before = failures;

		memset(task, 0, sizeof(task));
		for (k = 0; k < TASKS; k++)
			task[k].hash = k;
		expect(!record_alloc());
		tests[i].run();
		record_free();
		expect(!references());
		expect(!allocations);
		printf("%s %s\n", failures == before ? "ok" : "FAIL", tests[i].name);
	}
	return failures > 0;
}
