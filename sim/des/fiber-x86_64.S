/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * void fiber_swap(void **save_sp, void *load_sp): System V AMD64 ABI. A plain
 * function, so that the compiler takes every caller-saved register (vectors
 * and masks of whatever extension) for lost.
 */
#if defined(__x86_64__)
	.text
	.globl	fiber_swap
	.hidden	fiber_swap
	.type	fiber_swap, @function
	.p2align 4
fiber_swap:
	.cfi_startproc
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	popq	%rcx
	jmp	*%rcx
	.cfi_endproc
	.size	fiber_swap, . - fiber_swap

/* First switch: r12 holds the argument, r13 the function. */
	.globl	fiber_first
	.hidden	fiber_first
	.type	fiber_first, @function
	.p2align 4
fiber_first:
	.cfi_startproc
	.cfi_undefined rip
	movq	%r12, %rdi
	xorl	%ebp, %ebp
	callq	*%r13
	ud2
	.cfi_endproc
	.size	fiber_first, . - fiber_first
	.section .note.GNU-stack, "", @progbits
#endif
