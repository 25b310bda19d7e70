/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "infer.h"

#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "routing.h"

#define INFER_REACH_NS	1000000u	/* how long after a write an effect may show */

/* One vCPU as the recording shows it. */
struct seen {
	bool entry_lrs;		/* the run that is open began with recorded registers */
	uint8_t nr;
	uint64_t lr[GICV3_MAX_LRS];
	uint32_t sgi_pending;	/* SGIs pending in the registers last seen */
	uint64_t exit_at;	/* position + 1 of the exit whose registers come next */
	uint64_t entered_ns;
	bool asleep;		/* wfi, and nothing since */
	bool explained;		/* an injection for it was seen since its last entry */
};

struct infer {
	struct trace_reader *reader;
	const struct trace_meta *meta;
	unsigned int nr_vcpus;
	struct infer_item item[INFER_DEPTH];
	uint64_t in, out;	/* positions */
	bool ended;
	int end_rc;
	struct err end_err;
	bool has_lrs;
	/* positions + 1 of SGI writes without a value, oldest first */
	uint64_t open[64];
	unsigned int nr_open;
	struct routing routing;
	struct seen *seen;	/* [nr_vcpus] */
};

struct infer *infer_create(struct trace_reader *reader, unsigned int nr_vcpus)
{
	struct infer *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->reader = reader;
	f->meta = trace_meta(reader);
	f->nr_vcpus = nr_vcpus;
	routing_init(&f->routing, f->meta);
	f->seen = calloc(nr_vcpus, sizeof(*f->seen));
	if (!f->seen) {
		free(f);
		return NULL;
	}
	return f;
}

void infer_destroy(struct infer *f)
{
	if (!f)
		return;
	free(f->seen);
	free(f);
}

bool infer_has_lrs(const struct infer *f)
{
	return f->has_lrs;
}

static struct infer_item *item_at(struct infer *f, uint64_t pos)
{
	return &f->item[pos % INFER_DEPTH];
}

static struct annot *annotate(struct infer *f, uint64_t pos)
{
	struct infer_item *it = item_at(f, pos);

	if (!it->has_annot) {
		memset(&it->annot, 0, sizeof(it->annot));
		it->has_annot = true;
	}
	return &it->annot;
}

static bool is_open_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG && r->ctx == CTX_VCPU && r->d.sysreg.write &&
	       !(r->flags & REC_HAS_VAL) &&
	       (r->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1 ||
		r->d.sysreg.reg == SYSREG_ICC_SGI0R_EL1);
}

/* The newest open write of another vCPU since @since_ns; one without a target first. */
static bool attribute(struct infer *f, unsigned int vcpu, unsigned int sgi,
		      uint64_t since_ns, uint64_t now_ns)
{
	int pick = -1;

	for (int i = (int)f->nr_open - 1; i >= 0; i--) {
		uint64_t pos = f->open[i] - 1;
		const struct trace_rec *w = &item_at(f, pos)->rec;

		if (pos < f->out || w->time_ns < since_ns ||
		    now_ns - w->time_ns > INFER_REACH_NS)
			break;
		if (w->ctx_id == vcpu)
			continue;
		if (!item_at(f, pos)->has_annot) {
			pick = i;
			break;
		}
		if (pick < 0 && item_at(f, pos)->annot.sgi == sgi)
			pick = i;
	}
	if (pick < 0)
		return false;

	struct annot *a = annotate(f, f->open[pick] - 1);

	a->inferred = true;
	a->sgi = (uint8_t)sgi;
	a->target[vcpu / 64] |= UINT64_C(1) << vcpu % 64;
	return true;
}

static uint32_t sgis_pending(const struct infer *f, const struct seen *v)
{
	uint32_t map = 0;

	for (unsigned int i = 0; i < v->nr; i++) {
		struct gic_lr lr = gic_lr_decode(f->meta->gic, v->lr[i]);

		if (lr.pending && gic_is_sgi(lr.irq))
			map |= 1u << lr.irq;
	}
	return map;
}

static const uint64_t *find_lr(const struct infer *f, const uint64_t *lr,
			       unsigned int nr, const struct gic_lr *want)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct gic_lr have = gic_lr_decode(f->meta->gic, lr[i]);

		if ((have.pending || have.active) && have.irq == want->irq &&
		    have.src == want->src)
			return &lr[i];
	}
	return NULL;
}

