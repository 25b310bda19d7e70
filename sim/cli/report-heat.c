// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Squares whose darkness is a value: who waited for whom, and list registers
 * in use by vCPU. More actors than can be told apart at the size of a page are
 * joined to groups of neighbours, which the axis and the caption say.
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

#define HEAT_MAX    32 /* rows or columns of the matrix, of one kind */
#define HEAT_GROUPS (2 * HEAT_MAX)

/* ---- groups of actors -------------------------------------------------------- */

struct heat_group {
	unsigned int first, last;
};

struct heat_groups {
	struct heat_group g[HEAT_GROUPS];
	unsigned int nr, size; /* size: actors in a group, but for the last one */
};

static int cmp_actor(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Groups for @nr sorted @actors, none of them without an actor. */
static void groups_make(struct heat_groups *h, const unsigned int *actor, size_t nr,
			unsigned int size)
{
	for (size_t i = 0; i < nr; i++) {
		unsigned int first = actor[0] + (actor[i] - actor[0]) / size * size;

		if (i && h->nr && h->g[h->nr - 1].first == first) {
			h->g[h->nr - 1].last = actor[i];
		} else if (h->nr < HEAT_GROUPS) {
			h->g[h->nr++] = (struct heat_group){ first, actor[i] };
		}
	}
}

/* The least power of two by which @nr sorted @actors make at most HEAT_MAX groups. */
static unsigned int groups_size(const unsigned int *actor, size_t nr)
{
	unsigned int size = 1;

	if (nr <= HEAT_MAX)
		return 1;
	while ((actor[nr - 1] - actor[0]) / size >= HEAT_MAX)
		size *= 2;
	return size;
}

/* vCPUs come first among the actors, other threads and contexts after them. */
static void groups_load(struct heat_groups *h, unsigned int *actor, size_t nr,
			unsigned int nr_vcpus)
{
	unsigned int threads;
	size_t unique = 0, vcpus = 0;

	*h = (struct heat_groups){ 0 };
	qsort(actor, nr, sizeof(*actor), cmp_actor);
	for (size_t i = 0; i < nr; i++)
		if (!unique || actor[unique - 1] != actor[i])
			actor[unique++] = actor[i];
	while (vcpus < unique && actor[vcpus] < nr_vcpus)
		vcpus++;
	h->size = groups_size(actor, vcpus);
	threads = groups_size(actor + vcpus, unique - vcpus);
	groups_make(h, actor, vcpus, h->size);
	groups_make(h, actor + vcpus, unique - vcpus, threads);
	h->size = threads > h->size ? threads : h->size;
}

static unsigned int groups_find(const struct heat_groups *h, unsigned int actor)
{
	unsigned int lo = 0, hi = h->nr;

	while (lo + 1 < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (h->g[mid].first <= actor)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* ---- who waited for whom ------------------------------------------------------- */

struct heat_pairs {
	struct heat_groups groups;
	unsigned int nr_vcpus;
	double wait[HEAT_GROUPS][HEAT_GROUPS], count[HEAT_GROUPS][HEAT_GROUPS];
	double most, left_out;
	double scale; /* the most of any series: one scale for all figures */
};

static size_t pairs_actors(const json_t *locks, unsigned int *actor)
{
	const json_t *l, *row;
	size_t i, k, nr = 0;

	json_array_foreach(locks, i, l)
	{
		json_array_foreach(rj_at(l, "waited_for"), k, row)
		{
			if (actor) {
				actor[nr] = rj_uint(json_array_get(row, 0));
				actor[nr + 1] = rj_uint(json_array_get(row, 1));
			}
			nr += 2;
		}
	}
	return nr;
}

static bool pairs_load(struct heat_pairs *p, const struct rseries *s)
{
	const json_t *locks = rj_at(s->run, "locks"), *l, *row;
	size_t nr = pairs_actors(locks, NULL), i, k;
	unsigned int *actor = calloc(nr + 1, sizeof(*actor));

	memset(p, 0, sizeof(*p));
	if (!actor)
		return false;
	p->nr_vcpus = rj_uint(rj_at(s->run, "vcpus"));
	pairs_actors(locks, actor);
	groups_load(&p->groups, actor, nr, p->nr_vcpus);
	free(actor);
	json_array_foreach(locks, i, l)
	{
		p->left_out += rj_num(l, "waited_for_left_out");
		json_array_foreach(rj_at(l, "waited_for"), k, row)
		{
			unsigned int w = groups_find(&p->groups, rj_uint(json_array_get(row, 0)));
			unsigned int h = groups_find(&p->groups, rj_uint(json_array_get(row, 1)));

			p->count[w][h] += json_number_value(json_array_get(row, 2));
			p->wait[w][h] += json_number_value(json_array_get(row, 3));
			p->most = fmax(p->most, p->wait[w][h]);
		}
	}
	return true;
}

/* "v3", "t0" of one; "v8–15" of a group. */
static const char *pairs_name(const struct heat_pairs *p, unsigned int i, char name[32])
{
	const struct heat_group *g = &p->groups.g[i];
	bool thread = g->first >= p->nr_vcpus;
	unsigned int base = thread ? p->nr_vcpus : 0;

	if (g->first == g->last)
		snprintf(name, 32, "%c%u", thread ? 't' : 'v', g->first - base);
	else
		snprintf(name, 32, "%c%u–%u", thread ? 't' : 'v', g->first - base, g->last - base);
	return name;
}

/* A square's side: of few large enough for a time in it, of many as small as can be. */
static unsigned int pairs_side(const struct heat_pairs *p)
{
	unsigned int nr = p->groups.nr;

	return nr <= 8 ? 58 : nr <= 16 ? 28 : nr <= 32 ? 17 : 10;
}

static void pairs_tics(struct rfig *f, const struct heat_pairs *p, const char *axis)
{
	unsigned int nr = p->groups.nr, every = 1, n = 0;
	double room = pairs_side(p);
	char name[32];

	/* Below the figure names lie side by side, at its left one above the other. */
	for (unsigned int i = 0; i < nr; i++) {
		double w = *axis == 'x' ? r_text_width(pairs_name(p, i, name), 12) + 10.0 : 15;

		while (w > room * every)
			every *= 2;
	}
	fprintf(f->gp, "set %stics (", axis);
	for (unsigned int i = 0; i < nr; i++) {
		/* Threads are named from the first one on, as the vCPUs are. */
		if (i && (p->groups.g[i].first < p->nr_vcpus) !=
				 (p->groups.g[i - 1].first < p->nr_vcpus))
			n = n % every ? every : n;
		if (n++ % every == 0)
			fprintf(f->gp, "%s'%s' %u", i ? ", " : "", pairs_name(p, i, name), i);
	}
	fputs(")\n", f->gp);
}

/* @left: pixels for names of rows; the squares take @width from there. */
static void heat_scale(struct rfig *f, double high, double left, double width, unsigned int height)
{
	fprintf(f->gp, "cb_high = %.9g\nbody_left = %.4f\nbody_right = %.4f\ncb_height = %.4f\n",
		high, left / R_WIDTH, (left + width) / R_WIDTH, fmin(height, 220) / f->height);
}

static void pairs_draw(struct rfig *f, void *arg)
{
	const struct heat_pairs *p = arg;
	unsigned int side = pairs_side(p), nr = p->groups.nr;
	FILE *d = fig_data(f, 1);
	double left = 50;
	char name[32];
	struct rbuf t;

	if (!d)
		return;
	fputs("# who_had_it who_waited wait_ps count\n", d);
	for (unsigned int y = 0; y < nr; y++) {
		left = fmax(left, r_text_width(pairs_name(p, y, name), 12) + 50.0);
		for (unsigned int x = 0; x < nr; x++) {
			if (!p->count[y][x])
				continue;
			fprintf(d, "%u %u %.0f %.0f\n", x, y, p->wait[y][x], p->count[y][x]);
			if (side > 50)
				fig_label(f, x, y, "center", 10,
					  p->wait[y][x] > 0.45 * p->scale ? "#ffffff" : "#000000",
					  r_time(&t, p->wait[y][x]));
		}
	}
	fig_data_close(f, d);
	pairs_tics(f, p, "x");
	pairs_tics(f, p, "y");
	fprintf(f->gp, "set xrange [-.5:%u-.5]\nset yrange [%u-.5:-.5]\n", nr, nr);
	fprintf(f->gp, "data = '%s-1.dat'\nedge = %s\n", f->name, side > 20 ? "1.5" : ".5");
	fputs("set xlabel 'the one who had it before'\nset ylabel 'who waited'\n", f->gp);
	fig_tics_linear(f, "cb", p->scale, 5, R_TIME);
	heat_scale(f, fmax(p->scale, 1), left, (double)side * nr, side * nr);
}

static void pairs_table(struct report *r, const struct heat_pairs *p)
{
	char a[32], b[32];

	h_details(r, "Data of this figure");
	fputs("<div class=\"scroll\"><table><thead><tr><th>who waited</th><th>for</th>"
	      "<th class=\"n\">times</th><th class=\"n\">waited</th></tr></thead><tbody>\n",
	      r->html);
	for (unsigned int y = 0; y < p->groups.nr; y++) {
		for (unsigned int x = 0; x < p->groups.nr; x++) {
			if (!p->count[y][x])
				continue;
			h_printf(r->html, "<tr><th>%s</th><th>%s</th>", pairs_name(p, y, a),
				 pairs_name(p, x, b));
			h_td_count(r, p->count[y][x]);
			h_td_time(r, p->wait[y][x]);
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

static void pairs_series(struct report *r, unsigned int i, struct heat_pairs *p)
{
	char name[64], alt[400], caption[500], group[96] = "";
	struct rbuf t;

	fputs("<h3>", r->html);
	h_series(r, &r->series[i]);
	fputs("</h3>\n", r->html);
	if (!p->groups.nr || p->most <= 0) {
		r_nodata(r, "nobody waited for a lock");
		return;
	}
	if (p->groups.size > 1)
		snprintf(group, sizeof(group), " Each square joins up to %u by %u of them.",
			 p->groups.size, p->groups.size);
	snprintf(name, sizeof(name), "waits-%u", i + 1);
	snprintf(alt, sizeof(alt), "Who waited for whose lock under %s", r->series[i].label);
	snprintf(caption, sizeof(caption),
		 "Time waited for a lock that the other had last, all "
		 "classes together, one colour scale for all designs. v: vCPU; t: another thread "
		 "or interrupt context.%s",
		 group);
	r_figure(r, name, 80 + pairs_side(p) * p->groups.nr, "heat", pairs_draw, p, alt, caption);
	if (p->left_out)
		h_printf(r->html,
			 "<p class=\"dim\">%s pairs more, which waited shorter for each other, are "
			 "not in the result and not here.</p>\n",
			 r_count(&t, p->left_out));
	pairs_table(r, p);
}

void rsec_waits_for(struct report *r)
{
	struct heat_pairs *p = malloc(sizeof(*p));
	double most = 0;

	for (unsigned int i = 0; p && i < r->nr_series; i++) {
		pairs_load(p, &r->series[i]);
		most = fmax(most, p->most);
	}
	if (most > 0) {
		fputs("<section id=\"waits\"><h2>Who waited for whom</h2>\n", r->html);
		for (unsigned int i = 0; i < r->nr_series; i++) {
			pairs_load(p, &r->series[i]);
			p->scale = most;
			pairs_series(r, i, p);
		}
		fputs("</section>\n", r->html);
	}
	free(p);
}

/* ---- list registers in use, by vCPU ---------------------------------------------- */

#define OCC_COLUMNS 64
#define OCC_ROWS    17 /* 0 … 16 list registers; more are in the last row */
#define OCC_SIDE    16 /* a row's height */

struct heat_occ {
	unsigned int columns, size; /* vCPUs in a column */
	unsigned int vcpus, rows;
	double (*n)[OCC_COLUMNS][OCC_ROWS]; /* entries, by series */
	unsigned int drawn;		    /* series */
};

static const json_t *occ_of(const struct rseries *s)
{
	return rj_at(s->run, "occupancy_by_vcpu");
}

static bool occ_load(const struct report *r, struct heat_occ *o)
{
	size_t v, u, most = 0;
	const json_t *row, *n;

	*o = (struct heat_occ){ .size = 1 };
	o->drawn = r->nr_series < R_MAX_DRAWN ? r->nr_series : R_MAX_DRAWN;
	for (unsigned int s = 0; s < o->drawn; s++)
		most = json_array_size(occ_of(&r->series[s])) > most
			       ? json_array_size(occ_of(&r->series[s]))
			       : most;
	o->n = calloc(o->drawn + 1, sizeof(*o->n));
	if (!o->n || !most)
		return false;
	while ((most - 1) / o->size >= OCC_COLUMNS)
		o->size *= 2;
	o->vcpus = (unsigned int)most;
	o->columns = (unsigned int)((most - 1) / o->size + 1);
	for (unsigned int s = 0; s < o->drawn; s++) {
		json_array_foreach(occ_of(&r->series[s]), v, row)
		{
			json_array_foreach(row, u, n)
			{
				unsigned int k = u < OCC_ROWS ? (unsigned int)u : OCC_ROWS - 1;
				double entries = json_number_value(n);

				if (entries <= 0)
					continue;
				o->n[s][v / o->size][k] += entries;
				o->rows = k + 1 > o->rows ? k + 1 : o->rows;
			}
		}
	}
	return o->rows > 0;
}

static double occ_total(const struct heat_occ *o, unsigned int s, unsigned int column)
{
	double sum = 0;

	for (unsigned int k = 0; k < o->rows; k++)
		sum += o->n[s][column][k];
	return sum;
}

static const char *occ_column(const struct heat_occ *o, unsigned int i, char name[32])
{
	unsigned int first = i * o->size, last = first + o->size - 1;

	last = last < o->vcpus ? last : o->vcpus - 1;
	if (first == last)
		snprintf(name, 32, "%u", first);
	else
		snprintf(name, 32, "%u–%u", first, last);
	return name;
}

/* The rows of a series, from zero list registers at the bottom, and one for its name. */
static double occ_row(const struct heat_occ *o, unsigned int s, unsigned int used)
{
	return (double)(o->drawn - 1 - s) * (o->rows + 1.7) + used;
}

static void occ_data(struct rfig *f, const struct heat_occ *o)
{
	FILE *d = fig_data(f, 1);

	if (!d)
		return;
	fputs("# column row share_of_entries entries list_registers series\n", d);
	for (unsigned int s = 0; s < o->drawn; s++)
		for (unsigned int c = 0; c < o->columns; c++)
			for (unsigned int k = 0; k < o->rows; k++)
				if (o->n[s][c][k] > 0)
					fprintf(d, "%u %.2f %.9f %.0f %u %u\n", c, occ_row(o, s, k),
						o->n[s][c][k] / occ_total(o, s, c), o->n[s][c][k],
						k, s + 1);
	fig_data_close(f, d);
}

static void occ_tics(struct rfig *f, const struct heat_occ *o, double column)
{
	unsigned int every = 1, widest = 0, step = o->rows > 6 ? 4 : 1;
	const char *comma = "";
	char name[32];

	for (unsigned int c = 0; c < o->columns; c++) {
		unsigned int w = r_text_width(occ_column(o, c, name), 12) + 12;

		widest = w > widest ? w : widest;
	}
	while (widest > column * every)
		every *= 2;
	fputs("set xtics (", f->gp);
	for (unsigned int c = 0; c < o->columns; c += every)
		fprintf(f->gp, "%s'%s' %u", c ? ", " : "", occ_column(o, c, name), c);
	fputs(")\nset ytics (", f->gp);
	for (unsigned int s = 0; s < o->drawn; s++) {
		for (unsigned int k = 0; k < o->rows; k += step, comma = ", ")
			fprintf(f->gp, "%s'%u%s' %.2f", comma, k, k == OCC_ROWS - 1 ? "+" : "",
				occ_row(o, s, k));
	}
	fputs(")\n", f->gp);
}

static void occ_draw(struct rfig *f, void *arg)
{
	const struct heat_occ *o = arg;
	double column = fmin(560.0 / o->columns, 60), top = occ_row(o, 0, o->rows - 1);

	occ_data(f, o);
	occ_tics(f, o, column);
	for (unsigned int s = 0; s < o->drawn; s++)
		fig_label(f, -.5, occ_row(o, s, o->rows - 1) + 1, "left", 11, "#1b1f24",
			  f->r->series[s].label);
	fprintf(f->gp, "data = '%s-1.dat'\nedge = %s\n", f->name, column > 16 ? "1" : ".5");
	fprintf(f->gp, "set xrange [-.5:%u-.5]\nset yrange [-.5:%.2f]\n", o->columns, top + 1.7);
	fprintf(f->gp, "set xlabel '%s'\nset ylabel 'list registers in use'\n",
		o->size > 1 ? "vCPUs" : "vCPU");
	fputs("set cbtics ('0 %%' 0, '25 %%' .25, '50 %%' .5, '75 %%' .75, '100 %%' 1)\n", f->gp);
	heat_scale(f, 1, 70, column * o->columns, (unsigned int)(OCC_SIDE * (top + 1)));
}

static void occ_table(struct report *r, const struct heat_occ *o)
{
	char name[32];

	h_details(r, "Data of this figure");
	fputs("<div class=\"scroll\"><table><thead><tr><th>series</th><th class=\"n\">vCPU</th>",
	      r->html);
	for (unsigned int k = 0; k < o->rows; k++)
		h_printf(r->html, "<th class=\"n\">%u%s</th>", k, k == OCC_ROWS - 1 ? "+" : "");
	fputs("</tr></thead><tbody>\n", r->html);
	for (unsigned int s = 0; s < o->drawn; s++) {
		for (unsigned int c = 0; c < o->columns; c++) {
			if (!occ_total(o, s, c))
				continue;
			fputs("<tr>", r->html);
			h_td_series(r, &r->series[s]);
			h_printf(r->html, "<td class=\"n\">%s</td>", occ_column(o, c, name));
			for (unsigned int k = 0; k < o->rows; k++)
				h_td_count(r, o->n[s][c][k]);
			fputs("</tr>\n", r->html);
		}
	}
	fputs("</tbody></table></div>\n", r->html);
	h_details_end(r);
}

void r_occupancy_by_vcpu(struct report *r)
{
	struct heat_occ o;
	char caption[300];

	if (occ_load(r, &o)) {
		snprintf(caption, sizeof(caption),
			 "The same by vCPU%s: how dark, the share of a column's entries with "
			 "that many list registers loaded; blank, none.",
			 o.size > 1 ? ", neighbours joined" : "");
		r_figure(r, "occupancy-vcpu",
			 80 + (unsigned int)(OCC_SIDE * (o.drawn * (o.rows + 1.7))), "heat",
			 occ_draw, &o,
			 "Share of entries by list registers in use and vCPU, by design", caption);
		occ_table(r, &o);
	}
	free(o.n);
}
