// SPDX-License-Identifier: GPL-2.0-or-later
/* The rig for designs: see rig.h. */
#include <stdlib.h>
#include <string.h>

#include "rig-priv.h"

/* ---- the machine ----------------------------------------------------------- */

static void host_time(struct host *h, enum host_key key, uint64_t ps)
{
	h->c[key].time = VT_PS(ps);
	h->c[key].tag = COST_ASSUMED;
}

static void host_count(struct host *h, enum host_key key, uint64_t n)
{
	h->c[key].count = n;
	h->c[key].tag = COST_ASSUMED;
}

/* Round figures: tests of designs must not depend on any real host's profile. */
static void rig_host(struct host *h, const struct rig_config *c)
{
	strcpy(h->name, "rig");
	for (int k = 0; k < HK_NR; k++)
		host_time(h, k, 20 * 1000);
	host_count(h, HK_CPUS, 512);
	host_count(h, HK_CLUSTER_CPUS, 4);
	host_count(h, HK_DIE_CPUS, 32);
	host_count(h, HK_SOCKET_CPUS, 128);
	host_count(h, HK_CLOCK_KHZ, 2000000);
	host_count(h, HK_GIC, c->gic);
	host_count(h, HK_NR_LRS, c->nr_lrs);
	host_count(h, HK_PRI_BITS, 5);
	host_count(h, HK_VHE, c->vhe);
	host_count(h, HK_INSN_PS, 250);
	host_count(h, HK_ATOMIC_MODE, 2);
	host_time(h, HK_L1, 2000);
	host_time(h, HK_LLC, 15000);
	host_time(h, HK_DRAM, 90000);
	host_time(h, HK_C2C_NEAR, 30000);
	host_time(h, HK_C2C_DIE, 60000);
	host_time(h, HK_C2C_XDIE, 90000);
	host_time(h, HK_C2C_XSOCK, 200000);
	host_time(h, HK_SGI_PHYS, 400000);
}

static void rig_probe_lock(void *priv, const struct lock_event *ev)
{
	struct rig *r = priv;

	for (int i = 0; i < RIG_MAX_CLASSES; i++) {
		if (!r->s->classes[i].name)
			r->s->classes[i].name = ev->class->name;
		if (!strcmp(r->s->classes[i].name, ev->class->name)) {
			r->s->classes[i].locks++;
			return;
		}
	}
}

static void rig_probe_kick(void *priv, unsigned int by_cpu, unsigned int vcpu,
			   enum plat_kicked result, struct vtime at)
{
	struct rig *r = priv;

	r->s->kicks++;
	r->s->ipis += result == PLAT_KICK_IPI;
	r->s->wakes += result == PLAT_KICK_WOKEN;
}

static void rig_probe_count(void *priv, unsigned int cpu, enum plat_counter what, uint64_t n)
{
	struct rig *r = priv;

	r->s->counters[what] += n;
}

static void rig_probe_deviation(void *priv, unsigned int cpu, const char *what, struct vtime at)
{
	struct rig *r = priv;

	for (int i = 0; i < RIG_MAX_DEVIATIONS; i++) {
		if (!r->s->deviations[i].what)
			r->s->deviations[i].what = what;
		if (!strcmp(r->s->deviations[i].what, what)) {
			r->s->deviations[i].n++;
			return;
		}
	}
}

static const struct machine_probe rig_probe = {
	.lock = rig_probe_lock,
	.kick = rig_probe_kick,
	.count = rig_probe_count,
	.deviation = rig_probe_deviation,
};

static void rig_vgic_config(struct rig *r)
{
	const struct rig_config *c = &r->config;

	r->vgic_config = (struct vgic_config){
		.gic = c->gic,
		.nr_vcpus = c->nr_vcpus,
		.nr_irqs = c->nr_irqs,
		.nr_lrs = c->nr_lrs,
		.nr_apr_bits = 5,
		.frames = { .gicd = RIG_GICD, .gicd_size = c->gic == 2 ? 0x1000 : 0x10000 },
		.timer_ppi = c->no_timer ? 0 : RIG_TIMER,
		.timer_hw_irq = c->no_timer ? 0 : RIG_TIMER,
		.vhe = c->vhe,
	};
	if (c->gic == 3) {
		r->vgic_config.frames.gicr = RIG_GICR;
		r->vgic_config.frames.gicr_size = 0x20000;
	}
}

