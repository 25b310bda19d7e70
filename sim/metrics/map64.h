/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small open-addressing map from a u64 key to a count and a sum. Nothing is
 * ever removed. Its order means nothing: map64_sorted() is for showing it.
 */
#ifndef MAP64_H
#define MAP64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map64_entry {
	uint64_t key;
	uint64_t count;		/* 0: a free slot */
	uint64_t sum;
};

struct map64 {
	struct map64_entry *slot;
	unsigned int nr, bits;	/* used; log2 of the slots, when there are any */
};

/* Add @count (at least 1) and @sum under @key; false when out of memory. */
bool map64_add(struct map64 *m, uint64_t key, uint64_t count, uint64_t sum);
void map64_fini(struct map64 *m);

/*
 * The entries as an array of m->nr for the caller to free: by descending sum
 * and then ascending key, or by key alone. NULL when empty or out of memory.
 */
struct map64_entry *map64_sorted(const struct map64 *m, bool by_sum);

#endif
