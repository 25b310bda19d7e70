// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The instructions that kvm-legacy charges against those that a real 4.6.2 kernel
 * spent in the same functions (GICv3, 4 list registers, 288 interrupt ids unless
 * said; counted by an emulator, EL2 excluded). The way ids scale was measured in
 * a build with the function tracer: there only the increments are compared.
 *
 * Prints the whole table; no row may be off by more than 10 percent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "design-test.h"
#include "vgic-kvm-legacy.h"

static unsigned int rows, rows_over_5, rows_over_10;

static void row(const char *what, unsigned int vcpus, int64_t have, int64_t want)
{
	int64_t off = have > want ? have - want : want - have;

	rows++;
	rows_over_5 += off * 20 > want;
	rows_over_10 += off * 10 > want;
	printf("%-44s %u vCPUs  want %5lld  have %5lld  %+6.1f %%\n", what, vcpus, (long long)want,
	       (long long)have, 100.0 * (double)(have - want) / (double)want);
}

/* ---- measuring one call ----------------------------------------------------------- */

enum op {
	OP_FLUSH,
	OP_SYNC,
	OP_INJECT,
	OP_TIMER_FLUSH,
	OP_PENDING,
	OP_MMIO,
	OP_SGI,
	OP_COMPUTE,
	OP_UPDATE,
	OP_KICK_ALL,
	OP_HANDLER,
};

struct call {
	struct rig *r;
	enum op op;
	unsigned int v, irq, len;
	bool level, mapped, write;
	uint64_t addr, val;
	const struct lgc_range *range;
	int64_t insns;
};

static void call_handler(struct plat_cpu *cpu, struct call *c)
{
	struct lgc_mmio m = {
		.cpu = cpu, .vcpu = c->v, .target = c->v, .write = c->write, .len = c->len
	};

	m.data = (uint32_t)c->val;
	c->range->handle(c->r->vgic, &m, (uint32_t)c->addr);
}

static void call_do(struct plat_cpu *cpu, void *arg)
{
	struct call *c = arg;
	const struct vgic_design *d = c->r->design;
	struct legacy_vgic *vgic = c->r->vgic;
	bool inside = c->op == OP_COMPUTE || c->op == OP_UPDATE || c->op == OP_HANDLER;
	uint64_t before;

	/* What runs with dist->lock held is counted without it. */
	if (inside)
		plat_lock(cpu, &vgic->lock);
	before = cpu_insns(cpu);
	switch (c->op) {
	case OP_FLUSH:
		d->flush(vgic, cpu, c->v);
		break;
	case OP_SYNC:
		d->sync(vgic, cpu, c->v);
		break;
	case OP_INJECT:
		d->inject(vgic, cpu, c->v, c->irq, c->level, c->mapped);
		break;
	case OP_TIMER_FLUSH:
		d->timer_flush(vgic, cpu, c->v);
		break;
	case OP_PENDING:
		d->pending(vgic, cpu, c->v);
		break;
	case OP_MMIO:
		d->mmio(vgic, cpu, c->v, c->write, c->addr, c->len, &c->val);
		break;
	case OP_SGI:
		d->sysreg_write(vgic, cpu, c->v, SYSREG_ICC_SGI1R_EL1, c->val);
		break;
	case OP_COMPUTE:
		lgc_compute_pending(vgic, cpu, c->v);
		break;
	case OP_UPDATE:
		lgc_update_state(vgic, cpu);
		break;
	case OP_KICK_ALL:
		lgc_kick_all(vgic, cpu);
		break;
	case OP_HANDLER:
		call_handler(cpu, c);
		break;
	}
	c->insns = (int64_t)(cpu_insns(cpu) - before);
	if (inside)
		plat_unlock(cpu, &vgic->lock);
}

static int64_t insns_of(struct rig *r, struct call c)
{
	c.r = r;
	rig_on(r, c.v, call_do, &c);
	return c.insns;
}

#define INSNS(...) insns_of(r, (struct call){ __VA_ARGS__ })

/* ---- a vCPU in a known state --------------------------------------------------------- */

static void prepare(struct rig *r)
{
	struct vgic_irq_state s = { .enabled = true, .irq = RIG_TIMER };

	for (s.vcpu = 0; s.vcpu < r->config.nr_vcpus; s.vcpu++)
		r->design->set_state(r->vgic, &s);
	r->design->set_enabled(r->vgic, true);
}

