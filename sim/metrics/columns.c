// SPDX-License-Identifier: GPL-2.0-or-later
/* The numbers that are said of a histogram and of a lock class. */
#include "columns.h"

#include <string.h>

const struct metric_column hist_columns[HC_NR] = {
	[HC_COUNT] = { "count", false, "how many" },
	[HC_TOTAL] = { "total", true, "their sum" },
	[HC_MEAN] = { "mean", true, "sum by count, rounded" },
	[HC_MIN] = { "min", true, "the least" },
	[HC_P50] = { "p50", true, "the median" },
	[HC_P90] = { "p90", true, "at or below which 90 % are" },
	[HC_P99] = { "p99", true, "at or below which 99 % are" },
	[HC_P999] = { "p999", true, "at or below which 99.9 % are" },
	[HC_MAX] = { "max", true, "the greatest" },
};

static uint64_t sum64(const struct hist *h)
{
	return h->sum > UINT64_MAX ? UINT64_MAX : (uint64_t)h->sum;
}

uint64_t hist_column(const struct hist *h, enum hist_column c)
{
	switch (c) {
	case HC_COUNT:
		return h->count;
	case HC_TOTAL:
		return sum64(h);
	case HC_MEAN:
		return hist_mean(h);
	case HC_MIN:
		return h->min;
	case HC_P50:
		return hist_quantile(h, 500, 1000);
	case HC_P90:
		return hist_quantile(h, 900, 1000);
	case HC_P99:
		return hist_quantile(h, 990, 1000);
	case HC_P999:
		return hist_quantile(h, 999, 1000);
	case HC_MAX:
		return h->max;
	case HC_NR:
		break;
	}
	return 0;
}

const struct metric_column lock_columns[LC_NR] = {
	[LC_CON_BOUNCES] = { "con-bounces", false,
			     "contended acquisitions whose line came from another CPU" },
	[LC_CONTENTIONS] = { "contentions", false, "acquisitions that waited" },
	[LC_WAIT_MIN] = { "waittime-min", true, "the shortest wait of those" },
	[LC_WAIT_MAX] = { "waittime-max", true, "the longest wait" },
	[LC_WAIT_TOTAL] = { "waittime-total", true, "time waited" },
	[LC_WAIT_AVG] = { "waittime-avg", true, "… by contentions" },
	[LC_ACQ_BOUNCES] = { "acq-bounces", false,
			     "acquisitions whose line came from another CPU" },
	[LC_ACQUISITIONS] = { "acquisitions", false, "how often it was taken" },
	[LC_HOLD_MIN] = { "holdtime-min", true, "the shortest hold" },
	[LC_HOLD_MAX] = { "holdtime-max", true, "the longest hold" },
	[LC_HOLD_TOTAL] = { "holdtime-total", true, "time held" },
	[LC_HOLD_AVG] = { "holdtime-avg", true, "… by acquisitions" },
};

uint64_t lock_column(const struct lock_data *d, enum lock_column c)
{
	switch (c) {
	case LC_CON_BOUNCES:
		return d->con_bounces;
	case LC_CONTENTIONS:
		return d->wait.count;
	case LC_WAIT_MIN:
		return d->wait.min;
	case LC_WAIT_MAX:
		return d->wait.max;
	case LC_WAIT_TOTAL:
		return sum64(&d->wait);
	case LC_WAIT_AVG:
		return hist_mean(&d->wait);
	case LC_ACQ_BOUNCES:
		return d->acq_bounces;
	case LC_ACQUISITIONS:
		return d->hold.count;
	case LC_HOLD_MIN:
		return d->hold.min;
	case LC_HOLD_MAX:
		return d->hold.max;
	case LC_HOLD_TOTAL:
		return sum64(&d->hold);
	case LC_HOLD_AVG:
		return hist_mean(&d->hold);
	case LC_NR:
		break;
	}
	return 0;
}

const struct lock_data *metrics_lock_after(const struct metrics *m, const char *class)
{
	const struct lock_data *next = NULL;

	for (unsigned int i = 0; i < m->nr_locks; i++)
		if (strcmp(m->lock[i].class, class) > 0 &&
		    (!next || strcmp(m->lock[i].class, next->class) < 0))
			next = &m->lock[i];
	return next;
}

uint64_t metrics_lock_wait(const struct metrics *m)
{
	unsigned __int128 sum = 0;

	for (unsigned int i = 0; i < m->nr_locks; i++)
		sum += m->lock[i].wait.sum;
	return sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
}
