// SPDX-License-Identifier: GPL-2.0-or-later
/* Points of x as values of an axis, and values at them by runs or from a document. */
#include "crossover-source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "units.h"

/* ---- x ------------------------------------------------------------------- */

static int cmp_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A cost's time is told in ps, so that there is something between 1 and 2 ns. */
static bool parse_x(const char *axis, const char *value, uint64_t *v, const char **unit)
{
	struct vtime t;

	if (strncmp(axis, "set.", 4) || !units_parse_time(value, &t))
		return axis_number(value, v, unit) && strlen(*unit) < 8;
	*v = t.ps;
	*unit = "ps";
	return true;
}

int crossover_x_values(struct crossover_x *x, const struct axis *a, struct err *err)
{
	const char *unit;

	x->axis = a->name;
	x->nr_scan = 0;
	if (a->nr > CROSSOVER_MAX_POINTS)
		return err_set(err, ERR_USAGE, "%s: want at most %d points, have %u", a->name,
			       CROSSOVER_MAX_POINTS, a->nr);
	for (unsigned int i = 0; i < a->nr; i++) {
		if (!parse_x(a->name, a->value[i], &x->scan[x->nr_scan++], &unit))
			return err_set(err, ERR_USAGE, "%s: want numbers, have %s", a->name,
				       a->value[i]);
		if (i && strcmp(unit, x->unit))
			return err_set(err, ERR_USAGE, "%s: want one unit, have %s and %s", a->name,
				       a->value[0], a->value[i]);
		snprintf(x->unit, sizeof(x->unit), "%s", unit);
	}
	qsort(x->scan, x->nr_scan, sizeof(x->scan[0]), cmp_u64);
	for (unsigned int i = 1; i < x->nr_scan; i++)
		if (x->scan[i] == x->scan[i - 1])
			return err_set(err, ERR_USAGE, "%s: %" PRIu64 "%s is there twice", a->name,
				       x->scan[i], x->unit);
	return 0;
}

static int by_doubling(struct crossover_x *x, const char *axis, uint64_t from, uint64_t to,
		       struct err *err)
{
	x->axis = axis;
	x->nr_scan = from < to ? crossover_scan(from, to, x->scan, CROSSOVER_MAX_POINTS) : 0;
	return x->nr_scan ? 0
			  : err_set(err, ERR_USAGE,
				    "%s: want a range that goes up, have %" PRIu64 "..%" PRIu64,
				    axis, from, to);
}

/* Of a spec that is one cell after its first values are taken: its host. */
static int host_of(const struct sweep_spec *spec, struct host *host, struct err *err);

static int by_host(struct crossover_x *x, const char *axis, const struct sweep_spec *spec,
		   struct err *err)
{
	struct host *host = calloc(1, sizeof(*host));
	int ret = host ? host_of(spec, host, err) : err_set(err, ERR_NOMEM, "out of memory");

	if (!ret && !strcmp(axis, "vcpus")) {
		uint64_t cpus = host->c[HK_CPUS].count;

		ret = by_doubling(x, axis, 1, cpus < TRACE_MAX_VCPUS ? cpus : TRACE_MAX_VCPUS, err);
	} else if (!ret) {
		enum host_key k = 0;

		while (k < HK_NR && strcmp(host_keys[k].key, axis + 4))
			k++;
		if (k == HK_NR || host_keys[k].kind != HKK_TIME || host->c[k].time.ps < 16)
			ret = err_set(err, ERR_USAGE, "--x %s: want a range: %s=FROM..TO", axis,
				      axis);
		else
			ret = by_doubling(x, axis, host->c[k].time.ps / 16, host->c[k].time.ps * 16,
					  err);
		snprintf(x->unit, sizeof(x->unit), "ps");
	}
	free(host);
	return ret;
}

