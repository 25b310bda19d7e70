// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The registers that a guest writes, bit by bit and byte by byte (IHI 0048B.b chapter
 * 4, IHI 0069 chapter 12). A width that the architecture does not give a register may
 * write it or not.
 */
#include "oracle-int.h"

#include <stdlib.h>

struct write {
	struct oracle *o;
	enum oracle_phase phase;
	unsigned int writer;
	unsigned int of; /* whose private interrupts are meant */
	uint32_t off;
	unsigned int len;
	uint64_t val;
	bool odd;  /* not a width of this register */
	bool part; /* of a wider access, the rest of which is another register */
};

/* A change of @f; open for good if the access need not have had an effect. */
static void change(const struct write *w, struct fact *f, bool to)
{
	fact_op(f, w->phase, to, w->o->now);
	if (w->odd && w->phase == ORACLE_END)
		fact_open(f);
}

static void changed(const struct write *w, struct irq *q, const char *what, unsigned int when)
{
	if (w->phase == ORACLE_BEGIN) {
		q->begun = w->o->now;
		say_event(w->o, q, w->writer, what, 0);
		return;
	}
	irq_changed(w->o, q, when);
}

static void latch(const struct write *w, struct irq *q, unsigned int src, bool set)
{
	unsigned int credit = q->latch[src].credit;

	latch_op(w->o, q, src, w->phase, set);
	if (!w->odd || w->phase == ORACLE_BEGIN)
		return;
	fact_open(&q->latch[src].set);
	if (!set)
		q->latch[src].credit = credit;
}

/* ---- one bit an interrupt ---------------------------------------------------- */

static void set_enable(const struct write *w, struct irq *q)
{
	changed(w, q, "enabled", 0);
	change(w, &q->enabled, true);
}

static void clear_enable(const struct write *w, struct irq *q)
{
	changed(w, q, "disabled", VGIC_WHEN_DISABLED);
	change(w, &q->enabled, false);
	/* A GICv2 need not let its SGIs be disabled. */
	if (w->o->c.gic == 2 && gic_is_sgi(q->id) && w->phase == ORACLE_END)
		fact_open(&q->enabled);
}

static void set_pending(const struct write *w, struct irq *q)
{
	if (q->nr_latches > 1) { /* GICv2's SGIs: ignored */
		changed(w, q, "ISPENDR written", VGIC_WHEN_SGI_WRITTEN);
		return;
	}
	if (w->phase == ORACLE_BEGIN)
		irq_stirs(w->o, q);
	changed(w, q, "made pending", fact_must(&q->edge) ? 0 : VGIC_WHEN_SOFT);
	latch(w, q, 0, true);
	change(w, &q->soft, true);
}

static void clear_pending(const struct write *w, struct irq *q)
{
	if (q->nr_latches > 1) {
		changed(w, q, "ICPENDR written", VGIC_WHEN_SGI_WRITTEN);
		return;
	}
	changed(w, q, "pending state cleared", VGIC_WHEN_CLEARED);
	latch(w, q, 0, false);
	change(w, &q->soft, false);
}

static void set_active(const struct write *w, struct irq *q)
{
	changed(w, q, "made active", VGIC_WHEN_ACTIVE_WRITTEN);
	change(w, &q->idle, false);
}

static void clear_active(const struct write *w, struct irq *q)
{
	changed(w, q, "active state cleared", VGIC_WHEN_ACTIVE_WRITTEN);
	change(w, &q->idle, true);
	if (w->phase == ORACLE_BEGIN)
		return;
	q->active_on = -1;
	q->active_srcs = 0;
}

typedef void bit_fn(const struct write *w, struct irq *q);

static void bits(struct write *w, bit_fn *fn, uint32_t base)
{
	w->odd = w->part || w->len != 4 || w->off & 3;
	for (unsigned int i = 0; i < w->len * 8; i++) {
		struct irq *q = oracle_irq(w->o, w->of, (w->off - base) * 8 + i);

		if (q && w->val >> i & 1)
			fn(w, q);
	}
}

