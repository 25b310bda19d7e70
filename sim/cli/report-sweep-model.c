// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sweep as its report sees it: one axis along x, a line for each design and lock, the
 * seeds as a band, a panel for each combination of what is left.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-sweep-int.h"

/* ---- axes ---------------------------------------------------------------------- */

static int sw_axis(const struct sweep_doc *d, const char *name)
{
	for (unsigned int i = 0; i < d->nr_axes; i++)
		if (!strcmp(d->axis[i].name, name))
			return (int)i;
	return -1;
}

/* "100ns" and "2us" by what they are, "x1/2" and names by their place: false. */
static bool sw_number(const char *s, double *v)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {
		{ "", 1 },	{ "ps", 1e-12 }, { "ns", 1e-9 },
		{ "us", 1e-6 }, { "ms", 1e-3 },	 { "s", 1 },
	};
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	*v = strtod(s, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(end, units[i].unit)) {
			*v *= units[i].factor;
			return isfinite(*v);
		}
	}
	return false;
}

static bool sw_is_numeric(const struct axis *a)
{
	double v;

	for (unsigned int i = 0; i < a->nr; i++)
		if (!sw_number(a->value[i], &v))
			return false;
	return true;
}

/* Numbers before names, then the most values, then the first. */
static int sw_choose_x(const struct sw_view *v)
{
	unsigned int most = 0;
	int best = -1;

	for (unsigned int i = 0; i < v->d->nr_axes; i++) {
		const struct axis *a = &v->d->axis[i];
		unsigned int weight = a->nr + (sw_is_numeric(a) ? SWEEP_MAX_CELLS : 0);

		if ((int)i != v->design && (int)i != v->lock && (int)i != v->seed && a->nr > 1 &&
		    weight > most) {
			most = weight;
			best = (int)i;
		}
	}
	return best;
}

static int sw_place_x(struct sw_view *v, struct err *err)
{
	const struct axis *a = v->x >= 0 ? &v->d->axis[v->x] : NULL;
	double least = INFINITY, most = 0;

	v->nr_x = a ? a->nr : 1;
	v->at = calloc(v->nr_x, sizeof(*v->at));
	if (!v->at)
		return err_set(err, ERR_NOMEM, "out of memory");
	v->numeric = a && sw_is_numeric(a);
	for (unsigned int i = 0; i < v->nr_x; i++) {
		if (!v->numeric || !sw_number(a->value[i], &v->at[i]))
			v->at[i] = i;
		least = fmin(least, v->at[i]);
		most = fmax(most, v->at[i]);
	}
	v->log_x = v->numeric && least > 0 && most >= 4 * least;
	return 0;
}

const char *sw_x_name(const struct sw_view *v)
{
	return v->x >= 0 ? v->d->axis[v->x].name : "";
}

const char *sw_x_title(const struct sw_view *v)
{
	static const struct {
		const char *name, *title;
	} table[] = {
		{ "vcpus", "vCPUs" },
		{ "lrs", "list registers" },
		{ "clone", "copies of the recorded guest" },
		{ "spis", "SPIs" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(sw_x_name(v), table[i].name))
			return table[i].title;
	return strncmp(sw_x_name(v), "set.", 4) ? sw_x_name(v) : sw_x_name(v) + 4;
}

const char *sw_x_value(const struct sw_view *v, unsigned int x)
{
	return v->x >= 0 ? v->d->axis[v->x].value[x] : "all";
}

/* ---- lines and panels ------------------------------------------------------------ */

static unsigned int sw_axis_nr(const struct sw_view *v, int axis)
{
	return axis >= 0 ? v->d->axis[axis].nr : 1;
}

/* Costs that are moved make a band, as seeds do, around what is with the first of them. */
static int sw_costs(const struct sw_view *v)
{
	int axis = sw_axis(v->d, "assumed");

	return axis == v->x ? -1 : axis;
}

bool sw_is_panel_axis(const struct sw_view *v, unsigned int i)
{
	return (int)i != sw_costs(v) && (int)i != v->x && (int)i != v->design &&
	       (int)i != v->lock && (int)i != v->seed;
}

static unsigned int sw_panel_of(const struct sw_view *v, const unsigned int *at)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < v->d->nr_axes; i++)
		if (sw_is_panel_axis(v, i))
			n = n * v->d->axis[i].nr + at[i];
	return n;
}

