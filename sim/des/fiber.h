/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks to run on: create, switch, destroy, and nothing about time.
 *
 * A fiber keeps the callee-saved registers of its ABI and its stack. Floating
 * point control words are not switched: nobody here changes them.
 */
#ifndef FIBER_H
#define FIBER_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif

struct fiber {
	void *sp;  /* where it stopped */
	void *map; /* the mapping: guard page, then the stack */
	size_t map_size;
	void (*fn)(void *arg);
	void *arg;
	/* For the sanitizer: the usable stack and its shadow's handle. */
	const void *bottom;
	size_t size;
	void *fake;
	unsigned int valgrind_id;
};

/*
 * Map a stack and arrange that the first switch to @f calls fn(arg), which
 * must never return: it ends by fiber_leave(). False when out of memory.
 * Stacks of different @colour (any number) begin at different offsets in their
 * page, lest all of them meet in the same sets of the host's cache.
 */
bool fiber_create(struct fiber *f, unsigned int colour, void (*fn)(void *arg), void *arg);

/* Unmap the stack; @f must not be running. A zeroed fiber is fine. */
void fiber_destroy(struct fiber *f);

/*
 * Stop here as @from, which may be an empty struct that stands for the
 * thread's own stack, and go on where @to stopped.
 */
#ifdef FIBER_ASAN
void fiber_switch(struct fiber *from, struct fiber *to);
#else
void fiber_swap(void **save_sp, void *load_sp);
static inline void fiber_switch(struct fiber *from, struct fiber *to)
{
	fiber_swap(&from->sp, to->sp);
}
#endif

/* The same for the last time: @from will never be switched to again. */
__attribute__((noreturn)) void fiber_leave(struct fiber *from, struct fiber *to);

#endif
