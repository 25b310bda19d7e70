// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where two designs change places in a sweep: crossover_find() on what the document has,
 * as marks for figures and as words. Nothing is decided here.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crossover-source.h"
#include "report-sweep-int.h"

struct sw_cross {
	struct crossover c;
	struct crossover_x x;
	double *at;	 /* where a value of x is drawn, ascending as x.scan is */
	char *values[2]; /* designs; borrowed */
};

static int cmp_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What is fixed: the panel's axes and the lock. */
static void cross_at(const struct sw_view *v, unsigned int panel, unsigned int lock,
		     unsigned int *at)
{
	for (unsigned int i = v->d->nr_axes; i-- > 0;) {
		at[i] = 0;
		if ((int)i == v->lock)
			at[i] = lock;
		else if (sw_is_panel_axis(v, i)) {
			at[i] = panel % v->d->axis[i].nr;
			panel /= v->d->axis[i].nr;
		}
	}
}

static bool cross_possible(const struct sw_view *v, const char *metric)
{
	int64_t value;

	if (v->x < 0 || v->design < 0 || v->nr_x < 2 ||
	    (v->seed >= 0 && v->d->axis[v->seed].nr > CROSSOVER_MAX_SEEDS))
		return false;
	for (size_t i = 0; i < v->d->nr; i++)
		if (row_get(&v->d->cell[i].row, metric, &value))
			return true;
	return false;
}

static void cross_free(struct sw_cross *s)
{
	if (!s)
		return;
	crossover_fini(&s->c);
	free(s->at);
	free(s);
}

/* NULL where there is nothing to compare, or x is no number. */
static struct sw_cross *cross_find(const struct sw_view *v, const char *metric, unsigned int panel,
				   unsigned int lock, unsigned int b)
{
	struct sw_cross *s = cross_possible(v, metric) ? calloc(1, sizeof(*s)) : NULL;
	struct crossover_question q = { .metric = metric, .doc = v->d };
	struct axis design = { .name = (char *)"design", .nr = 2 };
	struct crossover_options o = {
		.nr_seeds = v->seed >= 0 ? v->d->axis[v->seed].nr : 1,
		.measure = crossover_by_doc,
		.priv = &q,
	};
	struct err err;

	if (!s)
		return NULL;
	s->values[0] = v->d->axis[v->design].value[0];
	s->values[1] = v->d->axis[v->design].value[b];
	design.value = s->values;
	q.x = &s->x;
	q.design = &design;
	q.seed = v->seed >= 0 ? &v->d->axis[v->seed] : NULL;
	cross_at(v, panel, lock, q.at);
	s->at = calloc(v->nr_x, sizeof(*s->at));
	if (!s->at || crossover_x_values(&s->x, &v->d->axis[v->x], &err))
		goto none;
	memcpy(s->at, v->at, v->nr_x * sizeof(*s->at));
	qsort(s->at, v->nr_x, sizeof(*s->at), cmp_double);
	o.scan = s->x.scan;
	o.nr_scan = s->x.nr_scan;
	if (crossover_find(&o, &s->c, &err))
		goto none;
	return s;
none:
	cross_free(s);
	return NULL;
}

static double cross_place(const struct sw_cross *s, uint64_t x)
{
	for (unsigned int i = 0; i < s->x.nr_scan; i++)
		if (s->x.scan[i] == x)
			return s->at[i];
	return NAN;
}

/* ---- marks ------------------------------------------------------------------------ */

/* Draw @s, but for bands that are there: two locks often change at the same place. */
static unsigned int cross_mark(struct rfig *f, const struct sw_cross *s, double *drawn,
			       unsigned int nr, unsigned int room)
{
	for (unsigned int i = 0; i < s->c.nr_changes; i++) {
		double from = cross_place(s, s->c.change[i].from);
		double to = cross_place(s, s->c.change[i].to);
		bool old = !isfinite(from) || !isfinite(to) || nr == room;

		for (unsigned int k = 0; k < nr; k++)
			old |= drawn[2 * k] == from && drawn[2 * k + 1] == to;
		if (old)
			continue;
		drawn[2 * nr] = from;
		drawn[2 * nr + 1] = to;
		nr++;
		fprintf(f->gp,
			"set object %u rect from first %.9g, graph 0 to first %.9g, graph 1 "
			"fc rgb '#e3e7eb' fs solid 1 noborder behind\n",
			800 + nr, from, to);
	}
	return nr;
}

bool sw_cross_marks(struct rfig *f, const struct sw_view *v, const struct sw_metric *m,
		    unsigned int panel)
{
	unsigned int locks = v->lock >= 0 ? v->d->axis[v->lock].nr : 1, nr = 0;
	double drawn[2 * 32];

	if (m->get != sw_figure || v->design < 0)
		return false;
	for (unsigned int lock = 0; lock < locks; lock++) {
		for (unsigned int b = 1; b < v->d->axis[v->design].nr; b++) {
			struct sw_cross *s = cross_find(v, m->name, panel, lock, b);

			if (s)
				nr = cross_mark(f, s, drawn, nr, 32);
			cross_free(s);
		}
	}
	return nr > 0;
}

/* ---- words ------------------------------------------------------------------------- */

static const char *cross_text(const struct sw_view *v, const struct sw_cross *s, uint64_t x,
			      char *buf, size_t size)
{
	double at = cross_place(s, x);

	snprintf(buf, size, "%s", x == CROSSOVER_BEYOND ? "beyond" : "before");
	for (unsigned int i = 0; isfinite(at) && i < v->nr_x; i++)
		if (v->at[i] == at)
			snprintf(buf, size, "%.60s", sw_x_value(v, i));
	return buf;
}

static void cross_change(struct report *r, const struct sw_view *v, const struct sw_cross *s,
			 const struct crossover_change *c)
{
	char from[64], to[64], at[64], low[64], high[64];

	h_printf(r->html, "%s from <b>%s</b>, not yet at %s",
		 c->sign == CROSSOVER_LESS ? "less" : "more",
		 cross_text(v, s, c->to, to, sizeof(to)),
		 cross_text(v, s, c->from, from, sizeof(from)));
	if (s->c.nr_seeds > 1)
		h_printf(r->html, " (by seed: %s [%s, %s])",
			 cross_text(v, s, c->at, at, sizeof(at)),
			 cross_text(v, s, c->low, low, sizeof(low)),
			 cross_text(v, s, c->high, high, sizeof(high)));
}

unsigned int sw_cross_words(const struct sw_view *v, const char *metric, unsigned int panel,
			    unsigned int lock, unsigned int b)
{
	struct sw_cross *s = cross_find(v, metric, panel, lock, b);
	struct report *r = v->r;
	unsigned int permille;

	if (!s) {
		fputs("–", r->html);
		return 0;
	}
	for (unsigned int i = 0; i < s->c.nr_changes; i++) {
		fputs(i ? "; " : "", r->html);
		cross_change(r, v, s, &s->c.change[i]);
	}
	if (!s->c.nr_changes && s->c.sign)
		h_printf(r->html, "never: %s throughout%s",
			 s->c.sign == CROSSOVER_LESS ? "less" : "more",
			 s->c.nr_noise ? ", where it is not noise" : "");
	else if (!s->c.nr_changes)
		fputs("never: the difference is within the noise", r->html);
	permille = s->c.nr_seeds > 1 ? s->c.confidence_permille : 0;
	cross_free(s);
	return permille;
}
