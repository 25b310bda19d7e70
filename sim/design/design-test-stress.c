// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rig's free-running half: every vCPU and thread by itself, at random, and
 * what must hold of any design meanwhile and afterwards. See design-test.h.
 *
 * SPIs with even INTIDs are level, odd ones edge. The device of a level line
 * raises it when it is low; the vCPU that acknowledged it lowers it after its
 * next exit, as a driver's write to the device would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "design-test.h"
#include "rig-priv.h"

#define MAX_IRQS     1024
#define DRAIN_ROUNDS 2000

struct stress_vcpu {
	struct stress *st;
	unsigned int v;
	uint64_t rng;
	uint64_t ends_missed;
	bool handling;	  /* a handler runs: … */
	struct gic_lr in; /* … of this interrupt */
	uint32_t lower;	  /* a level line to lower after the exit, or 0 */
};

struct stress_thread {
	struct stress *st;
	unsigned int t;
	uint64_t rng;
};

struct stress {
	struct rig *r;
	const struct rig_stress *cfg;
	struct stress_vcpu *vcpus;
	struct stress_thread *threads;
	unsigned int threads_left, vcpus_left;
	bool line[MAX_IRQS], busy[MAX_IRQS];
	struct vtime injected[MAX_IRQS], acked[MAX_IRQS];
	uint64_t nr_injected[MAX_IRQS], nr_acked[MAX_IRQS];
};

/* xorshift64*: one stream an actor, so that the order of actors does not matter. */
static uint64_t rnd(uint64_t *state, uint64_t below)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * UINT64_C(2685821657736338717) >> 33) % below;
}

static uint32_t rnd_spi(struct stress *st, uint64_t *state)
{
	return 32 + (uint32_t)rnd(state, st->r->config.nr_irqs - 32);
}

static void st_inject(struct stress *st, struct plat_cpu *cpu, uint32_t irq, bool level)
{
	int rc;

	cpu_settle(cpu);
	/* A device's line changes one after another. */
	while (st->busy[irq]) {
		cpu_spend(cpu, COMP_HOST, VT_NS(100));
		cpu_settle(cpu);
	}
	if (!(irq & 1)) {
		if (st->line[irq] == level)
			return;
		st->line[irq] = level;
		st->busy[irq] = true;
	}
	if (level) {
		st->injected[irq] = cpu_now(cpu);
		st->nr_injected[irq]++;
	}
	rc = st->r->design->inject(st->r->vgic, cpu, 0, irq, level, false);
	if (rc)
		machine_fail(cpu, ERR_INVARIANT, "stress: inject %u refused", irq);
	cpu_settle(cpu);
	st->busy[irq] = false;
}

/* ---- one vCPU ------------------------------------------------------------------- */

static void st_check_lrs(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	struct rig *r = sv->st->r;

	for (unsigned int n = 0; n < r->config.nr_lrs; n++) {
		struct gic_lr lr = rig_lr(r, sv->v, n);

		cpu_fingerprint(cpu, n, vif_lr(cpu, n));
		if (!lr.pending && !lr.active)
			continue;
		if (lr.irq >= r->config.nr_irqs)
			machine_fail(cpu, ERR_INVARIANT, "stress: LR%u holds INTID %u", n, lr.irq);
		for (unsigned int k = 0; k < n; k++) {
			struct gic_lr other = rig_lr(r, sv->v, k);

			if ((other.pending || other.active) && other.irq == lr.irq &&
			    other.src == lr.src)
				machine_fail(cpu, ERR_INVARIANT, "stress: INTID %u twice", lr.irq);
		}
	}
}

static void st_end(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	cpu_fingerprint(cpu, UINT64_C(0xe01), sv->in.irq);
	if (!vif_eoi(cpu, sv->in.irq, sv->in.src)) {
		const struct rig_stress *cfg = sv->st->cfg;

		/* Disables and active writes may take it away. */
		if (!cfg->ends_may_miss && !cfg->active_writes && !cfg->enable_writes)
			machine_fail(cpu, ERR_INVARIANT, "stress: %u was active in no LR",
				     sv->in.irq);
		sv->ends_missed++;
	}
	sv->handling = false;
}

