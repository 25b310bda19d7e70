// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim sensitivity: which costs of the host decide between two designs. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "design-load.h"
#include "replay-args.h"
#include "result-make.h"
#include "tornado.h"

struct sensitivity_args {
	const char *command;
	const char *trace, *out, *figure, *metric;
	unsigned int format, jobs;
	uint64_t limit;
	bool quiet;
	struct replay_what what;
};

enum { KEY_METRIC = 0x1000, KEY_LIMIT };
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
static const char *const formats[] = { "table", "json", "csv", NULL };

static const char doc[] =
	"Change every cost of the host, one at a time, and see what becomes of the difference "
	"between two designs.\n\n"
	"  vgicsim sensitivity t.pcap.gz -d kvm-legacy -d kvm-aplist\n"
	"  vgicsim sensitivity t.pcap.gz --metric delivery_p99 --host altra-80c -o t.svg\n"
	"  vgicsim sensitivity long.pcap.gz --limit 20000 -f csv\n\v"
	"A trace is replayed some four hundred times: --limit takes the first records of a long "
	"one.";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is asked:", 3 },
	{ "metric", KEY_METRIC, "NAME", 0,
	  "entry_p99 (default), or another latency and what of it, finish or lock_wait", 0 },
	{ "limit", KEY_LIMIT, "N", 0, "the first N records of the trace", 0 },
	{ "jobs", 'j', "N", 0, "processes; default: one for each CPU", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 4 },
	{ "format", 'f', "FORMAT", 0, "table (default), json or csv", 0 },
	{ "output", 'o', "FILE", 0,
	  "a file that ends in .svg or .png gets the tornado chart, another one the table; may "
	  "be given for both",
	  0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sensitivity_args *a = state->input;
	const char **to;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->what;
		return 0;
	case KEY_METRIC:
		if (!sensitivity_metric_ok(arg))
			argp_error(state, "--metric: no metric %s; there are\n%s", arg,
				   sensitivity_metric_help);
		a->metric = arg;
		return 0;
	case KEY_LIMIT:
		a->limit = number(state, "--limit", arg, UINT64_C(1) << 40);
		return 0;
	case 'j':
		a->jobs = (unsigned int)number(state, "--jobs", arg, 1024);
		return 0;
	case 'f':
		a->format = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		to = tornado_is_figure(arg) ? &a->figure : &a->out;
		if (*to)
			argp_error(state, "-o: want one chart and one table, have %s and %s", *to,
				   arg);
		*to = arg;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->trace)
			argp_error(state, "want one trace, have %s as well as %s", arg, a->trace);
		a->trace = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want a trace");
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- table --------------------------------------------------------------- */

struct answer {
	const struct sensitivity_args *a;
	const struct study_trace *t;
	const struct sensitivity_options *o;
	const struct sensitivity *s;
};

static const char *verdict(const struct sensitivity_point *p)
{
	int64_t d = sensitivity_diff(p);

	return d < 0 ? "less" : d > 0 ? "more" : "tie";
}

/* Thousandths of A, as per cent. */
static const char *percent(char *buf, size_t len, const struct sensitivity_point *p)
{
	int64_t v = sensitivity_permille(p);
	uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	snprintf(buf, len, "%s%" PRIu64 ".%" PRIu64 " %%", v < 0 ? "-" : "+", m / 10, m % 10);
	return buf;
}

static const char *flip(char *buf, size_t len, const struct answer *w,
			const struct sensitivity_key *k, unsigned int way)
{
	if (!k->flip_ps[way])
		snprintf(buf, len, "never");
	else
		tornado_factor(buf, len, k->flip_ps[way], w->o->replay.host->c[k->key].time.ps);
	return buf;
}

static void table_key(FILE *f, const struct answer *w, const struct sensitivity_key *k)
{
	const struct cost *c = &w->o->replay.host->c[k->key];
	char value[32], half[32], twice[32], down[32], up[32];

	flip(down, sizeof(down), w, k, FLIP_DOWN);
	flip(up, sizeof(up), w, k, FLIP_UP);
	/* "×" is two bytes and one column. */
	fprintf(f, "%-16s %10s  %-9s %10s %10s  %*s %*s\n", host_keys[k->key].key,
		out_time(value, sizeof(value), (int64_t)c->time.ps), cost_tag_names[c->tag],
		percent(half, sizeof(half), &k->half), percent(twice, sizeof(twice), &k->twice),
		9 + (*down != 'n'), down, 9 + (*up != 'n'), up);
}

