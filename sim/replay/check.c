/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the oracle and the deliveries what happens, in the order of simulated time:
 * each settles first. All are no-ops in a run without them. What a log wants to know
 * at the same places is told it from here.
 */
#include "gic.h"
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

static int create_oracle(struct run *r, struct err *err)
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

/* What a level line or an edge had done before the trace begins. */
static void set_sent(void *priv, const struct vgic_irq_state *st)
{
	struct delivery_irq id = { st->irq, st->vcpu, DELIVERIES_ANY };
	struct run *r = priv;

	if (!gic_is_private(st->irq))
		id.vcpu = DELIVERIES_ANY;
	deliveries_set_edge(r->deliveries, st->irq, st->edge);
	if (!st->pending && !st->line)
		return;
	deliveries_send(r->deliveries, 0, 0, 0, 0, 0, id);
	deliveries_sent(r->deliveries, 0, 0, true);
}

static void set_nothing(void *priv, bool enabled)
{
}

static int create_deliveries(struct run *r, struct err *err)
{
	static const struct vgic_design as_design = {
		.name = "deliveries",
		.set_state = set_sent,
		.set_enabled = set_nothing,
	};

	r->deliveries =
		deliveries_create(r->nr_vcpus, r->config.nr_irqs, r->nr_vcpus + r->nr_others);
	if (!r->deliveries)
		return err_set(err, ERR_NOMEM, "out of memory for the deliveries");
	setup_state(&as_design, r, &r->config, stream_head(r->stream));
	return 0;
}

int check_create(struct run *r, struct err *err)
{
	int rc = r->o->check ? create_oracle(r, err) : 0;

	return !rc && r->o->deliveries ? create_deliveries(r, err) : rc;
}

bool check_is_on(const struct run *r)
{
	return r->oracle || r->deliveries;
}

static bool settled_any(struct run *r, struct plat_cpu *cpu)
{
	if (!check_is_on(r))
		return false;
	cpu_settle(cpu);
	return true;
}

static struct oracle *settled(struct run *r, struct plat_cpu *cpu)
{
	return settled_any(r, cpu) ? r->oracle : NULL;
}

/* ---- sending --------------------------------------------------------------- */

/* GICv2 keeps the SGIs of each sender apart. */
static uint32_t source_of(const struct run *r, uint32_t irq, uint32_t src)
{
	return r->config.gic == 2 && gic_is_sgi(irq) ? src : DELIVERIES_ANY;
}

static bool sends_are_told(const struct run *r)
{
	return r->deliveries || r->o->watch;
}

static void send(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec,
		 struct delivery_irq id, struct vtime since)
{
	cpu_settle(cpu);
	log_send(r, cpu, rec->seq, id, since);
	if (r->deliveries)
		deliveries_send(r->deliveries, cpu_actor(cpu), cpu_now(cpu).ps, since.ps, rec->seq,
				rec->time_ns, id);
}

void check_send(struct run *r, struct plat_cpu *cpu, const struct trace_rec *rec, uint32_t irq,
		unsigned int vcpu, struct vtime since)
{
	struct delivery_irq id = {
		.irq = irq,
		.vcpu = gic_is_private(irq) ? vcpu : DELIVERIES_ANY,
		.src = source_of(r, irq, cpu_actor(cpu)),
	};

	if (sends_are_told(r))
		send(r, cpu, rec, id, since);
}

void check_sent(struct run *r, struct plat_cpu *cpu, bool changed)
{
	log_sent(r, cpu, changed);
	if (!r->deliveries)
		return;
	cpu_settle(cpu);
	deliveries_sent(r->deliveries, cpu_actor(cpu), cpu_now(cpu).ps, changed);
}

/* @id is made pending by @v, or not pending any more. */
static void pend(struct vcpu *v, const struct trace_rec *rec, struct delivery_irq id, bool set)
{
	if (set)
		send(v->run, v->cpu, rec, id, v->exit_started);
	else if (v->run->deliveries)
		deliveries_cleared(v->run->deliveries, cpu_now(v->cpu).ps, id);
}

/* One bit an interrupt, from @first on: ISPENDR, ICPENDR. */
static void pend_bits(struct vcpu *v, const struct trace_rec *rec, uint32_t first, uint32_t vcpu,
		      bool set)
{
	for (unsigned int i = 0; i < 8u * rec->d.mmio.len; i++) {
		struct delivery_irq id = { first + i, vcpu, DELIVERIES_ANY };

		/* GICv2: those of SGIs are read-only. */
		if (!(rec->d.mmio.val >> i & 1) || (v->run->config.gic == 2 && gic_is_sgi(id.irq)))
			continue;
		if (!gic_is_private(id.irq))
			id.vcpu = DELIVERIES_ANY;
		pend(v, rec, id, set);
	}
}

/* A byte an SGI, a bit a sender: GICv2's SPENDSGIR, CPENDSGIR. */
static void pend_sgis(struct vcpu *v, const struct trace_rec *rec, uint32_t first, bool set)
{
	for (unsigned int i = 0; i < 8u * rec->d.mmio.len; i++)
		if (rec->d.mmio.val >> i & 1)
			pend(v, rec, (struct delivery_irq){ first + i / 8, v->id, i % 8 }, set);
}

