// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim native: a design on real threads, beside the same played on simulated CPUs. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "design-load.h"
#include "measure.h"
#include "replay-args.h"
#include "trace.h"

struct native_args {
	const char *command;
	const char *trace, *out, *design, *host;
	struct load_options load;
	bool json, quiet;
	struct measure_options o;
};

enum { KEY_SERIAL = 0x1000, KEY_OVERSUBSCRIBE, KEY_TIMED, KEY_ROUNDS, KEY_REPEAT, KEY_NO_INJECTOR };

#define DEFAULT_RECORDS 2000000
#define DEFAULT_WINDOW	256

static const char doc[] =
	"Play a trace on a design with real threads and real locks.\n\n"
	"  vgicsim native t.pcap.gz -d kvm-legacy\n"
	"  vgicsim native t.pcap.gz -d kvm-aplist --lock queued -f json -o n.json\n"
	"  vgicsim native t.pcap.gz -d kvm-aplist --serial\n\v"
	"A thread a vCPU, and one for all other contexts. With --serial one thread does all, "
	"and the exit status is 1 unless all counts are those of the simulated machine.";

static const struct argp_option options[] = {
	{ "design", 'd', "NAME", 0, "this design (vgicsim list designs)", 0 },
	{ "lock", OPT_LOCK, "ALGORITHM", 0, "ticket (default) or queued", 0 },
	{ "serial", KEY_SERIAL, NULL, 0, "one thread, in the trace's order; compare all counts",
	  0 },
	{ "timed", KEY_TIMED, NULL, 0, "wait for the recorded times", 0 },
	{ "repeat", KEY_REPEAT, "N", 0, "repetitions (default 5)", 0 },
	{ "rounds", KEY_ROUNDS, "N", 0,
	  "play the trace so often in each; default: 100000 operations, with --timed 1", 0 },
	{ "window", OPT_WINDOW, "N", 0,
	  "nobody is more than N records ahead of the others (default 256)", 0 },
	{ "records", OPT_RECORDS, "N", 0, "play the first N records only (default 2000000)", 0 },
	{ "oversubscribe", KEY_OVERSUBSCRIBE, NULL, 0,
	  "more threads than CPUs: for the counts, the times mean nothing", 0 },
	{ "no-injector", KEY_NO_INJECTOR, NULL, 0,
	  "no thread for other contexts: the vCPU that was last on that CPU does it", 0 },
	{ "lrs", OPT_LRS, "N", 0, "list registers; default: the host's", 0 },
	{ "host", 'H', "NAME|FILE", 0, "host profile of what is simulated", 0 },
	{ "format", 'f', "text|json", 0, "text (default) or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "say nothing on standard error", 0 },
	{ 0 },
};

static const char *const formats[] = { "text", "json", NULL };
static const char *const locks[] = { "ticket", "queued", NULL };

static void finish(struct argp_state *state, struct native_args *a)
{
	if (!a->trace)
		argp_error(state, "want a trace");
	if (!a->design)
		argp_error(state, "want -d DESIGN");
	if (a->o.native.play.serial && a->o.native.play.timed)
		argp_error(state, "want --serial or --timed: one after the other there is no time");
	if (a->o.native.play.serial && a->o.native.play.rounds)
		argp_error(state, "want --serial or --rounds: it is played once");
	if (a->o.native.play.timed && !a->o.native.play.rounds)
		a->o.native.play.rounds = 1;
}

static unsigned int some(struct argp_state *state, const char *what, const char *arg, uint64_t max)
{
	uint64_t n = number(state, what, arg, max);

	if (!n)
		argp_error(state, "%s: want at least 1", what);
	return (unsigned int)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct native_args *a = state->input;
	struct play_options *play = &a->o.native.play;

	switch (key) {
	case 'd':
		if (a->design)
			argp_error(state, "want one -d, have %s as well as %s", arg, a->design);
		a->design = arg;
		return 0;
	case OPT_LOCK:
		play->queued = choose(state, "--lock", locks, arg);
		return 0;
	case KEY_SERIAL:
		play->serial = a->load.serial = true;
		return 0;
	case KEY_TIMED:
		play->timed = true;
		return 0;
	case KEY_REPEAT:
		a->o.repetitions = some(state, "--repeat", arg, MEASURE_MAX);
		return 0;
	case KEY_ROUNDS:
		play->rounds = some(state, "--rounds", arg, 1000000);
		return 0;
	case OPT_WINDOW:
		play->window = some(state, "--window", arg, UINT32_MAX);
		return 0;
	case OPT_RECORDS:
		a->load.max_records = some(state, "--records", arg, UINT32_MAX);
		return 0;
	case KEY_OVERSUBSCRIBE:
		a->o.native.oversubscribe = true;
		return 0;
	case KEY_NO_INJECTOR:
		a->load.no_injector = true;
		return 0;
	case OPT_LRS:
		a->load.nr_lrs = some(state, "--lrs", arg, GICV3_MAX_LRS);
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
		finish(state, a);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- what comes out ------------------------------------------------------ */

struct shown {
	const struct native_args *a;
	const struct measure_report *r;
	const struct play_job *job;
	const struct host *host;
	const struct trace_meta *meta;
	uint64_t digest;
};

static const char *lock_name(const struct shown *s)
{
	return locks[s->a->o.native.play.queued];
}

static bool too_small(const struct shown *s, enum measure_what w, uint64_t v)
{
	return measure_is_time(w) && v && v < s->r->clock.floor_ps;
}

static json_t *num(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *json_spread(const struct measure_spread *v, uint64_t simulated)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "median", num(v->median), "least", num(v->least),
			 "most", num(v->most), "simulated", num(simulated));
}

static json_t *json_classes(const struct shown *s)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < s->r->nr_classes; i++) {
		const struct measure_class *c = &s->r->class[i];
		json_t *j = json_pack("{s:s}", "class", c->name);

		for (unsigned int w = 0; w < MEASURE_NR; w++) {
			json_t *v = json_spread(&c->real[w], c->simulated[w]);
			char name[64];

			snprintf(name, sizeof(name), "%s%s", measure_names[w],
				 measure_is_time(w) ? "_ps" : "");
			if (measure_is_time(w))
				json_object_set_new(
					v, "below_floor",
					json_boolean(too_small(s, w, c->real[w].median)));
			json_object_set_new(j, name, v);
		}
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *to_json(const struct shown *s)
{
	const struct native_options *o = &s->a->o.native;
	const struct native_clock *k = &s->r->clock;
	json_t *counts = json_object();
	char digest[32];
	json_t *j;

	snprintf(digest, sizeof(digest), "%016" PRIx64, s->digest);
	j = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i}", "schema", "vgicsim-native-1",
		      "trace", s->a->trace, "trace_digest", digest, "design", s->a->design, "lock",
		      lock_name(s), "simulated_host", s->host->name, "gic", (int)s->meta->gic,
		      "vcpus", (int)s->meta->nr_vcpus, "list_registers",
		      (int)s->job->config.nr_lrs);
	if (!j || !counts) {
		json_decref(counts);
		json_decref(j);
		return NULL;
	}
	json_object_set_new(j, "version", json_string(VGICSIM_VERSION));
	json_object_set_new(j, "source", json_string(vgic_design_find(s->a->design)->source));
	snprintf(digest, sizeof(digest), "%016" PRIx64, s->host->digest);
	json_object_set_new(j, "simulated_host_digest", json_string(digest));
	json_object_set_new(j, "serial", json_boolean(o->play.serial));
	json_object_set_new(j, "injector", json_boolean(!s->a->load.no_injector));
	json_object_set_new(j, "timed", json_boolean(o->play.timed));
	json_object_set_new(j, "oversubscribed",
			    json_boolean(!o->play.serial && s->job->nr_actors > native_nr_cpus()));
	json_object_set_new(j, "threads", num(o->play.serial ? 1 : s->job->nr_actors));
	json_object_set_new(j, "cpus", num(native_nr_cpus()));
	json_object_set_new(j, "repetitions", num(s->r->repetitions));
	json_object_set_new(j, "rounds", num(s->r->rounds));
	json_object_set_new(j, "window", num(o->play.window));
	json_object_set_new(j, "records", num(s->job->nr_records));
	json_object_set_new(j, "records_cut", json_boolean(s->job->cut));
	json_object_set_new(j, "operations", num(s->job->nr_ops));
	json_object_set_new(j, "messages_left_out", num(s->job->messages));
	json_object_set_new(j, "sgis_inferred", num(s->job->sgi_inferred));
	json_object_set_new(j, "sgis_left_out", num(s->job->sgi_unknown));
	json_object_set_new(j, "clock",
			    json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "name", k->name, "hz",
				      num(k->hz), "resolution_ps", num(k->resolution_ps),
				      "stamp_ps", num(k->stamp_ps), "pair_ps", num(k->pair_ps),
				      "floor_ps", num(k->floor_ps)));
	json_object_set_new(j, "elapsed_ps", json_spread(&s->r->elapsed_ps, s->r->simulated_ps));
	json_object_set_new(j, "preempted",
			    json_pack("{s:o,s:o,s:o}", "median", num(s->r->preempted.median),
				      "least", num(s->r->preempted.least), "most",
				      num(s->r->preempted.most)));
	json_object_set_new(j, "locks", json_classes(s));
	for (unsigned int i = 0; i < MN_NR; i++)
		json_object_set_new(counts, measure_counts[i],
				    json_spread(&s->r->real[i], s->r->simulated[i]));
	json_object_set_new(j, "counts", counts);
	if (o->play.serial)
		json_object_set_new(j, "equal", json_boolean(s->r->equal));
	return j;
}

