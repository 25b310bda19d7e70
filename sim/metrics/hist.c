/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The histogram of hist.h: what is not done at each value. */
#include "hist.h"

#include <stdlib.h>
#include <string.h>

#define HIST_BITS 16 /* of a bucket */

struct hist_carry {
	uint64_t times;
	uint32_t bucket;
	struct hist_carry *next;
};

void hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

static void hist_carry_free(struct hist_carry *c)
{
	struct hist_carry *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
}

void hist_fini(struct hist *h)
{
	free(h->bucket);
	hist_carry_free(h->carry);
	hist_init(h);
}

/* Keep the buckets [first, end), whole octaves, which has those that are kept. */
static bool hist_keep(struct hist *h, uint32_t first, uint32_t end)
{
	uint32_t nr = end - first;
	uint16_t *b;

	if (h->nr == nr)
		return true;
	b = calloc(nr, sizeof(*b));
	if (!b)
		return false;
	if (h->nr)
		memcpy(b + (h->first - first), h->bucket, h->nr * sizeof(*b));
	free(h->bucket);
	h->bucket = b;
	h->first = first;
	h->nr = nr;
	return true;
}

static bool hist_keep_also(struct hist *h, uint32_t first, uint32_t end)
{
	if (h->nr) {
		first = h->first < first ? h->first : first;
		end = h->first + h->nr > end ? h->first + h->nr : end;
	}
	return hist_keep(h, first, end);
}

bool hist_grow(struct hist *h, uint32_t bucket)
{
	uint32_t first = bucket / HIST_SUB * HIST_SUB;

	return hist_keep_also(h, first, first + HIST_SUB);
}

static struct hist_carry *hist_carry_of(struct hist *h, uint32_t bucket)
{
	struct hist_carry *c;

	for (c = h->carry; c; c = c->next)
		if (c->bucket == bucket)
			return c;
	c = calloc(1, sizeof(*c));
	if (c) {
		c->bucket = bucket;
		c->next = h->carry;
		h->carry = c;
	}
	return c;
}

bool hist_went_over(struct hist *h, uint32_t bucket)
{
	struct hist_carry *c = hist_carry_of(h, bucket);

	if (!c) {
		h->bucket[bucket - h->first]--;
		return false;
	}
	c->times++;
	return true;
}

void hist_stretch(struct hist *h, uint64_t value)
{
	if (!h->count || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
}

static uint64_t hist_in(const struct hist *h, uint32_t bucket)
{
	uint64_t n = h->bucket[bucket - h->first];

	for (const struct hist_carry *c = h->carry; c; c = c->next)
		if (c->bucket == bucket)
			n += c->times << HIST_BITS;
	return n;
}

bool hist_merge(struct hist *into, const struct hist *from)
{
	if (!from->count)
		return true;
	/* All memory first, so that a failure leaves @into as it was. */
	if (!hist_keep_also(into, from->first, from->first + from->nr))
		return false;
	for (uint32_t b = from->first; b < from->first + from->nr; b++) {
		uint64_t n = hist_in(into, b) + hist_in(from, b);

		if (n >> HIST_BITS && !hist_carry_of(into, b))
			return false;
	}
	for (uint32_t b = from->first; b < from->first + from->nr; b++) {
		uint64_t n = hist_in(into, b) + hist_in(from, b);

		into->bucket[b - into->first] = (uint16_t)n;
		if (n >> HIST_BITS)
			hist_carry_of(into, b)->times = n >> HIST_BITS;
	}
	if (!into->count || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	return true;
}

uint64_t hist_mean(const struct hist *h)
{
	if (!h->count)
		return 0;
	return (uint64_t)((h->sum + h->count / 2) / h->count);
}

bool hist_next(const struct hist *h, unsigned int *it, uint64_t *low, uint64_t *high,
	       uint64_t *count)
{
	if (*it < h->first)
		*it = h->first;
	while (*it < h->first + h->nr) {
		uint32_t b = (*it)++;
		unsigned int k = b < HIST_EXACT ? 0 : b / HIST_SUB - 1;

		*count = hist_in(h, b);
		if (!*count)
			continue;
		*low = (uint64_t)(b - k * HIST_SUB) << k;
		*high = *low + ((UINT64_C(1) << k) - 1);
		return true;
	}
	return false;
}

uint64_t hist_quantile(const struct hist *h, uint64_t num, uint64_t den)
{
	uint64_t low, high, n, seen = 0, rank;
	unsigned int it = 0;

	if (!h->count)
		return 0;
	rank = (uint64_t)(((unsigned __int128)h->count * num + den - 1) / den);
	if (!rank)
		rank = 1;
	while (hist_next(h, &it, &low, &high, &n)) {
		seen += n;
		if (seen >= rank)
			return high < h->max ? high : h->max;
	}
	return h->max;
}