static void to_table(FILE *f, const struct answer *w)
{
	const struct sensitivity *s = w->s;
	unsigned int flipping = 0;
	char a[32], b[32], d[32];

	fprintf(f, "%s on %s, %s locks: %s\n", w->t->name, w->o->replay.host->name,
		lock_algo_names[w->o->replay.lock], w->o->metric);
	if (w->t->cut)
		fprintf(f, "the first %zu records only\n", w->t->nr);
	fprintf(f, "A %s %s, B %s %s: B has %s, %s\n\n", w->o->design[0]->name,
		out_time(a, sizeof(a), (int64_t)s->base.ps[0]), w->o->design[1]->name,
		out_time(b, sizeof(b), (int64_t)s->base.ps[1]), verdict(&s->base),
		percent(d, sizeof(d), &s->base));
	fprintf(f, "%-16s %10s  %-9s %10s %10s  %9s %9s\n", "cost", "value", "tag", "B-A at 1/2",
		"at 2", "flips at", "or at");
	for (unsigned int i = 0; i < s->nr_keys; i++) {
		if (!s->key[i].used)
			continue;
		table_key(f, w, &s->key[i]);
		flipping += s->key[i].flip_ps[FLIP_DOWN] || s->key[i].flip_ps[FLIP_UP];
	}
	fprintf(f, "\n%u of %u costs matter to these runs; the other %u change nothing.\n",
		s->nr_used, s->nr_keys, s->nr_keys - s->nr_used);
	if (!sensitivity_diff(&s->base))
		fputs("The designs tie: there is no verdict to flip.\n", f);
	else if (!flipping)
		fprintf(f, "No single one flips the verdict between 1/%d and %d times its value.\n",
			SENSITIVITY_RANGE, SENSITIVITY_RANGE);
	else
		fprintf(f, "%u of them flip the verdict between 1/%d and %d times their value.\n",
			flipping, SENSITIVITY_RANGE, SENSITIVITY_RANGE);
}

/* ---- CSV, JSON ----------------------------------------------------------- */

static void csv_flip(FILE *f, uint64_t ps)
{
	fputc(',', f);
	if (ps)
		fprintf(f, "%" PRIu64, ps);
}

static void to_csv(FILE *f, const struct answer *w)
{
	const struct host *host = w->o->replay.host;
	const struct sensitivity *s = w->s;

	fputs("cost,tag,value_ps,used,a_base_ps,b_base_ps,a_half_ps,b_half_ps,a_twice_ps,"
	      "b_twice_ps,flip_down_ps,flip_up_ps\n",
	      f);
	for (unsigned int i = 0; i < s->nr_keys; i++) {
		const struct sensitivity_key *k = &s->key[i];

		fprintf(f,
			"%s,%s,%" PRIu64 ",%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 ",%" PRIu64,
			host_keys[k->key].key, cost_tag_names[host->c[k->key].tag],
			host->c[k->key].time.ps, k->used, s->base.ps[0], s->base.ps[1],
			k->half.ps[0], k->half.ps[1], k->twice.ps[0], k->twice.ps[1]);
		csv_flip(f, k->flip_ps[FLIP_DOWN]);
		csv_flip(f, k->flip_ps[FLIP_UP]);
		fputc('\n', f);
	}
}

static json_t *point_json(const struct sensitivity_point *p)
{
	return json_pack("{s:I,s:I,s:I}", "a_ps", (json_int_t)p->ps[0], "b_ps",
			 (json_int_t)p->ps[1], "difference_ps", (json_int_t)sensitivity_diff(p));
}

static json_t *flip_json(uint64_t ps)
{
	return ps ? json_integer((json_int_t)ps) : json_null();
}

static json_t *key_json(const struct answer *w, const struct sensitivity_key *k)
{
	const struct cost *c = &w->o->replay.host->c[k->key];

	return json_pack("{s:s,s:s,s:I,s:s,s:b,s:o,s:o,s:o,s:o}", "cost", host_keys[k->key].key,
			 "tag", cost_tag_names[c->tag], "value_ps", (json_int_t)c->time.ps,
			 "source", c->source, "used", k->used, "half", point_json(&k->half),
			 "twice", point_json(&k->twice), "flip_down_ps",
			 flip_json(k->flip_ps[FLIP_DOWN]), "flip_up_ps",
			 flip_json(k->flip_ps[FLIP_UP]));
}

