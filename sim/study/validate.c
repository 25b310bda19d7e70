// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One row: its micro-trace is replayed as any trace is, its measure is taken
 * from the log, and both again with each assumed cost at half and at twice its
 * value, alone and all together. Derived costs keep their values: what an
 * assumption went into is not fitted again, so that the band is on the safe side.
 */
#include "validate.h"

#include <stdlib.h>
#include <string.h>

#include "measure.h"

const char *const verdict_names[VERDICT_NR] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_MISS] = "miss",
	[VERDICT_STAND_IN] = "stand-in",
	[VERDICT_UNCONFIRMED] = "unconfirmed",
	[VERDICT_NOT_MODELLED] = "not modelled yet",
};

/* What runs for a row: one run, or the two that are compared. */
struct question {
	const struct published_row *row;
	const struct measure *measure;
	const struct vgic_design *design[2];
	struct study_trace trace[2];
	unsigned int nr_traces, nr_runs;
};

static int64_t magnitude(int64_t v)
{
	return v < 0 ? -v : v;
}

/* Rounded to the nearest, halves away from zero. */
static int64_t mul_div(int64_t a, int64_t num, int64_t den)
{
	__int128 n = (__int128)a * num, half = den < 0 ? -(__int128)den / 2 : den / 2;

	return (int64_t)((n < 0 ? n - half : n + half) / den);
}

/* ---- one figure ---------------------------------------------------------- */

static int run_one(const struct question *q, unsigned int i, const struct host *host,
		   int64_t *milli, struct err *err)
{
	struct replay_options o;
	struct measure_run run;
	int ret;

	replay_options_init(&o);
	o.host = host;
	o.design = q->design[q->design[1] ? i : 0];
	o.lock = q->row->lock;
	ret = measure_run(&run, &q->trace[q->nr_traces > 1 ? i : 0], &o, err);
	if (ret)
		return ret;
	ret = q->measure->fn(&run, host, milli, err);
	measure_run_fini(&run);
	return ret;
}

/* The row's figure on @host, in the row's unit. */
static int predict(const struct question *q, const struct host *host, int64_t *milli,
		   struct err *err)
{
	const char *unit = q->row->unit;
	int64_t v[2] = { 0, 0 };

	for (unsigned int i = 0; i < q->nr_runs; i++) {
		int ret = run_one(q, i, host, &v[i], err);

		if (ret)
			return err_prefix(err, "row %s", q->row->id);
	}
	*milli = v[0];
	if (q->nr_runs == 2) {
		if (!v[0])
			return err_set(err, ERR_INPUT, "row %s: want more than 0 to compare with",
				       q->row->id);
		*milli = !strcmp(unit, "x") ? mul_div(v[1], 1000, v[0])
					    : mul_div(v[1] - v[0], 100000, magnitude(v[0]));
	} else if (!strcmp(unit, "cycles")) {
		*milli = mul_div(v[0], (int64_t)host->c[HK_CLOCK_KHZ].count, 1000000);
	}
	return 0;
}

/* ---- can it be answered -------------------------------------------------- */

static bool not_modelled(struct validated *out, const char *what, const char *name)
{
	out->verdict = VERDICT_NOT_MODELLED;
	snprintf(out->why, sizeof(out->why), "%s%s", what, name);
	return false;
}

/* The designs of the row, or the stand-in for one that is not there yet. */
static bool find_designs(struct question *q, struct validated *out)
{
	const struct published_row *row = q->row;

	for (unsigned int i = 0; i < 2 && *row->design[i]; i++) {
		q->design[i] = vgic_design_find(row->design[i]);
		if (!q->design[i] && !i && *row->stand_in) {
			q->design[i] = vgic_design_find(row->stand_in);
			out->verdict = VERDICT_STAND_IN;
			snprintf(out->why, sizeof(out->why), "no design %s: this is %s",
				 row->design[i], row->stand_in);
		}
		if (!q->design[i])
			return not_modelled(out, "no design ", row->design[i]);
		out->design[i] = q->design[i]->name;
	}
	return true;
}

static bool answerable(struct question *q, const struct host *host, struct validated *out)
{
	const struct published_row *row = q->row;

	if (*row->needs)
		return not_modelled(out, row->needs, "");
	if (!host)
		return not_modelled(out, "no host profile ", row->host);
	return find_designs(q, out);
}

static int load_traces(const struct published *p, struct question *q, struct err *err)
{
	char path[640];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < 2 && *q->row->trace[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, q->row->trace[i]);
		ret = study_trace_load(&q->trace[i], path, 0, err);
		q->nr_traces += !ret;
	}
	q->nr_runs = q->design[1] || q->nr_traces == 2 ? 2 : 1;
	return ret ? err_prefix(err, "row %s", q->row->id) : 0;
}

