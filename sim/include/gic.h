/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GIC words that everybody shares: INTID ranges and the fields of the list
 * registers and of the virtual interface's control registers.
 * Names and positions: IHI 0048B.b §5.3 (GICv2 GICH_*), IHI 0069 (ICH_*_EL2).
 */
#ifndef GIC_H
#define GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_NR_SGIS		16
#define GIC_NR_PRIVATE		32
#define GIC_FIRST_SPI		32
#define GIC_LAST_SPI		1019
#define GIC_SPURIOUS		1023
#define GIC_FIRST_LPI		8192

#define GICV2_MAX_VCPUS		8
#define GICV2_MAX_LRS		64
#define GICV3_MAX_LRS		16
#define GIC_MAX_LRS		64

static inline bool gic_is_sgi(uint32_t irq) { return irq < 16; }
static inline bool gic_is_private(uint32_t irq) { return irq < 32; }
static inline bool gic_is_spi(uint32_t irq)
{
	return irq >= GIC_FIRST_SPI && irq <= GIC_LAST_SPI;
}

/*
 * A list register decoded: what both GICs hold, whatever the word's layout.
 * A design stores raw words in its shadow copies; machine and oracle decode.
 */
struct gic_lr {
	uint32_t irq;		/* virtual INTID */
	uint32_t hw_irq;	/* physical INTID, with hw */
	uint8_t src;		/* GICv2: source vCPU of an SGI, else 0 */
	uint8_t prio;		/* 8-bit priority; GICv2 keeps the top 5 bits */
	bool pending, active;
	bool eoi;		/* maintenance interrupt on EOI; never with hw */
	bool hw;
	uint8_t group;
};

/* GICH_LRn. Bits 12:10 are the source CPU (and EOI is bit 19 when HW is 0). */
#define GICH_LR_VIRTID		0x3ffu
#define GICH_LR_SRC_SHIFT	10
#define GICH_LR_SRC		(7u << 10)
#define GICH_LR_PHYS_SHIFT	10
#define GICH_LR_PHYS		(0x3ffu << 10)
#define GICH_LR_EOI		(1u << 19)
#define GICH_LR_PRIO_SHIFT	23
#define GICH_LR_PRIO		(0x1fu << 23)
#define GICH_LR_PENDING		(1u << 28)
#define GICH_LR_ACTIVE		(1u << 29)
#define GICH_LR_GROUP1		(1u << 30)
#define GICH_LR_HW		(1u << 31)

/* ICH_LRn_EL2. EOI is bit 41 when HW is 0. */
#define ICH_LR_VIRTID		UINT64_C(0xffffffff)
#define ICH_LR_PHYS_SHIFT	32
#define ICH_LR_PHYS		(UINT64_C(0x3ff) << 32)
#define ICH_LR_EOI		(UINT64_C(1) << 41)
#define ICH_LR_PRIO_SHIFT	48
#define ICH_LR_PRIO		(UINT64_C(0xff) << 48)
#define ICH_LR_GROUP1		(UINT64_C(1) << 60)
#define ICH_LR_HW		(UINT64_C(1) << 61)
#define ICH_LR_PENDING		(UINT64_C(1) << 62)
#define ICH_LR_ACTIVE		(UINT64_C(1) << 63)

/* GICv3 words of a GICv2 guest keep the source in 12:10; a GICv3 guest's do not. */

/* GICH_HCR and ICH_HCR_EL2 have these in common. */
#define GICH_HCR_EN		(1u << 0)
#define GICH_HCR_UIE		(1u << 1)
#define GICH_HCR_LRENPIE	(1u << 2)
#define GICH_HCR_NPIE		(1u << 3)
#define GICH_HCR_EOICOUNT_SHIFT	27

/* GICH_MISR and ICH_MISR_EL2. */
#define GICH_MISR_EOI		(1u << 0)
#define GICH_MISR_U		(1u << 1)
#define GICH_MISR_LRENP		(1u << 2)
#define GICH_MISR_NP		(1u << 3)

