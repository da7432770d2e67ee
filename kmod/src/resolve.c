// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the functions of a patch in the running kernel, and says of each whether it can be switched at all. The
 * same code answers an arming and a dry run.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "internal.h"
#include "spotos_unpatchable.h"

struct search {
	unsigned int position; /* 0: the name must be unique */
	unsigned int found;
	unsigned long addr;
};

static void note_found(unsigned long start, unsigned long end, void *arg)
{
	struct search *s = arg;

	if (++s->found == max(s->position, 1u))
		s->addr = start;
}

/* Splits "name,position". Without a position it is 0. */
static int split_name(const char *what, char *name, unsigned int *position, char *reason)
{
	const char *comma = strrchr(what, ',');

	strscpy(name, what, SPOTOS_FUNC_NAME);
	*position = 0;
	if (!comma)
		return 0;
	name[comma - what] = '\0';
	if (kstrtouint(comma + 1, 10, position) || !*position)
		return refuse(reason, EINVAL, "%s does not end in a position, which is 1 or more", what);
	return 0;
}

/* Finds the start of a function in mod, or in the kernel itself if that is NULL, by its name. Sleeps. */
static int find_by_name(const char *name, const char *object, const struct module *mod, struct search *s,
			struct symbol *sym, char *reason)
{
	each_function(mod, name, note_found, s);
	/* A second name of one address is not in the index. */
	if (!s->found && !mod) {
		s->addr = symbol_address(name);
		if (s->addr && symbol_at(s->addr, sym) && !strcmp(sym->object, object))
			s->found = 1;
	}
	if (!s->found)
		return refuse(reason, ENOENT,
			      "there is no function %s in %s: build the patch for this kernel", name, object);
	if (s->found > 1 && !s->position)
		return refuse(reason, ENOENT,
			      "%s is found %u times in %s: the patch must say which by its position", name,
			      s->found, object);
	if (s->position > s->found)
		return refuse(reason, ENOENT, "%s is found %u %s in %s: there is no number %u", name,
			      s->found, s->found == 1 ? "time" : "times", object, s->position);
	return 0;
}

/* Finds it there, or where the patch says that it is, and reads its symbol. Sleeps. */
static int find_start(const char *name, const char *object, const struct func_state *f, struct search *s,
		      struct symbol *sym, char *reason)
{
	int err;

	s->addr = f->original;
	if (!s->addr) {
		err = find_by_name(name, object, f->mod, s, sym, reason);
		if (err)
			return err;
	}
	if (symbol_at(s->addr, sym) && sym->start == s->addr && !strcmp(sym->object, object)) {
		if (!f->original || !strcmp(sym->name, name) || symbol_address(name) == s->addr)
			return 0;
		return refuse(reason, ENOENT, "%s of %s is known as %s there: build the patch of that name",
			      name, object, sym->name);
	}
	if (f->original)
		return refuse(reason, ENOENT,
			      "%s of %s is not where it was when the patch was loaded: load the patch again",
			      name, object);
	return refuse(reason, ENOENT, "%s is no function of %s", name, object);
}

static bool unpatchable(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spotos_unpatchable); i++)
		if (!strcmp(name, spotos_unpatchable[i]))
			return true;
	return false;
}

static bool lists(const void *patch, const char *name)
{
	const struct patch_state *p = patch;
	unsigned int i;

	for (i = 0; i < p->nfuncs; i++)
		if (!strcmp(p->funcs[i].def->name, name))
			return true;
	return false;
}

static int check_function(struct func_state *f, const char *name, const struct symbol *sym, char *reason)
{
	int err;

	if (!f->mod && (unpatchable(name) || unpatchable(sym->name)))
		return refuse(reason, EOPNOTSUPP,
			      "%s is part of how the machine is stopped, how it idles or how tasks end; it "
			      "cannot be "
			      "switched by stopping the machine: patch its callers instead",
			      name);
	if (!f->mod && is_init_text(sym->start))
		return refuse(
			reason, EOPNOTSUPP,
			"%s is __init: it ran when the machine booted, and its memory has been freed since",
			name);
	err = site_possible(sym->start, name, reason);
	if (!err)
		err = parts_add(f, name, f->mod, reason);
	if (!err && strcmp(name, sym->name))
		err = parts_add(f, sym->name, f->mod, reason);
	return err;
}

