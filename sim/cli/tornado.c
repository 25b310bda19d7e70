// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tornado chart, drawn as the report's figures are: a script, a data file and
 * gnuplot in a directory of their own, of which the picture is copied out.
 */
#include "tornado.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "report-int.h"
#include "units.h"

#define MAX_BARS 16
#define ROW	 24
#define CAPTION	 20

bool tornado_is_figure(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".svg") || !strcmp(dot, ".png"));
}

const char *tornado_factor(char *buf, size_t len, uint64_t ps, uint64_t base_ps)
{
	uint64_t hundredths = base_ps ? (ps * 200 + base_ps) / (2 * base_ps) : 0;

	if (hundredths >= 100 || !ps)
		snprintf(buf, len, "×%" PRIu64 ".%02" PRIu64, hundredths / 100, hundredths % 100);
	else
		snprintf(buf, len, "×1/%.2f", (double)base_ps / (double)ps);
	return buf;
}

struct chart {
	const struct tornado *t;
	bool png;
	unsigned int nr;
};

static double percent(const struct sensitivity_point *p)
{
	return p->ps[0] ? (double)sensitivity_diff(p) * 100 / (double)p->ps[0] : 0;
}

static void extent(const struct chart *c, double *lo, double *hi)
{
	*lo = 0;
	*hi = 0;
	for (unsigned int i = 0; i <= c->nr; i++) {
		const struct sensitivity_key *k = &c->t->s->key[i];
		double v[2] = { percent(&c->t->s->base), 0 };

		if (i < c->nr) {
			v[0] = percent(&k->half);
			v[1] = percent(&k->twice);
		}
		for (unsigned int n = 0; n < 2; n++) {
			*lo = v[n] < *lo ? v[n] : *lo;
			*hi = v[n] > *hi ? v[n] : *hi;
		}
	}
	/* Room at both ends; something to see where nothing moves. */
	*lo -= (*hi - *lo) * 0.04 + 0.01;
	*hi += (*hi - *lo) * 0.04 + 0.01;
}

/* "flips at ×1/2.30, ×4.10", or "" where the verdict stands. */
static void flips(const struct chart *c, const struct sensitivity_key *k, char *buf, size_t len)
{
	uint64_t base = c->t->o->replay.host->c[k->key].time.ps;
	char a[32] = "", b[32] = "";

	if (k->flip_ps[FLIP_DOWN])
		tornado_factor(a, sizeof(a), k->flip_ps[FLIP_DOWN], base);
	if (k->flip_ps[FLIP_UP])
		tornado_factor(b, sizeof(b), k->flip_ps[FLIP_UP], base);
	snprintf(buf, len, *a || *b ? "flips at %s%s%s" : "%s%s%s", a, *a && *b ? ", " : "", b);
}

static void bars(struct rfig *f, const struct chart *c)
{
	FILE *d = fig_data(f, 1);
	char text[96];

	if (!d)
		return;
	fputs("# y half twice, per cent\n", d);
	for (unsigned int i = 0; i < c->nr; i++) {
		const struct sensitivity_key *k = &c->t->s->key[i];

		fprintf(d, "%u %.6f %.6f\n", c->nr - i, percent(&k->half), percent(&k->twice));
		flips(c, k, text, sizeof(text));
		fprintf(f->gp, "set label ");
		gp_str(f->gp, text);
		fprintf(f->gp, " at graph 1.015, first %u left font ',10' tc rgb '#1b1f24' front\n",
			c->nr - i);
	}
	/* A line outside the plot: gnuplot takes an empty file for an error. */
	fputs("-9 0 0\n", d);
	fig_data_close(f, d);
}

static void names(struct rfig *f, const struct chart *c, double lo)
{
	const struct host *host = c->t->o->replay.host;
	char name[MAX_BARS][64], value[32];
	const char *list[MAX_BARS];

	for (unsigned int i = 0; i < c->nr; i++) {
		enum host_key key = c->t->s->key[i].key;

		out_time(value, sizeof(value), (int64_t)host->c[key].time.ps);
		snprintf(name[i], sizeof(name[i]), "%s, %s%s", host_keys[key].key, value,
			 host->c[key].tag == COST_ASSUMED ? " (assumed)" : "");
		list[i] = name[i];
		fig_group_label(f, lo, c->nr - i, name[i]);
	}
	fig_group_margin(f, list, c->nr);
}

