// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds functions by name, object and position.
 *
 * kallsyms_lookup_name() is not exported to modules, and it returns one function of a name only. So the names of
 * the kernel's own text are read once, by sprint_symbol() from address to address, into an index by hash. A
 * module's symbols are read from the module itself.
 *
 * A position is livepatch's: the how manieth of its name in its object, in the order of /proc/kallsyms.
 */
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "internal.h"

struct name {
	u32 hash;
	u32 offset; /* from base */
};

#define BUCKET_BITS 10
#define BUCKETS (1u << BUCKET_BITS)

static struct name *names; /* registry_lock; sorted by hash, then by offset; NULL: not read yet */
static unsigned int nnames, room;
static unsigned long base;
static struct text_range init_text; /* freed at the end of the boot */

static bool add_name(const char *name, unsigned long start)
{
	if (nnames == room) {
		unsigned int more = room ? 2 * room : 1 << 15;
		struct name *bigger = kvmalloc_array(more, sizeof(*bigger), GFP_KERNEL);

		if (!bigger)
			return false;
		memcpy(bigger, names, nnames * sizeof(*names));
		kvfree(names);
		names = bigger;
		room = more;
	}
	names[nnames++] = (struct name){ jhash(name, strlen(name), 0), start - base };
	return true;
}

static bool add_names(unsigned long from, unsigned long to, struct symbol *s)
{
	while (from && from < to) {
		if (!symbol_at(from, s)) {
			from++;
			continue;
		}
		if (s->start >= base && !add_name(s->name, s->start))
			return false;
		from = s->end;
		cond_resched();
	}
	return true;
}

static int by_hash(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void rest_at(u32 i)
{
	if (!(i % 2048))
		cond_resched();
}

static u32 bucket_of(const struct name *n)
{
	return n->hash >> (32 - BUCKET_BITS);
}

/*
 * Sorts the names by hash and offset: into buckets first, since sort() of all of them would not let go of the CPU
 * for a tenth of a second.
 */
static bool sort_names(void)
{
	struct name *sorted = kvmalloc_array(nnames, sizeof(*sorted), GFP_KERNEL);
	u32 *bound =
		kcalloc(BUCKETS + 1, sizeof(*bound), GFP_KERNEL); /* where one begins; once filled, ends */
	u32 i;

	if (!sorted || !bound) {
		kvfree(sorted);
		kfree(bound);
		return false;
	}
	for (i = 0; i < nnames; i++) {
		bound[bucket_of(&names[i]) + 1]++;
		rest_at(i);
	}
	for (i = 0; i < BUCKETS; i++)
		bound[i + 1] += bound[i];
	for (i = 0; i < nnames; i++) {
		sorted[bound[bucket_of(&names[i])]++] = names[i];
		rest_at(i);
	}
	for (i = 0; i < BUCKETS; i++) {
		u32 begin = i ? bound[i - 1] : 0;

		sort(sorted + begin, bound[i] - begin, sizeof(*sorted), by_hash, NULL);
		cond_resched();
	}
	kfree(bound);
	kvfree(names);
	names = sorted;
	room = nnames;
	return true;
}

/* Forgets the index. */
void names_free(void)
{
	kvfree(names);
	names = NULL;
	nnames = room = 0;
}

/* Reads the names if that has not been done. registry_lock held; sleeps, a tenth of a second the first time. */
int names_read(void)
{
	struct symbol *s;
	bool ok;

	if (names)
		return 0;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	base = symbol_address("_stext");
	init_text.start = symbol_address("__init_begin");
	init_text.end = symbol_address("__init_end");
	/* A kprobe finds no symbol on a page that is not mapped any more. There ftrace has no site either. */
	if (!init_text.start || !init_text.end)
		init_text = (struct text_range){};
	ok = add_names(base, symbol_address("_etext"), s) &&
	     add_names(symbol_address("_sinittext"), symbol_address("_einittext"), s);
	kfree(s);
	if (ok && nnames && sort_names())
		return 0;
	ok = ok && !nnames;
	names_free();
	return ok ? -ENOENT : -ENOMEM;
}

/* Whether addr lies in what was freed at the end of the boot. */
bool is_init_text(unsigned long addr)
{
	return addr >= init_text.start && addr < init_text.end;
}

/* Calls found for each of the kernel's own functions of that name, in the order of their addresses. */
static void each_in_kernel(const char *name, found_fn found, void *arg)
{
	u32 hash = jhash(name, strlen(name), 0);
	unsigned int lo = 0, hi = nnames;
	struct symbol *s;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (names[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == nnames || names[lo].hash != hash)
		return;
	s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL);
	for (; lo < nnames && names[lo].hash == hash; lo++)
		if (symbol_at(base + names[lo].offset, s) && !strcmp(s->name, name))
			found(s->start, s->end, arg);
	kfree(s);
}

/* The same for a module, in the order of its symbols. The caller has a reference on it. */
static void each_in_module(const struct module *mod, const char *name, found_fn found, void *arg)
{
	const struct mod_kallsyms *k;
	unsigned int i;

	/* The symbols of a module's init go when it has run. */
	rcu_read_lock_sched();
	k = rcu_dereference_sched(mod->kallsyms);
	for (i = 1; k && i < k->num_symtab; i++) {
		const Elf_Sym *sym = &k->symtab[i];

		if (sym->st_shndx == SHN_UNDEF || !strchr("tTwW", k->typetab[i]) ||
		    strcmp(k->strtab + sym->st_name, name))
			continue;
		found(sym->st_value, sym->st_value + sym->st_size, arg);
	}
	rcu_read_unlock_sched();
}

/*
 * Calls found for each function of that name, in mod or, if that is NULL, in the kernel itself. names_read() has
 * been called. Names that are not the first of their address are not among the kernel's: see symbol_address().
 */
void each_function(const struct module *mod, const char *name, found_fn found, void *arg)
{
	if (mod)
		each_in_module(mod, name, found, arg);
	else
		each_in_kernel(name, found, arg);
}
