// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim bench: a named set of runs, whose figures make one document for diff. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench-set.h"
#include "bench-time.h"
#include "common.h"
#include "design-load.h"
#include "diff.h"
#include "pool.h"

#define MAX_WORDS 64

struct words {
	const char *word[MAX_WORDS];
	unsigned int nr;
};

enum list { LIST_DESIGN, LIST_HOST, LIST_LOCK, LIST_TRACE, LIST_SET, LIST_NR };
static const char *const list_options[LIST_NR] = { "-d", "-H", "--lock", "--trace", "--set" };

struct bench_args {
	const char *command, *set, *out, *figures;
	struct words list[LIST_NR];
	unsigned int reps, jobs;
	uint64_t seed;
	bool check, quiet, names;
};

enum { KEY_REPS = 0x1000, KEY_FIGURES, KEY_LIST, KEY_TRACE };
static const char *const figure_names[] = { "core", "all", NULL };

static const char doc[] =
	"Run a named set of traces, designs, hosts and locks and write all figures as one JSON "
	"document, which vgicsim diff compares with another.\n\n"
	"  vgicsim bench -o before.json\n"
	"  vgicsim bench small -d kvm-aplist -d ./mydesign.so -o both.json\n"
	"  vgicsim bench small -H ./myhost.ini -o mine.json\n"
	"  vgicsim bench --reps 9 -o times.json\n\v"
	"Without SET the set \"default\" is run. -d, -H, --lock and --trace take the place of what "
	"the set has of the kind; what then cannot be run is left out and named.";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Instead of the set's own:", 1 },
	{ "design", 'd', "NAME|FILE.so", 0, "this design; may be repeated, as all of these", 0 },
	{ "host", 'H', "NAME|FILE", 0, "host profile", 0 },
	{ "lock", OPT_LOCK, "ALGORITHM", 0, "ticket, queued or tas", 0 },
	{ "trace", KEY_TRACE, "TRACE", 0, "a file or gen:WORKLOAD", 0 },
	{ "set", OPT_SET, "KEY=VALUE", 0, "a value of all hosts, besides", 0 },
	{ "check", OPT_CHECK, NULL, 0, "judge every delivery by the architecture, besides", 0 },
	{ NULL, 0, NULL, 0, "How:", 2 },
	{ "reps", KEY_REPS, "N", 0,
	  "measure wall-clock and CPU time, N times after one round of warm-up, one run at a time; "
	  "nine or more for diff to tell much",
	  0 },
	{ "seed", 's', "N", 0, "of the shuffled order of the repetitions", 0 },
	{ "jobs", 'j', "N", 0, "threads; default: one for each CPU (times are of one)", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "figures", KEY_FIGURES, "core|all", 0, "which figures; default: the set's choice", 0 },
	{ "list", KEY_LIST, NULL, 0, "the sets there are, or the rows of SET", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static void take(struct argp_state *state, struct words *w, const char *what, const char *arg)
{
	if (w->nr == MAX_WORDS)
		argp_error(state, "%s: want at most %d", what, MAX_WORDS);
	w->word[w->nr++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench_args *a = state->input;

	switch (key) {
	case 'd':
		take(state, &a->list[LIST_DESIGN], "-d", arg);
		return 0;
	case 'H':
		take(state, &a->list[LIST_HOST], "-H", arg);
		return 0;
	case OPT_LOCK:
		take(state, &a->list[LIST_LOCK], "--lock", arg);
		return 0;
	case KEY_TRACE:
		take(state, &a->list[LIST_TRACE], "--trace", arg);
		return 0;
	case OPT_SET:
		take(state, &a->list[LIST_SET], "--set", arg);
		return 0;
	case OPT_CHECK:
		a->check = true;
		return 0;
	case KEY_REPS:
		a->reps = (unsigned int)number(state, "--reps", arg, BENCH_MAX_REPS);
		return 0;
	case 's':
		a->seed = number(state, "--seed", arg, INT64_MAX);
		return 0;
	case 'j':
		a->jobs = (unsigned int)number(state, "--jobs", arg, 1024);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case KEY_FIGURES:
		choose(state, "--figures", figure_names, arg);
		a->figures = arg;
		return 0;
	case KEY_LIST:
		a->names = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->set)
			argp_error(state, "want one set, have %s as well as %s", arg, a->set);
		a->set = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- the document --------------------------------------------------------------- */

struct bench {
	const struct bench_args *a;
	struct bench_set set;
	/* What is run, in the set's order, and where in the set each is. */
	struct cell *cell;
	size_t *at, nr;
	json_t **row;	       /* by place in the set */
	uint64_t *fingerprint; /* likewise */
	uint64_t nr_done;
	struct progress progress;
	bool failed; /* a run: the first in the set's order is in why */
	size_t failed_at;
	struct err why;
};

/* As it would be typed: what makes the simulated part of the document. */
static json_t *command_json(const struct bench *b)
{
	const struct bench_args *a = b->a;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *j;

	if (!f)
		return NULL;
	fprintf(f, "vgicsim bench %s", a->set);
	for (unsigned int l = 0; l < LIST_NR; l++)
		for (unsigned int i = 0; i < a->list[l].nr; i++)
			fprintf(f, " %s %s", list_options[l], a->list[l].word[i]);
	fprintf(f, "%s%s%s", a->check ? " --check" : "", a->figures ? " --figures " : "",
		a->figures ? a->figures : "");
	j = fclose(f) ? NULL : json_string(text);
	free(text);
	return j;
}

/* The row as rows are everywhere, what is run first, and of the figures those wanted. */
static json_t *named_row(const char *text, const struct row *row, bool core)
{
	json_t *all = row_json(row), *j = json_pack("{s:s}", "cell", text);
	json_t *figures = json_object_get(all, "figures"), *v;
	const char *name;
	void *next;

	json_object_foreach_safe(figures, next, name, v) if (core && !bench_core_figure(name))
		json_object_del(figures, name);
	if (all && j && !json_object_update(j, all)) {
		json_decref(all);
		return j;
	}
	json_decref(all);
	json_decref(j);
	return NULL;
}

static int take_row(void *priv, size_t i, const struct row *row, struct err *err)
{
	struct bench *b = priv;
	size_t at = b->at[i];

	b->row[at] = named_row(b->set.row[at].text, row, b->set.core);
	b->fingerprint[at] = row->fingerprint;
	if (row->status && (!b->failed || at < b->failed_at)) {
		b->failed = true;
		b->failed_at = at;
		err_set(&b->why, (enum err_code)row->status, "%s: %s", b->set.row[at].text,
			row->error ? row->error : "failed");
	}
	progress_update(&b->progress, ++b->nr_done, b->nr);
	return b->row[at] ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

/* Where the code of each design is to be read, or which file it came from. */
static json_t *designs_json(const struct bench *b)
{
	json_t *j = json_object(), *one;
	struct err err;

	for (size_t i = 0; i < b->nr; i++) {
		const struct vgic_design *d = design_load(b->cell[i].design, &err);
		const struct design_origin *from = d ? design_origin(d) : NULL;
		char digest[20] = "";

		if (!d || json_object_get(j, b->cell[i].design))
			continue;
		if (from)
			snprintf(digest, sizeof(digest), "%016" PRIx64, from->digest);
		one = json_pack("{s:s,s:s*,s:s*}", "kernel", d->kernel, "file",
				from ? from->file : NULL, "digest", from ? digest : NULL);
		json_object_set_new(j, b->cell[i].design, one);
	}
	return j;
}

static json_t *document(const struct bench *b)
{
	json_t *rows = json_array(), *left = json_array();
	json_t *doc_json;

	for (size_t i = 0; i < b->set.nr; i++)
		if (b->set.row[i].why)
			json_array_append_new(left,
					      json_pack("{s:s,s:s}", "cell", b->set.row[i].text,
							"why", b->set.row[i].why));
		else
			json_array_append(rows, b->row[i]);
	doc_json = json_pack("{s:s,s:s,s:o,s:{s:s,s:s,s:s},s:o,s:o,s:o}", "schema", BENCH_SCHEMA,
			     "version", VGICSIM_VERSION, "command", command_json(b), "set", "name",
			     b->set.name, "summary", b->set.summary, "figures",
			     b->set.core ? "core" : "all", "designs", designs_json(b), "left_out",
			     left, "rows", rows);
	return doc_json;
}

/* ---- running --------------------------------------------------------------------- */

/* Those rows of the set that can be run. */
static int choose_rows(struct bench *b, struct err *err)
{
	b->cell = calloc(b->set.nr, sizeof(*b->cell));
	b->at = calloc(b->set.nr, sizeof(*b->at));
	b->row = calloc(b->set.nr, sizeof(json_t *));
	b->fingerprint = calloc(b->set.nr, sizeof(*b->fingerprint));
	if (!b->cell || !b->at || !b->row || !b->fingerprint)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < b->set.nr; i++) {
		if (b->set.row[i].why) {
			if (!b->a->quiet)
				fprintf(stderr, "%s: left out: %s: %s\n", b->a->command,
					b->set.row[i].text, b->set.row[i].why);
			continue;
		}
		b->cell[b->nr] = b->set.row[i].cell;
		b->at[b->nr++] = i;
	}
	if (!b->nr)
		return err_set(err, ERR_USAGE, "%s: nothing of it can be run; the first: %s",
			       b->set.name, b->set.row[0].why);
	return 0;
}

static int simulate(struct bench *b, struct err *err)
{
	struct pool_options o = { .jobs = b->a->jobs, .row = take_row, .priv = b };
	int ret;

	progress_begin(&b->progress, "bench", false);
	b->progress.on &= !b->a->quiet;
	ret = pool_run(b->cell, b->nr, &o, err);
	progress_end(&b->progress);
	return ret;
}

static int measure_times(struct bench *b, json_t *doc_json, struct err *err)
{
	struct bench_time o = { .reps = b->a->reps, .seed = b->a->seed };
	json_t *wall;

	progress_begin(&b->progress, "bench, times", false);
	b->progress.on &= !b->a->quiet;
	o.progress = progress_update;
	o.progress_priv = &b->progress;
	wall = bench_time(&b->set, b->fingerprint, &o, err);
	progress_end(&b->progress);
	if (!wall)
		return err->code;
	return json_object_set_new(doc_json, "wall", wall)
		       ? err_set(err, ERR_NOMEM, "out of memory")
		       : 0;
}

/* What is read must not be written over; and what cannot be written is said at once. */
static struct out_file *open_out(const struct bench *b, struct err *err)
{
	const struct bench_args *a = b->a;
	int ret = distinct(b->set.path, a->out, err);

	for (size_t i = 0; !ret && i < b->nr; i++) {
		const struct cell *c = &b->cell[i];

		ret = distinct(c->trace, a->out, err);
		ret = ret ? ret : distinct(c->host, a->out, err);
		ret = ret ? ret : distinct(c->design, a->out, err);
	}
	return ret ? NULL : out_open(a->out, err);
}

static int write_out(struct out_file *out, const json_t *doc_json, struct err *err)
{
	struct out_style style = { .color = false };
	int ret = out_json(out_stream(out), doc_json, &style, err);

	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

static int make_document(struct bench *b, struct out_file *out, struct err *err)
{
	json_t *doc_json = NULL;
	int ret = simulate(b, err);

	if (!ret) {
		doc_json = document(b);
		ret = doc_json ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	}
	/* A run that fails has no time worth comparing. */
	if (!ret && b->a->reps && !b->failed)
		ret = measure_times(b, doc_json, err);
	if (!ret)
		ret = write_out(out, doc_json, err);
	else
		out_abort(out);
	json_decref(doc_json);
	return ret;
}

static int run(struct bench *b, struct err *err)
{
	struct out_file *out;
	int ret = choose_rows(b, err);

	if (ret)
		return ret;
	out = open_out(b, err);
	if (!out)
		return err->code;
	ret = make_document(b, out, err);
	if (!ret && b->failed) {
		*err = b->why;
		ret = err->code;
	}
	return ret;
}

static int load(const struct bench_args *a, struct bench_set *set, struct err *err)
{
	const struct words *l = a->list;
	const struct bench_instead instead = {
		.trace = l[LIST_TRACE].word,
		.nr_traces = l[LIST_TRACE].nr,
		.design = l[LIST_DESIGN].word,
		.nr_designs = l[LIST_DESIGN].nr,
		.host = l[LIST_HOST].word,
		.nr_hosts = l[LIST_HOST].nr,
		.lock = l[LIST_LOCK].word,
		.nr_locks = l[LIST_LOCK].nr,
		.set = l[LIST_SET].word,
		.nr_sets = l[LIST_SET].nr,
		.check = a->check,
	};

	/* One that is not there is a wrong option, not a row that cannot be. */
	for (unsigned int i = 0; i < l[LIST_DESIGN].nr; i++)
		if (!design_load(l[LIST_DESIGN].word[i], err))
			return err_prefix(err, "-d %s", l[LIST_DESIGN].word[i]);
	return bench_set_load(set, a->set, &instead, err);
}

static int list_sets(struct err *err)
{
	const struct bench_instead as_it_is = { 0 };
	char **names = NULL;
	size_t nr = 0;
	int ret = bench_set_list(&names, &nr, err);

	for (size_t i = 0; i < nr; i++) {
		struct bench_set set;

		if (!ret)
			ret = bench_set_load(&set, names[i], &as_it_is, err);
		if (!ret) {
			printf("%-10s %4zu rows  %s\n", set.name, set.nr, set.summary);
			bench_set_fini(&set);
		}
		free(names[i]);
	}
	free(names);
	return ret;
}

static int bench(struct bench_args *a, struct err *err)
{
	struct bench b = { .a = a };
	int ret = load(a, &b.set, err);

	if (ret)
		return ret;
	if (a->figures)
		b.set.core = !strcmp(a->figures, "core");
	for (size_t i = 0; a->names && i < b.set.nr; i++)
		printf("%s%s%s\n", b.set.row[i].text, b.set.row[i].why ? "  cannot be: " : "",
		       b.set.row[i].why ? b.set.row[i].why : "");
	if (!a->names)
		ret = run(&b, err);
	for (size_t i = 0; b.row && i < b.set.nr; i++)
		json_decref(b.row[i]);
	free(b.row);
	free(b.cell);
	free(b.at);
	free(b.fingerprint);
	bench_set_fini(&b.set);
	return ret;
}

int cmd_bench(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "[SET|FILE.ini]", doc, NULL, NULL, NULL };
	struct bench_args a = { .command = argv[0], .seed = 1 };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.names && !a.set) {
		ret = list_sets(&err);
	} else {
		a.set = a.set ? a.set : "default";
		ret = bench(&a, &err);
	}
	return ret ? fail(a.command, &err) : 0;
}