int rig_build(struct rig *r, const struct rig_config *config, struct err *err)
{
	struct machine_config mc = { 0 };

	*r = (struct rig){ .config = *config };
	if (!r->config.nr_threads)
		r->config.nr_threads = 1;
	if (!r->config.nr_irqs)
		r->config.nr_irqs = 96;
	if (!r->config.nr_lrs)
		r->config.nr_lrs = 4;
	r->design = vgic_design_find(r->config.design);
	if (!r->design)
		return err_set(err, ERR_USAGE, "%s: no such design", r->config.design);
	r->s = calloc(1, sizeof(*r->s));
	if (!r->s)
		goto no_memory;
	r->s->nr_actors = r->config.nr_vcpus + r->config.nr_threads + 1;
	r->s->cmd = calloc(r->s->nr_actors, sizeof(*r->s->cmd));
	if (!r->s->cmd)
		goto no_memory;
	rig_host(&r->s->host, &r->config);
	mc.host = &r->s->host;
	mc.lock = r->config.lock;
	mc.gic = r->config.gic;
	mc.nr_lrs = r->config.nr_lrs;
	mc.nr_vcpus = r->config.nr_vcpus;
	mc.nr_others = r->config.nr_threads + 1;
	mc.seed = r->config.seed;
	mc.explore = r->config.explore;
	mc.reference = r->config.reference;
	mc.probe = &rig_probe;
	mc.probe_priv = r;
	r->m = machine_create(&mc, err);
	if (!r->m)
		goto failed;
	rig_vgic_config(r);
	r->vgic = r->design->create(machine_vm(r->m), &r->vgic_config);
	if (!r->vgic)
		goto no_memory;
	for (unsigned int i = 0; i < r->s->nr_actors; i++) {
		r->s->cmd[i].rig = r;
		r->s->cmd[i].actor = i;
	}
	return 0;
no_memory:
	err_set(err, ERR_NOMEM, "out of memory for the rig");
failed:
	rig_teardown(r);
	return err->code;
}

void rig_teardown(struct rig *r)
{
	if (r->vgic)
		r->design->destroy(r->vgic);
	machine_destroy(r->m);
	if (r->s)
		free(r->s->cmd);
	free(r->s);
}

/* ---- the script and its actors ----------------------------------------------- */

static void rig_actor(struct plat_cpu *cpu, void *arg)
{
	struct rig_cmd *c = arg;
	struct rig_state *s = c->rig->s;

	for (;;) {
		while (!c->fn && !c->quit)
			cpu_block(cpu, COMP_SLEEP);
		if (c->quit)
			return;
		s->current = cpu;
		c->fn(cpu, c->arg);
		s->current = s->director;
		c->fn = NULL;
		cpu_wake(s->director, cpu_now(cpu));
	}
}

static void rig_director(struct plat_cpu *cpu, void *arg)
{
	struct rig *r = arg;

	r->s->director = cpu;
	r->s->current = cpu;
	r->s->script(r);
	for (unsigned int i = 0; i + 1 < r->s->nr_actors; i++) {
		r->s->cmd[i].quit = true;
		cpu_wake(machine_cpu(r->m, i), cpu_now(cpu));
	}
}

static bool rig_quiescent(void *priv)
{
	return false;
}

int rig_try(const struct rig_config *config, rig_script_fn *script, void *arg, struct err *err)
{
	struct rig r;
	int rc = rig_build(&r, config, err);

	if (rc)
		return rc;
	r.s->script = script;
	r.s->arg = arg;
	for (unsigned int i = 0; i + 1 < r.s->nr_actors; i++)
		machine_spawn(r.m, i, rig_actor, &r.s->cmd[i]);
	machine_spawn(r.m, r.s->nr_actors - 1, rig_director, &r);
	rc = machine_run(r.m, rig_quiescent, &r, err);
	rig_teardown(&r);
	return rc;
}

