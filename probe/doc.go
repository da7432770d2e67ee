// SPDX-License-Identifier: GPL-2.0-only

// Package probe counts calls in flight with eBPF.
package probe