static void timer(struct rig *r, unsigned int v, bool level)
{
	rig_inject_self(r, v, RIG_TIMER, level, true);
}

static int64_t flush(struct rig *r, unsigned int v)
{
	INSNS(.op = OP_TIMER_FLUSH, .v = v);
	return INSNS(.op = OP_FLUSH, .v = v);
}

static int64_t sync(struct rig *r, unsigned int v)
{
	return INSNS(.op = OP_SYNC, .v = v);
}

static void self_sgi(struct rig *r, unsigned int v, unsigned int sgi)
{
	rig_sgi1r(r, v, (uint64_t)sgi << 24 | UINT64_C(1) << v);
}

/* Take and end everything, until nothing is left. */
static void serve(struct rig *r, unsigned int v)
{
	struct gic_lr lr;

	for (unsigned int n = 0; n < r->config.nr_lrs; n++) {
		lr = rig_lr(r, v, n);
		if (lr.active)
			rig_eoi(r, v, lr.irq, lr.src);
	}
	while ((lr = rig_ack(r, v)).irq != GIC_SPURIOUS)
		rig_eoi(r, v, lr.irq, lr.src);
}

static void settle_vcpu(struct rig *r, unsigned int v)
{
	timer(r, v, false);
	for (int i = 0; i < 3; i++) {
		rig_entry(r, v);
		serve(r, v);
		rig_exit(r, v);
	}
}

/* ---- entry and exit ---------------------------------------------------------------------- */

