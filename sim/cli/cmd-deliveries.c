// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim check --deliveries: what each of several designs made of the same interrupts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "deliveries-doc.h"
#include "replay-args.h"
#include "units.h"

struct deliveries_args {
	const char *command, *trace, *out;
	unsigned int format;
	bool all, quiet, fail;
	uint64_t max;
	struct vtime apart;
	struct replay_what what;
};

enum { KEY_APART = 0x2000, KEY_FAIL };
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

static const char doc[] =
	"Compare what designs deliver: replay a trace through each, and match every interrupt "
	"of the trace that one delivered with the others'.\n\n"
	"  vgicsim check t.pcap.gz --deliveries\n"
	"  vgicsim check t.pcap.gz --deliveries -d kvm-aplist -d kvm-aplist-6.1 -f json\n"
	"  vgicsim check t.pcap.gz --deliveries --apart 100us -f csv -o occurrences.csv\n\v"
	"Without -d kvm-legacy and kvm-aplist run. That designs differ is an answer, not an "
	"error: exit status 0, or 1 with --fail-on-difference.";

static const struct argp_option options[] = {
	{ "deliveries", OPT_DELIVERIES, NULL, 0, "compare deliveries, as described here", 0 },
	{ "apart", KEY_APART, "TIME", 0,
	  "also list what both delivered with latencies further apart than this; default 10us", 0 },
	{ "explain", 'n', "N", 0, "list the first N that differ (default 10)", 0 },
	{ "all", 'a', NULL, 0, "in the table, every vCPU and INTID, not only those that differ",
	  0 },
	{ "fail-on-difference", KEY_FAIL, NULL, 0,
	  "exit status 1 if the designs differ in anything but times", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "format", 'f', "FORMAT", 0, "table (default), json, or csv: a line an occurrence", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static const char *const formats[] = { "table", "json", "csv", NULL };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct deliveries_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->what;
		return 0;
	case OPT_DELIVERIES:
		return 0;
	case KEY_APART:
		if (!units_parse_time(arg, &a->apart))
			argp_error(state, "--apart: want a time with its unit (1.5us), have %s",
				   arg);
		return 0;
	case 'n':
		a->max = number(state, "-n", arg, 1000000);
		return 0;
	case 'a':
		a->all = true;
		return 0;
	case KEY_FAIL:
		a->fail = true;
		return 0;
	case 'f':
		a->format = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		a->out = arg;
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

bool check_wants_deliveries(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--deliveries"))
			return true;
	return false;
}

/* One design; its deliveries are then the caller's. */
static int run_design(struct deliveries_args *a, const struct vgic_design *design,
		      struct deliveries_run *run, bool *truncated, struct err *err)
{
	struct trace_reader *reader = trace_open(a->trace, err);
	struct replay_result *result = calloc(1, sizeof(*result));
	struct progress progress;
	char what[96];
	int ret;

	if (!reader || !result) {
		ret = reader ? err_set(err, ERR_NOMEM, "out of memory") : (int)err->code;
		goto out;
	}
	a->what.o.design = design;
	a->what.o.deliveries = true;
	snprintf(what, sizeof(what), "check %s", design->name);
	progress_begin(&progress, what, true);
	progress.on &= !a->quiet;
	a->what.o.progress = progress_update;
	a->what.o.progress_priv = &progress;
	ret = replay_run(reader, &a->what.o, result, truncated, err);
	progress_end(&progress);
	if (!ret || *truncated) {
		run->design = design;
		run->fingerprint = result->fingerprint;
		run->sim_time = result->sim_time;
		run->trace_digest = result->trace_digest;
		run->records = result->nr_records;
		run->deliveries = result->deliveries;
		result->deliveries = NULL;
	}
	replay_result_fini(result);
out:
	free(result);
	trace_close(reader);
	return ret;
}

static int show(const struct deliveries_args *a, const struct deliveries_doc *d, struct err *err)
{
	struct out_file *out = out_open(a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (a->format == FORMAT_JSON)
		ret = deliveries_json(out_stream(out), d, err);
	else if (a->format == FORMAT_CSV)
		deliveries_csv(out_stream(out), d);
	else
		deliveries_table(out_stream(out), d, a->all);
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

/* *@differ: in anything but times. */
static int compare(struct deliveries_args *a, const struct trace_meta *meta, bool *differ,
		   struct err *err)
{
	struct deliveries_doc d = {
		.trace = a->trace, .apart = a->apart, .max = a->max, .o = &a->what.o
	};
	const struct vgic_design *design[MAX_DESIGNS];
	struct host *host = calloc(1, sizeof(*host));
	struct err defect;
	int ret;

	if (!host)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = replay_what_designs(&a->what, meta->gic, design, &d.nr_runs, err);
	if (!ret && d.nr_runs < 2)
		ret = err_set(err, ERR_USAGE, "want at least two designs, have %s alone",
			      design[0]->name);
	if (!ret)
		ret = replay_what_host(&a->what, meta->gic, a->command, a->quiet, host, err);
	a->what.o.host = host;
	for (unsigned int i = 0; !ret && i < d.nr_runs; i++) {
		bool truncated = false;

		ret = run_design(a, design[i], &d.run[i], &truncated, err);
		if (truncated) {
			d.truncated = true;
			defect = *err;
			ret = 0;
		}
	}
	if (!ret)
		ret = deliveries_doc_compare(&d, differ, err);
	if (!ret)
		ret = show(a, &d, err);
	if (!ret && d.truncated) {
		*err = defect;
		ret = err->code;
	}
	deliveries_doc_fini(&d);
	free(host);
	return ret;
}

int cmd_check_deliveries(int argc, char **argv)
{
	static const struct argp_child children[] = { { &replay_args_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options, parse, "TRACE", doc, children, NULL, NULL };
	struct deliveries_args a = { .command = argv[0], .apart = VT_US(10), .max = 10 };
	struct trace_reader *reader;
	struct trace_meta *meta;
	bool differ = false;
	struct err err;
	int ret;

	replay_what_init(&a.what);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	meta = calloc(1, sizeof(*meta));
	if (!meta)
		ret = err_set(&err, ERR_NOMEM, "out of memory");
	else if (!strcmp(a.trace, "-"))
		ret = err_set(&err, ERR_USAGE, "-: want a file, which can be read once a design");
	else
		ret = distinct(a.trace, a.out, &err);
	reader = ret ? NULL : trace_open(a.trace, &err);
	if (reader) {
		*meta = *trace_meta(reader);
		trace_close(reader);
		ret = compare(&a, meta, &differ, &err);
	} else {
		ret = (int)err.code;
	}
	free(meta);
	replay_what_fini(&a.what);
	return ret ? fail(a.command, &err) : differ && a.fail ? EXIT_NO : 0;
}
