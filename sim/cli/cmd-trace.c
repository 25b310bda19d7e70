/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim info, dump, check: looking into a trace. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "common.h"
#include "dump.h"
#include "info.h"
#include "units.h"

#define MAX_TRACES 12

struct trace_args {
	const char *command, *trace, *out;
	const char *more[MAX_TRACES]; /* info: the others, to compare with */
	unsigned int nr_more;
	bool json, all;
	struct dump_filter filter;
};

static const char *const formats[] = { "text", "json", NULL };

/* What the three have in common. */
static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct trace_args *a = state->input;

	switch (key) {
	case 'f':
		a->json = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		a->out = arg;
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

static error_t parse_info(int key, char *arg, struct argp_state *state)
{
	struct trace_args *a = state->input;

	if (key != ARGP_KEY_ARG || !a->trace)
		return parse_common(key, arg, state);
	if (a->nr_more == MAX_TRACES - 1)
		argp_error(state, "want at most %d traces", MAX_TRACES);
	a->more[a->nr_more++] = arg;
	return 0;
}

static int write_json(FILE *f, json_t *j, struct err *err)
{
	int bad;

	if (!j)
		return err_set(err, ERR_NOMEM, "out of memory");
	bad = json_dumpf(j, f, JSON_INDENT(1)) || fputc('\n', f) == EOF;
	json_decref(j);
	return bad ? err_set(err, ERR_OUTPUT, "could not be written") : 0;
}

/* ---- info ---------------------------------------------------------------- */

static int info_show(const struct trace_args *a, const struct info *info, struct err *err)
{
	struct out_file *out = out_open(a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (a->json)
		ret = write_json(out_stream(out), info_json(info), err);
	else if (info_print(info, out_stream(out)))
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

/* One of several: all of it, or nothing. */
static struct info *info_of(const struct trace_args *a, const char *path, struct err *err)
{
	struct trace_reader *r = distinct(path, a->out, err) ? NULL : trace_open(path, err);
	struct info *info = NULL;

	if (r && info_read(r, &info, err)) {
		if (info)
			info_destroy(info);
		info = NULL;
	}
	trace_close(r);
	return info;
}

static int compare_show(const struct trace_args *a, const struct info *const *info,
			const char *const *name, unsigned int nr, struct err *err)
{
	struct out_file *out = out_open(a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (a->json)
		ret = write_json(out_stream(out), info_compare_json(info, name, nr), err);
	else if (info_compare_print(info, name, nr, out_stream(out)))
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

static int compare(const struct trace_args *a, struct err *err)
{
	const char *name[MAX_TRACES] = { a->trace };
	struct info *info[MAX_TRACES] = { NULL };
	unsigned int nr = 1 + a->nr_more, n;
	int ret = 0;

	memcpy(name + 1, a->more, a->nr_more * sizeof(name[0]));
	for (n = 0; n < nr && !ret; n++) {
		info[n] = info_of(a, name[n], err);
		ret = info[n] ? 0 : (int)err->code;
	}
	if (!ret)
		ret = compare_show(a, (const struct info *const *)info, name, nr, err);
	while (n--)
		if (info[n])
			info_destroy(info[n]);
	return ret;
}

int cmd_info(int argc, char **argv)
{
	static const char doc[] = "Tell what is in a trace, and what is missing; or put several "
				  "side by side.\n\n"
				  "  vgicsim info t.pcap.gz\n"
				  "  vgicsim info t.pcap.gz gen:hackbench\n"
				  "  vgicsim info -f json t.pcap.gz | jq .records\n";
	static const struct argp_option options[] = {
		{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
		{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse_info, "TRACE...", doc, NULL, NULL, NULL };
	struct trace_args a = { .command = argv[0] };
	struct info *info = NULL;
	struct trace_reader *r;
	struct err err, second;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.nr_more)
		return compare(&a, &err) ? fail(a.command, &err) : 0;
	r = distinct(a.trace, a.out, &err) ? NULL : trace_open(a.trace, &err);
	ret = r ? info_read(r, &info, &err) : (int)err.code;
	/* What there was before a defect is shown as well. */
	if (info && info_show(&a, info, &second)) {
		err = second;
		ret = err.code;
	}
	if (info)
		info_destroy(info);
	trace_close(r);
	return ret ? fail(a.command, &err) : 0;
}

/* ---- dump ---------------------------------------------------------------- */

static uint64_t parse_ns(struct argp_state *state, const char *what, const char *arg)
{
	struct vtime t = VT_ZERO;

	if (!units_parse_time(arg, &t) || t.ps % 1000)
		argp_error(state, "%s: want a time with its unit (1.5ms, 2s), have %s", what, arg);
	return vt_to_ns(t);
}

static error_t parse_dump(int key, char *arg, struct argp_state *state)
{
	struct trace_args *a = state->input;

	switch (key) {
	case OPT_FROM:
		a->filter.from_ns = parse_ns(state, "--from", arg);
		return 0;
	case OPT_TO:
		a->filter.to_ns = parse_ns(state, "--to", arg);
		return 0;
	case OPT_VCPU:
		if (!dump_filter_vcpus(&a->filter, arg))
			argp_error(state, "--vcpu: want a list like 0,2-5, have %s", arg);
		return 0;
	}
	return parse_common(key, arg, state);
}

int cmd_dump(int argc, char **argv)
{
	static const char doc[] = "Print a trace, or a part of it, in its text form.\n\n"
				  "  vgicsim dump t.pcap.gz | less\n"
				  "  vgicsim dump --vcpu 0,2-3 --from 1.5ms --to 2ms t.pcap.gz\n"
				  "  vgicsim dump t.pcap.gz -o t.vgt\n";
	static const struct argp_option options[] = {
		{ "from", OPT_FROM, "TIME", 0, "leave out what is before", 0 },
		{ "to", OPT_TO, "TIME", 0, "leave out what is not before", 0 },
		{ "vcpu", OPT_VCPU, "LIST", 0, "only what concerns these vCPUs", 0 },
		{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse_dump, "TRACE", doc, NULL, NULL, NULL };
	struct trace_args a = { .command = argv[0] };
	struct out_file *out = NULL;
	struct trace_reader *r;
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	r = distinct(a.trace, a.out, &err) ? NULL : trace_open(a.trace, &err);
	if (r && dump_filter_highest(&a.filter) >= (int)trace_meta(r)->nr_vcpus)
		err_set(&err, ERR_USAGE, "--vcpu: want 0..%u, as %s has them, have %d",
			trace_meta(r)->nr_vcpus - 1, trace_name(r), dump_filter_highest(&a.filter));
	else if (r)
		out = out_open(a.out, &err);
	ret = out ? dump_trace(r, &a.filter, out_stream(out), &err) : (int)err.code;
	/* Text has no footer: a part of a trace in a file would pass for all of it. */
	if (!ret) {
		ret = out_commit(out, &err);
	} else if (out) {
		ret = out_blame(out, &err);
		out_abort(out);
	}
	trace_close(r);
	return ret ? fail(a.command, &err) : 0;
}

/* ---- check --------------------------------------------------------------- */

static const char *severity_name(enum check_severity s)
{
	return s == CHECK_ERROR ? "error" : "warning";
}

static void check_text(FILE *f, const struct trace_args *a, const struct check_report *rep)
{
	for (uint64_t i = 0; i < rep->nr_kept; i++) {
		const struct check_finding *x = &rep->finding[i];

		fprintf(f, "%s: %s: ", a->trace, severity_name(x->severity));
		if (x->line)
			fprintf(f, "line %" PRIu64 ": ", x->line);
		else if (x->record)
			fprintf(f, "record %" PRIu64 ": ", x->record);
		fprintf(f, "%s\n", x->text);
	}
	fprintf(f, "%s: %" PRIu64 " records, %" PRIu64 " errors, %" PRIu64 " warnings", a->trace,
		rep->nr_records, rep->nr_errors, rep->nr_warnings);
	if (rep->nr_kept < rep->nr_errors + rep->nr_warnings)
		fprintf(f, " (%" PRIu64 " shown; --all shows all)", rep->nr_kept);
	fputc('\n', f);
}

static json_t *check_json(const struct check_report *rep)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i < rep->nr_kept; i++) {
		const struct check_finding *x = &rep->finding[i];

		json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:I,s:s}", "severity",
						      severity_name(x->severity), "record",
						      (json_int_t)x->record, "line",
						      (json_int_t)x->line, "time_ns",
						      (json_int_t)x->time_ns, "text", x->text));
	}
	return json_pack("{s:s,s:I,s:I,s:I,s:b,s:o}", "schema", "vgicsim-check-1", "records",
			 (json_int_t)rep->nr_records, "errors", (json_int_t)rep->nr_errors,
			 "warnings", (json_int_t)rep->nr_warnings, "defect", rep->defect,
			 "findings", list);
}

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	struct trace_args *a = state->input;

	if (key == 'a') {
		a->all = true;
		return 0;
	}
	return parse_common(key, arg, state);
}

int cmd_check(int argc, char **argv)
{
	static const char doc[] =
		"Check a trace: exit status 1, with what is wrong, if it is "
		"not sound.\n\n"
		"  vgicsim check t.pcap.gz\n"
		"  vgicsim check -f json t.pcap.gz\n"
		"  vgicsim check t.pcap.gz --deliveries -d kvm-legacy -d kvm-aplist\n\v"
		"Warnings alone leave the exit status at 0. With --deliveries "
		"something else is compared: \"vgicsim check --deliveries --help\".";
	static const struct argp_option options[] = {
		{ "all", 'a', NULL, 0, "every finding, not the first 20 of each sort", 0 },
		{ "deliveries", OPT_DELIVERIES, NULL, 0,
		  "compare what designs deliver of this trace", 0 },
		{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
		{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse_check, "TRACE", doc, NULL, NULL, NULL };
	struct trace_args a = { .command = argv[0] };
	struct check_report rep;
	struct out_file *out;
	struct err err;
	int ret;

	if (check_wants_deliveries(argc, argv))
		return cmd_check_deliveries(argc, argv);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = distinct(a.trace, a.out, &err);
	if (!ret)
		ret = check_trace(a.trace, a.all ? 0 : 20, &rep, &err);
	if (ret)
		return fail(a.command, &err);
	out = out_open(a.out, &err);
	if (!out)
		ret = err.code;
	else if (a.json)
		ret = write_json(out_stream(out), check_json(&rep), &err);
	else
		check_text(out_stream(out), &a, &rep);
	if (out && ret) {
		ret = out_blame(out, &err);
		out_abort(out);
	} else if (out) {
		ret = out_commit(out, &err);
	}
	if (ret)
		ret = fail(a.command, &err);
	else
		ret = rep.nr_errors ? EXIT_NO : 0;
	check_free(&rep);
	return ret;
}