static void cell(FILE *f, const struct shown *s, enum measure_what w, uint64_t v, bool real)
{
	char text[32];

	if (!measure_is_time(w))
		snprintf(text, sizeof(text), "%" PRIu64, v);
	else if (real && too_small(s, w, v))
		snprintf(text, sizeof(text), "< %.1f", (double)s->r->clock.floor_ps / 1e3);
	else
		snprintf(text, sizeof(text), "%.1f", (double)v / 1e3);
	fprintf(f, "%*s", measure_is_time(w) ? 10 : 11, text);
}

static void class_rows(FILE *f, const struct shown *s, const struct measure_class *c)
{
	static const char *const rows[] = { "real, median", "least", "most", "simulated" };

	fprintf(f, "%s\n", c->name);
	for (unsigned int row = 0; row < 4; row++) {
		fprintf(f, "  %-14s", rows[row]);
		for (unsigned int w = 0; w < MEASURE_NR; w++) {
			const struct measure_spread *v = &c->real[w];
			const uint64_t of[] = { v->median, v->least, v->most, c->simulated[w] };

			cell(f, s, w, of[row], row < 3);
		}
		fputc('\n', f);
	}
}

static void clock_lines(FILE *f, const struct shown *s)
{
	const struct native_clock *k = &s->r->clock;

	fprintf(f,
		"clock %s, %.1f MHz, goes by %.2f ns; a stamp costs %.1f ns, and measuring a lock "
		"adds\n%.1f ns to those held around it: both are subtracted. Times below %.1f ns "
		"are not\ndistinguished from none.\n",
		k->name, (double)k->hz / 1e6, (double)k->resolution_ps / 1e3,
		(double)k->stamp_ps / 1e3, (double)k->pair_ps / 1e3, (double)k->floor_ps / 1e3);
}

