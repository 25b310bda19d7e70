/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which numbers are said of a histogram and of a lock class, in every document,
 * table and row: their names and how each is read off, here and nowhere else.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "metrics-data.h"

struct metric_column {
	const char *name;	/* "p99", "waittime-total" */
	bool is_value;		/* has the unit of what was recorded (ps); else a count */
	const char *help;
};

enum hist_column {
	HC_COUNT, HC_TOTAL, HC_MEAN, HC_MIN, HC_P50, HC_P90, HC_P99, HC_P999, HC_MAX, HC_NR
};
extern const struct metric_column hist_columns[HC_NR];
/* Quantiles as hist_quantile(); a total beyond 64 bits is UINT64_MAX; all 0 when empty. */
uint64_t hist_column(const struct hist *h, enum hist_column c);

/* The twelve columns of /proc/lock_stat, by its names and in its order. */
enum lock_column {
	LC_CON_BOUNCES, LC_CONTENTIONS, LC_WAIT_MIN, LC_WAIT_MAX, LC_WAIT_TOTAL, LC_WAIT_AVG,
	LC_ACQ_BOUNCES, LC_ACQUISITIONS, LC_HOLD_MIN, LC_HOLD_MAX, LC_HOLD_TOTAL, LC_HOLD_AVG,
	LC_NR
};
extern const struct metric_column lock_columns[LC_NR];
uint64_t lock_column(const struct lock_data *d, enum lock_column c);

/*
 * The lock class after that name, by name: the order of first use differs between
 * designs for no reason. "" is before the first; NULL after the last.
 */
const struct lock_data *metrics_lock_after(const struct metrics *m, const char *class);

/* Time waited for locks of all classes, ps. */
uint64_t metrics_lock_wait(const struct metrics *m);

#endif