void sw_panel_label(const struct sw_view *v, unsigned int panel, char *s, size_t size)
{
	char item[200], before[600];

	*s = '\0';
	for (unsigned int i = v->d->nr_axes; i-- > 0;) {
		const struct axis *a = &v->d->axis[i];

		if (!sw_is_panel_axis(v, i))
			continue;
		if (a->nr > 1) {
			snprintf(before, sizeof(before), "%s", s);
			const char *value = a->value[panel % a->nr];
			bool trace = !strcmp(a->name, "trace");

			/* That a trace is one is plain from its name. */
			snprintf(item, sizeof(item), "%.60s%s%.120s", trace ? "" : a->name,
				 trace ? "" : " ",
				 trace && !strncmp(value, "gen:", 4) ? value + 4 : value);
			snprintf(s, size, "%s%s%s", item, *before ? ", " : "", before);
		}
		panel /= a->nr;
	}
}

unsigned int sw_panels_drawn(const struct sw_view *v)
{
	return v->nr_panels < SW_MAX_PANELS ? v->nr_panels : SW_MAX_PANELS;
}

/* A word of a cell's text, where it is no axis: "design=kvm-legacy". */
static void sw_word(const struct sweep_doc *d, const char *key, char *s, size_t size)
{
	const char *p = d->nr ? d->cell[0].text : "";
	size_t n = strlen(key);

	*s = '\0';
	for (; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (!strncmp(p, key, n) && p[n] == '=') {
			snprintf(s, size, "%.*s", (int)(strcspn(p, " ") - n - 1), p + n + 1);
			return;
		}
	}
}

static int sw_lines_load(struct sw_view *v, struct err *err)
{
	unsigned int designs = sw_axis_nr(v, v->design), locks = sw_axis_nr(v, v->lock);
	struct report *r = v->r;

	v->nr_lines = designs * locks;
	r->series = calloc(v->nr_lines, sizeof(*r->series));
	if (!r->series)
		return err_set(err, ERR_NOMEM, "out of memory");
	r->nr_series = v->nr_lines;
	r->nr_designs = designs;
	r->by_file = locks > 1;
	for (unsigned int i = 0; i < v->nr_lines; i++) {
		struct rseries *s = &r->series[i];
		char lock[60] = "";

		s->hue = i / locks;
		s->file = i % locks;
		if (v->design >= 0)
			snprintf(s->design, sizeof(s->design), "%s",
				 v->d->axis[v->design].value[s->hue]);
		else
			sw_word(v->d, "design", s->design, sizeof(s->design));
		if (v->lock >= 0 && locks > 1)
			snprintf(lock, sizeof(lock), " · %.50s",
				 v->d->axis[v->lock].value[s->file]);
		snprintf(s->label, sizeof(s->label), "%s%s", *s->design ? s->design : "?", lock);
	}
	return 0;
}

/* ---- places ---------------------------------------------------------------------- */

static size_t sw_place_nr(const struct sw_view *v, unsigned int panel, unsigned int line,
			  unsigned int x)
{
	return ((size_t)panel * v->nr_lines + line) * v->nr_x + x;
}

static size_t sw_place_of(const struct sw_view *v, const struct sweep_doc_cell *c)
{
	unsigned int design = v->design >= 0 ? c->at[v->design] : 0;
	unsigned int lock = v->lock >= 0 ? c->at[v->lock] : 0;

	return sw_place_nr(v, sw_panel_of(v, c->at), design * sw_axis_nr(v, v->lock) + lock,
			   v->x >= 0 ? c->at[v->x] : 0);
}

static int sw_sort(struct sw_view *v, struct err *err)
{
	size_t nr, sum = 0;

	v->nr_panels = 1;
	for (unsigned int i = 0; i < v->d->nr_axes; i++)
		if (sw_is_panel_axis(v, i) &&
		    __builtin_mul_overflow(v->nr_panels, v->d->axis[i].nr, &v->nr_panels))
			v->nr_panels = SWEEP_MAX_CELLS + 1;
	if (v->nr_panels > SWEEP_MAX_CELLS ||
	    __builtin_mul_overflow((size_t)v->nr_panels * v->nr_lines, v->nr_x, &nr) ||
	    nr > 16 * (size_t)SWEEP_MAX_CELLS)
		return err_set(err, ERR_INPUT, "%s: axes: want at most %u cells, have more",
			       v->d->path, SWEEP_MAX_CELLS);
	v->place = calloc(nr + 1, sizeof(*v->place));
	v->order = calloc(v->d->nr + 1, sizeof(*v->order));
	if (!v->place || !v->order)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < v->d->nr; i++)
		v->place[sw_place_of(v, &v->d->cell[i])].nr++;
	for (size_t i = 0; i < nr; i++) {
		v->place[i].first = sum;
		sum += v->place[i].nr;
		v->place[i].nr = 0;
	}
	for (size_t i = 0; i < v->d->nr; i++) {
		struct sw_place *p = &v->place[sw_place_of(v, &v->d->cell[i])];

		v->order[p->first + p->nr++] = i;
	}
	return 0;
}

