// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The legacy KVM vgic's MMIO: frames on the KVM bus, the linear scan of a frame's
 * table, one handler for read and write under dist->lock, and the registers
 * that both GICs have.
 * Modelled behaviour: Linux 4.6, virt/kvm/arm/vgic.c.
 */
#include "vgic-kvm-legacy.h"

/* ---- registers of both GICs ---------------------------------------------------- */

void lgc_reg_access(struct lgc_mmio *m, uint32_t *reg, uint32_t offset, enum lgc_access mode)
{
	unsigned int shift = (offset & 3) * 8;
	uint32_t mask = m->len >= 4 ? UINT32_MAX : (UINT32_C(1) << m->len * 8) - 1;
	uint32_t data = (m->data & mask) << shift;

	if (!m->write) {
		m->data = mode & LGC_READ_VALUE ? *reg >> shift & mask : 0;
		return;
	}
	switch (mode & LGC_WRITE_MASK) {
	case LGC_WRITE_VALUE:
		*reg = (*reg & ~(mask << shift)) | data;
		break;
	case LGC_WRITE_SET:
		*reg |= data;
		break;
	case LGC_WRITE_CLEAR:
		*reg &= ~data;
		break;
	default:
		break;
	}
}

static uint64_t *lgc_word_at(const struct lgc_bitmap *b, unsigned int vcpu, uint32_t irq)
{
	if (gic_is_private(irq))
		return &b->private[vcpu];
	return &b->shared[(irq - GIC_NR_PRIVATE) / 64];
}

static unsigned int lgc_word_shift(uint32_t irq)
{
	return gic_is_private(irq) ? 0 : (irq - GIC_NR_PRIVATE) / 32 % 2 * 32;
}

uint32_t lgc_word(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
		  unsigned int vcpu, uint32_t irq)
{
	const uint64_t *w = lgc_word_at(b, vcpu, irq);

	plat_read(cpu, b);
	plat_read(cpu, w);
	return (uint32_t)(*w >> lgc_word_shift(irq));
}

void lgc_word_store(struct legacy_vgic *d, struct plat_cpu *cpu, const struct lgc_bitmap *b,
		    unsigned int vcpu, uint32_t irq, uint32_t val)
{
	uint64_t *w = lgc_word_at(b, vcpu, irq);
	unsigned int shift = lgc_word_shift(irq);

	plat_write(cpu, w);
	/* Bits are tested without dist->lock, by the timer's code for one. */
	plat_store_declared(w, (*w & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)val << shift);
}

bool lgc_raz_wi(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	plat_work(m->cpu, PLAT_CODE, m->write ? LC_REG_WI : LC_REG_RAZ);
	lgc_reg_access(m, NULL, offset, LGC_READ_RAZ | LGC_WRITE_IGNORED);
	return false;
}

bool lgc_rao_wi(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = UINT32_MAX;

	plat_work(m->cpu, PLAT_CODE, LC_REG_RAO);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
	return false;
}

bool lgc_iidr(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset)
{
	uint32_t reg = 'K' << 24 | 0x43b;

	plat_work(m->cpu, PLAT_CODE, LC_REG_IIDR);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_IGNORED);
	return false;
}

bool lgc_enable_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set, int extra)
{
	uint32_t irq = (offset & ~3u) * 8;
	uint32_t reg;

	plat_work(m->cpu, PLAT_CODE, (unsigned int)(LC_REG_WORD + extra));
	reg = lgc_word(d, m->cpu, &d->irq_enabled, m->target, irq);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | (set ? LGC_WRITE_SET : LGC_WRITE_CLEAR));
	if (!m->write)
		return false;
	if (!set && irq == 0 && (reg & 0xffff) != 0xffff) {
		plat_deviation(m->cpu, "SGIs cannot be disabled");
		reg |= 0xffff;
	}
	lgc_word_store(d, m->cpu, &d->irq_enabled, m->target, irq, reg);
	if (!set)
		lgc_retire_disabled(d, m->cpu, m->target);
	lgc_update_state(d, m->cpu);
	return true;
}

/*
 * What ISPENDR does to a level interrupt is remembered beside its line. The SGIs'
 * bits are written as all others: Linux means to protect them, but puts the old
 * bits into the word of remembered ones. On a GICv3 that is what the architecture
 * asks for; on a GICv2 an SGI becomes pending without a source.
 */
