/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The designs that are stepped, and the steps that all of them have. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "work-int.h"

const struct work_design work_designs[] = {
	{ "kvm-legacy", "4.6.2", LOCK_TICKET },
	{ "kvm-aplist", "4.8.17", LOCK_TICKET },
	{ "kvm-aplist-6.1", "6.1", LOCK_QUEUED },
	{ 0 },
};

struct sink {
	work_seen_fn *seen;
	void *priv;
};

int work_measure(const struct work_config *c, work_seen_fn *seen, void *priv, struct err *err)
{
	struct sink sink = { .seen = seen, .priv = priv };
	struct rig_config rc = {
		.design = c->d->design,
		.gic = c->gic,
		.nr_vcpus = c->nr_vcpus,
		.nr_irqs = c->nr_irqs,
		.lock = c->d->lock,
	};
	rig_script_fn *const *script;
	unsigned int nr;
	int rc_script = 0;

	script = !strcmp(c->d->design, "kvm-legacy") ? work_legacy_scripts(&nr)
						     : work_aplist_scripts(&nr);
	for (unsigned int i = 0; !rc_script && i < nr; i++)
		rc_script = rig_try(&rc, script[i], &sink, err);
	return rc_script;
}

void work_row(struct rig *r, const char *function, uint64_t insns, const char *situation, ...)
{
	struct sink *s = rig_arg(r);
	char text[96];
	va_list ap;

	va_start(ap, situation);
	vsnprintf(text, sizeof(text), situation, ap);
	va_end(ap);
	s->seen(s->priv, function, text, insns);
}

void work_entry_row(struct rig *r, const char *function, unsigned int lrs, uint64_t insns,
		    const char *situation)
{
	char name[80];

	snprintf(name, sizeof(name), "%s [LRs written by flush=%u]", function, lrs);
	work_row(r, name, insns, "%s", situation);
}

static void op_step(struct plat_cpu *cpu, void *arg)
{
	struct op *op = arg;
	uint64_t before = cpu_insns(cpu);

	op->fn(op, cpu);
	if (!op->counted)
		op->insns = cpu_insns(cpu) - before;
}

uint64_t op_run(struct op op)
{
	rig_on(op.r, op.v, op_step, &op);
	return op.insns;
}

/* ---- hooks ------------------------------------------------------------------ */

static void op_flush(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->flush(op->r->vgic, cpu, op->v);
}

static void op_sync(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->sync(op->r->vgic, cpu, op->v);
}

static void op_timer_flush(struct op *op, struct plat_cpu *cpu)
{
	if (op->r->design->timer_flush)
		op->r->design->timer_flush(op->r->vgic, cpu, op->v);
}

static void op_pending(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->pending(op->r->vgic, cpu, op->v);
}

static void op_inject(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->inject(op->r->vgic, cpu, op->v, (uint32_t)op->a, op->b, op->flag);
}

static void op_sgi(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->sysreg_write(op->r->vgic, cpu, op->v, SYSREG_ICC_SGI1R_EL1, op->a);
}

static void op_mmio(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->mmio(op->r->vgic, cpu, op->v, op->flag, op->a, (unsigned int)(op->b >> 32),
			    &(uint64_t){ (uint32_t)op->b });
}

uint64_t work_flush(struct rig *r, unsigned int v)
{
	return OP(.v = v, .fn = op_flush);
}

uint64_t work_sync(struct rig *r, unsigned int v)
{
	return OP(.v = v, .fn = op_sync);
}

uint64_t work_timer_flush(struct rig *r, unsigned int v)
{
	return OP(.v = v, .fn = op_timer_flush);
}

uint64_t work_pending(struct rig *r, unsigned int v)
{
	return OP(.v = v, .fn = op_pending);
}

uint64_t work_inject(struct rig *r, unsigned int v, uint32_t irq, bool level)
{
	return OP(.v = v, .fn = op_inject, .a = irq, .b = level);
}

uint64_t work_timer(struct rig *r, unsigned int v, bool level)
{
	return OP(.v = v, .fn = op_inject, .a = RIG_TIMER, .b = level, .flag = true);
}

uint64_t work_mmio(struct rig *r, unsigned int v, bool write, uint64_t gpa, unsigned int len,
		   uint64_t val)
{
	return OP(.v = v, .fn = op_mmio, .a = gpa, .b = (uint64_t)len << 32 | val, .flag = write);
}

uint64_t work_sgi(struct rig *r, unsigned int v, unsigned int sgi, uint64_t to)
{
	uint64_t lowest = (uint64_t)__builtin_ctzll(to), val;

	if (r->config.gic == 2) { /* GICD_SGIR */
		val = to == WORK_ALL ? 1u << 24 : to << 16;
		return work_mmio(r, v, true, RIG_GICD + 0xf00, 4, val | sgi);
	}
	/* Targets in one affinity cluster of 16. */
	val = to == WORK_ALL ? UINT64_C(1) << 40 : lowest / 16 << 16 | to >> lowest / 16 * 16;
	return OP(.v = v, .fn = op_sgi, .a = (uint64_t)sgi << 24 | val);
}

/* ---- situations ---------------------------------------------------------------- */

void work_guest_takes(struct rig *r, unsigned int v, unsigned int n, bool end)
{
	rig_enter(r, v);
	for (unsigned int i = 0; i < n; i++) {
		struct gic_lr lr = rig_ack(r, v);

		if (end && lr.irq != GIC_SPURIOUS)
			rig_eoi(r, v, lr.irq, lr.src);
	}
	rig_leave(r, v);
}

void work_end(struct rig *r, unsigned int v, uint32_t irq)
{
	for (unsigned int n = 0; n < r->config.nr_lrs; n++) {
		struct gic_lr lr = rig_lr(r, v, n);

		if (lr.active && lr.irq == irq) {
			rig_eoi(r, v, irq, lr.src);
			return;
		}
	}
	rig_expect(r, false);
}

static void op_sleep(struct op *op, struct plat_cpu *cpu)
{
	if (op->flag)
		vcpu_sleep_prepare(cpu);
	else
		vcpu_sleep_cancel(cpu);
}

void work_sleep(struct rig *r, unsigned int v, bool asleep)
{
	OP(.v = v, .fn = op_sleep, .flag = asleep);
}
