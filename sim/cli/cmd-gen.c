/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim gen, clone: traces that are made, of a workload or of copies of a recording. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clone.h"
#include "common.h"
#include "units.h"
#include "workload.h"

struct gen_args {
	const char *command, *name, *out;
	bool list, show, json, quiet;
	const char **word;
	unsigned int nr_words;
};

static const char doc[] =
	"Make a trace of a workload: no host recorded it, but what takes a recording takes it.\n\n"
	"  vgicsim gen hackbench -o t.pcap.gz --vcpus 64 --duration 1s --seed 1\n"
	"  vgicsim gen rr -o - --gic v2 --set tick_hz=100\n"
	"  vgicsim gen --list\n"
	"  vgicsim gen --show hackbench\n"
	"  vgicsim replay gen:hackbench,vcpus=64,duration=100ms,tick_hz=100\n\v"
	"WORKLOAD is a name or a file (vgicsim-workloads(5)). The same arguments give the same "
	"bytes. The form written follows the suffix, as for vgicsim import.";

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the trace to write", 0 },
	{ "vcpus", OPT_VCPUS, "N", 0, "vCPUs: 1 to 512, with a GICv2 1 to 8 (default 4)", 0 },
	{ "gic", OPT_GIC, "v2|v3", 0, "the GIC that the guest sees (default v3)", 0 },
	{ "duration", OPT_DURATION, "TIME", 0, "how long (default 1s)", 0 },
	{ "records", OPT_RECORDS, "N", 0, "end after so many records", 0 },
	{ "seed", 's', "N", 0, "seed of all random streams (default 1)", 0 },
	{ "set", OPT_SET, "PARAM=VALUE", 0, "a parameter of the workload; may be repeated", 0 },
	{ "list", 'l', NULL, 0, "list the workloads", 0 },
	{ "show", OPT_SHOW, NULL, 0, "list the parameters of WORKLOAD and their sources", 0 },
	{ "format", 'f', "text|json", 0, "of the lists: text (default) or json", 0 },
	{ "quiet", 'q', NULL, 0, "no progress", 0 },
	{ 0 },
};

/* "--vcpus 4" is the word "vcpus=4" of a specification. */
static void add_word(struct argp_state *state, const char *key, const char *arg)
{
	struct gen_args *a = state->input;
	char *word = NULL;

	a->word = reallocarray(a->word, a->nr_words + 1, sizeof(*a->word));
	if (!a->word || asprintf(&word, "%s%s", key, arg) < 0)
		argp_failure(state, EXIT_OUTPUT, 0, "out of memory");
	a->word[a->nr_words++] = word;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct gen_args *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case OPT_VCPUS:
		add_word(state, "vcpus=", arg);
		return 0;
	case OPT_GIC:
		add_word(state, "gic=", arg);
		return 0;
	case OPT_DURATION:
		add_word(state, "duration=", arg);
		return 0;
	case OPT_RECORDS:
		add_word(state, "records=", arg);
		return 0;
	case 's':
		add_word(state, "seed=", arg);
		return 0;
	case OPT_SET:
		add_word(state, "", arg);
		return 0;
	case 'l':
		a->list = true;
		return 0;
	case OPT_SHOW:
		a->show = true;
		return 0;
	case 'f':
		a->json = choose(state, "-f", formats, arg);
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->name)
			argp_error(state, "want one workload, have %s as well as %s", arg, a->name);
		a->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->list && !a->name)
			argp_error(state, "want a workload; --list names them");
		if (!a->list && !a->show && !a->out)
			argp_error(state, "want -o FILE");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int print_json(json_t *j, struct err *err)
{
	int bad = !j || json_dumpf(j, stdout, JSON_INDENT(1)) || putchar('\n') == EOF;

	json_decref(j);
	return bad ? err_set(err, ERR_OUTPUT, "could not be written") : 0;
}

static int list_workloads(const struct gen_args *a, struct err *err)
{
	struct workload *w = malloc(sizeof(*w));
	json_t *rows = json_array();
	unsigned int nr = 0;
	char **names = NULL;
	int ret = w ? workload_names(&names, &nr, err) : err_set(err, ERR_NOMEM, "out of memory");

	for (unsigned int i = 0; i < nr; i++) {
		if (!ret)
			ret = workload_load(w, names[i], err);
		if (!ret && a->json)
			json_array_append_new(rows,
					      json_pack("{s:s,s:s,s:s}", "name", w->name, "summary",
							w->summary, "question", w->question));
		else if (!ret)
			printf("%-16s %s\n", w->name, w->summary);
		free(names[i]);
	}
	free(names);
	free(w);
	if (!ret && a->json)
		return print_json(rows, err);
	json_decref(rows);
	return ret;
}

static int show_workload(const struct gen_args *a, struct err *err)
{
	struct workload *w = malloc(sizeof(*w));
	json_t *rows = json_array();
	struct gen_options o;
	int ret = w ? workload_load(w, a->name, err) : err_set(err, ERR_NOMEM, "out of memory");

	gen_options_init(&o);
	for (unsigned int i = 0; !ret && i < a->nr_words; i++)
		ret = gen_word(w, &o, a->word[i], err);
	if (!ret && !a->json)
		printf("%s: %s\n%s\n\n", w->name, w->summary, w->question);
	for (unsigned int i = 0; !ret && i < WP_NR; i++) {
		const struct wl_value *v = &w->p[i];
		char value[48], tag[2] = { v->tag ? v->tag : '-', 0 };

		workload_value(w, i, value, sizeof(value));
		if (a->json)
			json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:s,s:s}", "name",
							      wl_param_info[i].name, "value", value,
							      "tag", tag, "source", v->source,
							      "help", wl_param_info[i].help));
		else
			printf("%-25s %10s  %s  %s\n", wl_param_info[i].name, value, tag,
			       v->tag ? v->source : wl_param_info[i].help);
	}
	free(w);
	if (!ret && a->json)
		return print_json(rows, err);
	json_decref(rows);
	return ret;
}

