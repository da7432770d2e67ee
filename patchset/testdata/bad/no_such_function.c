// SPDX-License-Identifier: GPL-2.0-only
/* A patch for a function that no kernel has. */
#include "spotos_patch.h"

static void replacement(void)
{
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, spotos_no_such_function, replacement));
SPOTOS_TITLE("Replaces a function that does not exist");
MODULE_DESCRIPTION("Bad patch for tests");