bool lgc_pending_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set)
{
	uint32_t irq = (offset & ~3u) * 8;
	uint32_t pending, soft, level, cfg, old;
	enum lgc_access mode = set ? LGC_WRITE_SET : LGC_WRITE_CLEAR;

	plat_work(m->cpu, PLAT_CODE, LC_REG_WORD);
	pending = old = lgc_word(d, m->cpu, &d->irq_pending, m->target, irq);
	lgc_reg_access(m, &pending, offset, LGC_READ_VALUE | mode);
	if (!m->write) {
		if (irq < d->nr_irqs)
			plat_deviation(m->cpu, "a pending read does not see list registers");
		return false;
	}
	plat_work(m->cpu, PLAT_CODE, LC_REG_PENDING);
	cfg = lgc_word(d, m->cpu, &d->irq_cfg, m->target, irq);
	soft = lgc_word(d, m->cpu, &d->irq_soft_pend, m->target, irq);
	if (set) {
		lgc_reg_access(m, &soft, offset, LGC_WRITE_SET);
		soft &= ~cfg;
	} else {
		level = lgc_word(d, m->cpu, &d->irq_level, m->target, irq);
		pending |= level & ~cfg;
		lgc_reg_access(m, &soft, offset, LGC_WRITE_CLEAR);
	}
	if (irq == 0 && d->config.gic == 2 && ((pending ^ old) & 0xffff))
		plat_deviation(m->cpu, "a GICv2 SGI's pending bit was written");
	lgc_word_store(d, m->cpu, &d->irq_pending, m->target, irq, pending);
	lgc_word_store(d, m->cpu, &d->irq_soft_pend, m->target, irq, soft);
	lgc_update_state(d, m->cpu);
	return true;
}

bool lgc_active_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, bool set, int extra)
{
	uint32_t irq = (offset & ~3u) * 8;
	uint32_t reg;

	plat_work(m->cpu, PLAT_CODE, (unsigned int)(LC_REG_ACTIVE + extra));
	reg = lgc_word(d, m->cpu, &d->irq_active, m->target, irq);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | (set ? LGC_WRITE_SET : LGC_WRITE_CLEAR));
	if (!m->write) {
		plat_deviation(m->cpu, "an active read does not see list registers");
		return false;
	}
	lgc_word_store(d, m->cpu, &d->irq_active, m->target, irq, reg);
	lgc_update_state(d, m->cpu);
	return true;
}

/* Two bits an interrupt here, of which the upper says edge; one bit in the bitmap. */
bool lgc_cfg_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, int extra)
{
	uint32_t irq = (offset & ~3u) * 4;
	unsigned int half = irq % 32; /* 0 or 16 */
	uint32_t word, reg = 0;

	plat_work(m->cpu, PLAT_CODE,
		  (unsigned int)((m->write ? LC_REG_CFG_WRITE : LC_REG_CFG_READ) + extra));
	word = lgc_word(d, m->cpu, &d->irq_cfg, m->target, irq & ~31u);
	for (unsigned int i = 0; i < 16; i++)
		reg |= (word >> (half + i) & 1) << (2 * i + 1);
	lgc_reg_access(m, &reg, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
	if (!m->write || gic_is_private(irq))
		return false;
	word &= ~(UINT32_C(0xffff) << half);
	for (unsigned int i = 0; i < 16; i++)
		word |= (reg >> (2 * i + 1) & 1) << (half + i);
	lgc_word_store(d, m->cpu, &d->irq_cfg, m->target, irq & ~31u, word);
	return false;
}

/* Stored and read back; nothing looks at it. */
bool lgc_prio_reg(struct legacy_vgic *d, struct lgc_mmio *m, uint32_t offset, int extra)
{
	uint32_t *w;

	plat_work(m->cpu, PLAT_CODE, (unsigned int)(LC_REG_PRIO + extra));
	plat_read(m->cpu, &d->irq_priority);
	if (offset < GIC_NR_PRIVATE)
		w = &d->irq_priority.private[8 * m->target + offset / 4];
	else
		w = &d->irq_priority.shared[(offset - GIC_NR_PRIVATE) / 4];
	if (m->write)
		plat_write(m->cpu, w);
	else
		plat_read(m->cpu, w);
	lgc_reg_access(m, w, offset, LGC_READ_VALUE | LGC_WRITE_VALUE);
	return false;
}

/* ---- dispatch --------------------------------------------------------------------- */

static const struct lgc_range *lgc_find_range(struct plat_cpu *cpu, const struct lgc_range *ranges,
					      uint32_t offset, unsigned int len)
{
	unsigned int pos = 0;
	const struct lgc_range *r;

	for (r = ranges; r->len; r++) {
		pos++;
		if (offset >= r->base && offset + len <= r->base + r->len)
			break;
	}
	plat_work(cpu, PLAT_DISPATCH, pos * LC_MMIO_SCAN_X2 / 2);
	return r->len ? r : NULL;
}

/* Beyond the last interrupt: reads as zero, writes are ignored. */
static bool lgc_valid(const struct legacy_vgic *d, const struct lgc_range *r, uint32_t offset)
{
	return !r->bits_per_irq || offset * 8 / r->bits_per_irq < d->nr_irqs;
}

/* A 64-bit access is two of 32 bits, the upper one first, within one critical section. */
static bool lgc_call(struct legacy_vgic *d, const struct lgc_range *r, struct lgc_mmio *m,
		     uint32_t offset, unsigned int len, uint64_t *val)
{
	bool updated;

	if (len <= 4) {
		m->len = len;
		m->data = (uint32_t)*val;
		updated = r->handle(d, m, offset);
		*val = m->data;
		return updated;
	}
	plat_work(m->cpu, PLAT_DISPATCH, LC_MMIO_SPLIT);
	m->len = 4;
	m->data = (uint32_t)(*val >> 32);
	updated = r->handle(d, m, offset + 4);
	*val = (uint64_t)m->data << 32 | (uint32_t)*val;
	m->data = (uint32_t)*val;
	updated |= r->handle(d, m, offset);
	*val = (*val & ~(uint64_t)UINT32_MAX) | m->data;
	return updated;
}

static bool lgc_access(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, bool write,
		       uint64_t gpa, unsigned int len, uint64_t *val)
{
	struct lgc_iodev *iodev = (struct lgc_iodev *)dev;
	struct legacy_vgic *d = iodev->vgic;
	uint32_t offset = (uint32_t)(gpa - iodev->base);
	const struct lgc_range *r;
	struct lgc_mmio m = {
		.cpu = cpu,
		.vcpu = vcpu,
		.target = iodev->redist_vcpu < 0 ? vcpu : (unsigned int)iodev->redist_vcpu,
		.write = write,
	};
	bool updated = false;

	plat_read(cpu, iodev);
	plat_work(cpu, PLAT_DISPATCH,
		  LC_MMIO_ACCESS + (write ? LC_MMIO_WRITE : LC_MMIO_READ + LC_MMIO_COPY));
	r = lgc_find_range(cpu, iodev->ranges, offset, len);
	if (!r) {
		plat_count(cpu, PLAT_UNSUPPORTED, 1);
		return false;
	}
	plat_lock(cpu, &d->lock);
	if (lgc_valid(d, r, offset - r->base))
		updated = lgc_call(d, r, &m, offset - r->base, len, val);
	else if (!write)
		*val = 0;
	plat_unlock(cpu, &d->lock);
	if (updated)
		lgc_kick_all(d, cpu);
	return true;
}

static bool lgc_dev_read(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu,
			 uint64_t gpa, unsigned int len, uint64_t *val)
{
	*val = 0;
	return lgc_access(dev, cpu, vcpu, false, gpa, len, val);
}

static bool lgc_dev_write(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu,
			  uint64_t gpa, unsigned int len, uint64_t *val)
{
	uint64_t copy = *val;

	return lgc_access(dev, cpu, vcpu, true, gpa, len, &copy);
}

static const struct kvm_iodev_ops lgc_iodev_ops = {
	.read = lgc_dev_read,
	.write = lgc_dev_write,
};

enum vgic_handled lgc_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
			   uint64_t gpa, unsigned int len, uint64_t *val)
{
	struct legacy_vgic *d = vgic;

	return kvm_io_bus_access(d->bus, cpu, vcpu, write, gpa, len, val) ? VGIC_DONE
									  : VGIC_NOT_MINE;
}

