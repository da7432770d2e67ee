// SPDX-License-Identifier: GPL-2.0-only
/*
 * pair: a second encoding for pair_target's two functions, which must change together.
 *
 * One version cannot decode what the other has encoded, and pair_target counts every such meeting. With a right
 * activeness check there is none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "pair_target.h"
#include "spotos_patch.h"

#define PAIR_STEP 0x3d

static PAIR_WHOLE u64 spotos_pair_decode(const struct pair_call *call)
{
	u64 value = 0;
	int i;

	pair_enter(PAIR_DECODE, PAIR_PATCHED);
	for (i = 0; i < sizeof(value); i++)
		value = value << 8 | (u8)(call->buf[PAIR_BYTES - 1 - i] - PAIR_STEP * (i + 1));
	pair_leave(PAIR_DECODE, PAIR_PATCHED);
	return value;
}

static PAIR_WHOLE int spotos_pair_encode(struct pair_call *call)
{
	int err, i;

	pair_enter(PAIR_ENCODE, PAIR_PATCHED);
	for (i = 0; i < sizeof(call->value); i++)
		call->buf[PAIR_BYTES - 1 - i] = (u8)(call->value >> (8 * (7 - i))) + PAIR_STEP * (i + 1);
	err = pair_stay_inside(call);
	/* Through the symbol: this reaches the original function if the two did not switch together. */
	pair_check(call, pair_decode(call));
	pair_leave(PAIR_ENCODE, PAIR_PATCHED);
	return err;
}

SPOTOS_PATCH(SPOTOS_FUNC(pair_target, pair_encode, spotos_pair_encode),
	     SPOTOS_FUNC(pair_target, pair_decode, spotos_pair_decode));
SPOTOS_TITLE("Two functions that must change together");
SPOTOS_SEVERITY("low");
SPOTOS_LOOK("cat /proc/pair_target");
MODULE_DESCRIPTION("SPOTOS patch: another encoding for the lab's pair of functions");