/* Registers that set or clear pending, whichever @set asks for (IHI 0048B 4.3, IHI 0069 12.9). */
static void set_pending(struct vcpu *v, const struct trace_rec *rec, bool set)
{
	const struct vgic_frames *f = &v->run->config.frames;
	uint64_t off = rec->d.mmio.gpa - f->gicd, base = set ? 0x200 : 0x280;
	uint64_t sgis = set ? 0xf20 : 0xf10;
	bool v2 = v->run->config.gic == 2;

	if (off >= base && off < base + 0x80) {
		if (v2 || off >= base + 4)
			pend_bits(v, rec, (uint32_t)(off - base) * 8, v->id, set);
	} else if (v2 && off >= sgis && off < sgis + 0x10) {
		pend_sgis(v, rec, (uint32_t)(off - sgis), set);
	} else if (!v2 && f->gicr_size && rec->d.mmio.gpa >= f->gicr) {
		uint64_t vcpu = (rec->d.mmio.gpa - f->gicr) / f->gicr_size;

		off = (rec->d.mmio.gpa - f->gicr) % f->gicr_size;
		if (vcpu < v->run->nr_vcpus && off == 0x10000 + base)
			pend_bits(v, rec, 0, (uint32_t)vcpu, set);
	}
}

/* GICD_ICFGR<n>, from the SPIs on: two bits an interrupt, the upper one says edge. */
static void set_edges(struct run *r, const struct trace_rec *rec)
{
	uint64_t off = rec->d.mmio.gpa - r->config.frames.gicd;

	for (unsigned int i = 0; i < rec->d.mmio.len; i++) {
		uint32_t irq = (uint32_t)(off + i - 0xc00) * 4;

		if (off + i < 0xc08 || off + i >= 0xd00)
			continue;
		for (unsigned int k = 0; k < 4; k++)
			deliveries_set_edge(r->deliveries, irq + k,
					    rec->d.mmio.val >> (8 * i + 2 * k + 1) & 1);
	}
}

/* ---- each happening ---------------------------------------------------------- */

void check_inject(struct run *r, struct plat_cpu *cpu, enum oracle_phase phase, unsigned int vcpu,
		  uint32_t irq, bool level)
{
	struct oracle *o = settled(r, cpu);

	if (o)
		oracle_inject(o, phase, cpu_now(cpu).ps, vcpu, irq, level);
	if (r->deliveries && phase == ORACLE_END && !level)
		deliveries_lowered(r->deliveries, cpu_now(cpu).ps,
				   (struct delivery_irq){ irq, vcpu, DELIVERIES_ANY });
}

void check_mmio(struct vcpu *v, enum oracle_phase phase, const struct trace_rec *rec)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o && rec->d.mmio.write)
		oracle_write(o, phase, cpu_now(v->cpu).ps, v->id, rec->d.mmio.gpa, rec->d.mmio.len,
			     rec->d.mmio.val);
	if (!sends_are_told(v->run) || !rec->d.mmio.write)
		return;
	if (phase == ORACLE_BEGIN) {
		set_pending(v, rec, true);
	} else {
		set_pending(v, rec, false);
		if (v->run->deliveries)
			set_edges(v->run, rec);
	}
}

void check_sgi(struct vcpu *v, enum oracle_phase phase, uint32_t reg, uint64_t val)
{
	struct oracle *o = settled(v->run, v->cpu);

	if (o)
		oracle_sgi(o, phase, cpu_now(v->cpu).ps, v->id, reg, val);
}

void check_flush(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);

	log_flush(v);
	if (o)
		oracle_flush(o, cpu_now(v->cpu).ps, v->id);
	if (v->run->deliveries)
		deliveries_flush(v->run->deliveries, v->id, cpu_now(v->cpu).ps);
}

void check_kick(struct run *r, unsigned int by, unsigned int vcpu, struct vtime at)
{
	if (r->deliveries)
		deliveries_kicked(r->deliveries, by, vcpu, at.ps);
}

void check_lock(struct run *r, const struct lock_event *ev)
{
	if (r->deliveries && ev->cpu < r->nr_vcpus)
		deliveries_flush_locked(r->deliveries, ev->cpu, ev->got.ps);
}

void check_entry(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);
	uint64_t lr[GIC_MAX_LRS];

	if (v->run->deliveries)
		deliveries_entry(v->run->deliveries, v->id, cpu_now(v->cpu).ps);
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
	if (v->run->deliveries)
		deliveries_ack(v->run->deliveries, v->id, cpu_now(v->cpu).ps,
			       (struct delivery_irq){ lr->irq, v->id,
						      source_of(v->run, lr->irq, lr->src) });
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

	log_sleep(v);
	if (o)
		oracle_sleep(o, since.ps, v->id);
}

void check_wake(struct vcpu *v)
{
	struct oracle *o = settled(v->run, v->cpu);

	log_wake(v);
	if (o)
		oracle_wake(o, cpu_now(v->cpu).ps, v->id);
}
