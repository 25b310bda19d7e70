// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sweep as CSV, one line a cell with all its figures, and as tables of one metric by
 * the axes, the seeds of which are summed up by median and range.
 */
#include "sweep-out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "out.h"
#include "pool.h"

#define MAX_SEEDS AXIS_MAX_VALUES

/* ---- options ------------------------------------------------------------- */

enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
static const char *const formats[] = { "table", "json", "csv", NULL };
enum { KEY_METRIC = 0x1100, KEY_COLUMNS, KEY_HELP_METRICS };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What comes out:", 8 },
	{ "format", 'f', "FORMAT", 0, "table, json or csv; default: by the name of -o, else table",
	  0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "metric", KEY_METRIC, "NAME", 0,
	  "of the table: entry_p99 (default) or another; may be repeated", 0 },
	{ "plot", OPT_PLOT, "WHERE", 0,
	  "term: a preview on standard output, of --metric against the longest axis", 0 },
	{ "columns", KEY_COLUMNS, "AXIS", 0, "of the table: what is across; default: designs", 0 },
	{ "list-metrics", KEY_HELP_METRICS, NULL, 0, "what there is to choose for --metric", 0 },
	{ 0 },
};

static void list_metric(void *priv, const char *name, const char *help)
{
	fprintf(priv, "%-36s %s\n", name, help);
}