int crossover_x_range(struct crossover_x *x, const char *axis, const char *list,
		      const struct sweep_spec *spec, struct err *err)
{
	const char *dots = list ? strstr(list, "..") : NULL, *unit, *unit_to;
	struct axis a = { 0 };
	uint64_t from, to;
	char first[64];
	int ret;

	*x = (struct crossover_x){ .axis = axis };
	if (!list && (!strcmp(axis, "lrs") || !strcmp(axis, "clone")))
		return by_doubling(x, axis, 1, 16, err);
	if (!list && (!strcmp(axis, "vcpus") || !strncmp(axis, "set.", 4)))
		return by_host(x, axis, spec, err);
	if (!list)
		return err_set(err, ERR_USAGE, "--x %s: want a range: %s=FROM..TO", axis, axis);
	if (!dots || strpbrk(list, "*+,")) {
		a.name = (char *)axis;
		ret = axis_add_list(&a, list, err);
		if (!ret)
			ret = crossover_x_values(x, &a, err);
		a.name = NULL;
		axis_fini(&a);
		x->axis = axis;
		return ret;
	}
	snprintf(first, sizeof(first), "%.*s", (int)(dots - list), list);
	if (!parse_x(axis, first, &from, &unit) || !parse_x(axis, dots + 2, &to, &unit_to) ||
	    strcmp(unit, unit_to))
		return err_set(err, ERR_USAGE, "--x %s: want FROM..TO of one unit, have %s", axis,
			       list);
	snprintf(x->unit, sizeof(x->unit), "%s", unit_to);
	return by_doubling(x, axis, from, to, err);
}

const char *crossover_x_text(const struct crossover_x *x, uint64_t v, char *buf, size_t len)
{
	snprintf(buf, len, "%" PRIu64 "%s", v, x->unit);
	return buf;
}

/* ---- by runs ------------------------------------------------------------- */

/* A sweep of one cell: @at of all axes that @spec has, and those of @more by their value. */
struct fixed {
	const char *name, *value;
};

static int one_cell(const struct sweep_spec *spec, const unsigned int *at, const struct fixed *more,
		    unsigned int nr_more, const char *version, struct cell *cell, struct err *err)
{
	struct sweep_spec one;
	struct sweep s;
	int ret = 0;

	sweep_spec_init(&one);
	for (unsigned int i = 0; !ret && i < spec->nr_axes; i++)
		ret = sweep_spec_put(&one, spec->axis[i].name, spec->axis[i].value[at ? at[i] : 0],
				     err);
	for (unsigned int i = 0; !ret && i < nr_more; i++)
		ret = sweep_spec_put(&one, more[i].name, more[i].value, err);
	if (!ret)
		ret = sweep_plan(&s, &one, version, err);
	if (!ret) {
		ret = cell_copy(cell, &s.cell[0].cell, err);
		sweep_fini(&s);
	}
	sweep_spec_fini(&one);
	return ret;
}

static int host_of(const struct sweep_spec *spec, struct host *host, struct err *err)
{
	const struct fixed design = { "design", "kvm-legacy" };
	struct cell c;
	int ret = one_cell(spec, NULL, &design, 1, "", &c, err);

	if (ret)
		return ret;
	ret = cell_host(&c, host, err);
	cell_fini(&c);
	return ret;
}

struct batch {
	const struct crossover_question *q;
	struct crossover_pair *pair;
	struct cell *cell;
	size_t *of; /* which pair and design each cell is of: 2 * pair + design */
	size_t nr, nr_done;
	struct err broken; /* the model contradicted itself */
	bool is_broken;
};

static void lacks(struct crossover_pair *p, const char *design, const char *why)
{
	p->has = false;
	snprintf(p->why, sizeof(p->why), "%.40s: %.110s", design, why);
}

static int take(void *priv, size_t at, const struct row *row, struct err *err)
{
	struct batch *b = priv;
	const unsigned int design = b->of[at] & 1;
	struct crossover_pair *p = &b->pair[b->of[at] / 2];
	const char *name = b->q->design->value[design];
	int64_t value = 0;

	if (row->status == ERR_INVARIANT)
		return err_set(err, ERR_INVARIANT, "%s: %s", name, row->error);
	if (row->status)
		lacks(p, name, row->error);
	else if (!row_get(row, b->q->metric, &value))
		lacks(p, name, "the run has no such metric");
	*(design ? &p->b : &p->a) = value;
	b->nr_done++;
	if (b->q->progress)
		b->q->progress(b->q->priv, b->nr_done, b->nr);
	return 0;
}

