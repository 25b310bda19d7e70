/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mergeable log-linear histogram of u64 values: exact below 128, then 64
 * buckets an octave, so a quantile is right to 1/64 (1.6 %) of its value;
 * count, sum, min and max are exact.
 *
 * Buckets are numbered through: value >> k in octave k is bucket 64 * k +
 * (value >> k), and k is 0 below 128. Kept are those from the first to the last
 * octave that were ever used, two bytes each; one that goes over carries.
 */
#ifndef HIST_H
#define HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_SUB	64
#define HIST_EXACT	128
#define HIST_SLOTS	(58 * HIST_SUB + HIST_EXACT)

struct hist_carry;

struct hist {
	uint64_t count, min, max;
	unsigned __int128 sum;
	uint16_t *bucket;		/* nr of them, beginning with number first */
	uint32_t first, nr;
	struct hist_carry *carry;	/* times 2^16 that a bucket went over; NULL: none did */
};

void hist_init(struct hist *h);
void hist_fini(struct hist *h);

static inline uint32_t hist_bucket_of(uint64_t value)
{
	unsigned int k = 57 - (unsigned int)__builtin_clzll(value | (HIST_EXACT - 1));

	return k * HIST_SUB + (uint32_t)(value >> k);
}

/* The rare halves of hist_record(): a bucket that is not kept yet, or that went over. */
bool hist_grow(struct hist *h, uint32_t bucket);
bool hist_went_over(struct hist *h, uint32_t bucket);
/* @value, not counted yet, is outside of min … max. */
void hist_stretch(struct hist *h, uint64_t value);

/* False when out of memory (the value is then not recorded). */
static inline bool hist_record(struct hist *h, uint64_t value)
{
	uint32_t b = hist_bucket_of(value);

	if (__builtin_expect(b - h->first >= h->nr, 0) && !hist_grow(h, b))
		return false;
	if (__builtin_expect(!++h->bucket[b - h->first], 0) && !hist_went_over(h, b))
		return false;
	/* One comparison for both ends; an empty one has 0 and 0. */
	if (__builtin_expect(value - h->min > h->max - h->min, 0))
		hist_stretch(h, value);
	h->count++;
	h->sum += value;
	return true;
}

/* Add all of @from. False when out of memory: @into is as it was. */
bool hist_merge(struct hist *into, const struct hist *from);
/* Sum / count rounded half up; 0 when empty. */
uint64_t hist_mean(const struct hist *h);
/*
 * The value at or below which @num of @den of the values are (500, 1000: the
 * median): the upper edge of its bucket, clamped to max. 0 when empty.
 */
uint64_t hist_quantile(const struct hist *h, uint64_t num, uint64_t den);

/* Non-empty buckets in ascending order: false at the end. Start with *it = 0. */
bool hist_next(const struct hist *h, unsigned int *it, uint64_t *low,
	       uint64_t *high, uint64_t *count);

#endif
