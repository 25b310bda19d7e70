/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgicsim replay: one trace through one or several designs, one result. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "replay.h"
#include "result-make.h"
#include "units.h"

#define MAX_DESIGNS 16

/* The host where none is named: a server of the time, by the guest's GIC. */
#define DEFAULT_HOST_V3 "kunpeng920-2s-128c"
#define DEFAULT_HOST_V2 "xgene1-m400"

struct replay_args {
	const char *command;
	const char *trace, *out, *log, *host;
	const char *design[MAX_DESIGNS];
	unsigned int nr_designs;
	char **set;
	unsigned int nr_sets;
	const struct output *view;
	enum color color;
	bool quiet;
	struct err wrong; /* with is_wrong: the first violation that a check found */
	bool is_wrong;
	struct trace_reader *reader; /* opened for its header, not yet read, or NULL */
	struct replay_options o;
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
	{ NULL, 0, NULL, 0, "What runs:", 1 },
	{ "design", 'd', "NAME", 0, "this design; may be repeated (vgicsim list designs)", 0 },
	{ "host", 'H', "NAME|FILE", 0, "host profile (vgicsim list hosts)", 0 },
	{ "set", OPT_SET, "KEY=VALUE", 0, "override one value of the host; may be repeated", 0 },
	{ "lock", OPT_LOCK, "ALGORITHM", 0, "ticket (default), queued or tas", 0 },
	{ "lrs", OPT_LRS, "N", 0, "list registers; default: the host's", 0 },
	{ NULL, 0, NULL, 0, "How it is replayed:", 2 },
	{ "host-work", OPT_HOST_WORK, "model|recorded", 0,
	  "other work of the host: from the profile (default) or the recording", 0 },
	{ "inject", OPT_INJECT, "anchored|clock", 0,
	  "outside injections: at their distance from the target's progress (default) or at "
	  "their time",
	  0 },
	{ "guest", OPT_GUEST, "MODE", 0,
	  "auto (default), explicit, observed or modelled: what the guest does at its CPU "
	  "interface",
	  0 },
	{ "service", OPT_SERVICE, "KIND=TIME,...", 0,
	  "time of the modelled guest's handlers, KIND sgi, ppi or spi", 0 },
	{ "guest-speed", OPT_GUEST_SPEED, "N[/D]", 0,
	  "the guest computes N/D times as fast as recorded", 0 },
	{ "wfi-grace", OPT_WFI_GRACE, "TIME", 0,
	  "beyond twice the recorded sleep, until a sleep without a wake-up ends", 0 },
	{ "recorded-share", OPT_RECORDED_SHARE, "TIME", 0,
	  "with --host-work=recorded: the recorded design's part of each exit", 0 },
	{ "window", OPT_WINDOW, "N", 0, "records that may wait in memory", 0 },
	{ "seed", 's', "N", 0, "seed of all that is random", 0 },
	{ "explore", OPT_EXPLORE, "N", 0, "break ties in another order, chosen by N", 0 },
	{ "check", OPT_CHECK, NULL, 0,
	  "judge every delivery by the architecture; exit status 5 if one is wrong that the "
	  "design does not declare",
	  0 },
	{ "reference", OPT_REFERENCE, NULL, 0, "the slow engine that yields at every step", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 3 },
	{ "format", 'f', "FORMAT", 0, "table (default), json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "log", OPT_LOG, "FILE", 0,
	  "the run itself, one JSON object a line; with several designs the name of each goes "
	  "before the suffix",
	  0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 0 },
	{ "quiet", 'q', NULL, 0, "no notes and no progress on standard error", 0 },
	{ 0 },
};

static struct vtime time_arg(struct argp_state *state, const char *what, const char *arg)
{
	struct vtime t = VT_ZERO;

	if (!units_parse_time(arg, &t))
		argp_error(state, "%s: want a time with its unit (40ns, 1.5us), have %s", what,
			   arg);
	return t;
}

static void parse_service(struct argp_state *state, char *arg, struct replay_options *o)
{
	char *rest = arg, *item;

	while ((item = strsep(&rest, ","))) {
		char *eq = strchr(item, '=');

		if (!eq)
			argp_error(state, "--service: want KIND=TIME, have %s", item);
		*eq = '\0';
		if (!strcmp(item, "sgi"))
			o->service_sgi = time_arg(state, "--service sgi", eq + 1);
		else if (!strcmp(item, "ppi"))
			o->service_ppi = time_arg(state, "--service ppi", eq + 1);
		else if (!strcmp(item, "spi"))
			o->service_spi = time_arg(state, "--service spi", eq + 1);
		else
			argp_error(state, "--service: want sgi, ppi or spi, have %s", item);
	}
}

