// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame of a random trace: guest, state at the start, who is there and what
 * each does, one after the other; then all of it in order of time.
 *
 * Each trace uses a few interrupts, a few kinds of accesses with weights of its own
 * (most kinds left out), one grid of times: traces that leave things out get further
 * into what is left than those that do everything.
 */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

#define GICD 0x08000000u
#define GICR 0x080a0000u

uint32_t gen_spi(struct gen *g)
{
	return g->spi[rng_below(&g->r, g->nr_spis)];
}

uint32_t gen_any_irq(struct gen *g)
{
	switch (rng_below(&g->r, 6)) {
	case 0:
		return g->sgi[rng_below(&g->r, g->nr_sgis)];
	case 1:
		return g->ppi[rng_below(&g->r, g->nr_ppis)];
	default:
		return gen_spi(g);
	}
}

void gen_pass(struct gen *g, uint32_t gap)
{
	uint32_t more = rng_below(&g->r, gap + 1);

	if (rng_one_in(&g->r, 8))
		more *= 8;
	g->t += more;
	g->t -= g->t % g->grid;
}

struct trace_rec *gen_add(struct gen *g, enum rec_kind kind)
{
	static struct trace_rec scratch;
	struct random_case *c = g->c;
	struct trace_rec *rec;

	if (c->nr == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 256;

		rec = reallocarray(c->rec, cap, sizeof(*rec));
		if (!rec) {
			g->nomem = true;
			return &scratch;
		}
		c->rec = rec;
		g->cap = cap;
	}
	rec = &c->rec[c->nr++];
	memset(rec, 0, sizeof(*rec));
	rec->time_ns = g->t;
	rec->kind = kind;
	rec->ctx = g->ctx;
	rec->ctx_id = g->ctx_id;
	rec->cpu = g->cpu;
	rec->seq = g->order << 20 | (uint32_t)c->nr;
	return rec;
}

/* ---- the guest ------------------------------------------------------------- */

static void choose_setup(struct gen *g)
{
	static const uint32_t lrs[] = { 1, 1, 2, 2, 3, 4, 4, 6 };
	static const uint32_t service[] = { 100, 300, 1000, 3000, 12000, 40000 };
	static const uint32_t grace[] = { 0, 10, 10000 };
	static const uint32_t speed[] = { 1, 1, 1, 2, 5 };
	struct random_setup *s = &g->c->setup;

	if (!rng_one_in(&g->r, 3))
		s->host = 0;
	else
		s->host = rng_below(&g->r, random_nr_hosts(g->gic));
	s->nr_lrs = RNG_PICK(&g->r, lrs);
	if (rng_one_in(&g->r, 4))
		s->nr_lrs = 1 + rng_below(&g->r, 16);
	s->lock = rng_below(&g->r, LOCK_NR_ALGOS);
	s->inject = rng_one_in(&g->r, 4) ? INJECT_CLOCK : INJECT_ANCHORED;
	s->host_work = rng_one_in(&g->r, 8) ? HOST_WORK_RECORDED : HOST_WORK_MODEL;
	for (unsigned int i = 0; i < 3; i++)
		s->service_ns[i] = RNG_PICK(&g->r, service);
	s->wfi_grace_us = RNG_PICK(&g->r, grace);
	s->speed_num = RNG_PICK(&g->r, speed);
	s->speed_den = rng_one_in(&g->r, 4) ? 2 : 1;
}

static void choose_meta(struct gen *g)
{
	static const uint32_t spis[] = { 32, 32, 32, 64, 64, 96, 256, 988 };
	struct trace_meta *m = &g->c->meta;

	g->gic = 2 + rng_below(&g->r, 2);
	g->nv = 1 + rng_below(&g->r, rng_one_in(&g->r, 3) ? 8 : 3);
	m->gic = g->gic;
	m->nr_vcpus = g->nv;
	m->nr_pcpus = 16;
	m->nr_spis = RNG_PICK(&g->r, spis);
	g->nr_irqs = 32 + m->nr_spis;
	m->frame[m->nr_frames++] =
		(struct trace_frame){ FRAME_GICD, GICD, g->gic == 2 ? 0x1000 : 0x10000 };
	if (g->gic == 3)
		m->frame[m->nr_frames++] = (struct trace_frame){ FRAME_GICR, GICR, 0x20000 };
}

