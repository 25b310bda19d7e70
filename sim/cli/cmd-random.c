/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim random: small random traces through designs, judged, failures shrunk. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common.h"
#include "design-load.h"
#include "random.h"
#include "result-make.h"

#define MAX_DESIGNS   16
#define MAX_KEPT      32
#define SHRINK_BUDGET 20000

/* Of one sort: a design and what is wrong with it. The first is shrunk. */
struct sort {
	const struct vgic_design *design;
	struct random_case c;
	struct random_verdict v;
	size_t nr_before; /* records, before it was shrunk */
	uint64_t count;
	char path[512]; /* kept there, or empty */
};

struct random_args {
	const char *command, *keep;
	const struct vgic_design *design[MAX_DESIGNS];
	unsigned int nr_designs;
	uint64_t nr, seed, explore;
	bool stop, print, json, quiet, no_shrink, no_reference;
	struct random_judge j;
	struct sort sort[MAX_KEPT];
	unsigned int nr_sorts;
	uint64_t traces, records, findings;
};

static const char doc[] =
	"Make small adversarial traces, run each through vgic designs, and judge them: by the "
	"architecture, by lock order, by a second engine. A trace that shows something is "
	"shrunk.\n\n"
	"  vgicsim random -n 10000 --keep found\n"
	"  vgicsim random -n 1000 --seed 7 -d kvm-aplist --explore 4\n"
	"  vgicsim random --seed 4711 --print\n\v"
	"The same seed makes the same trace everywhere. Exit status 5 if something was found.";

static const struct argp_option options[] = {
	{ "traces", 'n', "N", 0, "how many; default 1000", 0 },
	{ "seed", 's', "N", 0, "seed of the first trace, the others follow; default 1", 0 },
	{ "design", 'd', "NAME|FILE", 0,
	  "this design, or that of ./FILE.so; may be repeated; default: all that are built in", 0 },
	{ "explore", OPT_EXPLORE, "K", 0,
	  "beside the usual one, K other orders of what happens at the same time; default 1", 0 },
	{ "no-reference", OPT_REFERENCE, NULL, 0, "leave out the comparison of the two engines",
	  0 },
	{ "keep", OPT_KEEP, "DIR", 0, "write each shrunk trace there", 0 },
	{ "no-shrink", OPT_NO_SHRINK, NULL, 0, "keep traces as they were made", 0 },
	{ "first", '1', NULL, 0, "stop at the first finding", 0 },
	{ "print", 'p', NULL, 0, "print the trace of this seed, and run nothing", 0 },
	{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 },
};

