// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judging a trace. One pass; per vCPU and per CPU only what the next event is
 * judged by is remembered. Nothing here knows a vgic design: what is judged is
 * whether the events can have happened in this order at all.
 */
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "reader.h"

/* A hole in all CPUs' events: longer than any guest sleeps with its tick on. */
#define CHECK_GAP_NS UINT64_C(1000000000)

enum check_sort {
	SORT_DEFECT,
	SORT_RANGE,
	SORT_ORDER,    /* entry and exit do not alternate */
	SORT_IN_GUEST, /* an event of the host half while in the guest, or the reverse */
	SORT_TWO_ON_CPU,
	SORT_MOVED,
	SORT_STATE_LATE,
	SORT_STATE_TWICE,
	SORT_SGI_INJECTED,
	SORT_LR_COUNT,
	SORT_LR_TWICE,
	SORT_LR_IRQ,
	SORT_GAP,
	SORT_LOST,
	SORT_FRAMES,
	SORT_LPI,
	SORT_NR,
};

enum check_where { WHERE_UNKNOWN, WHERE_GUEST, WHERE_HOST };

struct check_vcpu {
	uint8_t where; /* enum check_where */
	int16_t cpu;   /* of the entry */
	uint64_t since_ns;
};

struct check {
	struct check_report *rep;
	struct trace_reader *r;
	const struct trace_meta *meta;
	const struct trace_rec *rec;
	unsigned int keep;
	bool no_memory, begun;
	uint64_t nr_of_sort[SORT_NR];
	uint64_t room;
	uint64_t last_ns;
	struct check_vcpu vcpu[TRACE_MAX_VCPUS];
	int16_t on_cpu[INT16_MAX + 1]; /* which vCPU's guest runs there, -1 */
	/* the list registers of one lrs line */
	struct trace_rec lrs;
	uint64_t lr[GIC_MAX_LRS];
	unsigned int nr_lr;
	/* state lines seen: private by vCPU, the others once */
	uint32_t state_private[TRACE_MAX_VCPUS];
	uint32_t state_shared[GIC_LAST_SPI / 32 + 1];
};

