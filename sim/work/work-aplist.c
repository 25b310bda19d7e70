/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Situations of the new vgic, Linux 4.8, virt/kvm/arm/vgic/, and 6.1,
 * arch/arm64/kvm/vgic/. What only one of them has is told for that one.
 */
#include "aplist-mmio.h"
#include "work-int.h"

#define SGI 5u

static struct aplist *vgic(const struct rig *r)
{
	return r->vgic;
}

static struct vgic_cpu *vcpu_of(const struct op *op)
{
	return vgic(op->r)->vcpus[op->v];
}

/* By 6.1 the host's timer code does not look at the interrupt before each entry. */
static bool has_timer_flush(const struct rig *r)
{
	return r->design->timer_flush;
}

static const char *inject_name(const struct rig *r)
{
	return has_timer_flush(r) ? "kvm_vgic_inject_mapped_irq" : "kvm_vgic_inject_irq";
}

static uint64_t sgi(struct rig *r, unsigned int v, unsigned int to)
{
	return work_sgi(r, v, SGI, UINT64_C(1) << to);
}

/* The guest's handler has reprogrammed the timer. */
static void timer_low(struct rig *r, unsigned int v)
{
	if (vgic(r)->kernel->resamples_mapped)
		rig_timer_low(r, v);
	else
		work_timer(r, v, false);
}

/* Empty @v's list again. */
static void drain(struct rig *r, unsigned int v)
{
	work_flush(r, v);
	work_guest_takes(r, v, 1, true);
	work_sync(r, v);
}

static void enter(struct rig *r, unsigned int v)
{
	work_flush(r, v);
	rig_enter(r, v);
}

/* ---- parts ------------------------------------------------------------------- */

static void op_get(struct op *op, struct plat_cpu *cpu)
{
	aplist_get_irq(op->r->vgic, cpu, vcpu_of(op), (uint32_t)op->a);
}

static void op_put(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = op->r->vgic;

	aplist_put_irq(g, cpu, aplist_private_irq(g, vcpu_of(op), (uint32_t)op->a));
}

static void op_fold(struct op *op, struct plat_cpu *cpu)
{
	aplist_fold_lrs(op->r->vgic, cpu, vcpu_of(op));
}

static void op_maintain(struct op *op, struct plat_cpu *cpu)
{
	aplist_process_maintenance(op->r->vgic, cpu, vcpu_of(op));
}

static void op_populate(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = op->r->vgic;

	aplist_populate_lr(g, cpu, vcpu_of(op), aplist_private_irq(g, vcpu_of(op), (uint32_t)op->a),
			   0);
}

static void op_kick_vcpus(struct op *op, struct plat_cpu *cpu)
{
	aplist_kick_vcpus(op->r->vgic, cpu);
}

static void op_timer_load(struct op *op, struct plat_cpu *cpu)
{
	aplist_timer_load(op->r->vgic, cpu, op->v);
}

static void op_load(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->load(op->r->vgic, cpu, op->v);
}

static void op_unload(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->put(op->r->vgic, cpu, op->v);
}

/* queue_irq_unlock() of an SGI to vCPU @b: the lock taken before it is not its own. */
static void op_queue(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = op->r->vgic;
	struct vgic_irq *irq = aplist_private_irq(g, g->vcpus[op->b], SGI);
	uint64_t before;

	if (g->kernel->irqsave)
		plat_irq_off(cpu);
	plat_lock(cpu, &irq->irq_lock);
	if (g->kernel->one_latch)
		aplist_set_latch(g, irq, op->flag);
	else
		irq->pending = op->flag;
	before = cpu_insns(cpu);
	aplist_queue_irq_unlock(g, cpu, irq);
	op->insns = cpu_insns(cpu) - before;
	op->counted = true;
}

static uint64_t queue(struct rig *r, unsigned int v, unsigned int target, bool pending)
{
	return OP(.v = v, .fn = op_queue, .b = target, .flag = pending);
}

static const char *vif_name(const struct rig *r, const char *v2, const char *v3)
{
	return r->config.gic == 2 ? v2 : v3;
}

