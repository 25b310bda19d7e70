// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim crossover: where one design overtakes another. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "crossover-source.h"
#include "out.h"
#include "sweep-args.h"
#include "sweep-out.h"
#include "units.h"

#define DEFAULT_SEEDS "7"
#define MAX_ANSWERS   1000

struct crossover_args {
	const char *command;
	struct sweep_axes axes;
	char *x;	  /* axis */
	const char *list; /* of it, or NULL */
	const char *metric_arg, *from, *out;
	unsigned int format, jobs;
	uint64_t memory;
	bool quiet, plot;
	struct progress progress;
};

enum { KEY_X = 0x1000, KEY_METRIC, KEY_FROM, KEY_MEMORY };
enum { FORMAT_TABLE, FORMAT_JSON };
static const char *const formats[] = { "table", "json", NULL };

static const char doc[] =
	"Find where one design overtakes another as something grows.\n\n"
	"  vgicsim crossover --x vcpus -d kvm-legacy -d kvm-aplist gen:hackbench,duration=20ms\n"
	"  vgicsim crossover --x lrs=1..16 --metric delivery_p99 t.pcap.gz\n"
	"  vgicsim crossover --x set.sgi_phys=10ns..10us --metric finish gen:ipi,duration=5ms\n"
	"  vgicsim crossover --x vcpus --from s.json\n\v"
	"A first scan by doubling (or of the points that are listed), so that curves which "
	"cross more than once are seen; then a bisection for each seed. Other axes with "
	"several values are as many questions.";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is asked:", 0 },
	{ "x", KEY_X, "AXIS[=RANGE]", 0,
	  "what grows: vcpus, lrs, clone, set.COST or a parameter of the workload, FROM..TO or "
	  "a list of points",
	  0 },
	{ "metric", KEY_METRIC, "NAME", 0,
	  "entry_p99 (default) or another (\"vgicsim sweep --list-metrics\")", 0 },
	{ "from", KEY_FROM, "FILE", 0, "of this sweep's document; nothing is run", 0 },
	{ NULL, 0, NULL, 0, "How it runs, and what comes out:", 6 },
	{ "jobs", 'j', "N", 0, "threads; default: one for each CPU", 0 },
	{ "memory", KEY_MEMORY, "BYTES", 0, "for decoded traces, which runs share; default 1Gi",
	  0 },
	{ "format", 'f', "FORMAT", 0, "table (default) or json", 0 },
	{ "plot", OPT_PLOT, "WHERE", 0, "term: a preview of both curves on standard output", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 },
};