static void st_ack(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	struct stress *st = sv->st;
	struct gic_lr lr;
	int n = vif_highest_pending(cpu, &lr);

	if (n < 0)
		return;
	vif_ack(cpu, (unsigned int)n);
	cpu_fingerprint(cpu, UINT64_C(0xac4), lr.irq);
	sv->handling = true;
	sv->in = lr;
	st->acked[lr.irq] = vt_max(st->acked[lr.irq], cpu_now(cpu));
	st->nr_acked[lr.irq]++;
	if (lr.irq >= 32 && !(lr.irq & 1))
		sv->lower = lr.irq;
}

/* The guest's side of one run: end what it was in, take up to two, perhaps stay inside. */
static void st_guest(struct stress_vcpu *sv, struct plat_cpu *cpu, bool drain)
{
	for (int i = 0; i < 2; i++) {
		/* The handler of a level interrupt ends only once its device is quiet. */
		if (sv->handling && !sv->lower && (drain || rnd(&sv->rng, 4)))
			st_end(sv, cpu);
		if (!sv->handling)
			st_ack(sv, cpu);
	}
}

static void st_round(struct stress_vcpu *sv, struct plat_cpu *cpu, bool drain)
{
	const struct vgic_design *d = sv->st->r->design;
	void *vgic = sv->st->r->vgic;
	struct vtime run;

	vcpu_wait_resumed(cpu);
	if (d->timer_flush)
		d->timer_flush(vgic, cpu, sv->v);
	d->flush(vgic, cpu, sv->v);
	plat_irq_off(cpu);
	if (vcpu_enter(cpu)) {
		if (!d->enter_check || d->enter_check(vgic, cpu, sv->v)) {
			d->restore(vgic, cpu, sv->v);
			st_check_lrs(sv, cpu);
			run = VT_NS(500 + rnd(&sv->rng, 8000));
			vcpu_run(cpu, vt_add(cpu_now(cpu), run));
			cpu_settle(cpu);
			st_guest(sv, cpu, drain);
			d->save(vgic, cpu, sv->v);
		}
		vcpu_leave(cpu);
	}
	plat_irq_on(cpu);
	d->sync(vgic, cpu, sv->v);
	if (sv->lower) {
		st_inject(sv->st, cpu, sv->lower, false);
		sv->lower = 0;
	}
}

static void st_mmio(struct stress_vcpu *sv, struct plat_cpu *cpu, bool write, uint64_t gpa,
		    unsigned int len, uint64_t val)
{
	struct rig *r = sv->st->r;

	if (r->design->mmio(r->vgic, cpu, sv->v, write, gpa, len, &val) != VGIC_DONE)
		machine_fail(cpu, ERR_INVARIANT, "stress: access to %llx not taken",
			     (unsigned long long)gpa);
	if (!write)
		cpu_fingerprint(cpu, gpa, val);
}

static void st_sgi(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	struct rig *r = sv->st->r;
	uint64_t irq = rnd(&sv->rng, 16),
		 mask = rnd(&sv->rng, 1u << (r->config.nr_vcpus < 16 ? r->config.nr_vcpus : 16));
	bool all = !rnd(&sv->rng, 8);

	if (r->config.gic == 2)
		st_mmio(sv, cpu, true, RIG_GICD + 0xf00, 4,
			irq | (mask & 0xff) << 16 | (uint64_t)all << 24);
	else
		r->design->sysreg_write(r->vgic, cpu, sv->v, SYSREG_ICC_SGI1R_EL1,
					irq << 24 | (mask & 0xffff) | (uint64_t)all << 40);
}

/* One word register of @base (offset in the distributor), a random SPI's. */
static void st_word(struct stress_vcpu *sv, struct plat_cpu *cpu, bool write, uint32_t base)
{
	uint32_t irq = rnd_spi(sv->st, &sv->rng);

	st_mmio(sv, cpu, write, RIG_GICD + base + irq / 32 * 4, 4, UINT64_C(1) << irq % 32);
}

