/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim import: recordings of others, and traces of ours, into a trace. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "import.h"
#include "wire.h"

struct import_args {
	const char *command, *in, *out;
	bool json, quiet;
	struct import_options o;
};

static const char doc[] =
	"Make a trace of a recording, or convert a trace to another form.\n\n"
	"  vgicsim import trace.dat -o t.pcap.gz\n"
	"  vgicsim import trace.dat --vgic-state vgic-state.txt -o t.pcap.gz\n"
	"  trace-cmd report -t | vgicsim import - --machine qemu-virt -o t.pcap\n"
	"  vgicsim import t.vgt -o t.pcap.xz\n\v"
	"Recordings: trace-cmd's trace.dat; the text of \"trace-cmd report\", of ftrace's trace "
	"file, of \"perf script\". The form written follows the suffix: .vgt is text, all else "
	"pcap, and .gz, .bz2, .xz compress it; - is text on standard output. The summary goes "
	"to standard error.";

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the trace to write", 0 },
	{ "format", 'f', "text|json", 0,
	  "the summary: text on standard error (default), JSON on standard output", 0 },
	{ "input-format", OPT_INPUT_FORMAT, "FORMAT", 0,
	  "dat, report, ftrace, perf or vgt; default: by content", 0 },
	{ "vcpu-map", OPT_VCPU_MAP, "TID=VCPU,...", 0, "which thread is which vCPU", 0 },
	{ "machine", OPT_MACHINE, "NAME", 0, "qemu-virt or kvmtool: where the GIC's frames are",
	  0 },
	{ "frame", OPT_FRAME, "KIND=ADDR,SIZE", 0,
	  "one frame (gicd, gicc, gicr, its); may be repeated", 0 },
	{ "gic", OPT_GIC, "v2|v3", 0, "the GIC that the guest sees", 0 },
	{ "vcpus", OPT_VCPUS, "N", 0, "number of vCPUs", 0 },
	{ "spis", OPT_SPIS, "N", 0, "number of shared interrupts", 0 },
	{ "vgic-state", OPT_VGIC_STATE, "FILE", 0,
	  "debugfs vgic-state of the VM, saved when the recording began", 0 },
	{ "source", OPT_SOURCE, "TEXT", 0, "what to say of where the recording is from", 0 },
	{ "quiet", 'q', NULL, 0, "no summary, no progress", 0 },
	{ 0 },
};

/* What no trace could say is a wrong option, not a corrupt recording. */
static void check_source(struct argp_state *state, const char *arg)
{
	struct trace_meta m = { .gic = 3, .nr_vcpus = 1, .nr_pcpus = 1 };
	char buf[256];
	const char *why;

	if (strlen(arg) >= sizeof(m.source))
		argp_error(state, "--source: want at most %zu bytes, have %zu",
			   sizeof(m.source) - 1, strlen(arg));
	memcpy(m.source, arg, strlen(arg) + 1);
	why = trace_meta_check(&m, buf, sizeof(buf));
	if (why)
		argp_error(state, "--%s", why);
}

static error_t parse_facts(int key, char *arg, struct argp_state *state)
{
	static const char *const gics[] = { "v2", "v3", NULL };
	struct import_args *a = state->input;
	struct err err;

	switch (key) {
	case OPT_VCPU_MAP:
		a->o.vcpu_map = arg;
		return 0;
	case OPT_MACHINE:
		a->o.machine = arg;
		return 0;
	case OPT_FRAME:
		if (import_parse_frame(&a->o, arg, &err))
			argp_error(state, "--frame: %s", err.msg);
		return 0;
	case OPT_GIC:
		a->o.gic = choose(state, "--gic", gics, arg) + 2;
		return 0;
	case OPT_VCPUS:
		a->o.nr_vcpus = (uint32_t)number(state, "--vcpus", arg, TRACE_MAX_VCPUS);
		return 0;
	case OPT_SPIS:
		a->o.nr_spis = (uint32_t)number(state, "--spis", arg, 988);
		return 0;
	case OPT_VGIC_STATE:
		a->o.vgic_state = arg;
		return 0;
	case OPT_SOURCE:
		check_source(state, arg);
		a->o.source = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const inputs[] = { "dat", "report", "ftrace", "perf", "vgt", NULL };
	struct import_args *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'f':
		a->json = choose(state, "-f", formats, arg);
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case OPT_INPUT_FORMAT:
		a->o.format = inputs[choose(state, "--input-format", inputs, arg)];
		return 0;
	case ARGP_KEY_ARG:
		if (a->in)
			argp_error(state, "want one recording, have %s as well as %s", arg, a->in);
		a->in = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->in)
			argp_error(state, "want a recording");
		if (!a->out)
			argp_error(state, "want -o FILE");
		if (a->json && !strcmp(a->out, "-"))
			argp_error(state, "-f json -o -: standard output cannot be both");
		return 0;
	}
	return parse_facts(key, arg, state);
}

static void progress(void *p, unsigned int permille)
{
	progress_update(p, permille, 1000);
}

static int summarise(const struct import_args *a, const struct import_summary *sum, struct err *err)
{
	json_t *j;
	int bad;

	if (!a->json) {
		if (!a->quiet)
			import_summary_print(sum, stderr);
		return 0;
	}
	j = import_summary_json(sum);
	if (!j)
		return err_set(err, ERR_NOMEM, "out of memory");
	bad = json_dumpf(j, stdout, JSON_INDENT(1));
	json_decref(j);
	if (bad || putchar('\n') == EOF || fflush(stdout))
		return err_set(err, ERR_OUTPUT, "standard output: could not be written");
	return 0;
}

int cmd_import(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "RECORDING", doc, NULL, NULL, NULL };
	struct import_args *a = calloc(1, sizeof(*a));
	struct import_summary sum;
	struct progress line;
	struct err err, second;
	int ret;

	if (!a) {
		err_set(&err, ERR_NOMEM, "out of memory");
		return fail(argv[0], &err);
	}
	a->command = argv[0];
	argp_parse(&argp, argc, argv, 0, NULL, a);
	import_summary_init(&sum);
	progress_begin(&line, "import", false);
	line.on &= !a->quiet;
	a->o.progress = progress;
	a->o.progress_arg = &line;
	ret = distinct(a->in, a->out, &err);
	if (!ret)
		ret = distinct(a->o.vgic_state, a->out, &err);
	if (!ret)
		ret = import_trace(a->in, a->out, &a->o, &sum, &err);
	progress_end(&line);
	/* What was kept of a recording that is cut short has a summary, too. */
	if ((!ret || sum.cut) && summarise(a, &sum, &second)) {
		err = second;
		ret = err.code;
	}
	import_summary_free(&sum);
	if (ret)
		ret = fail(a->command, &err);
	free(a);
	return ret;
}
