// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim diff: two documents of figures, and whether the second is worse. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "diff.h"

#define MAX_MATCHES 64

struct diff_args {
	const char *command, *path[2], *out;
	const struct diff_output *view;
	struct diff_match match[MAX_MATCHES];
	struct diff_options o;
	enum color color;
	bool all;
};

enum { KEY_THRESHOLD = 0x1000, KEY_STRICT, KEY_FORCE, KEY_ALL, KEY_MATCH };

static const char doc[] =
	"Compare figures of two documents of bench, sweep or replay -f json: what is simulated "
	"exactly, times on a clock by rank sums. Exit status 1: something got worse.\n\n"
	"  vgicsim diff before.json after.json\n"
	"  vgicsim diff before.json after.json --threshold entry_p99=5% -f lkml\n"
	"  vgicsim diff bench/baselines/small.json now.json --strict\n"
	"  vgicsim diff both.json --match-design kvm-aplist=mydesign\n\v"
	"One document is compared with itself, which is of use with --match-...";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is compared:", 1 },
	{ "match-design", KEY_MATCH + DIM_DESIGN, "A=B", 0,
	  "put rows of design A in BASE against those of B in NEW, and leave out other designs; "
	  "may be repeated",
	  0 },
	{ "match-host", KEY_MATCH + DIM_HOST, "A=B", 0, "the same of hosts", 0 },
	{ "match-lock", KEY_MATCH + DIM_LOCK, "A=B", 0, "the same of lock algorithms", 0 },
	{ "match-trace", KEY_MATCH + DIM_TRACE, "A=B", 0, "the same of traces (with --force)", 0 },
	{ "force", KEY_FORCE, NULL, 0,
	  "compare rows whose trace is not the same, and times of two machines", 0 },
	{ NULL, 0, NULL, 0, "What is a regression:", 2 },
	{ "threshold", KEY_THRESHOLD, "METRIC=LIMIT", 0,
	  "entry_p99=2%, latency=1%,5ns or 'exits_*'=10: more than that, either way, is one; of a "
	  "metric, a shell pattern or a group; may be repeated",
	  0 },
	{ "strict", KEY_STRICT, NULL, 0, "any change, and any row without its like, is one", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "format", 'f', "FORMAT", 0, "table (default), markdown, lkml (72 columns), json or csv",
	  0 },
	{ "all", KEY_ALL, NULL, 0, "every change, not the largest twenty of each kind", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 0 },
	{ 0 },
};

static void parse_match(struct argp_state *state, struct diff_args *a, enum diff_dim dim, char *arg)
{
	char *eq = strchr(arg, '=');

	/* A specification of a trace has such signs of its own: the middle one counts. */
	if (dim == DIM_TRACE && eq)
		for (char *next = eq; (next = strchr(next + 1, '='));)
			if (labs((long)strlen(next) - (next - arg)) <
			    labs((long)strlen(eq) - (eq - arg)))
				eq = next;
	if (!eq || eq == arg || !eq[1])
		argp_error(state, "--match-%s: want A=B, have %s", diff_dim_names[dim], arg);
	if (a->o.nr_match == MAX_MATCHES)
		argp_error(state, "--match-%s: want at most %d", diff_dim_names[dim], MAX_MATCHES);
	*eq = '\0';
	a->match[a->o.nr_match++] = (struct diff_match){ .dim = dim, .base = arg, .now = eq + 1 };
}

static const struct diff_output *find_view(const char *name)
{
	for (const struct diff_output *v = diff_outputs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff_args *a = state->input;
	struct err err;

	if (key >= KEY_MATCH && key < KEY_MATCH + DIM_REST) {
		parse_match(state, a, (enum diff_dim)(key - KEY_MATCH), arg);
		return 0;
	}
	switch (key) {
	case KEY_FORCE:
		a->o.force = true;
		return 0;
	case KEY_STRICT:
		a->o.strict = true;
		return 0;
	case KEY_THRESHOLD:
		if (diff_rule_add(&a->o.rules, arg, &err))
			argp_error(state, "--threshold: %s", err.msg);
		return 0;
	case 'f':
		a->view = find_view(arg);
		if (!a->view)
			argp_error(state, "-f: want table, markdown, lkml, json or csv, have %s",
				   arg);
		return 0;
	case KEY_ALL:
		a->all = true;
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case OPT_COLOR:
		a->color = choose(state, "--color", color_names, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_error(state, "want BASE and NEW, have %s as well", arg);
		a->path[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want BASE and NEW");
	}
	return ARGP_ERR_UNKNOWN;
}

static int show(const struct diff_args *a, const struct diff *d, struct err *err)
{
	struct diff_style style = { .color = color_wanted(a->color, a->out), .all = a->all };
	struct out_file *out = out_open(a->out, err);
	int ret;

	if (!out)
		return err->code;
	ret = a->view->render(out_stream(out), d, &style, err);
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

static int compare(const struct diff_args *a, bool *is_no, struct err *err)
{
	struct diff_doc base = { 0 }, now = { 0 };
	const struct diff_doc *second = a->path[1] ? &now : &base;
	struct diff d = { 0 };
	int ret = diff_load(&base, a->path[0], err);

	if (!ret && a->path[1])
		ret = diff_load(&now, a->path[1], err);
	if (!ret)
		ret = distinct(a->path[0], a->out, err);
	if (!ret)
		ret = distinct(a->path[1], a->out, err);
	if (!ret)
		ret = diff_run(&d, &base, second, &a->o, err);
	if (!ret)
		ret = show(a, &d, err);
	if (!ret)
		*is_no = diff_is_no(&d);
	diff_fini(&d);
	diff_doc_fini(&base);
	diff_doc_fini(&now);
	return ret;
}

int cmd_diff(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "BASE.json [NEW.json]", doc, NULL,
					  NULL,	   NULL };
	struct diff_args a = { .command = argv[0], .view = &diff_outputs[0] };
	bool is_no = false;
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	a.o.match = a.match;
	ret = compare(&a, &is_no, &err);
	diff_rules_fini(&a.o.rules);
	if (ret)
		return fail(a.command, &err);
	return is_no ? EXIT_NO : 0;
}
