/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether two samples of a noisy figure (time on a wall clock) differ, and by how
 * much, without a word about how the noise is distributed: the rank-sum test of
 * Wilcoxon, Mann and Whitney and the shift of Hodges and Lehmann. Nothing that is
 * simulated comes here: such figures are exact. In double; what decides are integer
 * ranks and counts of orders, so the verdict is the same everywhere.
 */
#ifndef RANK_H
#define RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Values of one sample, at most; so that no product of two counts overflows. */
#define RANK_MAX 1000

struct rank_shift {
	/*
	 * Two-sided probability, were there no difference, of ranks as uneven. Exact,
	 * ties included (over all ways to deal the values to two samples), if both
	 * samples have less than 50 values; else by the normal distribution with
	 * corrections for ties and continuity.
	 */
	double p;
	bool exact;
	double shift; /* the median of all differences, second less first */
	/*
	 * 95 % confidence interval of the shift; without has_interval the samples are
	 * too small for one (under four values each) and these mean nothing.
	 */
	bool has_interval;
	double low, high;
	/* Cliff's delta: how much more often the second is larger than smaller, -1 to 1. */
	double effect;
};

/* @a and @b in any order. 0; ERR_USAGE of an empty or too large sample; ERR_NOMEM. */
int rank_compare(const int64_t *a, size_t nr_a, const int64_t *b, size_t nr_b,
		 struct rank_shift *out, struct err *err);

/* The median, the mean of the middle two: @v is sorted by it. 0 of none. */
double rank_median(int64_t *v, size_t nr);

/*
 * Holm's correction: each of @p[@nr] becomes the least level, for all of them
 * together, at which it would still be called a difference. ERR_NOMEM.
 */
int rank_holm(double *p, size_t nr, struct err *err);

#endif
