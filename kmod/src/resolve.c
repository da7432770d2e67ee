// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the addresses of functions by name. kallsyms_lookup_name() is not exported to modules. A kprobe that is
 * registered by name (disabled, so that nothing is written into the text) has the address; sprint_symbol() gives
 * start and size.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sort.h>

#include "internal.h"

/*
 * A part that the compiler splits off a function has the function's name with a suffix. A task inside such a
 * part has no frame in the body itself (.cold is jumped to; the others may be), so parts count as the function.
 */
static const char *const part_suffix[] = {
	".cold",
	".part.0",
	".isra.0",
	".constprop.0",
	".part.0.cold",
	".isra.0.cold",
	".constprop.0.cold",
	".constprop.0.isra.0",
	".part.0.isra.0",
	".part.0.constprop.0",
	".constprop.0.isra.0.cold",
};

/* On a stack these replace return addresses, which a word-by-word look does not find then. */
static struct text_range return_hooks[2];

/*
 * Functions for which the check cannot vouch: those that the machine's stop itself or an idle task that is
 * switched out is inside of, and those in which a task may sleep so late in its exit that no list shows it and
 * synchronize_rcu_tasks() does not wait for it.
 */
static const char *const unpatchable[] = {
	"schedule",           "__schedule",        "schedule_idle",      "do_idle",
	"cpu_startup_entry",  "rest_init",         "start_secondary",    "multi_cpu_stop",
	"cpu_stopper_thread", "smpboot_thread_fn", "stop_machine",       "stop_machine_cpuslocked",
	"stop_cpus",          "__stop_cpus",       "touch_nmi_watchdog", "rcu_momentary_dyntick_idle",
	"rcu_momentary_eqs",  "do_exit",           "exit_notify",        "release_task",
	"proc_flush_pid",     "exit_io_context",   "free_pipe_info",
};

/* Returns the address of a symbol of the kernel's text, or 0: there is none. Sleeps. */
static unsigned long lookup(const char *name)
{
	struct kprobe kp = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };

	/* addr, which is all that we need, is set even if the kprobe is then refused. */
	if (!register_kprobe(&kp))
		unregister_kprobe(&kp);
	return IS_ERR_OR_NULL(kp.addr) ? 0 : (unsigned long)kp.addr;
}

/*
 * Reads start, size and module of the symbol around addr from "name+0xoffset/0xsize [module]". False if it is not
 * the symbol that was asked for.
 */
static bool extent(unsigned long addr, const char *name, const char *object, struct text_range *r)
{
	char buf[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	size_t len = strlen(name);
	char *rest, *mod;

	sprint_symbol(buf, addr);
	if (strncmp(buf, name, len) || buf[len] != '+')
		return false;
	rest = buf + len + 1;
	mod = strchr(rest, '[');
	if (mod) {
		mod[strcspn(mod, "]")] = '\0';
		mod++;
		mod[strcspn(mod, " ")] = '\0';
	}
	if (strcmp(mod ? mod : "vmlinux", object))
		return false;
	if (sscanf(rest, "%lx/%lx", &offset, &size) != 2 || !size)
		return false;
	r->start = addr - offset;
	r->end = r->start + size;
	return true;
}

/* Whether mod uses a symbol of the module called object, which keeps that module loaded. */
static bool depends_on(const struct module *mod, const char *object)
{
	struct module_use *use;

	/* The list does not change any more once the module's init runs. */
	list_for_each_entry(use, &mod->target_list, target_list)
		if (!strcmp(use->target->name, object))
			return true;
	return false;
}

static int resolve_func(struct patch_state *p, struct func_state *f, char *reason)
{
	const char *name = f->def->name, *object = f->def->object;
	char part[SPOTOS_FUNC_NAME_LEN + 16];
	unsigned long addr;
	struct text_range r;
	unsigned int i;

	f->nparts = 0;
	for (i = 0; i < ARRAY_SIZE(unpatchable); i++)
		if (!strcmp(name, unpatchable[i]))
			return refuse(
				reason, EOPNOTSUPP,
				"%s is part of how the machine is stopped, how it idles or how tasks end; it "
				"cannot be switched by stopping the machine: patch its callers instead",
				name);
	if (strcmp(object, "vmlinux") && !depends_on(p->patch->mod, object))
		return refuse(reason, EOPNOTSUPP,
			      "%s is in module %s, which %s does not pin; let the patch use a symbol that %s "
			      "exports",
			      name, object, p->name, object);
	addr = lookup(name);
	if (!addr)
		return refuse(reason, ENOENT,
			      "this kernel has no function %s: build the patch for this kernel", name);
	if (!extent(addr, name, object, &r))
		return refuse(
			reason, ENOENT,
			"%s was found at %pS, not in %s: is there more than one? Patch its callers instead",
			name, (void *)addr, object);
	f->parts[f->nparts++] = r;
	for (i = 0; i < ARRAY_SIZE(part_suffix); i++) {
		snprintf(part, sizeof(part), "%s%s", name, part_suffix[i]);
		addr = lookup(part);
		if (addr && extent(addr, part, object, &r))
			f->parts[f->nparts++] = r;
	}
	return 0;
}

/* Returns the size of the symbol that starts at addr, or 0: it is not known. */
static unsigned long symbol_size(unsigned long addr)
{
	char buf[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	char *plus;

	sprint_symbol(buf, addr);
	plus = strrchr(buf, '+');
	if (!plus || sscanf(plus + 1, "%lx/%lx", &offset, &size) != 2 || offset)
		return 0;
	return size;
}

/* Finds every function of p in the running kernel. Sleeps; registry_lock held. */
int resolve_patch(struct patch_state *p, char *reason)
{
	unsigned int i;
	int err;

	for (i = 0; i < p->nfuncs; i++) {
		struct func_state *f = &p->funcs[i];
		struct patch_state *other;

		err = resolve_func(p, f, reason);
		if (err)
			return err;
		f->new_size = symbol_size((unsigned long)f->def->replacement);
		other = registry_owner(p, f->parts[0].start);
		if (other)
			return refuse(reason, EBUSY, "%s is owned by patch %s; revert that first",
				      f->def->name, other->name);
	}
	return 0;
}

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

bool is_return_hook(unsigned long addr)
{
	return (addr >= return_hooks[0].start && addr < return_hooks[0].end) ||
	       (addr >= return_hooks[1].start && addr < return_hooks[1].end);
}

int resolve_init(void)
{
	static const char *const names[] = { "arch_rethook_trampoline", "return_to_handler" };
	unsigned int i;

	/* Absent if neither kretprobes nor the function graph tracer is built in: then nothing hooks returns. */
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned long addr = lookup(names[i]);

		if (addr)
			extent(addr, names[i], "vmlinux", &return_hooks[i]);
	}
	return 0;
}
