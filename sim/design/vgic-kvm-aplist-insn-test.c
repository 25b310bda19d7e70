// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: instructions per function against those counted in a running Linux
 * 4.8.17 (arm64, gcc 12 -O2, no tracer; GICv3, four list registers, 2 and 4 vCPUs,
 * 288 INTIDs; with 1 vCPU and with 96 INTIDs flush, sync and injection are the same,
 * as kernels with the tracer show). A row is one function with what it calls, lock
 * pairs included, EL2 and other CPUs excluded; where the kernel spreads, the row has
 * both ends. Must agree within 10 %; the table says how far it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aplist-mmio.h"
#include "design-test.h"

#define SGI	  5u
#define TOLERANCE 10 /* % */

struct op {
	struct rig *r;
	unsigned int v;
	void (*fn)(struct op *op, struct plat_cpu *cpu);
	uint64_t a, b, insns;
	bool flag;
};

static void op_step(struct plat_cpu *cpu, void *arg)
{
	struct op *op = arg;
	uint64_t before = cpu_insns(cpu);

	op->fn(op, cpu);
	op->insns = cpu_insns(cpu) - before;
}

static uint64_t op_run(struct op op)
{
	rig_on(op.r, op.v, op_step, &op);
	return op.insns;
}

/* What a row of the table is about; @lo and @hi as counted. */
static void row(struct rig *r, const char *name, uint64_t lo, uint64_t hi, uint64_t have)
{
	uint64_t near = have < lo ? lo : have > hi ? hi : have;
	long long off = ((long long)have - (long long)near) * 1000 / (long long)near;

	printf("# %u vCPU %3u ids  %-42s %5llu-%-5llu %5llu  %c%lld.%lld %%%s\n",
	       r->config.nr_vcpus, r->config.nr_irqs, name, (unsigned long long)lo,
	       (unsigned long long)hi, (unsigned long long)have, off < 0 ? '-' : '+',
	       llabs(off) / 10, llabs(off) % 10, llabs(off) > 50 ? "  beyond 5 %" : "");
	rig_expect(r, llabs(off) <= TOLERANCE * 10);
}

static struct aplist *vgic_of(struct op *op)
{
	return op->r->vgic;
}

static struct vgic_cpu *vcpu_of(struct op *op)
{
	return vgic_of(op)->vcpus[op->v];
}

/* ---- hooks --------------------------------------------------------------- */

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

static void op_prepare_sleep(struct op *op, struct plat_cpu *cpu)
{
	vcpu_sleep_prepare(cpu);
}

static void op_cancel_sleep(struct op *op, struct plat_cpu *cpu)
{
	vcpu_sleep_cancel(cpu);
}

static uint64_t flush(struct rig *r, unsigned int v)
{
	return op_run((struct op){ .r = r, .v = v, .fn = op_flush });
}

static uint64_t sync(struct rig *r, unsigned int v)
{
	return op_run((struct op){ .r = r, .v = v, .fn = op_sync });
}

static uint64_t timer(struct rig *r, unsigned int v, bool level)
{
	return op_run((struct op){
		.r = r, .v = v, .fn = op_inject, .a = RIG_TIMER, .b = level, .flag = true });
}

static uint64_t timer_flush(struct rig *r, unsigned int v)
{
	return op_run((struct op){ .r = r, .v = v, .fn = op_timer_flush });
}

static uint64_t sgi(struct rig *r, unsigned int v, uint64_t val)
{
	return op_run((struct op){ .r = r, .v = v, .fn = op_sgi, .a = SGI << 24 | val });
}

static uint64_t pending(struct rig *r, unsigned int v)
{
	return op_run((struct op){ .r = r, .v = v, .fn = op_pending });
}

/* ---- parts --------------------------------------------------------------- */

static void op_get(struct op *op, struct plat_cpu *cpu)
{
	aplist_get_irq(vgic_of(op), cpu, vcpu_of(op), (uint32_t)op->a);
}

static void op_put(struct op *op, struct plat_cpu *cpu)
{
	aplist_put_irq(vgic_of(op), cpu,
		       aplist_private_irq(vgic_of(op), vcpu_of(op), (uint32_t)op->a));
}

/* Instructions of queue_irq_unlock() alone: the lock taken before it is not its own. */
static void op_hold(struct op *op, struct plat_cpu *cpu)
{
	struct vgic_irq *irq =
		aplist_private_irq(vgic_of(op), vgic_of(op)->vcpus[op->b], (uint32_t)op->a);
	uint64_t before;

	plat_lock(cpu, &irq->irq_lock);
	irq->pending = true;
	before = cpu_insns(cpu);
	aplist_queue_irq_unlock(vgic_of(op), cpu, irq);
	op->b = cpu_insns(cpu) - before;
}

