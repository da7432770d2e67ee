// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler made of a function beside its body: copies for some callers, and parts that lie elsewhere. */
#include <linux/module.h>

#include "internal.h"

/* How many copies of one kind the compiler makes of a function at most. */
#define COPIES 16

static void note_copy(unsigned long start, unsigned long end, void *found)
{
	*(bool *)found = true;
}

/*
 * Refuses a function of which the compiler made copies for some of its callers, unless the patch replaces those
 * too: such calls do not pass the function's own start.
 */
int parts_check_copies(lists_fn lists, const void *patch, const char *name, const struct module *mod,
		       char *reason)
{
	static const char *const kinds[] = { "part", "isra", "constprop" };
	const unsigned int n = ARRAY_SIZE(kinds);
	char copy[SPOTOS_FUNC_NAME + 32];
	unsigned int i;

	for (i = 0; i < n * COPIES + n * n; i++) {
		bool found = false;
		unsigned int k = i - n * COPIES;

		if (i < n * COPIES)
			scnprintf(copy, sizeof(copy), "%s.%s.%u", name, kinds[i / COPIES], i % COPIES);
		else /* a copy of a copy */
			scnprintf(copy, sizeof(copy), "%s.%s.0.%s.0", name, kinds[k / n], kinds[k % n]);
		each_function(mod, copy, note_copy, &found);
		if (found && !lists(patch, copy))
			return refuse(
				reason, EOPNOTSUPP,
				"%s is partly inlined: some calls go to %s and would still run the old code; "
				"patch the callers too, or list that as well",
				name, copy);
	}
	return 0;
}

struct adding {
	struct func_state *f;
	bool full;
};

static void add_part(unsigned long start, unsigned long end, void *arg)
{
	struct adding *a = arg;

	if (a->f->nparts == SPOTOS_PARTS)
		a->full = true;
	else
		a->f->parts[a->f->nparts++] = (struct text_range){ start, end, 0 };
}

/*
 * Adds what the function jumps to and that lies elsewhere. A task in there has no frame in the body itself. Of
 * functions with one name all parts are added: nothing says which belongs to which.
 */
int parts_add(struct func_state *f, const char *name, const struct module *mod, char *reason)
{
	char part[SPOTOS_FUNC_NAME + 16];
	struct adding a = { .f = f };

	scnprintf(part, sizeof(part), "%s.cold", name);
	each_function(mod, part, add_part, &a);
	if (a.full)
		return refuse(reason, EOPNOTSUPP, "%s has more than %d parts of its name", name,
			      SPOTOS_PARTS - 1);
	return 0;
}