static inline struct gic_lr gic_lr_decode(unsigned int gic, uint64_t word)
{
	struct gic_lr lr = { 0 };

	if (gic == 2) {
		uint32_t w = (uint32_t)word;

		lr.irq = w & GICH_LR_VIRTID;
		lr.pending = w & GICH_LR_PENDING;
		lr.active = w & GICH_LR_ACTIVE;
		lr.hw = w & GICH_LR_HW;
		lr.prio = (uint8_t)((w & GICH_LR_PRIO) >> GICH_LR_PRIO_SHIFT << 3);
		lr.group = !!(w & GICH_LR_GROUP1);
		if (lr.hw) {
			lr.hw_irq = (w & GICH_LR_PHYS) >> GICH_LR_PHYS_SHIFT;
		} else {
			lr.eoi = w & GICH_LR_EOI;
			lr.src = (uint8_t)((w & GICH_LR_SRC) >> GICH_LR_SRC_SHIFT);
		}
	} else {
		lr.irq = (uint32_t)(word & ICH_LR_VIRTID);
		lr.pending = word & ICH_LR_PENDING;
		lr.active = word & ICH_LR_ACTIVE;
		lr.hw = word & ICH_LR_HW;
		lr.prio = (uint8_t)((word & ICH_LR_PRIO) >> ICH_LR_PRIO_SHIFT);
		lr.group = !!(word & ICH_LR_GROUP1);
		if (lr.hw)
			lr.hw_irq = (uint32_t)((word & ICH_LR_PHYS) >>
					       ICH_LR_PHYS_SHIFT);
		else
			lr.eoi = word & ICH_LR_EOI;
	}
	return lr;
}

/* The word that decodes to @lr. */
static inline uint64_t gic_lr_encode(unsigned int gic, const struct gic_lr *lr)
{
	if (gic == 2)
		return (lr->irq & GICH_LR_VIRTID) | (lr->pending ? GICH_LR_PENDING : 0) |
		       (lr->active ? GICH_LR_ACTIVE : 0) | (lr->group ? GICH_LR_GROUP1 : 0) |
		       (uint32_t)(lr->prio >> 3) << GICH_LR_PRIO_SHIFT |
		       (lr->hw ? GICH_LR_HW | lr->hw_irq << GICH_LR_PHYS_SHIFT
			       : (lr->eoi ? GICH_LR_EOI : 0) |
					 (uint32_t)lr->src << GICH_LR_SRC_SHIFT);
	return lr->irq | (lr->pending ? ICH_LR_PENDING : 0) | (lr->active ? ICH_LR_ACTIVE : 0) |
	       (lr->group ? ICH_LR_GROUP1 : 0) | (uint64_t)lr->prio << ICH_LR_PRIO_SHIFT |
	       (lr->hw	  ? ICH_LR_HW | (uint64_t)lr->hw_irq << ICH_LR_PHYS_SHIFT
		: lr->eoi ? ICH_LR_EOI
			  : 0);
}

/* Pending and active bits of a raw word, in place. */
static inline uint64_t gic_lr_pending_bit(unsigned int gic)
{
	return gic == 2 ? GICH_LR_PENDING : ICH_LR_PENDING;
}

static inline uint64_t gic_lr_active_bit(unsigned int gic)
{
	return gic == 2 ? GICH_LR_ACTIVE : ICH_LR_ACTIVE;
}

/* The system registers that a recording can show trapped. */
#define SYSREG_ENC(op0, op1, crn, crm, op2) \
	((uint32_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))
#define SYSREG_ICC_SGI1R_EL1	SYSREG_ENC(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R_EL1	SYSREG_ENC(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R_EL1	SYSREG_ENC(3, 0, 12, 11, 7)
#define SYSREG_ICC_SRE_EL1	SYSREG_ENC(3, 0, 12, 12, 5)

/*
 * KVM numbers vCPUs into affinities so: Aff0 0..15, then Aff1, Aff2
 * (the target list of ICC_SGI1R_EL1 has 16 bits).
 */
static inline uint64_t gic_vcpu_mpidr(uint32_t vcpu)
{
	return (uint64_t)(vcpu & 0xf) | (uint64_t)((vcpu >> 4) & 0xff) << 8 |
	       (uint64_t)((vcpu >> 12) & 0xff) << 16;
}

#endif
