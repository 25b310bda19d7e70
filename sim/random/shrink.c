// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delta debugging: first whole records by halves, quarters, … down to one, then what
 * is in those that are left, then the setup; again from the start until nothing more
 * can go. Each candidate is judged; one with another trouble, or none, is dropped.
 */
#include <stdlib.h>
#include <string.h>

#include "random.h"

#define GICD 0x08000000u
#define GICR 0x080a0000u

struct shrink {
	struct random_judge *j;
	struct random_case *best;
	struct random_case next; /* the candidate, in memory of its own */
	const struct vgic_design *design;
	struct random_verdict *v; /* of the best */
	unsigned int budget;
	bool changed; /* in this round */
	int rc;
	struct err *err;
};

static void begin(struct shrink *s)
{
	struct trace_rec *rec = s->next.rec;

	memcpy(rec, s->best->rec, s->best->nr * sizeof(*rec));
	s->next = *s->best;
	s->next.rec = rec;
}

/* Is the candidate in trouble of the same kind? Then it is the best there is. */
static bool judged(struct shrink *s, uint64_t explore)
{
	struct random_verdict v;
	bool same;

	if (!s->budget || s->rc)
		return false;
	s->budget--;
	s->rc = random_judge_one(s->j, &s->next, s->design, explore, &v, s->err);
	if (s->rc)
		return false;
	same = v.trouble == s->v->trouble &&
	       (v.trouble != RANDOM_VIOLATION || v.found == s->v->found);
	if (!same) {
		random_verdict_fini(&v);
		return false;
	}
	random_verdict_fini(s->v);
	*s->v = v;
	memcpy(s->best->rec, s->next.rec, s->next.nr * sizeof(*s->next.rec));
	s->best->nr = s->next.nr;
	s->best->meta = s->next.meta;
	s->best->setup = s->next.setup;
	s->changed = true;
	return true;
}

static bool try(struct shrink *s)
{
	return judged(s, s->v->explore);
}

/* ---- records ----------------------------------------------------------------- */

static bool try_without(struct shrink *s, size_t from, size_t nr)
{
	struct random_case *c = &s->next;

	begin(s);
	if (from + nr > c->nr)
		nr = c->nr - from;
	memmove(c->rec + from, c->rec + from + nr, (c->nr - from - nr) * sizeof(*c->rec));
	c->nr -= nr;
	return try(s);
}

/* All records of one context at once: an actor that has no part in it. */
static void drop_actors(struct shrink *s)
{
	for (size_t i = 0; i < s->best->nr; i++) {
		struct trace_rec who = s->best->rec[i];
		size_t n = 0;

		begin(s);
		for (size_t k = 0; k < s->best->nr; k++) {
			const struct trace_rec *rec = &s->best->rec[k];

			if (rec->ctx != who.ctx || rec->ctx_id != who.ctx_id)
				s->next.rec[n++] = *rec;
		}
		if (n == s->best->nr - 1) /* it alone: drop_records() does that */
			continue;
		s->next.nr = n;
		if (try(s))
			i = (size_t)-1;
	}
}

static void drop_records(struct shrink *s)
{
	size_t n = s->best->nr / 2 ? s->best->nr / 2 : 1;

	for (;; n /= 2) {
		/* From the end, which does not move what is before it. */
		for (size_t at = (s->best->nr + n - 1) / n; at-- > 0;)
			if (at * n < s->best->nr)
				try_without(s, at * n, n);
		if (n <= 1)
			break;
	}
}

/* Pairs that need each other: entry and exit, a line up and down. */
static void drop_pairs(struct shrink *s)
{
	for (size_t i = 0; i < s->best->nr; i++) {
		for (size_t k = i + 1; k < s->best->nr && k < i + 6; k++) {
			struct random_case *c = &s->next;

			begin(s);
			memmove(c->rec + k, c->rec + k + 1, (c->nr - k - 1) * sizeof(*c->rec));
			memmove(c->rec + i, c->rec + i + 1, (c->nr - i - 2) * sizeof(*c->rec));
			c->nr -= 2;
			if (try(s))
				k = i;
		}
	}
}

/* ---- vCPUs ------------------------------------------------------------------- */

static uint64_t swap_bits(uint64_t val, unsigned int a, unsigned int b)
{
	if ((val >> a ^ val >> b) & 1)
		val ^= UINT64_C(1) << a | UINT64_C(1) << b;
	return val;
}

static void swap_u32(uint32_t *n, unsigned int a, unsigned int b)
{
	if (*n == a)
		*n = b;
	else if (*n == b)
		*n = a;
}