static void choose_irqs(struct gen *g)
{
	static const uint8_t prios[][4] = { { 0xa0, 0xa0, 0xa0, 0xa0 },
					    { 0xa0, 0x80, 0x40, 0x10 },
					    { 0, 8, 0xf8, 0xa0 },
					    { 0xa0, 0xa4, 0x98, 0x98 } };
	unsigned int all_edge = rng_below(&g->r, 4);
	uint32_t first = 32 + rng_below(&g->r, g->nr_irqs - 32);
	const uint8_t *prio = prios[rng_below(&g->r, 4)];

	memcpy(g->prio, prio, sizeof(g->prio));
	g->nr_spis = 1 + rng_below(&g->r, rng_one_in(&g->r, 3) ? GEN_MAX_SPIS : 4);
	for (unsigned int i = 0; i < g->nr_spis; i++) {
		/* Neighbours share lines and words. */
		uint32_t irq =
			rng_one_in(&g->r, 3) ? rng_below(&g->r, g->nr_irqs - 32) : first - 32 + i;

		g->spi[i] = 32 + irq % (g->nr_irqs - 32);
	}
	g->nr_sgis = 1 + rng_below(&g->r, GEN_MAX_SGIS);
	for (unsigned int i = 0; i < g->nr_sgis; i++)
		g->sgi[i] = rng_below(&g->r, 16);
	g->nr_ppis = 1 + rng_below(&g->r, GEN_MAX_PPIS);
	g->ppi[0] = 27; /* the timer */
	for (unsigned int i = 1; i < g->nr_ppis; i++)
		g->ppi[i] = 16 + rng_below(&g->r, 16);
	for (uint32_t i = 0; i <= GIC_LAST_SPI; i++)
		g->edge[i] = i < 16 || (i >= 32 &&
					(all_edge == 1 || (all_edge != 2 && rng_one_in(&g->r, 2))));
}

static void choose_ops(struct gen *g)
{
	unsigned int keep = rng_one_in(&g->r, 4) ? 1 : 3; /* of which one is kept */

	for (unsigned int i = 0; i < OP_NR; i++) {
		if (!rng_one_in(&g->r, keep))
			continue;
		g->weight[i] = 1 + rng_below(&g->r, 8);
		g->weights += g->weight[i];
	}
	/* Everybody sends the same SGI, which list registers are too few for. */
	if (g->nv > 2 && rng_one_in(&g->r, 3)) {
		memset(g->weight, 0, sizeof(g->weight));
		g->weight[OP_SGI] = g->weights = 15;
		g->weights += g->weight[OP_DISABLE] = 1;
		g->nr_sgis = 1;
		g->c->setup.nr_lrs = 1 + rng_below(&g->r, 3);
	}
	if (!g->weights)
		g->weights = g->weight[OP_SGI] = 1;
	g->by_guest = rng_one_in(&g->r, 8);
	g->by_lrs = rng_one_in(&g->r, 12);
	g->noise = rng_one_in(&g->r, 6);
}

static void choose_times(struct gen *g)
{
	static const uint32_t grids[] = { 1, 1, 10, 100, 1000, 5000 };
	static const uint32_t gaps[] = { 200, 1000, 1000, 3000, 10000 };

	g->grid = RNG_PICK(&g->r, grids);
	g->gap = RNG_PICK(&g->r, gaps);
	if (g->gap < g->grid)
		g->gap = 2 * g->grid;
}

/* ---- the state at the start --------------------------------------------------- */