/* Twice as fast is half the time: numerator and denominator change places. */
static void parse_speed(struct argp_state *state, char *arg, struct replay_options *o)
{
	char *slash = strchr(arg, '/');
	uint32_t n = 0, d = 1;

	if (slash)
		*slash++ = '\0';
	if (!units_parse_u32(arg, 1000000, &n) || (slash && !units_parse_u32(slash, 1000000, &d)) ||
	    !n || !d)
		argp_error(state, "--guest-speed: want N or N/D from 1 to 1000000, have %s%s%s",
			   arg, slash ? "/" : "", slash ? slash : "");
	o->guest_speed_num = d;
	o->guest_speed_den = n;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct replay_args *a = state->input;
	struct replay_options *o = &a->o;

	switch (key) {
	case OPT_LOCK:
		o->lock = choose(state, "--lock",
				 (const char *const[]){ lock_algo_names[0], lock_algo_names[1],
							lock_algo_names[2], NULL },
				 arg);
		return 0;
	case OPT_LRS:
		o->nr_lrs = (unsigned int)number(state, "--lrs", arg, GIC_MAX_LRS);
		return 0;
	case OPT_HOST_WORK:
		o->host_work = choose(state, "--host-work", host_work_names, arg);
		return 0;
	case OPT_INJECT:
		o->inject = choose(state, "--inject", inject_mode_names, arg);
		return 0;
	case OPT_GUEST:
		o->guest = choose(state, "--guest", guest_mode_names, arg);
		return 0;
	case OPT_SERVICE:
		parse_service(state, arg, o);
		return 0;
	case OPT_GUEST_SPEED:
		parse_speed(state, arg, o);
		return 0;
	case OPT_WFI_GRACE:
		o->wfi_grace = time_arg(state, "--wfi-grace", arg);
		return 0;
	case OPT_RECORDED_SHARE:
		o->recorded_share = time_arg(state, "--recorded-share", arg);
		return 0;
	case OPT_WINDOW:
		o->window = (uint32_t)number(state, "--window", arg, 1u << 28);
		return 0;
	case 's':
		o->seed = number(state, "--seed", arg, INT64_MAX);
		return 0;
	case OPT_EXPLORE:
		o->explore = number(state, "--explore", arg, INT64_MAX);
		return 0;
	case OPT_CHECK:
		o->check = true;
		return 0;
	case OPT_REFERENCE:
		o->reference = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_args *a = state->input;

	switch (key) {
	case 'd':
		if (a->nr_designs == MAX_DESIGNS)
			argp_error(state, "-d: want at most %d designs", MAX_DESIGNS);
		a->design[a->nr_designs++] = arg;
		return 0;
	case 'H':
		a->host = arg;
		return 0;
	case OPT_SET:
		a->set = reallocarray(a->set, a->nr_sets + 1, sizeof(*a->set));
		if (!a->set)
			argp_failure(state, EXIT_OUTPUT, ENOMEM, "--set");
		a->set[a->nr_sets++] = arg;
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
	}
	return parse_run(key, arg, state);
}

static bool can(const struct vgic_design *d, unsigned int gic)
{
	return d->gics & 1u << gic;
}

static int pick_designs(const struct replay_args *a, unsigned int gic,
			const struct vgic_design **design, unsigned int *nr, struct err *err)
{
	/* The question that the tool is for: the legacy vgic against the new one. */
	static const char *const by_default[] = { "kvm-legacy", "kvm-aplist" };

	*nr = 0;
	for (unsigned int i = 0; !a->nr_designs && i < 2; i++) {
		const struct vgic_design *d = vgic_design_find(by_default[i]);

		if (d && can(d, gic))
			design[(*nr)++] = d;
	}
	for (unsigned int i = 0; i < a->nr_designs; i++) {
		const struct vgic_design *d = vgic_design_find(a->design[i]);

		if (!d)
			return err_set(err, ERR_USAGE,
				       "-d %s: no such design; \"vgicsim list designs\" names them",
				       a->design[i]);
		if (!can(d, gic))
			return err_set(err, ERR_USAGE, "-d %s: cannot be the trace's GICv%u",
				       d->name, gic);
		for (unsigned int k = 0; k < *nr; k++)
			if (design[k] == d)
				return err_set(err, ERR_USAGE, "-d %s: given twice", d->name);
		design[(*nr)++] = d;
	}
	if (!*nr)
		return err_set(err, ERR_USAGE, "no design can be a GICv%u", gic);
	return 0;
}

static int pick_host(const struct replay_args *a, unsigned int gic, struct host *host,
		     struct err *err)
{
	const char *name = a->host ? a->host : gic == 2 ? DEFAULT_HOST_V2 : DEFAULT_HOST_V3;
	int ret = host_load(host, name, err);

	for (unsigned int i = 0; !ret && i < a->nr_sets; i++)
		ret = host_set(host, a->set[i], err);
	if (!ret && !a->host && !a->quiet)
		fprintf(stderr, "%s: host %s, the default for a GICv%u trace (--host)\n",
			a->command, name, gic);
	return ret;
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
	a->o.design = design;
	a->o.log = log ? out_stream(log) : NULL;
	snprintf(what, sizeof(what), "replay %s", design->name);
	progress_begin(&progress, what, true);
	progress.on &= !a->quiet;
	a->o.progress = progress_update;
	a->o.progress_priv = &progress;
	ret = replay_run(reader, &a->o, result, truncated, err);
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
	ret = pick_designs(a, meta->gic, design, &nr, err);
	if (!ret)
		ret = check_streams(a, design, nr, err);
	if (!ret)
		ret = pick_host(a, meta->gic, host, err);
	if (ret)
		goto out;
	a->o.host = host;
	doc_json = result_create(a->trace, meta, host, &a->o);
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
	static const struct argp argp = { options, parse, "TRACE", doc, NULL, NULL, NULL };
	struct replay_args a = { .command = argv[0], .view = &outputs[0] };
	struct err err;
	int ret;

	replay_options_init(&a.o);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	/* What runs depends on the trace's GIC. The first run goes on with this reader. */
	a.reader = trace_open(a.trace, &err);
	ret = a.reader ? replay_all(&a, &err) : (int)err.code;
	trace_close(a.reader);
	free(a.set);
	return ret ? fail(a.command, &err) : 0;
}
