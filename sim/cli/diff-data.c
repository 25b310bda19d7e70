// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison as markdown, for a merge request, and as JSON and CSV, for programs. */
#include "diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- markdown -------------------------------------------------------------------- */

/* Names of traces have any character; in a table a bar ends the cell. */
static void cell(FILE *f, const char *s)
{
	fputs(" ", f);
	for (; *s; s++) {
		if (strchr("|\\`*_<>[]", *s))
			fputc('\\', f);
		fputc(*s == '\n' ? ' ' : *s, f);
	}
	fputs(" |", f);
}

static int md_row(FILE *f, const struct diff *d, size_t pair)
{
	char *label = diff_label(d, pair);

	if (!label)
		return -1;
	cell(f, label);
	fputc('\n', f);
	free(label);
	return 0;
}

static int md_change(FILE *f, const struct diff *d, const struct diff_change *c)
{
	char name[160], buf[48];
	const char *unit = diff_unit(c->name, name, sizeof(name));

	fputc('|', f);
	cell(f, name);
	cell(f, c->class == DIFF_NEW ? "" : diff_value(buf, sizeof(buf), unit, c->base));
	cell(f, c->class == DIFF_GONE ? "" : diff_value(buf, sizeof(buf), unit, c->now));
	cell(f, c->class > DIFF_NEUTRAL ? "" : diff_percent(buf, sizeof(buf), c->ppm));
	return md_row(f, d, c->pair);
}

static int md_changes(FILE *f, const struct diff *d, bool all)
{
	static const char *const title[DIFF_SAME] = {
		"Regressions",
		"Improvements",
		"Within their limits",
		"Neither better nor worse",
		"Figures of the base alone",
		"Figures of the new alone",
	};
	size_t shown = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < d->nr_changes; i++) {
		const struct diff_change *c = &d->change[i];

		if (!i || c->class != d->change[i - 1].class) {
			shown = 0;
			fprintf(f,
				"\n### %s (%zu)\n\n| metric | base | new | change | row |\n"
				"|:--|--:|--:|--:|:--|\n",
				title[c->class], d->nr_class[c->class]);
		}
		if (all || shown++ < DIFF_SHOWN)
			ret = md_change(f, d, c);
		else if (shown == DIFF_SHOWN + 1)
			fprintf(f, "\n%zu more: `--all`\n", d->nr_class[c->class] - DIFF_SHOWN);
	}
	return ret;
}

static int md_time(FILE *f, const struct diff *d, const struct diff_time *t)
{
	const double of = t->median[0] > 0 ? t->median[0] / 100 : 1;
	char buf[96];

	fputc('|', f);
	cell(f, diff_clock_names[t->clock]);
	cell(f, diff_value(buf, sizeof(buf), "ns", (int64_t)t->median[0]));
	cell(f, diff_value(buf, sizeof(buf), "ns", (int64_t)t->median[1]));
	snprintf(buf, sizeof(buf), "%+.1f %%", t->shift.shift / of);
	cell(f, t->class == DIFF_SAME ? "~" : buf);
	snprintf(buf, sizeof(buf), "%+.1f .. %+.1f %%", t->shift.low / of, t->shift.high / of);
	cell(f, t->shift.has_interval ? buf : "none");
	snprintf(buf, sizeof(buf), "%.2g", t->shift.p);
	cell(f, buf);
	if (t->pair != SIZE_MAX)
		return md_row(f, d, t->pair);
	fputs(" all |\n", f);
	return 0;
}

static int md_alone(FILE *f, const struct diff *d)
{
	for (unsigned int k = 0; k < 2; k++) {
		if (d->nr_alone[k])
			fprintf(f, "\n### Rows of the %s alone\n\n", k ? "new" : "base");
		for (size_t i = 0; i < d->nr_alone[k]; i++) {
			char *label = diff_row_label(d->alone[k][i]);

			if (!label)
				return -1;
			fprintf(f, "* `%s`\n", label);
			free(label);
		}
	}
	return 0;
}

