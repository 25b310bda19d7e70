// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim conform: a design's list registers beside those that a real kernel loaded. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "conform.h"
#include "design-load.h"
#include "result-make.h"
#include "units.h"

struct conform_args {
	const char *command;
	const char *trace, *out, *design, *host;
	bool json, quiet;
	bool has_min;
	uint64_t min_bp; /* hundredths of a per cent */
	struct conform_options o;
};

enum { KEY_MIN = 0x1000, KEY_LRS, KEY_IGNORE_PRIORITY };

static const char doc[] =
	"Compare a design's list registers with those that a real kernel loaded.\n\n"
	"  vgicsim conform k46.pcap.gz -d kvm-legacy\n"
	"  vgicsim conform k48.pcap.gz -d kvm-aplist -f json -o c.json\n"
	"  vgicsim conform k46.pcap.gz -d kvm-legacy --min 99\n\v"
	"The trace must have recorded list registers (lrs events); vgicsim info tells. Times of "
	"the host do not matter here.";

static const struct argp_option options[] = {
	{ "design", 'd', "NAME|FILE", 0, "this design (vgicsim list designs), or that of ./FILE.so",
	  0 },
	{ "explain", 'n', "N", 0, "explain the first N entries that differ (default 5)", 0 },
	{ "min", KEY_MIN, "PERCENT", 0, "exit status 1 if fewer entries are identical", 0 },
	{ "ignore-priority", KEY_IGNORE_PRIORITY, NULL, 0, "compare all but the priority", 0 },
	{ "lrs", KEY_LRS, "N", 0, "list registers; default: as many as recorded", 0 },
	{ "host", 'H', "NAME|FILE", 0, "host profile; default: the first that fits", 0 },
	{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 },
};

static const char *const formats[] = { "text", "json", NULL };

