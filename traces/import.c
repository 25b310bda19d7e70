// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imports a recording: tells its format by its content, reads it once for
 * evidence (import-scan.c, import-meta.c) and a second time to convert it
 * (import-convert.c), and sums up what was done. Our own forms are copied.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"
#include "import-private.h"
#include "reader.h"
#include "text.h"
#include "vgic-state.h"

#define HEAD_BYTES 65536

static const char *const format_names[] = {
	[FMT_DAT] = "trace.dat of trace-cmd", [FMT_REPORT] = "text of trace-cmd report",
	[FMT_FTRACE] = "ftrace's trace file", [FMT_PERF] = "text of perf script",
	[FMT_VGT] = "vgicsim trace",
};

/* ---- what is it? -------------------------------------------------------- */

struct head {
	unsigned char b[HEAD_BYTES + 1];
	size_t n;
	bool compressed;
};

static int read_head(const char *path, const char *shown, struct head *h, struct err *err)
{
	struct bytes *b = bytes_open(path);
	ssize_t n = 0;

	h->n = 0;
	while (b && h->n < HEAD_BYTES && (n = bytes_read(b, h->b + h->n, HEAD_BYTES - h->n)) > 0)
		h->n += (size_t)n;
	h->compressed = b && bytes_packed(b);
	h->b[h->n] = '\0';
	if (!b || (n < 0 && !h->compressed))
		err_set(err, ERR_INPUT, "%s: %s", shown, strerror(errno));
	else if (n < 0 && !h->n)
		err_set(err, ERR_INPUT, "%s: cut short or damaged: nothing can be decompressed",
			shown);
	else if (!h->n)
		err_set(err, ERR_INPUT, "%s: want a recording, have an empty file", shown);
	else
		err = NULL;
	bytes_close(b);
	return err ? err->code : 0;
}

/*
 * perf prints "comm  pid [cpu]", the others "comm-pid [cpu]"; ftrace heads
 * its file with "# tracer:", trace-cmd with "cpus=". The reader takes any of
 * the three lines, so this is for the summary only.
 */
static bool detect_text(const struct head *h, enum imp_format *f)
{
	const char *s = (const char *)h->b, *b;

	if (memchr(h->b, '\0', h->n))
		return false;
	if (strstr(s, "# tracer:")) {
		*f = FMT_FTRACE;
		return true;
	}
	if (!strncmp(s, "cpus=", 5) || strstr(s, "\ncpus=")) {
		*f = FMT_REPORT;
		return true;
	}
	for (b = strchr(s, '['); b; b = strchr(b + 1, '[')) {
		const char *p = b, *q = b + 1 + strspn(b + 1, "0123456789");

		if (q == b + 1 || *q != ']')
			continue;
		while (p > s && p[-1] == ' ')
			p--;
		if (p > s && p[-1] == ')') {
			*f = FMT_FTRACE;
			return true;
		}
		if (p == s || p[-1] < '0' || p[-1] > '9')
			continue;
		while (p > s && p[-1] >= '0' && p[-1] <= '9')
			p--;
		if (p == s)
			continue;
		*f = p[-1] == '-' ? FMT_REPORT : FMT_PERF;
		return true;
	}
	return false;
}

static int detect(const struct head *h, const char *shown, const struct import_options *opt,
		  enum imp_format *f, struct err *err)
{
	static const char *const opts[] = { "dat", "report", "ftrace", "perf", "vgt" };

	if (opt->format) {
		for (size_t i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
			if (!strcmp(opt->format, opts[i])) {
				*f = (enum imp_format)i;
				return 0;
			}
		return err_set(err, ERR_USAGE,
			       "format: want dat, report, ftrace, perf or vgt, have \"%s\"",
			       opt->format);
	}
	if (h->n >= 10 && !memcmp(h->b, "\x17\x08\x44tracing", 10)) {
		*f = FMT_DAT;
		return 0;
	}
	if (h->n >= 4 &&
	    (!memcmp(h->b, "\x4d\x3c\xb2\xa1", 4) || !memcmp(h->b, "\xa1\xb2\x3c\x4d", 4) ||
	     !memcmp(h->b, "\xd4\xc3\xb2\xa1", 4) || !memcmp(h->b, "\xa1\xb2\xc3\xd4", 4))) {
		*f = FMT_VGT;
		return 0;
	}
	if (!memcmp(h->b, "%vgt", h->n < 4 ? h->n : 4) ||
	    (h->b[0] == '#' && strstr((const char *)h->b, "\n%vgt"))) {
		*f = FMT_VGT;
		return 0;
	}
	if (detect_text(h, f))
		return 0;
	return err_set(err, ERR_INPUT,
		       "%s: want a trace.dat, text of trace-cmd report, ftrace or perf script, or "
		       "a trace of ours, have none of these",
		       shown);
}

/* What a spooled input that ends too soon is, if nothing else tells more. */
static const char cut_packed[] = "cut short or damaged: cannot be decompressed to its end";

/* ---- spooling ----------------------------------------------------------- */

/* Copy @b, and close it, into a file without a name; *path reads it. */
static int spool(struct bytes *b, struct imp_input *in, FILE **f, char *path, size_t room,
		 struct err *err)
{
	static char buf[1 << 16];
	ssize_t n = -1;