static unsigned int format_of(const char *out)
{
	size_t n = out ? strlen(out) : 0;

	if (n > 5 && !strcmp(out + n - 5, ".json"))
		return FORMAT_JSON;
	return n > 4 && !strcmp(out + n - 4, ".csv") ? FORMAT_CSV : FORMAT_TABLE;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sweep_view *v = state->input;
	char name[ROW_MAX_NAME];

	switch (key) {
	case ARGP_KEY_INIT:
		v->format = UINT32_MAX;
		return 0;
	case 'f':
		v->format = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		v->out = arg;
		return 0;
	case KEY_METRIC:
		if (!row_metric(arg, name, sizeof(name)))
			argp_error(state, "--metric: no metric %s; see --list-metrics", arg);
		if (v->nr_metrics == sizeof(v->metric) / sizeof(v->metric[0]))
			argp_error(state, "--metric: want at most 8, have more");
		v->metric[v->nr_metrics++] = arg;
		return 0;
	case OPT_PLOT:
		choose(state, "--plot", plot_names, arg);
		v->plot = true;
		return 0;
	case KEY_COLUMNS:
		v->columns = arg;
		return 0;
	case KEY_HELP_METRICS:
		row_help(list_metric, state->out_stream);
		exit(fflush(state->out_stream) ? EXIT_OUTPUT : 0);
	case ARGP_KEY_END:
		if (v->format == UINT32_MAX)
			v->format = format_of(v->out);
		/* Standard output is either for people or for machines. */
		if (v->plot && v->format != FORMAT_TABLE && (!v->out || !strcmp(v->out, "-")))
			argp_error(state, "want -o FILE for -f %s beside --plot=term",
				   formats[v->format]);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp sweep_view_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

/* ---- CSV ----------------------------------------------------------------- */

/* Names of all figures, in the order in which they come up. */
struct columns {
	const char **name;
	unsigned int nr, room;
};

/* Figures of two cells mostly follow each other alike: @hint is where to look first. */
static unsigned int column_of(struct columns *c, const char *name, unsigned int hint)
{
	if (hint < c->nr && !strcmp(c->name[hint], name))
		return hint;
	for (unsigned int i = 0; i < c->nr; i++)
		if (!strcmp(c->name[i], name))
			return i;
	return c->nr;
}

static bool gather(struct columns *c, const struct sweep_doc *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		const struct row *row = &d->cell[i].row;

		for (unsigned int k = 0, at = 0; k < row->nr; k++, at++) {
			at = column_of(c, row->fig[k].name, at);
			if (at < c->nr)
				continue;
			if (c->nr == c->room) {
				c->room = c->room ? 2 * c->room : 512;
				c->name = reallocarray(c->name, c->room, sizeof(*c->name));
				if (!c->name)
					return false;
			}
			c->name[c->nr++] = row->fig[k].name;
		}
	}
	return true;
}

static void csv_cell(FILE *f, const struct sweep_doc *d, const struct sweep_doc_cell *cell,
		     struct columns *c, const int64_t **value)
{
	const struct row *row = &cell->row;

	fprintf(f, "%zu", cell->n);
	for (unsigned int i = 0; i < d->nr_axes; i++) {
		fputc(',', f);
		out_csv_field(f, d->axis[i].value[cell->at[i]]);
	}
	fprintf(f, ",%d,", row_exit_status(row));
	out_csv_field(f, row->error ? row->error : "");
	fprintf(f, ",%016" PRIx64 ",%016" PRIx64 ",%016" PRIx64 ",%" PRIu64 ",%u,%u,%u,%" PRIu64,
		row->trace_digest, row->host_digest, row->fingerprint, row->nr_records, row->gic,
		row->nr_vcpus, row->nr_lrs, row->inferred);
	memset(value, 0, c->nr * sizeof(*value));
	for (unsigned int k = 0, at = 0; k < row->nr; k++, at++) {
		at = column_of(c, row->fig[k].name, at);
		value[at] = &row->fig[k].value;
	}
	for (unsigned int k = 0; k < c->nr; k++)
		if (value[k])
			fprintf(f, ",%" PRId64, *value[k]);
		else
			fputc(',', f);
	fputc('\n', f);
}

static int csv(FILE *f, const struct sweep_doc *d, struct err *err)
{
	struct columns c = { 0 };
	const int64_t **value;
	bool ok = gather(&c, d);

	value = ok ? calloc(c.nr + 1, sizeof(*value)) : NULL;
	if (value) {
		fputs("n", f);
		for (unsigned int i = 0; i < d->nr_axes; i++) {
			fputc(',', f);
			out_csv_field(f, d->axis[i].name);
		}
		fputs(",run_status,run_error,trace_digest,host_digest,fingerprint,run_records,"
		      "run_gic,run_vcpus,run_lrs,run_inferred",
		      f);
		for (unsigned int k = 0; k < c.nr; k++)
			fprintf(f, ",%s", c.name[k]);
		fputc('\n', f);
		for (size_t i = 0; i < d->nr; i++)
			csv_cell(f, d, &d->cell[i], &c, value);
	}
	free(value);
	free(c.name);
	return value ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

/* ---- table --------------------------------------------------------------- */

const char *sweep_figure(char *buf, size_t len, const char *name, int64_t value)
{
	if (!strcmp(figure_unit(name), "ps"))
		return out_time(buf, len, value);
	return out_count(buf, len, value);
}

struct table {
	const struct sweep_doc *d;
	const char *metric;
	int seed, across; /* axes, or -1 */
	int down[SWEEP_MAX_AXES];
	unsigned int nr_down;
	unsigned int width; /* of a value */
	int64_t value[MAX_SEEDS];
};

static int cmp_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The seeds' values, sorted; @why there is none. */
static unsigned int values_at(struct table *t, unsigned int *at, const char **why)
{
	unsigned int seeds = t->seed < 0 ? 1 : t->d->axis[t->seed].nr, nr = 0;

	*why = "left out";
	for (unsigned int s = 0; s < seeds; s++) {
		const struct sweep_doc_cell *c;

		if (t->seed >= 0)
			at[t->seed] = s;
		c = sweep_doc_at(t->d, at);
		if (!c)
			continue;
		*why = c->row.status ? "failed" : "none";
		if (!c->row.status && row_get(&c->row, t->metric, &t->value[nr]))
			nr++;
	}
	qsort(t->value, nr, sizeof(t->value[0]), cmp_value);
	return nr;
}

static int64_t median_of(const int64_t *v, unsigned int nr)
{
	__int128 two = (__int128)v[(nr - 1) / 2] + v[nr / 2];

	return (int64_t)(two / 2);
}

static const char *entry(struct table *t, unsigned int *at, char *buf, size_t len)
{
	char median[32], low[32], high[32];
	const char *why;
	unsigned int nr = values_at(t, at, &why);

	if (!nr)
		return why;
	sweep_figure(median, sizeof(median), t->metric, median_of(t->value, nr));
	if (nr == 1 && (t->seed < 0 || t->d->axis[t->seed].nr == 1))
		snprintf(buf, len, "%s", median);
	else
		snprintf(buf, len, "%s [%s, %s]", median,
			 sweep_figure(low, sizeof(low), t->metric, t->value[0]),
			 sweep_figure(high, sizeof(high), t->metric, t->value[nr - 1]));
	return buf;
}

/* Choose which axes go where; what has one value is said above. */
static int lay_out(struct table *t, const char *columns, struct err *err)
{
	const struct sweep_doc *d = t->d;
	int design = sweep_doc_axis(d, "design");

	t->seed = sweep_doc_axis(d, "seed");
	t->across = columns ? sweep_doc_axis(d, columns) : design;
	if (columns && (t->across < 0 || t->across == t->seed))
		return err_set(err, ERR_USAGE, "--columns: no axis %s to be across", columns);
	for (int i = (int)d->nr_axes - 1; !columns && i >= 0 && d->axis[t->across].nr == 1; i--)
		if (i != t->seed && d->axis[i].nr > 1)
			t->across = i;
	for (int i = 0; i < (int)d->nr_axes; i++)
		if (i != t->seed && i != t->across && d->axis[i].nr > 1)
			t->down[t->nr_down++] = i;
	return 0;
}

/* The next of what is down; false after the last. */
static bool next_line(const struct table *t, unsigned int *at)
{
	for (unsigned int i = t->nr_down; i--;) {
		if (++at[t->down[i]] < t->d->axis[t->down[i]].nr)
			return true;
		at[t->down[i]] = 0;
	}
	return false;
}

static unsigned int axis_width(const struct axis *a)
{
	size_t w = strlen(a->name);

	for (unsigned int i = 0; i < a->nr; i++)
		if (strlen(a->value[i]) > w)
			w = strlen(a->value[i]);
	return (unsigned int)w;
}

static void measure(struct table *t, unsigned int *at)
{
	const struct axis *across = &t->d->axis[t->across];
	char buf[128];

	t->width = axis_width(across);
	do {
		for (at[t->across] = 0; at[t->across] < across->nr; at[t->across]++) {
			size_t n = strlen(entry(t, at, buf, sizeof(buf)));

			t->width = n > t->width ? (unsigned int)n : t->width;
		}
	} while (next_line(t, at));
}

static void table_head(FILE *f, const struct table *t)
{
	const struct sweep_doc *d = t->d;

	if (d->question)
		fprintf(f, "%s\n", d->question);
	for (unsigned int i = 0; i < d->nr_axes; i++)
		if (d->axis[i].nr == 1 && (int)i != t->across && (int)i != t->seed)
			fprintf(f, "%s: %s\n", d->axis[i].name, d->axis[i].value[0]);
	fprintf(f, "%s", t->metric);
	if (t->seed >= 0 && d->axis[t->seed].nr > 1)
		fprintf(f, ", median [least, greatest] of %u seeds", d->axis[t->seed].nr);
	if (d->of > 1)
		fprintf(f, "; shard %u of %u only", d->shard, d->of);
	fputs("\n\n", f);
	for (unsigned int i = 0; i < t->nr_down; i++)
		fprintf(f, "%-*s  ", (int)axis_width(&d->axis[t->down[i]]),
			d->axis[t->down[i]].name);
	for (unsigned int i = 0; i < d->axis[t->across].nr; i++)
		fprintf(f, "%s%*s", i ? "  " : "", (int)t->width, d->axis[t->across].value[i]);
	fputc('\n', f);
}

static void table_lines(FILE *f, struct table *t, unsigned int *at)
{
	const struct sweep_doc *d = t->d;
	char buf[128];

	do {
		for (unsigned int i = 0; i < t->nr_down; i++) {
			const struct axis *a = &d->axis[t->down[i]];

			fprintf(f, "%-*s  ", (int)axis_width(a), a->value[at[t->down[i]]]);
		}
		for (unsigned int i = 0; i < d->axis[t->across].nr; i++) {
			at[t->across] = i;
			fprintf(f, "%s%*s", i ? "  " : "", (int)t->width,
				entry(t, at, buf, sizeof(buf)));
		}
		at[t->across] = 0;
		fputc('\n', f);
	} while (next_line(t, at));
}

int sweep_table(FILE *f, const struct sweep_doc *d, const char *metric, const char *columns,
		struct err *err)
{
	struct table *t = calloc(1, sizeof(*t));
	unsigned int at[SWEEP_MAX_AXES] = { 0 };
	int ret;

	if (!t)
		return err_set(err, ERR_NOMEM, "out of memory");
	t->d = d;
	t->metric = metric;
	ret = lay_out(t, columns, err);
	if (!ret) {
		measure(t, at);
		at[t->across] = 0;
		table_head(f, t);
		table_lines(f, t, at);
	}
	free(t);
	return ret;
}

static void left_out(FILE *f, const struct sweep_doc *d)
{
	const json_t *list = json_object_get(d->head, "left_out");
	json_t *one;
	size_t i;

	if (json_array_size(list))
		fprintf(f, "\nleft out:\n");
	json_array_foreach((json_t *)list, i, one)
		fprintf(f, "  %s: %s\n", json_string_value(json_object_get(one, "cell")),
			json_string_value(json_object_get(one, "why")));
}

static int tables(FILE *f, const struct sweep_view *v, const struct sweep_doc *d, struct err *err)
{
	const char *by_default = d->metric ? d->metric : "entry_p99";
	unsigned int nr = v->nr_metrics ? v->nr_metrics : 1;
	char name[ROW_MAX_NAME];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < nr; i++) {
		const char *m = v->nr_metrics ? v->metric[i] : by_default;

		if (!row_metric(m, name, sizeof(name)))
			return err_set(err, ERR_USAGE, "metric: no metric %s", m);
		if (i)
			fputc('\n', f);
		ret = sweep_table(f, d, name, v->columns, err);
	}
	left_out(f, d);
	return ret;
}

/* ---- all ----------------------------------------------------------------- */

static int json(FILE *f, const struct sweep_doc *d, struct err *err)
{
	char **line = calloc(d->nr + 1, sizeof(*line));
	int ret;

	if (!line)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < d->nr; i++)
		line[i] = d->cell[i].json;
	ret = sweep_doc_write(f, d->head, d->shard, d->of, line, d->nr, err);
	free(line);
	return ret;
}

