/* SPDX-License-Identifier: GPL-2.0-only */
/* All differences between the kernels that SPOTOS runs on, and the options it needs. */
#ifndef SPOTOS_COMPAT_H
#define SPOTOS_COMPAT_H

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "SPOTOS needs Linux 6.1 or newer: before 6.0, redirection and BPF trampolines exclude each other"
#endif
#ifndef CONFIG_X86_64
#error "SPOTOS knows only x86-64"
#endif
#ifndef CONFIG_UNWINDER_ORC
#error "SPOTOS needs CONFIG_UNWINDER_ORC"
#endif
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_REGS
#error "SPOTOS needs CONFIG_DYNAMIC_FTRACE_WITH_REGS"
#endif
#ifndef CONFIG_KPROBES
#error "SPOTOS needs CONFIG_KPROBES, to find functions by name"
#endif
#ifndef CONFIG_MODULE_UNLOAD
#error "SPOTOS needs CONFIG_MODULE_UNLOAD"
#endif

/* Stable updates moved bpf_map_get() into a namespace; 6.13 made the namespace's name a string. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define SPOTOS_IMPORT_BPF MODULE_IMPORT_NS("BPF_INTERNAL")
#else
#define SPOTOS_IMPORT_BPF MODULE_IMPORT_NS(BPF_INTERNAL)
#endif

/* User threads that the kernel created and that never return to user space; 6.4 merged their kinds. */
#ifdef PF_USER_WORKER
#define SPOTOS_PF_WORKER PF_USER_WORKER
#else
#define SPOTOS_PF_WORKER PF_IO_WORKER
#endif

/* Where work is done that is soon over; since 6.17 it has a new name, and the kernel warns of the old one. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define SPOTOS_SHORT_WORK system_percpu_wq
#else
#define SPOTOS_SHORT_WORK system_wq
#endif

/*
 * Whether a BPF trampoline that calls the function itself, as one with an exit program does, is entered by a
 * jump. Then the address behind the function's call site is on no stack; see trampoline.c.
 */
#define SPOTOS_JUMP_SITES IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_JMP)

/* Whether what a BPF ring buffer wakes is woken by a thread, and not by an interrupt: see bell.c. */
#define SPOTOS_LATE_RING IS_ENABLED(CONFIG_PREEMPT_RT)

/*
 * Waits until no probe that was taken off sched_switch runs any more. tracepoint_synchronize_unregister() would,
 * in newer kernels, also wait for the probes of other tracepoints that may sleep, and with them for all BPF
 * programs that sleep, however long they do.
 */
static inline void spotos_sync_sched_switch(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	synchronize_srcu(&tracepoint_srcu);
#else
	tracepoint_synchronize_unregister();
#endif
}

/* The text of a module that stays after its init; 6.4 gave each kind of memory an area of its own. */
static inline void spotos_module_text(const struct module *mod, unsigned long *start, unsigned long *end)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	*start = (unsigned long)mod->mem[MOD_TEXT].base;
	*end = *start + mod->mem[MOD_TEXT].size;
#else
	*start = (unsigned long)mod->core_layout.base;
	*end = *start + mod->core_layout.text_size;
#endif
}

#endif