	*f = tmpfile();
	if (!b || !*f)
		goto out;
	while ((n = bytes_read(b, buf, sizeof(buf))) > 0)
		if (fwrite(buf, 1, (size_t)n, *f) != (size_t)n)
			goto out;
	/* What can be had of it is there, as of any file that is cut short. */
	in->cut = n < 0;
	n = fflush(*f);
	snprintf(path, room, "/proc/self/fd/%d", fileno(*f));
out:
	if (n)
		err_set(err, *f && !b ? ERR_INPUT : ERR_OUTPUT, "%s: cannot spool: %s", in->shown,
			strerror(errno));
	bytes_close(b);
	if (n && *f) {
		fclose(*f);
		*f = NULL;
	}
	return n ? err->code : 0;
}

/* ---- reading ------------------------------------------------------------ */

static int read_events(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		       ev_sink sink, void *arg, struct err *err)
{
	*info = (struct imp_info){ .missing_from = -1 };
	if (in->format == FMT_DAT)
		return imp_read_dat_apart(in, names, info, sink, arg, err);
	return imp_read_text(in, names, info, sink, arg, err);
}

static int scan(const struct imp_input *in, struct imp_evidence *e, struct err *err)
{
	return read_events(in, &e->names, &e->info, evidence_event, e, err);
}

/* ---- summary ------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	const struct import_count *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void sum_events(struct import_summary *s, const struct imp_evidence *e)
{
	s->events = calloc(e->names.nr + 1, sizeof(*s->events));
	for (uint32_t i = 0; s->events && i < e->names.nr; i++) {
		char *name = e->names.v[i].n ? strdup(e->names.v[i].name) : NULL;

		if (name)
			s->events[s->nr_events++] = (struct import_count){ name, e->names.v[i].n };
	}
	if (s->nr_events)
		qsort(s->events, s->nr_events, sizeof(*s->events), by_name);
	s->events_in = e->nr_events;
	s->lost_events = e->lost_events;
	if (e->lost_places)
		note(&s->lost, "events lost by the recorder, in %llu places: %llu%s",
		     (unsigned long long)e->lost_places, (unsigned long long)e->lost_events,
		     e->lost_uncounted ? " and more, which it did not count" : "");
	if (e->info.cut[0])
		note(&s->lost, "%s", e->info.cut);
	if (e->info.instances)
		note(&s->skipped, "%u further buffers of the trace.dat: not read",
		     e->info.instances);
	if (e->info.odd_exits)
		note(&s->warnings, "%llu exits are neither IRQ, TRAP nor SERROR: taken for traps",
		     (unsigned long long)e->info.odd_exits);
	if (e->info.unsure_wfx)
		note(&s->inferred,
		     "%llu kvm_wfx_arm64 do not tell WFI from WFE (this text form cannot print "
		     "it): taken for WFI",
		     (unsigned long long)e->info.unsure_wfx);
}

static const char *const skip_text[SKIP_NR] = {
	[SKIP_NOT_NEEDED] = "events that a trace has no use for",
	[SKIP_TIMER_UNCHANGED] =
		"updates of a timer's or other PPI that lower a line which is low already",
	[SKIP_LINE_TWICE] = "kvm_irq_line: the same injection as a vgic_update_irq_pending",
	[SKIP_MSI_TWICE] = "its_cached: the same message as an its_inject_msi",
	[SKIP_MSI_MISS] = "its_cached that found nothing: the message came later by its_inject_msi",
	[SKIP_HOST_IRQ_ELSEWHERE] = "host interrupts and IPIs on a CPU without a vCPU then",
	[SKIP_HOST_IRQ_IS_IPI] = "handlers of an IPI, which its ipi_entry tells better",
	[SKIP_HSR_TWICE] = "kvm_handle_sys_reg: the same access as a kvm_sys_access",
	[SKIP_MMIO_UNFINISHED] = "reads whose value is not in the recording",
	[SKIP_MMIO_ODD] = "accesses of an odd length or kind",
	[SKIP_NO_VCPU] = "vCPU events of threads that are no vCPU of this VM",
	[SKIP_SCHED_ELSEWHERE] = "sched_switch between threads that are no vCPUs",
	[SKIP_EXIT_MISSING] = "guest runs whose kvm_exit is not in the recording",
	[SKIP_SGI_TWICE] = "sgi_v3 without the access it belongs to",
	[SKIP_BAD_IRQ] = "interrupts outside the guest's INTIDs or vCPUs",
};

static const char *const infer_text[INFER_NR] = {
	[INFER_EXIT_AT_CLEAR_DEBUG] = "exits at the time of kvm_arm_clear_debug, which directly "
				      "follows the guest",
	[INFER_EXIT_AT_FIRST_EVENT] = "exits at the time of the first host interrupt after the "
				      "guest",
	[INFER_EXIT_AT_ITSELF] = "exits at the time of kvm_exit itself",
	[INFER_CAUSE_KICK] = "exits by a kick: a reschedule IPI raised by who had just injected",
	[INFER_CAUSE_IPI] = "exits by another IPI",
	[INFER_CAUSE_TIMER] = "exits by a timer interrupt",
	[INFER_CAUSE_DEVICE] = "exits by another host interrupt",
	[INFER_CAUSE_MAINTENANCE] = "exits by a maintenance interrupt: no host interrupt was seen, "
				    "and the list registers say one was due",
	[INFER_CAUSE_OTHER] = "exits for an interrupt without any host interrupt seen: cause=other",
	[INFER_CAUSE_NONE] = "exits for an interrupt without a cause: no host interrupts in the "
			     "recording",
	[INFER_KICK_PREEMPTED] = "of the exits by another IPI were no kicks because the scheduler "
				 "took the CPU at once",
	[INFER_INJECT_IN_IRQ] = "injections and queueings in a host interrupt handler",
	[INFER_LRS_MOVED] = "kvm_vgic_lrs shown right after an entry put right before it",
	[INFER_LRS_USED] = "list registers in use counted by their state",
	[INFER_SGI_VALUE] = "SGI register writes with the value of the probe sgi_v3",
	[INFER_SGI_NO_VALUE] = "SGI register writes whose value was not recorded: val=?",
	[INFER_LATE] = "records at the time of their end: they had waited too long",
};

static void sum_counts(struct import_summary *s, const struct imp_convert *c)
{
	for (int i = 0; i < INFER_NR; i++)
		if (c->inferred[i])
			note(&s->inferred, "%llu %s", (unsigned long long)c->inferred[i],
			     infer_text[i]);
	for (int i = 0; i < SKIP_NR; i++)
		if (c->skipped[i])
			note(&s->skipped, "%llu %s", (unsigned long long)c->skipped[i],
			     skip_text[i]);
	if (c->q.given_up)
		note(&s->warnings,
		     "%llu records lost their place in time: their end was more than %u records "
		     "away",
		     (unsigned long long)c->q.given_up, QUEUE_SLOTS);
	if (c->foreign && c->injected_by_threads)
		note(&s->warnings,
		     "%llu injections are of threads that are no vCPUs, and %u threads are vCPUs "
		     "of "
		     "other VMs: whose injections they are is not in the recording",
		     (unsigned long long)c->injected_by_threads, c->foreign);
	if (!s->records[REC_ENTRY])
		note(&s->warnings, "no kvm_entry of any vCPU: there is nothing to replay");
}

static void sum_state(struct import_summary *s, const struct vgic_state *v)
{
	note(&s->inferred, "%zu interrupts of %u not in reset state, by vgic-state", v->nr,
	     v->nr_lines);
	if (v->nr_lpis)
		note(&s->skipped, "%u LPIs of vgic-state: a trace has no state for LPIs",
		     v->nr_lpis);
	if (!v->distributor_enabled)
		note(&s->warnings, "vgic-state says that the distributor was disabled");
}

/* ---- import ------------------------------------------------------------- */

/* Records of ours on their way; list registers go when all of them are there. */
struct copier {
	struct import_summary *sum;
	struct trace_writer *w;
	struct trace_rec group[TEXT_MAX_RECS];
	unsigned int nr, want;
};

static int copy_rec(struct copier *c, const struct trace_rec *rec, struct err *err)
{
	if (!c->nr)
		c->want = text_line_recs(rec);
	c->group[c->nr++] = *rec;
	if (c->nr < c->want)
		return 0;
	for (unsigned int i = 0; i < c->nr; i++) {
		if (trace_write(c->w, &c->group[i], err))
			return err->code;
		c->sum->records[c->group[i].kind]++;
		c->sum->records_out++;
	}
	c->sum->duration_ns = rec->time_ns;
	c->nr = 0;
	return 0;
}

/* The mark at the end of what is not all. */
static int copy_lost(struct copier *c, struct err *err)
{
	const struct trace_rec lost = { .time_ns = c->sum->duration_ns,
					.kind = REC_LOST,
					.ctx = CTX_NONE,
					.cpu = -1,
					.d.lost.n = 1 };

	c->nr = 0;
	return copy_rec(c, &lost, err);
}

/* What is @out now, and why that is an error all the same. */
static int say_cut(const char *out, struct import_summary *sum, struct err *err)
{
	size_t n = strlen(err->msg);

	sum->cut = true;
	snprintf(err->msg + n, sizeof(err->msg) - n,
		 "; what came before it is %s%s, and ends in \"lost\"",
		 strcmp(out, "-") ? "in " : "on standard output", strcmp(out, "-") ? out : "");
	return err->code = ERR_INPUT;
}

/* The reader names the file that it read: a spooled one has another name. */
static void rename_in(struct err *err, const char *path, const char *shown)
{
	char rest[sizeof(err->msg)];
	size_t n = strlen(path);

	if (strncmp(err->msg, path, n))
		return;
	memcpy(rest, err->msg + n, strlen(err->msg + n) + 1);
	snprintf(err->msg, sizeof(err->msg), "%.200s%.800s", shown, rest);
}

static int copy_own(const struct imp_input *in, const char *out, struct import_summary *sum,
		    struct err *err)
{
	struct trace_reader *r = trace_open(in->path, err);
	struct copier c = { .sum = sum };
	const struct trace_rec *rec;
	struct err second;
	bool cut = false;
	int rc;

