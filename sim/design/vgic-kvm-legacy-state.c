// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The legacy KVM vgic's state: bits of the distributor's bitmaps, what is pending
 * and active for each vCPU, the two oracle words, injection and kicks.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/vgic.c.
 *
 * Bits are set and cleared by atomics even under dist->lock, as there.
 */
#include "vgic-kvm-legacy.h"

/* ---- single bits ------------------------------------------------------------- */

static uint64_t *lgc_locate(const struct lgc_bitmap *b, unsigned int vcpu, uint32_t irq,
			    unsigned int *nr)
{
	if (gic_is_private(irq)) {
		*nr = irq;
		return &b->private[vcpu];
	}
	*nr = irq - GIC_NR_PRIVATE;
	return b->shared;
}

bool lgc_test(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	      unsigned int vcpu, uint32_t irq)
{
	unsigned int nr;
	uint64_t *map = lgc_locate(b, vcpu, irq, &nr);

	plat_read(cpu, b);
	return plat_test_bit(cpu, nr, map);
}

void lgc_set(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	     unsigned int vcpu, uint32_t irq)
{
	unsigned int nr;
	uint64_t *map = lgc_locate(b, vcpu, irq, &nr);

	plat_read(cpu, b);
	plat_set_bit(cpu, nr, map);
}

void lgc_clear(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
	       unsigned int vcpu, uint32_t irq)
{
	unsigned int nr;
	uint64_t *map = lgc_locate(b, vcpu, irq, &nr);

	plat_read(cpu, b);
	plat_clear_bit(cpu, nr, map);
}

bool lgc_peek(const struct legacy_vgic *d, const struct lgc_bitmap *b, unsigned int vcpu,
	      uint32_t irq)
{
	unsigned int nr;
	const uint64_t *map = lgc_locate(b, vcpu, irq, &nr);

	return map[nr / 64] >> nr % 64 & 1;
}

void lgc_poke(struct legacy_vgic *d, const struct lgc_bitmap *b, unsigned int vcpu, uint32_t irq,
	      bool val)
{
	unsigned int nr;
	uint64_t *map = lgc_locate(b, vcpu, irq, &nr);
	uint64_t bit = UINT64_C(1) << nr % 64;

	map[nr / 64] = val ? map[nr / 64] | bit : map[nr / 64] & ~bit;
}

void lgc_dist_clear_pending(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			    uint32_t irq)
{
	plat_work(cpu, PLAT_CODE, LC_DIST_PENDING);
	lgc_clear(d, cpu, &d->irq_pending, vcpu, irq);
}

void lgc_cpu_set(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_work(cpu, PLAT_CODE, LC_CPU_PENDING);
	if (gic_is_private(irq))
		plat_set_bit(cpu, irq, &v->pending_percpu);
	else
		plat_set_bit(cpu, irq - GIC_NR_PRIVATE, v->pending_shared);
}

void lgc_cpu_clear(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_work(cpu, PLAT_CODE, LC_CPU_PENDING);
	if (gic_is_private(irq))
		plat_clear_bit(cpu, irq, &v->pending_percpu);
	else
		plat_clear_bit(cpu, irq - GIC_NR_PRIVATE, v->pending_shared);
}

/* ---- what is pending and active where ------------------------------------------ */

/*
 * Lines are declared once a step: what a step reads again right after is in this
 * CPU's cache, and the instructions' cost has that. All of it is under dist->lock.
 */

static size_t lgc_map_bytes(const struct legacy_vgic *d)
{
	return d->words * sizeof(uint64_t);
}

/* to = a & b & c, in two passes; then find-first, which stops at a word with a bit. */
static bool lgc_and_any(struct legacy_vgic *d, struct plat_cpu *cpu, uint64_t *to,
			const uint64_t *a, const uint64_t *b, const uint64_t *c)
{
	unsigned int words = d->words, looked_at;
	uint32_t found = 0; /* bit of each word with one */

	for (unsigned int i = 0; i < words; i++) {
		to[i] = a[i] & b[i] & c[i];
		found |= (uint32_t) !!to[i] << i;
	}
	looked_at = found ? (unsigned int)__builtin_ctz(found) : words;
	plat_work(cpu, PLAT_LIST,
		  2 * words * LC_WORD_AND +
			  (looked_at < words ? looked_at + 1 : words) * LC_WORD_FIND);
	return looked_at < words;
}

