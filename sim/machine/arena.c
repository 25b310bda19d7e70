// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A design's memory: one jemalloc arena a machine, whose extents come from
 * one reserved range of addresses, so that a line's number is a subtraction
 * and a shift. Nothing that is reported depends on where the range lies.
 *
 * Memory that jemalloc gives back stays its own to use again (the hooks
 * decline to unmap); all goes with the machine.
 */
#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define arena_poison(p, n)   __asan_poison_memory_region(p, n)
#define arena_unpoison(p, n) __asan_unpoison_memory_region(p, n)
#else
#define arena_poison(p, n)   ((void)(p), (void)(n))
#define arena_unpoison(p, n) ((void)(p), (void)(n))
#endif

#define ARENA_REGION (UINT64_C(16) << 30)
#define ARENA_LEAST  (UINT64_C(64) << 20)

struct arena {
	extent_hooks_t hooks; /* first: the hooks get this pointer */
	unsigned int index;
	char *base;
	uint64_t used, size;
	/* Requested size << 2 | enum plat_mem, by the object's first line. */
	uint64_t *objects;
	uint64_t objects_bytes;
};

void *machine_map(uint64_t *bytes, int prot)
{
	for (; *bytes >= 4096; *bytes /= 2) {
		void *p = mmap(NULL, *bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0);

		if (p != MAP_FAILED)
			return p;
	}
	return NULL;
}

static void *arena_hook_alloc(extent_hooks_t *hooks, void *new_addr, size_t size, size_t alignment,
			      bool *zero, bool *commit, unsigned int index)
{
	struct arena *a = (struct arena *)hooks;
	uintptr_t at = (uintptr_t)a->base + a->used;
	uint64_t used;

	at = (at + alignment - 1) & ~(uintptr_t)(alignment - 1);
	if (new_addr && (uintptr_t)new_addr != at)
		return NULL;
	used = at - (uintptr_t)a->base + size;
	if (used > a->size || mprotect((void *)at, size, PROT_READ | PROT_WRITE))
		return NULL;
	a->used = used;
	*zero = true;
	*commit = true;
	return (void *)at;
}

/* True: declined, the extent is kept. */
static bool arena_hook_dalloc(extent_hooks_t *hooks, void *addr, size_t size, bool committed,
			      unsigned int index)
{
	return true;
}

static bool arena_hook_split(extent_hooks_t *hooks, void *addr, size_t size, size_t size_a,
			     size_t size_b, bool committed, unsigned int index)
{
	return false;
}

static bool arena_hook_merge(extent_hooks_t *hooks, void *addr_a, size_t size_a, void *addr_b,
			     size_t size_b, bool committed, unsigned int index)
{
	return false;
}

static int arena_reserve(struct machine *m, struct arena *a, struct err *err)
{
	uint64_t lines_bytes;

	for (a->size = ARENA_REGION; a->size >= ARENA_LEAST; a->size /= 2) {
		uint64_t want = a->size;

		a->base = machine_map(&want, PROT_NONE);
		lines_bytes = (a->size / 64 + LINE_INTERNAL) * sizeof(*m->lines);
		a->objects_bytes = a->size / 64 * sizeof(*a->objects);
		if (a->base && want == a->size) {
			uint64_t got_l = lines_bytes, got_o = a->objects_bytes;

			m->lines = machine_map(&got_l, PROT_READ | PROT_WRITE);
			a->objects = machine_map(&got_o, PROT_READ | PROT_WRITE);
			if (m->lines && a->objects && got_l == lines_bytes &&
			    got_o == a->objects_bytes) {
				m->base = (uintptr_t)a->base;
				m->region_bytes = a->size;
				return 0;
			}
			if (m->lines)
				munmap(m->lines, got_l);
			if (a->objects)
				munmap(a->objects, got_o);
		}
		if (a->base)
			munmap(a->base, want);
		m->lines = NULL;
		a->objects = NULL;
		a->base = NULL;
	}
	return err_set(err, ERR_NOMEM, "no address range for the machine's memory: %s",
		       strerror(errno));
}

int arena_create(struct machine *m, struct err *err)
{
	struct arena *a = calloc(1, sizeof(*a));
	extent_hooks_t *hooks;
	size_t len = sizeof(a->index);
	int ret;

	if (!a)
		return err_set(err, ERR_NOMEM, "out of memory");
	a->hooks.alloc = arena_hook_alloc;
	a->hooks.dalloc = arena_hook_dalloc;
	a->hooks.split = arena_hook_split;
	a->hooks.merge = arena_hook_merge;
	ret = arena_reserve(m, a, err);
	if (ret) {
		free(a);
		return ret;
	}
	m->arena = a;
	hooks = &a->hooks;
	ret = mallctl("arenas.create", &a->index, &len, &hooks, sizeof(hooks));
	if (ret) {
		a->index = UINT32_MAX;
		return err_set(err, ERR_NOMEM, "jemalloc: arenas.create: %s", strerror(ret));
	}
	return 0;
}

void arena_destroy(struct machine *m)
{
	struct arena *a = m->arena;
	char name[64];

	if (!a)
		return;
	arena_unpoison(a->base, a->used);
	if (a->index != UINT32_MAX) {
		snprintf(name, sizeof(name), "arena.%u.destroy", a->index);
		mallctl(name, NULL, NULL, NULL, 0);
	}
	munmap(m->lines, (a->size / 64 + LINE_INTERNAL) * sizeof(*m->lines));
	munmap(a->objects, a->objects_bytes);
	munmap(a->base, a->size);
	free(a);
	m->arena = NULL;
}

uint64_t arena_bytes(const struct machine *m)
{
	uint64_t epoch = 1;
	size_t pages = 0, len = sizeof(pages), elen = sizeof(epoch);
	char name[64];

	mallctl("epoch", &epoch, &elen, &epoch, sizeof(epoch));
	snprintf(name, sizeof(name), "stats.arenas.%u.pactive", m->arena->index);
	if (mallctl(name, &pages, &len, NULL, 0))
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t *arena_object(const struct machine *m, const void *p)
{
	return &m->arena->objects[((uintptr_t)p - m->base) / 64];
}

void *plat_zalloc(struct plat_vm *vm, enum plat_mem what, size_t bytes)
{
	struct machine *m = vm->m;
	size_t want = bytes ? bytes : 1, usable;
	void *p;

	p = mallocx(want, MALLOCX_ALIGN(64) | MALLOCX_ARENA(m->arena->index) | MALLOCX_TCACHE_NONE);
	if (!p)
		return NULL;
	usable = sallocx(p, 0);
	arena_unpoison(p, usable);
	memset(p, 0, want);
	arena_poison((char *)p + want, usable - want);
	*arena_object(m, p) = (uint64_t)bytes << 2 | what;
	m->bytes[what] += bytes;
	m->allocs[what]++;
	return p;
}

void plat_free(struct plat_vm *vm, void *p)
{
	struct machine *m = vm->m;
	uint64_t object, first;
	size_t bytes, usable;

	if (!p)
		return;
	object = *arena_object(m, p);
	bytes = object >> 2;
	m->bytes[object & 3] -= bytes;
	m->allocs[object & 3]--;
	usable = sallocx(p, 0);
	first = ((uintptr_t)p - m->base) / 64 + LINE_INTERNAL;
	for (uint64_t i = 0; i < (usable + 63) / 64; i++) {
		line_forget(m, first + i);
		line_unguard(m, first + i);
	}
	arena_poison(p, usable);
	dallocx(p, MALLOCX_TCACHE_NONE);
}