static void swap_in_mmio(const struct trace_meta *meta, struct trace_rec *rec, unsigned int a,
			 unsigned int b)
{
	uint64_t off = rec->d.mmio.gpa - GICD, val = rec->d.mmio.val;
	uint32_t frame;

	if (meta->gic == 2 && off == 0xf00) {
		rec->d.mmio.val = swap_bits(val, 16 + a, 16 + b);
	} else if (meta->gic == 2 && off >= 0x800 && off < 0xc00) {
		for (unsigned int i = 0; i < rec->d.mmio.len; i++)
			val = swap_bits(val, 8 * i + a, 8 * i + b);
		rec->d.mmio.val = val;
	} else if (meta->gic == 3 && off >= 0x6000 && off < 0x8000) {
		if (val == a || val == b)
			rec->d.mmio.val = val == a ? b : a;
	} else if (meta->gic == 3 && rec->d.mmio.gpa >= GICR &&
		   (rec->d.mmio.gpa - GICR) / 0x20000 < meta->nr_vcpus) {
		frame = (uint32_t)((rec->d.mmio.gpa - GICR) / 0x20000);
		swap_u32(&frame, a, b);
		rec->d.mmio.gpa =
			GICR + frame * UINT64_C(0x20000) + (rec->d.mmio.gpa - GICR) % 0x20000;
	}
}

/* The same trace with vCPUs @a and @b in each other's place, as far as possible. */
static void swap_vcpus(const struct trace_meta *meta, struct trace_rec *rec, unsigned int a,
		       unsigned int b)
{
	if (rec->ctx == CTX_VCPU) {
		swap_u32(&rec->ctx_id, a, b);
		rec->cpu = (int16_t)rec->ctx_id;
	}
	switch (rec->kind) {
	case REC_INJECT:
		if (rec->flags & REC_HAS_VCPU)
			swap_u32(&rec->d.inject.vcpu, a, b);
		break;
	case REC_STATE:
		if (rec->flags & REC_HAS_VCPU)
			swap_u32(&rec->d.state.vcpu, a, b);
		swap_u32(&rec->d.state.target, a, b);
		break;
	case REC_SYSREG:
		if (rec->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1)
			rec->d.sysreg.val = swap_bits(rec->d.sysreg.val, a, b);
		break;
	case REC_MMIO:
		swap_in_mmio(meta, rec, a, b);
		break;
	default:
		break;
	}
}

static void fewer_vcpus(struct shrink *s)
{
	for (unsigned int v = s->best->meta.nr_vcpus; v-- > 0;) {
		unsigned int last = s->best->meta.nr_vcpus - 1;

		if (!last)
			return;
		begin(s);
		for (size_t i = 0; v != last && i < s->next.nr; i++)
			swap_vcpus(&s->next.meta, &s->next.rec[i], v, last);
		s->next.meta.nr_vcpus--;
		try(s); /* one that is still spoken of is refused */
	}
}

/* ---- what is in a record ------------------------------------------------------- */

/* Try the record @i as *@rec, if that is a change. */
static void try_record(struct shrink *s, size_t i, const struct trace_rec *rec)
{
	if (!memcmp(&s->best->rec[i], rec, sizeof(*rec)))
		return;
	begin(s);
	s->next.rec[i] = *rec;
	try(s);
}

static void plainer_state(struct shrink *s, size_t i)
{
	for (unsigned int what = 0; what < 6; what++) {
		struct trace_rec rec = s->best->rec[i];

		switch (what) {
		case 0:
			rec.d.state.active = 0;
			break;
		case 1:
			rec.d.state.line = 0;
			break;
		case 2:
			rec.d.state.pending = rec.d.state.line;
			break;
		case 3:
			rec.d.state.enabled = 1;
			break;
		case 4:
			rec.d.state.prio = 0xa0;
			break;
		default:
			if (rec.d.state.irq >= 32)
				rec.d.state.target = 0;
			break;
		}
		try_record(s, i, &rec);
	}
}

static void fewer_bits(struct shrink *s, size_t i)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct trace_rec rec = s->best->rec[i];
		uint64_t *val = rec.kind == REC_MMIO ? &rec.d.mmio.val : &rec.d.sysreg.val;

		*val &= ~(UINT64_C(1) << bit);
		try_record(s, i, &rec);
	}
}

