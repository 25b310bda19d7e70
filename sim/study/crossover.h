/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where one design overtakes another as something grows: a coarse scan of the range
 * first, so that a curve that turns back is seen, then a bisection for each seed where
 * the sign of the difference changes.
 *
 * The seeds are pairs: both designs run the same workload of each. At each point the
 * median of the differences has an interval by order statistics, which supposes
 * nothing about their distribution; so has the place of the crossing, of which each
 * seed has one of its own.
 */
#ifndef CROSSOVER_H
#define CROSSOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define CROSSOVER_MAX_SEEDS	60
#define CROSSOVER_MAX_POINTS	1000
#define CROSSOVER_MAX_CHANGES	16

/* What A and B have at @x with seed number @seed (from 0). */
struct crossover_pair {
	uint64_t x;
	unsigned int seed;
	bool has;		/* both have a value; else @why */
	int64_t a, b;
	char why[160];
};

struct crossover_options {
	const uint64_t *scan;	/* points of the coarse scan, ascending; at least 2 */
	unsigned int nr_scan, nr_seeds;
	/* Fill in @nr pairs of which x and seed are set. 0 or an error. */
	int (*measure)(void *priv, struct crossover_pair *pair, size_t nr, struct err *err);
	void *priv;
	bool refine;		/* between the points, too; else they are all there are */
};

enum crossover_sign {
	CROSSOVER_LESS = -1,	/* the whole interval of B less A is below 0 */
	CROSSOVER_NOISE = 0,	/* 0 is in it */
	CROSSOVER_MORE = 1,
};

struct crossover_point {
	uint64_t x;
	bool has;
	char why[160];		/* it has no value: this is missing */
	int64_t a, b;		/* medians */
	int64_t diff, low, high;	/* B less A: median and its interval */
	enum crossover_sign sign;
};

/* Before the first point, or beyond the last. */
#define CROSSOVER_BEFORE	0
#define CROSSOVER_BEYOND	UINT64_MAX

struct crossover_change {
	uint64_t from, to;	/* scanned: before the change, and after */
	enum crossover_sign sign;	/* after it */
	uint64_t seed[CROSSOVER_MAX_SEEDS];	/* first x of each at which it is so, ascending */
	uint64_t at, low, high;	/* median of those and its interval */
};

struct crossover {
	struct crossover_point *point;	/* nr_scan of them, owned */
	unsigned int nr_points, nr_seeds;
	unsigned int confidence_permille;	/* of each interval, at least */
	struct crossover_change change[CROSSOVER_MAX_CHANGES];
	unsigned int nr_changes;	/* 0: none in the range */
	/* Without a change: the sign of all points that have one; NOISE: none has. */
	enum crossover_sign sign;
	unsigned int nr_noise;		/* points within the noise */
	/* False: all seeds are alike at every point, so that no interval says anything. */
	bool seeds_differ;
	size_t nr_runs;
};

/* ERR_USAGE: no point has values; else what measure() returned. To be finished after success. */
int crossover_find(const struct crossover_options *o, struct crossover *out, struct err *err);
void crossover_fini(struct crossover *c);

/*
 * Order statistics of the median of @n values: [@rank, n + 1 - @rank] (from 1) covers it with at
 * least 95 %, or as much as n allows. Returns the confidence in thousandths, rounded down.
 */
unsigned int crossover_rank(unsigned int n, unsigned int *rank);

/*
 * Points from @from to @to, each twice the one before, and @to: at most @room; 0 if
 * they are more.
 */
unsigned int crossover_scan(uint64_t from, uint64_t to, uint64_t *x, unsigned int room);

#endif