void *rig_arg(const struct rig *r)
{
	return r->s->arg;
}

unsigned int rig_thread(const struct rig *r, unsigned int t)
{
	return r->config.nr_vcpus + t;
}

void rig_on(struct rig *r, unsigned int actor, void (*fn)(struct plat_cpu *cpu, void *arg),
	    void *arg)
{
	struct rig_cmd *c = &r->s->cmd[actor];

	c->arg = arg;
	c->fn = fn;
	cpu_wake(machine_cpu(r->m, actor), cpu_now(r->s->director));
	while (c->fn)
		cpu_block(r->s->director, COMP_SLEEP);
}

/* ---- the run loop's steps ------------------------------------------------------ */

static void step_flush(struct plat_cpu *cpu, void *arg)
{
	struct rig_cmd *c = arg;
	struct rig *r = c->rig;

	if (!c->loaded && r->design->load)
		r->design->load(r->vgic, cpu, c->actor);
	c->loaded = true;
	if (r->design->timer_flush)
		r->design->timer_flush(r->vgic, cpu, c->actor);
	r->design->flush(r->vgic, cpu, c->actor);
}

static void step_enter(struct plat_cpu *cpu, void *arg)
{
	struct rig_cmd *c = arg;

	const struct vgic_design *d = c->rig->design;

	for (c->given_up = 0;; c->given_up++) {
		plat_irq_off(cpu);
		rig_expect(c->rig, vcpu_enter(cpu));
		if (!d->enter_check || d->enter_check(c->rig->vgic, cpu, c->actor))
			break;
		rig_expect(c->rig, c->given_up < 2);
		vcpu_leave(cpu);
		d->sync(c->rig->vgic, cpu, c->actor);
		plat_irq_on(cpu);
		d->flush(c->rig->vgic, cpu, c->actor);
	}
	d->restore(c->rig->vgic, cpu, c->actor);
}

static void step_leave(struct plat_cpu *cpu, void *arg)
{
	struct rig_cmd *c = arg;

	/* Long enough for an IPI that is on its way. */
	c->kicked = vcpu_run(cpu, vt_add(cpu_now(cpu), VT_US(5))) == GUEST_IPI;
	c->rig->design->save(c->rig->vgic, cpu, c->actor);
	vcpu_leave(cpu);
	plat_irq_on(cpu);
}

static void step_sync(struct plat_cpu *cpu, void *arg)
{
	struct rig_cmd *c = arg;

	c->rig->design->sync(c->rig->vgic, cpu, c->actor);
}

void rig_flush(struct rig *r, unsigned int v)
{
	rig_on(r, v, step_flush, &r->s->cmd[v]);
}

void rig_enter(struct rig *r, unsigned int v)
{
	rig_on(r, v, step_enter, &r->s->cmd[v]);
}

void rig_leave(struct rig *r, unsigned int v)
{
	rig_on(r, v, step_leave, &r->s->cmd[v]);
}

void rig_sync(struct rig *r, unsigned int v)
{
	rig_on(r, v, step_sync, &r->s->cmd[v]);
}

void rig_entry(struct rig *r, unsigned int v)
{
	rig_flush(r, v);
	rig_enter(r, v);
}

void rig_exit(struct rig *r, unsigned int v)
{
	rig_leave(r, v);
	rig_sync(r, v);
}

unsigned int rig_given_up(struct rig *r, unsigned int v)
{
	return r->s->cmd[v].given_up;
}

bool rig_was_kicked(struct rig *r, unsigned int v)
{
	return r->s->cmd[v].kicked;
}

struct step_inject {
	struct rig *r;
	unsigned int vcpu;
	uint32_t irq;
	bool level, mapped;
	int rc;
};

static void step_inject(struct plat_cpu *cpu, void *arg)
{
	struct step_inject *i = arg;

	i->rc = i->r->design->inject(i->r->vgic, cpu, i->vcpu, i->irq, i->level, i->mapped);
}