static uint64_t queue(struct rig *r, unsigned int v, unsigned int target)
{
	struct op op = { .r = r, .v = v, .fn = op_hold, .a = SGI, .b = target };

	rig_on(r, v, op_step, &op);
	return op.b;
}

static void op_fold(struct op *op, struct plat_cpu *cpu)
{
	aplist_fold_lrs(vgic_of(op), cpu, vcpu_of(op));
}

static void op_maintain(struct op *op, struct plat_cpu *cpu)
{
	aplist_process_maintenance(vgic_of(op), cpu, vcpu_of(op));
}

static void op_populate(struct op *op, struct plat_cpu *cpu)
{
	aplist_populate_lr(vgic_of(op), cpu, vcpu_of(op),
			   aplist_private_irq(vgic_of(op), vcpu_of(op), (uint32_t)op->a), 0);
}

static void op_kick_vcpus(struct op *op, struct plat_cpu *cpu)
{
	aplist_kick_vcpus(vgic_of(op), cpu);
}

/* dispatch_mmio_read/write() of the distributor (or of vCPU v's RD frame). */
static void op_dispatch(struct op *op, struct plat_cpu *cpu)
{
	struct vgic_cpu *vc = vcpu_of(op);
	struct vgic_io_device *d = &vgic_of(op)->dist->dist_iodev;
	unsigned int len = op->a >> 32 & 0xf;
	uint32_t addr = (uint32_t)op->a;
	uint64_t val = op->b;

	if (op->a >> 40 & 1)
		d = &vc->rd_iodev;
	if (op->flag)
		d->dev.ops->write(&d->dev, cpu, op->v, d->base + addr, len, &val);
	else
		d->dev.ops->read(&d->dev, cpu, op->v, d->base + addr, len, &val);
}

#define RD (UINT64_C(1) << 40)

static uint64_t dispatch(struct rig *r, unsigned int v, bool write, uint64_t addr, unsigned int len,
			 uint64_t val)
{
	return op_run((struct op){ .r = r,
				   .v = v,
				   .fn = op_dispatch,
				   .a = addr | (uint64_t)len << 32,
				   .b = val,
				   .flag = write });
}

static uint64_t part(struct rig *r, unsigned int v, void (*fn)(struct op *op, struct plat_cpu *cpu),
		     uint64_t a)
{
	return op_run((struct op){ .r = r, .v = v, .fn = fn, .a = a });
}

/* ---- flush, sync, injection, timer: the same for any number of vCPUs and INTIDs ---- */

static void guest_takes(struct rig *r, unsigned int v, unsigned int n, bool end)
{
	rig_enter(r, v);
	for (unsigned int i = 0; i < n; i++) {
		struct gic_lr lr = rig_ack(r, v);

		if (end)
			rig_eoi(r, v, lr.irq, lr.src);
	}
	rig_leave(r, v);
}

static void rows_timer(struct rig *r)
{
	row(r, "kvm_timer_flush_hwstate, line low, write", 320, 320, timer_flush(r, 0));
	row(r, "kvm_timer_flush_hwstate, line low", 127, 127, timer_flush(r, 0));
	row(r, "flush, 0 list registers", 93, 93, flush(r, 0));
	guest_takes(r, 0, 0, true);
	row(r, "sync, nothing", 80, 80, sync(r, 0));
	row(r, "kvm_vgic_inject_mapped_irq, raise", 219, 219, timer(r, 0, true));
	row(r, "kvm_timer_flush_hwstate, line high", 256, 256, timer_flush(r, 0));
	row(r, "vgic_v3_populate_lr, timer pending", 29, 29, part(r, 0, op_populate, RIG_TIMER));
	row(r, "flush, timer pending", 186, 186, flush(r, 0));
	guest_takes(r, 0, 1, false);
	row(r, "vgic_v3_fold_lr_state, timer", 87, 87, part(r, 0, op_fold, 0));
	row(r, "sync, timer active", 188, 188, sync(r, 0));
	row(r, "kvm_vgic_inject_mapped_irq, lower, active", 133, 138, timer(r, 0, false));
	row(r, "kvm_timer_flush_hwstate, low but active", 320, 320, timer_flush(r, 0));
	row(r, "flush, timer active", 171, 171, flush(r, 0));
	rig_enter(r, 0);
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_leave(r, 0);
	row(r, "sync, timer finished", 206, 214, sync(r, 0));
	timer(r, 0, true);
	row(r, "kvm_vgic_vcpu_pending_irq, one", 56, 56, pending(r, 0));
	row(r, "kvm_vgic_inject_mapped_irq, lower", 138, 138, timer(r, 0, false));
	flush(r, 0);
	guest_takes(r, 0, 0, true);
	sync(r, 0);
	row(r, "kvm_vgic_vcpu_pending_irq, none", 40, 40, pending(r, 0));
	row(r, "vgic_v3_process_maintenance", 15, 15, part(r, 0, op_maintain, 0));
	row(r, "vgic_v3_fold_lr_state, none", 13, 13, part(r, 0, op_fold, 0));
}

