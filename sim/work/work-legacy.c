/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Situations of the legacy vgic, Linux 4.6, virt/kvm/arm/vgic.c and vgic-v3-emul.c. */
#include "vgic-kvm-legacy.h"
#include "work-int.h"

static struct legacy_vgic *vgic_of(const struct op *op)
{
	return op->r->vgic;
}

/* ---- what runs with dist->lock held, counted without it ---------------------- */

static void locked(struct op *op, struct plat_cpu *cpu,
		   void (*fn)(struct op *op, struct plat_cpu *cpu))
{
	uint64_t before;

	plat_lock(cpu, &vgic_of(op)->lock);
	before = cpu_insns(cpu);
	fn(op, cpu);
	op->insns = cpu_insns(cpu) - before;
	op->counted = true;
	plat_unlock(cpu, &vgic_of(op)->lock);
}

static void compute(struct op *op, struct plat_cpu *cpu)
{
	lgc_compute_pending(vgic_of(op), cpu, op->v);
}

static void op_compute(struct op *op, struct plat_cpu *cpu)
{
	locked(op, cpu, compute);
}

static void update(struct op *op, struct plat_cpu *cpu)
{
	lgc_update_state(vgic_of(op), cpu);
}

static void op_update(struct op *op, struct plat_cpu *cpu)
{
	locked(op, cpu, update);
}

static void op_kick_all(struct op *op, struct plat_cpu *cpu)
{
	lgc_kick_all(vgic_of(op), cpu);
}

/* @a: which handler and offset, @b: the value. */
static void handle(struct op *op, struct plat_cpu *cpu)
{
	const struct lgc_range *range =
		(op->a >> 40 & 1 ? lgc_v3_redist_ranges : lgc_v3_dist_ranges) +
		(op->a >> 32 & 0xff);
	struct lgc_mmio m = {
		.cpu = cpu,
		.vcpu = op->v,
		.target = op->v,
		.write = op->flag,
		.len = 4,
		.data = (uint32_t)op->b,
	};

	range->handle(vgic_of(op), &m, (uint32_t)op->a);
}

static void op_handle(struct op *op, struct plat_cpu *cpu)
{
	locked(op, cpu, handle);
}

/* ---- a vCPU in a known state ------------------------------------------------- */

static void prepare(struct rig *r)
{
	struct vgic_irq_state s = { .enabled = true, .irq = RIG_TIMER };

	for (s.vcpu = 0; s.vcpu < r->config.nr_vcpus; s.vcpu++)
		r->design->set_state(r->vgic, &s);
	r->design->set_enabled(r->vgic, true);
}

static uint64_t flush(struct rig *r, unsigned int v)
{
	work_timer_flush(r, v);
	return work_flush(r, v);
}