void rig_inject(struct rig *r, unsigned int t, unsigned int vcpu, uint32_t irq, bool level)
{
	struct step_inject i = { .r = r, .vcpu = vcpu, .irq = irq, .level = level };

	rig_on(r, rig_thread(r, t), step_inject, &i);
	rig_expect_eq(r, i.rc, 0);
}

void rig_inject_self(struct rig *r, unsigned int v, uint32_t irq, bool level, bool mapped)
{
	struct step_inject i = { .r = r, .vcpu = v, .irq = irq, .level = level, .mapped = mapped };

	rig_on(r, v, step_inject, &i);
	rig_expect_eq(r, i.rc, 0);
}

void rig_timer_low(struct rig *r, unsigned int v)
{
	if (r->design->timer_line)
		r->design->timer_line(r->vgic, v, false);
	else
		rig_inject_self(r, v, RIG_TIMER, false, true);
}

struct step_mmio {
	struct rig *r;
	unsigned int v, len;
	bool write;
	uint64_t gpa, *val;
	enum vgic_handled rc;
};

static void step_mmio(struct plat_cpu *cpu, void *arg)
{
	struct step_mmio *m = arg;

	m->rc = m->r->design->mmio(m->r->vgic, cpu, m->v, m->write, m->gpa, m->len, m->val);
}

enum vgic_handled rig_mmio(struct rig *r, unsigned int v, bool write, uint64_t gpa,
			   unsigned int len, uint64_t *val)
{
	struct step_mmio m = { .r = r, .v = v, .len = len, .write = write, .gpa = gpa, .val = val };

	rig_on(r, v, step_mmio, &m);
	return m.rc;
}

uint64_t rig_read(struct rig *r, unsigned int v, uint64_t gpa, unsigned int len)
{
	uint64_t val = UINT64_C(0xdeadbeefdeadbeef);

	rig_expect_eq(r, rig_mmio(r, v, false, gpa, len, &val), VGIC_DONE);
	return val;
}

void rig_write(struct rig *r, unsigned int v, uint64_t gpa, unsigned int len, uint64_t val)
{
	rig_expect_eq(r, rig_mmio(r, v, true, gpa, len, &val), VGIC_DONE);
}

static void step_sgi1r(struct plat_cpu *cpu, void *arg)
{
	struct step_mmio *m = arg;

	m->rc = m->r->design->sysreg_write(m->r->vgic, cpu, m->v, SYSREG_ICC_SGI1R_EL1, m->gpa);
}

void rig_sgi1r(struct rig *r, unsigned int v, uint64_t val)
{
	struct step_mmio m = { .r = r, .v = v, .gpa = val };

	rig_on(r, v, step_sgi1r, &m);
	rig_expect_eq(r, m.rc, VGIC_DONE);
}

struct step_pending {
	struct rig *r;
	unsigned int v;
	bool pending;
};

static void step_pending(struct plat_cpu *cpu, void *arg)
{
	struct step_pending *p = arg;

	p->pending = p->r->design->pending(p->r->vgic, cpu, p->v);
}

bool rig_pending(struct rig *r, unsigned int v)
{
	struct step_pending p = { .r = r, .v = v };

	rig_on(r, v, step_pending, &p);
	return p.pending;
}

/* ---- the guest -------------------------------------------------------------------- */

struct gic_lr rig_ack(struct rig *r, unsigned int v)
{
	struct plat_cpu *cpu = machine_cpu(r->m, v);
	struct gic_lr lr = { 0 };
	int n = vif_highest_pending(cpu, &lr);

	if (n < 0)
		return (struct gic_lr){ .irq = GIC_SPURIOUS };
	vif_ack(cpu, (unsigned int)n);
	return lr;
}

void rig_eoi(struct rig *r, unsigned int v, uint32_t irq, unsigned int src)
{
	rig_expect(r, vif_eoi(machine_cpu(r->m, v), irq, src));
}

