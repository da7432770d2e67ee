// SPDX-License-Identifier: GPL-2.0-only

package patchset

// neverReturn lists functions whose calls never end: an exit probe would never run, and the count could only rise.
// It is the kernel's own list, tools/objtool/noreturns.h, without the names that an x86-64 kernel's text lacks. Newer
// kernels refuse an exit probe on them.
var neverReturn = map[string]bool{
	"__fortify_panic":               true,
	"__ia32_sys_exit":               true,
	"__ia32_sys_exit_group":         true,
	"__module_put_and_kthread_exit": true,
	"__stack_chk_fail":              true,
	"__tdx_hypercall_failed":        true,
	"__x64_sys_exit":                true,
	"__x64_sys_exit_group":          true,
	"arch_cpu_idle_dead":            true,
	"cpu_bringup_and_idle":          true,
	"cpu_startup_entry":             true,
	"do_exit":                       true,
	"do_group_exit":                 true,
	"do_task_dead":                  true,
	"ex_handler_msr_mce":            true,
	"hlt_play_dead":                 true,
	"hv_ghcb_terminate":             true,
	"kthread_complete_and_exit":     true,
	"kthread_exit":                  true,
	"machine_real_restart":          true,
	"make_task_dead":                true,
	"nmi_panic_self_stop":           true,
	"panic":                         true,
	"panic_smp_self_stop":           true,
	"rest_init":                     true,
	"rewind_stack_and_make_dead":    true,
	"sev_es_terminate":              true,
	"snp_abort":                     true,
	"start_kernel":                  true,
	"stop_this_cpu":                 true,
	"usercopy_abort":                true,
	"x86_64_start_kernel":           true,
	"x86_64_start_reservations":     true,
	"xen_cpu_bringup_again":         true,
	"xen_start_kernel":              true,
}

// NeverReturns reports whether calls of a function of the kernel itself never end, so that its callers have no code
// behind the call.
func NeverReturns(name string) bool { return neverReturn[name] }