static void parse_x(struct argp_state *state, struct crossover_args *a, const char *arg)
{
	const char *eq = strchr(arg, '=');

	free(a->x);
	a->x = eq ? strndup(arg, (size_t)(eq - arg)) : strdup(arg);
	a->list = eq ? eq + 1 : NULL;
	if (!a->x || !*a->x || !strcmp(a->x, "design") || !strcmp(a->x, "seed") ||
	    !strcmp(a->x, "trace"))
		argp_error(state, "--x: want an axis that is a number, have %s", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct crossover_args *a = state->input;
	char name[ROW_MAX_NAME];

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->axes;
		return 0;
	case KEY_X:
		parse_x(state, a, arg);
		return 0;
	case KEY_METRIC:
		if (!row_metric(arg, name, sizeof(name)))
			argp_error(state,
				   "--metric: no metric %s; see vgicsim sweep --list-metrics", arg);
		a->metric_arg = arg;
		return 0;
	case KEY_FROM:
		a->from = arg;
		return 0;
	case KEY_MEMORY:
		if (!units_parse_count(arg, &a->memory) || !a->memory)
			argp_error(state, "--memory: want bytes (512Mi, 4G), have %s", arg);
		return 0;
	case 'j':
		a->jobs = (unsigned int)number(state, "--jobs", arg, 1024);
		return 0;
	case 'f':
		a->format = choose(state, "-f", formats, arg);
		return 0;
	case OPT_PLOT:
		choose(state, "--plot", plot_names, arg);
		a->plot = true;
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_END:
		if (!a->x)
			argp_error(state, "want --x AXIS: what grows");
		if (a->plot && a->format != FORMAT_TABLE && (!a->out || !strcmp(a->out, "-")))
			argp_error(state, "want -o FILE for -f json beside --plot=term");
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- answers ------------------------------------------------------------- */

/* One question and its answer; the other axes, as words. */
struct answer {
	struct crossover_question q;
	struct crossover c;
};

struct answers {
	const struct crossover_args *a;
	struct crossover_x x;
	char metric[ROW_MAX_NAME];
	const struct axis *axis; /* all, of the spec or of the document */
	unsigned int nr_axes;
	struct axis design, seed; /* borrowed values */
	struct answer *answer;
	unsigned int nr;
	uint64_t nr_runs;
};

/* Is it one of those that make several questions? */
static bool is_other(const struct answers *all, unsigned int i)
{
	const char *name = all->axis[i].name;

	return strcmp(name, "design") && strcmp(name, "seed") && strcmp(name, all->x.axis);
}

static const char *designs(const struct answers *all, unsigned int i)
{
	return all->design.value[i];
}

static const char *x_text(const struct answers *all, uint64_t v, char *buf, size_t len)
{
	if (v == CROSSOVER_BEYOND)
		snprintf(buf, len, "beyond");
	else if (v == CROSSOVER_BEFORE)
		snprintf(buf, len, "before");
	else if (!strcmp(all->x.unit, "ps"))
		out_time(buf, len, (int64_t)v);
	else
		crossover_x_text(&all->x, v, buf, len);
	return buf;
}

/* ---- text ---------------------------------------------------------------- */

static void text_head(FILE *f, const struct answers *all)
{
	const unsigned int permille = all->answer[0].c.confidence_permille;

	fprintf(f, "%s by %s: %s (A) and %s (B), %u seed%s\n", all->metric, all->x.axis,
		designs(all, 0), designs(all, 1), all->seed.nr, all->seed.nr > 1 ? "s" : "");
	if (all->seed.nr > 1)
		fprintf(f,
			"[ ] is the interval of the median by order statistics: confidence %u.%u "
			"%%\n",
			permille / 10, permille % 10);
	else
		fputs("one seed: no interval, and nothing to tell noise by\n", f);
}

static void text_point(FILE *f, const struct answers *all, const struct crossover_point *p)
{
	char x[48], a[48], b[48], d[48], low[48], high[48];
	static const char *const verdict[] = { "B less", "noise", "B more" };

	fprintf(f, "%12s  ", x_text(all, p->x, x, sizeof(x)));
	if (!p->has) {
		fprintf(f, "no value: %s\n", p->why);
		return;
	}
	fprintf(f, "%12s  %12s  %12s  [%s, %s]  %s\n",
		sweep_figure(a, sizeof(a), all->metric, p->a),
		sweep_figure(b, sizeof(b), all->metric, p->b),
		sweep_figure(d, sizeof(d), all->metric, p->diff),
		sweep_figure(low, sizeof(low), all->metric, p->low),
		sweep_figure(high, sizeof(high), all->metric, p->high), verdict[p->sign + 1]);
}

static void text_change(FILE *f, const struct answers *all, const struct crossover_change *c)
{
	const char *now = c->sign == CROSSOVER_LESS ? "has less than" : "has more than";
	char at[48], low[48], high[48], from[48], to[48];
	unsigned int out = 0;

	for (unsigned int i = 0; i < all->seed.nr; i++)
		out += c->seed[i] == CROSSOVER_BEFORE || c->seed[i] == CROSSOVER_BEYOND;
	x_text(all, c->from, from, sizeof(from));
	x_text(all, c->to, to, sizeof(to));
	if (all->a->from)
		fprintf(f, "%s %s %s at %s, not yet at %s; the document has nothing in between\n",
			designs(all, 1), now, designs(all, 0), to, from);
	else
		fprintf(f, "%s %s %s from %s = %s on [%s, %s] (scanned: not at %s, but at %s)\n",
			designs(all, 1), now, designs(all, 0), all->x.axis,
			x_text(all, c->at, at, sizeof(at)), x_text(all, c->low, low, sizeof(low)),
			x_text(all, c->high, high, sizeof(high)), from, to);
	if (out)
		fprintf(f, "  %u of %u seeds do not cross within the range\n", out, all->seed.nr);
}

static void text_answer(FILE *f, const struct answers *all, const struct crossover *c)
{
	char from[48], to[48];

	if (c->nr_changes > 1)
		fprintf(f, "%u changes: not one crossing but several\n", c->nr_changes);
	for (unsigned int i = 0; i < c->nr_changes; i++)
		text_change(f, all, &c->change[i]);
	x_text(all, c->point[0].x, from, sizeof(from));
	x_text(all, c->point[c->nr_points - 1].x, to, sizeof(to));
	if (!c->nr_changes && c->sign)
		fprintf(f, "no crossover from %s to %s: %s has %s throughout%s\n", from, to,
			designs(all, 1), c->sign == CROSSOVER_LESS ? "less" : "more",
			c->nr_noise ? ", where it is not noise" : "");
	else if (!c->nr_changes)
		fprintf(f, "no crossover from %s to %s: the difference is within the noise\n", from,
			to);
	if (all->seed.nr > 1 && !c->seeds_differ)
		fputs("all seeds give the same (of a recording they change little): the intervals "
		      "say nothing\n",
		      f);
	if (c->nr_noise && (c->nr_changes || c->sign))
		fprintf(f, "%u of %u points are within the noise\n", c->nr_noise, c->nr_points);
	fprintf(f, "a change and its return between two neighbours of the %u points are not seen\n",
		c->nr_points);
}

static void to_text(FILE *f, const struct answers *all)
{
	text_head(f, all);
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct answer *w = &all->answer[i];

		fputc('\n', f);
		for (unsigned int k = 0; k < all->nr_axes; k++)
			if (is_other(all, k))
				fprintf(f, "%s: %s\n", all->axis[k].name,
					all->axis[k].value[w->q.at[k]]);
		fprintf(f, "%12s  %12s  %12s  %12s\n", all->x.axis, "A", "B", "B - A");
		for (unsigned int k = 0; k < w->c.nr_points; k++)
			text_point(f, all, &w->c.point[k]);
		text_answer(f, all, &w->c);
	}
}

/* ---- JSON ---------------------------------------------------------------- */

static const char *const sign_names[] = { "less", "noise", "more" };

static json_t *x_json(uint64_t v)
{
	if (v == CROSSOVER_BEYOND)
		return json_string("beyond");
	return v == CROSSOVER_BEFORE ? json_string("before") : json_integer((json_int_t)v);
}

static json_t *point_json(const struct crossover_point *p)
{
	if (!p->has)
		return json_pack("{s:I,s:s}", "x", (json_int_t)p->x, "why", p->why);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "x", (json_int_t)p->x, "a",
			 (json_int_t)p->a, "b", (json_int_t)p->b, "difference", (json_int_t)p->diff,
			 "low", (json_int_t)p->low, "high", (json_int_t)p->high, "b_is",
			 sign_names[p->sign + 1]);
}

