// SPDX-License-Identifier: GPL-2.0-or-later
/* The single events of a random trace: accesses, SGIs, injections, what the guest does. */
#include "gen.h"

#include <string.h>

#define GICD 0x08000000u
#define GICR 0x080a0000u

static struct trace_rec *access_rec(struct gen *g, bool write, uint64_t gpa, unsigned int len,
				    uint64_t val)
{
	struct trace_rec *rec = gen_add(g, REC_MMIO);

	rec->d.mmio.write = write;
	rec->d.mmio.gpa = gpa;
	rec->d.mmio.len = (uint8_t)len;
	rec->d.mmio.val = len < 8 ? val & ((UINT64_C(1) << 8 * len) - 1) : val;
	return rec;
}

/* Where the per-interrupt registers of @irq are; a private one's may be another vCPU's. */
static uint64_t frame_of(struct gen *g, unsigned int v, uint32_t irq)
{
	if (g->gic == 2 || irq >= 32)
		return GICD;
	if (rng_one_in(&g->r, 4))
		v = rng_below(&g->r, g->nv);
	return GICR + v * 0x20000u + 0x10000u;
}

/* One bit an interrupt: the bit of one, sometimes of its neighbours as well. */
static void bit_access(struct gen *g, unsigned int v, uint32_t reg, uint32_t irq)
{
	uint64_t frame = frame_of(g, v, irq), val = UINT64_C(1) << irq % 32;
	unsigned int more = rng_below(&g->r, 12);
	bool write = !rng_one_in(&g->r, 16);

	if (more == 0)
		val = UINT32_MAX;
	else if (more == 1)
		val |= rng_next(&g->r) & UINT32_MAX;
	else if (more == 2)
		val |= val << 1;
	access_rec(g, write, frame + reg + irq / 32 * 4, 4, val);
}

static void priority(struct gen *g, unsigned int v)
{
	uint32_t irq = gen_any_irq(g);
	uint64_t frame = frame_of(g, v, irq), val = 0;

	if (!rng_one_in(&g->r, 4)) {
		val = RNG_PICK(&g->r, g->prio);
		access_rec(g, true, frame + 0x400 + irq, 1, val);
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t prio = RNG_PICK(&g->r, g->prio);

		val |= prio << 8 * i;
	}
	access_rec(g, true, frame + 0x400 + irq / 4 * 4, 4, val);
}

static void config(struct gen *g, unsigned int v)
{
	uint32_t irq = gen_any_irq(g), val = 0;
	uint64_t frame = frame_of(g, v, irq);
	bool flip = rng_one_in(&g->r, 4);

	for (uint32_t i = irq / 16 * 16; i < irq / 16 * 16 + 16; i++)
		if (i <= GIC_LAST_SPI && (g->edge[i] ^ (flip && i == irq)))
			val |= 2u << i % 16 * 2;
	access_rec(g, true, frame + 0xc00 + irq / 16 * 4, 4, val);
}

static void target(struct gen *g)
{
	uint32_t irq = gen_spi(g), to = rng_below(&g->r, g->nv), how = rng_below(&g->r, 16);

	if (g->gic == 2) {
		uint32_t mask = how == 0 ? 0 : how == 1 ? 0xff : how == 2 ? to | 1 : 1u << to;

		if (rng_one_in(&g->r, 8))
			access_rec(g, true, GICD + 0x800 + irq / 4 * 4, 4, mask * 0x01010101u);
		else
			access_rec(g, true, GICD + 0x800 + irq, 1, mask);
	} else if (how == 0) { /* any of them */
		access_rec(g, true, GICD + 0x6000 + 8 * irq, 8, UINT64_C(1) << 31);
	} else if (how == 1) { /* nobody's affinity */
		access_rec(g, true, GICD + 0x6000 + 8 * irq, 8, 0x0101);
	} else {
		access_rec(g, true, GICD + 0x6000 + 8 * irq, how == 2 ? 4 : 8, to);
	}
}

static void sysreg(struct gen *g, bool write, uint32_t reg, bool has_val, uint64_t val)
{
	struct trace_rec *rec = gen_add(g, REC_SYSREG);

	rec->d.sysreg.write = write;
	rec->d.sysreg.reg = reg;
	if (!has_val)
		return;
	rec->flags |= REC_HAS_VAL;
	rec->d.sysreg.val = val;
}

