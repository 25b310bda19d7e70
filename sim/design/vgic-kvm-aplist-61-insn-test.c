// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist-6.1: instructions per function against those counted in a running Linux 6.1
 * (arm64, Debian's binary, no VHE; GICv3, four list registers, 1, 2 and 4 vCPUs, 288
 * INTIDs; queued locks). A row is one function with what it calls, lock pairs included,
 * EL2 and other CPUs excluded; where the kernel spreads, the row has both ends. Must
 * agree within 10 %; the table says how far it is.
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

static void op_timer_load(struct op *op, struct plat_cpu *cpu)
{
	aplist_timer_load(op->r->vgic, cpu, op->v);
}

static void op_load(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->load(op->r->vgic, cpu, op->v);
}

static void op_put(struct op *op, struct plat_cpu *cpu)
{
	op->r->design->put(op->r->vgic, cpu, op->v);
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

/* Instructions of queue_irq_unlock() alone: the lock taken before it is not its own. */
static void op_hold(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = vgic_of(op);
	struct vgic_irq *irq = aplist_private_irq(g, g->vcpus[op->b], (uint32_t)op->a);
	uint64_t before;

	plat_irq_off(cpu);
	plat_lock(cpu, &irq->irq_lock);
	aplist_set_latch(g, irq, op->flag);
	before = cpu_insns(cpu);
	aplist_queue_irq_unlock(g, cpu, irq);
	op->b = cpu_insns(cpu) - before;
}

static uint64_t queue(struct rig *r, unsigned int v, unsigned int target, bool pending)
{
	struct op op = { .r = r, .v = v, .fn = op_hold, .a = SGI, .b = target, .flag = pending };

	rig_on(r, v, op_step, &op);
	return op.b;
}

static void op_fold(struct op *op, struct plat_cpu *cpu)
{
	aplist_fold_lrs(vgic_of(op), cpu, vcpu_of(op));
}

static void op_populate(struct op *op, struct plat_cpu *cpu)
{
	struct aplist *g = vgic_of(op);

	aplist_populate_lr(g, cpu, vcpu_of(op), aplist_private_irq(g, vcpu_of(op), (uint32_t)op->a),
			   0);
}

static void op_kick_vcpus(struct op *op, struct plat_cpu *cpu)
{
	aplist_kick_vcpus(vgic_of(op), cpu);
}

/* dispatch_mmio_read/write() of the distributor (or of vCPU v's redistributor). */
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

/* The guest has it in hand, then ends it; the line goes low unseen. */
static void rows_timer(struct rig *r)
{
	row(r, "flush, 0 list registers", 37, 37, flush(r, 0));
	guest_takes(r, 0, 0, true);
	row(r, "sync, nothing", 17, 17, sync(r, 0));
	row(r, "kvm_vgic_inject_irq, timer, raise", 388, 388, timer(r, 0, true));
	row(r, "kvm_vgic_vcpu_pending_irq, timer", 142, 144, pending(r, 0));
	row(r, "flush, timer pending", 291, 291, flush(r, 0));
	guest_takes(r, 0, 1, true);
	rig_timer_low(r, 0);
	row(r, "sync, timer finished", 287, 288, sync(r, 0));
	row(r, "kvm_vgic_vcpu_pending_irq, none", 118, 118, pending(r, 0));
	row(r, "kvm_vgic_inject_irq, timer, no change", 193, 193, timer(r, 0, false));
	timer(r, 0, true);
	flush(r, 0);
	guest_takes(r, 0, 1, false);
	row(r, "sync, timer active", 232, 239, sync(r, 0));
	row(r, "flush, timer active", 265, 268, flush(r, 0));
	rig_enter(r, 0);
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_leave(r, 0);
	sync(r, 0);
	row(r, "kvm_timer_vcpu_load_gic, line high", 580, 951, part(r, 0, op_timer_load, 0));
	flush(r, 0);
	guest_takes(r, 0, 0, true);
	row(r, "sync, timer still pending", 340, 340, sync(r, 0));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	rig_timer_low(r, 0);
	sync(r, 0);
	row(r, "kvm_timer_vcpu_load_gic, line low", 580, 630, part(r, 0, op_timer_load, 0));
}

static void rows_two(struct rig *r)
{
	sgi(r, 0, 1);
	row(r, "vgic_v3_populate_lr, SGI pending", 47, 47, part(r, 0, op_populate, SGI));
	sgi(r, 0, 1);
	row(r, "flush, SGI pending", 275, 275, flush(r, 0));
	guest_takes(r, 0, 1, true);
	row(r, "sync, SGI finished", 272, 272, sync(r, 0));
	sgi(r, 0, 1);
	flush(r, 0);
	guest_takes(r, 0, 0, true);
	row(r, "sync, SGI still pending", 239, 239, sync(r, 0));
	flush(r, 0);
	guest_takes(r, 0, 1, false);
	row(r, "sync, SGI active", 223, 223, sync(r, 0));
	flush(r, 0);
	rig_enter(r, 0);
	rig_eoi(r, 0, SGI, 0);
	rig_leave(r, 0);
	sync(r, 0);

	timer(r, 0, true);
	sgi(r, 0, 1);
	row(r, "flush, timer and SGI", 400, 400, flush(r, 0));
	guest_takes(r, 0, 2, true);
	rig_timer_low(r, 0);
	row(r, "sync, both finished", 463, 463, sync(r, 0));
	/* the guest has the timer in hand, then the SGI waits */
	timer(r, 0, true);
	sgi(r, 0, 1);
	flush(r, 0);
	guest_takes(r, 0, 1, false);
	sync(r, 0);
	row(r, "flush, timer active, SGI pending", 376, 376, flush(r, 0));
	rig_enter(r, 0);
	rig_eoi(r, 0, RIG_TIMER, 0);
	rig_timer_low(r, 0);
	rig_leave(r, 0);
	row(r, "sync, timer finished, SGI pending", 430, 430, sync(r, 0));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	row(r, "vgic_v3_fold_lr_state, SGI", 127, 127, part(r, 0, op_fold, 0));
	sync(r, 0);
	/* three */
	timer(r, 0, true);
	sgi(r, 0, 1);
	part(r, 0, op_sgi, (SGI + 1) << 24 | 1);
	row(r, "flush, timer and two SGIs", 509, 509, flush(r, 0));
	guest_takes(r, 0, 3, true);
	rig_timer_low(r, 0);
	row(r, "sync, all three finished", 639, 639, sync(r, 0));
	/* one more is queued between flush and sync */
	flush(r, 0);
	sgi(r, 0, 1);
	row(r, "sync, no list register, one queued", 106, 106, sync(r, 0));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	sync(r, 0);
}

static void rows_parts(struct rig *r)
{
	row(r, "vgic_get_irq, private", 13, 13, part(r, 0, op_get, RIG_TIMER));
	row(r, "vgic_get_irq, SPI", 41, 41, part(r, 0, op_get, 40));
	row(r, "vgic_queue_irq_unlock, not pending", 41, 41, queue(r, 0, 0, false));
	row(r, "vgic_queue_irq_unlock, own", 195, 198, queue(r, 0, 0, true));
	flush(r, 0);
	guest_takes(r, 0, 1, true);
	sync(r, 0);
	part(r, 0, op_load, 0);
	row(r, "kvm_vgic_put", 92, 92, part(r, 0, op_put, 0));
	row(r, "kvm_vgic_load and kvm_timer_vcpu_load_gic", 660, 710, part(r, 0, op_load, 0));
	row(r, "kvm_vgic_vmcr_sync and vcpu_pending_irq", 155, 155, pending(r, 0));
	part(r, 0, op_put, 0);
}

static void script_any(struct rig *r)
{
	struct vgic_irq_state s = {
		.irq = RIG_TIMER, .enabled = true, .target = UINT32_MAX, .group = 1
	};

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
	row(r, "dispatch_sgi, first vCPU, in its host", 682, 682, sgi(r, 1, 1));
	drain(r, 0);
	flush(r, 0);
	rig_enter(r, 0);
	row(r, "dispatch_sgi, first vCPU, in the guest", 916, 916, sgi(r, 1, 1));
	rig_exit(r, 0);
	drain(r, 0);
	part(r, 0, op_prepare_sleep, 0);
	row(r, "dispatch_sgi, first vCPU, asleep", 1361, 1361, sgi(r, 1, 1));
	part(r, 0, op_cancel_sleep, 0);
	drain(r, 0);
	flush(r, 0);
	rig_enter(r, 0);
	row(r, "vgic_queue_irq_unlock, in the guest", 445, 445, queue(r, 1, 0, true));
	rig_exit(r, 0);
	flush(r, 0);
	rig_enter(r, 0);
	row(r, "vgic_queue_irq_unlock, queued, in the guest", 344, 344, queue(r, 1, 0, true));
	rig_exit(r, 0);
	drain(r, 0);
	part(r, 0, op_prepare_sleep, 0);
	row(r, "vgic_queue_irq_unlock, asleep", 890, 894, queue(r, 1, 0, true));
	part(r, 0, op_cancel_sleep, 0);
	drain(r, 0);
}

static void rows_sgi_far(struct rig *r)
{
	unsigned int last = r->config.nr_vcpus - 1;

	flush(r, last);
	rig_enter(r, last);
	sgi(r, 0, 1u << last);
	rig_exit(r, last);
	flush(r, last);
	rig_enter(r, last);
	if (last == 1)
		row(r, "dispatch_sgi, last vCPU, queued, in the guest", 929, 929,
		    sgi(r, 0, 1u << last));
	rig_exit(r, last);
	drain(r, last);
	flush(r, last);
	rig_enter(r, last);
	if (last == 3) {
		row(r, "dispatch_sgi, last vCPU, in the guest", 1326, 1326, sgi(r, 0, 1u << last));
		rig_exit(r, last);
		drain(r, last);
	} else {
		rig_exit(r, last);
	}
	part(r, last, op_prepare_sleep, 0);
	row(r, "dispatch_sgi, last vCPU, asleep", last == 1 ? 1475 : 1820, last == 1 ? 1481 : 1820,
	    sgi(r, 0, 1u << last));
	part(r, last, op_cancel_sleep, 0);
	drain(r, last);
}

static void op_write(struct op *op, struct plat_cpu *cpu)
{
	static aplist_write_fn *const fn[] = {
		aplist_write_senable,  aplist_write_cenable, aplist_write_cactive,
		aplist_write_priority, aplist_write_config,  aplist_write_group,
	};

	fn[op->a >> 32](vgic_of(op), cpu, vcpu_of(op), (uint32_t)op->a, 4, op->b);
}

static void op_read(struct op *op, struct plat_cpu *cpu)
{
	static aplist_read_fn *const fn[] = { aplist_read_enable, aplist_read_config };

	fn[op->a >> 32](vgic_of(op), cpu, vcpu_of(op), (uint32_t)op->a, 4);
}

static void op_unload(struct op *op, struct plat_cpu *cpu)
{
	vcpu_set_loaded(cpu, false);
}

enum write_handler { SENABLE, CENABLE, CACTIVE, PRIORITY, CONFIG, GROUP };
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
	unsigned int v = r->config.nr_vcpus;
	/* 1 vCPU's, and each more; none of them runs */
	uint64_t cactive = 5411 + (v - 1) * 623, cactive_spis = 6062 + (v - 1) * 623;

	row(r, "vgic_mmio_read_enable", 2327, 2327, handler_read(r, ENABLE, 0x104));
	row(r, "vgic_mmio_read_config, SPIs", 1193, 1193, handler_read(r, CONFIG_READ, 0xc08));
	row(r, "vgic_mmio_read_config, private", 745, 745, handler_read(r, CONFIG_READ, 0xc04));
	row(r, "vgic_mmio_write_config, SPIs", 1614, 1614, handler_write(r, CONFIG, 0xc08, 0));
	row(r, "vgic_mmio_write_config, private", 158, 158, handler_write(r, CONFIG, 0xc04, 0));
	row(r, "vgic_mmio_write_priority, SPIs", 408, 408, handler_write(r, PRIORITY, 0x424, ~0u));
	row(r, "vgic_mmio_write_priority, private", 296, 296,
	    handler_write(r, PRIORITY, 0x404, ~0u));
	row(r, "vgic_mmio_write_senable, SPI", 215, 215, handler_write(r, SENABLE, 0x104, 1u << 9));
	row(r, "vgic_mmio_write_senable, PPI", 186, 187,
	    handler_write(r, SENABLE, 0x100, 1u << 20));
	row(r, "vgic_mmio_write_senable, timer", 295, 295,
	    handler_write(r, SENABLE, 0x100, 1u << RIG_TIMER));
	row(r, "vgic_mmio_write_cenable, 32 SPIs", 3721, 3721,
	    handler_write(r, CENABLE, 0x184, ~0u));
	row(r, "vgic_mmio_write_cenable, PPI", 168, 168,
	    handler_write(r, CENABLE, 0x180, 1u << 20));
	row(r, "vgic_mmio_write_group, SPIs", 4412, 4412, handler_write(r, GROUP, 0x84, ~0u));
	row(r, "vgic_mmio_write_group, private", 3519, 3519, handler_write(r, GROUP, 0x80, ~0u));
	for (unsigned int i = 1; i < v; i++)
		op_run((struct op){ .r = r, .v = i, .fn = op_unload });
	row(r, "vgic_mmio_write_cactive, 32 private", cactive, cactive,
	    handler_write(r, CACTIVE, 0x380, ~0u));
	row(r, "vgic_mmio_write_cactive, 32 SPIs", cactive_spis, cactive_spis,
	    handler_write(r, CACTIVE, 0x384, ~0u));
}