static void plainer_record(struct shrink *s, size_t i)
{
	struct trace_rec rec = s->best->rec[i];

	if (rec.ctx == CTX_VCPU)
		rec.cpu = (int16_t)rec.ctx_id;
	else if (rec.ctx == CTX_THREAD || rec.ctx == CTX_IRQ)
		rec.cpu = 12;
	try_record(s, i, &rec);
	rec = s->best->rec[i];
	if (rec.kind == REC_EXIT) {
		rec.flags = 0;
		memset(&rec.d, 0, sizeof(rec.d));
		rec.d.exit.reason = EXIT_TRAP;
		try_record(s, i, &rec);
	} else if (rec.kind == REC_STATE) {
		plainer_state(s, i);
	} else if (rec.kind == REC_MMIO || (rec.kind == REC_SYSREG && rec.flags & REC_HAS_VAL)) {
		fewer_bits(s, i);
	} else if (rec.kind == REC_INJECT && rec.ctx == CTX_IRQ) {
		rec.ctx = CTX_THREAD;
		rec.ctx_id = 9;
		try_record(s, i, &rec);
	}
}

/* ---- times ---------------------------------------------------------------------- */

static uint64_t rounded(uint64_t gap, unsigned int how)
{
	uint64_t unit = 1;

	if (how == 0)
		return 0;
	while (unit * 10 <= gap)
		unit *= 10;
	return how == 1 ? gap / unit * unit : (gap + unit - 1) / unit * unit;
}

/* The distance of each record from the one before: none, or a round one. */
static void rounder_times(struct shrink *s)
{
	for (size_t i = 0; i < s->best->nr; i++) {
		uint64_t before = i ? s->best->rec[i - 1].time_ns : 0;

		for (unsigned int how = 0; how < 3; how++) {
			uint64_t gap = s->best->rec[i].time_ns - before, to = rounded(gap, how);

			if (to == gap)
				continue;
			begin(s);
			for (size_t k = i; k < s->next.nr; k++)
				s->next.rec[k].time_ns += to - gap;
			if (try(s))
				break;
		}
	}
}

/* ---- the setup ------------------------------------------------------------------- */

static void usual_setup(struct shrink *s)
{
	struct replay_options o;

	replay_options_init(&o);
	for (unsigned int what = 0; what < 9; what++) {
		struct random_setup *u = &s->next.setup;

		begin(s);
		switch (what) {
		case 0:
			u->host = 0;
			break;
		case 1:
			u->lock = LOCK_TICKET;
			break;
		case 2:
			u->inject = INJECT_ANCHORED;
			break;
		case 3:
			u->host_work = HOST_WORK_MODEL;
			break;
		case 4:
			u->speed_num = u->speed_den = 1;
			break;
		case 5:
			u->wfi_grace_us = 10000;
			break;
		case 6:
			u->nr_lrs = 4;
			break;
		case 7:
			u->service_ns[0] = (uint32_t)(o.service_sgi.ps / 1000);
			u->service_ns[1] = (uint32_t)(o.service_ppi.ps / 1000);
			u->service_ns[2] = (uint32_t)(o.service_spi.ps / 1000);
			break;
		default:
			s->next.meta.nr_spis = 32;
			break;
		}
		if (memcmp(u, &s->best->setup, sizeof(*u)) ||
		    s->next.meta.nr_spis != s->best->meta.nr_spis)
			try(s);
	}
	begin(s);
	if (s->v->explore && !judged(s, 0))
		for (uint64_t k = 1; k < 5 && k < s->v->explore; k++)
			if (judged(s, k))
				break;
}

int random_shrink(struct random_judge *j, struct random_case *c, const struct vgic_design *design,
		  struct random_verdict *v, unsigned int budget, struct err *err)
{
	struct shrink s = {
		.j = j, .best = c, .design = design, .v = v, .budget = budget, .err = err
	};
	bool no_reference = j->no_reference;

	s.rc = random_case_copy(&s.next, c, err);
	if (s.rc)
		return s.rc;
	/* What the normal engine shows needs the other one no more. */
	if (v->trouble == RANDOM_VIOLATION)
		j->no_reference = true;
	do {
		s.changed = false;
		drop_actors(&s);
		drop_records(&s);
		fewer_vcpus(&s);
		usual_setup(&s);
		for (size_t i = 0; i < s.best->nr; i++)
			plainer_record(&s, i);
		rounder_times(&s);
		if (!s.changed)
			drop_pairs(&s);
	} while (s.changed && s.budget && !s.rc);
	j->no_reference = no_reference;
	random_case_fini(&s.next);
	return s.rc;
}
