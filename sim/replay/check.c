/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the oracle what happens, in the order of simulated time: each settles
 * first. All are no-ops in a run without --check.
 */
#include "run.h"
#include "setup.h"

/* What a kick or a wake-up takes beyond the host's costs: lines, locks, code after it. */
#define CHECK_SLACK VT_US(1)

static void set_state(void *priv, const struct vgic_irq_state *st)
{
	struct oracle_state state = {
		.irq = st->irq,
		.vcpu = st->vcpu,
		.target = st->target,
		.enabled = st->enabled,
		.pending = st->pending,
		.line = st->line,
		.active = st->active,
		.edge = st->edge,
		.prio = st->prio,
	};

	oracle_set_state(priv, &state);
}

static void set_enabled(void *priv, bool enabled)
{
	oracle_set_enabled(priv, enabled);
}

int check_create(struct run *r, struct err *err)
{
	/* As much of a design as the setting-up of the state needs. */
	static const struct vgic_design as_design = {
		.name = "oracle",
		.set_state = set_state,
		.set_enabled = set_enabled,
	};
	const struct host *h = r->o->host;
	struct oracle_config c = {
		.gic = r->config.gic,
		.nr_vcpus = r->nr_vcpus,
		.nr_irqs = r->config.nr_irqs,
		.nr_lrs = r->nr_lrs,
		.timer_ppi = r->config.timer_ppi,
		.gicd = r->config.frames.gicd,
		.gicd_size = r->config.frames.gicd_size,
		.gicr = r->config.frames.gicr,
		.gicr_size = r->config.frames.gicr_size,
		.kick_ps = vt_add(h->c[HK_SGI_PHYS].time, CHECK_SLACK).ps,
		.wake_ps = vt_add(vt_add(h->c[HK_WFI_BLOCK].time, h->c[HK_WFI_WAKE].time),
				  vt_add(h->c[HK_WAKE_SEND].time, CHECK_SLACK))
				   .ps,
		.declared = r->design->declared,
	};

	r->oracle = oracle_create(&c);
	if (!r->oracle)
		return err_set(err, ERR_NOMEM, "out of memory for the check");
	setup_state(&as_design, r->oracle, &r->config, stream_head(r->stream));
	return 0;
}

static struct oracle *settled(struct run *r, struct plat_cpu *cpu)
{
	if (r->oracle)
		cpu_settle(cpu);
	return r->oracle;
}

void check_inject(struct run *r, struct plat_cpu *cpu, enum oracle_phase phase, unsigned int vcpu,
		  uint32_t irq, bool level)
{
	struct oracle *o = settled(r, cpu);

	if (o)
		oracle_inject(o, phase, cpu_now(cpu).ps, vcpu, irq, level);
}

void check_mmio(struct vcpu *v, enum oracle_phase phase, const struct trace_rec *rec)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o && rec->d.mmio.write)
		oracle_write(o, phase, cpu_now(v->cpu).ps, v->id, rec->d.mmio.gpa, rec->d.mmio.len,
			     rec->d.mmio.val);
}

void check_sgi(struct vcpu *v, enum oracle_phase phase, uint32_t reg, uint64_t val)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o && reg == SYSREG_ICC_SGI1R_EL1)
		oracle_sgi1r(o, phase, cpu_now(v->cpu).ps, v->id, val);
}

void check_flush(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_flush(o, cpu_now(v->cpu).ps, v->id);
}

void check_entry(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);
	uint64_t lr[GIC_MAX_LRS];

	if (!o)
		return;
	for (unsigned int n = 0; n < v->run->nr_lrs; n++)
		lr[n] = vif_lr(v->cpu, n);
	oracle_enter(o, cpu_now(v->cpu).ps, v->id, lr);
}

void check_exit(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_exit(o, cpu_now(v->cpu).ps, v->id);
}

void check_ack(struct vcpu *v, const struct gic_lr *lr)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_ack(o, cpu_now(v->cpu).ps, v->id, lr);
}

void check_eoi(struct vcpu *v, uint32_t irq, uint32_t src, bool found)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_eoi(o, cpu_now(v->cpu).ps, v->id, irq, src, found);
}

struct vtime check_wfi(struct vcpu *v)
{
	settled(v->run, v->cpu);
	return cpu_now(v->cpu);
}

void check_sleep(struct vcpu *v, struct vtime since)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_sleep(o, since.ps, v->id);
}

void check_wake(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_wake(o, cpu_now(v->cpu).ps, v->id);
}
