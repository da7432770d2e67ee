// SPDX-License-Identifier: GPL-2.0-only
/* Stands for a module of which a patch replaces a function. */
static int driver_state;

__attribute__((noipa)) int driver_entry(void)
{
	return driver_state++;
}
