// SPDX-License-Identifier: GPL-2.0-or-later
/* Repetitions beside each other and beside what is simulated: medians, least, most. */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

#define MEASURE_OPERATIONS 100000 /* at least, where rounds are not asked for */

const char *const measure_names[MEASURE_NR] = {
	[MEASURE_ACQUIRED] = "acquired",   [MEASURE_CONTENDED] = "contended",
	[MEASURE_WAIT_MEAN] = "wait_mean", [MEASURE_WAIT_P50] = "wait_p50",
	[MEASURE_WAIT_P99] = "wait_p99",   [MEASURE_HOLD_MEAN] = "hold_mean",
	[MEASURE_HOLD_P50] = "hold_p50",   [MEASURE_HOLD_P99] = "hold_p99",
};

const char *const measure_counts[MN_NR] = {
	[MN_ENTRIES] = "entries",
	[MN_GIVEN_UP] = "entries_given_up",
	[MN_KICKED_OUT] = "exits_by_kick",
	[MN_TAKEN] = "interrupts_taken",
	[MN_ENDED] = "interrupts_ended",
	[MN_INJECTIONS] = "injections",
	[MN_MMIO] = "mmio",
	[MN_SGIS] = "sgi_writes",
	[MN_WFIS] = "wfi_checks",
	[MN_KICKS_IPI] = "kicks_by_ipi",
	[MN_LIST_STEPS] = "list_steps",
	[MN_SORT_COMPARES] = "sort_compares",
	[MN_COALESCED] = "coalesced",
	[MN_RETRIES] = "retries",
	[MN_MIGRATED] = "migrated",
	[MN_UNSUPPORTED] = "unsupported",
};

bool measure_is_time(enum measure_what what)
{
	return what != MEASURE_ACQUIRED && what != MEASURE_CONTENDED;
}

/* One run's numbers. */
struct figures {
	uint64_t class[PLAY_MAX_CLASSES][MEASURE_NR];
	uint64_t count[MN_NR];
	uint64_t elapsed_ps, preempted;
};

static void figures_of_class(const struct play_class *c, uint64_t v[MEASURE_NR])
{
	v[MEASURE_ACQUIRED] = c->acquired;
	v[MEASURE_CONTENDED] = c->contended;
	v[MEASURE_WAIT_MEAN] = hist_mean(&c->wait);
	v[MEASURE_WAIT_P50] = hist_quantile(&c->wait, 1, 2);
	v[MEASURE_WAIT_P99] = hist_quantile(&c->wait, 99, 100);
	v[MEASURE_HOLD_MEAN] = hist_mean(&c->hold);
	v[MEASURE_HOLD_P50] = hist_quantile(&c->hold, 1, 2);
	v[MEASURE_HOLD_P99] = hist_quantile(&c->hold, 99, 100);
}

/* Classes in the order of @names, which is given new ones. */
static int figures_of(struct play_result *r, struct measure_report *names, struct figures *f,
		      struct err *err)
{
	const struct play_counts *c = &r->counts;
	const uint64_t count[MN_NR] = {
		[MN_ENTRIES] = c->entries,
		[MN_GIVEN_UP] = c->given_up,
		[MN_KICKED_OUT] = c->kicked_out,
		[MN_TAKEN] = c->taken,
		[MN_ENDED] = c->ended,
		[MN_INJECTIONS] = c->injections,
		[MN_MMIO] = c->mmio,
		[MN_SGIS] = c->sgis,
		[MN_WFIS] = c->wfis,
		[MN_KICKS_IPI] = c->kicks[PLAT_KICK_IPI],
		[MN_LIST_STEPS] = c->counter[PLAT_LIST_STEPS],
		[MN_SORT_COMPARES] = c->counter[PLAT_SORT_COMPARES],
		[MN_COALESCED] = c->counter[PLAT_COALESCED],
		[MN_RETRIES] = c->counter[PLAT_RETRY],
		[MN_MIGRATED] = c->counter[PLAT_MIGRATED],
		[MN_UNSUPPORTED] = c->unsupported + c->counter[PLAT_UNSUPPORTED],
	};

