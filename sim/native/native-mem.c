// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A design's memory on real threads: one mapping, given out line by line from its
 * beginning and back as a whole, so that the class of a lock is found by its address in
 * a table that nobody writes after the design is made.
 */
#include <string.h>
#include <sys/mman.h>

#include "native-int.h"

static void *native_map(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int native_arena_create(struct native *n, struct err *err)
{
	n->base = native_map(NATIVE_ARENA);
	n->class_of = native_map(NATIVE_ARENA / 8);
	if (!n->base || !n->class_of)
		return err_set(err, ERR_NOMEM, "out of memory for a design's memory");
	return 0;
}

void native_arena_destroy(struct native *n)
{
	if (n->base)
		munmap(n->base, NATIVE_ARENA);
	if (n->class_of)
		munmap(n->class_of, NATIVE_ARENA / 8);
}

void *plat_zalloc(struct plat_vm *vm, enum plat_mem what, size_t bytes)
{
	struct native *n = vm->n;
	void *p = n->base + n->used;

	if (bytes > NATIVE_ARENA - NATIVE_ARENA_OWN - n->used)
		return NULL;
	n->used += PLAT_LINES(bytes);
	return p;
}

void plat_free(struct plat_vm *vm, void *p)
{
}

/* Orders and checks are the simulated machine's; here ThreadSanitizer checks. */
void plat_guard_by_lock(struct plat_vm *vm, const void *p, size_t bytes,
			const struct plat_lock *lock)
{
}

void plat_guard_by_vcpu(struct plat_vm *vm, const void *p, size_t bytes, unsigned int vcpu)
{
}

void plat_guard_const(struct plat_vm *vm, const void *p, size_t bytes)
{
}

void plat_lock_init(struct plat_vm *vm, struct plat_lock *lock, const struct plat_lock_class *class,
		    unsigned int instance)
{
	struct native *n = vm->n;
	unsigned int i = 0;

	lock->word = 0; /* free, whichever of the two it will be */
	while (i < n->nr_classes && strcmp(n->class[i] -> name, class -> name))
		i++;
	if (i == n->nr_classes && i < PLAY_MAX_CLASSES)
		n->class[n->nr_classes++] = class;
	/* Beyond the last class: the first use of the lock says so. */
	n->class_of[((char *)lock - n->base) / 8] =
		i < PLAY_MAX_CLASSES ? (uint8_t)(i + 1) : NATIVE_NO_CLASS;
}
