# SPDX-License-Identifier: GPL-2.0-only
# Prints what kbuild makes of one directory of the kernel's source: "y" or "m", an object, and the objects that it is
# linked of, if it is linked of several; "d" or "e", and a directory below that is built too, the latter for modules
# alone. $(CONFIG) is the kernel's configuration, $(DIR) the directory, $(FILE) what kbuild reads there.
include $(CONFIG)
srctree := .
objtree := .
SRCARCH := x86
ARCH := x86
BITS := 64
src := $(DIR)
obj := $(DIR)
include $(FILE)
linked_of = $(sort $($(1:.o=-objs)) $($(1:.o=-y)) $(2))
$(foreach o,$(sort $(filter %.o,$(obj-y) $(lib-y))),$(info y $(o) $(call linked_of,$(o))))
$(foreach o,$(sort $(filter %.o,$(obj-m))),$(info m $(o) $(call linked_of,$(o),$($(o:.o=-m)))))
$(foreach d,$(sort $(filter %/,$(obj-y))),$(info d $(d)))
$(foreach d,$(sort $(filter %/,$(obj-m))),$(info e $(d)))
.PHONY: spotos_end
spotos_end: ;@:
