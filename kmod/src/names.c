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
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

struct name {
	u32 hash;
	u32 offset; /* from base */
};

static struct name *names; /* registry_lock; sorted by hash, then by offset; NULL: not read yet */
static unsigned int nnames, room;
static unsigned long base;
static struct text_range init_text; /* freed at the end of the boot */

/* Whether code begins with an ENDBR, or with what the kernel puts there where nobody jumps to it. */
bool is_endbr_at(const u8 *code)
{
	static const u8 endbr[][ENDBR_LEN] = { { 0xf3, 0x0f, 0x1e, 0xfa }, { 0x66, 0x0f, 0x1f, 0x00 } };

	return !memcmp(code, endbr[0], ENDBR_LEN) || !memcmp(code, endbr[1], ENDBR_LEN);
}

/*
 * Returns the address of a symbol of the kernel or of a module, or 0: there is none. A kprobe that is registered
 * by name (disabled, so that nothing is written into the text) has it, or the address behind the ENDBR of a
 * function that begins with one. Slow on 6.1. Sleeps.
 */
unsigned long symbol_address(const char *name)
{
	struct kprobe kp = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	u8 before[ENDBR_LEN];

	/* addr, which is all that we need, is set even if the kprobe is then refused. */
	if (!register_kprobe(&kp))
		unregister_kprobe(&kp);
	if (IS_ERR_OR_NULL(kp.addr))
		return 0;
	if (!copy_from_kernel_nofault(before, kp.addr - sizeof(before), sizeof(before)) &&
	    is_endbr_at(before))
		return (unsigned long)kp.addr - sizeof(before);
	return (unsigned long)kp.addr;
}

/*
 * Reads the symbol that addr lies in from "name+0xoffset/0xsize [module]" into s. False if there is none.
 */
bool symbol_at(unsigned long addr, struct symbol *s)
{
	unsigned long offset, size;
	char *plus, *mod;

	sprint_symbol(s->name, addr);
	plus = strrchr(s->name, '+');
	if (!plus || sscanf(plus + 1, "%lx/%lx", &offset, &size) != 2 || !size)
		return false;
	mod = strchr(plus, '[');
	*plus = '\0';
	s->object = "vmlinux";
	if (mod) {
		mod++;
		mod[strcspn(mod, " ]")] = '\0';
		s->object = mod;
	}
	s->start = addr - offset;
	s->end = s->start + size;
	return true;
}

/* Returns the size of the function that begins at addr, or 0: none does. Sleeps. */
unsigned long function_size(unsigned long addr)
{
	struct symbol *s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL);
	unsigned long size = symbol_at(addr, s) && s->start == addr ? s->end - addr : 0;

	kfree(s);
	return size;
}

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
	if (!ok || !nnames) {
		names_free();
		return ok ? -ENOENT : -ENOMEM;
	}
	sort(names, nnames, sizeof(*names), by_hash, NULL);
	return 0;
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

/* Returns the loaded module of that name with a reference on it, or NULL. */
struct module *module_get_by_name(const char *name)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, name);
	struct module *mod;

	if (!kobj)
		return NULL;
	/* Its memory stays while we hold its kobject: unloading waits for that. */
	mod = container_of(kobj, struct module_kobject, kobj)->mod;
	if (mod && (READ_ONCE(mod->state) != MODULE_STATE_LIVE || !try_module_get(mod)))
		mod = NULL;
	kobject_put(kobj);
	return mod;
}