static int md_head(FILE *f, const struct diff *d)
{
	char *summary = diff_summary(d), *common = diff_common(d);
	json_t *cautions = diff_cautions(d), *v;
	int ret = summary && common ? 0 : -1;
	size_t i;

	if (!ret) {
		fprintf(f, "**%s**\n\n", summary);
		for (unsigned int k = 0; k < 2; k++) {
			fprintf(f, "* %s: `%s`, vgicsim %s", k ? "new" : "base", d->doc[k]->path,
				d->doc[k]->version);
			fprintf(f, d->doc[k]->command ? ", `%s`\n" : "%s\n",
				d->doc[k]->command ? d->doc[k]->command : "");
		}
		fprintf(f, "* %zu rows compared, %zu with the same history\n", d->nr_compared,
			d->nr_compared - d->nr_history_differs);
		if (*common)
			fprintf(f, "* all: %s\n", common);
		json_array_foreach(cautions, i, v) fprintf(f, "* **%s**\n", json_string_value(v));
	}
	json_decref(cautions);
	free(summary);
	free(common);
	return ret;
}

int diff_out_markdown(FILE *f, const struct diff *d, const struct diff_style *style,
		      struct err *err)
{
	int ret = md_head(f, d);

	ret = ret ? ret : md_changes(f, d, style->all);
	if (!ret && d->nr_times)
		fputs("\n### Time\n\n| clock | base | new | shift | 95 % interval | p | row |\n"
		      "|:--|--:|--:|--:|--:|--:|:--|\n",
		      f);
	for (size_t i = 0; !ret && i < d->nr_times; i++)
		ret = md_time(f, d, &d->time[i]);
	ret = ret ? ret : md_alone(f, d);
	return ret ? err_set(err, ERR_NOMEM, "out of memory") : 0;
}

/* ---- JSON ------------------------------------------------------------------------ */

static json_t *row_json(const struct diff_row *row)
{
	json_t *j = json_object();

	for (unsigned int k = 0; k < DIM_NR; k++)
		json_object_set_new(j, diff_dim_names[k], json_string(row->dim[k]));
	return j;
}

/* From 0 there is no ratio. */
static json_t *ppm_json(const struct diff_change *c)
{
	if (c->class >= DIFF_GONE || c->ppm == INT64_MAX || c->ppm == INT64_MIN)
		return json_null();
	return json_integer(c->ppm);
}

static json_t *change_json(const struct diff_change *c)
{
	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:I,s:I}", "row", (json_int_t)c->pair,
			 "metric", c->name, "group", c->metric.group, "class",
			 diff_class_names[c->class], "worse", diff_worse_names[c->metric.worse],
			 "base", c->class == DIFF_NEW ? json_null() : json_integer(c->base), "new",
			 c->class == DIFF_GONE ? json_null() : json_integer(c->now), "change_ppm",
			 ppm_json(c), "limit_ppm", (json_int_t)c->metric.limit.ppm,
			 "limit_absolute", (json_int_t)c->metric.limit.absolute);
}

static json_t *pair_json(const struct diff_pair *p)
{
	json_t *same = json_pack("{s:b,s:b,s:b}", "history", !p->history_differs, "host",
				 !p->host_differs, "trace", !p->trace_differs);

	return json_pack("{s:o,s:o,s:o}", "base", row_json(p->base), "new", row_json(p->now),
			 "same", same);
}

static json_t *time_json(const struct diff_time *t)
{
	const struct rank_shift *s = &t->shift;

	return json_pack("{s:o,s:s,s:s,s:[I,I],s:[f,f],s:f,s:o,s:f,s:f,s:b}", "row",
			 t->pair == SIZE_MAX ? json_null() : json_integer((json_int_t)t->pair),
			 "clock", diff_clock_names[t->clock], "class",
			 t->class == DIFF_SAME	    ? "not-told-apart"
			 : t->class == DIFF_NEUTRAL ? "not-judged"
						    : diff_class_names[t->class],
			 "repetitions", (json_int_t)t->reps[0], (json_int_t)t->reps[1], "median_ns",
			 t->median[0], t->median[1], "shift_ns", s->shift, "interval_ns",
			 s->has_interval ? json_pack("[f,f]", s->low, s->high) : json_null(),
			 "cliffs_delta", s->effect, "p", s->p, "p_exact", s->exact);
}

