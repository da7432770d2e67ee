// SPDX-License-Identifier: GPL-2.0-only
/* The text that must be on no task's stack when a patch is switched. */
#include <linux/module.h>
#include <linux/sort.h>

#include "internal.h"

static void add_text(struct ranges *out, unsigned long start, unsigned long end, u32 func)
{
	if (start >= end || WARN_ON_ONCE(out->n == ARRAY_SIZE(out->r)))
		return;
	out->r[out->n++] = (struct text_range){ start, end, func };
	out->lo = min(out->lo, start);
	out->hi = max(out->hi, end);
}

static int by_start(const void *a, const void *b)
{
	const struct text_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/*
 * Lists the text that must be on no task's stack for the switch to be safe.
 *
 * To apply: the old bodies. They include the call site's return address, which is on the stack of a task
 * that was stopped inside the ftrace or BPF trampoline and may still call the old body.
 * To revert: the whole text of the patch, and the call sites.
 */
void build_ranges(const struct patch_state *p, u32 direction, struct ranges *out)
{
	unsigned long start, end, at;
	unsigned int i, k;

	/*
	 * A restart block that points to an old body enters it through its call site, which is redirected. One
	 * that points to a replacement would outlive the patch.
	 */
	out->restart = direction == SPOTOS_REVERT;
	out->n = 0;
	out->lo = ULONG_MAX;
	out->hi = 0;
	for (i = 0; i < p->nfuncs; i++) {
		const struct func_state *f = &p->funcs[i];
		unsigned long new = (unsigned long)f->def->replacement;

		if (direction == SPOTOS_APPLY) {
			for (k = 0; k < f->nparts; k++)
				add_text(out, f->parts[k].start, f->parts[k].end, i);
		} else {
			add_text(out, f->parts[0].start, f->parts[0].start + 16, i);
			add_text(out, new, new + f->new_size, i);
		}
	}
	sort(out->r, out->n, sizeof(out->r[0]), by_start, NULL);
	if (direction == SPOTOS_APPLY)
		return;

	/* The rest of the patch's text, between its replacements. */
	spotos_module_text(p->patch->mod, &start, &end);
	k = out->n;
	at = start;
	for (i = 0; i < k; i++) {
		if (out->r[i].start < start || out->r[i].start >= end)
			continue;
		add_text(out, at, out->r[i].start, SPOTOS_NO_FUNC);
		at = max(at, out->r[i].end);
	}
	add_text(out, at, end, SPOTOS_NO_FUNC);
	sort(out->r, out->n, sizeof(out->r[0]), by_start, NULL);
}

/* Returns the range that addr lies in, or NULL. Any context. */
const struct text_range *ranges_find(const struct ranges *ranges, unsigned long addr)
{
	unsigned int lo = 0, hi = ranges->n;

	if (addr < ranges->lo || addr >= ranges->hi)
		return NULL;
	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (addr < ranges->r[mid].start)
			hi = mid;
		else if (addr >= ranges->r[mid].end)
			lo = mid + 1;
		else
			return &ranges->r[mid];
	}
	return NULL;
}