static void script_flush(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	settle_vcpu(r, 0);
	row("flush, nothing pending", nv, flush(r, 0), 128);
	self_sgi(r, 0, 1);
	row("flush, one SGI", nv, flush(r, 0), 561);
	rig_enter(r, 0);
	serve(r, 0);
	rig_exit(r, 0);
	timer(r, 0, true);
	row("flush, timer", nv, flush(r, 0), 589);
	rig_enter(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	row("flush, timer queued and active before", nv, flush(r, 0), 296);
	settle_vcpu(r, 0);
	timer(r, 0, true);
	self_sgi(r, 0, 1);
	row("flush, SGI and timer", nv, flush(r, 0), 996);
	rig_enter(r, 0);
	serve(r, 0);
	rig_exit(r, 0);
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	self_sgi(r, 0, 2);
	row("flush, two SGIs", nv, flush(r, 0), 967);
	rig_enter(r, 0);
	serve(r, 0);
	rig_exit(r, 0);
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	row("flush, one in use, nothing new", nv, flush(r, 0), 234);
	rig_enter(r, 0);
	rig_exit(r, 0);
	timer(r, 0, true);
	row("flush, timer, one in use", nv, flush(r, 0), 669);
}

static void script_sync(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	settle_vcpu(r, 0);
	rig_entry(r, 0);
	rig_leave(r, 0);
	row("sync, nothing finished", nv, sync(r, 0), 322);
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_leave(r, 0);
	row("sync, still in use", nv, sync(r, 0), 342);
	settle_vcpu(r, 0);
	timer(r, 0, true);
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	row("sync, timer ended, line high", nv, sync(r, 0), 508);
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	timer(r, 0, false);
	row("sync, timer ended, line low", nv, sync(r, 0), 755);
}

static void script_timer(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	settle_vcpu(r, 0);
	row("kvm_timer_flush_hwstate, clear", nv, INSNS(.op = OP_TIMER_FLUSH), 281);
	timer(r, 0, true);
	row("kvm_timer_flush_hwstate, line high", nv, INSNS(.op = OP_TIMER_FLUSH), 251);
	timer(r, 0, false);
	row("kvm_timer_flush_hwstate, cleared now", nv, INSNS(.op = OP_TIMER_FLUSH), 478);
}

/* ---- injection ------------------------------------------------------------------------------ */

static int64_t inject(struct rig *r, unsigned int irq, bool level, bool mapped)
{
	return INSNS(.op = OP_INJECT, .irq = irq, .level = level, .mapped = mapped);
}

static void script_inject(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	settle_vcpu(r, 0);
	row("inject mapped timer, raised", nv, inject(r, RIG_TIMER, true, true), 189);
	row("inject mapped timer, lowered", nv, inject(r, RIG_TIMER, false, true), 370);
	self_sgi(r, 0, 1);
	inject(r, RIG_TIMER, true, true);
	row("inject mapped timer, lowered, SGI pending", nv, inject(r, RIG_TIMER, false, true),
	    351);
	inject(r, RIG_TIMER, true, true);
	/* Active, the SGI and it: one that only pends does not stay queued over an exit. */
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_expect_eq(r, rig_ack(r, 0).irq, RIG_TIMER);
	rig_exit(r, 0);
	inject(r, RIG_TIMER, false, true);
	row("inject mapped timer, raised while queued", nv, inject(r, RIG_TIMER, true, true), 139);
	row("kvm_vgic_inject_irq, filtered", nv, inject(r, 40, false, false), 91);
}

/* ---- the whole VM's state
 * ------------------------------------------------------------------------ */

static void script_state(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;
	struct vgic_irq_state s = {
		.irq = 280, .enabled = true, .edge = true, .pending = true, .target = nv - 1
	};

	prepare(r);
	row("compute_pending_for_cpu, nothing", nv, INSNS(.op = OP_COMPUTE), 206);
	self_sgi(r, 0, 1);
	row("compute_pending_for_cpu, SGI pending", nv, INSNS(.op = OP_COMPUTE), 202);
	rig_entry(r, 0);
	serve(r, 0);
	rig_exit(r, 0);
	r->design->set_state(r->vgic, &s);
	row("vgic_update_state, one vCPU pending", nv, INSNS(.op = OP_UPDATE),
	    nv == 2 ? 870 : 1706);
	s.irq = 1;
	s.vcpu = 0;
	r->design->set_state(r->vgic, &s);
	if (nv == 4)
		row("vgic_update_state, two vCPUs pending", nv, INSNS(.op = OP_UPDATE), 1717);
	r->design->set_enabled(r->vgic, false);
	row("compute_pending_for_cpu, distributor off", nv, INSNS(.op = OP_COMPUTE), 50);
	row("vgic_update_state, distributor off", nv, INSNS(.op = OP_UPDATE), nv == 2 ? 547 : 1071);
	row("vgic_kick_vcpus, nobody", nv, INSNS(.op = OP_KICK_ALL), nv == 2 ? 56 : 98);
	row("kvm_vgic_vcpu_pending_irq", nv, INSNS(.op = OP_PENDING), 14);
}

/* A running target: one IPI. Counted from access_gic_sgi(). */
static void script_sgi(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	for (unsigned int v = 0; v < nv; v++)
		settle_vcpu(r, v);
	if (nv == 2) {
		rig_entry(r, 0);
		row("access_gic_sgi, to vCPU 0", nv,
		    INSNS(.op = OP_SGI, .v = 1, .val = UINT64_C(1) << 24 | 1), 1239);
		rig_exit(r, 0);
		settle_vcpu(r, 0);
		rig_entry(r, 1);
		row("access_gic_sgi, to vCPU 1", nv,
		    INSNS(.op = OP_SGI, .v = 0, .val = UINT64_C(1) << 24 | 2), 1256);
		return;
	}
	/* The median at 4: one runs, two others' oracle bits are up as well. */
	for (unsigned int v = 1; v < 3; v++) {
		self_sgi(r, v, 3);
		rig_entry(r, v);
		rig_ack(r, v);
		rig_exit(r, v);
	}
	rig_entry(r, 3);
	row("access_gic_sgi, to vCPU 3, three kicked", nv,
	    INSNS(.op = OP_SGI, .v = 0, .val = UINT64_C(1) << 24 | 8), 2277);
}

/* ---- MMIO handlers
 * ------------------------------------------------------------------------------------ */

struct handler_row {
	const char *what;
	const struct lgc_range *ranges;
	unsigned int pos; /* from 1, as the scan counts */
	uint32_t offset;
	bool write;
	uint32_t val;
	int64_t want2, want4; /* 0: no such row */
};

static const struct handler_row handler_rows[] = {
	{ "ctlr, read", lgc_v3_dist_ranges, 1, 0, false, 0, 39, 39 },
	{ "ctlr, write", lgc_v3_dist_ranges, 1, 0, true, 2, 912, 1748 },
	{ "typer", lgc_v3_dist_ranges, 2, 0, false, 0, 37, 37 },
	{ "iidr", lgc_v3_dist_ranges, 3, 0, false, 0, 29, 29 },
	{ "rao_wi", lgc_v3_dist_ranges, 9, 4, true, 0, 31, 31 },
	{ "set_enable_reg_dist, read", lgc_v3_dist_ranges, 10, 4, false, 0, 58, 58 },
	{ "set_enable_reg_dist, write", lgc_v3_dist_ranges, 10, 4, true, 1, 928, 1764 },
	{ "clear_enable_reg_dist, write", lgc_v3_dist_ranges, 11, 4, true, 2, 970, 1806 },
	{ "priority_reg_dist", lgc_v3_dist_ranges, 16, 32, true, 0xa0a0a0a0, 53, 53 },
	{ "cfg_reg_dist, read", lgc_v3_dist_ranges, 18, 8, false, 0, 200, 200 },
	{ "cfg_reg_dist, write", lgc_v3_dist_ranges, 18, 8, true, 0, 363, 363 },
	{ "route_reg, upper word", lgc_v3_dist_ranges, 24, 8 * 40 + 4, true, 0, 23, 23 },
	{ "route_reg, write", lgc_v3_dist_ranges, 24, 8 * 40, true, 0, 996, 1832 },
	{ "idregs", lgc_v3_dist_ranges, 25, 0x18, false, 0, 30, 30 },
	{ "ctlr_redist", lgc_v3_redist_ranges, 1, 0, false, 0, 18, 18 },
	{ "typer_redist, low", lgc_v3_redist_ranges, 2, 0, false, 0, 40, 40 },
	{ "typer_redist, high", lgc_v3_redist_ranges, 2, 4, false, 0, 35, 35 },
	{ "raz_wi, read", lgc_v3_redist_ranges, 4, 0, false, 0, 6, 6 },
	{ "raz_wi, write", lgc_v3_redist_ranges, 4, 0, true, 0, 4, 4 },
	{ "set_enable_reg_redist, write", lgc_v3_redist_ranges, 7, 0, true, 1, 924, 1760 },
	{ "clear_enable_reg_redist, write", lgc_v3_redist_ranges, 8, 0, true, 1 << 20, 969, 1805 },
	{ "clear_active_reg_redist, write", lgc_v3_redist_ranges, 12, 0, true, 1, 897, 1733 },
	{ "priority_reg_redist", lgc_v3_redist_ranges, 13, 0, true, 0, 51, 51 },
	{ "cfg_reg_redist", lgc_v3_redist_ranges, 14, 4, false, 0, 197, 197 },
};

static void script_handlers(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;
	struct vgic_irq_state s = {
		.irq = 280, .enabled = true, .edge = true, .pending = true, .target = nv - 1
	};

	prepare(r);
	r->design->set_state(r->vgic, &s);
	for (unsigned int i = 0; i < sizeof(handler_rows) / sizeof(handler_rows[0]); i++) {
		const struct handler_row *h = &handler_rows[i];

		row(h->what, nv,
		    INSNS(.op = OP_HANDLER, .write = h->write, .len = 4, .addr = h->offset,
			  .val = h->val, .range = &h->ranges[h->pos - 1]),
		    nv == 2 ? h->want2 : h->want4);
	}
	r->design->set_enabled(r->vgic, false);
	row("clear_enable_reg_dist, distributor off", nv,
	    INSNS(.op = OP_HANDLER, .write = true, .len = 4, .addr = 4, .val = 1,
		  .range = &lgc_v3_dist_ranges[10]),
	    nv == 2 ? 658 : 1182);
	row("clear_active_reg_dist, distributor off", nv,
	    INSNS(.op = OP_HANDLER, .write = true, .len = 4, .addr = 4, .val = 1,
		  .range = &lgc_v3_dist_ranges[14]),
	    nv == 2 ? 589 : 1113);
}

/* ---- MMIO dispatch
 * ---------------------------------------------------------------------------------------- */

static int64_t mmio(struct rig *r, bool write, uint64_t addr, unsigned int len)
{
	return INSNS(.op = OP_MMIO, .write = write, .addr = addr, .len = len);
}

/*
 * kvm_io_bus_*() rows; of vgic_handle_mmio_*() the rows that one access alone can
 * have made, plus the bus's share: 160 for the first of 3 devices, 177 of 5.
 */
static void script_mmio(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;
	struct vgic_irq_state s = {
		.irq = 280, .enabled = true, .edge = true, .pending = true, .target = nv - 1
	};

	prepare(r);
	row("kvm_io_bus_read, nobody's", nv, mmio(r, false, 0x09000000, 4), 117);
	row("kvm_io_bus_write, nobody's", nv, mmio(r, true, 0x09000000, 4), 133);
	r->design->set_state(r->vgic, &s);
	rig_entry(r, nv - 1);
	rig_exit(r, nv - 1);
	s.irq = 281;
	s.enabled = false;
	rig_inject(r, 0, 0, 280, true);
	rig_flush(r, nv - 1);
	row("kvm_io_bus_write, GICD_IROUTER", nv, mmio(r, true, RIG_GICD + 0x6000 + 8 * 40, 8),
	    nv == 2 ? 1580 - 11 : 2475 - 11);
	/* Redistributor 0 is the second device: bisection 1 (2), 1 + 1 (4) and a walk back. */
	row("GICR_TYPER, 64 bits", nv, mmio(r, false, RIG_GICR + 8, 8),
	    240 + 61 + 69 + (nv == 2 ? 0 : 17) + 12);
	row("GICR_WAKER, write", nv, mmio(r, true, RIG_GICR + 0x14, 4),
	    135 + 58 + 85 + (nv == 2 ? 0 : 17) + 12);
	row("GICR_CTLR, read", nv, mmio(r, false, RIG_GICR, 4),
	    149 + 61 + 69 + (nv == 2 ? 0 : 17) + 12);
	row("GICR_ICFGR1, read", nv, mmio(r, false, RIG_GICR + 0x10c04, 4),
	    452 + 61 + 69 + (nv == 2 ? 0 : 17) + 12);
}

/* ---- by the number of ids: increments from 96 to 288
 * -------------------------------------------------------- */

static int64_t scale_flush_idle, scale_flush_timer, scale_sync, scale_lower, scale_compute;
static int64_t scale_update;

static void script_scale(struct rig *r)
{
	prepare(r);
	settle_vcpu(r, 0);
	scale_flush_idle = flush(r, 0) - scale_flush_idle;
	timer(r, 0, true);
	scale_flush_timer = flush(r, 0) - scale_flush_timer;
	rig_enter(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	scale_lower = inject(r, RIG_TIMER, false, true) - scale_lower;
	scale_sync = sync(r, 0) - scale_sync;
	scale_compute = INSNS(.op = OP_COMPUTE) - scale_compute;
	scale_update = INSNS(.op = OP_UPDATE) - scale_update;
}

static void scale_rows(unsigned int nv)
{
	struct rig_config c = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = nv, .nr_irqs = 96 };

	scale_flush_idle = scale_flush_timer = scale_sync = scale_lower = 0;
	scale_compute = scale_update = 0;
	rig_run(&c, script_scale);
	c.nr_irqs = 288;
	rig_run(&c, script_scale);
	row("96 to 288 ids: flush, nothing pending", nv, scale_flush_idle, 149 - 128);
	row("96 to 288 ids: flush, timer", nv, scale_flush_timer, 639 - 598);
	row("96 to 288 ids: sync, timer ended", nv, scale_sync, 843 - 775);
	row("96 to 288 ids: timer lowered", nv, scale_lower, 375 - 307);
	row("96 to 288 ids: compute_pending_for_cpu", nv, scale_compute, 209 - 141);
	if (nv == 4)
		row("96 to 288 ids: vgic_update_state", nv, scale_update, 1721 - 1177);
}

/* ----
 * -------------------------------------------------------------------------------------------------------
 */

static void instructions(void **state)
{
	struct rig_config c = { .design = "kvm-legacy", .gic = 3, .nr_irqs = 288 };

	for (c.nr_vcpus = 2; c.nr_vcpus <= 4; c.nr_vcpus += 2) {
		rig_run(&c, script_flush);
		rig_run(&c, script_sync);
		rig_run(&c, script_timer);
		rig_run(&c, script_inject);
		rig_run(&c, script_state);
		rig_run(&c, script_sgi);
		rig_run(&c, script_handlers);
		rig_run(&c, script_mmio);
	}
	scale_rows(1);
	scale_rows(4);
	printf("%u rows, %u off by more than 5 %%, %u by more than 10 %%\n", rows, rows_over_5,
	       rows_over_10);
	assert_int_equal(rows_over_10, 0);
}

/* One vCPU has the same entry, exit and injection: they do not depend on the others. */
static void one_vcpu(void **state)
{
	struct rig_config c = { .design = "kvm-legacy", .gic = 3, .nr_irqs = 288, .nr_vcpus = 1 };

	rig_run(&c, script_flush);
	rig_run(&c, script_sync);
	rig_run(&c, script_timer);
	rig_run(&c, script_inject);
	assert_int_equal(rows_over_10, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions),
		cmocka_unit_test(one_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
