// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The legacy KVM vgic and its list registers: filling them before an entry, what
 * the guest left in them after an exit, the world switch's register accesses,
 * and the timer's physical active state.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/{vgic,vgic-v2,vgic-v3,arch_timer}.c
 * and the hyp code of arch/arm64/kvm/hyp.
 *
 * A list register keeps its interrupt until the guest has ended it: nothing is
 * taken back at an exit, but a mapped interrupt that is not active. Its priority field is never
 * written.
 */
#include "vgic-kvm-legacy.h"

/* ---- shadow registers ------------------------------------------------------------ */

/* Not an access of the model. */
static uint64_t lgc_lr_peek(const struct legacy_vgic *d, const struct lgc_vcpu *v, unsigned int n)
{
	if (d->config.gic == 2)
		return plat_load_declared(&v->cpu_if.v2.lr[n]);
	return plat_load_declared(&v->cpu_if.v3.lr[n]);
}

static bool lgc_lr_any(const struct gic_lr *lr)
{
	return lr->pending || lr->active;
}

static uint64_t lgc_elrsr(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_vcpu *v)
{
	if (d->config.gic == 2)
		return plat_load(cpu, &v->cpu_if.v2.elrsr);
	return plat_load(cpu, &v->cpu_if.v3.elrsr);
}

static uint64_t lgc_lr_bits(const struct lgc_vcpu *v)
{
	return v->nr_lr == 64 ? UINT64_MAX : (UINT64_C(1) << v->nr_lr) - 1;
}

/* A step that decodes or stores a list register: @v2 is what a GICv2's takes more. */
static void lgc_work_lr(const struct legacy_vgic *d, struct plat_cpu *cpu, enum plat_work kind,
			enum lgc_cost cost, enum lgc_cost v2)
{
	plat_work(cpu, kind, (unsigned int)((int)cost + (d->config.gic == 2 ? (int)v2 : 0)));
}

/* Loads and stores, for a redistributor's registers may be written by another vCPU. */
static struct gic_lr lgc_lr_get(struct legacy_vgic *d, struct plat_cpu *cpu,
				const struct lgc_vcpu *v, unsigned int n)
{
	if (d->config.gic == 2)
		return gic_lr_decode(2, plat_load(cpu, &v->cpu_if.v2.lr[n]));
	return gic_lr_decode(3, plat_load(cpu, &v->cpu_if.v3.lr[n]));
}

static uint32_t lgc_lr_encode_v2(const struct gic_lr *lr)
{
	uint32_t w = lr->irq;

	if (lr->pending)
		w |= GICH_LR_PENDING;
	if (lr->active)
		w |= GICH_LR_ACTIVE;
	if (lr->hw)
		w |= GICH_LR_HW | lr->hw_irq << GICH_LR_PHYS_SHIFT;
	else if (gic_is_sgi(lr->irq))
		w |= (uint32_t)lr->src << GICH_LR_SRC_SHIFT;
	if (lr->eoi)
		w |= GICH_LR_EOI;
	return w;
}

static uint64_t lgc_lr_encode_v3(const struct gic_lr *lr)
{
	uint64_t w = lr->irq | ICH_LR_GROUP1;

	if (lr->pending)
		w |= ICH_LR_PENDING;
	if (lr->active)
		w |= ICH_LR_ACTIVE;
	if (lr->hw)
		w |= ICH_LR_HW | (uint64_t)lr->hw_irq << ICH_LR_PHYS_SHIFT;
	if (lr->eoi)
		w |= ICH_LR_EOI;
	return w;
}

static void lgc_lr_set(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v,
		       unsigned int n, const struct gic_lr *lr)
{
	uint64_t elrsr = lgc_elrsr(d, cpu, v), bit = UINT64_C(1) << n;

	elrsr = lgc_lr_any(lr) ? elrsr & ~bit : elrsr | bit;
	if (d->config.gic == 2) {
		plat_store(cpu, &v->cpu_if.v2.lr[n], lgc_lr_encode_v2(lr));
		plat_store(cpu, &v->cpu_if.v2.elrsr, elrsr);
	} else {
		plat_store(cpu, &v->cpu_if.v3.lr[n], lgc_lr_encode_v3(lr));
		plat_store(cpu, &v->cpu_if.v3.elrsr, (uint32_t)elrsr);
	}
}