	if (!r) {
		rename_in(err, in->path, in->shown);
		return err->code;
	}
	sum->meta = *trace_meta(r);
	c.w = trace_create(out, &sum->meta, err);
	rc = c.w ? 1 : err->code;
	while (rc > 0) {
		rc = trace_next(r, &rec, err);
		if (rc > 0 && copy_rec(&c, rec, err))
			rc = err->code;
		cut = rc < 0 && trace_is_cut(r) && sum->records_out;
	}
	if (rc < 0)
		rename_in(err, in->path, in->shown);
	if (!rc && in->cut && sum->records_out) {
		cut = true;
		rc = err_set(err, ERR_INPUT, "%s: %s", in->shown, cut_packed);
	}
	sum->events_in = sum->records_out;
	if (cut && copy_lost(&c, &second)) {
		*err = second;
		cut = false;
	}
	if (rc && !cut)
		trace_abort(c.w);
	else if (trace_commit(c.w, cut ? &second : err))
		rc = cut ? (*err = second).code : err->code;
	else if (cut)
		rc = say_cut(out, sum, err);
	trace_close(r);
	return rc;
}

/* Passes events on and says how far the second pass is. */
struct pacer {
	struct imp_convert *c;
	const struct imp_input *in;
	uint64_t seen, total;
};

static int paced_event(void *arg, const struct ev *ev, struct err *err)
{
	struct pacer *p = arg;

	if (p->in->progress && !(p->seen & 0xfff))
		p->in->progress(p->in->progress_arg,
				(unsigned int)(p->seen * 1000 / (p->total ? p->total : 1)));
	p->seen += ev->kind != EV_LOST;
	return convert_event(p->c, ev, err);
}

static int convert(const struct imp_input *in, struct imp_evidence *e,
		   const struct trace_meta *meta, const struct vgic_state *state, const char *out,
		   struct import_summary *sum, struct err *err)
{
	struct trace_writer *w = trace_create(out, meta, err);
	struct imp_convert *c = calloc(1, sizeof(*c));
	struct pacer pacer = { .c = c, .in = in, .total = e->nr_events };
	struct imp_info info = { 0 };
	int rc = ERR_OUTPUT;

