// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim explain: where the difference of two designs comes from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain-doc.h"
#include "result-make.h"
#include "units.h"

enum { KEY_METRIC = 0x2100, KEY_FOLDED, KEY_FOLDED_DIFF, KEY_TIMELINE, KEY_AROUND };
enum { FORMAT_TEXT, FORMAT_JSON };

/* An end of the window: a time, or a record, or neither. */
struct window_end {
	bool is_time;
	struct vtime at;
	uint32_t record;
};

struct explain_args {
	const char *command, *trace, *out, *folded, *folded_diff, *timeline;
	unsigned int format, metrics, around;
	struct window_end from, to;
	bool quiet;
	uint64_t max;
	struct replay_what what;
};

static const char doc[] =
	"Say where the time of a design goes, and of two designs where their difference comes "
	"from.\n\n"
	"  vgicsim explain t.pcap.gz\n"
	"  vgicsim explain t.pcap.gz -d kvm-aplist -d kvm-aplist-6.1 --metric delivery -n 3\n"
	"  vgicsim explain t.pcap.gz --folded t.folded --folded-diff d.folded\n"
	"  vgicsim explain gen:hackbench,vcpus=64 --timeline w.json --around 1\n"
	"  vgicsim explain t.pcap.gz -d kvm-aplist --timeline w.json --from 1ms --to 1.2ms\n\v"
	"Without -d kvm-legacy, as A, and kvm-aplist, as B. The trace is replayed twice for each "
	"design: the second run, the same as the first, gathers what the first has shown to "
	"matter.";