static void rows_dispatch(struct rig *r)
{
	row(r, "dispatch_mmio_write, IROUTER", 565, 565, dispatch(r, 0, true, 0x6140, 8, 0));
	row(r, "dispatch_mmio_write, GICR_WAKER", 201, 201, dispatch(r, 0, true, RD | 0x14, 4, 0));
	row(r, "dispatch_mmio_read, GICR_WAKER", 238, 238, dispatch(r, 0, false, RD | 0x14, 4, 0));
	row(r, "dispatch_mmio_read, ISENABLER", 2573, 2573, dispatch(r, 0, false, 0x104, 4, 0));
	row(r, "dispatch_mmio_read, ICFGR, SPIs", 1463, 1463, dispatch(r, 0, false, 0xc08, 4, 0));
}

static void rows_enable(struct rig *r)
{
	unsigned int v = r->config.nr_vcpus;
	uint64_t kick = 79 + v * 278;

	row(r, "vgic_kick_vcpus", kick, kick, part(r, 0, op_kick_vcpus, 0));
	dispatch(r, 0, true, 0, 4, 0);
	/* vgic_mmio_write_v3_misc is 113 without, 473, 751 or 1307 with the enable */
	row(r, "vgic_mmio_write_v3_misc, enable's part", kick + 3, kick + 3,
	    dispatch(r, 0, true, 0, 4, 2) - dispatch(r, 0, true, 0, 4, 2));
}

