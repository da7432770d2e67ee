/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that SPOTOS never switches, whatever ftrace says. The only list of them: spotos.ko refuses to arm
 * them, and patchset/ reads this file to judge a patch where the module is not loaded.
 *
 * For these the activeness check cannot vouch, or could never be clear again:
 *  - what the machine's stop itself, or an idle task that is switched out, is inside of;
 *  - what the task that makes an attempt waits in while the machine stands: it would be a holder for good;
 *  - where a task may sleep so late in its exit that no list shows it and synchronize_rcu_tasks() does not wait
 *    for it.
 */
#ifndef SPOTOS_UNPATCHABLE_H
#define SPOTOS_UNPATCHABLE_H

static const char *const spotos_unpatchable[] = {
	"schedule",
	"__schedule",
	"schedule_idle",
	"do_idle",
	"cpu_startup_entry",
	"rest_init",
	"start_secondary",
	"multi_cpu_stop",
	"cpu_stopper_thread",
	"smpboot_thread_fn",
	"stop_machine",
	"stop_machine_cpuslocked",
	"stop_cpus",
	"__stop_cpus",
	"touch_nmi_watchdog",
	"rcu_momentary_dyntick_idle",
	"rcu_momentary_eqs",
	"wait_for_completion",
	"wait_for_common",
	"__wait_for_common",
	"do_wait_for_common",
	"schedule_timeout",
	"do_exit",
	"exit_notify",
	"release_task",
	"proc_flush_pid",
	"exit_io_context",
	"free_pipe_info",
};

#endif