static void lgc_underflow(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v, bool on)
{
	uint32_t *hcr = d->config.gic == 2 ? &v->cpu_if.v2.hcr : &v->cpu_if.v3.hcr;

	plat_write(cpu, hcr);
	*hcr = on ? *hcr | GICH_HCR_UIE : *hcr & ~GICH_HCR_UIE;
}

const struct lgc_map *lgc_map_find(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
				   uint32_t irq)
{
	const struct lgc_map *map;

	/* Mapped SPIs would be on a list of the VM; there are none. */
	if (!gic_is_private(irq))
		return NULL;
	map = plat_load(cpu, &d->vcpus[vcpu]->maps);
	for (; map; map = map->next) {
		plat_read(cpu, map);
		if (map->virt_irq == irq)
			break;
	}
	return map;
}

/* ---- flush -------------------------------------------------------------------------- */

/* Where what the list registers hold is no longer what the distributor says. */
static void lgc_flush_stale(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool v2 = d->config.gic == 2;
	uint64_t used = ~(v2 ? v->cpu_if.v2.elrsr : v->cpu_if.v3.elrsr) & lgc_lr_bits(v);

	for (; used; used &= used - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(used);
		struct gic_lr lr = gic_lr_decode(d->config.gic, lgc_lr_peek(d, v, n));

		if (!lr.pending || lr.irq >= d->nr_irqs)
			continue;
		if (!lgc_peek(d, &d->irq_enabled, vcpu, lr.irq))
			plat_deviation(cpu, "disabled interrupt stays in a list register");
		else if (!gic_is_private(lr.irq) && lgc_spi_cpu(d, lr.irq - GIC_NR_PRIVATE) != vcpu)
			plat_deviation(cpu, "retargeted interrupt stays with its old vCPU");
		else if (!lgc_peek(d, &d->irq_cfg, vcpu, lr.irq) &&
			 !lgc_peek(d, &d->irq_level, vcpu, lr.irq) &&
			 !lgc_peek(d, &d->irq_soft_pend, vcpu, lr.irq))
			plat_deviation(cpu, "lowered level interrupt stays in a list register");
	}
}

bool lgc_only_active(const struct legacy_vgic *d, unsigned int vcpu)
{
	const struct lgc_vcpu *v = d->vcpus[vcpu];
	bool active = false;

	for (unsigned int n = 0; n < v->nr_lr; n++) {
		struct gic_lr lr = gic_lr_decode(d->config.gic, lgc_lr_peek(d, v, n));

		if (lr.pending)
			return false;
		active |= lr.active;
	}
	return active;
}

/* vgic_queue_irq_to_lr(): @lr is what stands in list register @n already, or empty. */
static void lgc_queue_to_lr(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			    unsigned int n, struct gic_lr *lr)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	const struct lgc_map *map;

	lgc_work_lr(d, cpu, PLAT_CODE, LC_LR_FORM, LC_V2_STORE);
	if (lgc_test(d, cpu, &d->irq_active, vcpu, lr->irq)) {
		if (lgc_peek(d, &d->irq_pending, vcpu, lr->irq) &&
		    lgc_peek(d, &d->irq_cfg, vcpu, lr->irq))
			plat_deviation(cpu, "edge lost: it was active in the distributor as well");
		lr->active = true;
		lgc_clear(d, cpu, &d->irq_active, vcpu, lr->irq);
		lgc_update_state(d, cpu);
	} else {
		lr->pending = true;
	}
	if (!gic_is_sgi(lr->irq)) {
		plat_work(cpu, PLAT_CODE, LC_LR_MAPPED);
		lr->eoi = !lgc_test(d, cpu, &d->irq_cfg, vcpu, lr->irq);
		map = lgc_map_find(d, cpu, vcpu, lr->irq);
		if (map) {
			lr->hw = true;
			lr->hw_irq = map->phys_irq;
			lr->eoi = false;
			lgc_set(d, cpu, &d->irq_queued, vcpu, lr->irq);
		}
	}
	lgc_lr_set(d, cpu, v, n, lr);
}

static uint8_t lgc_prio_peek(const struct legacy_vgic *d, unsigned int vcpu, uint32_t irq)
{
	const uint32_t *words =
		gic_is_private(irq) ? &d->irq_priority.private[8 * vcpu] : d->irq_priority.shared;
	uint32_t byte = gic_is_private(irq) ? irq : irq - GIC_NR_PRIVATE;

	return (uint8_t)(words[byte / 4] >> byte % 4 * 8);
}