static void send_sgi(struct gen *g, unsigned int v)
{
	uint64_t sgi = g->sgi[rng_below(&g->r, g->nr_sgis)];
	uint32_t list = 1u << rng_below(&g->r, g->nv), how = rng_below(&g->r, 12);
	bool known = !rng_one_in(&g->r, 24);

	if (how < 4)
		list |= rng_below(&g->r, 1u << g->nv);
	if (g->gic == 2) {
		uint32_t filter = how == 8 ? 1 : how == 9 ? 2 : how == 10 ? 3 : 0;

		access_rec(g, true, GICD + 0xf00, 4, filter << 24 | list << 16 | sgi);
		return;
	}
	if (how == 8) /* all but itself */
		sysreg(g, true, SYSREG_ICC_SGI1R_EL1, known, sgi << 24 | UINT64_C(1) << 40);
	else if (how == 9)
		sysreg(g, true, SYSREG_ICC_SGI0R_EL1, known, sgi << 24 | list);
	else if (how == 10) /* another cluster: nobody */
		sysreg(g, true, SYSREG_ICC_SGI1R_EL1, known, sgi << 24 | list | 1u << 16);
	else
		sysreg(g, true, SYSREG_ICC_SGI1R_EL1, known, sgi << 24 | list);
}

/* GICv2: SPENDSGIR and CPENDSGIR. */
static void sgi_sources(struct gen *g, unsigned int v)
{
	uint32_t sgi = g->sgi[rng_below(&g->r, g->nr_sgis)];
	uint32_t senders = 1u << rng_below(&g->r, g->nv);
	uint32_t reg = rng_one_in(&g->r, 2) ? 0xf10 : 0xf20;

	if (g->gic != 2)
		send_sgi(g, v);
	else if (rng_one_in(&g->r, 8))
		access_rec(g, true, GICD + reg + sgi / 4 * 4, 4, senders * 0x01010101u);
	else
		access_rec(g, true, GICD + reg + sgi, 1, senders);
}

static void control(struct gen *g)
{
	uint32_t on = g->gic == 2 ? 1 : 2, val = rng_one_in(&g->r, 2) ? on : 0;

	if (rng_one_in(&g->r, 8))
		val = rng_below(&g->r, 4);
	access_rec(g, true, GICD, 4, val);
}

/* A register of those that there are, as it is to be read. */
static void read_access(struct gen *g, unsigned int v)
{
	static const uint32_t regs[] = { 0,	0x4,   0x8,   0x80,  0x100, 0x180,
					 0x200, 0x280, 0x300, 0x380, 0x400, 0x800,
					 0xc00, 0xf10, 0xf20, 0xfe8, 0xffe8 };
	uint32_t reg = RNG_PICK(&g->r, regs), irq = gen_any_irq(g);
	uint64_t frame = frame_of(g, v, irq);

	if (reg >= 0x80 && reg < 0x400)
		reg += irq / 32 * 4;
	else if (reg >= 0x400 && reg < 0xc00)
		reg += irq / 4 * 4;
	access_rec(g, false, frame + reg, 4, 0);
}

/* Any offset, any width, any value; in a frame, beside it or at an edge of it. */
static void odd_access(struct gen *g, unsigned int v)
{
	static const uint32_t regs[] = { 0,	0x80,  0x100, 0x180, 0x200, 0x280, 0x300,
					 0x380, 0x400, 0x800, 0xc00, 0xf00, 0xf10, 0xf20 };
	unsigned int len = 1u << rng_below(&g->r, 4), how = rng_below(&g->r, 8);
	uint64_t val = rng_next(&g->r), gpa = GICD;
	bool write = !rng_one_in(&g->r, 3);

	if (g->gic == 3 && how > 5)
		gpa = GICR + rng_below(&g->r, 2 * g->nv) * UINT64_C(0x10000);
	if (how == 0)
		gpa = 0x0a000000;
	else if (how == 1)
		gpa += rng_below(&g->r, 0x1004);
	else
		gpa += RNG_PICK(&g->r, regs) + rng_below(&g->r, 0x20);
	if (rng_one_in(&g->r, 2))
		gpa -= gpa % len;
	/* Whole words of everything would leave little to happen after. */
	if (rng_one_in(&g->r, 2))
		val &= rng_next(&g->r) & rng_next(&g->r);
	if (g->gic == 3 && rng_one_in(&g->r, 12)) {
		uint32_t reg = rng_below(&g->r, 0x10000);

		sysreg(g, write, reg, true, val);
		return;
	}
	access_rec(g, write, gpa, len, val);
}

