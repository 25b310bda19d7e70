// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wall-clock and CPU time: repetitions of each row on either side, and their sums over
 * all rows. A difference is called one when the interval of the shift leaves out zero
 * and, corrected for how many are looked at, the test says so at 5 %; worse, when it
 * is beyond the limit of the clock as well. Times of two machines are not judged.
 */
#include "diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH_REPS 9
#define LEVEL	    0.05

const char *const diff_clock_names[CLOCK_OF_NR] = { "wall", "cpu" };
static const char *const members[CLOCK_OF_NR] = { "wall_ns", "cpu_ns" };

static size_t reps_of(const struct diff_row *row, enum diff_clock clock)
{
	return row->wall ? json_array_size(json_object_get(row->wall, members[clock])) : 0;
}

/* Add the repetitions of @row to @v[@nr]. */
static void sum_up(int64_t *v, size_t nr, const struct diff_row *row, enum diff_clock clock)
{
	const json_t *times = json_object_get(row->wall, members[clock]);

	for (size_t i = 0; i < nr; i++)
		if (__builtin_add_overflow(v[i], json_integer_value(json_array_get(times, i)),
					   &v[i]))
			v[i] = INT64_MAX;
}

static const struct diff_row *side(const struct diff_pair *p, unsigned int which)
{
	return which ? p->now : p->base;
}

/* One comparison: of @t->pair, or of all that have as many repetitions as the first. */
static int compare(struct diff *d, struct diff_time *t, struct err *err)
{
	int64_t *v[2] = { NULL, NULL };
	int ret = 0;

	for (unsigned int i = 0; i < 2; i++) {
		v[i] = calloc(t->reps[i], sizeof(int64_t));
		if (!v[i]) {
			ret = err_set(err, ERR_NOMEM, "out of memory");
			goto out;
		}
		for (size_t p = 0; p < d->nr_pairs; p++)
			if (t->pair == p || (t->pair == SIZE_MAX && side(&d->pair[p], i)->wall))
				sum_up(v[i], t->reps[i], side(&d->pair[p], i), t->clock);
		t->median[i] = rank_median(v[i], t->reps[i]);
	}
	ret = rank_compare(v[0], t->reps[0], v[1], t->reps[1], &t->shift, err);
out:
	free(v[0]);
	free(v[1]);
	return ret;
}

static enum diff_class judge(const struct diff *d, const struct diff_time *t)
{
	const struct rank_shift *s = &t->shift;
	struct diff_metric m = diff_rule(&d->o->rules, diff_clock_names[t->clock]);
	double by = fabs(s->shift);

	if (!s->has_interval || s->p >= LEVEL || (s->low <= 0 && s->high >= 0))
		return DIFF_SAME;
	if (d->other_machine && !d->o->force)
		return DIFF_NEUTRAL;
	if (by * 1000000 <= t->median[0] * (double)m.limit.ppm ||
	    by * 1000 <= (double)m.limit.absolute)
		return DIFF_SMALL;
	return s->shift > 0 ? DIFF_REGRESSION : DIFF_IMPROVEMENT;
}

/* Room for the comparisons, in the order they are shown. */
static int times_create(struct diff *d, struct err *err)
{
	size_t all[2] = { 0, 0 }, nr_pairs = 0;
	bool even = true;

	d->time = calloc((d->nr_pairs + 1) * CLOCK_OF_NR, sizeof(*d->time));
	if (!d->time)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t p = 0; p < d->nr_pairs; p++) {
		size_t reps[2] = { reps_of(d->pair[p].base, 0), reps_of(d->pair[p].now, 0) };

		if (!reps[0] || !reps[1] || (d->pair[p].trace_differs && !d->o->force))
			continue;
		for (unsigned int c = 0; c < CLOCK_OF_NR; c++)
			d->time[d->nr_times++] = (struct diff_time){ .pair = p,
								     .clock = c,
								     .reps = { reps[0], reps[1] } };
		even &= !nr_pairs++ || (reps[0] == all[0] && reps[1] == all[1]);
		memcpy(all, reps, sizeof(all));
	}
	if (nr_pairs > 1 && nr_pairs == d->nr_pairs && even)
		for (unsigned int c = 0; c < CLOCK_OF_NR; c++)
			d->time[d->nr_times++] = (struct diff_time){ .pair = SIZE_MAX,
								     .clock = c,
								     .reps = { all[0], all[1] } };
	return 0;
}

/* Holm's correction among those from @from to before @to. */
static int correct(struct diff *d, size_t from, size_t to, struct err *err)
{
	double *p = calloc(to - from + 1, sizeof(*p));
	int ret;

	if (!p)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = from; i < to; i++)
		p[i - from] = d->time[i].shift.p;
	ret = rank_holm(p, to - from, err);
	for (size_t i = from; !ret && i < to; i++)
		d->time[i].shift.p = p[i - from];
	free(p);
	return ret;
}

int diff_times(struct diff *d, struct err *err)
{
	int ret = times_create(d, err);
	size_t of_rows = d->nr_times;

	if (ret || !d->nr_times)
		return ret;
	d->other_machine = !d->doc[0]->machine || !d->doc[1]->machine ||
			   !json_equal(d->doc[0]->machine, d->doc[1]->machine);
	for (size_t i = 0; !ret && i < d->nr_times; i++) {
		struct diff_time *t = &d->time[i];
		size_t least = t->reps[0] < t->reps[1] ? t->reps[0] : t->reps[1];

		if (least < ENOUGH_REPS && (!d->few_reps || least < d->few_reps))
			d->few_reps = least;
		ret = compare(d, t, err);
	}
	/* The sums are asked about first, and do not pay for how many rows there are. */
	while (of_rows && d->time[of_rows - 1].pair == SIZE_MAX)
		of_rows--;
	if (!ret)
		ret = correct(d, 0, of_rows, err);
	if (!ret)
		ret = correct(d, of_rows, d->nr_times, err);
	for (size_t i = 0; !ret && i < d->nr_times; i++) {
		d->time[i].class = judge(d, &d->time[i]);
		d->nr_time_class[d->time[i].class]++;
	}
	return ret;
}