/* vgic_queue_irq(): one it is in already, or the first empty one. False: none. */
static bool lgc_queue_irq(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			  uint32_t irq, uint8_t src)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	uint64_t elrsr, used;
	struct gic_lr lr;
	unsigned int n;

	plat_work(cpu, PLAT_CODE, LC_QUEUE_IRQ);
	elrsr = lgc_elrsr(d, cpu, v) & lgc_lr_bits(v);
	for (used = ~elrsr & lgc_lr_bits(v); used; used &= used - 1) {
		n = (unsigned int)__builtin_ctzll(used);
		lgc_work_lr(d, cpu, PLAT_LIST, LC_QUEUE_USED, LC_V2_DECODE);
		lr = lgc_lr_get(d, cpu, v, n);
		if (lr.irq == irq && lr.src == src) {
			lgc_queue_to_lr(d, cpu, vcpu, n, &lr);
			return true;
		}
	}
	if (!elrsr)
		return false;
	plat_work(cpu, PLAT_CODE, LC_QUEUE_FREE);
	if (lgc_prio_peek(d, vcpu, irq))
		plat_deviation(cpu, "priority ignored");
	lr = (struct gic_lr){ .irq = irq, .src = src };
	lgc_queue_to_lr(d, cpu, vcpu, (unsigned int)__builtin_ctzll(elrsr), &lr);
	return true;
}

/* GICv2: one list register a source, as long as there are some. */
static bool lgc_queue_sgi_sources(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
				  uint32_t irq)
{
	uint8_t *byte = &d->sgi_sources[vcpu * GIC_NR_SGIS + irq];
	uint8_t sources, left;
	unsigned int queued = 0;

	plat_work(cpu, PLAT_CODE, LC_V2_QUEUE_SGI);
	plat_read(cpu, byte);
	sources = left = *byte;
	for (; sources; sources &= (uint8_t)(sources - 1)) {
		uint8_t src = (uint8_t)__builtin_ctz(sources);

		plat_work(cpu, PLAT_CODE, LC_V2_QUEUE_SRC);
		if (lgc_queue_irq(d, cpu, vcpu, irq, src)) {
			left &= (uint8_t) ~(1u << src);
			queued++;
		}
	}
	if (queued > 1)
		plat_deviation(cpu, "one SGI in several list registers");
	plat_write(cpu, byte);
	*byte = left;
	return !left;
}

static bool lgc_queue_sgi(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			  uint32_t irq)
{
	bool done;

	plat_work(cpu, PLAT_CODE, LC_QUEUE_SGI);
	if (d->config.gic == 2)
		done = lgc_queue_sgi_sources(d, cpu, vcpu, irq);
	else
		done = lgc_queue_irq(d, cpu, vcpu, irq, 0);
	if (!done)
		return false;
	lgc_dist_clear_pending(d, cpu, vcpu, irq);
	lgc_cpu_clear(d, cpu, vcpu, irq);
	return true;
}

/* PPIs and SPIs. A level interrupt in a list register already counts as done. */
static bool lgc_queue_hwirq(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			    uint32_t irq)
{
	bool edge;

	plat_work(cpu, PLAT_CODE, LC_QUEUE_HWIRQ);
	edge = lgc_test(d, cpu, &d->irq_cfg, vcpu, irq);
	if (!edge && lgc_test(d, cpu, &d->irq_queued, vcpu, irq))
		return true;
	if (!lgc_queue_irq(d, cpu, vcpu, irq, 0))
		return false;
	if (edge) {
		lgc_dist_clear_pending(d, cpu, vcpu, irq);
		lgc_cpu_clear(d, cpu, vcpu, irq);
	} else {
		plat_work(cpu, PLAT_CODE, LC_QUEUE_LEVEL);
		lgc_set(d, cpu, &d->irq_queued, vcpu, irq);
	}
	return true;
}