/* ---- fields -------------------------------------------------------------------- */

/* What is pending across a change of its kind is open, and so is its line. */
static void across(const struct oracle *o, struct irq *q)
{
	unsigned int most = latch_most(o, q, 0);
	struct latch *l = &q->latch[0];
	bool may = l->credit || q->unseen || q->line.until == STILL || q->soft.until == STILL ||
		   !fact_must(&q->idle);

	q->unseen = false;
	if (!may && !l->set.ops) {
		fact_is(&l->set, false, o->now);
		return;
	}
	fact_blur(&l->set);
	fact_blur(&q->line);
	fact_blur(&q->soft);
	if (l->credit < most)
		l->credit = most;
}

static void configure(const struct write *w, struct irq *q, bool edge)
{
	bool is = fact_must(&q->edge), open = q->edge.until == STILL && !is;

	if (gic_is_sgi(q->id))
		return;
	if (w->phase == ORACLE_BEGIN)
		q->reconfigured |= open || is != edge || q->edge.ops;
	if (q->reconfigured && w->phase == ORACLE_BEGIN &&
	    (!open || q->latch[0].credit || q->line.until == STILL || irq_held(w->o, q)))
		q->when |= VGIC_WHEN_RECONFIGURED;
	if (q->reconfigured)
		changed(w, q, edge ? "configured as edge" : "configured as level", 0);
	change(w, &q->edge, edge);
	/* Whether a PPI's can be changed is up to the implementation. */
	if (q->reconfigured && w->phase == ORACLE_END && gic_is_private(q->id))
		fact_open(&q->edge);
	if (!q->reconfigured || w->phase == ORACLE_BEGIN || q->edge.ops)
		return;
	q->reconfigured = false;
	across(w->o, q);
}

static void config(struct write *w, uint32_t base)
{
	w->odd = w->part || w->len != 4 || w->off & 3;
	for (unsigned int i = 0; i < w->len * 4; i++) {
		struct irq *q = oracle_irq(w->o, w->of, (w->off - base) * 4 + i);

		if (q)
			configure(w, q, w->val >> (2 * i + 1) & 1);
	}
}

static void priority(struct write *w, uint32_t base)
{
	w->odd = (w->len != 4 && w->len != 1) || w->off & (w->len - 1);
	for (unsigned int i = 0; i < w->len; i++) {
		struct irq *q = oracle_irq(w->o, w->of, w->off - base + i);

		if (!q)
			continue;
		fact_op(&q->prio_known, w->phase, false, w->o->now);
		if (w->phase == ORACLE_BEGIN)
			continue;
		if (q->prio >> 3 == 0x1f)
			q->unmasked = w->o->now;
		q->prio = (uint8_t)(w->val >> 8 * i);
		if (q->prio_known.until != STILL && !w->odd)
			fact_is(&q->prio_known, true, w->o->now);
	}
}

/* To all vCPUs for which @to says so; certain only if it is one. */
static void route(const struct write *w, struct irq *q,
		  bool (*to)(const struct write *, uint64_t, unsigned int), uint64_t field)
{
	unsigned int n = 0;

	changed(w, q, "routed anew", VGIC_WHEN_RETARGETED);
	if (!q->may_hold)
		q->may_hold = calloc(w->o->c.nr_vcpus, sizeof(*q->may_hold));
	for (unsigned int v = 0; q->may_hold && v < w->o->c.nr_vcpus; v++)
		q->may_hold[v] |= q->route[v].until == STILL || (!v && q->untargeted == STILL);
	for (unsigned int v = 0; v < w->o->c.nr_vcpus; v++) {
		bool here = to(w, field, v);

		n += here;
		change(w, &q->route[v], here);
	}
	if (w->phase == ORACLE_BEGIN)
		return;
	if (!n)
		q->untargeted = STILL;
	else if (q->untargeted == STILL)
		q->untargeted = w->o->now;
	for (unsigned int v = 0; n > 1 && v < w->o->c.nr_vcpus; v++)
		q->route[v].since = NEVER;
}

