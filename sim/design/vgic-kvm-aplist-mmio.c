// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, registers: the dispatcher, and the handlers that GICv2 and GICv3
 * share. Modelled behaviour: vgic-mmio.c in virt/kvm/arm/vgic/ of Linux 4.8 and in
 * arch/arm64/kvm/vgic/ of later ones.
 *
 * Reads look at the structures, mostly without a lock, and so do not see what a running
 * vCPU's list registers hold (those of active state do from 5.7: they stop the VM). Priority and
 * configuration writes neither kick nor reorder: a list register keeps what it was formed with.
 */
#include "aplist-mmio.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

/* ---- dispatch ------------------------------------------------------------ */

static const struct aplist_region *mmio_find(const struct vgic_io_device *d, struct plat_cpu *cpu,
					     uint32_t addr)
{
	unsigned int start = 0, end = d->nr_regions, turns = 0;
	const struct aplist_region *found = NULL;

	while (start < end && !found) {
		unsigned int mid = start + (end - start) / 2;
		const struct aplist_region *r = &d->regions[mid];

		turns++;
		if (addr < r->offset)
			end = mid;
		else if (addr >= r->offset + r->len)
			start = mid + 1;
		else
			found = r;
	}
	plat_work(cpu, PLAT_DISPATCH, turns * d->vgic->insns->region_cmp);
	return found;
}

/* Width, alignment, and whether there is such an INTID. */
static bool mmio_check(struct aplist *g, struct plat_cpu *cpu, const struct aplist_region *r,
		       uint32_t addr, unsigned int len)
{
	if ((len != 1 && len != 4 && len != 8) || !(r->widths & len) || addr & (len - 1))
		return false;
	if (!r->bits_per_irq)
		return true;
	plat_work(cpu, PLAT_DISPATCH, g->insns->region_irqs);
	plat_read(cpu, &g->dist->nr_spis);
	return aplist_addr_intid(addr, r->bits_per_irq) < g->dist->nr_spis + GIC_NR_PRIVATE;
}

/* The device, its region or NULL, the offset, and the vCPU that the handler is for. */
static const struct aplist_region *mmio_lookup(struct vgic_io_device *d, struct plat_cpu *cpu,
					       uint64_t gpa, unsigned int len, struct vgic_cpu **vc)
{
	uint32_t addr = (uint32_t)(gpa - d->base);
	const struct aplist_region *r;

	plat_read(cpu, d);
	if (d->redist_vcpu)
		*vc = d->redist_vcpu;
	r = mmio_find(d, cpu, addr);
	return r && mmio_check(d->vgic, cpu, r, addr, len) ? r : NULL;
}

static uint64_t mmio_mask(unsigned int len)
{
	return len >= 8 ? UINT64_MAX : (UINT64_C(1) << len * 8) - 1;
}

static bool mmio_read(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		      unsigned int len, uint64_t *val)
{
	struct vgic_io_device *d = (struct vgic_io_device *)dev;
	struct aplist *g = d->vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	const struct aplist_region *r;

	plat_work(cpu, PLAT_DISPATCH, g->insns->dispatch_read);
	r = mmio_lookup(d, cpu, gpa, len, &vc);
	if (!r) {
		*val = 0;
		return true;
	}
	plat_work(cpu, PLAT_DISPATCH, g->insns->region_read);
	*val = r->read(g, cpu, vc, (uint32_t)(gpa - d->base), len) & mmio_mask(len);
	return true;
}

static bool mmio_write(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		       unsigned int len, uint64_t *val)
{
	struct vgic_io_device *d = (struct vgic_io_device *)dev;
	struct aplist *g = d->vgic;
	struct vgic_cpu *vc = g->vcpus[vcpu];
	const struct aplist_region *r;

	plat_work(cpu, PLAT_DISPATCH, g->insns->dispatch_write);
	r = mmio_lookup(d, cpu, gpa, len, &vc);
	if (!r)
		return true;
	plat_work(cpu, PLAT_DISPATCH, g->insns->region_write);
	r->write(g, cpu, vc, (uint32_t)(gpa - d->base), len, *val & mmio_mask(len));
	return true;
}