static void draw(struct rfig *f, void *arg)
{
	static const struct rlegend legend[] = {
		{ .text = "at half its value", .rgb = "#0072B2" },
		{ .text = "at twice its value", .rgb = "#D55E00", .pattern = 4 },
	};
	const struct chart *c = arg;
	const struct tornado *t = c->t;
	char text[600];
	double lo, hi;

	/* The header that r_figure() wrote is for SVG, where a point is a pixel. */
	if (c->png)
		fprintf(f->gp,
			"set terminal pngcairo size %u,%u font 'DejaVu Sans,12' fontscale .75 "
			"noenhanced "
			"background '#ffffff'\nset output 'chart.png'\n",
			R_WIDTH, f->height);
	extent(c, &lo, &hi);
	fig_legend(f, legend, 2);
	bars(f, c);
	names(f, c, lo);
	fprintf(f->gp, "data = 'chart-1.dat'\nbase = %.6f\n", percent(&t->s->base));
	fprintf(f->gp, "set xrange [%.6f:%.6f]\nset yrange [0.4:%u.6]\n", lo, hi, c->nr);
	snprintf(text, sizeof(text), "%s: %s less %s, in %% of the latter", t->o->metric,
		 t->o->design[1]->name, t->o->design[0]->name);
	fputs("set xlabel ", f->gp);
	gp_str(f->gp, text);
	fputs("\n", f->gp);
	snprintf(text, sizeof(text), "%s on %s, %s locks", t->trace, t->o->replay.host->name,
		 lock_algo_names[t->o->replay.lock]);
	fputs("set label ", f->gp);
	gp_str(f->gp, text);
	fprintf(f->gp, " at screen .021, screen %.4f left font ',11' tc rgb '#5f6770' front\n",
		1 - (double)(16 + CAPTION) / f->height);
	f->body_top -= (double)CAPTION / f->height;
}

static int copy_out(const struct report *r, const char *name, const char *path, struct err *err)
{
	struct out_file *out;
	char from[600], buf[8192];
	size_t n;
	FILE *f;

	snprintf(from, sizeof(from), "%s/%s", r->work_dir, name);
	f = fopen(from, "r");
	if (!f)
		return err_set(err, ERR_OUTPUT, "%s: %s", from, strerror(errno));
	out = out_open(path, err);
	while (out && (n = fread(buf, 1, sizeof(buf), f)))
		fwrite(buf, 1, n, out_stream(out));
	fclose(f);
	return out ? out_commit(out, err) : (int)err->code;
}

/* Only the costs that move the difference are drawn, the widest of them. */
static unsigned int nr_bars(const struct sensitivity *s)
{
	unsigned int nr = 0;

	while (nr < s->nr_keys && nr < MAX_BARS &&
	       sensitivity_diff(&s->key[nr].half) != sensitivity_diff(&s->key[nr].twice))
		nr++;
	return nr;
}

int tornado_draw(const struct tornado *t, const char *path, struct err *err)
{
	static const struct report_options options = { .plots = true };
	struct report r = { .opt = &options, .err = err };
	struct chart c = { .t = t, .nr = nr_bars(t->s) };
	size_t len = strlen(path), bytes;
	char *page = NULL;

	c.png = len > 4 && !strcmp(path + len - 4, ".png");
	r.ret = rfig_start(&r);
	if (!r.ret && !r.figures)
		r.ret = err_set(err, ERR_OUTPUT, "%s: no chart: %s", path, r.no_figures);
	r.html = r.ret ? NULL : open_memstream(&page, &bytes);
	if (!r.ret && !r.html)
		r.ret = err_set(err, ERR_NOMEM, "out of memory");
	if (!r.ret)
		r_figure(&r, "chart", 100 + CAPTION + ROW * (c.nr ? c.nr : 1), "tornado", draw, &c,
			 "", "");
	if (!r.ret)
		r.ret = copy_out(&r, c.png ? "chart.png" : "chart.svg", path, err);
	if (r.html)
		fclose(r.html);
	if (c.png && *r.work_dir) {
		char made[600];

		snprintf(made, sizeof(made), "%s/chart.png", r.work_dir);
		unlink(made);
	}
	rfig_end(&r);
	free(page);
	return r.ret;
}