static bool in_mask(const struct write *w, uint64_t field, unsigned int v)
{
	return field >> v & 1;
}

static bool by_affinity(const struct write *w, uint64_t field, unsigned int v)
{
	if (field >> 31 & 1) /* any */
		return true;
	return (field & 0xffffff) == gic_vcpu_mpidr(v);
}

static void targets(struct write *w)
{
	w->odd = (w->len != 4 && w->len != 1) || w->off & (w->len - 1);
	for (unsigned int i = 0; i < w->len; i++) {
		uint32_t id = w->off - 0x800 + i;
		struct irq *q = gic_is_spi(id) ? oracle_irq(w->o, 0, id) : NULL;

		if (q)
			route(w, q, in_mask, w->val >> 8 * i & 0xff);
	}
}

static void router(struct write *w)
{
	uint32_t id = (w->off - 0x6000) / 8;
	struct irq *q = gic_is_spi(id) ? oracle_irq(w->o, 0, id) : NULL;

	w->odd = (w->len != 8 && w->len != 4) || w->off & (w->len - 1);
	/* Aff3 is zero in this GIC. */
	if (q && !(w->off & 4))
		route(w, q, by_affinity, w->val);
}

/* ---- SGIs ------------------------------------------------------------------------ */

static void send(const struct write *w, unsigned int to, uint32_t sgi)
{
	struct irq *q = oracle_irq(w->o, to, sgi);
	unsigned int src = w->writer % q->nr_latches;

	if (w->phase == ORACLE_BEGIN) {
		irq_stirs(w->o, q);
		q->begun = w->o->now;
		say_event(w->o, q, w->writer, "sent", src);
	}
	latch(w, q, src, true);
}

static void sgir(struct write *w)
{
	unsigned int all = (1u << w->o->c.nr_vcpus) - 1, list = 0;

	w->odd = w->len != 4;
	switch (w->val >> 24 & 3) {
	case 0:
		list = w->val >> 16 & all;
		break;
	case 1:
		list = all & ~(1u << w->writer);
		break;
	case 2:
		list = 1u << w->writer;
		break;
	default: /* reserved */
		break;
	}
	for (unsigned int v = 0; v < w->o->c.nr_vcpus; v++)
		if (list >> v & 1)
			send(w, v, w->val & 0xf);
}

/* SPENDSGIR, CPENDSGIR: a byte an SGI, a bit a sender. */
static void sgi_sources(struct write *w, uint32_t base, bool set)
{
	w->odd = (w->len != 4 && w->len != 1) || w->off & (w->len - 1);
	for (unsigned int i = 0; i < w->len && w->off - base + i < GIC_NR_SGIS; i++) {
		struct irq *q = oracle_irq(w->o, w->writer, w->off - base + i);

		for (unsigned int s = 0; s < q->nr_latches; s++) {
			if (!(w->val >> (8 * i + s) & 1))
				continue;
			if (set && w->phase == ORACLE_BEGIN)
				irq_stirs(w->o, q);
			changed(w, q, set ? "sender set" : "sender cleared",
				set ? VGIC_WHEN_SGI_WRITTEN
				    : VGIC_WHEN_SGI_WRITTEN | VGIC_WHEN_CLEARED);
			latch(w, q, s, set);
		}
	}
}

void oracle_sgi(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		uint32_t reg, uint64_t val)
{
	struct write w = {
		.o = o, .phase = phase, .writer = vcpu, .odd = reg != SYSREG_ICC_SGI1R_EL1
	};
	uint64_t cluster = (val >> 16 & 0xff) << 8 | (val >> 32 & 0xff) << 16;

	oracle_at(o, phase, t_ps);
	for (unsigned int v = 0; v < o->c.nr_vcpus; v++) {
		uint64_t mpidr = gic_vcpu_mpidr(v);
		bool to = val >> 40 & 1 ? v != vcpu
					: !(val >> 48 & 0xff) && (mpidr & 0xffff00) == cluster &&
						  val >> (mpidr & 0xff) & 1;

		if (to)
			send(&w, v, val >> 24 & 0xf);
	}
}