/* What is pending or active, as this flush will see it. */
static void lgc_flush_or(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	size_t bytes = d->words * sizeof(uint64_t);

	plat_work(cpu, PLAT_LIST, d->words * LC_WORD_OR);
	plat_read(cpu, &v->pending_percpu);
	plat_write(cpu, &v->pend_act_percpu);
	v->pend_act_percpu = v->pending_percpu | v->active_percpu;
	plat_read_bytes(cpu, v->pending_shared, bytes);
	plat_read_bytes(cpu, v->active_shared, bytes);
	plat_write_bytes(cpu, v->pend_act_shared, bytes);
	for (unsigned int i = 0; i < d->words; i++)
		v->pend_act_shared[i] = v->pending_shared[i] | v->active_shared[i];
}

/* Every candidate gets its try. True: some found no list register. */
static bool lgc_flush_candidates(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	unsigned int candidates = 0;
	bool overflow = false;
	uint64_t w;

	plat_work(cpu, PLAT_LIST, LC_FLUSH_SCAN + d->words * LC_WORD_NEXT);
	for (w = v->pend_act_percpu; w; w &= w - 1) {
		uint32_t irq = (uint32_t)__builtin_ctzll(w);

		plat_work(cpu, PLAT_LIST, LC_FLUSH_CAND);
		candidates++;
		if (gic_is_sgi(irq))
			overflow |= !lgc_queue_sgi(d, cpu, vcpu, irq);
		else
			overflow |= !lgc_queue_hwirq(d, cpu, vcpu, irq);
	}
	for (unsigned int i = 0; i < d->words; i++) {
		for (w = v->pend_act_shared[i]; w; w &= w - 1) {
			uint32_t irq = GIC_NR_PRIVATE + i * 64 + (uint32_t)__builtin_ctzll(w);

			plat_work(cpu, PLAT_LIST, LC_FLUSH_CAND);
			candidates++;
			overflow |= !lgc_queue_hwirq(d, cpu, vcpu, irq);
		}
	}
	plat_list_length(cpu, candidates);
	return overflow;
}

void lgc_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool overflow = false;

	plat_lock(cpu, &d->lock);
	plat_work(cpu, PLAT_CODE, LC_FLUSH);
	lgc_flush_stale(d, cpu, vcpu);
	lgc_flush_or(d, cpu, v);
	plat_read(cpu, &d->pending_on_cpu);
	if (plat_test_bit(cpu, vcpu, d->pending_on_cpu) ||
	    plat_test_bit(cpu, vcpu, d->active_on_cpu))
		overflow = lgc_flush_candidates(d, cpu, vcpu);
	else
		plat_list_length(cpu, 0);
	lgc_underflow(d, cpu, v, overflow);
	/* Even when the bit is clear: every entry writes the VM's word. */
	if (overflow)
		plat_count(cpu, PLAT_OVERFLOWS, 1);
	else
		plat_clear_bit(cpu, vcpu, d->pending_on_cpu);
	plat_unlock(cpu, &d->lock);
}

/* ---- sync -------------------------------------------------------------------------------- */

/*
 * Its list register @n has become empty: give it up, look at the line again.
 * True: it is high, so that the interrupt is pending again.
 */
static bool lgc_finish(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
		       unsigned int n, struct gic_lr *lr)
{
	bool high;

	plat_lock(cpu, &d->lock);
	lgc_work_lr(d, cpu, PLAT_CODE, LC_FINISH, LC_V2_STORE);
	lr->pending = lr->active = lr->hw = lr->eoi = false;
	lgc_lr_set(d, cpu, d->vcpus[vcpu], n, lr);
	lgc_clear(d, cpu, &d->irq_soft_pend, vcpu, lr->irq);
	lgc_clear(d, cpu, &d->irq_queued, vcpu, lr->irq);
	high = lgc_test(d, cpu, &d->irq_level, vcpu, lr->irq);
	if (high) {
		/* On this vCPU, wherever the interrupt is routed by now. */
		lgc_cpu_set(d, cpu, vcpu, lr->irq);
		if (!gic_is_private(lr->irq) && lgc_spi_cpu(d, lr->irq - GIC_NR_PRIVATE) != vcpu)
			plat_deviation(cpu, "retargeted interrupt pends again on its old vCPU");
	} else {
		plat_work(cpu, PLAT_CODE, LC_FINISH_LOW);
		lgc_dist_clear_pending(d, cpu, vcpu, lr->irq);
		lgc_cpu_clear(d, cpu, vcpu, lr->irq);
		if (!lgc_compute_pending(d, cpu, vcpu)) {
			plat_work(cpu, PLAT_CODE, LC_ORACLE_BIT);
			plat_clear_bit(cpu, vcpu, d->pending_on_cpu);
		}
	}
	plat_unlock(cpu, &d->lock);
	return high;
}