#define FOLD(r)	    vif_name(r, "vgic_v2_fold_lr_state", "vgic_v3_fold_lr_state")
#define POPULATE(r) vif_name(r, "vgic_v2_populate_lr", "vgic_v3_populate_lr")

static void rows_parts(struct rig *r)
{
	static const char fn[] = "vgic_queue_irq_unlock";

	work_row(r, "vgic_get_irq", OP(.fn = op_get, .a = RIG_TIMER), "private");
	work_row(r, "vgic_get_irq", OP(.fn = op_get, .a = 40), "SPI");
	if (!vgic(r)->kernel->irqsave)
		work_row(r, "vgic_put_irq", OP(.fn = op_put, .a = SGI), "any");
	if (vgic(r)->kernel->irqsave)
		work_row(r, fn, queue(r, 0, 0, false), "not pending");
	work_row(r, fn, queue(r, 0, 0, true), "its own");
	if (!vgic(r)->kernel->kicks_queued)
		work_row(r, fn, queue(r, 0, 0, true), "queued already");
	work_row(r, "kvm_vgic_inject_irq", work_inject(r, 0, 40, false), "SPI, nothing new");
	drain(r, 0);
	if (has_timer_flush(r))
		return;
	OP(.fn = op_load);
	work_row(r, "kvm_vgic_put", OP(.fn = op_unload), "any");
	OP(.fn = op_load);
	OP(.fn = op_unload);
}

/* ---- flush, sync, injection, timer ------------------------------------------------ */

static void rows_idle(struct rig *r)
{
	static const char fn[] = "kvm_timer_flush_hwstate";

	if (has_timer_flush(r)) {
		work_row(r, fn, work_timer_flush(r, 0), "line low, active state to be cleared");
		work_row(r, fn, work_timer_flush(r, 0), "line low");
	}
	FLUSH_ROW(r, 0, work_flush(r, 0), "nothing pending");
	work_guest_takes(r, 0, 0, true);
	SYNC_ROW(r, 0, work_sync(r, 0), "nothing");
	work_row(r, "kvm_vgic_vcpu_pending_irq", work_pending(r, 0), "none");
}

