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
/* False when out of memory (the value is then not recorded). */
bool hist_record(struct hist *h, uint64_t value);
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
