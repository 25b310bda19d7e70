/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "infer.h"

#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "routing.h"

#define INFER_REACH_NS 20000000u /* how long after a write an effect may show */
#define INFER_MAX_CPUS 64	 /* of the recording host, for raised IPIs */
#define INFER_MAX_OPEN 64

/* One vCPU as the recording shows it. */
struct seen {
	bool entry_lrs; /* the run that is open began with recorded registers */
	uint8_t nr;
	uint64_t lr[GICV3_MAX_LRS];
	uint32_t sgi_pending; /* SGIs pending in the registers last seen */
	uint64_t exit_at;     /* position + 1 of the exit whose registers come next */
	uint64_t entered_ns, exited_ns;
	uint64_t last_ns;  /* of its thread's last record */
	uint64_t flush_ns; /* not later than the flush of its last entry */
	int16_t cpu;
	bool asleep;	/* wfi, and nothing since */
	bool explained; /* an injection for it was seen since its last entry */
};

/* An SGI write without a value that may still gain targets. */
struct open_write {
	uint64_t pos;
	uint64_t time_ns;
	uint64_t done_ns; /* the sender's next entry: it has acted by then */
	uint32_t sender;
	bool raising; /* the sender has not entered since */
	bool has_target, numbered;
	uint64_t cpus; /* IPIs raised to these, whose vCPU is not known yet */
	uint64_t unnumbered[STREAM_TARGET_WORDS]; /* targets whose SGI is to be seen */
};

struct infer {
	struct trace_reader *reader;
	const struct trace_meta *meta;
	unsigned int nr_vcpus;
	struct infer_item item[INFER_DEPTH];
	struct annot annot[INFER_DEPTH];
	uint64_t in, out; /* positions */
	bool ended;
	int end_rc;
	struct err end_err;
	bool has_lrs, has_raises;
	struct open_write open[INFER_MAX_OPEN]; /* oldest first */
	unsigned int nr_open;
	int32_t on_cpu[INFER_MAX_CPUS]; /* the vCPU whose thread is there, or -1 */
	struct routing routing;
	struct seen *seen; /* [nr_vcpus] */
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
	for (unsigned int i = 0; i < INFER_MAX_CPUS; i++)
		f->on_cpu[i] = -1;
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

	if (!it->annot) {
		it->annot = &f->annot[pos % INFER_DEPTH];
		memset(it->annot, 0, sizeof(*it->annot));
	}
	return it->annot;
}

static bool is_open_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG && r->ctx == CTX_VCPU && r->d.sysreg.write &&
	       !(r->flags & REC_HAS_VAL) &&
	       (r->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1 || r->d.sysreg.reg == SYSREG_ICC_SGI0R_EL1);
}

static void give_target(struct infer *f, struct open_write *w, unsigned int vcpu)
{
	struct annot *a;

	w->has_target = true;
	if (w->pos < f->out)
		return;
	a = annotate(f, w->pos);
	a->inferred = true;
	a->target[vcpu / 64] |= UINT64_C(1) << vcpu % 64;
	if (!w->numbered)
		w->unnumbered[vcpu / 64] |= UINT64_C(1) << vcpu % 64;
}

static void give_number(struct infer *f, struct open_write *w, unsigned int sgi)
{
	w->numbered = true;
	memset(w->unnumbered, 0, sizeof(w->unnumbered));
	if (w->pos >= f->out)
		annotate(f, w->pos)->sgi = (uint8_t)sgi;
}

static void drop_write(struct infer *f, unsigned int i)
{
	memmove(f->open + i, f->open + i + 1, (f->nr_open - i - 1) * sizeof(f->open[0]));
	f->nr_open--;
}

static void open_sgi(struct infer *f, const struct trace_rec *r, uint64_t pos)
{
	while (f->nr_open && (f->nr_open == INFER_MAX_OPEN || f->open[0].pos < f->out ||
			      r->time_ns - f->open[0].time_ns > INFER_REACH_NS))
		drop_write(f, 0);
	f->open[f->nr_open++] = (struct open_write){
		.pos = pos,
		.time_ns = r->time_ns,
		.sender = r->ctx_id,
		.raising = true,
	};
}

