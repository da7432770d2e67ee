// SPDX-License-Identifier: GPL-2.0-only

package patchset

import _ "embed"

// Header is include/spotos_patch.h, which patch authors include.
//
//go:embed include/spotos_patch.h
var Header []byte