/* ---- the band ------------------------------------------------------------ */

static void widen(struct validated *out, int64_t milli)
{
	if (milli < out->low_milli)
		out->low_milli = milli;
	if (milli > out->high_milli)
		out->high_milli = milli;
}

/* Every assumed cost, or @only that one (HK_NR: all), times @num / @den. */
static int predict_scaled(const struct question *q, const struct host *host, enum host_key only,
			  uint64_t num, uint64_t den, int64_t *milli, struct err *err)
{
	struct host *h = malloc(sizeof(*h));
	int ret;

	if (!h)
		return err_set(err, ERR_NOMEM, "out of memory");
	*h = *host;
	for (enum host_key k = 0; k < HK_NR; k++)
		if ((only == HK_NR || only == k) && study_scalable(host, k) &&
		    study_assumed(host, k))
			study_scale(h, k, num, den);
	ret = predict(q, h, milli, err);
	free(h);
	return ret;
}

static int band(const struct question *q, const struct host *host, struct validated *out,
		struct err *err)
{
	int ret;

	out->low_milli = out->high_milli = out->milli;
	for (enum host_key k = 0; k < HK_NR; k++) {
		struct band_key *b = &out->band[out->nr_band];

		if (!study_scalable(host, k) || !study_assumed(host, k))
			continue;
		out->nr_assumed++;
		b->key = k;
		ret = predict_scaled(q, host, k, 1, 2, &b->half_milli, err);
		if (!ret)
			ret = predict_scaled(q, host, k, 2, 1, &b->twice_milli, err);
		if (ret)
			return ret;
		widen(out, b->half_milli);
		widen(out, b->twice_milli);
		out->nr_band += b->half_milli != out->milli || b->twice_milli != out->milli;
	}
	ret = predict_scaled(q, host, HK_NR, 1, 2, &out->all_half_milli, err);
	if (!ret)
		ret = predict_scaled(q, host, HK_NR, 2, 1, &out->all_twice_milli, err);
	widen(out, out->all_half_milli);
	widen(out, out->all_twice_milli);
	return ret;
}

static int64_t reach(const struct validated *v, const struct band_key *b)
{
	int64_t half = magnitude(b->half_milli - v->milli);
	int64_t twice = magnitude(b->twice_milli - v->milli);

	return half > twice ? half : twice;
}

const struct band_key *validate_widest(const struct validated *v)
{
	const struct band_key *best = NULL;

	for (unsigned int i = 0; i < v->nr_band; i++)
		if (!best || reach(v, &v->band[i]) > reach(v, best))
			best = &v->band[i];
	return best;
}

/* ---- the verdict --------------------------------------------------------- */

bool validate_meets(const struct published_row *row, int64_t milli)
{
	__int128 have = milli, want = row->milli, target = row->target_milli;

	switch (row->target) {
	case TARGET_WITHIN:
		return magnitude(milli - row->milli) * (__int128)100000 <=
		       target * magnitude(row->milli);
	case TARGET_FACTOR:
		if ((have < 0) != (want < 0))
			return false;
		have = magnitude(milli);
		want = magnitude(row->milli);
		return have * 1000 <= want * target && want * 1000 <= have * target;
	case TARGET_EXACT:
		return have == want;
	case TARGET_SIGN:
		return have && (have < 0) == (want < 0);
	case TARGET_BELOW:
		return magnitude(milli) < target;
	default:
		return false;
	}
}

int validate_row(const struct published *p, const struct published_row *row,
		 const struct host *host, struct validated *out, struct err *err)
{
	struct question q = { .row = row };
	int ret;

	memset(out, 0, sizeof(*out));
	out->row = row;
	out->verdict = VERDICT_NR; /* until it is known */
	if (!answerable(&q, host, out))
		return 0;
	out->host_digest = host->digest;
	q.measure = measure_find(row->measure);
	ret = load_traces(p, &q, err);
	if (!ret)
		ret = predict(&q, host, &out->milli, err);
	if (!ret)
		ret = band(&q, host, out, err);
	for (unsigned int i = 0; i < q.nr_traces; i++)
		study_trace_fini(&q.trace[i]);
	if (ret)
		return ret;
	if (row->milli)
		out->error_permille = mul_div(out->milli - row->milli, 1000, magnitude(row->milli));
	if (out->verdict != VERDICT_STAND_IN && row->confirmed == CONFIRMED_MEMORY)
		out->verdict = VERDICT_UNCONFIRMED;
	else if (out->verdict != VERDICT_STAND_IN)
		out->verdict = validate_meets(row, out->milli) ? VERDICT_PASS : VERDICT_MISS;
	return 0;
}