static void self_sgi(struct rig *r, unsigned int v, unsigned int sgi)
{
	work_sgi(r, v, sgi, UINT64_C(1) << v);
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

/* Flushed already: let the guest have it all. */
static void finish(struct rig *r, unsigned int v)
{
	rig_enter(r, v);
	serve(r, v);
	rig_exit(r, v);
}

static void settle_vcpu(struct rig *r, unsigned int v)
{
	work_timer(r, v, false);
	for (int i = 0; i < 3; i++) {
		rig_flush(r, v);
		finish(r, v);
	}
}

/* A guest run in which the first that pends is taken and stays in hand. */
static void take_one(struct rig *r, unsigned int v)
{
	rig_enter(r, v);
	rig_ack(r, v);
	rig_exit(r, v);
}

/* ---- entry and exit ------------------------------------------------------------ */

static void script_flush(struct rig *r)
{
	prepare(r);
	settle_vcpu(r, 0);
	FLUSH_ROW(r, 0, flush(r, 0), "nothing pending");
	self_sgi(r, 0, 1);
	FLUSH_ROW(r, 1, flush(r, 0), "SGI");
	finish(r, 0);
	work_timer(r, 0, true);
	FLUSH_ROW(r, 1, flush(r, 0), "timer");
	take_one(r, 0);
	FLUSH_ROW(r, 0, flush(r, 0), "timer in use, queued before");
	settle_vcpu(r, 0);
	work_timer(r, 0, true);
	self_sgi(r, 0, 1);
	FLUSH_ROW(r, 2, flush(r, 0), "SGI and timer");
	finish(r, 0);
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	self_sgi(r, 0, 2);
	FLUSH_ROW(r, 2, flush(r, 0), "two SGIs");
	finish(r, 0);
	settle_vcpu(r, 0);
	work_timer(r, 0, true);
	self_sgi(r, 0, 1);
	self_sgi(r, 0, 2);
	FLUSH_ROW(r, 3, flush(r, 0), "two SGIs and timer");
	finish(r, 0);
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	rig_flush(r, 0);
	take_one(r, 0);
	FLUSH_ROW(r, 0, flush(r, 0), "an SGI in use, nothing new");
	rig_enter(r, 0);
	rig_exit(r, 0);
	work_timer(r, 0, true);
	FLUSH_ROW(r, 1, flush(r, 0), "timer, an SGI in use");
}

static void script_sync(struct rig *r)
{
	prepare(r);
	settle_vcpu(r, 0);
	rig_entry(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 0, work_sync(r, 0), "nothing finished");
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI not taken");
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI finished");
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI in use");
	settle_vcpu(r, 0);
	work_timer(r, 0, true);
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer finished, line high");
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	work_timer(r, 0, false);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer finished, line low");
}

/* Two list registers, and one that an earlier flush wrote. */
static void script_sync_more(struct rig *r)
{
	prepare(r);
	settle_vcpu(r, 0);
	work_timer(r, 0, true);
	self_sgi(r, 0, 1);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 2, work_sync(r, 0), "one in use, one not taken");
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	work_timer(r, 0, false);
	/* The same exit whether this flush wrote both or an earlier one did. */
	SYNC_ROW(r, 2, work_sync(r, 0), "both finished, line low");
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	self_sgi(r, 0, 2);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 2, work_sync(r, 0), "two SGIs, one in use");
	settle_vcpu(r, 0);
	self_sgi(r, 0, 1);
	self_sgi(r, 0, 2);
	rig_entry(r, 0);
	serve(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 2, work_sync(r, 0), "two SGIs finished");
	settle_vcpu(r, 0);
	work_timer(r, 0, true);
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	rig_entry(r, 0);
	work_end(r, 0, RIG_TIMER);
	rig_leave(r, 0);
	work_timer(r, 0, false);
	SYNC_ROW(r, 0, work_sync(r, 0), "timer of an earlier flush finished");
}

static void script_timer(struct rig *r)
{
	static const char fn[] = "kvm_timer_flush_hwstate";

	prepare(r);
	settle_vcpu(r, 0);
	work_row(r, fn, work_timer_flush(r, 0), "line low");
	work_timer(r, 0, true);
	work_row(r, fn, work_timer_flush(r, 0), "line high");
	work_timer(r, 0, false);
	work_row(r, fn, work_timer_flush(r, 0), "line low, active state to be cleared");
}

/* ---- injection ------------------------------------------------------------------ */

static void script_inject(struct rig *r)
{
	static const char fn[] = "kvm_vgic_inject_mapped_irq";

	prepare(r);
	settle_vcpu(r, 0);
	work_row(r, fn, work_timer(r, 0, true), "timer, raised");
	work_row(r, fn, work_timer(r, 0, false), "timer, lowered");
	self_sgi(r, 0, 1);
	work_timer(r, 0, true);
	work_row(r, fn, work_timer(r, 0, false), "timer, lowered, an SGI pending");
	work_timer(r, 0, true);
	/* Both active: one that only pends does not stay queued over an exit. */
	rig_entry(r, 0);
	rig_ack(r, 0);
	rig_ack(r, 0);
	rig_exit(r, 0);
	work_timer(r, 0, false);
	work_row(r, fn, work_timer(r, 0, true), "timer, raised while queued");
	work_row(r, "kvm_vgic_inject_irq", work_inject(r, 0, 40, false), "nothing new");
}

/* ---- the whole VM's state --------------------------------------------------------- */

/* vCPU @v has an SGI pending, and its bit is not yet up. */
static void pend_sgi(struct rig *r, unsigned int v)
{
	struct vgic_irq_state s = {
		.irq = 1, .vcpu = v, .enabled = true, .edge = true, .pending = true
	};

	r->design->set_state(r->vgic, &s);
}