static void head_lines(FILE *f, const struct shown *s)
{
	const struct native_options *o = &s->a->o.native;
	unsigned int cpus = native_nr_cpus();

	fprintf(f, "%s, GICv%u, %s locks; vCPUs %u, threads %u, CPUs %u; beside %s simulated\n",
		s->a->design, s->meta->gic, lock_name(s), s->meta->nr_vcpus,
		o->play.serial ? 1 : s->job->nr_actors, cpus, s->host->name);
	fprintf(f, "%s, digest %016" PRIx64 "\n", s->a->trace, s->digest);
	fprintf(f, "records %" PRIu64 "%s, operations %" PRIu64 ", rounds %u, repetitions %u\n",
		s->job->nr_records, s->job->cut ? " (cut)" : "", s->job->nr_ops, s->r->rounds,
		s->r->repetitions);
	if (!o->play.serial && s->job->nr_actors > cpus)
		fputs("more threads than CPUs: the times are the scheduler's, and mean nothing\n",
		      f);
	if (s->job->messages)
		fprintf(f, "left out: %" PRIu64 " messages to the ITS\n", s->job->messages);
	if (s->job->sgi_unknown)
		fprintf(f, "left out: %" PRIu64 " SGI writes whose targets are not known\n",
			s->job->sgi_unknown);
}