/* The EOI maintenance interrupt: software level interrupts that were ended. */
static bool lgc_sync_eisr(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			  uint64_t eisr)
{
	bool high = false;

	for (; eisr; eisr &= eisr - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(eisr);
		struct gic_lr lr;

		plat_work(cpu, PLAT_CODE, LC_SYNC_EISR + LC_SYNC_NOTIFY);
		lr = lgc_lr_get(d, cpu, d->vcpus[vcpu], n);
		high |= lgc_finish(d, cpu, vcpu, n, &lr);
	}
	return high;
}

/*
 * All list registers, whatever their state; mapped ones are finished unless they
 * are active. One that the guest has not taken yet is pulled back so, and the
 * next flush queues it again (behind an SGI that came meanwhile: list registers
 * recorded on 4.6.2 show it move). The list register is trusted in that, as
 * since Linux 4.4: the first kernels with mapped interrupts asked the physical
 * interrupt whether it was still active.
 */
static bool lgc_sync_lrs(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool high = false;

	for (unsigned int n = 0; n < v->nr_lr; n++) {
		struct gic_lr lr;

		lgc_work_lr(d, cpu, PLAT_LIST, LC_SYNC_LR, LC_V2_DECODE);
		lr = lgc_lr_get(d, cpu, v, n);
		if (!lr.hw || lr.active)
			continue;
		high |= lgc_finish(d, cpu, vcpu, n, &lr);
	}
	return high;
}

void lgc_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool v2 = d->config.gic == 2, high = false;
	uint32_t misr;

	plat_work(cpu, PLAT_CODE, LC_SYNC);
	plat_read_bytes(cpu, &v->cpu_if, 16);
	misr = v2 ? v->cpu_if.v2.misr : v->cpu_if.v3.misr;
	if (misr & GICH_MISR_EOI)
		high = lgc_sync_eisr(d, cpu, vcpu, v2 ? v->cpu_if.v2.eisr : v->cpu_if.v3.eisr);
	if (misr & GICH_MISR_U)
		lgc_underflow(d, cpu, v, false);
	if (v2) {
		plat_write(cpu, &v->cpu_if.v2.eisr);
		v->cpu_if.v2.eisr = 0;
	} else {
		plat_write(cpu, &v->cpu_if.v3.eisr);
		v->cpu_if.v3.eisr = 0;
	}
	high |= lgc_sync_lrs(d, cpu, vcpu);
	/* A list register that is only active makes the vCPU "pending" as well. */
	if (high || (~lgc_elrsr(d, cpu, v) & lgc_lr_bits(v))) {
		plat_work(cpu, PLAT_CODE, LC_SYNC_USED + LC_ORACLE_BIT);
		plat_read(cpu, &d->pending_on_cpu);
		plat_set_bit(cpu, vcpu, d->pending_on_cpu);
	}
}

/* dist->lock held; the list registers of the registers' owner only. */
void lgc_retire_disabled(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	uint64_t used;

	plat_work(cpu, PLAT_CODE, LC_REG_RETIRE);
	for (used = ~lgc_elrsr(d, cpu, v) & lgc_lr_bits(v); used; used &= used - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(used);
		struct gic_lr lr = lgc_lr_get(d, cpu, v, n);

		lgc_work_lr(d, cpu, PLAT_LIST, LC_QUEUE_USED, LC_V2_DECODE);
		if (lr.irq >= d->nr_irqs || lgc_test(d, cpu, &d->irq_enabled, vcpu, lr.irq))
			continue;
		if (lr.pending && lgc_peek(d, &d->irq_cfg, vcpu, lr.irq))
			plat_deviation(cpu, "edge lost: disabled while in a list register");
		if (lr.active)
			plat_deviation(cpu, "active state lost: disabled while in a list register");
		plat_work(cpu, PLAT_CODE, LC_REG_RETIRED);
		lr.pending = lr.active = lr.hw = lr.eoi = false;
		lgc_lr_set(d, cpu, v, n, &lr);
		if (lgc_test(d, cpu, &d->irq_queued, vcpu, lr.irq))
			lgc_clear(d, cpu, &d->irq_queued, vcpu, lr.irq);
	}
}

/* ---- the timer's physical active state ------------------------------------------------------ */