static void op_bus(struct op *op, struct plat_cpu *cpu)
{
	uint64_t val = 0;

	op->r->design->mmio(op->r->vgic, cpu, op->v, op->flag, op->a, 4, &val);
}

/* kvm_io_bus_read/write(): an access to the UART, beyond all frames. */
static void rows_bus(struct rig *r)
{
	unsigned int more = r->config.nr_vcpus > 1 ? 29 : 0;
	unsigned int far = r->config.nr_vcpus > 2 ? 789 : 768;

	row(r, "kvm_io_bus_read, not the vgic's", 121 + more, 121 + more,
	    op_run((struct op){ .r = r, .fn = op_bus, .a = 0x09000018 }));
	row(r, "kvm_io_bus_write, not the vgic's", 150 + more, 150 + more,
	    op_run((struct op){ .r = r, .fn = op_bus, .a = 0x09000000, .flag = true }));
	row(r, "kvm_io_bus_write, IROUTER", far, far,
	    op_run((struct op){ .r = r, .fn = op_bus, .a = RIG_GICD + 0x6140, .flag = true }));
}

static void script_vcpus(struct rig *r)
{
	r->design->set_enabled(r->vgic, true);
	if (r->config.nr_vcpus > 1) {
		rows_sgi_near(r);
		rows_sgi_far(r);
	}
	rows_handlers(r);
	rows_dispatch(r);
	rows_enable(r);
	rows_bus(r);
}

/* ---- the runs ------------------------------------------------------------ */

static void run(unsigned int nr_vcpus, unsigned int nr_irqs, rig_script_fn *script)
{
	rig_run(&(struct rig_config){ .design = "kvm-aplist-6.1",
				      .gic = 3,
				      .nr_vcpus = nr_vcpus,
				      .nr_irqs = nr_irqs,
				      .lock = LOCK_QUEUED },
		script);
}

static void test_any(void **state)
{
	for (unsigned int v = 1; v <= 4; v *= 2) {
		run(v, 96, script_any);
		run(v, 288, script_any);
	}
}

static void test_vcpus(void **state)
{
	for (unsigned int v = 1; v <= 4; v *= 2)
		run(v, 288, script_vcpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
