/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a trace for the benchmark: a guest whose vCPUs do what hackbench makes
 * them do. They compute for some microseconds, wake each other by SGI, sleep
 * in WFI until an SGI or their timer wakes them, take timer interrupts and now
 * and then a device's. It is regular on purpose: this measures the simulator,
 * and says nothing about a guest. The same arguments give the same bytes.
 *
 *   gen-trace VCPUS RECORDS FILE [DEVICES]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gic.h"
#include "trace.h"
#include "units.h"

#define TIMER_IRQ    27
#define FIRST_DEVICE 40
#define NR_DEVICES   8
#define MAX_DEVICES  (GIC_LAST_SPI + 1 - FIRST_DEVICE)
#define TIMER_NS     4000000 /* HZ=250 */

enum vstate { V_HOST, V_GUEST, V_ASLEEP };

struct vcpu {
	enum vstate state;
	uint64_t at;	/* what it does next it does then */
	uint64_t timer; /* when its timer fires */
	bool kicked;	/* the next exit is by a kick */
	bool line;	/* its timer line is up */
};

struct gen {
	struct trace_writer *w;
	uint64_t rnd, nr, want;
	unsigned int nr_vcpus, nr_devices;
	struct vcpu *v;
	struct err err;
	int ret;
};

static uint64_t rnd(struct gen *g, uint64_t below)
{
	g->rnd ^= g->rnd << 13;
	g->rnd ^= g->rnd >> 7;
	g->rnd ^= g->rnd << 17;
	return g->rnd % below;
}

static void put(struct gen *g, struct trace_rec *rec)
{
	if (g->ret || g->nr >= g->want)
		return;
	g->ret = trace_write(g->w, rec, &g->err);
	g->nr++;
}

/* A record of vCPU @n's own thread. */
static struct trace_rec own(unsigned int n, uint64_t t, enum rec_kind kind)
{
	return (struct trace_rec){
		.time_ns = t, .kind = kind, .ctx = CTX_VCPU, .cpu = (int16_t)n, .ctx_id = n
	};
}

static void put_exit(struct gen *g, unsigned int n, uint64_t t, enum rec_exit_reason reason,
		     uint32_t ec, enum rec_cause cause)
{
	struct trace_rec r = own(n, t, REC_EXIT);

	r.d.exit.reason = (uint8_t)reason;
	r.d.exit.cause = (uint8_t)cause;
	if (reason == EXIT_TRAP) {
		r.flags = REC_HAS_EC;
		r.d.exit.ec = ec;
	}
	put(g, &r);
}

static void put_timer(struct gen *g, unsigned int n, uint64_t t, bool level)
{
	struct trace_rec r = own(n, t, REC_INJECT);

	if (level) {
		r.ctx = CTX_IRQ;
		r.ctx_id = 0;
	}
	r.flags = REC_HAS_VCPU;
	r.d.inject.irq = TIMER_IRQ;
	r.d.inject.vcpu = n;
	r.d.inject.level = level;
	put(g, &r);
}

static void put_entry(struct gen *g, unsigned int n, uint64_t t)
{
	struct trace_rec r = own(n, t, REC_ENTRY);

	put(g, &r);
	g->v[n].state = V_GUEST;
	/*
	 * Half are short runs between two system calls, half up to 120 us: with
	 * the sleeps below about 10 k SGIs and 7 k WFIs a second and vCPU, as
	 * published for hackbench on arm64 (15 to 17 k exits a second and vCPU in
	 * a 64-vCPU guest, most of them these).
	 */
	g->v[n].at = t + 2400 + rnd(g, rnd(g, 2) ? 12000 : 120000);
}

static void send_sgi(struct gen *g, unsigned int n, uint64_t t)
{
	unsigned int to = (n + 1 + (unsigned int)rnd(g, g->nr_vcpus - 1)) % g->nr_vcpus;
	struct trace_rec r = own(n, t, REC_SYSREG);
	struct vcpu *v = &g->v[to];

	r.flags = REC_HAS_VAL;
	r.d.sysreg.write = 1;
	r.d.sysreg.reg = SYSREG_ICC_SGI1R_EL1;
	/* SGI 0, one target: Aff1 in 23:16, the bit of its Aff0 in 15:0. */
	r.d.sysreg.val = (uint64_t)(to >> 4) << 16 | UINT64_C(1) << (to & 15);
	put(g, &r);
	if (v->state == V_ASLEEP) {
		if (v->at > t + 3000)
			v->at = t + 3000;
	} else if (v->state == V_GUEST && !v->kicked && v->at > t + 1000) {
		v->at = t + 1000;
		v->kicked = true;
	}
}