static json_t *change_json(const struct answers *all, const struct crossover_change *c)
{
	json_t *seeds = json_array();

	for (unsigned int i = 0; i < all->seed.nr; i++)
		json_array_append_new(seeds, x_json(c->seed[i]));
	return json_pack("{s:I,s:I,s:s,s:o,s:o,s:o,s:o}", "not_at", (json_int_t)c->from, "but_at",
			 (json_int_t)c->to, "b_becomes", sign_names[c->sign + 1], "at",
			 x_json(c->at), "low", x_json(c->low), "high", x_json(c->high), "seeds",
			 seeds);
}

static const char *verdict(const struct crossover *c)
{
	if (c->nr_changes)
		return c->nr_changes > 1 ? "several" : "one";
	return c->sign == CROSSOVER_LESS ? "b-less" : c->sign ? "b-more" : "noise";
}

static json_t *answer_json(const struct answers *all, const struct answer *w)
{
	json_t *at = json_object(), *points = json_array(), *changes = json_array();

	for (unsigned int k = 0; k < all->nr_axes; k++)
		if (is_other(all, k))
			json_object_set_new(at, all->axis[k].name,
					    json_string(all->axis[k].value[w->q.at[k]]));
	for (unsigned int i = 0; i < w->c.nr_points; i++)
		json_array_append_new(points, point_json(&w->c.point[i]));
	for (unsigned int i = 0; i < w->c.nr_changes; i++)
		json_array_append_new(changes, change_json(all, &w->c.change[i]));
	return json_pack("{s:o,s:s,s:b,s:o,s:o}", "at", at, "verdict", verdict(&w->c),
			 "seeds_differ", w->c.seeds_differ, "points", points, "changes", changes);
}