static void lgc_compute_off(struct legacy_vgic *d, struct plat_cpu *cpu, struct lgc_vcpu *v)
{
	plat_work(cpu, PLAT_CODE, LC_PENDING_OFF);
	plat_write(cpu, &v->pending_percpu);
	v->pending_percpu = 0;
	plat_write_bytes(cpu, v->pending_shared, lgc_map_bytes(d));
	for (unsigned int i = 0; i < d->words; i++)
		v->pending_shared[i] = 0;
}

bool lgc_compute_pending(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];
	bool found;

	/* On the lock's line, which those who wait for it keep fetching. */
	plat_read(cpu, &d->enabled);
	if (!d->enabled) {
		lgc_compute_off(d, cpu, v);
		return false;
	}
	plat_read(cpu, &d->irq_pending.private[vcpu]);
	plat_read(cpu, &d->irq_enabled.private[vcpu]);
	plat_write(cpu, &v->pending_percpu);
	v->pending_percpu = d->irq_pending.private[vcpu] & d -> irq_enabled.private[vcpu];
	plat_read(cpu, &d->spi_target[vcpu]);
	plat_read_bytes(cpu, d->irq_pending.shared, lgc_map_bytes(d));
	plat_read_bytes(cpu, d->irq_enabled.shared, lgc_map_bytes(d));
	plat_read_bytes(cpu, d->spi_target[vcpu].shared, lgc_map_bytes(d));
	plat_write_bytes(cpu, v->pending_shared, lgc_map_bytes(d));
	found = lgc_and_any(d, cpu, v->pending_shared, d->irq_pending.shared, d->irq_enabled.shared,
			    d->spi_target[vcpu].shared) ||
		v->pending_percpu;
	plat_work(cpu, PLAT_CODE, LC_PENDING + (found ? 0 : LC_PENDING_NONE));
	return found;
}

/* Right after the pending ones of the same vCPU. */
static bool lgc_compute_active(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct lgc_vcpu *v = d->vcpus[vcpu];

	plat_read(cpu, &d->irq_active.private[vcpu]);
	v->active_percpu = d->irq_active.private[vcpu] & d -> irq_enabled.private[vcpu];
	plat_read_bytes(cpu, d->irq_active.shared, lgc_map_bytes(d));
	plat_write_bytes(cpu, v->active_shared, lgc_map_bytes(d));
	plat_work(cpu, PLAT_CODE, LC_ACTIVE);
	return lgc_and_any(d, cpu, v->active_shared, d->irq_active.shared, d->irq_enabled.shared,
			   d->spi_target[vcpu].shared) ||
	       v->active_percpu;
}

void lgc_update_state(struct legacy_vgic *d, struct plat_cpu *cpu)
{
	plat_count(cpu, PLAT_UPDATE_STATE, 1);
	plat_work(cpu, PLAT_CODE, LC_UPDATE);
	/* The maps' pointers, the oracle's, the table of vCPUs. */
	plat_read_bytes(cpu, &d->irq_enabled,
			offsetof(struct legacy_vgic, dist_iodev) -
				offsetof(struct legacy_vgic, irq_enabled));
	plat_read_bytes(cpu, d->vcpus, d->nr_cpus * sizeof(*d->vcpus));
	for (unsigned int c = 0; c < d->nr_cpus; c++) {
		/* Only ever set here: the flush clears it, and a line that goes low. */
		if (lgc_compute_pending(d, cpu, c)) {
			plat_work(cpu, PLAT_LIST, LC_UPDATE_VCPU + LC_ORACLE_BIT);
			plat_set_bit(cpu, c, d->pending_on_cpu);
		} else {
			plat_work(cpu, PLAT_LIST, LC_UPDATE_VCPU);
		}
		if (lgc_compute_active(d, cpu, c))
			plat_set_bit(cpu, c, d->active_on_cpu);
		else
			plat_clear_bit(cpu, c, d->active_on_cpu);
	}
}

