/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the other file of this name: makes the same source a livepatch module, so that what a benchmark
 * compares differs in nothing but in who switches. All functions of the patch are in one object.
 */
#ifndef SPOTOS_PATCH_H
#define SPOTOS_PATCH_H

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/string.h>

struct spotos_twin {
	const char *object;
	struct klp_func func;
};

/* clang-format off */
#define SPOTOS_FUNC(_object, _name, _replacement)                                                     \
	{                                                                                             \
		.object = #_object, .func = { .old_name = #_name, .new_func = (void *)(_replacement), }, \
	}

/* The kernel counts the position among functions of one name as SPOTOS does. */
#define SPOTOS_FUNC_AT(_object, _name, _position, _replacement)                  \
	{                                                                        \
		.object = #_object, .func = { .old_name = #_name,                \
					      .new_func = (void *)(_replacement), \
					      .old_sympos = _position, },        \
	}

/* Livepatch takes no flags, and its modules stay loaded until they have been replaced or disabled. */
#define SPOTOS_PATCH_STAYS 0
#define SPOTOS_PATCH_AT(_flags, ...) \
	static_assert((_flags) == 0);  \
	SPOTOS_PATCH(__VA_ARGS__)

#define SPOTOS_PATCH(...)                                                                    \
	static const struct spotos_twin twins[] = { __VA_ARGS__ };                           \
	static struct klp_func twin_funcs[ARRAY_SIZE(twins) + 1];                            \
	static struct klp_object twin_objects[2];                                            \
	static struct klp_patch twin_patch = { .mod = THIS_MODULE, .objs = twin_objects };   \
	static int __init twin_init(void)                                                    \
	{                                                                                    \
		unsigned int i;                                                              \
											     \
		for (i = 0; i < ARRAY_SIZE(twins); i++)                                      \
			twin_funcs[i] = twins[i].func;                                       \
		twin_objects[0].funcs = twin_funcs;                                          \
		if (strcmp(twins[0].object, "vmlinux"))                                      \
			twin_objects[0].name = twins[0].object;                              \
		return klp_enable_patch(&twin_patch);                                        \
	}                                                                                    \
	static void __exit twin_exit(void)                                                   \
	{                                                                                    \
	}                                                                                    \
	module_init(twin_init);                                                              \
	module_exit(twin_exit);                                                              \
	MODULE_INFO(livepatch, "Y");                                                         \
	MODULE_LICENSE("GPL")

#define SPOTOS_TITLE(_text) _Static_assert(1, _text)
#define SPOTOS_SEVERITY(_text) _Static_assert(1, _text)
#define SPOTOS_REFERENCE(_text) _Static_assert(1, _text)
#define SPOTOS_LOOK(_text) _Static_assert(1, _text)
/* clang-format on */

#endif
