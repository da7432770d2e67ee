// SPDX-License-Identifier: GPL-2.0-only
/* The loaded patches, and the one operation that is under way. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "internal.h"

/* Names of a patch's module fit into the user API's structures. */
static_assert(SPOTOS_FUNC_NAME_LEN == SPOTOS_FUNC_NAME && SPOTOS_OBJECT_NAME_LEN == SPOTOS_PATCH_NAME);

DEFINE_MUTEX(registry_lock);
static LIST_HEAD(patches);
static struct operation *armed; /* registry_lock */

struct patch_state *registry_find(const char *name)
{
	struct patch_state *p;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(p, &patches, list) {
		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}

struct patch_state *registry_at(u32 index)
{
	struct patch_state *p;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(p, &patches, list) {
		if (!index--)
			return p;
	}
	return NULL;
}

u32 registry_count(void)
{
	struct patch_state *p;
	u32 n = 0;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(p, &patches, list)
		n++;
	return n;
}

/* Returns another patch, armed or applied, that has a redirection on addr. */
struct patch_state *registry_owner(const struct patch_state *except, unsigned long addr)
{
	struct patch_state *p;
	unsigned int i;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(p, &patches, list) {
		if (p == except || READ_ONCE(p->state) == SPOTOS_LOADED)
			continue;
		for (i = 0; i < p->nfuncs; i++)
			if (p->funcs[i].nparts && p->funcs[i].parts[0].start == addr)
				return p;
	}
	return NULL;
}

/* Returns the operation under way, or NULL: nothing is armed. */
struct operation *registry_armed(void)
{
	lockdep_assert_held(&registry_lock);
	return armed;
}

void registry_set_armed(struct operation *op)
{
	lockdep_assert_held(&registry_lock);
	armed = op;
}

static bool well_formed(const struct spotos_patch *patch)
{
	unsigned int i, j;

	if (!patch->mod || !patch->funcs || !patch->nfuncs || patch->nfuncs > SPOTOS_MAX_FUNCS)
		return false;
	for (i = 0; i < patch->nfuncs; i++) {
		const struct spotos_func *f = &patch->funcs[i];

		if (!f->replacement || !f->name[0] || !f->object[0] ||
		    strnlen(f->name, sizeof(f->name)) == sizeof(f->name) ||
		    strnlen(f->object, sizeof(f->object)) == sizeof(f->object))
			return false;
		for (j = 0; j < i; j++)
			if (!strcmp(f->name, patch->funcs[j].name))
				return false;
	}
	return true;
}

static void free_patch(struct patch_state *p)
{
	kvfree(p->redirections);
	kvfree(p->funcs);
	kfree(p);
}

int spotos_register_patch_at(struct spotos_patch *patch, void *const *originals, unsigned int flags)
{
	struct patch_state *p;
	unsigned int i;
	int err = 0;

	if (!well_formed(patch) || flags & ~SPOTOS_PATCH_STAYS) {
		pr_info("%s: malformed list of functions (1 to %d, each once, each with a replacement)\n",
			patch->mod ? patch->mod->name : "?", SPOTOS_MAX_FUNCS);
		return -EINVAL;
	}
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->funcs = kvcalloc(patch->nfuncs, sizeof(*p->funcs), GFP_KERNEL);
	p->redirections = kvcalloc(patch->nfuncs, sizeof(*p->redirections), GFP_KERNEL);
	if (!p->funcs || !p->redirections) {
		free_patch(p);
		return -ENOMEM;
	}
	p->patch = patch;
	p->nfuncs = patch->nfuncs;
	p->stays = flags & SPOTOS_PATCH_STAYS;
	for (i = 0; i < p->nfuncs; i++) {
		p->funcs[i].def = &patch->funcs[i];
		p->funcs[i].original = originals ? (unsigned long)originals[i] : 0;
	}
	strscpy(p->name, patch->mod->name, sizeof(p->name));

	mutex_lock(&registry_lock);
	if (registry_find(p->name))
		err = -EEXIST;
	else
		list_add_tail(&p->list, &patches);
	mutex_unlock(&registry_lock);
	if (err) {
		free_patch(p);
		return err;
	}
	patch->priv = p;
	return 0;
}
EXPORT_SYMBOL_GPL(spotos_register_patch_at);

int spotos_register_patch(struct spotos_patch *patch)
{
	return spotos_register_patch_at(patch, NULL, 0);
}
EXPORT_SYMBOL_GPL(spotos_register_patch);

static void say_stays(const struct patch_state *p)
{
	pr_info("%s has been applied and stays loaded: rmmod -f ends only when the machine is booted again\n",
		p->name);
}

/* Has p's module stay for good if it is one that does. registry_lock held, and the module referenced. */
void registry_applied(struct patch_state *p)
{
	lockdep_assert_held(&registry_lock);
	if (!p->stays || p->stays_on)
		return;
	__module_get(p->patch->mod);
	WRITE_ONCE(p->stays_on, true);
	if (READ_ONCE(p->patch->mod->state) == MODULE_STATE_GOING)
		say_stays(p);
}

/*
 * For a module's exit, which runs while the module is in use only by rmmod -f. Whatever follows would free text
 * that tasks may be inside of, so it has to wait: for a revert, or for the end of whoever has the device open.
 */
void wait_for_last_user(struct module *mod)
{
	if (module_refcount(mod) <= 0)
		return;
	pr_info("%s is in use: rmmod -f waits until it is not; revert and abort what is applied and armed\n",
		mod->name);
	while (module_refcount(mod) > 0)
		schedule_timeout_idle(HZ / 10);
}

void spotos_unregister_patch(struct spotos_patch *patch)
{
	struct patch_state *p = patch->priv;

	if (READ_ONCE(p->stays_on))
		say_stays(p);
	wait_for_last_user(patch->mod);
	mutex_lock(&registry_lock);
	WARN_ON(READ_ONCE(p->state) != SPOTOS_LOADED);
	list_del(&p->list);
	mutex_unlock(&registry_lock);
	free_patch(p);
}
EXPORT_SYMBOL_GPL(spotos_unregister_patch);
