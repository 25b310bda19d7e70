// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where work comes from: timers, SGIs to be sent, traps to be made, devices.
 * When it comes is drawn from streams of the source alone and does not depend
 * on what the vCPUs do about it; so a mean rate is the parameter.
 */
#include "gen-int.h"

#include <stdlib.h>

#define SECOND_PS UINT64_C(1000000000000)

/* Of @count events @per_s times a second, rounded to the picosecond. */
static uint64_t source_mean(uint64_t per_s, uint64_t count)
{
	return (SECOND_PS * count + per_s / 2) / per_s;
}

static struct gen_source *source_add(struct gen *g, enum gen_source_kind kind, uint32_t n,
				     uint64_t mean_ps, const char *name, uint64_t number)
{
	struct gen_source *s = &g->source[g->nr_sources++];

	*s = (struct gen_source){
		.kind = (uint8_t)kind,
		.n = n,
		.nr = 1,
		.mean_ps = mean_ps,
		.gap = rng_named(g->o.seed, name, 2 * number),
		.pick = rng_named(g->o.seed, name, 2 * number + 1),
	};
	s->at_ps = rng_exp(&s->gap, mean_ps);
	return s;
}

static void source_ticks(struct gen *g)
{
	uint64_t hz = g->p[WP_TICK_HZ];

	for (uint32_t i = 0; hz && i < g->nr_vcpus; i++) {
		struct gen_source *s = source_add(g, SRC_TICK, i, source_mean(hz, 1), "tick", i);

		s->at_ps = rng_below(&s->gap, s->mean_ps);
	}
}

static void source_traps(struct gen *g, enum wl_param rate, enum gen_act act, const char *name)
{
	uint64_t per_s = g->p[rate], count = g->p[WP_TRAP_BURST_COUNT];

	for (uint32_t i = 0; per_s && i < g->nr_vcpus; i++)
		source_add(g, SRC_TRAP, i, source_mean(per_s, count), name, i)->act = (uint8_t)act;
}

static void source_devices(struct gen *g)
{
	uint64_t per_s = g->p[WP_IRQ_PER_S], count = g->p[WP_IRQ_BURST_COUNT];
	uint32_t together = (uint32_t)g->p[WP_IRQ_TOGETHER];

	for (uint32_t i = 0; per_s && i < g->nr_devices; i += together) {
		uint64_t mean = source_mean(per_s, count);
		struct gen_source *s = source_add(g, SRC_DEVICE, i, mean, "device", i);

		s->nr = g->nr_devices - i < together ? g->nr_devices - i : together;
		s->mean_ps =
			(uint64_t)((unsigned __int128)mean * g->p[WP_IRQ_JITTER_PERCENT] / 100);
		s->constant_ps = mean - s->mean_ps;
		s->next_ps = s->at_ps = rng_below(&s->gap, mean);
	}
}

int gen_sources_create(struct gen *g, struct err *err)
{
	uint32_t most = 4 * g->nr_vcpus + g->nr_devices + 3;

	g->source = calloc(most, sizeof(*g->source));
	if (!g->source)
		return err_set(err, ERR_NOMEM, "out of memory");
	source_ticks(g);
	/* A vCPU alone has nobody to send to. */
	if (g->p[WP_SGI_PER_S] && g->nr_vcpus > 1)
		source_add(g, SRC_SGI, 0,
			   source_mean(g->p[WP_SGI_PER_S] * g->nr_vcpus, g->p[WP_SGI_BURST_COUNT]),
			   "sgi", 0);
	source_traps(g, WP_HVC_PER_S, ACT_HVC, "hvc");
	source_traps(g, WP_MMIO_USER_PER_S, ACT_USER, "mmio_user");
	source_traps(g, WP_MMIO_DIST_PER_S, ACT_DIST, "mmio_dist");
	source_devices(g);
	if (g->p[WP_RETARGET_PER_S] && g->nr_devices && !g->messages)
		source_add(g, SRC_RETARGET, 0, source_mean(g->p[WP_RETARGET_PER_S], 1), "retarget",
			   0);
	if (g->p[WP_TOGGLE_PER_S] && g->nr_devices && !g->messages)
		source_add(g, SRC_TOGGLE, 0, source_mean(g->p[WP_TOGGLE_PER_S], 1), "toggle", 0);
	g->r_sgi = rng_named(g->o.seed, "sgi.target", 0);
	return 0;
}