static void st_route(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	uint32_t irq = rnd_spi(sv->st, &sv->rng);
	unsigned int v = (unsigned int)rnd(&sv->rng, sv->st->r->config.nr_vcpus);

	if (sv->st->r->config.gic == 2)
		st_mmio(sv, cpu, true, RIG_GICD + 0x800 + irq, 1, UINT64_C(1) << v);
	else
		st_mmio(sv, cpu, true, RIG_GICD + 0x6000 + irq * 8, 8, gic_vcpu_mpidr(v));
}

static void st_timer(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	struct rig *r = sv->st->r;

	if (r->config.no_timer)
		return;
	r->design->inject(r->vgic, cpu, sv->v, RIG_TIMER, rnd(&sv->rng, 2), true);
}

static void st_wfi(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	struct rig *r = sv->st->r;

	vcpu_sleep_prepare(cpu);
	if (r->design->pending(r->vgic, cpu, sv->v))
		vcpu_sleep_cancel(cpu);
	else
		vcpu_sleep(cpu, vt_add(cpu_now(cpu), VT_US(20)));
}

static void st_operation(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	const struct rig_stress *cfg = sv->st->cfg;

	switch (rnd(&sv->rng, 12)) {
	case 0:
	case 1:
		st_sgi(sv, cpu);
		break;
	case 2:
		st_word(sv, cpu, true, 0x100);
		break;
	case 3:
		st_word(sv, cpu, false, 0x200);
		break;
	case 4:
		st_timer(sv, cpu);
		break;
	case 5:
		st_wfi(sv, cpu);
		break;
	case 6:
		if (cfg->enable_writes)
			st_word(sv, cpu, true, 0x180);
		break;
	case 7:
		if (cfg->enable_writes)
			st_word(sv, cpu, true, rnd(&sv->rng, 2) ? 0x200 : 0x280);
		break;
	case 8:
		if (cfg->enable_writes)
			st_route(sv, cpu);
		break;
	case 9:
		if (cfg->active_writes)
			st_word(sv, cpu, true, rnd(&sv->rng, 2) ? 0x300 : 0x380);
		break;
	default:
		break;
	}
}

static bool st_idle(struct stress_vcpu *sv, struct plat_cpu *cpu)
{
	cpu_settle(cpu);
	return !sv->handling && !sv->lower && !sv->st->threads_left && !sv->st->vcpus_left &&
	       !rig_lrs_used(sv->st->r, sv->v);
}

static void st_vcpu(struct plat_cpu *cpu, void *arg)
{
	struct stress_vcpu *sv = arg;
	struct stress *st = sv->st;
	struct rig *r = st->r;
	unsigned int i, quiet = 0;

	if (r->design->load)
		r->design->load(r->vgic, cpu, sv->v);
	for (i = 0; i < st->cfg->rounds; i++) {
		st_round(sv, cpu, false);
		st_operation(sv, cpu);
	}
	if (!r->config.no_timer)
		r->design->inject(r->vgic, cpu, sv->v, RIG_TIMER, false, true);
	cpu_settle(cpu);
	st->vcpus_left--;
	/* Several quiet rounds: what moves between vCPUs takes more than one. */
	for (i = 0; i < DRAIN_ROUNDS && quiet < 50; i++) {
		st_round(sv, cpu, true);
		quiet = st_idle(sv, cpu) ? quiet + 1 : 0;
	}
	if (i == DRAIN_ROUNDS && !st->cfg->active_writes)
		machine_fail(cpu, ERR_INVARIANT, "stress: vCPU %u does not come to rest", sv->v);
	if (r->design->put)
		r->design->put(r->vgic, cpu, sv->v);
}

/* ---- one injecting thread ---------------------------------------------------------- */

static void st_thread(struct plat_cpu *cpu, void *arg)
{
	struct stress_thread *t = arg;
	struct stress *st = t->st;

	for (unsigned int i = 0; i < st->cfg->rounds; i++) {
		cpu_idle_until(cpu, vt_add(cpu_now(cpu), VT_NS(200 + rnd(&t->rng, 6000))),
			       COMP_SLEEP);
		st_inject(st, cpu, rnd_spi(st, &t->rng), true);
	}
	cpu_settle(cpu);
	st->threads_left--;
}

/* ---- the run ------------------------------------------------------------------------- */

