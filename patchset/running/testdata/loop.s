# SPDX-License-Identifier: GPL-2.0-only
# A function with an aligned loop, as gcc writes a short one. BEFORE is how many bytes of other code stand before it, and
# UNIT what the loop is aligned to. The others, each defined for one test, make it a function that is another one, or
# that may become another one.
.ifndef UNIT
	.set UNIT, 5
.endif
	.section .text.loop, "ax"
	.p2align 6
	.skip BEFORE, 0xcc
	.globl loop
	.type loop, @function
loop:
	xor %eax, %eax
.ifdef INTO # the room
	je .Lroom + INTO
.else
	je .Lafter
.endif
.ifdef CALL # itself, which the assembler fills in
	call 3f
.endif
	jmp 2f
.Lroom:
.ifdef FILL # the room with no-ops that the assembler would not write
	.skip FILL, 0x90
.endif
.ifdef BRANCH # a static branch
	.byte 0x0f, 0x1f, 0x44, 0, 0
.endif
.ifdef BEHIND # the room is code that only running into it reaches
	mov $1, %eax
.endif
	.p2align UNIT
1:	inc %eax
.ifdef EXTRA
	nop
.endif
	add %rdi, %rax
2:	cmp %edi, %eax
.ifdef ONCE
	nop
	nop
.else
	jb 1b
.endif
.Lafter:
.ifdef LATER # an address behind the room
	lea .Lafter(%rip), %rax
.endif
.ifdef LATERFIELD # the same, filled in by the linker
	mov $.Lafter, %rax
.endif
.ifdef NAMED
	.globl middle
middle:
.endif
	ret
3:	ret
	.size loop, . - loop

	.section __jump_table, "aw"
.globl __start___jump_table
__start___jump_table:
.ifdef ENTRY
	.long .Lroom + ENTRY - ., .Lafter - .
.else
	.long .Lafter - ., .Lafter - .
.endif
	.quad 0
.globl __stop___jump_table
__stop___jump_table:

	.section .altinstructions, "a"
.ifdef ALTERNATIVE # of the jump before the room and some bytes more
	.long 1f - ., 2f - ., 0
	.byte 0, 0
	.long .Lroom - 2 - ., 2f - ., 0
	.byte ALTERNATIVE, 0
.endif
	.long 1f - ., 2f - ., 0
	.byte 0, 0

	.section .altinstr_replacement, "ax"
1:	nop
2:	nop
