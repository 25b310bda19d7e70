/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim replay: one trace through one or several designs, one result. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clone.h"
#include "common.h"
#include "replay-args.h"
#include "result-make.h"

struct replay_args {
	const char *command;
	const char *trace, *out, *log;
	const struct output *view;
	enum color color;
	bool quiet, plot;
	uint32_t copies;  /* 0: the trace as it is */
	struct err wrong; /* with is_wrong: the first violation that a check found */
	bool is_wrong;
	struct trace_reader *reader; /* opened for its header, not yet read, or NULL */
	struct replay_what what;
};

static const char doc[] =
	"Run a trace through vgic designs on a simulated host and compare them.\n\n"
	"  vgicsim replay t.pcap.gz\n"
	"  vgicsim replay t.pcap.gz -d kvm-legacy -d kvm-aplist --lock queued\n"
	"  vgicsim replay t.pcap.gz -f json -o r.json\n"
	"  vgicsim replay t.pcap.gz --host xgene1-m400 --set c2c_near=60ns\n"
	"  vgicsim replay t.pcap.gz -d kvm-aplist --log run.jsonl\n\v"
	"Without -d kvm-legacy and kvm-aplist run. Without --host a GICv3 trace runs "
	"on " DEFAULT_HOST_V3 ", a GICv2 trace on " DEFAULT_HOST_V2 ". Of a truncated trace "
	"everything before the defect is replayed and shown, and the exit status is 3.";