void gen_access(struct gen *g, unsigned int v)
{
	static const uint32_t regs[] = {
		[OP_ENABLE] = 0x100,	    [OP_DISABLE] = 0x180,    [OP_SET_PENDING] = 0x200,
		[OP_CLEAR_PENDING] = 0x280, [OP_SET_ACTIVE] = 0x300, [OP_CLEAR_ACTIVE] = 0x380,
	};
	uint32_t at = rng_below(&g->r, g->weights), op = 0, irq;

	for (; at >= g->weight[op]; op++)
		at -= g->weight[op];
	switch (op) {
	case OP_PRIORITY:
		priority(g, v);
		break;
	case OP_CONFIG:
		config(g, v);
		break;
	case OP_TARGET:
		target(g);
		break;
	case OP_SGI:
		send_sgi(g, v);
		break;
	case OP_SGI_SOURCES:
		sgi_sources(g, v);
		break;
	case OP_CONTROL:
		control(g);
		break;
	case OP_READ:
		read_access(g, v);
		break;
	case OP_ODD:
		odd_access(g, v);
		break;
	default:
		irq = gen_any_irq(g);
		bit_access(g, v, regs[op], irq);
		break;
	}
}

void gen_inject(struct gen *g, uint32_t irq, uint32_t vcpu)
{
	struct trace_rec *rec = NULL;

	/* Nothing injects an SGI, and a vCPU's timer is looked after by its own CPU. */
	if (irq < 16 || (irq == 27 && g->ctx != CTX_VCPU))
		irq = gen_spi(g);
	rec = gen_add(g, REC_INJECT);
	rec->d.inject.irq = irq;
	if (irq >= 32)
		return;
	rec->flags |= REC_HAS_VCPU;
	rec->d.inject.vcpu = vcpu;
}

void gen_noise(struct gen *g)
{
	struct trace_rec *rec;

	switch (rng_below(&g->r, 6)) {
	case 0:
		rec = gen_add(g, REC_MSI);
		rec->d.msi.devid = rng_below(&g->r, 4);
		break;
	case 1:
		rec = gen_add(g, REC_LOST);
		rec->ctx = CTX_NONE;
		rec->ctx_id = 0;
		rec->cpu = -1;
		rec->d.lost.n = 1 + rng_below(&g->r, 9);
		break;
	case 2:
		rec = gen_add(g, REC_QUEUED);
		rec->d.queued.irq = gen_any_irq(g);
		break;
	case 3:
		rec = gen_add(g, REC_HOST_IRQ);
		rec->ctx = CTX_IRQ;
		rec->ctx_id = 0;
		break;
	case 4:
		rec = gen_add(g, REC_IPI);
		rec->ctx = CTX_IRQ;
		rec->ctx_id = 0;
		break;
	default:
		if (g->ctx != CTX_VCPU)
			return;
		rec = gen_add(g, REC_SCHED);
		rec->d.sched.in = (uint8_t)rng_below(&g->r, 2);
		break;
	}
}

void gen_guest(struct gen *g, uint64_t until)
{
	uint32_t taken = 0;
	bool open = false;

	for (;;) {
		struct trace_rec *rec;
		uint32_t kind = rng_below(&g->r, 16);

		gen_pass(g, g->gap / 2 + 1);
		if (g->t >= until)
			break;
		if (!open || kind == 0) {
			taken = gen_any_irq(g);
			rec = gen_add(g, REC_ACK);
		} else {
			rec = gen_add(g, kind == 1 ? REC_DIR : REC_EOI);
		}
		open = rec->kind == REC_ACK;
		rec->d.guest.irq = taken;
	}
	g->t = until;
}

static uint64_t lr_word(struct gen *g, uint64_t irq, uint32_t state)
{
	if (g->gic == 2)
		return irq | (uint64_t)state << 28;
	return irq | (uint64_t)state << 62 | ICH_LR_GROUP1;
}

void gen_lrs(struct gen *g, bool at_exit, uint64_t lr[4])
{
	struct trace_rec *rec;

	for (unsigned int i = 0; i < 4; i++) {
		uint32_t how = rng_below(&g->r, 4), irq = gen_any_irq(g);

		if (!at_exit)
			lr[i] = how < 2 ? 0 : lr_word(g, irq, how - 1);
		else if (how < 2) /* not as at the entry: the guest did something */
			lr[i] = how ? 0 : lr_word(g, irq, 2);
	}
	rec = gen_add(g, REC_LRS);
	rec->d.lrs.at_exit = at_exit;
	rec->d.lrs.nr = rec->d.lrs.used = 4;
	memcpy(rec->d.lrs.lr, lr, sizeof(rec->d.lrs.lr));
}