static void script_state(struct rig *r)
{
	static const char compute_fn[] = "compute_pending_for_cpu",
			  update_fn[] = "vgic_update_state";
	unsigned int nv = r->config.nr_vcpus;

	prepare(r);
	work_row(r, compute_fn, OP(.fn = op_compute), "nothing pending");
	work_row(r, update_fn, OP(.fn = op_update), "nobody pending");
	self_sgi(r, 0, 1);
	work_row(r, compute_fn, OP(.fn = op_compute), "an SGI pending");
	rig_flush(r, 0);
	finish(r, 0);
	for (unsigned int v = nv; v--;) {
		pend_sgi(r, v);
		work_row(r, update_fn, OP(.fn = op_update), "%u pending", nv - v);
	}
	r->design->set_enabled(r->vgic, false);
	work_row(r, compute_fn, OP(.fn = op_compute), "distributor off");
	work_row(r, update_fn, OP(.fn = op_update), "distributor off");
	work_row(r, "vgic_kick_vcpus", OP(.fn = op_kick_all), "nobody");
	work_row(r, "kvm_vgic_vcpu_pending_irq", work_pending(r, 0), "any");
}

/* ---- SGIs ---------------------------------------------------------------------------- */

enum whereabouts { IN_HOST, IN_GUEST, ASLEEP, NR_WHEREABOUTS };
static const char *const whereabouts[] = { "in its host", "in its guest", "asleep" };

/* @v's bit of pending_on_cpu is up, whatever it does. */
static void pend_on(struct rig *r, unsigned int v)
{
	pend_sgi(r, v);
	OP(.v = v ? 0 : 1, .fn = op_update);
}

/* From another vCPU; @kicks_only: what comes after dist->lock. */
static uint64_t sgi_to(struct rig *r, unsigned int to, enum whereabouts where, bool kicks_only)
{
	unsigned int from = to ? 0 : 1;
	uint64_t insns;

	if (where == IN_GUEST)
		rig_entry(r, to);
	else if (where == ASLEEP)
		work_sleep(r, to, true);
	if (kicks_only)
		pend_on(r, to);
	insns = kicks_only ? OP(.v = from, .fn = op_kick_all)
			   : work_sgi(r, from, 1, UINT64_C(1) << to);
	if (where == IN_GUEST)
		rig_exit(r, to);
	else if (where == ASLEEP)
		work_sleep(r, to, false);
	settle_vcpu(r, to);
	return insns;
}

/* To the first and to the last vCPU, with none or more of the others' bits up as well. */
static void script_sgi(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	if (nv < 2)
		return;
	prepare(r);
	for (unsigned int v = 0; v < nv; v++)
		settle_vcpu(r, v);
	for (unsigned int others = 0; others + 1 < nv && others < 8; others++) {
		if (others)
			pend_on(r, others);
		for (unsigned int w = 0; w < NR_WHEREABOUTS; w++) {
			uint64_t last = sgi_to(r, nv - 1, w, false);
			uint64_t kicks = sgi_to(r, nv - 1, w, true);

			if (r->config.gic == 3)
				work_row(r, "access_gic_sgi", last,
					 "the last vCPU %s, %u others pending", whereabouts[w],
					 others);
			work_row(r, "vgic_kick_vcpus", kicks, "the last vCPU %s, %u others pending",
				 whereabouts[w], others);
		}
		if (r->config.gic == 3 && !others)
			work_row(r, "access_gic_sgi", sgi_to(r, 0, IN_GUEST, false),
				 "the first vCPU in its guest");
	}
}

/* ---- MMIO handlers ---------------------------------------------------------------------- */

#define RD 1u

struct handler {
	const char *function, *what;
	unsigned int redist, pos; /* of the range, from 1, as the scan counts */
	uint32_t offset;
	bool write;
	uint32_t val;
};