__attribute__((cold, format(printf, 4, 5))) static void
find(struct check *c, enum check_sort sort, enum check_severity severity, const char *fmt, ...)
{
	struct check_report *rep = c->rep;
	struct check_finding *f;
	va_list ap;

	if (severity == CHECK_ERROR)
		rep->nr_errors++;
	else
		rep->nr_warnings++;
	if (c->keep && c->nr_of_sort[sort]++ >= c->keep)
		return;
	if (rep->nr_kept == c->room) {
		uint64_t room = c->room ? 2 * c->room : 64;
		void *p = realloc(rep->finding, room * sizeof(*f));

		if (!p) {
			c->no_memory = true;
			return;
		}
		rep->finding = p;
		c->room = room;
	}
	f = &rep->finding[rep->nr_kept++];
	memset(f, 0, sizeof(*f));
	f->severity = severity;
	if (c->rec) {
		f->record = trace_nr_records(c->r);
		f->line = trace_line(c->r);
		f->time_ns = c->rec->time_ns;
	}
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void check_entry(struct check *c, const struct trace_rec *rec)
{
	struct check_vcpu *v = &c->vcpu[rec->ctx_id];

	if (v->where == WHERE_GUEST)
		find(c, SORT_ORDER, CHECK_ERROR,
		     "v%u: entry: want an exit since the entry at %" PRIu64 " ns, have none",
		     rec->ctx_id, v->since_ns);
	if (rec->cpu >= 0) {
		int16_t other = c->on_cpu[rec->cpu];

		if (other >= 0 && (uint32_t)other != rec->ctx_id)
			find(c, SORT_TWO_ON_CPU, CHECK_ERROR,
			     "v%u: entry: want CPU %d free, have v%d in the guest there",
			     rec->ctx_id, rec->cpu, other);
		c->on_cpu[rec->cpu] = (int16_t)rec->ctx_id;
	}
	v->where = WHERE_GUEST;
	v->cpu = rec->cpu;
	v->since_ns = rec->time_ns;
}

static void check_exit(struct check *c, const struct trace_rec *rec)
{
	struct check_vcpu *v = &c->vcpu[rec->ctx_id];

	if (v->where == WHERE_HOST)
		find(c, SORT_ORDER, CHECK_ERROR,
		     "v%u: exit: want an entry since the exit at %" PRIu64 " ns, have none",
		     rec->ctx_id, v->since_ns);
	if (v->where == WHERE_GUEST && v->cpu >= 0 && rec->cpu >= 0 && v->cpu != rec->cpu)
		find(c, SORT_MOVED, CHECK_ERROR,
		     "v%u: exit: want CPU %d, where it entered, have CPU %d", rec->ctx_id, v->cpu,
		     rec->cpu);
	if (v->where == WHERE_GUEST && v->cpu >= 0 && c->on_cpu[v->cpu] == (int16_t)rec->ctx_id)
		c->on_cpu[v->cpu] = -1;
	v->where = WHERE_HOST;
	v->since_ns = rec->time_ns;
}

/* What a vCPU's thread does in the host it cannot do from inside the guest. */
static void check_where_it_is(struct check *c, const struct trace_rec *rec)
{
	struct check_vcpu *v = &c->vcpu[rec->ctx_id];
	bool guest = rec->kind == REC_ACK || rec->kind == REC_EOI || rec->kind == REC_DIR;

	if (v->where == (guest ? WHERE_HOST : WHERE_GUEST))
		find(c, SORT_IN_GUEST, CHECK_ERROR, "v%u: %s: want it in the %s, have it in the %s",
		     rec->ctx_id, rec_kind_name(rec->kind), guest ? "guest" : "host",
		     guest ? "host" : "guest");
}

static void check_inject(struct check *c, const struct trace_rec *rec)
{
	if (gic_is_sgi(rec->d.inject.irq))
		find(c, SORT_SGI_INJECTED, CHECK_ERROR,
		     "inject: want a PPI or an SPI, have SGI %u: guests send SGIs by mmio or "
		     "sysreg",
		     rec->d.inject.irq);
	if (rec->ctx == CTX_VCPU && c->vcpu[rec->ctx_id].where == WHERE_GUEST)
		find(c, SORT_IN_GUEST, CHECK_ERROR,
		     "v%u: inject: want its thread in the host, have it in the guest", rec->ctx_id);
}

static void check_state(struct check *c, const struct trace_rec *rec)
{
	uint32_t irq = rec->d.state.irq, bit = 1u << irq % 32, *seen = NULL;

	if (c->begun)
		find(c, SORT_STATE_LATE, CHECK_ERROR,
		     "state: want it before all other events, have irq %u after them", irq);
	if (gic_is_private(irq) && rec->d.state.vcpu < TRACE_MAX_VCPUS)
		seen = &c->state_private[rec->d.state.vcpu];
	else if (irq <= GIC_LAST_SPI)
		seen = &c->state_shared[irq / 32];
	if (seen && *seen & bit)
		find(c, SORT_STATE_TWICE, CHECK_ERROR,
		     "state: want one line for irq %u, have another", irq);
	if (seen)
		*seen |= bit;
}

/* All registers of one lrs line are at hand. */
static void check_lrs(struct check *c)
{
	uint32_t gic = c->meta->gic;

	if (c->lrs.d.lrs.used > c->lrs.d.lrs.nr)
		find(c, SORT_LR_COUNT, CHECK_WARNING,
		     "v%u: lrs: want used at most %u, the list registers given, have %u",
		     c->lrs.ctx_id, c->lrs.d.lrs.nr, c->lrs.d.lrs.used);
	for (unsigned int i = 0; i < c->nr_lr; i++) {
		struct gic_lr a = gic_lr_decode(gic, c->lr[i]);

		if (!a.pending && !a.active)
			continue;
		if (a.irq >= GIC_FIRST_SPI + c->meta->nr_spis && a.irq < GIC_FIRST_LPI)
			find(c, SORT_LR_IRQ, CHECK_ERROR,
			     "v%u: lr%u: want an INTID up to %u, have %u", c->lrs.ctx_id, i,
			     GIC_FIRST_SPI + c->meta->nr_spis - 1, a.irq);
		for (unsigned int k = i + 1; k < c->nr_lr; k++) {
			struct gic_lr b = gic_lr_decode(gic, c->lr[k]);

			if ((b.pending || b.active) && a.irq == b.irq &&
			    !(gic_is_sgi(a.irq) && a.src != b.src))
				find(c, SORT_LR_TWICE, CHECK_ERROR,
				     "v%u: lrs: want irq %u once, have it in lr%u and lr%u",
				     c->lrs.ctx_id, a.irq, i, k);
		}
	}
}

static void check_lrs_rec(struct check *c, const struct trace_rec *rec)
{
	if (rec->kind == REC_LRS) {
		c->lrs = *rec;
		c->nr_lr = rec->d.lrs.nr < REC_LRS_FIRST ? rec->d.lrs.nr : REC_LRS_FIRST;
		memcpy(c->lr, rec->d.lrs.lr, sizeof(rec->d.lrs.lr));
	} else {
		memcpy(c->lr + rec->d.lrs_more.first, rec->d.lrs_more.lr,
		       rec->d.lrs_more.nr * sizeof(c->lr[0]));
		c->nr_lr = rec->d.lrs_more.first + rec->d.lrs_more.nr;
	}
	if (c->nr_lr == c->lrs.d.lrs.nr)
		check_lrs(c);
}

static void check_rec(struct check *c, const struct trace_rec *rec)
{
	const char *bad;
	char why[200];

	bad = trace_rec_check(rec, c->meta, why, sizeof(why));
	if (bad)
		find(c, SORT_RANGE, CHECK_ERROR, "%s: %s", rec_kind_name(rec->kind), bad);
	if (c->begun && rec->time_ns - c->last_ns > CHECK_GAP_NS)
		find(c, SORT_GAP, CHECK_WARNING,
		     "want an event at least every second, have none for %" PRIu64 " ns",
		     rec->time_ns - c->last_ns);
	c->last_ns = rec->time_ns;
	switch (rec->kind) {
	case REC_ENTRY:
		check_entry(c, rec);
		break;
	case REC_EXIT:
		check_exit(c, rec);
		break;
	case REC_MMIO:
	case REC_SYSREG:
	case REC_WFI:
	case REC_WFE:
	case REC_HVC:
	case REC_ITS:
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		check_where_it_is(c, rec);
		break;
	case REC_INJECT:
		check_inject(c, rec);
		break;
	case REC_MSI:
		if (c->meta->gic == 2)
			find(c, SORT_LPI, CHECK_WARNING,
			     "msi: want none through an ITS in a GICv2, have one");
		break;
	case REC_STATE:
		check_state(c, rec);
		return;
	case REC_LRS:
	case REC_LRS_MORE:
		check_lrs_rec(c, rec);
		break;
	case REC_LOST:
		find(c, SORT_LOST, CHECK_WARNING, "want no lost events, have %" PRIu64 " lost here",
		     rec->d.lost.n);
		break;
	}
	c->begun = true;
}

static bool overlap(const struct trace_meta *m, uint32_t i, uint32_t k)
{
	const struct trace_frame *a = &m->frame[i], *b = &m->frame[k];
	uint64_t an = a->kind == FRAME_GICR ? m->nr_vcpus : 1;
	uint64_t bn = b->kind == FRAME_GICR ? m->nr_vcpus : 1;
	uint64_t a_end, b_end;

	if (__builtin_mul_overflow(a->size, an, &a_end) ||
	    __builtin_add_overflow(a->gpa, a_end - 1, &a_end))
		a_end = UINT64_MAX;
	if (__builtin_mul_overflow(b->size, bn, &b_end) ||
	    __builtin_add_overflow(b->gpa, b_end - 1, &b_end))
		b_end = UINT64_MAX;
	return a->gpa <= b_end && b->gpa <= a_end;
}

static void check_frames(struct check *c)
{
	const struct trace_meta *m = c->meta;
	unsigned int have[FRAME_NR_KINDS] = { 0 };

	for (uint32_t i = 0; i < m->nr_frames; i++) {
		have[m->frame[i].kind]++;
		for (uint32_t k = i + 1; k < m->nr_frames; k++)
			if (overlap(m, i, k))
				find(c, SORT_FRAMES, CHECK_ERROR,
				     "frames: want them apart, have %s at 0x%" PRIx64
				     " and %s at 0x%" PRIx64,
				     frame_kind_name(m->frame[i].kind), m->frame[i].gpa,
				     frame_kind_name(m->frame[k].kind), m->frame[k].gpa);
	}
	if (!have[FRAME_GICD])
		find(c, SORT_FRAMES, CHECK_WARNING,
		     "frames: want a gicd, have none: accesses to it cannot be told from others");
	if (m->gic == 3 && !have[FRAME_GICR])
		find(c, SORT_FRAMES, CHECK_WARNING, "frames: want a gicr for a GICv3, have none");
	if (m->gic == 2 && (have[FRAME_GICR] || have[FRAME_ITS]))
		find(c, SORT_FRAMES, CHECK_ERROR,
		     "frames: want gicd and gicc for a GICv2, have gicr or its");
}

/* @text without "@what: " at its beginning. */
static const char *check_without(const char *text, const char *what)
{
	size_t n = strlen(what);

	return !strncmp(text, what, n) && !strncmp(text + n, ": ", 2) ? text + n + 2 : text;
}

/* The defect's own words say the file and where; so does whoever prints the list. */
static void check_defect(struct check *c, const struct err *e)
{
	const char *text = check_without(e->msg, trace_name(c->r));
	char where[48];

	snprintf(where, sizeof(where), "line %" PRIu64, trace_line(c->r));
	text = check_without(text, where);
	snprintf(where, sizeof(where), "record %" PRIu64, trace_nr_records(c->r) + 1);
	text = check_without(text, where);
	c->rec = NULL;
	find(c, SORT_DEFECT, CHECK_ERROR, "%s", text);
	c->rep->defect = true;
	if (c->no_memory)
		return;
	c->rep->finding[c->rep->nr_kept - 1].record = trace_nr_records(c->r) + 1;
	c->rep->finding[c->rep->nr_kept - 1].line = trace_line(c->r);
	c->rep->finding[c->rep->nr_kept - 1].time_ns = c->last_ns;
}

int check_trace(const char *path, unsigned int keep, struct check_report *rep, struct err *err)
{
	struct check *c = calloc(1, sizeof(*c));
	int rc = -1;

	memset(rep, 0, sizeof(*rep));
	if (!c)
		return err_set(err, ERR_NOMEM, "%s: out of memory", path);
	memset(c->on_cpu, 0xff, sizeof(c->on_cpu));
	c->rep = rep;
	c->keep = keep;
	c->r = trace_open(path, err);
	if (!c->r) {
		rc = err->code;
		goto out;
	}
	trace_set_lenient(c->r);
	c->meta = trace_meta(c->r);
	check_frames(c);
	while (!c->no_memory && (rc = trace_next(c->r, &c->rec, err)) > 0)
		check_rec(c, c->rec);
	if (rc < 0)
		check_defect(c, err);
	rep->nr_records = trace_nr_records(c->r);
	rc = c->no_memory ? err_set(err, ERR_NOMEM, "%s: out of memory", path) : 0;
out:
	trace_close(c->r);
	free(c);
	if (rc)
		check_free(rep);
	return rc;
}

void check_free(struct check_report *rep)
{
	free(rep->finding);
	memset(rep, 0, sizeof(*rep));
}
