// SPDX-License-Identifier: GPL-2.0-only

package patchset

import _ "embed"

// Header is include/spotos_patch.h, which patch authors include.
//
//go:embed include/spotos_patch.h
var Header []byte

// LivepatchHeader is lab/twin/spotos_patch.h, which makes the same source a module for the kernel's own livepatch.
//
//go:embed lab/twin/spotos_patch.h
var LivepatchHeader []byte
