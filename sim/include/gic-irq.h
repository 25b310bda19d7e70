/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interrupt of a GIC by the architecture (IHI 0048B.b chapter 3, IHI 0069 chapter
 * 4): what raises it, what its registers do to it, and its way into a list register
 * and back. For a new design, which then has to decide only where these lie, under
 * which lock, on which list, and what it charges. No time, no machine, no lock here:
 * whoever calls holds what protects the interrupt, and has declared the access.
 *
 * The rules: an interrupt is in one list register at most (gic_irq_load() to
 * gic_irq_unload()), and stays with a vCPU while it is there or active. There it is
 * pending or active, never both: an active one that waits once more asks for a
 * maintenance interrupt at its end, and so does a level, whose line counts again then.
 *
 * Left out: groups (all are the group that the guest's GIC has by default), LPIs,
 * hardware interrupts mapped into list registers, EOImode 1.
 */
#ifndef GIC_IRQ_H
#define GIC_IRQ_H

#include "gic-access.h"
#include "vgic-design.h"

#define GIC_NOBODY	UINT16_MAX

struct gic_irq {
	uint16_t target;	/* vCPU, or GIC_NOBODY */
	uint16_t at;		/* the vCPU that has it, if it is active or in_lr */
	uint8_t prio;
	uint8_t sources;	/* GICv2 SGI: who sent it and was not taken, a bit a vCPU */
	uint8_t src;		/* … and who sent what is in the list register or active */
	bool enabled, edge, line, active;
	bool taken;		/* active because the guest took it, not by a write */
	bool latch;		/* an edge, or a write to ISPENDR, not in a list register */
	bool in_lr;
	bool lr_pending;	/* it came there as pending */
	bool lr_latch;		/* … which it was by the latch or by sources */
	bool rewritten;		/* active was written while in a list register */
};

static inline bool gic_irq_pends(const struct gic_irq *q)
{
	return q->latch || q->sources || (q->line && !q->edge);
}

/* It is for some vCPU to see, now or when what is active has ended. */
static inline bool gic_irq_waits(const struct gic_irq *q)
{
	return q->enabled && gic_irq_pends(q);
}

/* The vCPU that has it or is to have it, or GIC_NOBODY. */
static inline unsigned int gic_irq_vcpu(const struct gic_irq *q)
{
	return q->active || q->in_lr ? q->at : q->target;
}

/* ---- what happens to it -------------------------------------------------- */

/* Reset state; private interrupts are @vcpu's. */
static inline void gic_irq_reset(struct gic_irq *q, const struct vgic_config *c, uint32_t irq,
				 unsigned int vcpu)
{
	*q = (struct gic_irq){ .edge = gic_is_sgi(irq), .enabled = gic_is_sgi(irq) };
	q->target = (uint16_t)vcpu;
	if (!gic_is_private(irq))
		q->target = c->gic == 2 ? GIC_NOBODY : 0;
}

static inline void gic_irq_set_state(struct gic_irq *q, const struct vgic_config *c,
				     const struct vgic_irq_state *s)
{
	unsigned int vcpu = gic_is_private(s->irq) ? s->vcpu : s->target;

	gic_irq_reset(q, c, s->irq, vcpu);
	q->target = vcpu < c->nr_vcpus ? (uint16_t)vcpu : GIC_NOBODY;
	q->at = q->target < c->nr_vcpus ? q->target : 0;
	q->enabled = s->enabled;
	q->edge = s->edge || gic_is_sgi(s->irq);
	q->line = s->line;
	q->active = s->active;
	q->prio = s->prio;
	/* A state does not say who sent an SGI: it counts as the vCPU's own. */
	if (c->gic == 2 && gic_is_sgi(s->irq))
		q->sources = s->pending ? (uint8_t)(1u << vcpu) : 0;
	else
		q->latch = s->pending && (q->edge || !s->line);
}

/* Its line, or an edge's pulse with @level. */
static inline void gic_irq_line(struct gic_irq *q, bool level)
{
	q->line = level;
	if (q->edge && level)
		q->latch = true;
}

/* An SGI is sent by vCPU @sender. */
static inline void gic_irq_send(struct gic_irq *q, const struct vgic_config *c, unsigned int sender)
{
	if (c->gic == 2)
		q->sources |= (uint8_t)(1u << sender);
	else
		q->latch = true;
}

/* ---- its registers --------------------------------------------------------- */

static inline void gic_irq_write_active(struct gic_irq *q, unsigned int writer, bool active)
{
	if (!q->active && !q->in_lr)
		q->at = q->target == GIC_NOBODY ? (uint16_t)writer : q->target;
	if (!q->active)
		q->taken = false;
	q->active = active;
	q->rewritten = q->in_lr;
}

static inline void gic_irq_write_sources(struct gic_irq *q, uint8_t set, uint8_t clear)
{
	q->sources = (uint8_t)((q->sources | set) & ~clear);
	if (clear >> q->src & 1)
		q->lr_latch = false;
}

/* vCPU @writer writes @val to its @field. */
static inline void gic_irq_write(struct gic_irq *q, const struct vgic_config *c, uint32_t irq,
				 enum gic_field field, unsigned int writer, uint64_t val)
{
	bool sgi = gic_is_sgi(irq);

	switch (field) {
	case GIC_FIELD_SET_ENABLE:
	case GIC_FIELD_CLEAR_ENABLE:
		if (val)
			q->enabled = field == GIC_FIELD_SET_ENABLE;
		break;
	case GIC_FIELD_SET_PENDING:
		if (val && !(sgi && c->gic == 2))
			q->latch = true;
		break;
	case GIC_FIELD_CLEAR_PENDING:
		if (val && !(sgi && c->gic == 2))
			q->latch = q->lr_latch = false;
		break;
	case GIC_FIELD_SET_ACTIVE:
	case GIC_FIELD_CLEAR_ACTIVE:
		if (val)
			gic_irq_write_active(q, writer, field == GIC_FIELD_SET_ACTIVE);
		break;
	case GIC_FIELD_PRIORITY:
		q->prio = (uint8_t)val;
		break;
	case GIC_FIELD_CONFIG:
		if (!sgi)
			q->edge = val >> 1 & 1;
		break;
	case GIC_FIELD_TARGETS: /* one of several: the first */
		if (!gic_is_private(irq)) {
			val &= (1u << c->nr_vcpus) - 1;
			q->target = val ? (uint16_t)__builtin_ctzll(val) : GIC_NOBODY;
		}
		break;
	case GIC_FIELD_ROUTER:
		if (!gic_is_private(irq))
			q->target = (uint16_t)gic_router_vcpu(c, val);
		break;
	case GIC_FIELD_SET_SOURCES:
		gic_irq_write_sources(q, (uint8_t)val, 0);
		break;
	case GIC_FIELD_CLEAR_SOURCES:
		gic_irq_write_sources(q, 0, (uint8_t)val);
		break;
	default:
		break;
	}
}

/* What a read of its @field gives. What a list register knows by now is not in it. */
static inline uint64_t gic_irq_read(const struct gic_irq *q, enum gic_field field)
{
	switch (field) {
	case GIC_FIELD_SET_ENABLE:
	case GIC_FIELD_CLEAR_ENABLE:
		return q->enabled;
	case GIC_FIELD_SET_PENDING:
	case GIC_FIELD_CLEAR_PENDING:
		return gic_irq_pends(q) || q->lr_latch;
	case GIC_FIELD_SET_ACTIVE:
	case GIC_FIELD_CLEAR_ACTIVE:
		return q->active;
	case GIC_FIELD_PRIORITY:
		return q->prio;
	case GIC_FIELD_CONFIG:
		return (uint64_t)q->edge << 1;
	case GIC_FIELD_TARGETS:
		return q->target < 8 ? 1u << q->target : 0;
	case GIC_FIELD_ROUTER:
		return q->target == GIC_NOBODY ? 0xffffff : gic_vcpu_mpidr(q->target);
	case GIC_FIELD_SET_SOURCES:
	case GIC_FIELD_CLEAR_SOURCES:
		return q->sources;
	default:
		return 0;
	}
}

/* ---- into a list register, and back ------------------------------------------ */

/*
 * Does @a need a list register more than @b? Active ones do, that their end finds
 * them: those first which the guest is in the midst of; then by priority.
 */
static inline bool gic_irq_before(const struct gic_irq *a, const struct gic_irq *b)
{
	if (a->active != b->active)
		return a->active;
	if (a->active && a->taken != b->taken)
		return a->taken;
	return a->prio < b->prio;
}

/* One of a GICv2 SGI's senders into the list register; the others wait for its end. */
static inline bool gic_irq_take_source(struct gic_irq *q, struct gic_lr *lr, bool on)
{
	if (on && !q->active && gic_irq_waits(q)) {
		q->src = (uint8_t)__builtin_ctz(q->sources);
		q->sources &= (uint8_t)(q->sources - 1);
		lr->pending = true;
	}
	lr->src = q->src;
	lr->eoi = q->sources;
	return lr->pending;
}

/*
 * For a list register of @vcpu's, which is gic_irq_vcpu(): @q is active, or waits and
 * the distributor is @on. What it had in the latch is in the list register then.
 */
static inline struct gic_lr gic_irq_load(struct gic_irq *q, const struct vgic_config *c,
					 uint32_t irq, unsigned int vcpu, bool on)
{
	struct gic_lr lr = {
		.irq = irq, .prio = q->prio, .active = q->active, .group = c->gic == 3
	};

	q->in_lr = true;
	q->at = (uint16_t)vcpu;
	q->rewritten = false;
	if (c->gic == 2 && gic_is_sgi(irq)) {
		q->lr_pending = q->lr_latch = gic_irq_take_source(q, &lr, on);
		return lr;
	}
	lr.pending = on && gic_irq_waits(q) && !q->active;
	lr.eoi = !q->edge || (q->active && gic_irq_waits(q));
	q->lr_pending = lr.pending;
	q->lr_latch = lr.pending && q->latch;
	if (lr.pending)
		q->latch = false;
	return lr;
}

/* @lr is what the guest left of it. */
static inline void gic_irq_unload(struct gic_irq *q, const struct vgic_config *c,
				  const struct gic_lr *lr)
{
	if (!q->rewritten)
		q->active = lr->active;
	if (q->lr_pending)
		q->taken = lr->active;
	if (lr->pending && q->lr_latch && c->gic == 2 && gic_is_sgi(lr->irq))
		q->sources |= (uint8_t)(1u << lr->src);
	else if (lr->pending && q->lr_latch)
		q->latch = true;
	q->in_lr = q->lr_pending = q->lr_latch = q->rewritten = false;
}

#endif