static const struct argp_option options[] = {
	{ "check", OPT_CHECK, NULL, 0,
	  "judge every delivery by the architecture; exit status 5 if one is wrong that the "
	  "design does not declare",
	  2 },
	{ "clone", OPT_CLONE, "N", 0,
	  "N copies of the recorded guest in one VM; their phases are drawn from --seed", 2 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "format", 'f', "FORMAT", 0, "table (default), json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "log", OPT_LOG, "FILE", 0,
	  "the run itself, one JSON object a line; with several designs the name of each goes "
	  "before the suffix",
	  0 },
	{ "plot", OPT_PLOT, "WHERE", 0, "term: a preview of the figures on standard output", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->what;
		return 0;
	case OPT_CHECK:
		a->what.o.check = true;
		return 0;
	case OPT_CLONE:
		a->copies = (uint32_t)number(state, "--clone", arg, TRACE_MAX_VCPUS);
		if (!a->copies)
			argp_error(state, "--clone: want 1 to %d copies", TRACE_MAX_VCPUS);
		return 0;
	case 'f':
		a->view = output_find(arg);
		if (!a->view)
			argp_error(state, "-f: want table, json or csv, have %s", arg);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case OPT_LOG:
		a->log = arg;
		return 0;
	case OPT_PLOT:
		choose(state, "--plot", plot_names, arg);
		a->plot = true;
		return 0;
	case OPT_COLOR:
		a->color = choose(state, "--color", color_names, arg);
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
		return 0;
	case ARGP_KEY_END:
		/* Standard output is either for people or for machines. */
		if (a->plot && a->view != &outputs[0] && (!a->out || !strcmp(a->out, "-")))
			argp_error(state, "want -o FILE for -f %s beside --plot=term",
				   a->view->name);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

#define CLONE_MAX_WINDOWS 16

/* The path of the copies; and, unless one was asked for, a window for more of them. */
static char *clone_args(struct replay_args *a)
{
	struct replay_options standard;

	replay_options_init(&standard);
	if (a->what.o.window == standard.window)
		a->what.o.window *= a->copies < CLONE_MAX_WINDOWS ? a->copies : CLONE_MAX_WINDOWS;
	return clone_spec(a->copies, a->what.o.seed, CLONE_PHASE_NS, a->trace);
}

/* "run.jsonl" becomes "run.kvm-aplist.jsonl". */
static char *log_path(const char *path, const char *design)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strchr(base, '.');
	char *s;
	int n;

	if (!dot || dot == base)
		n = asprintf(&s, "%s.%s", path, design);
	else
		n = asprintf(&s, "%.*s.%s%s", (int)(dot - path), path, design, dot);
	return n < 0 ? NULL : s;
}

/* Where @design's log goes, to be freed; NULL without memory. */
static char *log_name(const struct replay_args *a, const char *design, bool several)
{
	return several && strcmp(a->log, "-") ? log_path(a->log, design) : strdup(a->log);
}

static struct out_file *open_log(const struct replay_args *a, const char *design, bool several,
				 struct err *err)
{
	char *path = log_name(a, design, several);
	struct out_file *log = NULL;

	if (path)
		log = out_open(path, err);
	else
		err_set(err, ERR_NOMEM, "out of memory");
	free(path);
	return log;
}

/* The first violation of all designs is what the command fails with. */
static void note_wrong(struct replay_args *a, const struct replay_result *result)
{
	const struct oracle_report *r = result->oracle ? oracle_report(result->oracle) : NULL;
	const struct oracle_violation *x = r ? r->shown : NULL;

	if (!r || !r->nr_shown || a->is_wrong)
		return;
	a->is_wrong = true;
	err_set(&a->wrong, ERR_INVARIANT,
		"%s at %" PRIu64 ".%06" PRIu64 " us, vCPU %u, INTID %u: %s: %s",
		result->design->name, x->t_ps / 1000000, x->t_ps % 1000000, x->vcpu, x->irq,
		oracle_finding_name(x->found), x->text);
}

/*
 * One design. A defect of the trace leaves a result that is added as well;
 * the error is then still returned, with *@truncated set.
 */
static int run_design(struct replay_args *a, const struct vgic_design *design, bool several,
		      json_t *doc_json, bool *truncated, struct err *err)
{
	struct trace_reader *reader = a->reader ? a->reader : trace_open(a->trace, err);
	struct replay_result *result = calloc(1, sizeof(*result));
	struct out_file *log = NULL;
	struct progress progress;
	struct err second;
	char what[96];
	int ret;

	a->reader = NULL;
	*truncated = false;
	if (!reader || !result) {
		ret = reader ? err_set(err, ERR_NOMEM, "out of memory") : (int)err->code;
		goto out;
	}
	if (a->log) {
		log = open_log(a, design->name, several, err);
		if (!log) {
			ret = err->code;
			goto out;
		}
	}
	a->what.o.design = design;
	a->what.o.log = log ? out_stream(log) : NULL;
	snprintf(what, sizeof(what), "replay %s", design->name);
	progress_begin(&progress, what, true);
	progress.on &= !a->quiet;
	a->what.o.progress = progress_update;
	a->what.o.progress_priv = &progress;
	ret = replay_run(reader, &a->what.o, result, truncated, err);
	progress_end(&progress);
	if (ret && log)
		ret = out_blame(log, err);
	if (!ret || *truncated) {
		if (result_add_run(doc_json, result, *truncated, &second)) {
			*err = second;
			*truncated = false;
			ret = err->code;
		}
	}
	if (!ret || *truncated)
		note_wrong(a, result);
	if (log && (!ret || *truncated)) {
		if (out_commit(log, &second)) {
			*err = second;
			*truncated = false;
			ret = err->code;
		}
		log = NULL;
	}
	replay_result_fini(result);
out:
	out_abort(log);
	free(result);
	trace_close(reader);
	return ret;
}

static int show(const struct replay_args *a, const json_t *doc_json, struct err *err)
{
	struct out_style style = { .color = color_wanted(a->color, a->out) };
	struct out_file *out = out_open(a->out, err);
	int ret;

	if (!out)
		return err->code;
	ret = a->view->render(out_stream(out), doc_json, &style, err);
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

/* "./x" and "x", and what links make the same, are seen only once they exist. */
static int check_log(const struct replay_args *a, const char *design, bool several, struct err *err)
{
	char *path = log_name(a, design, several);
	int ret;

	if (!path)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = distinct(a->trace, path, err);
	if (!ret && a->out && strcmp(path, "-") && !strcmp(path, a->out))
		ret = err_set(err, ERR_USAGE, "%s: want another file for the log, have that of -o",
			      path);
	free(path);
	return ret;
}

static int check_streams(const struct replay_args *a, const struct vgic_design *const *design,
			 unsigned int nr, struct err *err)
{
	int ret = distinct(a->trace, a->out, err);

	for (unsigned int i = 0; !ret && a->log && i < nr; i++)
		ret = check_log(a, design[i]->name, nr > 1, err);
	if (ret)
		return ret;

	if (!strcmp(a->trace, "-") && nr > 1)
		return err_set(err, ERR_USAGE,
			       "-: want a file, which can be read once a design, for %u designs",
			       nr);
	if (a->log && !strcmp(a->log, "-") && (!a->out || !strcmp(a->out, "-")))
		return err_set(err, ERR_USAGE,
			       "--log -: want -o FILE for the result beside it, have neither");
	return 0;
}

static int replay_all(struct replay_args *a, struct err *err)
{
	const struct trace_meta *meta = trace_meta(a->reader);
	const struct vgic_design *design[MAX_DESIGNS];
	struct host *host = calloc(1, sizeof(*host));
	struct err defect, *cut = NULL;
	json_t *doc_json = NULL;
	unsigned int nr;
	int ret;

	if (!host)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = replay_what_designs(&a->what, meta->gic, design, &nr, err);
	if (!ret)
		ret = check_streams(a, design, nr, err);
	if (!ret)
		ret = replay_what_host(&a->what, meta->gic, a->command, a->quiet, host, err);
	if (ret)
		goto out;
	a->what.o.host = host;
	doc_json = result_create(a->trace, meta, host, &a->what.o);
	if (!doc_json) {
		ret = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	for (unsigned int i = 0; i < nr; i++) {
		bool truncated;

		ret = run_design(a, design[i], nr > 1, doc_json, &truncated, err);
		if (ret && !truncated)
			goto out;
		if (ret) {
			defect = *err;
			cut = &defect;
		}
	}
	ret = show(a, doc_json, err);
	if (!ret && a->plot)
		ret = plot_term(
			&(struct plot_what){ .results = &doc_json, .paths = &a->trace, .nr = 1 },
			a->color, err);
	if (!ret && a->is_wrong) {
		*err = a->wrong;
		ret = err->code;
	} else if (!ret && cut) {
		*err = *cut;
		ret = err->code;
	}
out:
	json_decref(doc_json);
	free(host);
	return ret;
}

int cmd_replay(int argc, char **argv)
{
	static const struct argp_child children[] = { { &replay_args_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options, parse, "TRACE", doc, children, NULL, NULL };
	struct replay_args a = { .command = argv[0], .view = &outputs[0] };
	char *spec = NULL;
	struct err err;
	int ret;

	replay_what_init(&a.what);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.copies) {
		spec = clone_args(&a);
		if (!spec) {
			err_set(&err, ERR_NOMEM, "out of memory");
			return fail(a.command, &err);
		}
		a.trace = spec;
	}
	/* What runs depends on the trace's GIC. The first run goes on with this reader. */
	a.reader = trace_open(a.trace, &err);
	ret = a.reader ? replay_all(&a, &err) : (int)err.code;
	trace_close(a.reader);
	replay_what_fini(&a.what);
	free(spec);
	return ret ? fail(a.command, &err) : 0;
}