static const struct handler handlers[] = {
	{ "handle_mmio_ctlr", "read", 0, 1, 0, false, 0 },
	{ "handle_mmio_ctlr", "enabling", 0, 1, 0, true, 2 },
	{ "handle_mmio_typer", "read", 0, 2, 0, false, 0 },
	{ "handle_mmio_iidr", "read", 0, 3, 0, false, 0 },
	{ "handle_mmio_rao_wi", "write", 0, 9, 4, true, 0 },
	{ "handle_mmio_set_enable_reg_dist", "read", 0, 10, 4, false, 0 },
	{ "handle_mmio_set_enable_reg_dist", "write", 0, 10, 4, true, 1 },
	{ "handle_mmio_clear_enable_reg_dist", "write", 0, 11, 4, true, 2 },
	{ "handle_mmio_priority_reg_dist", "write", 0, 16, 32, true, 0xa0a0a0a0 },
	{ "handle_mmio_cfg_reg_dist", "read", 0, 18, 8, false, 0 },
	{ "handle_mmio_cfg_reg_dist", "write", 0, 18, 8, true, 0 },
	{ "handle_mmio_route_reg", "upper word", 0, 24, 8 * 40 + 4, true, 0 },
	{ "handle_mmio_route_reg", "write", 0, 24, 8 * 40, true, 0 },
	{ "handle_mmio_idregs", "read", 0, 25, 0x18, false, 0 },
	{ "handle_mmio_ctlr_redist", "read", RD, 1, 0, false, 0 },
	{ "handle_mmio_typer_redist", "low", RD, 2, 0, false, 0 },
	{ "handle_mmio_typer_redist", "high", RD, 2, 4, false, 0 },
	{ "handle_mmio_raz_wi", "read", RD, 4, 0, false, 0 },
	{ "handle_mmio_raz_wi", "write", RD, 4, 0, true, 0 },
	{ "handle_mmio_set_enable_reg_redist", "write", RD, 7, 0, true, 1 },
	{ "handle_mmio_clear_enable_reg_redist", "write", RD, 8, 0, true, 1u << 20 },
	{ "handle_mmio_clear_active_reg_redist", "write", RD, 12, 0, true, 1 },
	{ "handle_mmio_priority_reg_redist", "write", RD, 13, 0, true, 0 },
	{ "handle_mmio_cfg_reg_redist", "read", RD, 14, 4, false, 0 },
};

static uint64_t handler(struct rig *r, unsigned int redist, unsigned int pos, uint32_t offset,
			bool write, uint32_t val)
{
	return OP(.fn = op_handle, .flag = write, .b = val,
		  .a = (uint64_t)redist << 40 | (uint64_t)(pos - 1) << 32 | offset);
}

static void script_handlers(struct rig *r)
{
	if (r->config.gic == 2)
		return;
	prepare(r);
	pend_sgi(r, r->config.nr_vcpus - 1);
	for (unsigned int i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		const struct handler *h = &handlers[i];

		work_row(r, h->function, handler(r, h->redist, h->pos, h->offset, h->write, h->val),
			 "%s", h->what);
	}
	r->design->set_enabled(r->vgic, false);
	work_row(r, "handle_mmio_clear_enable_reg_dist", handler(r, 0, 11, 4, true, 1),
		 "write, distributor off");
	work_row(r, "handle_mmio_clear_active_reg_dist", handler(r, 0, 15, 4, true, 1),
		 "write, distributor off");
	work_row(r, "handle_mmio_clear_active_reg_redist", handler(r, RD, 12, 0, true, 1),
		 "write, distributor off");
}

/* The bus with all that is behind it. Redistributor 0 is the second device. */
static void script_bus(struct rig *r)
{
	static const char rd[] = "kvm_io_bus_read", wr[] = "kvm_io_bus_write";

	prepare(r);
	work_row(r, rd, work_mmio(r, 0, false, 0x09000000, 4, 0), "not the vgic's");
	work_row(r, wr, work_mmio(r, 0, true, 0x09000000, 4, 0), "not the vgic's");
	if (r->config.gic == 2)
		return;
	pend_sgi(r, r->config.nr_vcpus - 1);
	work_row(r, wr, work_mmio(r, 0, true, RIG_GICD + 0x6000 + 8 * 40, 8, 0), "GICD_IROUTER");
	work_row(r, rd, work_mmio(r, 0, false, RIG_GICR + 8, 8, 0), "GICR_TYPER");
	work_row(r, wr, work_mmio(r, 0, true, RIG_GICR + 0x14, 4, 0), "GICR_WAKER");
	work_row(r, rd, work_mmio(r, 0, false, RIG_GICR, 4, 0), "GICR_CTLR");
	work_row(r, rd, work_mmio(r, 0, false, RIG_GICR + 0x10c04, 4, 0), "GICR_ICFGR1");
}

rig_script_fn *const *work_legacy_scripts(unsigned int *nr)
{
	static rig_script_fn *const scripts[] = {
		script_flush, script_sync,     script_sync_more, script_timer, script_inject,
		script_state, script_handlers, script_sgi,	 script_bus,
	};

	*nr = sizeof(scripts) / sizeof(scripts[0]);
	return scripts;
}