static void rows_two(struct rig *r)
{
	sgi(r, 0, 1);
	row(r, "flush, SGI pending", 190, 190, flush(r, 0));
	guest_takes(r, 0, 1, true);
	row(r, "vgic_v3_fold_lr_state, SGI", 79, 79, part(r, 0, op_fold, 0));
	row(r, "sync, SGI finished", 206, 206, sync(r, 0));
	timer(r, 0, true);
	sgi(r, 0, 1);
	row(r, "flush, timer and SGI", 276, 276, flush(r, 0));
	timer(r, 0, false);
	guest_takes(r, 0, 2, true);
	row(r, "vgic_v3_fold_lr_state, both", 146, 150, part(r, 0, op_fold, 0));
	row(r, "sync, both finished", 333, 333, sync(r, 0));
	/* the guest has the timer in hand, then the SGI, and the other waits */
	timer(r, 0, true);
	sgi(r, 0, 1);
	flush(r, 0);
	guest_takes(r, 0, 1, false);
	timer(r, 0, false);
	row(r, "sync, timer active, SGI pending", 290, 294, sync(r, 0));
	row(r, "flush, timer active, SGI pending", 261, 261, flush(r, 0));
	rig_enter(r, 0);
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_ack(r, 0);
	rig_leave(r, 0);
	timer(r, 0, true);
	row(r, "sync, SGI active, timer pending", 290, 294, sync(r, 0));
	row(r, "flush, SGI active, timer pending", 260, 260, flush(r, 0));
	timer(r, 0, false);
	rig_enter(r, 0);
	rig_eoi(r, 0, SGI, 0);
	rig_leave(r, 0);
	sync(r, 0);
	/* one more is queued between flush and sync */
	flush(r, 0);
	sgi(r, 0, 1);
	guest_takes(r, 0, 0, true);
	row(r, "sync, no list register, one queued", 123, 123, sync(r, 0));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	sync(r, 0);
}

static void rows_parts(struct rig *r)
{
	row(r, "vgic_get_irq, private", 12, 12, part(r, 0, op_get, RIG_TIMER));
	row(r, "vgic_get_irq, SPI", 16, 16, part(r, 0, op_get, 40));
	row(r, "vgic_put_irq", 12, 12, part(r, 0, op_put, SGI));
	row(r, "vgic_v3_populate_lr, least", 23, 24, part(r, 0, op_populate, SGI));
	row(r, "vgic_queue_irq_unlock, own", 114, 114, queue(r, 0, 0));
	row(r, "vgic_queue_irq_unlock, queued already", 28, 37, queue(r, 0, 0));
	row(r, "kvm_vgic_inject_irq, nothing new", 106, 106,
	    op_run((struct op){ .r = r, .fn = op_inject, .a = 40 }));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	sync(r, 0);
}

static void script_any(struct rig *r)
{
	struct vgic_irq_state s = { .irq = RIG_TIMER, .enabled = true, .target = UINT32_MAX };

	r->design->set_enabled(r->vgic, true);
	r->design->set_state(r->vgic, &s);
	rows_timer(r);
	rows_two(r);
	rows_parts(r);
}

/* ---- what depends on the number of vCPUs --------------------------------- */

/* Empty @v's list again. */
static void drain(struct rig *r, unsigned int v)
{
	flush(r, v);
	guest_takes(r, v, 1, true);
	sync(r, v);
}

static void rows_sgi_near(struct rig *r)
{
	/* to vCPU 0, found first */
	rig_entry(r, 0);
	row(r, "dispatch_sgi, first vCPU, in the guest", 436, 436, sgi(r, 1, 1));
	row(r, "dispatch_sgi, first vCPU, pending already", 156, 156, sgi(r, 1, 1));
	rig_exit(r, 0);
	drain(r, 0);
	part(r, 0, op_prepare_sleep, 0);
	row(r, "dispatch_sgi, first vCPU, asleep", 771, 776, sgi(r, 1, 1));
	part(r, 0, op_cancel_sleep, 0);
	drain(r, 0);
	rig_entry(r, 0);
	row(r, "vgic_queue_irq_unlock, in the guest", 317, 317, queue(r, 1, 0));
	rig_exit(r, 0);
	drain(r, 0);
	part(r, 0, op_prepare_sleep, 0);
	row(r, "vgic_queue_irq_unlock, asleep", 652, 657, queue(r, 1, 0));
	part(r, 0, op_cancel_sleep, 0);
	drain(r, 0);
}