static int lgc_iodev_add(struct legacy_vgic *d, struct lgc_iodev *dev, uint64_t base, uint64_t size,
			 const struct lgc_range *ranges, int redist_vcpu)
{
	*dev = (struct lgc_iodev){
		.dev = { .ops = &lgc_iodev_ops },
		.vgic = d,
		.base = base,
		.ranges = ranges,
		.redist_vcpu = redist_vcpu,
	};
	return kvm_io_bus_register(d->bus, base, size, &dev->dev);
}

int lgc_iodev_init(struct legacy_vgic *d)
{
	const struct vgic_frames *f = &d->config.frames;
	unsigned int nr_redists = d->config.gic == 3 && f->gicr_size ? d->nr_cpus : 0;

	d->bus = kvm_io_bus_create(d->vm, 1 + nr_redists);
	if (!d->bus)
		return -1;
	if (f->gicd_size &&
	    lgc_iodev_add(d, &d->dist_iodev, f->gicd, f->gicd_size,
			  d->config.gic == 2 ? lgc_v2_dist_ranges : lgc_v3_dist_ranges, -1))
		return -1;
	if (!nr_redists)
		return 0;
	d->redist_iodevs = plat_zalloc(d->vm, PLAT_MEM_VM, nr_redists * sizeof(*d->redist_iodevs));
	if (!d->redist_iodevs)
		return -1;
	for (unsigned int c = 0; c < nr_redists; c++)
		if (lgc_iodev_add(d, &d->redist_iodevs[c], f->gicr + c * f->gicr_size, f->gicr_size,
				  lgc_v3_redist_ranges, (int)c))
			return -1;
	return 0;
}

void lgc_iodev_exit(struct legacy_vgic *d)
{
	kvm_io_bus_destroy(d->vm, d->bus);
	if (d->redist_iodevs)
		plat_free(d->vm, d->redist_iodevs);
}