/* "99", "99.5", "99.95" → hundredths. */
static uint64_t percent(struct argp_state *state, const char *arg)
{
	char whole[16] = "", *dot;
	uint32_t n = 0, frac = 0;
	size_t digits = 0;

	if (strlen(arg) < sizeof(whole))
		strcpy(whole, arg);
	dot = strchr(whole, '.');
	if (dot) {
		*dot++ = '\0';
		digits = strlen(dot);
	}
	if (!units_parse_u32(whole, 100, &n) || digits > 2 ||
	    (dot && !units_parse_u32(dot, 99, &frac)) || n * 100 + frac > 10000)
		argp_error(state, "--min: want 0 to 100 with at most two decimals, have %s", arg);
	return n * 100 + (digits == 1 ? frac * 10 : frac);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct conform_args *a = state->input;

	switch (key) {
	case 'd':
		if (a->design)
			argp_error(state, "want one -d, have %s as well as %s", arg, a->design);
		a->design = arg;
		return 0;
	case 'n':
		a->o.max_shown = (unsigned int)number(state, "-n", arg, 1000000);
		return 0;
	case KEY_MIN:
		a->min_bp = percent(state, arg);
		a->has_min = true;
		return 0;
	case KEY_IGNORE_PRIORITY:
		a->o.ignore_priority = true;
		return 0;
	case KEY_LRS:
		a->o.nr_lrs = (unsigned int)number(state, "--lrs", arg, GIC_MAX_LRS);
		return 0;
	case 'H':
		a->host = arg;
		return 0;
	case 'f':
		a->json = choose(state, "-f", formats, arg);
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
	case ARGP_KEY_END:
		if (!a->trace)
			argp_error(state, "want a trace");
		if (!a->design)
			argp_error(state, "want -d DESIGN");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- the host ------------------------------------------------------------ */

static bool fits(const struct host *h, const struct trace_meta *meta)
{
	return h->c[HK_GIC].count == meta->gic && h->c[HK_CPUS].count >= meta->nr_vcpus;
}

static int pick_host(const struct conform_args *a, const struct trace_meta *meta, struct host *host,
		     struct err *err)
{
	unsigned int nr = 0;
	char **names = NULL;
	bool found = false;
	int ret;

	if (a->host)
		return host_load(host, a->host, err);
	ret = host_list(&names, &nr, err);
	if (ret)
		return err->code;
	for (unsigned int i = 0; i < nr; i++) {
		if (!ret && !found) {
			ret = host_load(host, names[i], err);
			found = !ret && fits(host, meta);
		}
		free(names[i]);
	}
	free(names);
	if (!ret && !found)
		ret = err_set(err, ERR_USAGE,
			      "no host profile has a GICv%u and %u CPUs: want one by --host",
			      meta->gic, meta->nr_vcpus);
	return ret;
}

/* ---- what comes out ------------------------------------------------------ */

static json_t *num(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *json_classes(const struct conform_result *r, bool rules)
{
	json_t *j = json_object();

	for (unsigned int c = 0; c < CONFORM_NR_CLASSES; c++) {
		if (c == CONFORM_ITS && !rules)
			continue;
		json_object_set_new(j, conform_class_name(c),
				    rules ? json_string(conform_class_rule(c)) : num(r->class[c]));
	}
	return j;
}

static json_t *json_diffs(const struct conform_result *r)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < r->nr_diffs; i++) {
		const struct conform_diff *d = &r->diff[i];

		json_array_append_new(list,
				      json_pack("{s:o,s:o,s:i,s:i,s:s,s:s}", "record",
						num(d->record), "time_ns", num(d->time_ns), "vcpu",
						(int)d->vcpu, "irq", (int)d->irq, "class",
						conform_class_name(d->class), "text", d->text));
	}
	return list;
}

static json_t *to_json(const struct conform_args *a, const struct conform_result *r, bool truncated)
{
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:b}", "schema", "vgicsim-conform-1",
			      "trace", a->trace, "design", r->design->name, "kernel",
			      r->design->kernel, "gic", (int)r->gic, "vcpus", (int)r->nr_vcpus,
			      "list_registers", (int)r->nr_lrs, "truncated", truncated);
	char digest[32];

	if (!j)
		return NULL;
	snprintf(digest, sizeof(digest), "%016" PRIx64, r->trace_digest);
	json_object_set_new(j, "ignore_priority", json_boolean(a->o.ignore_priority));
	json_object_set_new(j, "trace_digest", json_string(digest));
	if (design_origin(r->design))
		json_object_set_new(j, "plugin", result_plugin(r->design));
	json_object_set_new(j, "records", num(r->nr_records));
	json_object_set_new(j, "entries", num(r->entries));
	json_object_set_new(j, "identical", num(r->identical));
	json_object_set_new(j, "identical_percent", json_real(conform_identical_bp(r) / 100.0));
	json_object_set_new(j, "same_set_other_order", num(r->reordered));
	json_object_set_new(j, "different", num(r->different));
	json_object_set_new(j, "unexplained", num(r->class[CONFORM_UNEXPLAINED]));
	json_object_set_new(j, "classes", json_classes(r, false));
	json_object_set_new(j, "rules", json_classes(r, true));
	json_object_set_new(j, "entries_with_lpis_left_out", num(r->class[CONFORM_ITS]));
	json_object_set_new(j, "entries_without_registers", num(r->entries_unrecorded));
	json_object_set_new(j, "exits_forced", num(r->exits_forced));
	json_object_set_new(
		j, "entries_by_live_registers",
		json_pack("[o,o,o]", num(r->live[0]), num(r->live[1]), num(r->live[2])));
	json_object_set_new(j, "guest",
			    json_pack("{s:o,s:o,s:o,s:o}", "acknowledges", num(r->acks), "ends",
				      num(r->ends), "not_possible", num(r->not_done),
				      "only_simulated_taken", num(r->extra_taken)));
	json_object_set_new(j, "sgis",
			    json_pack("{s:o,s:o,s:o}", "recorded", num(r->sgi_recorded), "inferred",
				      num(r->sgi_inferred), "unknown", num(r->sgi_unknown)));
	json_object_set_new(
		j, "initial_state",
		json_pack("{s:s,s:o}", "from", r->state_from, "in_flight", num(r->initial)));
	json_object_set_new(j, "mmio",
			    json_pack("{s:o,s:o,s:o}", "reads", num(r->mmio_reads), "reads_differ",
				      num(r->mmio_reads_differ), "writes", num(r->mmio_writes)));
	json_object_set_new(j, "injections", num(r->injections));
	json_object_set_new(j, "timer_lines_lowered", num(r->timer_lowered));
	json_object_set_new(j, "not_supported", num(r->unsupported));
	json_object_set_new(j, "lost_events", num(r->lost));
	json_object_set_new(j, "differences", json_diffs(r));
	return j;
}

static void line(FILE *f, const char *what, uint64_t n, uint64_t of)
{
	fprintf(f, "  %-34s %9" PRIu64, what, n);
	if (of)
		fprintf(f, "  %6.2f %%", (double)(n * 10000 / of) / 100);
	fputc('\n', f);
}