static void add_design(struct argp_state *state, struct random_args *a, const char *name)
{
	const struct vgic_design *d;
	struct err err;

	d = design_load(name, &err);
	if (!d)
		argp_failure(state, err_exit_status(&err), 0, "%s", err.msg);
	if (a->nr_designs == MAX_DESIGNS)
		argp_error(state, "-d: want at most %d designs", MAX_DESIGNS);
	a->design[a->nr_designs++] = d;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct random_args *a = state->input;

	switch (key) {
	case 'n':
		a->nr = number(state, "-n", arg, UINT32_MAX);
		return 0;
	case 's':
		a->seed = number(state, "--seed", arg, INT64_MAX);
		return 0;
	case 'd':
		add_design(state, a, arg);
		return 0;
	case OPT_EXPLORE:
		a->explore = number(state, "--explore", arg, 1000);
		return 0;
	case OPT_REFERENCE:
		a->no_reference = true;
		return 0;
	case OPT_KEEP:
		a->keep = arg;
		return 0;
	case OPT_NO_SHRINK:
		a->no_shrink = true;
		return 0;
	case '1':
		a->stop = true;
		return 0;
	case 'p':
		a->print = true;
		return 0;
	case 'f':
		a->json = choose(state, "-f", formats, arg);
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "want no argument, have %s", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static bool same_sort(const struct sort *s, const struct vgic_design *d,
		      const struct random_verdict *v)
{
	return s->design == d && s->v.trouble == v->trouble &&
	       (v->trouble != RANDOM_VIOLATION || s->v.found == v->found);
}

static int print_case(const struct random_args *a, struct err *err)
{
	struct random_case c;
	char *text;

	if (random_case_make(&c, a->seed, err))
		return err->code;
	text = random_case_text(&c, design_word(a->design[0]), 0, "");
	random_case_fini(&c);
	if (!text)
		return err_set(err, ERR_NOMEM, "out of memory");
	fputs(text, stdout);
	free(text);
	return 0;
}

static int keep(const struct random_args *a, struct sort *s, struct err *err)
{
	char comment[1400];
	struct out_file *out;
	char *text;
	int n;

	n = snprintf(s->path, sizeof(s->path), "%s/%s-seed-%" PRIu64 "-%u.vgt", a->keep,
		     s->design->name, s->c.seed, (unsigned int)(s - a->sort));
	if (n >= (int)sizeof(s->path))
		return err_set(err, ERR_USAGE, "--keep %s: too long", a->keep);
	snprintf(comment, sizeof(comment), "%s: %s\n%s\nmade by seed %" PRIu64, s->design->name,
		 random_trouble_names[s->v.trouble], s->v.text, s->c.seed);
	text = random_case_text(&s->c, design_word(s->design), s->v.explore, comment);
	if (!text)
		return err_set(err, ERR_NOMEM, "out of memory");
	out = out_open(s->path, err);
	if (!out) {
		free(text);
		return err->code;
	}
	fputs(text, out_stream(out));
	free(text);
	return out_commit(out, err);
}

/* What was found in @c: new, then shrunk and kept; or one more of its sort. */
static int found(struct random_args *a, const struct random_case *c, const struct vgic_design *d,
		 struct random_verdict *v, struct err *err)
{
	struct sort *s;
	unsigned int i;
	int rc;

	a->findings++;
	for (i = 0; i < a->nr_sorts && !same_sort(&a->sort[i], d, v); i++)
		;
	s = &a->sort[i];
	if (i < a->nr_sorts || i == MAX_KEPT) {
		if (i < a->nr_sorts)
			s->count++;
		random_verdict_fini(v);
		return 0;
	}
	rc = random_case_copy(&s->c, c, err);
	if (rc) {
		random_verdict_fini(v);
		return rc;
	}
	s->design = d;
	s->v = *v;
	s->count = 1;
	s->nr_before = c->nr;
	a->nr_sorts++;
	if (!a->no_shrink)
		rc = random_shrink(&a->j, &s->c, d, &s->v, SHRINK_BUDGET, err);
	if (!rc && a->keep)
		rc = keep(a, s, err);
	return rc;
}

/* Order 0 is by number; the others differ from trace to trace. */
static uint64_t order_of(uint64_t seed, uint64_t k)
{
	uint64_t z = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + k * UINT64_C(0xbf58476d1ce4e5b9);

	z ^= z >> 31;
	return k ? 1 + z * UINT64_C(0x94d049bb133111eb) % 999999 : 0;
}

static int one_trace(struct random_args *a, uint64_t seed, struct err *err)
{
	struct random_verdict v;
	struct random_case c;
	int rc;

	rc = random_case_make(&c, seed, err);
	if (rc)
		return rc;
	a->traces++;
	a->records += c.nr;
	for (unsigned int d = 0; !rc && d < a->nr_designs; d++) {
		for (uint64_t k = 0; !rc && k <= a->explore; k++) {
			/* The engines are compared in one of the orders. */
			a->j.no_reference = a->no_reference || k != seed % (a->explore + 1);
			rc = random_judge_one(&a->j, &c, a->design[d], order_of(seed, k), &v, err);
			if (!rc && v.trouble) {
				rc = found(a, &c, a->design[d], &v, err);
				break; /* one a trace and design */
			}
		}
	}
	random_case_fini(&c);
	return rc;
}

static void show_log(const char *log)
{
	while (log && *log) {
		size_t n = strcspn(log, "\n");

		printf("    %.*s\n", (int)n, log);
		log += n + (log[n] == '\n');
	}
}

static void show_text(const struct random_args *a)
{
	for (unsigned int i = 0; i < a->nr_sorts; i++) {
		const struct sort *s = &a->sort[i];

		printf("%s: %s, in %" PRIu64 " of %" PRIu64 " traces, first by seed %" PRIu64 "\n",
		       s->design->name, random_trouble_names[s->v.trouble], s->count, a->traces,
		       s->c.seed);
		printf("    %s\n", s->v.text);
		show_log(s->v.log);
		printf("    %zu of %zu records", s->c.nr, s->nr_before);
		if (s->path[0])
			printf(", kept as %s", s->path);
		printf("\n");
	}
	printf("%" PRIu64 " traces of %" PRIu64 " records, %" PRIu64 " runs of %u designs, %" PRIu64
	       " guest entries, %" PRIu64 " deliveries judged: %" PRIu64 " findings\n",
	       a->traces, a->records, a->j.runs, a->nr_designs, a->j.entries, a->j.deliveries,
	       a->findings);
}

static int show_json(const struct random_args *a, struct err *err)
{
	json_t *list = json_array(), *met = json_array(), *plugins = json_object(), *top;
	int rc;

	for (unsigned int i = 0; i < a->nr_sorts; i++) {
		const struct sort *s = &a->sort[i];

		json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s*,s:I,s:I,s:I,s:I,s:I,s:s,s:s,s:s}", "design",
				  s->design->name, "trouble", random_trouble_names[s->v.trouble],
				  "finding",
				  s->v.trouble == RANDOM_VIOLATION ? oracle_finding_name(s->v.found)
								   : NULL,
				  "count", (json_int_t)s->count, "seed", (json_int_t)s->c.seed,
				  "explore", (json_int_t)s->v.explore, "records",
				  (json_int_t)s->nr_before, "shrunk_records", (json_int_t)s->c.nr,
				  "text", s->v.text, "log", s->v.log ? s->v.log : "", "kept",
				  s->path));
	}
	for (unsigned int i = 0; i < a->nr_designs; i++) {
		json_t *plugin = result_plugin(a->design[i]);

		if (plugin)
			json_object_set_new(plugins, a->design[i]->name, plugin);
	}
	if (!json_object_size(plugins)) {
		json_decref(plugins);
		plugins = NULL;
	}
	for (unsigned int i = 0; i < a->j.nr_declared; i++)
		json_array_append_new(met, json_pack("{s:s,s:s,s:s,s:I}", "design",
						     a->j.declared[i].design->name, "finding",
						     oracle_finding_name(a->j.declared[i].d->found),
						     "deviation", a->j.declared[i].d->what, "count",
						     (json_int_t)a->j.declared[i].count));
	top = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o*}", "schema",
			"vgicsim-random-1", "seed", (json_int_t)a->seed, "traces",
			(json_int_t)a->traces, "records", (json_int_t)a->records, "runs",
			(json_int_t)a->j.runs, "entries", (json_int_t)a->j.entries, "deliveries",
			(json_int_t)a->j.deliveries, "findings_count", (json_int_t)a->findings,
			"findings", list, "declared", met, "plugins", plugins);
	rc = top && !json_dumpf(top, stdout, JSON_INDENT(2)) ? 0 : -1;
	json_decref(top);
	if (rc)
		return err_set(err, ERR_NOMEM, "out of memory");
	putchar('\n');
	return 0;
}