/*
 * Without list registers (b): by the effect alone. The oldest write without a target: effects
 * come in the order of their causes.
 */
static struct open_write *by_effect(struct infer *f, unsigned int vcpu, uint64_t since_ns)
{
	for (unsigned int i = 0; i < f->nr_open; i++) {
		struct open_write *w = &f->open[i];

		if (w->time_ns < since_ns || w->sender == vcpu || w->has_target || w->cpus)
			continue;
		give_target(f, w, vcpu);
		return w;
	}
	return NULL;
}

/*
 * How well does @w explain that SGI @sgi newly pends at an entry of @vcpu? 0 is
 * best; RANK_NONE: not at all.
 */
enum { RANK_IPI, RANK_FREE, RANK_BROADCAST, RANK_OTHER_IPI, RANK_EARLY, RANK_SELF, RANK_NONE };

static int rank(struct infer *f, const struct open_write *w, unsigned int vcpu, unsigned int sgi)
{
	const struct seen *v = &f->seen[vcpu];
	const struct annot *a;

	if (w->pos < f->out || (!w->raising && w->done_ns < v->flush_ns))
		return RANK_NONE;
	a = annotate(f, w->pos);
	if ((w->numbered && a->sgi != sgi) || a->target[vcpu / 64] >> vcpu % 64 & 1)
		return RANK_NONE;
	if (w->sender == vcpu)
		return RANK_SELF;
	if (w->time_ns < v->entered_ns)
		return RANK_EARLY;
	if (v->cpu >= 0 && v->cpu < INFER_MAX_CPUS && w->cpus >> v->cpu & 1)
		return RANK_IPI;
	if (w->has_target)
		return RANK_BROADCAST;
	return w->cpus ? RANK_OTHER_IPI : RANK_FREE;
}

/* By the list registers: SGI @sgi shows up at @vcpu. Which write was it? */
static void sgi_seen(struct infer *f, unsigned int vcpu, unsigned int sgi)
{
	struct open_write *best = NULL;
	int best_rank = RANK_NONE;

	for (unsigned int i = 0; i < f->nr_open; i++) {
		int r = rank(f, &f->open[i], vcpu, sgi);

		if (r < best_rank) {
			best = &f->open[i];
			best_rank = r;
		}
	}
	if (!best)
		return;
	if (best_rank == RANK_IPI)
		best->cpus &= ~(UINT64_C(1) << f->seen[vcpu].cpu);
	give_target(f, best, vcpu);
	give_number(f, best, sgi);
}

/* The sender's thread raises an IPI to CPU @cpu. */
static void raised(struct infer *f, uint32_t sender, uint32_t cpu)
{
	f->has_raises = true;
	if (cpu >= INFER_MAX_CPUS)
		return;
	for (unsigned int i = f->nr_open; i--;) {
		struct open_write *w = &f->open[i];

		if (w->sender != sender)
			continue;
		if (!w->raising)
			return;
		/*
		 * Where list registers are recorded they decide: some kernels
		 * kick whomever they believe to have something pending.
		 */
		if (!f->has_lrs && f->on_cpu[cpu] >= 0 && (uint32_t)f->on_cpu[cpu] != sender)
			give_target(f, w, (unsigned int)f->on_cpu[cpu]);
		else
			w->cpus |= UINT64_C(1) << cpu;
		return;
	}
}

static void follow_thread(struct infer *f, const struct trace_rec *r)
{
	uint64_t bit;

	if (r->cpu < 0 || r->cpu >= INFER_MAX_CPUS)
		return;
	if (r->kind == REC_WFI || (r->kind == REC_SCHED && !r->d.sched.in)) {
		if (f->on_cpu[r->cpu] == (int32_t)r->ctx_id)
			f->on_cpu[r->cpu] = -1;
		return;
	}
	f->seen[r->ctx_id].cpu = r->cpu;
	if (r->kind == REC_LRS || r->kind == REC_IPI || f->on_cpu[r->cpu] == (int32_t)r->ctx_id)
		return;
	f->on_cpu[r->cpu] = (int32_t)r->ctx_id;
	bit = UINT64_C(1) << r->cpu;
	if (f->has_lrs || !f->seen[r->ctx_id].asleep)
		return;
	for (unsigned int i = 0; i < f->nr_open; i++) {
		if (!(f->open[i].cpus & bit))
			continue;
		f->open[i].cpus &= ~bit;
		if (f->open[i].sender != r->ctx_id)
			give_target(f, &f->open[i], r->ctx_id);
	}
}

