/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of map64.h: linear probing, at most half full. */
#include "map64.h"

#include <stdlib.h>
#include <string.h>

static struct map64_entry *find_slot(const struct map64 *m, uint64_t key)
{
	/* Fibonacci hashing: the top bits of key * 2^64 / phi. */
	uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - m->bits);
	uint64_t mask = (UINT64_C(1) << m->bits) - 1;

	while (m->slot[i].count && m->slot[i].key != key)
		i = (i + 1) & mask;
	return &m->slot[i];
}

static bool grow(struct map64 *m)
{
	struct map64 bigger = { .nr = m->nr, .bits = m->slot ? m->bits + 1 : 4 };

	bigger.slot = calloc((size_t)1 << bigger.bits, sizeof(*bigger.slot));
	if (!bigger.slot)
		return false;
	for (size_t i = 0; m->slot && i < (size_t)1 << m->bits; i++)
		if (m->slot[i].count)
			*find_slot(&bigger, m->slot[i].key) = m->slot[i];
	free(m->slot);
	*m = bigger;
	return true;
}

bool map64_add(struct map64 *m, uint64_t key, uint64_t count, uint64_t sum)
{
	struct map64_entry *e;

	if (!m->slot || 2 * (m->nr + 1) > 1u << m->bits)
		if (!grow(m))
			return false;
	e = find_slot(m, key);
	if (!e->count) {
		e->key = key;
		m->nr++;
	}
	e->count += count;
	e->sum += sum;
	return true;
}

void map64_fini(struct map64 *m)
{
	free(m->slot);
	memset(m, 0, sizeof(*m));
}

static int cmp_key(const void *a, const void *b)
{
	const struct map64_entry *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int cmp_sum(const void *a, const void *b)
{
	const struct map64_entry *x = a, *y = b;

	if (x->sum != y->sum)
		return x->sum < y->sum ? 1 : -1;
	return cmp_key(a, b);
}

struct map64_entry *map64_sorted(const struct map64 *m, bool by_sum)
{
	struct map64_entry *out;
	unsigned int nr = 0;

	if (!m->nr)
		return NULL;
	out = malloc(m->nr * sizeof(*out));
	if (!out)
		return NULL;
	for (size_t i = 0; i < (size_t)1 << m->bits; i++)
		if (m->slot[i].count)
			out[nr++] = m->slot[i];
	qsort(out, nr, sizeof(*out), by_sum ? cmp_sum : cmp_key);
	return out;
}