/* The guest takes the timer in one run, ends it in the next. */
static void rows_timer(struct rig *r)
{
	work_row(r, inject_name(r), work_timer(r, 0, true), "timer, raised");
	work_row(r, "kvm_vgic_vcpu_pending_irq", work_pending(r, 0), "timer");
	/* By 6.1 both look at the line again, and what they find stays. */
	if (has_timer_flush(r)) {
		work_row(r, "kvm_timer_flush_hwstate", work_timer_flush(r, 0), "line high");
		work_row(r, POPULATE(r), OP(.fn = op_populate, .a = RIG_TIMER), "timer pending");
	}
	FLUSH_ROW(r, 1, work_flush(r, 0), "timer pending");
	work_guest_takes(r, 0, 1, false);
	if (has_timer_flush(r))
		work_row(r, FOLD(r), OP(.fn = op_fold), "timer");
	SYNC_ROW(r, 1, work_sync(r, 0), "timer active");
	if (has_timer_flush(r)) {
		work_row(r, inject_name(r), work_timer(r, 0, false), "timer, lowered, active");
		work_row(r, "kvm_timer_flush_hwstate", work_timer_flush(r, 0), "low but active");
	}
	FLUSH_ROW(r, 1, work_flush(r, 0), "timer active");
	rig_enter(r, 0);
	work_end(r, 0, RIG_TIMER);
	timer_low(r, 0);
	rig_leave(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer finished");
	work_row(r, inject_name(r), work_timer(r, 0, false), "timer, no change");
}

/* Taken and ended in one run, or not taken at all. */
static void rows_timer_more(struct rig *r)
{
	work_timer(r, 0, true);
	if (!has_timer_flush(r))
		work_row(r, "kvm_timer_vcpu_load_gic", OP(.fn = op_timer_load), "line high");
	work_flush(r, 0);
	work_guest_takes(r, 0, 0, true);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer still pending");
	work_flush(r, 0);
	work_guest_takes(r, 0, 1, true);
	timer_low(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer taken and finished");
	if (!has_timer_flush(r)) {
		work_row(r, "kvm_timer_vcpu_load_gic", OP(.fn = op_timer_load), "line low");
		work_timer(r, 0, true);
		work_row(r, POPULATE(r), OP(.fn = op_populate, .a = RIG_TIMER), "timer pending");
		work_timer(r, 0, false);
		work_timer(r, 0, true);
		drain(r, 0);
		timer_low(r, 0);
		drain(r, 0);
		return;
	}
	work_timer(r, 0, true);
	work_row(r, inject_name(r), work_timer(r, 0, false), "timer, lowered");
	work_flush(r, 0);
	work_guest_takes(r, 0, 0, true);
	work_sync(r, 0);
	work_row(r, vif_name(r, "vgic_v2_process_maintenance", "vgic_v3_process_maintenance"),
		 OP(.fn = op_maintain), "none");
	work_row(r, FOLD(r), OP(.fn = op_fold), "none");
}

static void rows_sgi(struct rig *r)
{
	sgi(r, 0, 0);
	work_row(r, POPULATE(r), OP(.fn = op_populate, .a = SGI), "SGI pending");
	sgi(r, 0, 0);
	FLUSH_ROW(r, 1, work_flush(r, 0), "SGI pending");
	work_guest_takes(r, 0, 1, true);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI finished");
	sgi(r, 0, 0);
	work_flush(r, 0);
	work_guest_takes(r, 0, 0, true);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI still pending");
	work_flush(r, 0);
	work_guest_takes(r, 0, 1, false);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI active");
	FLUSH_ROW(r, 1, work_flush(r, 0), "SGI active");
	rig_enter(r, 0);
	work_end(r, 0, SGI);
	rig_leave(r, 0);
	work_sync(r, 0);
	sgi(r, 0, 0);
	work_flush(r, 0);
	work_guest_takes(r, 0, 1, true);
	work_row(r, FOLD(r), OP(.fn = op_fold), "SGI");
	work_sync(r, 0);
	drain(r, 0);
	/* One more is queued between flush and sync; where it is asked for, no guest ran. */
	work_flush(r, 0);
	sgi(r, 0, 0);
	if (!vgic(r)->kernel->requests)
		work_guest_takes(r, 0, 0, true);
	SYNC_ROW(r, 0, work_sync(r, 0), "one queued since the flush");
	drain(r, 0);
}

/* Another one comes between the flush and the sync. */
static void rows_queued(struct rig *r)
{
	if (vgic(r)->kernel->requests)
		return;
	sgi(r, 0, 0);
	work_flush(r, 0);
	work_sgi(r, 0, SGI + 1, 1);
	work_guest_takes(r, 0, 1, true);
	SYNC_ROW(r, 1, work_sync(r, 0), "SGI finished, one queued since the flush");
	drain(r, 0);
	work_timer(r, 0, true);
	work_flush(r, 0);
	sgi(r, 0, 0);
	work_guest_takes(r, 0, 1, true);
	timer_low(r, 0);
	SYNC_ROW(r, 1, work_sync(r, 0), "timer finished, one queued since the flush");
	drain(r, 0);
	work_flush(r, 0);
	sgi(r, 0, 0);
	work_sgi(r, 0, SGI + 1, 1);
	work_guest_takes(r, 0, 0, true);
	SYNC_ROW(r, 0, work_sync(r, 0), "two queued since the flush");
	work_flush(r, 0);
	work_guest_takes(r, 0, 2, true);
	work_sync(r, 0);
}

/* By 6.1 a fold looks at the line again: these are of their own, and synced for nothing. */
static void rows_fold(struct rig *r)
{
	if (has_timer_flush(r))
		return;
	for (unsigned int n = 1; n <= 3; n++) {
		work_timer(r, 0, true);
		for (unsigned int i = 1; i < n; i++)
			work_sgi(r, 0, SGI + i, 1);
		work_flush(r, 0);
		work_guest_takes(r, 0, n, true);
		timer_low(r, 0);
		work_row(r, FOLD(r), OP(.fn = op_fold), "timer and %u SGIs, finished", n - 1);
		work_sync(r, 0);
		drain(r, 0);
	}
}

static void rows_two(struct rig *r)
{
	work_timer(r, 0, true);
	sgi(r, 0, 0);
	FLUSH_ROW(r, 2, work_flush(r, 0), "timer and SGI");
	work_guest_takes(r, 0, 2, true);
	timer_low(r, 0);
	if (has_timer_flush(r))
		work_row(r, FOLD(r), OP(.fn = op_fold), "both");
	SYNC_ROW(r, 2, work_sync(r, 0), "both finished");
	/* The guest has the timer in hand and the SGI waits, then the other way round. */
	work_timer(r, 0, true);
	sgi(r, 0, 0);
	work_flush(r, 0);
	work_guest_takes(r, 0, 1, false);
	if (has_timer_flush(r))
		timer_low(r, 0);
	SYNC_ROW(r, 2, work_sync(r, 0), "timer active, SGI pending");
	FLUSH_ROW(r, 2, work_flush(r, 0), "timer active, SGI pending");
	rig_enter(r, 0);
	work_end(r, 0, RIG_TIMER);
	timer_low(r, 0);
	if (!has_timer_flush(r)) {
		rig_leave(r, 0);
		SYNC_ROW(r, 2, work_sync(r, 0), "timer finished, SGI pending");
		drain(r, 0);
		return;
	}
	rig_ack(r, 0);
	rig_leave(r, 0);
	work_timer(r, 0, true);
	SYNC_ROW(r, 2, work_sync(r, 0), "SGI active, timer pending");
	FLUSH_ROW(r, 2, work_flush(r, 0), "SGI active, timer pending");
	work_timer(r, 0, false);
	rig_enter(r, 0);
	work_end(r, 0, SGI);
	rig_leave(r, 0);
	work_sync(r, 0);
}

static void rows_three(struct rig *r)
{
	work_timer(r, 0, true);
	sgi(r, 0, 0);
	work_sgi(r, 0, SGI + 1, 1);
	FLUSH_ROW(r, 3, work_flush(r, 0), "timer and two SGIs");
	work_guest_takes(r, 0, 3, true);
	timer_low(r, 0);
	SYNC_ROW(r, 3, work_sync(r, 0), "all three finished");
}

static void prepare(struct rig *r)
{
	struct vgic_irq_state s = {
		.irq = RIG_TIMER, .enabled = true, .target = UINT32_MAX, .group = 1
	};

	r->design->set_enabled(r->vgic, true);
	r->design->set_state(r->vgic, &s);
}

static void script_any(struct rig *r)
{
	prepare(r);
	rows_idle(r);
	rows_timer(r);
	rows_timer_more(r);
	rows_sgi(r);
	rows_two(r);
	rows_three(r);
	rows_queued(r);
	rows_fold(r);
	rows_parts(r);
}

/* ---- SGIs to others ------------------------------------------------------------------ */

static void dispatch_row(struct rig *r, uint64_t insns, const char *who, const char *where)
{
	if (r->config.gic == 3)
		work_row(r, "vgic_v3_dispatch_sgi", insns, "%s, %s", who, where);
}

static void rows_sgi_to(struct rig *r, unsigned int from, unsigned int to, const char *who)
{
	static const char fn[] = "vgic_queue_irq_unlock";

	dispatch_row(r, sgi(r, from, to), who, "in its host");
	drain(r, to);
	enter(r, to);
	dispatch_row(r, sgi(r, from, to), who, "in its guest");
	dispatch_row(r, sgi(r, from, to), who, "pending already");
	rig_exit(r, to);
	enter(r, to);
	dispatch_row(r, sgi(r, from, to), who, "queued, in its guest");
	rig_exit(r, to);
	drain(r, to);
	work_sleep(r, to, true);
	dispatch_row(r, sgi(r, from, to), who, "asleep");
	work_sleep(r, to, false);
	drain(r, to);
	enter(r, to);
	work_row(r, fn, queue(r, from, to, true), "%s, in its guest", who);
	rig_exit(r, to);
	enter(r, to);
	work_row(r, fn, queue(r, from, to, true), "%s, queued, in its guest", who);
	rig_exit(r, to);
	drain(r, to);
	work_sleep(r, to, true);
	work_row(r, fn, queue(r, from, to, true), "%s, asleep", who);
	work_sleep(r, to, false);
	drain(r, to);
}

static void rows_broadcast(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	for (unsigned int v = 1; v < nv; v++)
		work_sleep(r, v, true);
	dispatch_row(r, work_sgi(r, 0, SGI, WORK_ALL), "all", "asleep");
	for (unsigned int v = 1; v < nv; v++) {
		work_sleep(r, v, false);
		drain(r, v);
	}
}

static void script_sgis(struct rig *r)
{
	unsigned int nv = r->config.nr_vcpus;

	if (nv < 2)
		return;
	prepare(r);
	rows_sgi_to(r, 1, 0, "the first vCPU");
	rows_sgi_to(r, 0, nv - 1, "the last vCPU");
	rows_broadcast(r);
}

/* ---- MMIO handlers ---------------------------------------------------------------------- */

/* @a: offset in the distributor, with RD in a redistributor; @b: the value. */
#define RD	  (UINT64_C(1) << 40)
/* … with SGI_FRAME in the second frame of one, which is a device of its own in 4.8. */
#define SGI_FRAME (UINT64_C(1) << 41)

static struct vgic_io_device *device(const struct op *op, uint32_t *addr)
{
	struct aplist *g = op->r->vgic;

	*addr = (uint32_t)op->a;
	if (op->a & SGI_FRAME) {
		if (g->kernel->redist_devices == 2)
			return &vcpu_of(op)->sgi_iodev;
		*addr += 0x10000;
	}
	return op->a & (RD | SGI_FRAME) ? &vcpu_of(op)->rd_iodev : &g->dist->dist_iodev;
}

/* Where a date has no region for it, nothing is called. */
static void op_handle(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = op->r->vgic;
	uint32_t addr;
	const struct vgic_io_device *d = device(op, &addr);
	unsigned int len = (op->a >> 32 & 0xf) ? 8 : 4;

	for (unsigned int i = 0; i < d->nr_regions; i++) {
		const struct aplist_region *x = &d->regions[i];

		if (addr < x->offset || addr >= x->offset + x->len ||
		    (op->flag ? !x->write : !x->read))
			continue;
		if (op->flag)
			x->write(g, cpu, vcpu_of(op), addr, len, op->b);
		else
			x->read(g, cpu, vcpu_of(op), addr, len);
		return;
	}
	plat_work(cpu, PLAT_CODE, 1); /* a step of the rig has to take some time */
	op->counted = true;
	op->insns = UINT64_MAX;
}

/* The handlers of private interrupts, whichever frame they are in. */
static void op_private(struct op *op, struct plat_cpu *cpu)
{
	static aplist_write_fn *const fn[] = {
		aplist_write_senable,  aplist_write_cenable, aplist_write_cactive,
		aplist_write_priority, aplist_write_config,  aplist_write_group,
	};

	fn[op->a >> 32](op->r->vgic, cpu, vcpu_of(op), (uint32_t)op->a, 4, op->b);
}

static void op_unloaded(struct op *op, struct plat_cpu *cpu)
{
	vcpu_set_loaded(cpu, !op->flag);
}

enum { SENABLE, CENABLE, CACTIVE, PRIORITY, CONFIG, GROUP };
#define WIDE (UINT64_C(1) << 32)

struct handler {
	const char *function, *what;
	bool write;
	uint64_t addr;
	uint32_t val;
};

static const struct handler handlers[] = {
	{ "vgic_mmio_read_enable", "32 SPIs", false, 0x104, 0 },
	{ "vgic_mmio_read_config", "SPIs", false, 0xc08, 0 },
	{ "vgic_mmio_read_v3_misc", "GICD_TYPER", false, 0x4, 0 },
	{ "vgic_mmio_read_v3_misc", "GICD_CTLR", false, 0x0, 0 },
	{ "vgic_mmio_read_v3_misc", "GICD_IIDR", false, 0x8, 0 },
	{ "vgic_mmio_read_v3_idregs", "any", false, 0xffe8, 0 },
	{ "vgic_mmio_read_v3r_typer", "the first vCPU's", false, RD | WIDE | 0x8, 0 },
	{ "vgic_mmio_read_v3r_ctlr", "any", false, RD | 0x0, 0 },
	{ "vgic_mmio_read_raz", "GICR_WAKER", false, RD | 0x14, 0 },
	{ "vgic_mmio_write_irouter", "any", true, WIDE | 0x6140, 0 },
	{ "vgic_mmio_write_irouter", "upper word", true, 0x6144, 0 },
	{ "vgic_mmio_write_config", "SPIs", true, 0xc08, 0 },
	{ "vgic_mmio_write_priority", "SPIs", true, 0x424, 0xffffffff },
	{ "vgic_mmio_write_senable", "SPI", true, 0x104, 1u << 9 },
	{ "vgic_mmio_write_cenable", "32 SPIs", true, 0x184, 0xffffffff },
	{ "vgic_mmio_write_wi", "GICR_WAKER", true, RD | 0x14, 0 },
};

/* In redistributors; the index of op_private()'s. */
static const struct {
	const char *function, *what;
	unsigned int fn;
	uint32_t addr, val;
} privates[] = {
	{ "vgic_mmio_write_config", "private", CONFIG, 0xc04, 0 },
	{ "vgic_mmio_write_priority", "private", PRIORITY, 0x404, 0xffffffff },
	{ "vgic_mmio_write_senable", "PPI", SENABLE, 0x100, 1u << 20 },
	{ "vgic_mmio_write_senable", "timer", SENABLE, 0x100, 1u << RIG_TIMER },
	{ "vgic_mmio_write_cenable", "PPI", CENABLE, 0x180, 1u << 20 },
};

static uint64_t private_write(struct rig *r, unsigned int fn, uint32_t addr, uint32_t val)
{
	return OP(.fn = op_private, .a = (uint64_t)fn << 32 | addr, .b = val);
}

static void op_read_config(struct op *op, struct plat_cpu *cpu)
{
	aplist_read_config(op->r->vgic, cpu, vcpu_of(op), 0xc04, 4);
}

static void rows_handlers(struct rig *r)
{
	for (unsigned int i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		const struct handler *h = &handlers[i];
		uint64_t insns = OP(.fn = op_handle, .a = h->addr, .b = h->val, .flag = h->write);

		if (insns != UINT64_MAX)
			work_row(r, h->function, insns, "%s", h->what);
	}
	if (r->config.nr_vcpus > 1)
		work_row(r, "vgic_mmio_read_v3r_typer",
			 OP(.v = r->config.nr_vcpus - 1, .fn = op_handle, .a = RD | WIDE | 0x8),
			 "the last vCPU's");
	work_row(r, "vgic_mmio_read_config", OP(.fn = op_read_config), "private");
	for (unsigned int i = 0; i < sizeof(privates) / sizeof(privates[0]); i++)
		work_row(r, privates[i].function,
			 private_write(r, privates[i].fn, privates[i].addr, privates[i].val), "%s",
			 privates[i].what);
	if (!vgic(r)->kernel->groups)
		return;
	work_row(r, "vgic_mmio_write_group", private_write(r, GROUP, 0x84, 0xffffffff), "SPIs");
	work_row(r, "vgic_mmio_write_group", private_write(r, GROUP, 0x80, 0xffffffff), "private");
}

/*
 * With a write of active state 4.8 interrupts everybody who is loaded, 6.1 those in
 * the guest: loaded in the first, asleep in the second, as at a guest's boot.
 */
static void rows_active(struct rig *r)
{
	bool unload = vgic(r)->kernel->active_halts_vm;

	for (unsigned int v = 1; unload && v < r->config.nr_vcpus; v++)
		OP(.v = v, .fn = op_unloaded, .flag = true);
	work_row(r, "vgic_mmio_write_cactive", private_write(r, CACTIVE, 0x380, 0xffffffff),
		 "32 private");
	work_row(r, "vgic_mmio_write_cactive", private_write(r, CACTIVE, 0x384, 0xffffffff),
		 "32 SPIs");
	for (unsigned int v = 1; unload && v < r->config.nr_vcpus; v++)
		OP(.v = v, .fn = op_unloaded, .flag = false);
}

/* ---- dispatch ------------------------------------------------------------------------------ */

static void op_dispatch(struct op *op, struct plat_cpu *cpu)
{
	uint32_t addr;
	struct vgic_io_device *d = device(op, &addr);
	unsigned int len = (op->a >> 32 & 0xf) ? 8 : 4;
	uint64_t val = op->b;

	if (op->flag)
		d->dev.ops->write(&d->dev, cpu, op->v, d->base + addr, len, &val);
	else
		d->dev.ops->read(&d->dev, cpu, op->v, d->base + addr, len, &val);
}

static uint64_t dispatch(struct rig *r, bool write, uint64_t addr, uint64_t val)
{
	return OP(.fn = op_dispatch, .a = addr, .b = val, .flag = write);
}

static void rows_dispatch(struct rig *r)
{
	static const char rd[] = "dispatch_mmio_read", wr[] = "dispatch_mmio_write";

	work_row(r, wr, dispatch(r, true, RD | 0x14, 0), "GICR_WAKER");
	work_row(r, wr, dispatch(r, true, WIDE | 0x6140, 0), "GICD_IROUTER");
	work_row(r, wr, dispatch(r, true, 0x424, 0xffffffff), "GICD_IPRIORITYR");
	work_row(r, wr, dispatch(r, true, 0xc08, 0), "GICD_ICFGR");
	work_row(r, wr, dispatch(r, true, 0x184, 0xffffffff), "GICD_ICENABLER");
	work_row(r, wr, dispatch(r, true, 0x84, 0xffffffff), "GICD_IGROUPR");
	work_row(r, rd, dispatch(r, false, RD | 0x14, 0), "GICR_WAKER");
	work_row(r, rd, dispatch(r, false, RD | WIDE | 0x8, 0), "GICR_TYPER");
	work_row(r, rd, dispatch(r, false, 0x104, 0), "GICD_ISENABLER");
	work_row(r, rd, dispatch(r, false, 0xc08, 0), "GICD_ICFGR");
	work_row(r, rd, dispatch(r, false, 0x4, 0), "GICD_TYPER");
	work_row(r, rd, dispatch(r, false, SGI_FRAME | 0xc04, 0), "GICR_ICFGR1");
}

static void rows_enable(struct rig *r)
{
	static const char fn[] = "vgic_mmio_write_v3_misc";

	work_row(r, "vgic_kick_vcpus", OP(.fn = op_kick_vcpus), "any");
	work_row(r, fn, OP(.fn = op_handle, .b = 2, .flag = true), "enabled already");
	dispatch(r, true, 0, 0);
	work_row(r, fn, OP(.fn = op_handle, .b = 2, .flag = true), "enabling");
}

/* The bus with all that is behind it. */
static void rows_bus(struct rig *r)
{
	static const char rd[] = "kvm_io_bus_read", wr[] = "kvm_io_bus_write";
	unsigned int wide = has_timer_flush(r) ? 8 : 4;

	work_row(r, rd, work_mmio(r, 0, false, 0x09000018, 4, 0), "not the vgic's");
	work_row(r, wr, work_mmio(r, 0, true, 0x09000000, 4, 0), "not the vgic's");
	if (r->config.gic == 2)
		return;
	work_row(r, wr, work_mmio(r, 0, true, RIG_GICD + 0x6140, wide, 0), "GICD_IROUTER");
	work_row(r, wr, work_mmio(r, 0, true, RIG_GICD + 0x184, 4, 0xffffffff), "GICD_ICENABLER");
	work_row(r, rd, work_mmio(r, 0, false, RIG_GICD + 0x104, 4, 0), "GICD_ISENABLER");
	work_row(r, rd, work_mmio(r, 0, false, RIG_GICR + 0x10c04, 4, 0), "GICR_ICFGR1");
}

static void script_mmio(struct rig *r)
{
	prepare(r);
	if (r->config.gic == 3) {
		rows_dispatch(r);
		rows_enable(r);
		rows_handlers(r);
		rows_active(r);
	}
	rows_bus(r);
}

rig_script_fn *const *work_aplist_scripts(unsigned int *nr)
{
	static rig_script_fn *const scripts[] = { script_any, script_sgis, script_mmio };

	*nr = sizeof(scripts) / sizeof(scripts[0]);
	return scripts;
}
