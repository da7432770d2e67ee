// SPDX-License-Identifier: GPL-2.0-only
/*
 * spotos: switches the functions of a patch all at once, at a safe point.
 *
 *  1. A patch module registers its functions and their replacements. Nothing changes.
 *  2. A process arms it through /dev/spotos. The module looks up the functions, puts a redirection that does
 *     nothing yet on their entries, and from then on records every task that is switched out.
 *  3. When the probes' counts are all zero (or a slow check sees no holder), an attempt stops the machine and
 *     looks at the stack of every task that ran since its stack was last found clear. One holder: nothing
 *     changes, and the next zero is waited for. None: the redirection goes live for all functions, in one store.
 *  4. Reverting works the same way, and looks for tasks inside the patch's own text.
 *  5. An arming belongs to the open file that made it and ends with it. What is applied stays applied.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "internal.h"

static int __init spotos_init(void)
{
	int err;

	site_init();
	err = hooks_init();
	if (err)
		return err;
	err = stack_init();
	if (err)
		return err;
	err = trampoline_init();
	if (err)
		return err;
	err = record_init();
	if (err)
		return err;
	err = grace_init();
	if (err)
		return err;
	nudge_init();
	err = dev_init();
	if (err)
		grace_exit();
	return err;
}

static void __exit spotos_exit(void)
{
	wait_for_last_user(THIS_MODULE);
	/* No file is open and no patch is registered now: both hold a reference on this module. */
	dev_exit();
	nudge_exit();
	/*
	 * A task in at_door() or nudged() puts its reference on the module before it returns. No other can enter
	 * them any more: wait until the last one is out of the module's text.
	 */
	synchronize_rcu_tasks();
	grace_exit();
	names_free();
}

module_init(spotos_init);
module_exit(spotos_exit);
MODULE_DESCRIPTION("Switches kernel functions at a proved safe point");
MODULE_AUTHOR("SPOTOS");
MODULE_LICENSE("GPL");