static void one_state(struct gen *g, uint32_t irq, uint32_t vcpu)
{
	struct trace_rec *rec;
	unsigned int live = rng_below(&g->r, 8);

	for (size_t i = 0; i < g->c->nr; i++) {
		rec = &g->c->rec[i];
		if (rec->d.state.irq == irq && (irq >= 32 || rec->d.state.vcpu == vcpu))
			return;
	}
	rec = gen_add(g, REC_STATE);
	rec->d.state.irq = irq;
	if (irq < 32) {
		rec->flags |= REC_HAS_VCPU;
		rec->d.state.vcpu = vcpu;
	}
	rec->d.state.enabled = !rng_one_in(&g->r, 8);
	rec->d.state.edge = g->edge[irq];
	rec->d.state.prio = RNG_PICK(&g->r, g->prio);
	rec->d.state.target = irq < 32 ? vcpu : rng_below(&g->r, g->nv);
	if (irq >= 32 && rng_one_in(&g->r, 24))
		rec->d.state.target = REC_TARGET_NONE;
	/* The timer's line is the replay's to follow. */
	if (live == 1 && irq != 27)
		rec->d.state.pending = 1;
	if (live == 2 && irq != 27 && !g->edge[irq])
		rec->d.state.line = rec->d.state.pending = 1;
	if (live == 3 && rng_one_in(&g->r, 4))
		rec->d.state.active = 1;
}

static void states(struct gen *g)
{
	g->ctx = CTX_NONE;
	g->cpu = -1;
	for (unsigned int i = 0; i < g->nr_spis; i++)
		one_state(g, g->spi[i], 0);
	for (unsigned int v = 0; v < g->nv; v++) {
		for (unsigned int i = 0; i < g->nr_sgis; i++)
			one_state(g, g->sgi[i], v);
		for (unsigned int i = 0; i < g->nr_ppis; i++)
			one_state(g, g->ppi[i], v);
	}
}

static struct trace_rec *boot_write(struct gen *g, uint64_t gpa, unsigned int len, uint64_t val)
{
	struct trace_rec *rec = gen_add(g, REC_MMIO);

	rec->d.mmio.write = 1;
	rec->d.mmio.gpa = gpa;
	rec->d.mmio.len = (uint8_t)len;
	rec->d.mmio.val = val;
	return rec;
}

static void boot_private(struct gen *g, unsigned int v)
{
	uint64_t sgi_frame = g->gic == 2 ? GICD : GICR + v * 0x20000u + 0x10000u;

	boot_write(g, sgi_frame + 0x100, 4, UINT32_MAX);
	for (unsigned int i = 0; i < g->nr_sgis; i++) {
		uint8_t prio = RNG_PICK(&g->r, g->prio);

		boot_write(g, sgi_frame + 0x400 + g->sgi[i], 1, prio);
	}
}

/* A guest that begins at reset: its first vCPU sets everything up. */
static void boot(struct gen *g, unsigned int v)
{
	struct trace_rec *rec;

	gen_add(g, REC_ENTRY);
	gen_pass(g, g->gap);
	rec = gen_add(g, REC_EXIT);
	rec->d.exit.reason = EXIT_TRAP;
	boot_private(g, v);
	if (v)
		return;
	boot_write(g, GICD, 4, g->gic == 2 ? 1 : 2);
	for (unsigned int i = 0; i < g->nr_spis; i++) {
		uint32_t irq = g->spi[i], to = rng_below(&g->r, g->nv);
		uint8_t prio = RNG_PICK(&g->r, g->prio);

		boot_write(g, GICD + 0xc00 + irq / 16 * 4, 4,
			   g->edge[irq] ? 2u << irq % 16 * 2 : 0);
		boot_write(g, GICD + 0x400 + irq, 1, prio);
		if (g->gic == 2)
			boot_write(g, GICD + 0x800 + irq, 1, 1u << to);
		else
			boot_write(g, GICD + 0x6000 + 8 * irq, 8, to);
		boot_write(g, GICD + 0x100 + irq / 32 * 4, 4, 1u << irq % 32);
	}
}

/* ---- who does what ---------------------------------------------------------------- */