	memset(f, 0, sizeof(*f));
	memcpy(f->count, count, sizeof(count));
	f->elapsed_ps = r->elapsed_ps;
	f->preempted = r->preempted;
	for (unsigned int i = 0; i < r->nr_classes; i++) {
		unsigned int k = 0;

		while (k < names->nr_classes && strcmp(names->class[k].name, r->class[i].name))
			k++;
		if (k == PLAY_MAX_CLASSES)
			return err_set(err, ERR_INVARIANT, "more than %d lock classes",
				       PLAY_MAX_CLASSES);
		if (k == names->nr_classes) {
			memcpy(names->class[k].name, r->class[i].name, sizeof(r->class[i].name));
			names->nr_classes++;
		}
		figures_of_class(&r->class[i], f -> class[k]);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Of one number, which stands @at bytes into each of @f. */
static struct measure_spread spread_of(const struct figures *f, unsigned int nr, size_t at)
{
	uint64_t v[MEASURE_MAX];

	for (unsigned int i = 0; i < nr; i++)
		memcpy(&v[i], (const char *)&f[i] + at, sizeof(v[i]));
	qsort(v, nr, sizeof(v[0]), by_value);
	return (struct measure_spread){ .median = v[(nr - 1) / 2],
					.least = v[0],
					.most = v[nr - 1] };
}

static void summarise(struct measure_report *r, const struct figures *f)
{
	for (unsigned int c = 0; c < r->nr_classes; c++)
		for (unsigned int w = 0; w < MEASURE_NR; w++)
			r->class[c].real[w] =
				spread_of(f, r->repetitions, offsetof(struct figures, class[c][w]));
	for (unsigned int i = 0; i < MN_NR; i++)
		r->real[i] = spread_of(f, r->repetitions, offsetof(struct figures, count[i]));
	r->elapsed_ps = spread_of(f, r->repetitions, offsetof(struct figures, elapsed_ps));
	r->preempted = spread_of(f, r->repetitions, offsetof(struct figures, preempted));
}

static void worst(struct native_clock *c, const struct native_clock *now)
{
	c->name = now->name;
	c->hz = now->hz;
#define WORST(member)                                                                              \
	if (now->member > c->member)                                                               \
	c->member = now->member
	WORST(resolution_ps);
	WORST(stamp_ps);
	WORST(pair_ps);
	WORST(floor_ps);
#undef WORST
}

static bool same(const struct play_result *a, const struct play_result *b, const struct figures *f,
		 const struct measure_report *r)
{
	for (unsigned int c = 0; c < r->nr_classes; c++)
		if (f->class[c][MEASURE_ACQUIRED] != r->class[c].simulated[MEASURE_ACQUIRED])
			return false;
	return !memcmp(&a->counts, &b->counts, sizeof(a->counts));
}

static int real_runs(const struct play_job *job, const char *design,
		     const struct native_options *native, const struct measure_options *o,
		     const struct play_result *sim, struct measure_report *r, struct figures *f,
		     struct err *err)
{
	int rc = 0;

	r->equal = true;
	for (unsigned int i = 0; !rc && i < r->repetitions; i++) {
		struct native_clock clock;
		struct play_result res;

		rc = native_run(job, design, native, &res, &clock, err);
		if (!rc)
			rc = figures_of(&res, r, &f[i], err);
		if (!rc) {
			worst(&r->clock, &clock);
			r->equal = r->equal && same(sim, &res, &f[i], r);
		}
		play_result_fini(&res);
		if (o->progress)
			o->progress(o->progress_priv, i + 1, r->repetitions);
	}
	return rc;
}

int measure(const struct play_job *job, const char *design, const struct host *host,
	    const struct measure_options *o, struct measure_report *r, struct err *err)
{
	struct native_options native = o->native;
	struct figures *f = calloc(o->repetitions, sizeof(*f));
	struct play_result sim = { 0 };
	int rc;

	memset(r, 0, sizeof(*r));
	if (!f)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (native.play.serial)
		native.play.rounds = 1;
	else if (!native.play.rounds)
		native.play.rounds = (unsigned int)(MEASURE_OPERATIONS / (job->nr_ops + 1)) + 1;
	r->repetitions = o->repetitions;
	r->rounds = native.play.rounds;
	rc = native_check(job, &native, err);
	if (!rc)
		rc = play_simulate(job, design, host, &native.play, &sim, err);
	if (!rc)
		rc = figures_of(&sim, r, f, err);
	if (rc)
		goto out;
	for (unsigned int c = 0; c < r->nr_classes; c++)
		memcpy(r->class[c].simulated, f->class[c], sizeof(f->class[c]));
	memcpy(r->simulated, f->count, sizeof(f->count));
	r->simulated_ps = f->elapsed_ps;
	rc = real_runs(job, design, &native, o, &sim, r, f, err);
	if (!rc)
		summarise(r, f);
out:
	play_result_fini(&sim);
	free(f);
	return rc;
}
