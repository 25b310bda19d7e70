/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two designs made of the same interrupts: counts, differences in time, the first ones. */
#ifndef DELIVERIES_COMPARE_H
#define DELIVERIES_COMPARE_H

#include "deliveries.h"

/* Of signed differences, second less first; exact: the sorted values at those ranks. */
struct delivery_spread {
	uint64_t n;
	int64_t min_ps, p10_ps, p50_ps, p90_ps, p99_ps, max_ps, mean_ps;
};

struct delivery_counts {
	uint64_t occurrences;		/* sent in either */
	uint64_t both;			/* delivered by both, merged or not */
	uint64_t neither;
	uint64_t differs[DIFFERS_NR];	/* by bit of enum delivery_differs */
	uint64_t differing;		/* with any of them but DIFFERS_APART */
	struct delivery_spread latency;
};

/* Of one INTID at one vCPU: where it was delivered, or else for which it was. */
struct delivery_row {
	uint32_t vcpu, irq;		/* vcpu: DELIVERIES_ANY for an SPI that never came */
	struct delivery_counts c;
};

struct delivery_diff {
	struct delivery_counts c;
	struct delivery_spread time;
	struct delivery_row *row;	/* by vCPU, then INTID */
	uint64_t nr_rows;
	/* The first ones that differ, in the trace's order: in what was delivered … */
	struct delivery_pair *first;
	uint64_t nr_first;
	/* … and by DIFFERS_APART alone */
	struct delivery_pair *apart;
	uint64_t nr_apart;
};

/*
 * Compare @a's and @b's occurrences, both finished; @max of each sort that differ are
 * kept, with @apart_ps as in deliveries_next_pair(). ERR_NOMEM. *diff is to be given
 * to delivery_diff_fini() in every case; its pairs point into @a and @b.
 */
int delivery_diff(const struct deliveries *a, const struct deliveries *b, uint64_t apart_ps,
		  uint64_t max, struct delivery_diff *diff, struct err *err);
void delivery_diff_fini(struct delivery_diff *diff);

#endif