static void lgc_recompute_map(const struct legacy_vgic *d, const struct lgc_bitmap *map,
			      unsigned int vcpu, uint64_t *private, uint64_t *shared, bool on)
{
	*private = on ? map->private[vcpu] & d -> irq_enabled.private[vcpu] : 0;
	for (unsigned int i = 0; i < d->words; i++)
		shared[i] = on ? map->shared[i] & d->irq_enabled.shared[i] &
					    d->spi_target[vcpu].shared[i]
			       : 0;
}

static void lgc_recompute_oracle(const struct legacy_vgic *d, uint64_t *oracle, unsigned int vcpu,
				 uint64_t private, const uint64_t *shared)
{
	bool any = private;

	for (unsigned int i = 0; i < d->words; i++)
		any |= !!shared[i];
	if (any)
		oracle[vcpu / 64] |= UINT64_C(1) << vcpu % 64;
	else
		oracle[vcpu / 64] &= ~(UINT64_C(1) << vcpu % 64);
}

void lgc_recompute(struct legacy_vgic *d)
{
	for (unsigned int c = 0; c < d->nr_cpus; c++) {
		struct lgc_vcpu *v = d->vcpus[c];

		lgc_recompute_map(d, &d->irq_pending, c, &v->pending_percpu, v->pending_shared,
				  d->enabled);
		lgc_recompute_map(d, &d->irq_active, c, &v->active_percpu, v->active_shared, true);
		lgc_recompute_oracle(d, d->pending_on_cpu, c, v->pending_percpu, v->pending_shared);
		lgc_recompute_oracle(d, d->active_on_cpu, c, v->active_percpu, v->active_shared);
	}
}

/* ---- kicks ---------------------------------------------------------------------- */

static void lgc_kick(struct plat_cpu *cpu, unsigned int vcpu)
{
	static const uint16_t cost[] = {
		[PLAT_KICK_SELF] = LC_KICK_SELF,
		[PLAT_KICK_NONE] = LC_KICK_NONE,
		[PLAT_KICK_WOKEN] = LC_KICK_WAKE,
		[PLAT_KICK_IPI] = LC_KICK_IPI,
	};

	plat_work(cpu, PLAT_CODE, cost[plat_kick(cpu, vcpu)]);
}

void lgc_kick_all(struct legacy_vgic *d, struct plat_cpu *cpu)
{
	plat_work(cpu, PLAT_CODE, LC_KICK_ALL);
	plat_read(cpu, &d->pending_on_cpu);
	plat_read_bytes(cpu, d->vcpus, d->nr_cpus * sizeof(*d->vcpus));
	for (unsigned int c = 0; c < d->nr_cpus; c++) {
		plat_work(cpu, PLAT_LIST, LC_KICK_ALL_VCPU);
		if (plat_test_bit(cpu, c, d->pending_on_cpu))
			lgc_kick(cpu, c);
	}
}

bool lgc_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct legacy_vgic *d = vgic;

	plat_work(cpu, PLAT_CODE, LC_PENDING_CHECK);
	plat_read(cpu, &d->pending_on_cpu);
	if (!plat_test_bit(cpu, vcpu, d->pending_on_cpu))
		return false;
	if (lgc_only_active(d, vcpu))
		plat_deviation(cpu, "WFI does not sleep while an interrupt is active");
	return true;
}

/* ---- injection -------------------------------------------------------------------- */

/* Whether the line's change, or the edge, is news. */
static bool lgc_inject_valid(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			     uint32_t irq, bool level, bool edge)
{
	plat_work(cpu, PLAT_CODE, LC_INJECT_CHECK);
	if (!edge) {
		if (lgc_test(d, cpu, &d->irq_level, vcpu, irq) != level)
			return true;
		plat_count(cpu, PLAT_FILTERED, 1);
		return false;
	}
	if (!level) {
		plat_count(cpu, PLAT_FILTERED, 1);
		return false;
	}
	if (!lgc_test(d, cpu, &d->irq_pending, vcpu, irq))
		return true;
	plat_count(cpu, PLAT_COALESCED, 1);
	return false;
}