/*
 * Finds the function called what, "name" or "name,position", and fills in f. lists(patch, copy) says whether the
 * patch replaces a copy of it too. The caller calls resolve_put(), also after a refusal.
 * registry_lock held. Sleeps.
 */
int resolve_function(lists_fn lists, const void *patch, struct func_state *f, const char *what,
		     const char *object, char *reason)
{
	char name[SPOTOS_FUNC_NAME];
	struct search s = {};
	struct symbol *sym;
	int err;

	f->nparts = 0;
	err = names_read();
	if (err)
		return refuse(reason, -err,
			      "the kernel's symbols cannot be read (error %d): it needs CONFIG_KALLSYMS",
			      err);
	err = split_name(what, name, &s.position, reason);
	if (err)
		return err;
	if (strcmp(object, "vmlinux")) {
		f->mod = module_get_by_name(object);
		if (!f->mod)
			return refuse(reason, ENOENT, "%s is in module %s, which is not loaded: modprobe %s",
				      name, object, object);
	}
	sym = kmalloc(sizeof(*sym), GFP_KERNEL);
	if (!sym)
		return refuse(reason, ENOMEM, "out of memory");
	err = find_start(name, object, f, &s, sym, reason);
	if (!err) {
		f->parts[f->nparts++] = (struct text_range){ sym->start, sym->end, 0 };
		err = parts_check_copies(lists, patch, name, f->mod, reason);
	}
	if (!err)
		err = check_function(f, name, sym, reason);
	f->position = max(s.position, 1u);
	kfree(sym);
	return err;
}

/* Lets go of the function's module. */
void resolve_put(struct func_state *f)
{
	if (f->mod)
		module_put(f->mod);
	f->mod = NULL;
	f->nparts = 0;
}

/* Lets go of what resolve_patch() found, unless ftrace goes on calling the redirection. registry_lock held. */
void resolve_release(struct patch_state *p)
{
	unsigned int i;

	if (p->on_for_good)
		return;
	for (i = 0; i < p->nfuncs; i++)
		resolve_put(&p->funcs[i]);
}

/* The replacement must be in the patch's own text, which is what a revert looks for on the stacks. */
static int find_replacement(const struct patch_state *p, struct func_state *f, char *reason)
{
	unsigned long new = (unsigned long)f->def->replacement, start, end;

	spotos_module_text(p->patch->mod, &start, &end);
	if (new < start || new >= end)
		return refuse(reason, EINVAL,
			      "the replacement of %s is not in the text of %s: define it there", f->def->name,
			      p->name);
	f->new_size = function_size(new);
	return 0;
}

/* Returns the function of p before the i-th that is the same as that one, or NULL. */
static const struct func_state *same_function(const struct patch_state *p, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < i; k++)
		if (p->funcs[k].parts[0].start == p->funcs[i].parts[0].start)
			return &p->funcs[k];
	return NULL;
}

/*
 * Finds every function of p in the running kernel, and keeps the modules that they are in loaded until
 * resolve_release(), also after a refusal. Sleeps; registry_lock held.
 */
int resolve_patch(struct patch_state *p, char *reason)
{
	unsigned int i;
	int err;

	for (i = 0; i < p->nfuncs; i++) {
		struct func_state *f = &p->funcs[i];
		const struct func_state *same;
		struct patch_state *other;

		err = resolve_function(lists, p, f, f->def->name, f->def->object, reason);
		if (!err)
			err = find_replacement(p, f, reason);
		if (err)
			return err;
		same = same_function(p, i);
		if (same)
			return refuse(reason, EINVAL, "%s and %s are one function", same->def->name,
				      f->def->name);
		other = registry_owner(p, f->parts[0].start);
		if (other)
			return refuse(reason, EBUSY, "%s is owned by patch %s; revert that first",
				      f->def->name, other->name);
	}
	return 0;
}