	if (!w)
		goto out;
	if (!c) {
		rc = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	rc = convert_init(c, e, meta, state, w, sum, err);
	rc = rc ? rc : read_events(in, &e->names, &info, paced_event, &pacer, err);
	rc = rc ? rc : convert_finish(c, err);
	/* what the writer refuses came from there */
	if (rc == ERR_INPUT && !strstr(err->msg, in->shown))
		err_prefix(err, "%s", in->shown);
	if (!rc) {
		sum_counts(sum, c);
		rc = trace_commit(w, err);
		w = NULL;
	}
out:
	trace_abort(w);
	if (c)
		convert_free(c);
	free(c);
	return rc ? (err->code ? (int)err->code : rc) : 0;
}

static int import_host(struct imp_input *in, const char *out, const struct import_options *opt,
		       struct import_summary *sum, struct err *err)
{
	struct imp_evidence e;
	struct imp_info cut = { .missing_from = -1 };
	struct vgic_state state = { 0 };
	FILE *mended = NULL;
	char path[64];
	int rc = 0;

	evidence_init(&e);
	e.frame = opt->frame;
	e.nr_frames = opt->nr_frames;
	if (opt->vgic_state)
		rc = vgic_state_read(&state, opt->vgic_state, err);
	if (!rc && in->format == FMT_DAT)
		rc = imp_mend_dat(in, &mended, &cut, err);
	if (mended) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(mended));
		in->path = path;
	}
	rc = rc ? rc : scan(in, &e, err);
	if (!rc && in->cut && !e.info.cut[0])
		strcpy(e.info.cut, cut_packed);
	if (!rc && mended) {
		memcpy(e.info.cut, cut.cut, sizeof(e.info.cut));
		e.info.missing_from = cut.missing_from;
		e.info.nr_cpus = cut.nr_cpus;
	}
	if (!rc && !e.nr_events)
		rc = e.info.cut[0]
			     ? err_set(err, ERR_INPUT, "%s: %s", in->shown, e.info.cut)
			     : err_set(err, ERR_INPUT, "%s: want events, have none", in->shown);
	if (rc)
		goto out;
	sum_events(sum, &e);
	rc = vcpus_assign(&e, opt, in->shown, sum, err);
	rc = rc ? rc
		: meta_infer(&sum->meta, &e, opt->vgic_state ? &state : NULL, opt, in->shown, sum,
			     err);
	if (rc)
		goto out;
	if (opt->vgic_state)
		sum_state(sum, &state);
	rc = convert(in, &e, &sum->meta, opt->vgic_state ? &state : NULL, out, sum, err);
	if (!rc && e.info.cut[0]) {
		err_set(err, ERR_INPUT, "%s: %s", in->shown, e.info.cut);
		rc = say_cut(out, sum, err);
	}
out:
	if (mended)
		fclose(mended);
	vgic_state_free(&state);
	evidence_free(&e);
	return rc;
}