static void to_text(FILE *f, const struct conform_args *a, const struct conform_result *r)
{
	uint64_t differ = r->reordered + r->different;

	fprintf(f, "%s beside %s: GICv%u, %u vCPUs, %u list registers\n\n", r->design->name,
		a->trace, r->gic, r->nr_vcpus, r->nr_lrs);
	line(f, "entries with recorded registers", r->entries, 0);
	line(f, "identical", r->identical, r->entries);
	line(f, "same set, other order", r->reordered, r->entries);
	line(f, "different", r->different, r->entries);
	for (unsigned int c = 0; differ && c < CONFORM_NR_CLASSES; c++) {
		if (c == CONFORM_ITS || !r->class[c])
			continue;
		fprintf(f, "    %-32s %9" PRIu64 "\n", conform_class_name(c), r->class[c]);
	}
	fputs("\nhow it was made\n", f);
	line(f, "acknowledges read off, and done", r->acks, 0);
	line(f, "ends", r->ends, 0);
	line(f, "not possible in the design", r->not_done, 0);
	line(f, "taken in the design only", r->extra_taken, 0);
	line(f, "SGI writes with recorded value", r->sgi_recorded, 0);
	line(f, "SGI writes with inferred targets", r->sgi_inferred, 0);
	line(f, "SGI writes without any", r->sgi_unknown, 0);
	line(f, "in flight when the trace begins", r->initial, 0);
	if (r->class[CONFORM_ITS])
		line(f, "entries with LPIs left out", r->class[CONFORM_ITS], 0);
	if (r->timer_lowered)
		line(f, "timer lines lowered, inferred", r->timer_lowered, 0);
	if (r->lost)
		line(f, "events lost", r->lost, 0);
	fprintf(f, "  initial state: %s\n", r->state_from);
	if (r->sgi_inferred)
		fputs("  SGI targets were inferred from the list registers compared here: that an "
		      "SGI\n  came is no evidence then; where and how it was loaded is.\n",
		      f);
	if (!differ)
		return;
	fputs("\nclasses\n", f);
	for (unsigned int c = 0; c < CONFORM_NR_CLASSES; c++) {
		if (!r->class[c] || c == CONFORM_ITS)
			continue;
		fprintf(f, "  %s\n", conform_class_name(c));
		out_wrapped(f, conform_class_rule(c), "    ", 80);
	}
	if (r->nr_diffs)
		fprintf(f, "\nthe first %u of %" PRIu64 " that differ\n", r->nr_diffs, differ);
	for (unsigned int i = 0; i < r->nr_diffs; i++)
		fprintf(f, "\n%s", r->diff[i].text);
}

static int show(const struct conform_args *a, const struct conform_result *r, bool truncated,
		struct err *err)
{
	struct out_file *out = out_open(a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (a->json) {
		json_t *j = to_json(a, r, truncated);

		if (!j)
			ret = err_set(err, ERR_NOMEM, "out of memory");
		else if (json_dumpf(j, out_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(6)) ||
			 fputc('\n', out_stream(out)) == EOF)
			ret = err_set(err, ERR_OUTPUT, "could not be written");
		json_decref(j);
	} else {
		to_text(out_stream(out), a, r);
	}
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int conform(struct conform_args *a, struct conform_result *r, bool *truncated,
		   struct err *err)
{
	struct trace_reader *reader =
		distinct(a->trace, a->out, err) ? NULL : trace_open(a->trace, err);
	struct host *host = calloc(1, sizeof(*host));
	struct progress progress;
	char what[96];
	int ret;

	if (!reader)
		ret = err->code;
	else if (!host)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	else if (!(a->o.design = design_load(a->design, err)))
		ret = err->code;
	else
		ret = pick_host(a, trace_meta(reader), host, err);
	if (ret)
		goto out;
	a->o.host = host;
	snprintf(what, sizeof(what), "conform %s", a->o.design->name);
	progress_begin(&progress, what, true);
	progress.on &= !a->quiet;
	a->o.progress = progress_update;
	a->o.progress_priv = &progress;
	ret = conform_run(reader, &a->o, r, truncated, err);
	progress_end(&progress);
out:
	free(host);
	trace_close(reader);
	return ret;
}

int cmd_conform(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "TRACE", doc, NULL, NULL, NULL };
	struct conform_args a = { .command = argv[0], .o = { .max_shown = 5 } };
	struct conform_result r = { 0 };
	struct err err, second;
	bool truncated = false;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = conform(&a, &r, &truncated, &err);
	/* What there was before a defect is shown as well. */
	if ((!ret || truncated) && show(&a, &r, truncated, &second)) {
		err = second;
		ret = err.code;
	}
	if (ret)
		ret = fail(a.command, &err);
	else if (a.has_min && conform_identical_bp(&r) < a.min_bp)
		ret = EXIT_NO;
	conform_result_fini(&r);
	return ret;
}
