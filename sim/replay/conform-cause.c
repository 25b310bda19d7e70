// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which recorded events concern one interrupt of one vCPU as a cause, and between
 * which times each of them acts.
 */
#include "conform-int.h"
#include "gic-regs.h"
#include "sgi.h"

/* How long an injection by a host thread or interrupt handler may take to act. */
#define ACT_NS 20000u

struct field {
	uint32_t from, to; /* bytes */
	unsigned int bits; /* an interrupt */
	bool by_one;	   /* only bits that are 1 do something */
};

/* Of a GICD, and of the SGI frame of a GICR. */
static const struct field fields[] = {
	{ 0x100, 0x400, 1, true },     /* enable, pending, active: set and clear */
	{ 0x400, 0xc00, 8, false },    /* priority, targets */
	{ 0xc00, 0xd00, 2, false },    /* configuration */
	{ 0x6000, 0x8000, 64, false }, /* routing */
};

static bool field_has(const struct field *f, uint32_t off, const struct trace_rec *r, uint32_t irq)
{
	uint32_t range = f->bits == 1 ? 0x80 : f->bits == 8 ? 0x400 : f->to - f->from;
	uint32_t first = (off - f->from) % range * 8 / f->bits;
	uint32_t nr = r->d.mmio.len * 8u / f->bits;

	if (!nr)
		nr = 1;
	if (irq < first || irq >= first + nr)
		return false;
	return !f->by_one || r->d.mmio.val >> (irq - first) & 1;
}

static bool write_concerns(const struct conform *c, const struct trace_rec *r, unsigned int vcpu,
			   uint32_t irq)
{
	struct gic_reg reg;
	uint32_t off;

	if (!r->d.mmio.write || !gic_reg_find(c->meta, r->d.mmio.gpa, &reg))
		return false;
	off = reg.offset;
	if (reg.frame == FRAME_GICR) {
		if (off < 0x10000 || reg.vcpu != vcpu || !gic_is_private(irq))
			return false;
		off -= 0x10000;
	} else if (reg.frame != FRAME_GICD) {
		return false;
	} else if (!off) {
		return true; /* GICD_CTLR */
	} else if (gic_is_private(irq) && (c->meta->gic == 3 || r->ctx_id != vcpu)) {
		return false;
	}
	for (unsigned int i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (off >= fields[i].from && off < fields[i].to)
			return field_has(&fields[i], off, r, irq);
	return false;
}

bool conform_concerns(const struct conform *c, const struct infer_item *item, unsigned int vcpu,
		      uint32_t irq)
{
	const struct trace_rec *r = &item->rec;
	uint64_t target[STREAM_TARGET_WORDS];
	unsigned int sgi;

	if (r->kind == REC_INJECT) {
		if (r->d.inject.irq != irq)
			return false;
		return gic_is_private(irq) ? r->d.inject.vcpu == vcpu
					   : routing_target(&c->routing, irq) == vcpu;
	}
	if (gic_is_sgi(irq) &&
	    sgi_targets(c->meta, c->config.frames.gicd, r, item->annot, target, &sgi))
		return sgi == irq && target[vcpu / 64] >> vcpu % 64 & 1;
	return r->kind == REC_MMIO && r->ctx == CTX_VCPU && write_concerns(c, r, vcpu, irq);
}

bool conform_unknown_sgi(const struct conform *c, const struct infer_item *item)
{
	const struct trace_rec *r = &item->rec;
	uint64_t target[STREAM_TARGET_WORDS];
	unsigned int sgi;

	return r->kind == REC_SYSREG && !(r->flags & REC_HAS_VAL) &&
	       sgi_targets(c->meta, c->config.frames.gicd, r, NULL, target, &sgi);
}

/* How far ahead of an injection its queueing is looked for, in records. */
#define QUEUED_REACH 512u

static bool same_context(const struct trace_rec *a, const struct trace_rec *b)
{
	return a->ctx == b->ctx && a->ctx_id == b->ctx_id &&
	       (a->ctx != CTX_IRQ || a->cpu == b->cpu);
}

uint64_t conform_queued(const struct conform *c, uint64_t pos)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;

	for (uint64_t p = pos + 1; p < c->read && p - pos < QUEUED_REACH; p++) {
		const struct trace_rec *n = &conform_item(c, p)->rec;

		if (!same_context(r, n))
			continue;
		return n->kind == REC_QUEUED && n->d.queued.irq == r->d.inject.irq ? p + 1 : 0;
	}
	return 0;
}

uint64_t conform_injection(const struct conform *c, uint64_t pos)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;

	for (uint64_t p = pos; p-- && pos - p < QUEUED_REACH;) {
		const struct infer_item *item = conform_item(c, p);

		if (!item)
			return 0;
		if (same_context(r, &item->rec))
			return item->rec.kind == REC_INJECT &&
					       item->rec.d.inject.irq == r->d.queued.irq
				       ? p + 1
				       : 0;
	}
	return 0;
}

uint64_t conform_acts_until(const struct conform *c, uint64_t pos)
{
	const struct trace_rec *r = &conform_item(c, pos)->rec;
	uint64_t next = pos;

	if (r->kind == REC_INJECT && conform_queued(c, pos))
		return conform_item(c, conform_queued(c, pos) - 1)->rec.time_ns + ACT_NS;
	if (r->ctx != CTX_VCPU)
		return r->time_ns + ACT_NS;
	for (;;) {
		const struct trace_rec *n;

		next = conform_next_own(c, r->ctx_id, next);
		if (!next)
			return UINT64_MAX;
		n = &conform_item(c, --next)->rec;
		if (n->kind == REC_ENTRY || n->kind == REC_EXIT)
			return n->time_ns;
	}
}