/* A level line goes low: the copy in a list register, if any, stays. */
static void lgc_inject_lower(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			     uint32_t irq)
{
	plat_work(cpu, PLAT_CODE, LC_BIT + LC_INJECT_SOFT);
	lgc_clear(d, cpu, &d->irq_level, vcpu, irq);
	if (lgc_test(d, cpu, &d->irq_soft_pend, vcpu, irq))
		return;
	lgc_dist_clear_pending(d, cpu, vcpu, irq);
	lgc_cpu_clear(d, cpu, vcpu, irq);
	if (lgc_compute_pending(d, cpu, vcpu))
		return;
	plat_work(cpu, PLAT_CODE, LC_ORACLE_BIT);
	plat_clear_bit(cpu, vcpu, d->pending_on_cpu);
}

/* Raised or pulsed. True: @vcpu is to be kicked. */
static bool lgc_inject_raise(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			     uint32_t irq, bool edge, bool routable)
{
	if (!edge) {
		plat_work(cpu, PLAT_CODE, LC_BIT);
		lgc_set(d, cpu, &d->irq_level, vcpu, irq);
	}
	plat_work(cpu, PLAT_CODE, LC_DIST_PENDING);
	lgc_set(d, cpu, &d->irq_pending, vcpu, irq);
	plat_work(cpu, PLAT_CODE, LC_INJECT_ENABLED);
	if (!routable || !lgc_test(d, cpu, &d->irq_enabled, vcpu, irq))
		return false;
	if (!edge && lgc_test(d, cpu, &d->irq_queued, vcpu, irq)) {
		/* Found again at its EOI. */
		plat_count(cpu, PLAT_COALESCED, 1);
		return false;
	}
	if (!d->enabled)
		plat_deviation(cpu, "injected while the distributor is off, delivered");
	lgc_cpu_set(d, cpu, vcpu, irq);
	plat_work(cpu, PLAT_CODE, LC_ORACLE_BIT);
	plat_set_bit(cpu, vcpu, d->pending_on_cpu);
	return true;
}

/* vgic_update_irq_pending(). */
static void lgc_update_irq(struct legacy_vgic *d, struct plat_cpu *cpu, unsigned int vcpu,
			   uint32_t irq, bool level)
{
	bool edge, routable = true, kick = false;

	plat_lock(cpu, &d->lock);
	edge = lgc_test(d, cpu, &d->irq_cfg, vcpu, irq);
	if (lgc_inject_valid(d, cpu, vcpu, irq, level, edge)) {
		if (!gic_is_private(irq)) {
			plat_read(cpu, &d->spi_cpu[irq - GIC_NR_PRIVATE]);
			vcpu = lgc_spi_cpu(d, irq - GIC_NR_PRIVATE);
			routable = vcpu < d->nr_cpus;
			if (!routable)
				vcpu = 0;
		}
		if (level)
			kick = lgc_inject_raise(d, cpu, vcpu, irq, edge, routable);
		else
			lgc_inject_lower(d, cpu, vcpu, irq);
	}
	plat_unlock(cpu, &d->lock);
	if (kick)
		lgc_kick(cpu, vcpu);
}

int lgc_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq, bool level,
	       bool mapped)
{
	struct legacy_vgic *d = vgic;

	if (irq >= d->nr_irqs || vcpu >= d->nr_cpus)
		return -1;
	if (mapped) {
		if (!d->config.timer_ppi || irq != d->config.timer_ppi)
			return -1;
		/* The timer's own note of its line, which its flush looks at. */
		plat_store(cpu, &d->vcpus[vcpu]->timer_level, level);
		plat_work(cpu, PLAT_CODE, LC_INJECT_MAPPED);
	} else {
		plat_work(cpu, PLAT_CODE, LC_INJECT);
		if (lgc_map_find(d, cpu, vcpu, irq))
			return -1;
	}
	lgc_update_irq(d, cpu, vcpu, irq, level);
	return 0;
}