static void leave_guest(struct gen *g, unsigned int n, uint64_t t)
{
	struct vcpu *v = &g->v[n];
	uint64_t what = rnd(g, 100);

	v->state = V_HOST;
	v->at = t + 700 + rnd(g, 300);
	if (v->kicked) {
		v->kicked = false;
		put_exit(g, n, t, EXIT_IRQ, 0, CAUSE_KICK);
	} else if (t >= v->timer) {
		put_exit(g, n, t, EXIT_IRQ, 0, CAUSE_TIMER);
		put_timer(g, n, t, true);
		v->line = true;
		v->timer = t + TIMER_NS;
		return;
	} else if (what < 55) {
		put_exit(g, n, t, EXIT_TRAP, 0x18, CAUSE_UNKNOWN);
		send_sgi(g, n, t);
	} else if (what < 90) {
		struct trace_rec r = own(n, t, REC_WFI);

		put_exit(g, n, t, EXIT_TRAP, 0x01, CAUSE_UNKNOWN);
		put(g, &r);
		v->state = V_ASLEEP;
		v->at = t + 6000 + rnd(g, 900000);
	} else if (what < 95) {
		struct trace_rec r = own(n, t, REC_INJECT);

		put_exit(g, n, t, EXIT_IRQ, 0, CAUSE_DEVICE);
		r.ctx = CTX_THREAD;
		r.ctx_id = 900 + (n & 1);
		r.cpu = -1;
		r.d.inject.irq = FIRST_DEVICE + (uint32_t)rnd(g, g->nr_devices);
		r.d.inject.level = 1;
		put(g, &r);
	} else {
		struct trace_rec r = own(n, t, REC_HVC);

		put_exit(g, n, t, EXIT_TRAP, 0x16, CAUSE_UNKNOWN);
		put(g, &r);
	}
	/* The guest has handled its timer meanwhile. */
	if (v->line) {
		put_timer(g, n, t, false);
		v->line = false;
	}
}

static void step(struct gen *g, unsigned int n)
{
	struct vcpu *v = &g->v[n];
	uint64_t t = v->at;

	if (v->state == V_GUEST) {
		leave_guest(g, n, t);
		return;
	}
	if (v->state == V_ASLEEP && rnd(g, 2) && !v->line) {
		put_timer(g, n, t, true);
		v->line = true;
		v->timer = t + TIMER_NS;
	}
	put_entry(g, n, t);
}

static void put_state(struct gen *g)
{
	for (unsigned int n = 0; n < g->nr_vcpus; n++) {
		for (uint32_t irq = 0; irq < GIC_NR_PRIVATE; irq++) {
			struct trace_rec r = { .kind = REC_STATE,
					       .cpu = -1,
					       .flags = REC_HAS_VCPU };

			if (irq > 7 && irq != TIMER_IRQ)
				continue;
			r.d.state.irq = irq;
			r.d.state.vcpu = n;
			r.d.state.target = n;
			r.d.state.enabled = 1;
			r.d.state.edge = irq < GIC_NR_SGIS;
			r.d.state.prio = 0xa0;
			if (irq == TIMER_IRQ) {
				r.flags |= REC_HAS_HW;
				r.d.state.hw = TIMER_IRQ;
			}
			put(g, &r);
		}
	}
	for (uint32_t i = 0; i < g->nr_devices; i++) {
		struct trace_rec r = { .kind = REC_STATE, .cpu = -1 };

		r.d.state.irq = FIRST_DEVICE + i;
		r.d.state.target = i % g->nr_vcpus;
		r.d.state.enabled = 1;
		r.d.state.edge = 1;
		r.d.state.prio = 0xa0;
		put(g, &r);
	}
}

static void generate(struct gen *g)
{
	for (unsigned int n = 0; n < g->nr_vcpus; n++)
		g->v[n] = (struct vcpu){ .at = n * 1000, .timer = TIMER_NS + n * 10000 };
	put_state(g);
	while (!g->ret && g->nr < g->want) {
		unsigned int first = 0;

		for (unsigned int n = 1; n < g->nr_vcpus; n++)
			if (g->v[n].at < g->v[first].at)
				first = n;
		step(g, first);
	}
}

int main(int argc, char **argv)
{
	struct trace_meta meta = {
		.gic = 3,
		.nr_spis = 96,
		.nr_frames = 2,
		.resolution_ps = 1000,
		.frame = { { FRAME_GICD, 0x08000000, 0x10000 },
			   { FRAME_GICR, 0x080a0000, 0x20000 } },
	};
	struct gen g = { .rnd = 88172645463325252u };
	uint32_t vcpus, devices = NR_DEVICES;

	if ((argc != 4 && argc != 5) || !units_parse_u32(argv[1], TRACE_MAX_VCPUS, &vcpus) ||
	    vcpus < 2 || !units_parse_count(argv[2], &g.want) ||
	    (argc == 5 && (!units_parse_u32(argv[4], MAX_DEVICES, &devices) || !devices))) {
		fputs("usage: gen-trace VCPUS RECORDS FILE [DEVICES]\n"
		      "2 to 512 vCPUs; 20M is a number; 8 devices, one interrupt each\n",
		      stderr);
		return 2;
	}
	g.nr_devices = devices;
	if (FIRST_DEVICE + devices > GIC_FIRST_SPI + meta.nr_spis)
		meta.nr_spis = (FIRST_DEVICE + devices - GIC_FIRST_SPI + 31) / 32 * 32;
	if (meta.nr_spis > GIC_LAST_SPI + 1 - GIC_FIRST_SPI)
		meta.nr_spis = GIC_LAST_SPI + 1 - GIC_FIRST_SPI;
	meta.nr_vcpus = meta.nr_pcpus = g.nr_vcpus = vcpus;
	strcpy(meta.source, "note=\"made by bench/gen-trace\"");
	g.v = calloc(vcpus, sizeof(*g.v));
	g.w = g.v ? trace_create(argv[3], &meta, &g.err) : NULL;
	if (!g.w) {
		fprintf(stderr, "gen-trace: %s\n", g.v ? g.err.msg : "out of memory");
		free(g.v);
		return 4;
	}
	generate(&g);
	if (g.ret)
		trace_abort(g.w);
	else
		g.ret = trace_commit(g.w, &g.err);
	free(g.v);
	if (g.ret)
		fprintf(stderr, "gen-trace: %s\n", g.err.msg);
	return g.ret ? err_exit_status(&g.err) : 0;
}