static bool lgc_map_is_active(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_work(cpu, PLAT_CODE, LC_MAP_ACTIVE);
	for (unsigned int n = 0; n < v->nr_lr; n++) {
		struct gic_lr lr = lgc_lr_get(d, cpu, v, n);

		lgc_work_lr(d, cpu, PLAT_LIST, LC_MAP_ACTIVE_LR, LC_V2_DECODE);
		if (lr.irq == d->config.timer_ppi && lr.active)
			return true;
	}
	return lgc_test(d, cpu, &d->irq_active, vcpu, d->config.timer_ppi);
}

void lgc_timer_flush(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool active;

	if (!d->config.timer_ppi)
		return;
	plat_work(cpu, PLAT_CODE, LC_TIMER_FLUSH);
	active = plat_load(cpu, &v->timer_level) || lgc_map_is_active(d, cpu, vcpu);
	/* Written as clear once, it is not written again while it stays so. */
	if (!active && v->timer_cleared)
		return;
	plat_work(cpu, PLAT_CODE, LC_TIMER_SET + (active ? 0 : LC_TIMER_CLEARED));
	plat_phys_active_set(cpu, d->config.timer_hw_irq, active);
	plat_write(cpu, &v->timer_cleared);
	v->timer_cleared = !active;
}

/* ---- the world switch: EL2's instructions are the host profile's ------------------------------
 *
 * No lock is held here, nor by who disables another vCPU's interrupt by its
 * redistributor's GICR_ICENABLER0 (lgc_retire_disabled(), under dist->lock): in the
 * original the two race for the shadows of the list registers, and what either wrote may
 * be lost. Hence loads and stores.
 */

static uint64_t lgc_live(const struct legacy_vgic *d, const struct lgc_vcpu *v)
{
	uint64_t live = 0;

	for (unsigned int n = 0; n < v->nr_lr; n++) {
		uint64_t w = lgc_lr_peek(d, v, n);
		uint64_t state =
			gic_lr_pending_bit(d->config.gic) | gic_lr_active_bit(d->config.gic);

		if (w & state)
			live |= UINT64_C(1) << n;
	}
	return live;
}

/* Whether a maintenance interrupt can have been raised. */
static bool lgc_expects_mi(const struct legacy_vgic *d, const struct lgc_vcpu *v)
{
	uint64_t live;

	if ((d->config.gic == 2 ? v->cpu_if.v2.hcr : v->cpu_if.v3.hcr) & GICH_HCR_UIE)
		return true;
	for (live = v->live_lrs; live; live &= live - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(live);
		uint64_t w = lgc_lr_peek(d, v, n);

		if (gic_lr_decode(d->config.gic, w).eoi)
			return true;
	}
	return false;
}

static void lgc_restore_v2(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	struct lgc_v2_cpu_if *c = &v->cpu_if.v2;
	uint64_t live;

	if (v->live_lrs) {
		plat_vif_write(cpu, PLAT_VIF_HCR, c->hcr);
		plat_vif_write(cpu, PLAT_VIF_AP0R0, c->apr);
		for (live = v->live_lrs; live; live &= live - 1) {
			unsigned int n = (unsigned int)__builtin_ctzll(live);

			plat_vif_write(cpu, PLAT_VIF_LR0 + n, plat_load_declared(&c->lr[n]));
		}
	}
	plat_vif_write(cpu, PLAT_VIF_VMCR, c->vmcr);
}

static void lgc_save_v2(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	struct lgc_v2_cpu_if *c = &v->cpu_if.v2;
	uint64_t live, empty;
	uint32_t word;

	c->vmcr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_VMCR);
	c->misr = 0;
	c->eisr = 0;
	plat_store_declared(&c->elrsr, lgc_lr_bits(v));
	if (!v->live_lrs) {
		c->apr = 0;
		return;
	}
	if (lgc_expects_mi(d, v)) {
		c->misr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_MISR);
		if (c->misr & GICH_MISR_EOI)
			c->eisr = plat_vif_read(cpu, PLAT_VIF_EISR);
	}
	empty = plat_vif_read(cpu, PLAT_VIF_ELRSR);
	plat_store_declared(&c->elrsr, empty);
	c->apr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0);
	for (live = v->live_lrs; live; live &= live - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(live);

		if (empty >> n & 1)
			word = plat_load_declared(&c->lr[n]) & ~(GICH_LR_PENDING | GICH_LR_ACTIVE);
		else
			word = (uint32_t)plat_vif_read(cpu, PLAT_VIF_LR0 + n);
		plat_store_declared(&c->lr[n], word);
		plat_vif_write(cpu, PLAT_VIF_LR0 + n, 0);
	}
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
}