int sw_load(struct sw_view *v, const char *x, struct err *err)
{
	int ret;

	v->design = sw_axis(v->d, "design");
	v->lock = sw_axis(v->d, "lock");
	v->seed = sw_axis(v->d, "seed");
	v->x = x ? sw_axis(v->d, x) : sw_choose_x(v);
	if (x && v->x < 0)
		return err_set(err, ERR_USAGE, "%s: --x: want an axis of it, have %.100s",
			       v->d->path, x);
	/* What lies along x is not a line, nor a band. */
	v->design = v->design == v->x ? -1 : v->design;
	v->lock = v->lock == v->x ? -1 : v->lock;
	v->seed = v->seed == v->x ? -1 : v->seed;
	ret = sw_place_x(v, err);
	if (!ret)
		ret = sw_lines_load(v, err);
	return ret ? ret : sw_sort(v, err);
}

void sw_fini(struct sw_view *v)
{
	free(v->at);
	free(v->order);
	free(v->place);
}

const struct sw_place *sw_place(const struct sw_view *v, unsigned int panel, unsigned int line,
				unsigned int x)
{
	return &v->place[sw_place_nr(v, panel, line, x)];
}

const struct sweep_doc_cell *sw_cell(const struct sw_view *v, const struct sw_place *p, size_t i)
{
	return &v->d->cell[v->order[p->first + i]];
}

/* ---- values ---------------------------------------------------------------------- */

double sw_figure(const struct row *row, const char *name)
{
	int64_t n;

	return row_get(row, name, &n) ? (double)n : NAN;
}

static int cmp_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct sw_stat sw_stat(const struct sw_view *v, const struct sw_metric *m, unsigned int panel,
		       unsigned int line, unsigned int x)
{
	const struct sw_place *p = sw_place(v, panel, line, x);
	double *n = calloc(p->nr + 1, sizeof(*n));
	const int costs = sw_costs(v);
	struct sw_stat s = { 0 };
	unsigned int nr = 0;

	for (size_t i = 0; n && i < p->nr; i++) {
		const struct sweep_doc_cell *c = sw_cell(v, p, i);
		double value = c->row.status ? NAN : m->get(&c->row, m->name);

		if (!isfinite(value))
			continue;
		s.low = s.nr ? fmin(s.low, value) : value;
		s.high = s.nr++ ? fmax(s.high, value) : value;
		if (costs < 0 || !c->at[costs])
			n[nr++] = value;
	}
	if (nr) {
		qsort(n, nr, sizeof(*n), cmp_double);
		s.median = (n[(nr - 1) / 2] + n[nr / 2]) / 2;
	} else {
		s = (struct sw_stat){ 0 };
	}
	free(n);
	return s;
}

bool sw_any(const struct sw_view *v, const struct sw_metric *m)
{
	for (size_t i = 0; i < v->d->nr; i++)
		if (!v->d->cell[i].row.status && isfinite(m->get(&v->d->cell[i].row, m->name)))
			return true;
	return false;
}

static bool sw_names_has(char **names, size_t nr, const char *s, size_t n)
{
	for (size_t i = 0; i < nr; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], s, n))
			return true;
	return false;
}

size_t sw_names(const struct sw_view *v, const char *prefix, const char *suffix, char ***names)
{
	size_t np = strlen(prefix), ns = strlen(suffix), nr = 0;
	char **more;

	*names = NULL;
	for (size_t i = 0; i < v->d->nr; i++) {
		const struct row *row = &v->d->cell[i].row;

		for (unsigned int k = 0; k < row->nr; k++) {
			const char *s = row->fig[k].name;
			size_t n = strlen(s);

			if (n <= np + ns || strncmp(s, prefix, np) || strcmp(s + n - ns, suffix) ||
			    sw_names_has(*names, nr, s + np, n - np - ns))
				continue;
			more = realloc(*names, (nr + 1) * sizeof(*more));
			if (!more)
				return nr;
			*names = more;
			more[nr] = strndup(s + np, n - np - ns);
			if (!more[nr])
				return nr;
			nr++;
		}
	}
	return nr;
}

void sw_names_free(char **names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(names[i]);
	free(names);
}

const char *sw_text(struct rbuf *b, double v, enum rnum u)
{
	if (!isfinite(v))
		return "–";
	if (u == R_TIME)
		return r_time(b, v);
	if (u == R_BYTES)
		return r_bytes(b, v);
	if (u == R_SHARE)
		return r_percent(b, v);
	return r_count(b, v);
}