static int to_json(FILE *f, const struct answer *w, struct err *err)
{
	const struct sensitivity *s = w->s;
	json_t *list = json_array(), *j;
	char digest[20];
	int ret = 0;

	for (unsigned int i = 0; i < s->nr_keys; i++)
		json_array_append_new(list, key_json(w, &s->key[i]));
	snprintf(digest, sizeof(digest), "%016" PRIx64, w->o->replay.host->digest);
	j = json_pack("{s:s,s:s,s:I,s:b,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:o,s:o}", "schema",
		      "vgicsim-sensitivity-1", "trace", w->t->name, "records", (json_int_t)w->t->nr,
		      "cut", w->t->cut, "host", w->o->replay.host->name, "host_digest", digest,
		      "lock", lock_algo_names[w->o->replay.lock], "a", w->o->design[0]->name, "b",
		      w->o->design[1]->name, "metric", w->o->metric, "range", SENSITIVITY_RANGE,
		      "runs", (json_int_t)s->nr_runs, "base", point_json(&s->base), "costs", list);
	if (!j)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; i < 2; i++)
		if (design_origin(w->o->design[i]))
			json_object_set_new(j, i ? "b_plugin" : "a_plugin",
					    result_plugin(w->o->design[i]));
	if (json_dumpf(j, f, JSON_PRESERVE_ORDER | JSON_INDENT(1)) || fputc('\n', f) == EOF)
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	json_decref(j);
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int show(const struct answer *w, struct err *err)
{
	const struct sensitivity_args *a = w->a;
	struct tornado chart = { .s = w->s, .o = w->o, .trace = w->t->name };
	struct out_file *out;
	int ret = a->figure ? tornado_draw(&chart, a->figure, err) : 0;

	if (ret)
		return ret;
	out = out_open(a->out, err);
	if (!out)
		return err->code;
	if (a->format == FORMAT_JSON)
		ret = to_json(out_stream(out), w, err);
	else if (a->format == FORMAT_CSV)
		to_csv(out_stream(out), w);
	else
		to_table(out_stream(out), w);
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

static int two_designs(const struct sensitivity_args *a, unsigned int gic,
		       struct sensitivity_options *o, struct err *err)
{
	const struct vgic_design *design[MAX_DESIGNS];
	unsigned int nr;
	int ret = replay_what_designs(&a->what, gic, design, &nr, err);

	if (!ret && nr != 2)
		ret = err_set(err, ERR_USAGE, "want two designs to compare, have %u", nr);
	if (!ret) {
		o->design[0] = design[0];
		o->design[1] = design[1];
	}
	return ret;
}

static int run(const struct sensitivity_args *a, const struct study_trace *t, struct host *host,
	       struct sensitivity *s, struct err *err)
{
	struct sensitivity_options o = { .replay = a->what.o, .metric = a->metric };
	struct answer w = { .a = a, .t = t, .o = &o, .s = s };
	struct progress progress;
	int ret = two_designs(a, t->meta.gic, &o, err);

	if (!ret)
		ret = replay_what_host(&a->what, t->meta.gic, a->command, a->quiet, host, err);
	if (ret)
		return ret;
	o.replay.host = host;
	o.jobs = a->jobs ? a->jobs : (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	progress_begin(&progress, "sensitivity", false);
	progress.on &= !a->quiet;
	o.progress = progress_update;
	o.progress_priv = &progress;
	ret = sensitivity_run(t, &o, s, err);
	progress_end(&progress);
	return ret ? ret : show(&w, err);
}

static int sensitivity(const struct sensitivity_args *a, struct err *err)
{
	struct sensitivity *s = malloc(sizeof(*s));
	struct host *host = malloc(sizeof(*host));
	struct study_trace t;
	int ret = s && host ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	if (!ret)
		ret = distinct(a->trace, a->out, err);
	if (!ret)
		ret = distinct(a->trace, a->figure, err);
	if (!ret)
		ret = study_trace_load(&t, a->trace, a->limit, err);
	if (!ret) {
		ret = run(a, &t, host, s, err);
		study_trace_fini(&t);
	}
	free(host);
	free(s);
	return ret;
}

int cmd_sensitivity(int argc, char **argv)
{
	static const struct argp_child children[] = { { &replay_args_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options, parse, "TRACE", doc, children, NULL, NULL };
	struct sensitivity_args a = { .command = argv[0], .metric = "entry_p99" };
	struct err err;
	int ret;

	replay_what_init(&a.what);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = sensitivity(&a, &err);
	replay_what_fini(&a.what);
	return ret ? fail(a.command, &err) : 0;
}