static int write_all(struct trace_reader *r, const char *out, struct progress *p, struct err *err)
{
	struct trace_writer *w = trace_create(out, trace_meta(r), err);
	const struct trace_rec *rec;
	uint64_t n = 0, at, of;
	int rc;

	if (!w)
		return err->code;
	while ((rc = trace_next(r, &rec, err)) > 0) {
		rc = trace_write(w, rec, err);
		if (rc)
			break;
		if (!(++n & 0xfff)) {
			trace_position(r, &at, &of);
			progress_update(p, at, of);
		}
	}
	if (rc) {
		trace_abort(w);
		return rc;
	}
	return trace_commit(w, err);
}

/* The trace that @spec is, into a file. */
static int make_file(const char *what, const char *spec, const char *out, bool quiet,
		     struct err *err)
{
	struct trace_reader *r = trace_open(spec, err);
	struct progress progress;
	int ret;

	progress_begin(&progress, what, false);
	progress.on &= !quiet;
	ret = r ? write_all(r, out, &progress, err) : (int)err->code;
	progress_end(&progress);
	trace_close(r);
	return ret;
}

static int make_trace(const struct gen_args *a, struct err *err)
{
	char *spec = NULL;
	size_t size;
	FILE *f = open_memstream(&spec, &size);
	int ret;

	if (!f)
		return err_set(err, ERR_NOMEM, "out of memory");
	fprintf(f, "gen:%s", a->name);
	for (unsigned int i = 0; i < a->nr_words; i++)
		fprintf(f, ",%s", a->word[i]);
	if (fclose(f)) {
		free(spec);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	ret = make_file("gen", spec, a->out, a->quiet, err);
	free(spec);
	return ret;
}

int cmd_gen(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "WORKLOAD", doc, NULL, NULL, NULL };
	struct gen_args a = { .command = argv[0] };
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.list)
		ret = list_workloads(&a, &err);
	else if (a.show)
		ret = show_workload(&a, &err);
	else
		ret = make_trace(&a, &err);
	for (unsigned int i = 0; i < a.nr_words; i++)
		free((char *)a.word[i]);
	free(a.word);
	return ret ? fail(a.command, &err) : 0;
}

/* ---- clone --------------------------------------------------------------- */

struct clone_args {
	const char *command, *trace, *out;
	uint32_t copies;
	uint64_t seed, phase_ns;
	bool quiet;
};

static const char clone_doc[] =
	"Put copies of a recorded guest into one larger VM: their vCPUs, devices, interrupts.\n\n"
	"  vgicsim clone -n 16 t.pcap.gz -o t16.pcap.gz\n"
	"  vgicsim replay --clone 16 t.pcap.gz           the same without a file\n\v"
	"Each copy has its own vCPUs, CPUs, threads and SPIs and sends SGIs to itself only; it is "
	"later than the first by a phase drawn from the seed. How a 4-vCPU recording asks a "
	"64-vCPU question; what it cannot know is said in vgicsim-clone(1).";

static const struct argp_option clone_options[] = {
	{ "copies", 'n', "N", 0, "how many", 0 },
	{ "output", 'o', "FILE", 0, "the trace to write", 0 },
	{ "seed", 's', "N", 0, "seed of the phases (default 1)", 0 },
	{ "phase", OPT_PHASE, "TIME", 0, "phases are below it (default 4ms)", 0 },
	{ "quiet", 'q', NULL, 0, "no progress", 0 },
	{ 0 },
};

static error_t parse_clone(int key, char *arg, struct argp_state *state)
{
	struct clone_args *a = state->input;
	struct vtime t;

	switch (key) {
	case 'n':
		a->copies = (uint32_t)number(state, "-n", arg, TRACE_MAX_VCPUS);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 's':
		a->seed = number(state, "--seed", arg, INT64_MAX);
		return 0;
	case OPT_PHASE:
		if (!units_parse_time(arg, &t) || t.ps % 1000)
			argp_error(state, "--phase: want a time with its unit (4ms), have %s", arg);
		a->phase_ns = vt_to_ns(t);
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
		if (!a->trace || !a->out || !a->copies)
			argp_error(state, "want -n N, a trace and -o FILE");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_clone(int argc, char **argv)
{
	static const struct argp argp = { clone_options, parse_clone, "TRACE", clone_doc,
					  NULL,		 NULL,	      NULL };
	struct clone_args a = { .command = argv[0], .seed = 1, .phase_ns = CLONE_PHASE_NS };
	struct err err;
	char *spec;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	spec = clone_spec(a.copies, a.seed, a.phase_ns, a.trace);
	if (!spec)
		ret = err_set(&err, ERR_NOMEM, "out of memory");
	else
		ret = distinct(a.trace, a.out, &err);
	if (!ret)
		ret = make_file("clone", spec, a.out, a.quiet, &err);
	free(spec);
	return ret ? fail(a.command, &err) : 0;
}
