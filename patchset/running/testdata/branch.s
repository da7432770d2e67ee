# SPDX-License-Identifier: GPL-2.0-only
# A static branch (jump label) as the compiler leaves it, near and short, and its entries of the table. With NOP it is
# as objtool leaves it.
	.section .text.branches, "ax"
	.globl branches
	.type branches, @function
branches:
	xor %eax, %eax
1:
.ifdef NOP
	.byte 0x0f, 0x1f, 0x44, 0x00, 0x00
.else
	jmp far
.endif
2:
.ifdef NOP
	.byte 0x66, 0x90
.else
	jmp 3f
.endif
	inc %eax
3:	ret
	.size branches, . - branches

	.section .text.unlikely, "ax"
far:	ret

	.data
	.globl key
key:	.quad 0

	.section __jump_table, "aw"
	.long 1b - ., far - .
	.quad key + 2 - .
	.long 2b - ., 3b - .
	.quad key + KEY - .