static int to_json(FILE *f, const struct answers *all, struct err *err)
{
	json_t *list = json_array(), *seeds = json_array(), *j;
	int ret = 0;

	for (unsigned int i = 0; i < all->seed.nr; i++)
		json_array_append_new(seeds, json_string(all->seed.value[i]));
	for (unsigned int i = 0; i < all->nr; i++)
		json_array_append_new(list, answer_json(all, &all->answer[i]));
	j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:i,s:b,s:I,s:o}", "schema",
		      "vgicsim-crossover-1", "version", VGICSIM_VERSION, "x", all->x.axis, "x_unit",
		      all->x.unit, "metric", all->metric, "a", designs(all, 0), "b",
		      designs(all, 1), "seeds", seeds, "confidence_permille",
		      (int)all->answer[0].c.confidence_permille, "refined", !all->a->from, "runs",
		      (json_int_t)all->nr_runs, "answers", list);
	if (!j)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (json_dumpf(j, f, JSON_INDENT(1)) || fputc('\n', f) == EOF)
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	json_decref(j);
	return ret;
}

/* ---- the preview --------------------------------------------------------- */

/* The medians at the points that were scanned, as the document of a sweep would have them. */
static int plot_answer(const struct answers *all, const struct crossover *c, struct err *err)
{
	char(*text)[48] = calloc(c->nr_points, sizeof(*text));
	char **value = calloc(c->nr_points, sizeof(*value));
	struct sweep_doc_cell *cell = calloc(2 * (size_t)c->nr_points, sizeof(*cell));
	struct figure *fig = calloc(2 * (size_t)c->nr_points, sizeof(*fig));
	unsigned int(*at)[2] = calloc(2 * (size_t)c->nr_points, sizeof(*at));
	struct axis axis[2] = {
		{ (char *)all->x.axis, value, c->nr_points },
		{ (char *)"design", all->design.value, 2 },
	};
	struct sweep_doc d = {
		.path = (char *)"crossover", .axis = axis, .nr_axes = 2, .cell = cell
	};
	const char *metric = all->metric;
	int ret = text && value && cell && fig && at ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (unsigned int i = 0; !ret && i < 2 * c->nr_points; i++) {
		const struct crossover_point *p = &c->point[i / 2];

		value[i / 2] = (char *)crossover_x_text(&all->x, p->x, text[i / 2], sizeof(*text));
		at[i][0] = i / 2;
		at[i][1] = i & 1;
		fig[i] = (struct figure){ (char *)all->metric, i & 1 ? p->b : p->a };
		cell[i].at = at[i];
		cell[i].text = (char *)"";
		cell[i].row = (struct row){ .fig = &fig[i], .nr = p->has };
		d.nr++;
	}
	if (!ret)
		ret = plot_term(
			&(struct plot_what){
				.sweep = &d, .x = all->x.axis, .metric = &metric, .nr_metrics = 1 },
			COLOR_AUTO, err);
	free(text);
	free(value);
	free(cell);
	free(fig);
	free(at);
	return ret;
}

