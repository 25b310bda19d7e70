/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim report: results or a sweep in, one HTML file out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "report-sweep.h"
#include "result.h"

struct report_args {
	const char *command, *out, *x;
	char **path;
	size_t nr;
	struct report_options o;
	bool term;
	enum color color;
};

static const char doc[] =
	"Make one self-contained HTML file, with figures, of results.\n\n"
	"  vgicsim replay t.pcap.gz -f json -o r.json\n"
	"  vgicsim report r.json -o r.html\n"
	"  vgicsim report ticket.json queued.json -o both.html --figures figures\n"
	"  vgicsim report r.json --plot=term\n"
	"  vgicsim report sweep.json -o sweep.html\n\v"
	"RESULT.json is what \"vgicsim replay -f json\" wrote, or one sweep; - is standard input.";

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the HTML file; - is standard output", 0 },
	{ "figures", OPT_KEEP_PLOTS, "DIR", 0,
	  "leave each figure there: SVG, its script and its data", 0 },
	{ "keep-plots", OPT_KEEP_PLOTS, NULL, OPTION_ALIAS, NULL, 0 },
	{ "plot", OPT_PLOT, "WHERE", 0, "term: a preview on standard output; -o is not needed", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "of the preview: auto (default), always or never", 0 },
	{ "no-plots", OPT_NO_PLOTS, NULL, 0, "tables only", 0 },
	{ "x", OPT_X, "AXIS", 0, "of a sweep, what lies along x (the axis of most values)", 0 },
	{ "title", OPT_TITLE, "TEXT", 0, "the report's title", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_args *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case OPT_KEEP_PLOTS:
		a->o.keep_plots_dir = arg;
		return 0;
	case OPT_PLOT:
		choose(state, "--plot", plot_names, arg);
		a->term = true;
		return 0;
	case OPT_COLOR:
		a->color = choose(state, "--color", color_names, arg);
		return 0;
	case OPT_NO_PLOTS:
		a->o.plots = false;
		return 0;
	case OPT_X:
		a->x = arg;
		return 0;
	case OPT_TITLE:
		a->o.title = arg;
		return 0;
	case ARGP_KEY_ARG:
		a->path = reallocarray(a->path, a->nr + 1, sizeof(*a->path));
		if (!a->path)
			argp_failure(state, EXIT_OUTPUT, ENOMEM, "%s", arg);
		a->path[a->nr++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->nr)
			argp_error(state, "want at least one RESULT.json");
		if (!a->out && !a->term)
			argp_error(state, "want -o FILE or --plot=term");
		if (a->out && a->term && !strcmp(a->out, "-"))
			argp_error(state, "want -o FILE beside --plot=term, have -o -");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static bool is_sweep(const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));

	return schema && !strcmp(schema, SWEEP_SCHEMA);
}

static int report_of_sweep(const struct report_args *a, json_t *root, struct err *err)
{
	struct sweep_doc d;
	int ret = sweep_doc_of(&d, a->path[0], root, err);

	if (ret)
		return ret;
	if (a->out)
		ret = report_sweep_html(&d, a->x, a->out, &a->o, err);
	if (!ret && a->term)
		ret = plot_term(&(struct plot_what){ .sweep = &d, .x = a->x }, a->color, err);
	sweep_doc_fini(&d);
	return ret;
}

static int report_of_results(const struct report_args *a, json_t *const *root, struct err *err)
{
	const char *const *paths = (const char *const *)a->path;
	int ret = 0;

	if (a->x)
		return err_set(err, ERR_USAGE, "--x: want a sweep, have a result");
	for (size_t i = 0; !ret && i < a->nr; i++)
		ret = is_sweep(root[i]) ? err_set(err, ERR_USAGE,
						  "%s: want a sweep alone (vgicsim merge joins "
						  "its shards), have it beside others",
						  a->path[i])
					: result_check(a->path[i], root[i], err);
	if (!ret && a->out)
		ret = report_html(root, paths, a->nr, a->out, &a->o, err);
	if (!ret && a->term)
		ret = plot_term(&(struct plot_what){ .results = root, .paths = paths, .nr = a->nr },
				a->color, err);
	return ret;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "RESULT.json...", doc, NULL, NULL, NULL };
	struct report_args a = { .command = argv[0], .o = { .plots = true } };
	json_t **docs;
	struct err err;
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	docs = calloc(a.nr, sizeof(*docs));
	if (!docs)
		ret = err_set(&err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; !ret && i < a.nr; i++) {
		if (!distinct(a.path[i], a.out, &err))
			docs[i] = result_read(a.path[i], &err);
		if (!docs[i])
			ret = err.code;
	}
	if (!ret && a.nr == 1 && is_sweep(docs[0]))
		ret = report_of_sweep(&a, docs[0], &err);
	else if (!ret)
		ret = report_of_results(&a, docs, &err);
	for (size_t i = 0; docs && i < a.nr; i++)
		json_decref(docs[i]);
	free(docs);
	free(a.path);
	return ret ? fail(a.command, &err) : 0;
}
