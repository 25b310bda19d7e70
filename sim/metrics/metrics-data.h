/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What struct metrics holds, for those who read it after the run: the result
 * document and tests. Who records needs metrics.h alone.
 */
#ifndef METRICS_DATA_H
#define METRICS_DATA_H

#include <stdbool.h>

#include "hist.h"
#include "map64.h"
#include "metrics.h"

#define METRICS_DISTANCES	5	/* 0 own … 4 other socket */
extern const char *const metrics_distance_names[METRICS_DISTANCES];

struct latency_data {
	struct hist all;
	struct hist reason[XK_NR];
	struct hist *vcpu;		/* nr_vcpus of them, allocated when first used */
	/*
	 * Of those that came with a split: how many, their sum, and the parts.
	 * The parts sum to comp_total_ps, which metrics_split_error() checks.
	 */
	uint64_t comp_count, comp_total_ps;
	uint64_t comp_ps[METRICS_MAX_COMPONENTS];
};

/* What metrics_use() gives. */
struct metrics_use {
	struct lock_data *class;
	const char *func;
	int line;
	uint64_t acquisitions, contentions, wait_ps;
};

struct lock_data {
	const char *class;
	uint64_t con_bounces, acq_bounces;
	struct hist wait;		/* contended acquisitions only, as lock_stat has it */
	struct hist hold;		/* all acquisitions */
	uint64_t distance[METRICS_DISTANCES];
	struct metrics_use *site;	/* of MAX_SITES, so that they stay where they are */
	unsigned int nr_sites;
	struct map64 instance;		/* contentions and their wait, by instance */
	struct map64 waited;		/* by waiter << 32 | the one who had it before */
};

struct deviation_data {
	const char *what;
	uint64_t count;
};

struct metrics {
	unsigned int nr_vcpus, nr_actors, nr_lrs, nr_components;
	const char *const *component;
	struct latency_data lat[LAT_NR];
	uint64_t exits[XK_NR];
	uint64_t *vcpu_exits;		/* XK_NR a vCPU */
	uint64_t kicks[KICK_NR];
	uint64_t counter[MC_NR];
	uint64_t *occupancy;		/* nr_lrs + 1 */
	uint64_t *vcpu_occupancy;	/* nr_lrs + 1 a vCPU */
	struct hist list_length;
	struct lock_data *lock;
	unsigned int nr_locks;
	struct deviation_data *deviation;
	unsigned int nr_deviations;
	bool out_of_memory;		/* something was not recorded */
};

/* "entry" of the first latency whose parts do not sum to it, or NULL. */
const char *metrics_split_error(const struct metrics *m);

#endif