/* Registers of each priority group: one, two or four by the priority bits. */
static unsigned int lgc_nr_aprs(const struct legacy_vgic *d)
{
	return d->config.nr_apr_bits >= 7 ? 4 : d->config.nr_apr_bits == 6 ? 2 : 1;
}

static void lgc_restore_v3(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	struct lgc_v3_cpu_if *c = &v->cpu_if.v3;
	unsigned int i;
	uint64_t live;

	plat_vif_write(cpu, PLAT_VIF_VMCR, c->vmcr);
	plat_vif_read(cpu, PLAT_VIF_VTR);
	if (v->live_lrs) {
		plat_vif_write(cpu, PLAT_VIF_HCR, c->hcr);
		for (i = lgc_nr_aprs(d); i-- > 0;)
			plat_vif_write(cpu, PLAT_VIF_AP0R0 + i, c->ap0r[i]);
		for (i = lgc_nr_aprs(d); i-- > 0;)
			plat_vif_write(cpu, PLAT_VIF_AP1R0 + i, c->ap1r[i]);
		for (live = v->live_lrs; live; live &= live - 1) {
			unsigned int n = (unsigned int)__builtin_ctzll(live);

			plat_vif_write(cpu, PLAT_VIF_LR0 + n, plat_load_declared(&c->lr[n]));
		}
	}
	plat_vif_write(cpu, PLAT_VIF_SRE_EL2, c->sre);
}

static void lgc_save_v3(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	struct lgc_v3_cpu_if *c = &v->cpu_if.v3;
	uint64_t live, empty, word;
	unsigned int i;

	c->vmcr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_VMCR);
	c->misr = 0;
	c->eisr = 0;
	plat_store_declared(&c->elrsr, (uint32_t)lgc_lr_bits(v));
	if (!v->live_lrs) {
		for (i = 0; i < 4; i++)
			c->ap0r[i] = c->ap1r[i] = 0;
		return;
	}
	if (lgc_expects_mi(d, v)) {
		c->misr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_MISR);
		if (c->misr & GICH_MISR_EOI)
			c->eisr = (uint32_t)plat_vif_read(cpu, PLAT_VIF_EISR);
	}
	empty = plat_vif_read(cpu, PLAT_VIF_ELRSR);
	plat_store_declared(&c->elrsr, (uint32_t)empty);
	plat_vif_write(cpu, PLAT_VIF_HCR, 0);
	plat_vif_read(cpu, PLAT_VIF_VTR);
	for (live = v->live_lrs; live; live &= live - 1) {
		unsigned int n = (unsigned int)__builtin_ctzll(live);

		if (empty >> n & 1)
			word = plat_load_declared(&c->lr[n]) & ~(ICH_LR_PENDING | ICH_LR_ACTIVE);
		else
			word = plat_vif_read(cpu, PLAT_VIF_LR0 + n);
		plat_store_declared(&c->lr[n], word);
		plat_vif_write(cpu, PLAT_VIF_LR0 + n, 0);
	}
	for (i = lgc_nr_aprs(d); i-- > 0;)
		c->ap0r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP0R0 + i);
	for (i = lgc_nr_aprs(d); i-- > 0;)
		c->ap1r[i] = (uint32_t)plat_vif_read(cpu, PLAT_VIF_AP1R0 + i);
}

void lgc_restore(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_read_bytes(cpu, &v->cpu_if, 32 + v->nr_lr * 8);
	v->live_lrs = lgc_live(d, v);
	plat_write(cpu, &v->live_lrs);
	if (d->config.gic == 2)
		lgc_restore_v2(d, cpu, v);
	else
		lgc_restore_v3(d, cpu, v);
}

void lgc_save(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_write_bytes(cpu, &v->cpu_if, 32 + (v->live_lrs ? v->nr_lr * 8 : 0));
	if (d->config.gic == 2)
		lgc_save_v2(d, cpu, v);
	else
		lgc_save_v3(d, cpu, v);
	plat_write(cpu, &v->live_lrs);
	v->live_lrs = 0;
}