static void rows_sgi_far(struct rig *r)
{
	unsigned int last = r->config.nr_vcpus - 1;
	uint64_t in_guest = last == 1 ? 456 : 514, asleep = last == 1 ? 791 : 849;

	rig_entry(r, last);
	row(r, "dispatch_sgi, last vCPU, in the guest", in_guest, in_guest, sgi(r, 0, 1u << last));
	rig_exit(r, last);
	drain(r, last);
	part(r, last, op_prepare_sleep, 0);
	row(r, "dispatch_sgi, last vCPU, asleep", asleep, asleep + 5, sgi(r, 0, 1u << last));
	if (last == 3) {
		for (unsigned int v = 1; v < last; v++)
			part(r, v, op_prepare_sleep, 0);
		part(r, last, op_cancel_sleep, 0);
		drain(r, last);
		part(r, last, op_prepare_sleep, 0);
		row(r, "dispatch_sgi, to all, asleep", 2258, 2258, sgi(r, 0, UINT64_C(1) << 40));
	}
	for (unsigned int v = last == 3 ? 1 : last; v <= last; v++) {
		part(r, v, op_cancel_sleep, 0);
		drain(r, v);
	}
}

static void op_write(struct op *op, struct plat_cpu *cpu)
{
	static aplist_write_fn *const fn[] = {
		aplist_write_senable,  aplist_write_cenable, aplist_write_cactive,
		aplist_write_priority, aplist_write_config,
	};

	fn[op->a >> 32](vgic_of(op), cpu, vcpu_of(op), (uint32_t)op->a, 4, op->b);
}

static void op_read(struct op *op, struct plat_cpu *cpu)
{
	static aplist_read_fn *const fn[] = { aplist_read_enable, aplist_read_config };

	fn[op->a >> 32](vgic_of(op), cpu, vcpu_of(op), (uint32_t)op->a, 4);
}

enum write_handler { SENABLE, CENABLE, CACTIVE, PRIORITY, CONFIG };
enum read_handler { ENABLE, CONFIG_READ };

static uint64_t handler_write(struct rig *r, enum write_handler h, uint32_t addr, uint64_t val)
{
	return op_run(
		(struct op){ .r = r, .fn = op_write, .a = (uint64_t)h << 32 | addr, .b = val });
}

static uint64_t handler_read(struct rig *r, enum read_handler h, uint32_t addr)
{
	return op_run((struct op){ .r = r, .fn = op_read, .a = (uint64_t)h << 32 | addr });
}

static void rows_handlers(struct rig *r)
{
	bool two = r->config.nr_vcpus == 2;

	row(r, "vgic_mmio_read_enable", 1395, 1395, handler_read(r, ENABLE, 0x104));
	row(r, "vgic_mmio_read_config, SPIs", 724, 724, handler_read(r, CONFIG_READ, 0xc08));
	row(r, "vgic_mmio_read_config, private", 660, 660, handler_read(r, CONFIG_READ, 0xc04));
	row(r, "vgic_mmio_write_config", 1123, 1123, handler_write(r, CONFIG, 0xc08, 0));
	row(r, "vgic_mmio_write_priority, SPIs", 238, 238, handler_write(r, PRIORITY, 0x424, ~0u));
	row(r, "vgic_mmio_write_priority, private", 222, 222,
	    handler_write(r, PRIORITY, 0x404, ~0u));
	row(r, "vgic_mmio_write_senable, SPI", 159, 159, handler_write(r, SENABLE, 0x104, 1u << 9));
	row(r, "vgic_mmio_write_senable, PPI", 155, 155,
	    handler_write(r, SENABLE, 0x100, 1u << 20));
	row(r, "vgic_mmio_write_cenable, 32 SPIs", 2587, 2587,
	    handler_write(r, CENABLE, 0x184, ~0u));
	row(r, "vgic_mmio_write_cenable, PPI", 125, 125,
	    handler_write(r, CENABLE, 0x180, 1u << 20));
	row(r, "vgic_mmio_write_cactive, 32 private", 2607, 2607,
	    handler_write(r, CACTIVE, 0x380, ~0u));
	/* here the others are loaded, as they were then: an IPI to all */
	row(r, "vgic_mmio_write_cactive, 32 SPIs", two ? 3727 : 3841, two ? 3901 : 3846,
	    handler_write(r, CACTIVE, 0x384, ~0u));
}