static void exit_reason(struct gen *g, struct trace_rec *rec, unsigned int how)
{
	static const uint8_t causes[] = { CAUSE_UNKNOWN, CAUSE_KICK,  CAUSE_KICK, CAUSE_MAINTENANCE,
					  CAUSE_DEVICE,	 CAUSE_TIMER, CAUSE_IPI,  CAUSE_OTHER };

	rec->d.exit.reason = how == 1 ? EXIT_IRQ : how == 2 ? EXIT_SERROR : EXIT_TRAP;
	if (how == 1)
		rec->d.exit.cause = RNG_PICK(&g->r, causes);
	else if (how != 2 && rng_one_in(&g->r, 2))
		rec->flags |= REC_HAS_EC;
}

static void in_host(struct gen *g, unsigned int v)
{
	switch (rng_below(&g->r, 8)) {
	case 0:
		gen_add(g, rng_one_in(&g->r, 6) ? REC_WFE : REC_WFI);
		gen_pass(g, 4 * g->gap);
		break;
	case 1:
		gen_inject(g, g->ppi[rng_below(&g->r, g->nr_ppis)], v);
		break;
	case 2:
		gen_add(g, REC_HVC);
		break;
	case 3: {
		uint32_t irq = gen_any_irq(g);

		gen_inject(g, irq, v);
		break;
	}
	default:
		gen_access(g, v);
		break;
	}
}

static void stay(struct gen *g, unsigned int v)
{
	uint64_t lr[4] = { 0 };
	struct trace_rec *rec;
	uint64_t out;

	if (!rng_one_in(&g->r, 40))
		gen_add(g, REC_ENTRY);
	if (g->by_lrs)
		gen_lrs(g, false, lr);
	out = g->t;
	gen_pass(g, g->gap);
	if (rng_one_in(&g->r, 6))
		gen_pass(g, 10 * g->gap);
	if (g->by_guest) {
		uint64_t end = g->t;

		g->t = out;
		gen_guest(g, end);
	}
	if (!rng_one_in(&g->r, 40)) {
		rec = gen_add(g, REC_EXIT);
		exit_reason(g, rec, rng_below(&g->r, 3));
		if (rec->flags & REC_HAS_EC)
			rec->d.exit.ec = rng_below(&g->r, 0x40);
	}
	if (g->by_lrs)
		gen_lrs(g, true, lr);
	for (unsigned int n = rng_below(&g->r, 3); n; n--) {
		gen_pass(g, 500);
		in_host(g, v);
	}
	if (g->noise && rng_one_in(&g->r, 2))
		gen_noise(g);
	gen_pass(g, rng_one_in(&g->r, 4) ? g->gap : 500);
}

static void vcpu(struct gen *g, unsigned int v, unsigned int stays, bool boots)
{
	g->ctx = CTX_VCPU;
	g->ctx_id = v;
	g->cpu = (int16_t)v;
	g->t = g->grid;
	if (rng_one_in(&g->r, 3))
		gen_pass(g, g->gap);
	if (boots)
		boot(g, v);
	while (stays--)
		stay(g, v);
	if (!rng_one_in(&g->r, 3))
		return;
	gen_add(g, REC_ENTRY);
	gen_pass(g, 4 * g->gap);
	gen_add(g, REC_EXIT)->d.exit.reason = EXIT_TRAP;
}