static void sender_entered(struct infer *f, uint32_t vcpu, uint64_t time_ns)
{
	for (unsigned int i = 0; i < f->nr_open; i++)
		if (f->open[i].sender == vcpu && f->open[i].raising) {
			f->open[i].raising = false;
			f->open[i].done_ns = time_ns;
		}
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

static const uint64_t *find_lr(const struct infer *f, const uint64_t *lr, unsigned int nr,
			       const struct gic_lr *want)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct gic_lr have = gic_lr_decode(f->meta->gic, lr[i]);

		if ((have.pending || have.active) && have.irq == want->irq && have.src == want->src)
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
		left = find_lr(f, r->d.lrs.lr,
			       r->d.lrs.nr < REC_LRS_FIRST ? r->d.lrs.nr : REC_LRS_FIRST, &was);
		if (!left || a->nr_holds == STREAM_MAX_HOLDS)
			continue;
		now = gic_lr_decode(f->meta->gic, *left);
		a->hold[a->nr_holds].irq = was.irq;
		a->hold[a->nr_holds].keep = now.active;
		a->nr_holds++;
	}
}

/*
 * From when on a write may be what shows at @v's entry. Had it found @v in its
 * guest, an IPI would have been raised.
 */
static uint64_t since(const struct infer *f, const struct seen *v)
{
	return f->has_raises ? v->exited_ns : v->entered_ns;
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
			sgi_seen(f, r->ctx_id, n);
	v->sgi_pending = pending;
	v->entered_ns = r->time_ns;
	v->flush_ns = v->last_ns;
}

static void see_inject(struct infer *f, const struct trace_rec *r)
{
	uint32_t vcpu = r->flags & REC_HAS_VCPU ? r->d.inject.vcpu
						: routing_target(&f->routing, r->d.inject.irq);

	if (r->d.inject.level && vcpu < f->nr_vcpus)
		f->seen[vcpu].explained = true;
}

/* A write since then is known to have gone to @vcpu: no other need explain it. */
static bool reached(const struct infer *f, unsigned int vcpu, uint64_t since_ns)
{
	for (unsigned int i = f->nr_open; i-- && f->open[i].time_ns >= since_ns;)
		if (f->open[i].unnumbered[vcpu / 64] >> vcpu % 64 & 1)
			return true;
	return false;
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
	case REC_IPI:
		if (r->flags & REC_HAS_TO)
			raised(f, r->ctx_id, r->d.ipi.to);
		return;
	case REC_ENTRY:
		sender_entered(f, r->ctx_id, r->time_ns);
		if (v->asleep && !v->explained && !f->has_lrs &&
		    !reached(f, r->ctx_id, v->entered_ns))
			by_effect(f, r->ctx_id, since(f, v));
		v->asleep = false;
		v->explained = false;
		v->exit_at = 0;
		if (!f->has_lrs)
			v->entered_ns = r->time_ns;
		return;
	case REC_EXIT:
		v->exit_at = pos + 1;
		v->exited_ns = r->time_ns;
		if (r->d.exit.reason == EXIT_IRQ && r->d.exit.cause == CAUSE_KICK &&
		    !v->explained && !f->has_lrs && !reached(f, r->ctx_id, v->entered_ns))
			by_effect(f, r->ctx_id, v->entered_ns);
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
	follow_thread(f, r);
	if (is_open_sgi(r))
		open_sgi(f, r, pos);
	see_vcpu(f, r, pos);
	f->seen[r->ctx_id].last_ns = r->time_ns;
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
		it->annot = NULL;
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
