/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a SPOTOS patch is made of. A patch is one kernel module that
 *
 *  1. defines replacement functions with the types of what they replace,
 *  2. lists them with SPOTOS_PATCH(), which also defines its module_init and module_exit,
 *  3. describes itself with SPOTOS_TITLE() and the macros after it.
 *
 * Loading the module changes nothing: it only registers the patch with spotos.ko, which switches all functions
 * at once, at a safe point, when the patch is armed. The list is in the section ".spotos.funcs" and the texts are
 * in ".modinfo", so that the patch can be read and judged without loading it.
 *
 * A replacement must not leave pointers to itself behind (timers, work items, callbacks, restart blocks)
 * that outlive its calls: after a revert its module may be unloaded.
 */
#ifndef SPOTOS_PATCH_H
#define SPOTOS_PATCH_H

#include <linux/module.h>
#include <linux/types.h>

#define SPOTOS_PATCH_FORMAT "1"
#define SPOTOS_PATCH_FORMAT_AT "2"
#define SPOTOS_FUNC_NAME_LEN 128
#define SPOTOS_OBJECT_NAME_LEN 56

/**
 * struct spotos_func - one function and its replacement
 * @name: the kernel function, as in /proc/kallsyms; "name,2" is the second of its name in its object there
 * @object: "vmlinux", or the name of the module the function lives in; spotos.ko keeps that module loaded while
 *          the patch is armed or applied
 * @replacement: the function that takes its place
 *
 * patchset/ reads this from the file: 128 + 56 + 8 bytes, the last with a relocation.
 */
struct spotos_func {
	char name[SPOTOS_FUNC_NAME_LEN];
	char object[SPOTOS_OBJECT_NAME_LEN];
	void *replacement;
};

/**
 * struct spotos_patch - a patch, as its module registers it
 * @mod: the patch's own module
 * @funcs: the functions, all of which switch together or none
 * @nfuncs: how many
 * @priv: for spotos.ko
 */
struct spotos_patch {
	struct module *mod;
	struct spotos_func *funcs;
	unsigned int nfuncs;
	void *priv;
};

/*
 * For the patch's module_init and module_exit only. Registering fails with -EINVAL for a malformed list and with
 * -EEXIST for a name that is taken. Unregistering cannot fail: while a patch is armed or applied, spotos.ko holds
 * a reference on its module, so module_exit does not run.
 */
int spotos_register_patch(struct spotos_patch *patch);

/*
 * Format 2, which spotos patch build makes of a fix: says also where each original is, in the order of the
 * functions, so that spotos.ko looks none up by its name. The kernel's loader fills that in from livepatch
 * relocations.
 */
int spotos_register_patch_at(struct spotos_patch *patch, void *const *originals, unsigned int flags);

/*
 * Once applied, the patch's module stays loaded until the machine is booted again, also after a revert: something
 * may still call its code then, such as a timer.
 */
#define SPOTOS_PATCH_STAYS (1u << 0)

void spotos_unregister_patch(struct spotos_patch *patch);

/* What spotos patch build writes for a patch by hand that uses what the kernel does not export. */
#ifdef SPOTOS_LATE
#include <spotos_late.h>
#endif

/* What a patch needs before it is registered, 0 or an error, and how it gives that back. */
#ifndef SPOTOS_PATCH_HOLD
#define SPOTOS_PATCH_HOLD() 0
#define SPOTOS_PATCH_RELEASE() \
	do {                   \
	} while (0)
#endif

/* Versions of clang-format differ about these. */
/* clang-format off */
#define SPOTOS_FUNC(_object, _name, _replacement)                                          \
	{                                                                                  \
		.name = #_name, .object = #_object, .replacement = (void *)(_replacement), \
	}

/* A function of several that have its name in one object: _position counts from 1, in /proc/kallsyms' order. */
#define SPOTOS_FUNC_AT(_object, _name, _position, _replacement)                                           \
	{                                                                                                 \
		.name = #_name "," #_position, .object = #_object, .replacement = (void *)(_replacement), \
	}
/* clang-format on */

#define __SPOTOS_PATCH(_format, _register, ...)                        \
	static struct spotos_func __spotos_funcs[] __used __aligned(8) \
		__section(".spotos.funcs") = { __VA_ARGS__ };          \
	static struct spotos_patch __spotos_patch = {                  \
		.mod = THIS_MODULE,                                    \
		.funcs = __spotos_funcs,                               \
		.nfuncs = ARRAY_SIZE(__spotos_funcs),                  \
	};                                                             \
	static int __init spotos_patch_init(void)                      \
	{                                                              \
		int err = SPOTOS_PATCH_HOLD();                         \
		if (err)                                               \
			return err;                                    \
		err = _register;                                       \
		if (err)                                               \
			SPOTOS_PATCH_RELEASE();                        \
		return err;                                            \
	}                                                              \
	static void __exit spotos_patch_exit(void)                     \
	{                                                              \
		spotos_unregister_patch(&__spotos_patch);              \
		SPOTOS_PATCH_RELEASE();                                \
	}                                                              \
	module_init(spotos_patch_init);                                \
	module_exit(spotos_patch_exit);                                \
	MODULE_INFO(spotos, _format);                                  \
	MODULE_LICENSE("GPL")

#define SPOTOS_PATCH(...) \
	__SPOTOS_PATCH(SPOTOS_PATCH_FORMAT, spotos_register_patch(&__spotos_patch), __VA_ARGS__)

/* SPOTOS_ORIGINALS() comes before it. Not for patches that are written by hand. */
#define SPOTOS_PATCH_AT(_flags, ...)                                                                        \
	__SPOTOS_PATCH(SPOTOS_PATCH_FORMAT_AT,                                                              \
		       spotos_register_patch_at(&__spotos_patch, __spotos_originals, _flags), __VA_ARGS__); \
	static_assert(ARRAY_SIZE(__spotos_originals) == ARRAY_SIZE(__spotos_funcs))

#define SPOTOS_ORIGINALS(...)                                       \
	static void *const __spotos_originals[] __used __aligned(8) \
		__section(".spotos.originals") = { __VA_ARGS__ }

/*
 * Which symbol is meant by one that the kernel does not export, which the patch declares extern and uses. It need
 * not be said of one that vmlinux or the module of a listed function has once, or that the code of a listed
 * function refers to. _object is vmlinux or a module. _position counts from 1, as in /proc/kallsyms. _function is
 * one of the object that refers to the symbol, so one of the same source file.
 */
#define SPOTOS_SYMBOL(_object, _name) MODULE_INFO(spotos_symbol, #_name "=" #_object)
#define SPOTOS_SYMBOL_AT(_object, _name, _position) \
	MODULE_INFO(spotos_symbol, #_name "=" #_object "," #_position)
#define SPOTOS_SYMBOL_OF(_object, _name, _function) \
	MODULE_INFO(spotos_symbol, #_name "=" #_object "@" #_function)

#define SPOTOS_TITLE(_text) MODULE_INFO(spotos_title, _text)
/* low, medium, high or critical */
#define SPOTOS_SEVERITY(_text) MODULE_INFO(spotos_severity, _text)
/* a CVE, a commit, an address; may be used more than once */
#define SPOTOS_REFERENCE(_text) MODULE_INFO(spotos_reference, _text)
/* a command whose output shows that the patch is applied; it is printed, never run */
#define SPOTOS_LOOK(_text) MODULE_INFO(spotos_look, _text)

#endif