/* A thread, or interrupts on one CPU: single injections, or bursts at one time. */
static void other(struct gen *g, unsigned int n, uint64_t end)
{
	bool burst = rng_one_in(&g->r, 3);
	uint32_t gap = g->gap * (1 + rng_below(&g->r, 4));

	g->ctx = rng_one_in(&g->r, 3) ? CTX_IRQ : CTX_THREAD;
	g->ctx_id = g->ctx == CTX_THREAD ? 5 + n : 0;
	/* An interrupt may come on a CPU where a vCPU is. */
	g->cpu = (int16_t)rng_below(&g->r, g->ctx == CTX_IRQ ? 16 : 12);
	g->t = g->grid;
	while (g->t < end) {
		uint32_t nr = 1, vcpu_of;

		gen_pass(g, gap);
		if (burst)
			nr += rng_below(&g->r, 2 * g->nr_spis);
		for (; nr; nr--) {
			uint32_t irq = gen_any_irq(g);

			vcpu_of = rng_below(&g->r, g->nv);
			gen_inject(g, irq, vcpu_of);
		}
		if (g->noise && rng_one_in(&g->r, 4))
			gen_noise(g);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct trace_rec *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* A line mostly changes; an edge mostly comes as its pulse. */
static void levels(struct gen *g)
{
	bool spi[GIC_LAST_SPI + 1] = { 0 };
	bool private[8][32] = { { 0 } };

	for (size_t i = 0; i < g->c->nr; i++) {
		struct trace_rec *rec = &g->c->rec[i];
		bool *line;

		if (rec->kind == REC_STATE) {
			if (rec->d.state.irq < 32)
			private[rec->d.state.vcpu][rec->d.state.irq] = rec->d.state.line;
			else spi[rec->d.state.irq] = rec->d.state.line;
		}
		if (rec->kind != REC_INJECT)
			continue;
		line = rec->d.inject.irq < 32 ? &private[rec->d.inject.vcpu][rec->d.inject.irq]
					      : &spi[rec->d.inject.irq];
		if (g->edge[rec->d.inject.irq])
			*line = !rng_one_in(&g->r, 16);
		else if (!rng_one_in(&g->r, 8))
			*line = !*line;
		rec->d.inject.level = *line;
	}
}

static void actors(struct gen *g)
{
	static const unsigned int lengths[] = { 2, 3, 4, 8, 8, 16 };
	unsigned int stays = RNG_PICK(&g->r, lengths), how = rng_below(&g->r, 5);
	unsigned int nr_others = rng_below(&g->r, 4);
	uint64_t end = 0;

	if (how < 3)
		states(g);
	for (unsigned int v = 0; v < g->nv; v++) {
		unsigned int n = 1 + rng_below(&g->r, stays);

		g->order = rng_below(&g->r, 4096);
		if (v && rng_one_in(&g->r, 16)) /* never comes up */
			continue;
		vcpu(g, v, n, how == 3);
		if (g->t > end)
			end = g->t;
	}
	for (unsigned int n = 0; n < nr_others; n++) {
		g->order = rng_below(&g->r, 4096);
		other(g, n, end);
	}
	if (!g->nomem)
		qsort(g->c->rec, g->c->nr, sizeof(*g->c->rec), by_time);
	levels(g);
	for (size_t i = 0; i < g->c->nr; i++)
		g->c->rec[i].seq = 0;
}

int random_case_make(struct random_case *c, uint64_t seed, struct err *err)
{
	struct gen *g = calloc(1, sizeof(*g));

	*c = (struct random_case){ .seed = seed };
	if (!g)
		return err_set(err, ERR_NOMEM, "out of memory for a trace");
	g->c = c;
	g->r.s = seed;
	choose_meta(g);
	choose_setup(g);
	choose_irqs(g);
	choose_ops(g);
	choose_times(g);
	actors(g);
	if (g->nomem) {
		random_case_fini(c);
		free(g);
		return err_set(err, ERR_NOMEM, "out of memory for a trace");
	}
	free(g);
	return 0;
}

int random_case_copy(struct random_case *to, const struct random_case *from, struct err *err)
{
	*to = *from;
	to->rec = reallocarray(NULL, from->nr + 1, sizeof(*to->rec));
	if (!to->rec)
		return err_set(err, ERR_NOMEM, "out of memory for a trace");
	if (from->nr)
		memcpy(to->rec, from->rec, from->nr * sizeof(*to->rec));
	return 0;
}

void random_case_fini(struct random_case *c)
{
	free(c->rec);
	c->rec = NULL;
	c->nr = 0;
}