static int make_cells(struct batch *b, size_t nr, struct err *err)
{
	const struct crossover_question *q = b->q;

	for (size_t i = 0; i < 2 * nr; i++) {
		struct crossover_pair *p = &b->pair[i / 2];
		char x[48];
		const struct fixed more[] = {
			{ q->x->axis, crossover_x_text(q->x, p->x, x, sizeof(x)) },
			{ "design", q->design->value[i & 1] },
			{ "seed", q->seed->value[p->seed] },
		};
		int ret = one_cell(q->spec, q->at, more, 3, q->version, &b->cell[b->nr], err);

		if (ret && ret != ERR_USAGE)
			return ret;
		if (ret)
			lacks(p, q->design->value[i & 1], err->msg);
		else
			b->of[b->nr++] = i;
	}
	return 0;
}

int crossover_by_runs(void *priv, struct crossover_pair *pair, size_t nr, struct err *err)
{
	const struct crossover_question *q = priv;
	struct batch b = { .q = q, .pair = pair };
	const struct pool_options o = {
		.jobs = q->jobs,
		.memory = q->memory,
		.row = take,
		.priv = &b,
		.cancel = q->cancel,
	};
	int ret = 0;

	b.cell = calloc(2 * nr, sizeof(*b.cell));
	b.of = calloc(2 * nr, sizeof(*b.of));
	if (!b.cell || !b.of)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; !ret && i < nr; i++)
		pair[i].has = true;
	if (!ret)
		ret = make_cells(&b, nr, err);
	if (!ret)
		ret = pool_run(b.cell, b.nr, &o, err);
	if (!ret && b.nr_done < b.nr)
		ret = err_set(err, ERR_OUTPUT, "stopped");
	for (size_t i = 0; i < b.nr; i++)
		cell_fini(&b.cell[i]);
	free(b.cell);
	free(b.of);
	return ret;
}

/* ---- from a document ----------------------------------------------------- */

static int index_of(const struct axis *a, const char *value)
{
	for (unsigned int i = 0; i < a->nr; i++)
		if (!strcmp(a->value[i], value))
			return (int)i;
	return -1;
}

static int index_of_x(const struct axis *a, uint64_t x)
{
	const char *unit;
	uint64_t v;

	for (unsigned int i = 0; i < a->nr; i++)
		if (parse_x(a->name, a->value[i], &v, &unit) && v == x)
			return (int)i;
	return -1;
}

static bool value_at(const struct crossover_question *q, const unsigned int *at, unsigned int d,
		     struct crossover_pair *p)
{
	const struct sweep_doc_cell *c = sweep_doc_at(q->doc, at);
	int64_t *to = d ? &p->b : &p->a;

	if (!c)
		lacks(p, q->design->value[d], "the document has no such run");
	else if (c->row.status)
		lacks(p, q->design->value[d], c->row.error);
	else if (!row_get(&c->row, q->metric, to))
		lacks(p, q->design->value[d], "the run has no such metric");
	else
		return true;
	return false;
}

int crossover_by_doc(void *priv, struct crossover_pair *pair, size_t nr, struct err *err)
{
	const struct crossover_question *q = priv;
	const int ix = sweep_doc_axis(q->doc, q->x->axis);
	const int id = sweep_doc_axis(q->doc, "design"), is = sweep_doc_axis(q->doc, "seed");
	unsigned int at[SWEEP_MAX_AXES];

	memcpy(at, q->at, sizeof(at));
	for (size_t i = 0; i < nr; i++) {
		int k = index_of_x(&q->doc->axis[ix], pair[i].x);

		pair[i].has = k >= 0;
		at[ix] = k < 0 ? 0 : (unsigned int)k;
		if (is >= 0)
			at[is] = pair[i].seed;
		for (unsigned int d = 0; pair[i].has && d < 2; d++) {
			at[id] = (unsigned int)index_of(&q->doc->axis[id], q->design->value[d]);
			pair[i].has = value_at(q, at, d, &pair[i]);
		}
	}
	return 0;
}