static void to_text(FILE *f, const struct shown *s)
{
	head_lines(f, s);
	clock_lines(f, s);
	fprintf(f, "\n%-16s%11s%11s%10s%10s%10s%10s%10s%10s\n", "locks, in ns", "acquired",
		"contended", "wait mean", "wait p50", "wait p99", "hold mean", "hold p50",
		"hold p99");
	for (unsigned int i = 0; i < s->r->nr_classes; i++)
		class_rows(f, s, &s->r->class[i]);
	fputs("Waits are those of the contended acquisitions.\n", f);
	fprintf(f, "\n%-20s%14s%14s%14s%14s\n", "counts", "real, median", "least", "most",
		"simulated");
	for (unsigned int i = 0; i < MN_NR; i++) {
		const struct measure_spread *v = &s->r->real[i];

		if (v->most || s->r->simulated[i])
			fprintf(f, "%-20s%14" PRIu64 "%14" PRIu64 "%14" PRIu64 "%14" PRIu64 "\n",
				measure_counts[i], v->median, v->least, v->most,
				s->r->simulated[i]);
	}
	fprintf(f, "%-20s%14.1f%14.1f%14.1f%14.1f\n", "elapsed, us",
		(double)s->r->elapsed_ps.median / 1e6, (double)s->r->elapsed_ps.least / 1e6,
		(double)s->r->elapsed_ps.most / 1e6, (double)s->r->simulated_ps / 1e6);
	fprintf(f, "%-20s%14" PRIu64 "%14" PRIu64 "%14" PRIu64 "\n", "CPU taken away",
		s->r->preempted.median, s->r->preempted.least, s->r->preempted.most);
	if (s->r->preempted.median)
		fputs("Others used these CPUs meanwhile: whoever waited for a thread that had none "
		      "waited long.\np50 bears that; means and what is worst do not.\n",
		      f);
	if (!s->a->o.native.play.serial)
		return;
	fputs(s->r->equal ? "\nAll counts, list registers at entries and deliveries are equal.\n"
			  : "\nThe counts, list registers or deliveries DIFFER.\n",
	      f);
}

static int show(const struct shown *s, struct err *err)
{
	struct out_file *out = out_open(s->a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (s->a->json) {
		json_t *j = to_json(s);

		if (!j)
			ret = err_set(err, ERR_NOMEM, "out of memory");
		else if (json_dumpf(j, out_stream(out), JSON_INDENT(1)) ||
			 fputc('\n', out_stream(out)) == EOF)
			ret = err_set(err, ERR_OUTPUT, "could not be written");
		json_decref(j);
	} else {
		to_text(out_stream(out), s);
	}
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int check_design(const struct native_args *a, const struct trace_meta *meta, struct err *err)
{
	const struct vgic_design *d = vgic_design_find(a->design);

	if (design_word_is_file(a->design))
		return err_set(err, ERR_USAGE,
			       "-d %s: want a built-in design: a file's is compiled for simulated "
			       "CPUs, not for real threads",
			       a->design);
	if (!d)
		return err_set(err, ERR_USAGE,
			       "-d %s: no such design; \"vgicsim list designs\" names them",
			       a->design);
	if (meta->gic > 3 || !(d->gics >> meta->gic & 1))
		return err_set(err, ERR_USAGE,
			       "design %s has no GICv%u, which the trace's guest sees", d->name,
			       meta->gic);
	return 0;
}

static int native(const struct native_args *a, struct measure_report *r, struct err *err)
{
	struct trace_reader *reader =
		distinct(a->trace, a->out, err) ? NULL : trace_open(a->trace, err);
	struct replay_what what = { .host = a->host };
	struct host *host = calloc(1, sizeof(*host));
	struct play_job job = { 0 };
	struct shown s = { .a = a, .r = r, .job = &job, .host = host };
	int ret = reader ? 0 : err->code, rc;
	struct measure_options o = a->o;
	struct progress progress;
	char text[96];
	struct err second;

	if (!ret && !host)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	if (ret)
		goto out;
	s.meta = trace_meta(reader);
	ret = check_design(a, s.meta, err);
	if (!ret)
		ret = replay_what_host(&what, s.meta->gic, a->command, a->quiet, host, err);
	if (!ret)
		ret = play_load(&job, reader, host, &a->load, err);
	if (ret && !job.truncated)
		goto out;
	/* What there was before a defect is played as well. */
	s.digest = trace_digest(reader);
	snprintf(text, sizeof(text), "native %s", a->design);
	progress_begin(&progress, text, false);
	progress.on &= !a->quiet;
	o.progress = progress_update;
	o.progress_priv = &progress;
	rc = measure(&job, a->design, host, &o, r, &second);
	progress_end(&progress);
	if (!rc)
		rc = show(&s, &second);
	if (rc) {
		*err = second;
		ret = rc;
	}
out:
	play_job_fini(&job);
	free(host);
	trace_close(reader);
	return ret;
}

int cmd_native(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "TRACE", doc, NULL, NULL, NULL };
	struct native_args a = {
		.command = argv[0],
		.load.max_records = DEFAULT_RECORDS,
		.o = { .native.play.window = DEFAULT_WINDOW, .repetitions = 5 },
	};
	struct measure_report r;
	struct err err;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (native(&a, &r, &err))
		return fail(a.command, &err);
	return a.o.native.play.serial && !r.equal ? EXIT_NO : 0;
}
