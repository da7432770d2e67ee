# SPDX-License-Identifier: GPL-2.0-only
#
# Prints what the Makefile spotos_rule of the kernel's directory spotos_dir has built with the configuration
# spotos_config, a line each: "spotos y", "m" for a part of a module, or "x" for what is compiled and linked otherwise,
# an object, and the objects that it is linked of, if it is of several; "spotos d" and a directory below, "e" for one of
# modules alone. It runs in the source's top directory and makes nothing.

.PHONY: spotos
spotos: ;

srctree := .
objtree := .
obj := $(spotos_dir)
src := $(spotos_dir)
ARCH := x86
SRCARCH := x86
SUBARCH := x86
UTS_MACHINE := x86_64
BITS := 64
CC := false
LD := false

include $(spotos_config)
include $(spotos_rule)

.DEFAULT_GOAL := spotos
spotos_parts = $(strip $(foreach s,objs y $(2),$($(1:.o=-$(s)))))
spotos_lines = $(foreach o,$(sort $(filter %.o,$(2))),$(info spotos $(1) $(o) $(call spotos_parts,$(o),$(3))))
$(call spotos_lines,y,$(obj-y) $(lib-y))
$(call spotos_lines,m,$(obj-m),m)
$(call spotos_lines,x,$(lib-m) $(extra-y),m)
$(foreach d,$(sort $(filter %/,$(obj-y) $(lib-y))),$(info spotos d $(d)))
$(foreach d,$(sort $(filter %/,$(obj-m) $(lib-m))),$(info spotos e $(d)))
$(info spotos end)