static void rows_dispatch(struct rig *r)
{
	row(r, "dispatch_mmio_write, GICR_WAKER", 117, 117, dispatch(r, 0, true, RD | 0x14, 4, 0));
	row(r, "dispatch_mmio_write, IROUTER", 287, 287, dispatch(r, 0, true, 0x6140, 8, 0));
	row(r, "dispatch_mmio_write, IPRIORITYR", 434, 434, dispatch(r, 0, true, 0x424, 4, ~0u));
	row(r, "dispatch_mmio_read, GICR_WAKER", 120, 120, dispatch(r, 0, false, RD | 0x14, 4, 0));
	row(r, "dispatch_mmio_read, ISENABLER", 1604, 1604, dispatch(r, 0, false, 0x104, 4, 0));
	row(r, "dispatch_mmio_read, ICFGR, SPIs", 885, 885, dispatch(r, 0, false, 0xc08, 4, 0));
	row(r, "dispatch_mmio_read, GICD_TYPER", 197, 202, dispatch(r, 0, false, 0x4, 4, 0));
}

static void rows_enable(struct rig *r)
{
	unsigned int v = r->config.nr_vcpus;

	row(r, "vgic_kick_vcpus", v == 2 ? 105 : 195, v == 2 ? 105 : 195,
	    part(r, 0, op_kick_vcpus, 0));
	dispatch(r, 0, true, 0, 4, 0);
	/* vgic_mmio_write_v3_misc is 11 without, 121 or 211 with the enable */
	row(r, "vgic_mmio_write_v3_misc, enable's part", v == 2 ? 110 : 200, v == 2 ? 110 : 200,
	    dispatch(r, 0, true, 0, 4, 2) - dispatch(r, 0, true, 0, 4, 2));
}

static void op_bus(struct op *op, struct plat_cpu *cpu)
{
	uint64_t val = 0;

	op->r->design->mmio(op->r->vgic, cpu, op->v, op->flag, RIG_GICD + op->a,
			    (unsigned int)op->b, &val);
}

/* kvm_io_bus_read/write() with all in it, from the bus's bisection to the handler's. */
static void rows_bus(struct rig *r)
{
	bool two = r->config.nr_vcpus == 2;

	row(r, "kvm_io_bus_write, IROUTER", two ? 477 : 481, two ? 477 : 481,
	    op_run((struct op){ .r = r, .fn = op_bus, .a = 0x6140, .b = 8, .flag = true }));
	row(r, "kvm_io_bus_read, ISENABLER", two ? 1768 : 1785, two ? 1768 : 1785,
	    op_run((struct op){ .r = r, .fn = op_bus, .a = 0x104, .b = 4 }));
}

static void script_vcpus(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	rows_sgi_near(r);
	rows_sgi_far(r);
	rows_handlers(r);
	rows_dispatch(r);
	rows_enable(r);
	rows_bus(r);
}

/* ---- the runs ------------------------------------------------------------ */

static const unsigned int ids[] = { 96, 288 };

static void test_any(void **state)
{
	static const unsigned int vcpus[] = { 1, 2, 4 };

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++)
			rig_run(&(struct rig_config){ .design = "kvm-aplist",
						      .gic = 3,
						      .nr_vcpus = vcpus[i],
						      .nr_irqs = ids[k] },
				script_any);
}

static void test_vcpus(void **state)
{
	for (unsigned int v = 2; v <= 4; v += 2)
		for (int k = 0; k < 2; k++)
			rig_run(&(struct rig_config){ .design = "kvm-aplist",
						      .gic = 3,
						      .nr_vcpus = v,
						      .nr_irqs = ids[k] },
				script_vcpus);
}

/* The search is a walk: so many a vCPU passed, and nothing else grows. */
static uint64_t sgi_to_last;

static void script_growth(struct rig *r)
{
	unsigned int last = r->config.nr_vcpus - 1;

	r->design->set_enabled(r->vgic, true);
	sgi_to_last = sgi(r, 0, 1u << last);
}

static void test_growth(void **state)
{
	uint64_t had = 0;

	for (unsigned int v = 2; v <= 16; v *= 2) {
		rig_run(&(struct rig_config){ .design = "kvm-aplist", .gic = 3, .nr_vcpus = v },
			script_growth);
		if (had)
			assert_int_equal(sgi_to_last - had, v / 2 * 29);
		had = sgi_to_last;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
