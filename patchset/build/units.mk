# SPDX-License-Identifier: GPL-2.0-only
#
# Prints what the Makefile spotos_rule of the kernel's directory spotos_dir has built with the configuration
# spotos_config, on one line: objects, those of a composite one in its place, and directories. It runs in the source's
# top directory and makes nothing.

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
spotos_suffixes := objs y m
spotos_parts = $(strip $(foreach s,$(spotos_suffixes),$($(1:.o=-$(s)))))
spotos_list := $(obj-y) $(obj-m) $(lib-y) $(lib-m) $(extra-y)
$(info spotos_units: $(foreach o,$(spotos_list),$(if $(filter %.o,$(o)),$(or $(call spotos_parts,$(o)),$(o)),$(o))))