/* Options that say of a recording what it does not: a trace would not change by them. */
static bool tells_facts(const struct import_options *o)
{
	return o->gic || o->nr_vcpus || o->nr_spis || o->machine || o->nr_frames || o->vcpu_map ||
	       o->vgic_state || o->source;
}

int import_trace(const char *in, const char *out, const struct import_options *opt,
		 struct import_summary *sum, struct err *err)
{
	static const struct import_options none;
	struct err dummy = { 0 };
	struct imp_input input = { .path = in, .shown = strcmp(in, "-") ? in : "stdin" };
	struct head *h = malloc(sizeof(*h));
	FILE *spooled[2] = { NULL, NULL };
	struct stat st;
	char path[2][64];
	int rc = 0;

	err = err ? err : &dummy;
	opt = opt ? opt : &none;
	input.progress = opt->progress;
	input.progress_arg = opt->progress_arg;
	if (!h)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (!strcmp(in, "-") || (!stat(in, &st) && S_ISFIFO(st.st_mode))) {
		rc = spool(bytes_open_plain(in), &input, &spooled[0], path[0], sizeof(path[0]),
			   err);
		input.path = path[0];
	}
	rc = rc ? rc : read_head(input.path, input.shown, h, err);
	rc = rc ? rc : detect(h, input.shown, opt, &input.format, err);
	if (!rc && input.format == FMT_DAT && h->compressed) {
		rc = spool(bytes_open(input.path), &input, &spooled[1], path[1], sizeof(path[1]),
			   err);
		input.path = path[1];
	}
	if (rc)
		goto out;
	sum->format = format_names[input.format];
	if (input.format == FMT_VGT && tells_facts(opt))
		rc = err_set(
			err, ERR_USAGE,
			"%s: is a trace, which says itself what it is of: want no --gic, --vcpus, "
			"--spis, --machine, --frame, --vcpu-map, --vgic-state or --source",
			input.shown);
	else if (input.format == FMT_VGT)
		rc = copy_own(&input, out, sum, err);
	else
		rc = import_host(&input, out, opt, sum, err);
out:
	for (int i = 0; i < 2; i++)
		if (spooled[i])
			fclose(spooled[i]);
	free(h);
	return rc;
}