static int plot(const struct answers *all, struct err *err)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < all->nr; i++) {
		putchar('\n');
		for (unsigned int k = 0; k < all->nr_axes; k++)
			if (is_other(all, k))
				printf("%s: %s\n", all->axis[k].name,
				       all->axis[k].value[all->answer[i].q.at[k]]);
		ret = plot_answer(all, &all->answer[i].c, err);
	}
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int show(const struct answers *all, struct err *err)
{
	struct out_file *out = out_open(all->a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (all->a->format == FORMAT_JSON)
		ret = to_json(out_stream(out), all, err);
	else
		to_text(out_stream(out), all);
	if (ret) {
		ret = out_blame(out, err);
		out_abort(out);
		return ret;
	}
	ret = out_commit(out, err);
	return ret || !all->a->plot ? ret : plot(all, err);
}

static void on_progress(void *priv, uint64_t done, uint64_t of)
{
	progress_update(priv, done, of);
}

static bool next_question(const struct answers *all, unsigned int *at)
{
	for (unsigned int i = all->nr_axes; i--;) {
		if (!is_other(all, i))
			continue;
		if (++at[i] < all->axis[i].nr)
			return true;
		at[i] = 0;
	}
	return false;
}

static int ask(struct answers *all, const struct crossover_question *like, struct err *err)
{
	struct crossover_options o = {
		.scan = all->x.scan,
		.nr_scan = all->x.nr_scan,
		.nr_seeds = all->seed.nr,
		.measure = like->doc ? crossover_by_doc : crossover_by_runs,
		.refine = !like->doc,
	};
	unsigned int at[SWEEP_MAX_AXES] = { 0 };
	int ret;

	do {
		struct answer *more = reallocarray(all->answer, all->nr + 1, sizeof(*more)), *w;

		if (!more)
			return err_set(err, ERR_NOMEM, "out of memory");
		if (all->nr == MAX_ANSWERS)
			return err_set(err, ERR_USAGE, "want at most %d questions, have more",
				       MAX_ANSWERS);
		all->answer = more;
		w = &all->answer[all->nr];
		w->q = *like;
		memcpy(w->q.at, at, sizeof(at));
		o.priv = &w->q;
		ret = crossover_find(&o, &w->c, err);
		if (ret)
			return ret;
		all->nr_runs += like->doc ? 0 : w->c.nr_runs;
		all->nr++;
	} while (next_question(all, at));
	return show(all, err);
}

static int two(const struct answers *all, struct err *err)
{
	if (all->design.nr != 2)
		return err_set(err, ERR_USAGE, "want two designs (-d A -d B), have %u",
			       all->design.nr);
	if (all->seed.nr > CROSSOVER_MAX_SEEDS)
		return err_set(err, ERR_USAGE, "want at most %d seeds, have %u",
			       CROSSOVER_MAX_SEEDS, all->seed.nr);
	return 0;
}

/* Take the axis @name out of @spec; false: it has none. */
static bool take_axis(struct sweep_spec *spec, const char *name, struct axis *to)
{
	struct axis *a = sweep_spec_axis(spec, name);

	if (!a)
		return false;
	*to = *a;
	*a = spec->axis[--spec->nr_axes];
	return true;
}

static int by_runs(struct answers *all, struct sweep_spec *spec, struct err *err)
{
	struct crossover_args *a = (struct crossover_args *)all->a;
	struct axis x = { 0 };
	int ret = 0;

	if (!sweep_spec_axis(spec, "design"))
		ret = sweep_spec_put(spec, "design", "kvm-legacy,kvm-aplist", err);
	if (!ret && !sweep_spec_axis(spec, "seed"))
		ret = sweep_spec_put(spec, "seeds", DEFAULT_SEEDS, err);
	if (ret)
		return ret;
	take_axis(spec, "design", &all->design);
	take_axis(spec, "seed", &all->seed);
	if (take_axis(spec, a->x, &x) && !a->list)
		ret = crossover_x_values(&all->x, &x, err);
	else
		ret = crossover_x_range(&all->x, a->x, a->list, spec, err);
	all->x.axis = a->x;
	axis_fini(&x);
	if (!ret)
		ret = two(all, err);
	if (!ret) {
		struct crossover_question q = {
			.x = &all->x,
			.metric = all->metric,
			.design = &all->design,
			.seed = &all->seed,
			.spec = spec,
			.version = VGICSIM_VERSION,
			.jobs = a->jobs,
			.memory = a->memory,
			.progress = on_progress,
			.priv = &a->progress,
		};

		sweep_spec_sort(spec);
		all->axis = spec->axis;
		all->nr_axes = spec->nr_axes;
		progress_begin(&a->progress, "crossover", false);
		a->progress.on &= !a->quiet;
		ret = ask(all, &q, err);
		progress_end(&a->progress);
	}
	axis_fini(&all->design);
	axis_fini(&all->seed);
	return ret;
}

/* Which of the document's designs: those of -d, else its two. */
static int doc_designs(struct answers *all, const struct sweep_doc *d, struct sweep_spec *spec,
		       struct err *err)
{
	const struct axis *asked = sweep_spec_axis(spec, "design");
	int i = sweep_doc_axis(d, "design");

	if (i < 0)
		return err_set(err, ERR_INPUT, "%s: has no designs", d->path);
	all->design = asked ? *asked : d->axis[i];
	for (unsigned int k = 0; asked && k < asked->nr; k++) {
		unsigned int n = 0;

		while (n < d->axis[i].nr && strcmp(d->axis[i].value[n], asked->value[k]))
			n++;
		if (n == d->axis[i].nr)
			return err_set(err, ERR_USAGE, "-d %s: %s does not have it",
				       asked->value[k], d->path);
	}
	return two(all, err);
}

static int by_doc(struct answers *all, const struct sweep_doc *d, struct sweep_spec *spec,
		  struct err *err)
{
	static char *one[] = { (char *)"1" };
	int ix = sweep_doc_axis(d, all->a->x), is = sweep_doc_axis(d, "seed"), ret;
	struct crossover_question q = {
		.x = &all->x,
		.metric = all->metric,
		.design = &all->design,
		.seed = &all->seed,
		.doc = d,
	};

	if (spec->nr_axes > 1 || (spec->nr_axes && !sweep_spec_axis(spec, "design")) ||
	    all->a->list)
		return err_set(err, ERR_USAGE,
			       "--from: want at most -d beside it, the document has the rest");
	if (ix < 0)
		return err_set(err, ERR_USAGE, "--x %s: %s has no such axis", all->a->x, d->path);
	if (d->of > 1)
		return err_set(err, ERR_USAGE, "%s: want a whole sweep, have a shard", d->path);
	all->seed = is < 0 ? (struct axis){ .value = one, .nr = 1 } : d->axis[is];
	ret = doc_designs(all, d, spec, err);
	if (!ret)
		ret = crossover_x_values(&all->x, &d->axis[ix], err);
	if (ret)
		return ret;
	all->axis = d->axis;
	all->nr_axes = d->nr_axes;
	return ask(all, &q, err);
}

static int crossover(struct crossover_args *a, struct err *err)
{
	struct answers *all = calloc(1, sizeof(*all));
	struct sweep_spec spec;
	struct sweep_doc d = { 0 };
	const char *metric;
	int ret = sweep_axes_spec(&a->axes, &spec, err);

	if (!ret && !all)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	if (!ret && a->from)
		ret = sweep_doc_load(&d, a->from, err);
	if (ret)
		goto out;
	all->a = a;
	metric = a->metric_arg ? a->metric_arg
		 : spec.metric ? spec.metric
		 : d.metric    ? d.metric
			       : "entry_p99";
	if (!row_metric(metric, all->metric, sizeof(all->metric)))
		ret = err_set(err, ERR_USAGE, "metric: no metric %s", metric);
	else if (!a->from && !sweep_spec_axis(&spec, "trace"))
		ret = err_set(err, ERR_USAGE, "want a trace or a workload (gen:NAME), have none");
	else
		ret = a->from ? by_doc(all, &d, &spec, err) : by_runs(all, &spec, err);
	for (unsigned int i = 0; i < all->nr; i++)
		crossover_fini(&all->answer[i].c);
	free(all->answer);
out:
	sweep_doc_fini(&d);
	sweep_spec_fini(&spec);
	free(all);
	return ret;
}

int cmd_crossover(int argc, char **argv)
{
	static const struct argp_child children[] = { { &sweep_axes_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options, parse, "[FILE.ini|TRACE...]", doc, children,
					  NULL,	   NULL };
	struct crossover_args a = { .command = argv[0] };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = crossover(&a, &err);
	sweep_axes_fini(&a.axes);
	free(a.x);
	return ret ? fail(a.command, &err) : 0;
}
