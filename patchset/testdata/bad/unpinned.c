// SPDX-License-Identifier: GPL-2.0-only
/* A good patch for a function of pair_target that uses no symbol of that module, and so does not pin it. */
#include <linux/errno.h>
#include "spotos_patch.h"

struct pair_call;

static int spotos_pair_encode(struct pair_call *call)
{
	return -EILSEQ;
}

SPOTOS_PATCH(SPOTOS_FUNC(pair_target, pair_encode, spotos_pair_encode));
SPOTOS_TITLE("Replaces a function of a module that it does not pin");
MODULE_DESCRIPTION("Patch for tests of pinning");