int sweep_view_write(const struct sweep_view *v, const struct sweep_doc *d, struct err *err)
{
	struct out_file *out = out_open(v->out, err);
	int ret;

	if (!out)
		return err->code;
	if (v->format == FORMAT_JSON)
		ret = json(out_stream(out), d, err);
	else if (v->format == FORMAT_CSV)
		ret = csv(out_stream(out), d, err);
	else
		ret = tables(out_stream(out), v, d, err);
	if (ret) {
		ret = out_blame(out, err);
		out_abort(out);
		return ret;
	}
	ret = out_commit(out, err);
	if (!ret && v->plot)
		ret = plot_term(&(struct plot_what){ .sweep = d,
						     .metric = v->metric,
						     .nr_metrics = v->nr_metrics },
				COLOR_AUTO, err);
	return ret;
}

int sweep_failures(const struct sweep_doc *d, struct err *err)
{
	const struct sweep_doc_cell *worst = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		const struct sweep_doc_cell *c = &d->cell[i];

		nr += !!c->row.status;
		if (c->row.status &&
		    (!worst || row_exit_status(&c->row) > row_exit_status(&worst->row)))
			worst = c;
	}
	if (!worst)
		return 0;
	return err_set(err, worst->row.status, "%zu of %zu runs failed; %s: %s", nr, d->nr,
		       worst->text, worst->row.error);
}