static const struct argp_option options[] = {
	{ "number", 'n', "N", 0, "the N slowest deliveries, and the N most apart (default 3)", 3 },
	{ "metric", KEY_METRIC, "NAME", 0,
	  "explain this alone: finish, entry, exit, mmio, inject or delivery; may be repeated", 3 },
	{ "folded", KEY_FOLDED, "FILE", 0, "folded stacks, for flame graphs", 3 },
	{ "folded-diff", KEY_FOLDED_DIFF, "FILE", 0, "of both designs, two counts a line", 3 },
	{ "timeline", KEY_TIMELINE, "FILE", 0,
	  "Chrome trace events of a window, for ui.perfetto.dev", 3 },
	{ "from", OPT_FROM, "TIME|RECORD", 0, "the window begins there", 3 },
	{ "to", OPT_TO, "TIME|RECORD", 0, "… ends there", 3 },
	{ "around", KEY_AROUND, "K", 0,
	  "the window is around the K-th slowest delivery of the first design (default: 1)", 3 },
	{ NULL, 0, NULL, 0, "What comes out:", 4 },
	{ "format", 'f', "FORMAT", 0, "text (default) or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static const char *const formats[] = { "text", "json", NULL };

static unsigned int metric(struct argp_state *state, const char *arg)
{
	const char *names[LAT_NR + 2] = { 0 };

	for (unsigned int l = 0; l < LAT_NR; l++)
		names[l] = latency_names[l];
	names[LAT_NR] = "finish";
	return 1u << choose(state, "--metric", names, arg);
}

static struct window_end window_end(struct argp_state *state, const char *what, const char *arg)
{
	struct window_end e = { 0 };

	if (units_parse_u32(arg, UINT32_MAX, &e.record) && e.record)
		return e;
	if (!units_parse_time(arg, &e.at))
		argp_error(state,
			   "%s: want a time with its unit (1.5ms) or a record from 1, have %s",
			   what, arg);
	e.record = 0;
	e.is_time = true;
	return e;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->what;
		return 0;
	case 'n':
		a->max = number(state, "-n", arg, 1000);
		return 0;
	case KEY_METRIC:
		a->metrics |= metric(state, arg);
		return 0;
	case KEY_FOLDED:
		a->folded = arg;
		return 0;
	case KEY_FOLDED_DIFF:
		a->folded_diff = arg;
		return 0;
	case KEY_TIMELINE:
		a->timeline = arg;
		return 0;
	case OPT_FROM:
		a->from = window_end(state, "--from", arg);
		return 0;
	case OPT_TO:
		a->to = window_end(state, "--to", arg);
		return 0;
	case KEY_AROUND:
		a->around = (unsigned int)number(state, "--around", arg, 1000);
		if (!a->around)
			argp_error(state, "--around: want a number from 1");
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

static bool has_window(const struct explain_args *a)
{
	return a->from.is_time || a->from.record || a->to.is_time || a->to.record;
}

static int check_args(const struct explain_args *a, struct err *err)
{
	const char *const file[] = { a->out, a->folded, a->folded_diff, a->timeline };
	const unsigned int nr = sizeof(file) / sizeof(file[0]);
	int ret = 0;

	if (!strcmp(a->trace, "-"))
		return err_set(err, ERR_USAGE, "-: want a file, which can be read several times");
	if ((has_window(a) || a->around) && !a->timeline)
		return err_set(err, ERR_USAGE,
			       "--from, --to, --around: want --timeline FILE, whose window it is");
	if (has_window(a) && a->around)
		return err_set(err, ERR_USAGE, "--around: want either that or --from and --to");
	if (a->from.is_time && a->to.is_time && !vt_before(a->from.at, a->to.at))
		return err_set(err, ERR_USAGE, "--from: want a time before that of --to");
	if (a->from.record && a->to.record && a->from.record > a->to.record)
		return err_set(err, ERR_USAGE, "--from: want a record up to that of --to");
	for (unsigned int i = 0; !ret && i < nr; i++) {
		ret = distinct(a->trace, file[i], err);
		for (unsigned int k = 0; !ret && file[i] && k < i; k++) {
			/* Without -o it is standard output. */
			const char *other = file[k] ? file[k] : k ? "" : "-";

			if (!strcmp(other, file[i]))
				ret = err_set(err, ERR_USAGE, "%s: want a file for each output",
					      file[i]);
		}
	}
	return ret;
}

/* ---- runs ----------------------------------------------------------------------- */

struct running {
	struct explain_args *a;
	struct progress progress;
	char what[96];
};

static struct trace_reader *begin_run(struct running *on, struct explain_args *a,
				      const struct vgic_design *design, const char *which,
				      struct err *err)
{
	on->a = a;
	a->what.o.design = design;
	snprintf(on->what, sizeof(on->what), "explain %s, %s run", design->name, which);
	progress_begin(&on->progress, on->what, true);
	on->progress.on &= !a->quiet;
	a->what.o.progress = progress_update;
	a->what.o.progress_priv = &on->progress;
	return trace_open(a->trace, err);
}

/* A defect of the trace is kept in @defect, and what is before it explained. */
static int first_run(struct explain_args *a, struct explain_doc *d, unsigned int r,
		     const struct vgic_design *design, struct err *defect, struct err *err)
{
	struct running on;
	struct trace_reader *reader = begin_run(&on, a, design, "first", err);
	bool truncated = false;
	int ret;

	d->run[r].from.record = a->from.record;
	d->run[r].to.record = a->to.record;
	d->nr_runs = r + 1;
	ret = reader ? explain_run(&d->run[r], reader, &a->what.o, &truncated, err)
		     : (int)err->code;
	progress_end(&on.progress);
	trace_close(reader);
	if (ret && truncated) {
		*defect = *err;
		d->truncated = true;
		ret = 0;
	}
	return ret ? ret : result_add_run(d->result, &d->run[r].result, d->truncated, err);
}

static int second_run(struct explain_args *a, struct explain_doc *d, unsigned int r,
		      struct explain_timeline *timeline, struct err *err)
{
	const struct explain_run *run = &d->run[r];
	struct replay_options o;
	struct running on;
	struct trace_reader *reader = begin_run(&on, a, run->design, "second", err);
	struct replay_result *again = calloc(1, sizeof(*again));
	struct explain_watch *w = NULL;
	bool truncated = false;
	struct err second;
	int ret = 0;

	if (!reader)
		ret = err->code;
	else if (again)
		w = explain_watch_create(run, d->history[r], d->nr_histories[r], timeline);
	if (!ret && !w)
		ret = err_set(err, ERR_NOMEM, "out of memory for histories");
	if (!ret) {
		o = a->what.o;
		o.watch = explain_watch_event;
		o.watch_priv = w;
		ret = replay_run(reader, &o, again, &truncated, err);
		ret = truncated ? 0 : ret;
		if (!ret && again->fingerprint != run->result.fingerprint)
			ret = err_set(err, ERR_INVARIANT,
				      "%s: the second run has fingerprint %016" PRIx64
				      ", the first %016" PRIx64,
				      run->design->name, again->fingerprint,
				      run->result.fingerprint);
		replay_result_fini(again);
	}
	if (w && explain_watch_finish(w, &second) && !ret) {
		*err = second;
		ret = err->code;
	}
	progress_end(&on.progress);
	free(again);
	trace_close(reader);
	return ret;
}

/* ---- the window ------------------------------------------------------------------- */

static uint64_t end_ps(const struct window_end *e, const struct explain_mark *mark, uint64_t none)
{
	if (e->is_time)
		return e->at.ps;
	return e->record ? mark->t_ps : none;
}

static int window_given(const struct explain_args *a, const struct explain_run *run, uint64_t *from,
			uint64_t *to, uint64_t *zero, struct err *err)
{
	*from = end_ps(&a->from, &run->from, 0);
	*to = end_ps(&a->to, &run->to, run->result.stats.end.ps);
	/* By records the designs are beside each other where they come to the first one. */
	*zero = a->from.record && *from != UINT64_MAX ? *from : 0;
	if (*from >= run->result.stats.end.ps || *from >= *to)
		return err_set(err, ERR_USAGE,
			       "--from, --to: %s has nothing there; it ends at %" PRIu64
			       ".%03" PRIu64 " us, record %" PRIu64,
			       run->design->name, run->result.stats.end.ps / 1000000,
			       run->result.stats.end.ps / 1000 % 1000, run->result.nr_records);
	return 0;
}

/* Around the same delivery in each design, with the sending at the same place in the window. */
static int window_around(const struct explain_args *a, const struct explain_doc *d, uint64_t *from,
			 uint64_t *to, uint64_t *zero, struct err *err)
{
	const struct occurrence *list[1000], *o[2] = { NULL, NULL };
	unsigned int k = a->around ? a->around : 1, nr;
	uint64_t longest = 0, margin;

	nr = explain_slowest(&d->run[0], list, k);
	if (!nr)
		return err_set(
			err, ERR_USAGE,
			"--timeline: %s delivered nothing to be around; want --from and --to",
			d->run[0].design->name);
	if (nr < k)
		return err_set(err, ERR_USAGE,
			       "--around: want 1 to %u, the deliveries of %s, have %u", nr,
			       d->run[0].design->name, k);
	for (unsigned int r = 0; r < d->nr_runs; r++) {
		o[r] = r ? explain_doc_same(&d->run[r], list[k - 1]) : list[k - 1];
		if (o[r] && o[r]->acked_ps - o[r]->sent_ps > longest)
			longest = o[r]->acked_ps - o[r]->sent_ps;
	}
	margin = longest / 4 + 1000000;
	for (unsigned int r = 0; r < d->nr_runs; r++) {
		uint64_t sent = o[r] ? o[r]->sent_ps : o[0]->sent_ps;

		from[r] = sent > margin ? sent - margin : 0;
		to[r] = sent + longest + margin;
		zero[r] = from[r];
	}
	return 0;
}

static int make_timelines(const struct explain_args *a, const struct explain_doc *d,
			  struct explain_timeline **t, struct err *err)
{
	uint64_t from[2], to[2], zero[2];
	int ret = 0;

	if (!a->timeline)
		return 0;
	if (!has_window(a))
		ret = window_around(a, d, from, to, zero, err);
	for (unsigned int r = 0; !ret && has_window(a) && r < d->nr_runs; r++)
		ret = window_given(a, &d->run[r], &from[r], &to[r], &zero[r], err);
	for (unsigned int r = 0; !ret && r < d->nr_runs; r++) {
		t[r] = explain_timeline_create(&d->run[r], from[r], to[r], zero[r]);
		if (!t[r])
			ret = err_set(err, ERR_NOMEM, "out of memory for a timeline");
	}
	return ret;
}

/* ---- what comes out ------------------------------------------------------------------ */

enum what_file { FILE_FOLDED, FILE_FOLDED_DIFF, FILE_TIMELINE, FILE_MAIN, FILE_NR };

static int write_one(const struct explain_args *a, const struct explain_doc *d,
		     struct explain_timeline *const *t, enum what_file which, FILE *f,
		     struct err *err)
{
	switch (which) {
	case FILE_FOLDED:
		for (unsigned int r = 0; r < d->nr_runs; r++)
			explain_folded(f, &d->run[r]);
		return 0;
	case FILE_FOLDED_DIFF:
		explain_folded_diff(f, &d->run[0], &d->run[1]);
		return 0;
	case FILE_TIMELINE:
		return explain_timeline_write(f, t, d->nr_runs, err);
	default:
		if (a->format == FORMAT_JSON)
			return explain_json(f, d, err);
		explain_text(f, d);
		return 0;
	}
}

/* None appears before all are written. */
static int show(const struct explain_args *a, const struct explain_doc *d,
		struct explain_timeline *const *t, struct err *err)
{
	const char *path[FILE_NR] = { a->folded, a->folded_diff, a->timeline, a->out };
	struct out_file *out[FILE_NR] = { NULL };
	struct err second;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < FILE_NR; i++) {
		if (!path[i] && i != FILE_MAIN)
			continue;
		out[i] = out_open(path[i], err);
		ret = out[i] ? write_one(a, d, t, i, out_stream(out[i]), err) : (int)err->code;
		if (ret && out[i])
			ret = out_blame(out[i], err);
	}
	for (unsigned int i = 0; i < FILE_NR; i++) {
		if (ret)
			out_abort(out[i]);
		else if (out[i] && out_commit(out[i], &second)) {
			*err = second;
			ret = err->code;
		}
	}
	return ret;
}

static int explain(struct explain_args *a, const struct trace_meta *meta, struct err *err)
{
	struct explain_doc *d = calloc(1, sizeof(*d));
	const struct vgic_design *design[MAX_DESIGNS];
	struct host *host = calloc(1, sizeof(*host));
	struct explain_timeline *t[2] = { NULL, NULL };
	struct err defect;
	unsigned int nr;
	int ret;

	if (!host || !d) {
		ret = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	ret = replay_what_designs(&a->what, meta->gic, design, &nr, err);
	if (!ret && nr > 2)
		ret = err_set(err, ERR_USAGE, "-d: want one design or two, have %u", nr);
	if (!ret && nr == 1 && a->folded_diff)
		ret = err_set(err, ERR_USAGE, "--folded-diff: want two designs, have %s alone",
			      design[0]->name);
	if (!ret)
		ret = replay_what_host(&a->what, meta->gic, a->command, a->quiet, host, err);
	if (ret)
		goto out;
	a->what.o.host = host;
	*d = (struct explain_doc){ .trace = a->trace,
				   .o = &a->what.o,
				   .metrics = a->metrics ? a->metrics : EXPLAIN_ALL,
				   .max = (unsigned int)a->max };
	if (!(d->metrics & 1u << LAT_DELIVERY))
		d->max = 0;
	d->result = result_create(a->trace, meta, host, &a->what.o);
	if (!d->result)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int r = 0; !ret && r < nr; r++)
		ret = first_run(a, d, r, design[r], &defect, err);
	if (!ret)
		ret = explain_doc_choose(d, err);
	if (!ret)
		ret = make_timelines(a, d, t, err);
	for (unsigned int r = 0; !ret && r < nr; r++)
		if (d->nr_histories[r] || t[r])
			ret = second_run(a, d, r, t[r], err);
	if (!ret)
		ret = show(a, d, t, err);
	if (!ret && d->truncated) {
		*err = defect;
		ret = err->code;
	}
out:
	explain_timeline_destroy(t[0]);
	explain_timeline_destroy(t[1]);
	if (d)
		explain_doc_fini(d);
	free(d);
	free(host);
	return ret;
}

int cmd_explain(int argc, char **argv)
{
	static const struct argp_child children[] = { { &replay_args_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options, parse, "TRACE", doc, children, NULL, NULL };
	struct explain_args a = { .command = argv[0], .max = 3 };
	struct trace_reader *reader = NULL;
	struct trace_meta *meta;
	struct err err;
	int ret;

	replay_what_init(&a.what);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	meta = calloc(1, sizeof(*meta));
	ret = meta ? check_args(&a, &err) : err_set(&err, ERR_NOMEM, "out of memory");
	if (!ret) {
		reader = trace_open(a.trace, &err);
		ret = reader ? 0 : (int)err.code;
	}
	if (!ret) {
		*meta = *trace_meta(reader);
		trace_close(reader);
		ret = explain(&a, meta, &err);
	}
	free(meta);
	replay_what_fini(&a.what);
	return ret ? fail(a.command, &err) : 0;
}
