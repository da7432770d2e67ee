// SPDX-License-Identifier: GPL-2.0-only
/* One symbol of the kernel or of a module, and one module: by address and by name. */
#include <linux/kallsyms.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Whether code begins with an ENDBR, or with what the kernel puts there where nobody jumps to it: two kinds. */
bool is_endbr_at(const u8 *code)
{
	static const u8 endbr[][ENDBR_LEN] = {
		{ 0xf3, 0x0f, 0x1e, 0xfa },
		{ 0x66, 0x0f, 0x1f, 0x00 },
		{ 0x0f, 0x1f, 0x40, 0xd6 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(endbr); i++)
		if (!memcmp(code, endbr[i], ENDBR_LEN))
			return true;
	return false;
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