static const struct kvm_iodev_ops mmio_ops = { .read = mmio_read, .write = mmio_write };

int aplist_iodev_init(struct aplist *g, struct vgic_io_device *d, uint64_t base, uint64_t len,
		      const struct aplist_region *regions, unsigned int nr_regions)
{
	d->dev.ops = &mmio_ops;
	d->base = base;
	d->vgic = g;
	d->regions = regions;
	d->nr_regions = nr_regions;
	return kvm_io_bus_register(g->bus, base, len, &d->dev);
}

enum vgic_handled aplist_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
			      uint64_t gpa, unsigned int len, uint64_t *val)
{
	struct aplist *g = vgic;

	return kvm_io_bus_access(g->bus, cpu, vcpu, write, gpa, len, val) ? VGIC_DONE
									  : VGIC_NOT_MINE;
}

/* ---- constant ------------------------------------------------------------ */

uint64_t aplist_read_raz(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			 uint32_t addr, unsigned int len)
{
	WORK(raz);
	return 0;
}

uint64_t aplist_read_rao(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			 uint32_t addr, unsigned int len)
{
	WORK(raz);
	return UINT64_MAX;
}

void aplist_write_wi(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, uint32_t addr,
		     unsigned int len, uint64_t val)
{
	WORK(wi);
}

/* ---- one bit an INTID: reading ------------------------------------------- */