/* ---- frames ------------------------------------------------------------------------- */

static void control(struct write *w)
{
	bool on = w->val >> (w->o->c.gic == 3) & 1; /* EnableGrp1; GICv2: Enable */

	w->odd = w->len != 4 || w->off;
	if (!on || !fact_must(&w->o->dist))
		w->o->dist_off_at = w->o->now;
	change(w, &w->o->dist, on);
	if (!on)
		irqs_held_off(w->o);
}

static bool common(struct write *w)
{
	static bit_fn *const bit[] = { set_enable,    clear_enable, set_pending,
				       clear_pending, set_active,   clear_active };
	uint32_t off = w->off;

	if (off >= 0x100 && off < 0x400)
		bits(w, bit[(off - 0x100) / 0x80], off & ~0x7fu);
	else if (off >= 0x400 && off < 0x800)
		priority(w, 0x400);
	else if (off >= 0xc00 && off < 0xd00)
		config(w, 0xc00);
	else
		return false;
	return true;
}

/* A GICv3's distributor has nothing of private interrupts. */
static bool is_private_reg(uint32_t off)
{
	if (off >= 0x80 && off < 0x400)
		return (off & 0x7f) < 4;
	if (off >= 0x400 && off < 0xc00)
		return (off & 0x3ff) < 32;
	return off >= 0xc00 && off < 0xd00 && (off & 0xff) < 8;
}

static void dist_write(struct write *w)
{
	bool v2 = w->o->c.gic == 2;
	uint32_t off = w->off;

	if (off < 4) {
		control(w);
		return;
	}
	/* Banked as a GICv2's; the upper half of a wide access may not be. */
	if (!v2 && is_private_reg(off) && w->len == 8 && !is_private_reg(off + 4)) {
		w->part = true;
		w->len = 4;
		w->off += 4;
		w->val >>= 32;
		common(w);
		return;
	}
	if ((!v2 && is_private_reg(off)) || common(w))
		return;
	if (v2 && off >= 0x800 && off < 0xc00)
		targets(w);
	else if (v2 && off == 0xf00)
		sgir(w);
	else if (v2 && off >= 0xf10 && off < 0xf20)
		sgi_sources(w, 0xf10, false);
	else if (v2 && off >= 0xf20 && off < 0xf30)
		sgi_sources(w, 0xf20, true);
	else if (!v2 && off >= 0x6000 && off < 0x8000)
		router(w);
}

void oracle_write(struct oracle *o, enum oracle_phase phase, uint64_t t_ps, unsigned int vcpu,
		  uint64_t gpa, unsigned int len, uint64_t val)
{
	struct write w = {
		.o = o, .phase = phase, .writer = vcpu, .of = vcpu, .len = len, .val = val
	};

	oracle_at(o, phase, t_ps);
	if (len < 8)
		w.val &= (UINT64_C(1) << len * 8) - 1;
	if (gpa >= o->c.gicd && gpa - o->c.gicd < o->c.gicd_size) {
		w.off = (uint32_t)(gpa - o->c.gicd);
		dist_write(&w);
	} else if (o->c.gic == 3 && o->c.gicr_size && gpa >= o->c.gicr &&
		   (gpa - o->c.gicr) / o->c.gicr_size < o->c.nr_vcpus) {
		w.of = (unsigned int)((gpa - o->c.gicr) / o->c.gicr_size);
		w.off = (uint32_t)((gpa - o->c.gicr) % o->c.gicr_size);
		if (w.off < 0x10000)
			return;
		w.off -= 0x10000;
		if (is_private_reg(w.off))
			common(&w);
	}
}