void gen_inject_timer(struct gen *g, uint32_t vcpu, bool in_irq)
{
	struct trace_rec *r = gen_put(g, REC_INJECT, in_irq ? CTX_IRQ : CTX_VCPU, in_irq ? 0 : vcpu,
				      (int32_t)vcpu);

	r->flags = REC_HAS_VCPU;
	r->d.inject.irq = GEN_TIMER_PPI;
	r->d.inject.vcpu = vcpu;
	r->d.inject.level = 1;
}

static void fire_tick(struct gen *g, struct gen_source *s)
{
	struct gen_vcpu *v = &g->vcpu[s->n];
	bool in_sleep = rng_percent(&s->pick, g->p[WP_TICK_IN_SLEEP_PERCENT]);

	if (v->online)
		gen_tick(g, v, in_sleep);
	s->at_ps += s->mean_ps;
}

/* The sender is in the guest, if anybody is; otherwise a timer wakes one. */
static void fire_sgi(struct gen *g, struct gen_source *s)
{
	uint32_t count = (uint32_t)rng_count(&s->pick, g->p[WP_SGI_BURST_COUNT]);
	uint64_t who = rng_u64(&s->pick);
	const struct gen_set *set = g->in_guest.nr ? &g->in_guest : &g->asleep;

	s->at_ps += rng_exp(&s->gap, s->mean_ps);
	if (g->nr_online < 2)
		return;
	if (!set->nr) {
		g->sgi_owed += count;
		return;
	}
	who = (uint64_t)((unsigned __int128)who * set->nr >> 64);
	gen_work(g, &g->vcpu[set->vcpu[who]], ACT_SGI, count);
}

static void fire_trap(struct gen *g, struct gen_source *s)
{
	struct gen_vcpu *v = &g->vcpu[s->n];
	uint32_t count = (uint32_t)rng_count(&s->pick, g->p[WP_TRAP_BURST_COUNT]);

	s->at_ps += rng_exp(&s->gap, s->mean_ps);
	if (v->online)
		gen_work(g, v, s->act, count);
}

static void send_device(struct gen *g, struct gen_device *d)
{
	int32_t cpu = (int32_t)(g->nr_vcpus + d->thread);
	struct trace_rec *r;

	if (g->messages) {
		r = gen_put(g, REC_MSI, CTX_THREAD, 900 + d->thread, cpu);
		r->d.msi.devid = d->devid;
		r->d.msi.eventid = d->eventid;
	} else {
		r = gen_put(g, REC_INJECT, CTX_THREAD, 900 + d->thread, cpu);
		r->d.inject.irq = d->irq;
		r->d.inject.level = 1;
	}
	gen_device_sent(g, d);
}

static void fire_device(struct gen *g, struct gen_source *s)
{
	if (!s->left) { /* a burst begins here */
		s->left = rng_count(&s->pick, g->p[WP_IRQ_BURST_COUNT]);
		s->next_ps = s->at_ps + s->constant_ps + rng_exp(&s->gap, s->mean_ps);
	}
	if (g->devices_up)
		send_device(g, &g->device[s->n + s->k]);
	if (++s->k < s->nr)
		return;
	s->k = 0;
	if (--s->left)
		s->at_ps += g->p[WP_IRQ_BURST_GAP_NS] * 1000;
	else if (s->next_ps > s->at_ps)
		s->at_ps = s->next_ps;
}

static void fire_churn(struct gen *g, struct gen_source *s, enum gen_act act)
{
	uint64_t who = rng_u64(&s->pick);

	s->at_ps += rng_exp(&s->gap, s->mean_ps);
	if (!g->devices_up)
		return;
	who = (uint64_t)((unsigned __int128)who * g->nr_online >> 64);
	gen_work(g, &g->vcpu[who], act, 1);
}

void gen_source_fire(struct gen *g, struct gen_source *s)
{
	switch (s->kind) {
	case SRC_TICK:
		fire_tick(g, s);
		break;
	case SRC_SGI:
		fire_sgi(g, s);
		break;
	case SRC_TRAP:
		fire_trap(g, s);
		break;
	case SRC_DEVICE:
		fire_device(g, s);
		break;
	case SRC_RETARGET:
		fire_churn(g, s, ACT_RETARGET);
		break;
	case SRC_TOGGLE:
		fire_churn(g, s, ACT_DISABLE);
		break;
	}
	gen_schedule(g, g->nr_vcpus + (uint32_t)(s - g->source), s->at_ps / 1000);
}