/* @field: offset of a bool in struct vgic_irq. One lookup a bit, no lock. */
static uint64_t bits_read(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, size_t field)
{
	uint32_t intid = aplist_addr_intid(addr, 1);
	uint64_t val = 0;

	WORK(bits_read);
	for (unsigned int i = 0; i < len * 8; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);
		bool *flag = (bool *)((char *)irq + field);

		WORK(bits_read_irq);
		if (plat_load(cpu, flag))
			val |= UINT64_C(1) << i;
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

/* By 4.19: each under its irq_lock. */
static uint64_t bits_read_locked(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				 uint32_t addr, unsigned int len)
{
	uint32_t intid = aplist_addr_intid(addr, 1);
	uint64_t val = 0;

	WORK(bits_read);
	for (unsigned int i = 0; i < len * 8; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(bits_read_irq);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		aplist_irq_read(g, cpu, irq);
		if (irq->pending)
			val |= UINT64_C(1) << i;
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

uint64_t aplist_read_enable(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    uint32_t addr, unsigned int len)
{
	return bits_read(g, cpu, vcpu, addr, len, offsetof(struct vgic_irq, enabled));
}

uint64_t aplist_read_pending(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     uint32_t addr, unsigned int len)
{
	if (g->kernel->locks_pending_reads)
		return bits_read_locked(g, cpu, vcpu, addr, len);
	return bits_read(g, cpu, vcpu, addr, len, offsetof(struct vgic_irq, pending));
}

uint64_t aplist_read_group(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint32_t addr, unsigned int len)
{
	return bits_read(g, cpu, vcpu, addr, len, offsetof(struct vgic_irq, group));
}

/* ---- one bit an INTID: writing ------------------------------------------- */

/* irq_lock held: change the interrupt; true: it may have to be queued now. */
typedef bool bit_change_fn(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   struct vgic_irq *irq);

static bool bit_set_enable(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   struct vgic_irq *irq)
{
	aplist_enabled_write(g, cpu, irq);
	plat_store_declared(&irq->enabled, true);
	/* nobody has looked at its line meanwhile */
	if (g->kernel->enable_resamples && aplist_mapped_level(g, irq) &&
	    aplist_resample(g, cpu, vcpu, irq))
		aplist_phys_active(g, cpu, irq, false);
	return true;
}

/* No kick, and no list register is touched: its owner finds out when he exits. */
static bool bit_clear_enable(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     struct vgic_irq *irq)
{
	WORK(bits_disable);
	aplist_enabled_write(g, cpu, irq);
	plat_store_declared(&irq->enabled, false);
	return false;
}

/* A GICv2's SGIs are pending by sender: not for these registers to change. */
static bool bit_spares_sgi(const struct aplist *g, const struct vgic_irq *irq)
{
	return g->kernel->ispendr_spares_sgis && g->gic == 2 && gic_is_sgi(irq->intid);
}

static bool bit_set_pending(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    struct vgic_irq *irq)
{
	if (bit_spares_sgi(g, irq))
		return false;
	plat_read(cpu, &irq->config);
	aplist_latch(g, cpu, irq);
	if (irq->config == VGIC_CONFIG_LEVEL)
		irq->soft_pending = true;
	if (irq->hw && g->kernel->enable_resamples)
		aplist_phys_active(g, cpu, irq, true);
	return true;
}

static bool bit_clear_pending(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      struct vgic_irq *irq)
{
	if (bit_spares_sgi(g, irq))
		return false;
	plat_read(cpu, &irq->config);
	aplist_state_write(cpu, irq);
	aplist_set_latch(g, irq, false);
	/* the physical pending state with it, which there is not here */
	if (irq->hw && g->kernel->enable_resamples && !irq->active)
		aplist_phys_active(g, cpu, irq, false);
	return false;
}

static bool bit_group(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq, bool group)
{
	aplist_targets_write(g, cpu, irq);
	plat_store_declared(&irq->group, group);
	return true;
}

static void bits_write(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, uint32_t addr,
		       uint64_t val, bit_change_fn *change)
{
	uint32_t intid = aplist_addr_intid(addr, 1);

	WORK(bits_write);
	for (; val; val &= val - 1) {
		struct vgic_irq *irq;

		WORK(bits_write_bit);
		irq = aplist_get_irq(g, cpu, vcpu, intid + (uint32_t)__builtin_ctzll(val));
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		if (change(g, cpu, vcpu, irq)) {
			WORK(bits_queue);
			aplist_queue_irq_unlock(g, cpu, irq);
		} else {
			aplist_unlock_irq(g, cpu, &irq->irq_lock);
		}
		aplist_put_irq(g, cpu, irq);
	}
}

/* Not for set bits only: the whole word is what it will be. */
void aplist_write_group(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = aplist_addr_intid(addr, 1);

	WORK(group);
	for (unsigned int i = 0; i < len * 8; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(group_bit);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		bit_group(g, cpu, irq, val >> i & 1);
		aplist_queue_irq_unlock(g, cpu, irq);
		aplist_put_irq(g, cpu, irq);
	}
}

void aplist_write_senable(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	bits_write(g, cpu, vcpu, addr, val, bit_set_enable);
}

void aplist_write_cenable(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	bits_write(g, cpu, vcpu, addr, val, bit_clear_enable);
}

void aplist_write_spending(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint32_t addr, unsigned int len, uint64_t val)
{
	bits_write(g, cpu, vcpu, addr, val, bit_set_pending);
}

void aplist_write_cpending(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint32_t addr, unsigned int len, uint64_t val)
{
	bits_write(g, cpu, vcpu, addr, val, bit_clear_pending);
}

/* ---- active state -------------------------------------------------------- */

/*
 * A private interrupt can be active on its own vCPU only, an SPI anywhere. A GICv3's
 * private registers can be reached by others: from 5.7 they stop all too.
 */
static bool active_needs_all(const struct aplist *g, uint32_t intid)
{
	return !gic_is_private(intid) || (g->kernel->active_halts_vm && g->gic == 3);
}

/* From 5.7 the others are through their sync when they are stopped. */
static void active_wait_synced(struct aplist *g, struct plat_cpu *cpu)
{
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		if ((int)i == plat_this_vcpu(cpu))
			continue;
		while (plat_load(cpu, &g->vcpus[i]->lrs_loaded))
			plat_relax(cpu);
	}
}

static void active_halt(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, bool all)
{
	bool running = false;

	if (!all && g->kernel->active_halts_vm)
		return; /* who writes is the one it concerns: out of its guest */
	if (!all) {
		WORK(halt_vcpu);
		if (plat_this_vcpu(cpu) != (int)vcpu->vcpu_id)
			plat_halt(cpu, vcpu->vcpu_id, false);
		return;
	}
	WORK(halt_vm);
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		WORK(halt_vm_vcpu);
		if ((int)i != plat_this_vcpu(cpu) && plat_vcpu_on_cpu(cpu, i))
			running = true;
	}
	if (running)
		WORK(halt_vm_ipis);
	plat_halt(cpu, PLAT_ALL_VCPUS, true);
	if (g->kernel->active_halts_vm)
		active_wait_synced(g, cpu);
}

static void active_resume(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, bool all)
{
	if (all)
		plat_resume(cpu, PLAT_ALL_VCPUS);
	else if (!g->kernel->active_halts_vm && plat_this_vcpu(cpu) != (int)vcpu->vcpu_id)
		plat_resume(cpu, vcpu->vcpu_id);
}

uint64_t aplist_read_active(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    uint32_t addr, unsigned int len)
{
	bool all = active_needs_all(g, aplist_addr_intid(addr, 1));
	uint64_t val;

	if (g->kernel->active_halts_vm)
		active_halt(g, cpu, vcpu, all);
	val = bits_read(g, cpu, vcpu, addr, len, offsetof(struct vgic_irq, active));
	if (g->kernel->active_halts_vm)
		active_resume(g, cpu, vcpu, all);
	return val;
}

/*
 * @owner's list registers may hold the interrupt. The original waits until he is off
 * his CPU, asleep because he is paused. Past his sync, with nothing else in hand,
 * he goes to sleep, so the model does not wait for that. False also where it would
 * be in vain.
 */
static bool active_must_wait(struct aplist *g, struct plat_cpu *cpu, const struct vgic_cpu *self,
			     struct vgic_cpu *owner)
{
	if (owner == self) {
		if (g->kernel->active_waits_for_self)
			plat_deviation(cpu, "active state of one's own queued interrupt written: "
					    "the original spins for ever");
		return false;
	}
	if (!plat_vcpu_on_cpu(cpu, owner->vcpu_id))
		return false;
	if (plat_load(cpu, &owner->waits_for) == self) {
		plat_deviation(cpu, "two writers of active state wait for each other for ever");
		return false;
	}
	return plat_load(cpu, &owner->lrs_loaded) || plat_load(cpu, &owner->changes_active);
}

/* irq_lock held, and on return; dropped now and then meanwhile. */
static void active_wait_for_owner(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *self,
				  struct vgic_irq *irq)
{
	plat_read(cpu, &irq->vcpu);
	if (!irq->vcpu)
		return;
	while (irq->vcpu && active_must_wait(g, cpu, self, irq->vcpu)) {
		plat_store(cpu, &self->waits_for, irq->vcpu);
		plat_unlock(cpu, &irq->irq_lock);
		WORK(active_spin);
		plat_relax(cpu);
		plat_lock(cpu, &irq->irq_lock);
		plat_read(cpu, &irq->vcpu);
	}
	plat_store(cpu, &self->waits_for, NULL);
}

static void active_change(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *self,
			  struct vgic_irq *irq, bool active)
{
	WORK(active_change);
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	if (!g->kernel->active_halts_vm)
		active_wait_for_owner(g, cpu, self, irq);
	aplist_state_write(cpu, irq);
	plat_store_declared(&irq->active, active);
	if (irq->hw && g->kernel->active_halts_vm)
		aplist_phys_active(g, cpu, irq, active);
	if (g->kernel->one_lr_an_intid && g->gic == 2 && gic_is_sgi(irq->intid))
		irq->active_source = active ? (uint8_t)self->vcpu_id : 0;
	if (active)
		aplist_queue_irq_unlock(g, cpu, irq);
	else
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
}

static void active_write(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			 uint32_t addr, uint64_t val, bool active)
{
	struct vgic_cpu *self = g->vcpus[plat_this_vcpu(cpu)];
	uint32_t intid = aplist_addr_intid(addr, 1);
	bool all = active_needs_all(g, intid);

	plat_store(cpu, &self->changes_active, true);
	active_halt(g, cpu, vcpu, all);
	WORK(bits_write);
	for (; val; val &= val - 1) {
		struct vgic_irq *irq;

		WORK(bits_write_bit);
		irq = aplist_get_irq(g, cpu, vcpu, intid + (uint32_t)__builtin_ctzll(val));
		active_change(g, cpu, self, irq, active);
		aplist_put_irq(g, cpu, irq);
	}
	plat_store(cpu, &self->changes_active, false);
	active_resume(g, cpu, vcpu, all);
}

void aplist_write_sactive(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	active_write(g, cpu, vcpu, addr, val, true);
}

void aplist_write_cactive(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	active_write(g, cpu, vcpu, addr, val, false);
}

/* ---- priority: a byte an INTID ------------------------------------------- */

uint64_t aplist_read_priority(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      uint32_t addr, unsigned int len)
{
	uint32_t intid = aplist_addr_intid(addr, 8);
	uint64_t val = 0;

	WORK(prio);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(prio_irq);
		val |= (uint64_t)plat_load(cpu, &irq->priority) << i * 8;
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

void aplist_write_priority(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = aplist_addr_intid(addr, 8);

	WORK(prio);
	for (unsigned int i = 0; i < len; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(prio_irq);
		aplist_lock_irq(g, cpu, &irq->irq_lock);
		plat_write(cpu, &irq->priority);
		plat_store_declared(&irq->priority, (uint8_t)(val >> i * 8) & 0xf8);
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
		aplist_put_irq(g, cpu, irq);
	}
}

/* ---- configuration: two bits an INTID, the upper one: edge --------------- */

uint64_t aplist_read_config(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			    uint32_t addr, unsigned int len)
{
	uint32_t intid = aplist_addr_intid(addr, 2);
	uint64_t val = 0;

	WORK(config_read);
	for (unsigned int i = 0; i < len * 4; i++) {
		struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, intid + i);

		WORK(config_read_irq);
		if (plat_load(cpu, &irq->config) == VGIC_CONFIG_EDGE)
			val |= UINT64_C(2) << i * 2;
		aplist_put_irq(g, cpu, irq);
	}
	return val;
}

static void config_write_irq(struct aplist *g, struct plat_cpu *cpu, struct vgic_irq *irq,
			     bool edge)
{
	WORK(config_write_irq);
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	plat_write(cpu, &irq->config);
	if (!edge)
		aplist_state_write(cpu, irq);
	plat_store_declared(&irq->config, edge ? VGIC_CONFIG_EDGE : VGIC_CONFIG_LEVEL);
	aplist_compute_pending(g, irq);
	aplist_unlock_irq(g, cpu, &irq->irq_lock);
}

void aplist_write_config(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			 uint32_t addr, unsigned int len, uint64_t val)
{
	uint32_t intid = aplist_addr_intid(addr, 2);

	WORK(config_write);
	for (unsigned int i = 0; i < len * 4; i++) {
		struct vgic_irq *irq;

		if (g->kernel->config_skips_private && gic_is_private(intid + i)) {
			WORK(config_private_irq);
			continue;
		}
		irq = aplist_get_irq(g, cpu, vcpu, intid + i);
		/* SGIs are edges; that PPIs cannot be changed is this implementation's choice */
		if (gic_is_private(intid + i))
			WORK(config_private_irq);
		else
			config_write_irq(g, cpu, irq, val >> (i * 2 + 1) & 1);
		aplist_put_irq(g, cpu, irq);
	}
}

/* ---- the distributor's enable -------------------------------------------- */

/*
 * Disabling touches no list: each drains at its vCPU's next prune. Enabling looks at
 * the lists only; what was latched meanwhile without being queued stays there.
 */
void aplist_write_enabled(struct aplist *g, struct plat_cpu *cpu, bool enabled)
{
	bool was;

	WORK(misc_write);
	was = plat_load(cpu, &g->dist->enabled);
	plat_store(cpu, &g->dist->enabled, enabled);
	if (was || !enabled)
		return;
	WORK(misc_enable);
	aplist_kick_vcpus(g, cpu);
}