static void st_initial_state(struct rig *r)
{
	struct vgic_irq_state s = { .enabled = true };

	for (s.irq = 32; s.irq < r->config.nr_irqs; s.irq++) {
		s.edge = s.irq & 1;
		s.prio = (uint8_t)(s.irq * 8);
		s.target = s.irq % r->config.nr_vcpus;
		r->design->set_state(r->vgic, &s);
	}
	for (s.vcpu = 0; s.vcpu < r->config.nr_vcpus; s.vcpu++) {
		s.prio = 0x80;
		s.target = s.vcpu;
		for (s.irq = 0; s.irq < 16; s.irq++) {
			s.edge = true;
			r->design->set_state(r->vgic, &s);
		}
		s.irq = RIG_TIMER;
		s.edge = false;
		r->design->set_state(r->vgic, &s);
	}
	r->design->set_enabled(r->vgic, true);
}

/* Every accepted edge was acknowledged after it came, and nothing came from nowhere. */
static void st_check_end(struct stress *st)
{
	for (uint32_t irq = 32; irq < st->r->config.nr_irqs; irq++) {
		if (st->nr_acked[irq] && !st->nr_injected[irq] && !st->cfg->enable_writes &&
		    !st->cfg->active_writes)
			fail_msg("INTID %u was delivered but never injected", irq);
		if (st->cfg->enable_writes || st->cfg->active_writes)
			continue;
		if ((irq & 1) && st->nr_acked[irq] > st->nr_injected[irq])
			fail_msg("edge %u: more acknowledges than injections", irq);
		if (st->nr_injected[irq] && vt_before(st->acked[irq], st->injected[irq]))
			fail_msg("INTID %u: the last injection was not delivered", irq);
	}
}

static void st_spawn(struct stress *st)
{
	struct rig *r = st->r;
	unsigned int v, t;

	for (v = 0; v < r->config.nr_vcpus; v++) {
		st->vcpus[v] = (struct stress_vcpu){
			.st = st, .v = v, .rng = r->config.seed * 1000003 + v * 7919 + 1
		};
		machine_spawn(r->m, v, st_vcpu, &st->vcpus[v]);
	}
	for (t = 0; t < r->config.nr_threads; t++) {
		st->threads[t] = (struct stress_thread){
			.st = st, .t = t, .rng = r->config.seed * 1000003 + t * 104729 + 500009
		};
		machine_spawn(r->m, rig_thread(r, t), st_thread, &st->threads[t]);
	}
}

static void st_no_director(struct plat_cpu *cpu, void *arg)
{
}

static bool st_quiescent(void *priv)
{
	return false;
}

void rig_stress(const struct rig_config *config, const struct rig_stress *stress,
		struct rig_stress_result *result)
{
	struct machine_stats stats;
	struct err err = { 0 };
	struct stress *st;
	struct rig r;
	int rc;

	if (rig_build(&r, config, &err))
		fail_msg("%s", err.msg);
	st = calloc(1, sizeof(*st));
	assert_non_null(st);
	st->r = &r;
	st->cfg = stress;
	st->vcpus = calloc(r.config.nr_vcpus, sizeof(*st->vcpus));
	st->threads = calloc(r.config.nr_threads, sizeof(*st->threads));
	assert_true(st->vcpus && st->threads);
	st->vcpus_left = r.config.nr_vcpus;
	st->threads_left = r.config.nr_threads;
	st_initial_state(&r);
	st_spawn(st);
	machine_spawn(r.m, r.s->nr_actors - 1, st_no_director, NULL);
	rc = machine_run(r.m, st_quiescent, &r, &err);
	if (rc)
		fail_msg("%s", err.msg);
	st_check_end(st);
	machine_stats(r.m, &stats);
	*result = (struct rig_stress_result){
		.fingerprint = machine_fingerprint(r.m),
		.end = stats.end,
		.locks = stats.locks,
		.insns = stats.insns,
	};
	for (unsigned int i = 0; i < r.config.nr_irqs; i++) {
		result->acks += st->nr_acked[i];
		result->injected += st->nr_injected[i];
	}
	for (unsigned int v = 0; v < r.config.nr_vcpus; v++)
		result->ends_missed += st->vcpus[v].ends_missed;
	free(st->vcpus);
	free(st->threads);
	free(st);
	rig_teardown(&r);
}