static int run_all(struct random_args *a, struct err *err)
{
	struct progress progress;
	int rc = random_judge_init(&a->j, err);

	if (!rc && a->keep && mkdir(a->keep, 0777) && errno != EEXIST)
		rc = err_set(err, ERR_OUTPUT, "%s: %s", a->keep, strerror(errno));
	progress_begin(&progress, "random traces", false);
	progress.on &= !a->quiet;
	for (uint64_t i = 0; !rc && i < a->nr; i++) {
		rc = one_trace(a, a->seed + i, err);
		progress_update(&progress, i, a->nr);
		if (a->stop && a->nr_sorts)
			break;
	}
	progress_end(&progress);
	return rc;
}

/* What the command fails with: the first finding. */
static int status(const struct random_args *a, struct err *err)
{
	const struct sort *s = a->sort;

	if (!a->nr_sorts)
		return 0;
	return err_set(err, ERR_INVARIANT, "%s: seed %" PRIu64 ": %s", s->design->name, s->c.seed,
		       s->v.text);
}

int cmd_random(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
	struct random_args *a = calloc(1, sizeof(*a));
	struct err err;
	int ret;

	if (!a) {
		err_set(&err, ERR_NOMEM, "out of memory");
		return fail(argv[0], &err);
	}
	a->command = argv[0];
	a->nr = 1000;
	a->seed = a->explore = 1;
	argp_parse(&argp, argc, argv, 0, NULL, a);
	for (unsigned int i = 0; !a->nr_designs && vgic_designs[i] && i < MAX_DESIGNS; i++)
		a->design[i] = vgic_designs[i];
	while (a->nr_designs < MAX_DESIGNS && a->design[a->nr_designs])
		a->nr_designs++;
	if (a->print)
		ret = print_case(a, &err);
	else
		ret = run_all(a, &err);
	if (!a->print && !ret) {
		if (a->json)
			ret = show_json(a, &err);
		else
			show_text(a);
		if (!ret)
			ret = status(a, &err);
	}
	ret = ret ? fail(a->command, &err) : 0;
	for (unsigned int i = 0; i < a->nr_sorts; i++) {
		random_case_fini(&a->sort[i].c);
		random_verdict_fini(&a->sort[i].v);
	}
	free(a);
	return ret;
}