static json_t *doc_json(const struct diff_doc *doc)
{
	return json_pack("{s:s,s:s,s:s,s:s?}", "path", doc->path, "schema", doc->schema, "version",
			 doc->version, "command", doc->command);
}

static json_t *counts_json(const size_t *nr)
{
	json_t *j = json_object();

	for (unsigned int c = 0; c < DIFF_NR; c++)
		json_object_set_new(j, diff_class_names[c], json_integer((json_int_t)nr[c]));
	return j;
}

static json_t *diff_json(const struct diff *d)
{
	json_t *rows = json_array(), *changes = json_array(), *times = json_array();
	json_t *alone[2] = { json_array(), json_array() };

	for (size_t i = 0; i < d->nr_pairs; i++)
		json_array_append_new(rows, pair_json(&d->pair[i]));
	for (size_t i = 0; i < d->nr_changes; i++)
		json_array_append_new(changes, change_json(&d->change[i]));
	for (size_t i = 0; i < d->nr_times; i++)
		json_array_append_new(times, time_json(&d->time[i]));
	for (unsigned int k = 0; k < 2; k++)
		for (size_t i = 0; i < d->nr_alone[k]; i++)
			json_array_append_new(alone[k], row_json(d->alone[k][i]));
	return json_pack("{s:s,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "schema", DIFF_SCHEMA,
			 "base", doc_json(d->doc[0]), "new", doc_json(d->doc[1]), "regressed",
			 diff_is_no(d), "figures", counts_json(d->nr_class), "cautions",
			 diff_cautions(d), "rows", rows, "base_alone", alone[0], "new_alone",
			 alone[1], "changes", changes, "times", times);
}

int diff_out_json(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err)
{
	json_t *j = diff_json(d);
	int ret = j ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	if (!ret &&
	    (json_dumpf(j, f, JSON_PRESERVE_ORDER | JSON_INDENT(1)) || fputc('\n', f) == EOF))
		ret = err_set(err, ERR_OUTPUT, "could not be written: %s", strerror(errno));
	json_decref(j);
	return ret;
}

/* ---- CSV ------------------------------------------------------------------------- */

int diff_out_csv(FILE *f, const struct diff *d, const struct diff_style *style, struct err *err)
{
	fputs("class,metric,unit,base,new,change_ppm,limit_ppm,limit_absolute", f);
	for (unsigned int k = 0; k < DIM_NR; k++)
		fprintf(f, ",%s", diff_dim_names[k]);
	fputc('\n', f);
	for (size_t i = 0; i < d->nr_changes; i++) {
		const struct diff_change *c = &d->change[i];
		const struct diff_row *row = d->pair[c->pair].now;
		char name[160];
		const char *unit = diff_unit(c->name, name, sizeof(name));

		fprintf(f, "%s,%s,%s,", diff_class_names[c->class], name, unit);
		if (c->class != DIFF_NEW)
			fprintf(f, "%" PRId64, c->base);
		fputc(',', f);
		if (c->class != DIFF_GONE)
			fprintf(f, "%" PRId64, c->now);
		fputc(',', f);
		if (c->class < DIFF_GONE && c->ppm != INT64_MAX && c->ppm != INT64_MIN)
			fprintf(f, "%" PRId64, c->ppm);
		fprintf(f, ",%" PRIu64 ",%" PRIu64, c->metric.limit.ppm, c->metric.limit.absolute);
		for (unsigned int k = 0; k < DIM_NR; k++) {
			fputc(',', f);
			out_csv_field(f, row->dim[k]);
		}
		fputc('\n', f);
	}
	return 0;
}
