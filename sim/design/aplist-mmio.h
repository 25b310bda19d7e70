/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's new vgic, registers: a table of regions a frame, found by bisection. The
 * dispatcher takes no lock; each handler locks what it needs. An access of a width
 * that its region does not have, unaligned, or of an INTID that there is not,
 * reads zero and writes nothing.
 */
#ifndef APLIST_MMIO_H
#define APLIST_MMIO_H

#include "aplist.h"

enum aplist_width {
	WIDTH_8 = 1,
	WIDTH_32 = 4,
	WIDTH_64 = 8,
};

/*
 * @vcpu: the accessing one, or the one whose redistributor it is. @addr: offset
 * in the frame; @len and alignment as the region allows. No lock held.
 */
typedef uint64_t aplist_read_fn(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				uint32_t addr, unsigned int len);
typedef void aplist_write_fn(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     uint32_t addr, unsigned int len, uint64_t val);

struct aplist_region {
	uint32_t offset, len;
	uint8_t bits_per_irq; /* 0: not an array over INTIDs */
	uint8_t widths;	      /* enum aplist_width, ored */
	aplist_read_fn *read;
	aplist_write_fn *write;
};

/* The first INTID that an access at @addr covers, where each has @bits. */
static inline uint32_t aplist_addr_intid(uint32_t addr, unsigned int bits)
{
	return (addr & (bits * 128 - 1)) * 8 / bits;
}

/* Make @d the device for @regions at @base, and put it on the bus. -1: no room there. */
int aplist_iodev_init(struct aplist *g, struct vgic_io_device *d, uint64_t base, uint64_t len,
		      const struct aplist_region *regions, unsigned int nr_regions);

/* The handlers that both GICs have: one bit an INTID … */
aplist_read_fn aplist_read_raz, aplist_read_rao;
aplist_write_fn aplist_write_wi;
aplist_read_fn aplist_read_enable, aplist_read_pending, aplist_read_active;
aplist_write_fn aplist_write_senable, aplist_write_cenable;
aplist_write_fn aplist_write_spending, aplist_write_cpending;
aplist_write_fn aplist_write_sactive, aplist_write_cactive;
aplist_read_fn aplist_read_group;
aplist_write_fn aplist_write_group;
/* … a byte, and two bits. */
aplist_read_fn aplist_read_priority, aplist_read_config;
aplist_write_fn aplist_write_priority, aplist_write_config;
/* GICD_CTLR's enable bit as it is written. */
void aplist_write_enabled(struct aplist *g, struct plat_cpu *cpu, bool enabled);

/*
 * Register the frames of config.frames; -1: no room on the bus. Of 4.8: two devices
 * a redistributor; of 6.1: one, of 128 KB.
 */
int aplist_v2_register(struct aplist *g);
int aplist_v3_register(struct aplist *g);
int aplist_v2_register_groups(struct aplist *g);
int aplist_v3_register_128k(struct aplist *g);

/* ICC_SGI1R_EL1 (or one of its like, without @group1) as vCPU @vcpu writes it. */
void aplist_v3_sgi1r(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, uint64_t val,
		     bool group1);

#endif
