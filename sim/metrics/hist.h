/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mergeable log-linear histogram of u64 values: exact below 128, then 64
 * buckets an octave, so a quantile is right to 1/64 (1.6 %) of its value;
 * count, sum, min and max are exact. Octaves are allocated when first used.
 */
#ifndef HIST_H
#define HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_SUB	64
#define HIST_OCTAVES	58

struct hist {
	uint64_t count, min, max;
	unsigned __int128 sum;
	uint64_t *octave[HIST_OCTAVES + 1];	/* [0]: the values below 128 */
};

void hist_init(struct hist *h);
void hist_fini(struct hist *h);

#define HIST_EXACT	128

static inline unsigned int hist_octave_of(uint64_t value)
{
	return value < HIST_EXACT ? 0 : 63 - 7 - (unsigned int)__builtin_clzll(value) + 1;
}

static inline unsigned int hist_sub_of(uint64_t value, unsigned int k)
{
	return k ? (unsigned int)(value >> k) - HIST_SUB : (unsigned int)value;
}

/* The counters of an octave, made when first used; NULL without memory. */
uint64_t *hist_octave(struct hist *h, unsigned int k);

/* @value, not counted yet, is outside of min … max. */
void hist_stretch(struct hist *h, uint64_t value);

/* False when out of memory (the value is then not recorded). */
static inline bool hist_record(struct hist *h, uint64_t value)
{
	unsigned int k = hist_octave_of(value);
	uint64_t *octave = h->octave[k];

	if (__builtin_expect(!octave, 0)) {
		octave = hist_octave(h, k);
		if (!octave)
			return false;
	}
	octave[hist_sub_of(value, k)]++;
	/* One comparison for both ends; an empty one has 0 and 0. */
	if (__builtin_expect(value - h->min > h->max - h->min, 0))
		hist_stretch(h, value);
	h->count++;
	h->sum += value;
	return true;
}
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