uint64_t rig_lr_raw(struct rig *r, unsigned int v, unsigned int n)
{
	return vif_lr(machine_cpu(r->m, v), n);
}

struct gic_lr rig_lr(struct rig *r, unsigned int v, unsigned int n)
{
	return gic_lr_decode(r->config.gic, rig_lr_raw(r, v, n));
}

unsigned int rig_lrs_used(struct rig *r, unsigned int v)
{
	unsigned int used = 0;

	for (unsigned int n = 0; n < r->config.nr_lrs; n++) {
		struct gic_lr lr = rig_lr(r, v, n);

		used += lr.pending || lr.active;
	}
	return used;
}

bool rig_underflow(struct rig *r, unsigned int v)
{
	return vif_hcr(machine_cpu(r->m, v)) & GICH_HCR_UIE;
}

uint32_t rig_misr(struct rig *r, unsigned int v)
{
	return vif_misr(machine_cpu(r->m, v));
}

/* ---- counts ------------------------------------------------------------------------ */

void rig_reset_counts(struct rig *r)
{
	struct rig_state *s = r->s;

	memset(s->classes, 0, sizeof(s->classes));
	memset(s->deviations, 0, sizeof(s->deviations));
	memset(s->counters, 0, sizeof(s->counters));
	s->ipis = s->kicks = s->wakes = 0;
}

unsigned int rig_locks(struct rig *r, const char *lock_class)
{
	for (int i = 0; i < RIG_MAX_CLASSES && r->s->classes[i].name; i++)
		if (!strcmp(r->s->classes[i].name, lock_class))
			return r->s->classes[i].locks;
	return 0;
}

unsigned int rig_ipis(struct rig *r)
{
	return r->s->ipis;
}

unsigned int rig_kicks(struct rig *r)
{
	return r->s->kicks;
}

unsigned int rig_wakes(struct rig *r)
{
	return r->s->wakes;
}

uint64_t rig_counter(struct rig *r, enum plat_counter what)
{
	return r->s->counters[what];
}

unsigned int rig_deviations(struct rig *r, const char *what)
{
	unsigned int n = 0;

	for (int i = 0; i < RIG_MAX_DEVIATIONS && r->s->deviations[i].what; i++)
		if (!what || !strcmp(r->s->deviations[i].what, what))
			n += r->s->deviations[i].n;
	return n;
}

uint64_t rig_insns(struct rig *r, unsigned int actor)
{
	return cpu_insns(machine_cpu(r->m, actor));
}

uint64_t rig_arena_bytes(struct rig *r, enum plat_mem what)
{
	struct machine_stats stats;

	machine_stats(r->m, &stats);
	return stats.bytes[what];
}

/* ---- expectations -------------------------------------------------------------------- */

void rig_expect_eq_at(struct rig *r, const char *file, int line, const char *what, uint64_t have,
		      uint64_t want)
{
	if (have == want)
		return;
	machine_fail(r->s->current, ERR_INVARIANT,
		     "%s:%d: %s: want %llu (0x%llx), have %llu (0x%llx)", file, line, what,
		     (unsigned long long)want, (unsigned long long)want, (unsigned long long)have,
		     (unsigned long long)have);
}

void rig_expect_lr_at(struct rig *r, const char *file, int line, unsigned int v, unsigned int n,
		      uint32_t irq, const char *state)
{
	struct gic_lr lr = rig_lr(r, v, n);
	char have[8] = "";
	char *p = have;

	if (lr.pending)
		*p++ = 'P';
	if (lr.active)
		*p++ = 'A';
	if ((lr.pending || lr.active) && lr.eoi)
		*p++ = 'E';
	if ((lr.pending || lr.active) && lr.hw)
		*p++ = 'H';
	*p = 0;
	if (!strcmp(have, state) && (!*state || lr.irq == irq))
		return;
	machine_fail(r->s->current, ERR_INVARIANT,
		     "%s:%d: vCPU %u LR%u: want %u \"%s\", have %u \"%s\"", file, line, v, n, irq,
		     state, lr.irq, have);
}