static void close_run(struct infer *f, struct seen *v, const struct trace_rec *r)
{
	struct annot *a;

	if (!v->exit_at || v->exit_at - 1 < f->out)
		return;
	a = annotate(f, v->exit_at - 1);
	a->observed = true;
	for (unsigned int i = 0; i < v->nr; i++) {
		struct gic_lr was = gic_lr_decode(f->meta->gic, v->lr[i]), now;
		const uint64_t *left;

		if (!was.pending && !was.active)
			continue;
		left = find_lr(f, r->d.lrs.lr, r->d.lrs.nr < REC_LRS_FIRST ?
			       r->d.lrs.nr : REC_LRS_FIRST, &was);
		if (!left || a->nr_holds == STREAM_MAX_HOLDS)
			continue;
		now = gic_lr_decode(f->meta->gic, *left);
		a->hold[a->nr_holds].irq = was.irq;
		a->hold[a->nr_holds].keep = now.active;
		a->nr_holds++;
	}
}

static void see_lrs(struct infer *f, const struct trace_rec *r)
{
	struct seen *v = &f->seen[r->ctx_id];
	unsigned int nr = r->d.lrs.nr < REC_LRS_FIRST ? r->d.lrs.nr : REC_LRS_FIRST;
	uint32_t pending;

	f->has_lrs = true;
	if (r->d.lrs.at_exit) {
		if (v->entry_lrs)
			close_run(f, v, r);
		v->entry_lrs = false;
		v->nr = (uint8_t)nr;
		memcpy(v->lr, r->d.lrs.lr, nr * sizeof(v->lr[0]));
		v->sgi_pending = sgis_pending(f, v);
		return;
	}
	v->nr = (uint8_t)nr;
	memcpy(v->lr, r->d.lrs.lr, nr * sizeof(v->lr[0]));
	v->entry_lrs = true;
	pending = sgis_pending(f, v);
	for (unsigned int n = 0; n < GIC_NR_SGIS; n++)
		if ((pending & ~v->sgi_pending) >> n & 1)
			attribute(f, r->ctx_id, n, v->entered_ns, r->time_ns);
	v->sgi_pending = pending;
	v->entered_ns = r->time_ns;
}

static void see_inject(struct infer *f, const struct trace_rec *r)
{
	uint32_t vcpu = r->flags & REC_HAS_VCPU ? r->d.inject.vcpu :
			routing_target(&f->routing, r->d.inject.irq);

	if (r->d.inject.level && vcpu < f->nr_vcpus)
		f->seen[vcpu].explained = true;
}

static void see_vcpu(struct infer *f, const struct trace_rec *r, uint64_t pos)
{
	struct seen *v = &f->seen[r->ctx_id];

	switch (r->kind) {
	case REC_LRS:
		see_lrs(f, r);
		return;
	case REC_WFI:
		v->asleep = true;
		return;
	case REC_ENTRY:
		if (v->asleep && !v->explained && !f->has_lrs)
			attribute(f, r->ctx_id, 0, 0, r->time_ns);
		v->asleep = false;
		v->explained = false;
		v->exit_at = 0;
		if (!f->has_lrs)
			v->entered_ns = r->time_ns;
		return;
	case REC_EXIT:
		v->exit_at = pos + 1;
		if (r->d.exit.reason == EXIT_IRQ && r->d.exit.cause == CAUSE_KICK &&
		    !v->explained && !f->has_lrs)
			attribute(f, r->ctx_id, 0, 0, r->time_ns);
		return;
	default:
		return;
	}
}

static void see(struct infer *f, uint64_t pos)
{
	const struct trace_rec *r = &item_at(f, pos)->rec;

	routing_see(&f->routing, r);
	if (r->kind == REC_INJECT)
		see_inject(f, r);
	if (r->ctx != CTX_VCPU || r->ctx_id >= f->nr_vcpus)
		return;
	if (is_open_sgi(r)) {
		if (f->nr_open == sizeof(f->open) / sizeof(f->open[0])) {
			memmove(f->open, f->open + 1, sizeof(f->open) - sizeof(f->open[0]));
			f->nr_open--;
		}
		f->open[f->nr_open++] = pos + 1;
	}
	see_vcpu(f, r, pos);
}

int infer_next(struct infer *f, const struct infer_item **item, struct err *err)
{
	const struct trace_rec *rec;
	struct infer_item *it;

	while (!f->ended && f->in - f->out < INFER_DEPTH) {
		int rc = trace_next(f->reader, &rec, &f->end_err);

		if (rc <= 0) {
			f->ended = true;
			f->end_rc = rc;
			break;
		}
		it = item_at(f, f->in);
		it->rec = *rec;
		it->has_annot = false;
		see(f, f->in);
		f->in++;
	}
	if (f->out == f->in) {
		if (f->end_rc < 0 && err)
			*err = f->end_err;
		return f->end_rc;
	}
	*item = item_at(f, f->out++);
	return 1;
}
