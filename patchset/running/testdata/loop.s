# SPDX-License-Identifier: GPL-2.0-only
# A function with an aligned loop, as gcc writes a short one. BEFORE is how many bytes of other code stand before it;
# with ENTRY a table refers to the second no-op before the loop, and with EXTRA the loop is another one.
	.section .text.loop, "ax"
	.p2align 5
	.skip BEFORE, 0xcc
	.globl loop
	.type loop, @function
loop:
	xor %eax, %eax
	jmp 2f
room:
	.p2align 5
1:	inc %eax
.ifdef EXTRA
	nop
.endif
	add %rdi, %rax
2:	cmp %edi, %eax
	jb 1b
	ret
	.size loop, . - loop

.ifdef ENTRY
	.section __jump_table, "aw"
	.long room + 11 - .
.endif
