// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks with a guard page, and what the sanitizer and valgrind want told. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fiber.h"

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define FIBER_STACK ((size_t)512 << 10) /* red zones make frames larger */
#else
#define FIBER_STACK ((size_t)128 << 10)
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define FIBER_VALGRIND 1
#endif
#endif

#ifdef FIBER_ASAN
void fiber_swap(void **save_sp, void *load_sp);
#endif
void fiber_first(void);

#ifdef FIBER_ASAN
/* The thread's own stack has no mapping of ours: learn it on the first leave. */
static __thread struct fiber *fiber_entered_from;
#endif

static void fiber_main(void *arg)
{
	struct fiber *self = arg;

#ifdef FIBER_ASAN
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (fiber_entered_from && !fiber_entered_from->map) {
		fiber_entered_from->bottom = bottom;
		fiber_entered_from->size = size;
	}
#endif
	self->fn(self->arg);
	__builtin_trap();
}

#if defined(__x86_64__)
static void *fiber_frame(struct fiber *f, uintptr_t top)
{
	uint64_t *sp = (uint64_t *)(top & ~(uintptr_t)15);

	*--sp = 0; /* keeps fiber_first's call aligned */
	*--sp = 0;
	*--sp = (uintptr_t)fiber_first;
	*--sp = 0;		       /* rbp */
	*--sp = 0;		       /* rbx */
	*--sp = (uintptr_t)f;	       /* r12 */
	*--sp = (uintptr_t)fiber_main; /* r13 */
	*--sp = 0;
	*--sp = 0;
	return sp;
}
#elif defined(__aarch64__)
static void *fiber_frame(struct fiber *f, uintptr_t top)
{
	uint64_t *sp = (uint64_t *)(top & ~(uintptr_t)15);

	sp -= 20;
	memset(sp, 0, 160);
	sp[0] = (uintptr_t)f;		 /* x19 */
	sp[1] = (uintptr_t)fiber_main;	 /* x20 */
	sp[11] = (uintptr_t)fiber_first; /* x30 */
	return sp;
}
#else
#error "fiber_frame() and fiber_swap() are written for x86-64 and aarch64"
#endif

#define FIBER_COLOURS 8
#define FIBER_COLOUR  128

bool fiber_create(struct fiber *f, unsigned int colour, void (*fn)(void *arg), void *arg)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	char *map;

	memset(f, 0, sizeof(*f));
	map = mmap(NULL, guard + FIBER_STACK, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return false;
	if (mprotect(map + guard, FIBER_STACK, PROT_READ | PROT_WRITE)) {
		munmap(map, guard + FIBER_STACK);
		return false;
	}
	f->map = map;
	f->map_size = guard + FIBER_STACK;
	f->bottom = map + guard;
	f->size = FIBER_STACK;
	f->fn = fn;
	f->arg = arg;
	f->sp = fiber_frame(f, (uintptr_t)map + guard + FIBER_STACK -
				       colour % FIBER_COLOURS * FIBER_COLOUR);
#ifdef FIBER_VALGRIND
	f->valgrind_id = VALGRIND_STACK_REGISTER(map + guard, map + f->map_size);
#endif
	return true;
}

void fiber_destroy(struct fiber *f)
{
	if (!f->map)
		return;
#ifdef FIBER_VALGRIND
	VALGRIND_STACK_DEREGISTER(f->valgrind_id);
#endif
#ifdef FIBER_ASAN
	/* The next mapping at this place must not inherit old red zones. */
	__asan_unpoison_memory_region(f->bottom, f->size);
#endif
	munmap(f->map, f->map_size);
	memset(f, 0, sizeof(*f));
}

#ifdef FIBER_ASAN
void fiber_switch(struct fiber *from, struct fiber *to)
{
	fiber_entered_from = from;
	__sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size);
	fiber_swap(&from->sp, to->sp);
	__sanitizer_finish_switch_fiber(from->fake, NULL, NULL);
}
#endif

void fiber_leave(struct fiber *from, struct fiber *to)
{
#ifdef FIBER_ASAN
	fiber_entered_from = from;
	__sanitizer_start_switch_fiber(NULL, to->bottom, to->size);
#endif
	fiber_swap(&from->sp, to->sp);
	__builtin_unreachable();
}
