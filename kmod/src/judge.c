// SPDX-License-Identifier: GPL-2.0-only
/* The dry run: says of one function what arming a patch of it would say, and changes nothing. */
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

static bool terminated(const struct spotos_judge *req)
{
	return strnlen(req->name, sizeof(req->name)) < sizeof(req->name) &&
	       strnlen(req->object, sizeof(req->object)) < sizeof(req->object) &&
	       strnlen(req->patch, sizeof(req->patch)) < sizeof(req->patch);
}

static int judge_found(const struct spotos_judge *req, const struct func_state *f, char *reason)
{
	unsigned long addr = f->parts[0].start;
	const struct patch_state *owner;

	if (req->address && req->address != addr)
		return refuse(reason, ESTALE, "%s is not at %#llx but at %#lx: read /proc/kallsyms again",
			      req->name, req->address, addr);
	owner = registry_owner(registry_find(req->patch), addr);
	if (owner)
		return refuse(reason, EBUSY, "%s is owned by patch %s; revert that first", req->name,
			      owner->name);
	return 0;
}

/* The caller knows which copies its patch replaces. */
static bool lists(const void *req, const char *copy)
{
	return ((const struct spotos_judge *)req)->flags & SPOTOS_JUDGE_COPIES;
}

/* Fills in what req asks for. Sleeps. */
int judge(struct spotos_judge *req)
{
	struct func_state *f;
	int err;

	if (!terminated(req) || req->flags & ~SPOTOS_JUDGE_COPIES)
		return refuse(req->reason, EINVAL, "malformed request");
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	mutex_lock(&registry_lock);
	err = resolve_function(lists, req, f, req->name, req->object, req->reason);
	if (!err)
		err = judge_found(req, f, req->reason);
	req->position = f->nparts ? f->position : 0;
	req->address = f->nparts ? f->parts[0].start : 0;
	req->size = f->nparts ? f->parts[0].end - f->parts[0].start : 0;
	resolve_put(f);
	mutex_unlock(&registry_lock);
	kfree(f);
	return err;
}
