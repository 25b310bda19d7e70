/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "routing.h"

#define GICD_ITARGETSR 0x800u
#define GICD_IROUTER   0x6000u

uint64_t routing_frame(const struct trace_meta *meta, enum frame_kind kind)
{
	for (uint32_t i = 0; i < meta->nr_frames; i++)
		if (meta->frame[i].kind == kind)
			return meta->frame[i].gpa;
	return UINT64_MAX;
}

void routing_init(struct routing *r, const struct trace_meta *meta)
{
	*r = (struct routing){
		.meta = meta,
		.gicd = routing_frame(meta, FRAME_GICD),
	};
}

static uint32_t vcpu_of_mpidr(const struct routing *r, uint64_t aff)
{
	for (uint32_t v = 0; v < r->meta->nr_vcpus; v++)
		if (gic_vcpu_mpidr(v) == (aff & 0xffffff))
			return v;
	return REC_TARGET_NONE;
}

static void see_write(struct routing *r, uint64_t off, unsigned int len, uint64_t val)
{
	if (r->meta->gic == 2) {
		if (off < GICD_ITARGETSR || off >= GICD_ITARGETSR + 0x400)
			return;
		for (unsigned int i = 0; i < len; i++) {
			uint32_t irq = (uint32_t)(off - GICD_ITARGETSR) + i;
			uint32_t mask = val >> 8 * i & 0xff;

			if (gic_is_spi(irq))
				r->target[irq] = mask ? (uint32_t)__builtin_ctz(mask) : 0;
		}
		return;
	}
	if (off >= GICD_IROUTER && off < GICD_IROUTER + 8 * 1020 && off % 8 == 0) {
		uint32_t irq = (uint32_t)(off - GICD_IROUTER) / 8;

		if (gic_is_spi(irq))
			r->target[irq] = vcpu_of_mpidr(r, val);
	}
}

void routing_see(struct routing *r, const struct trace_rec *rec)
{
	if (rec->kind == REC_STATE && gic_is_spi(rec->d.state.irq))
		r->target[rec->d.state.irq] = rec->d.state.target;
	if (rec->kind == REC_MMIO && rec->d.mmio.write && rec->d.mmio.gpa >= r->gicd &&
	    rec->d.mmio.gpa - r->gicd < 0x10000)
		see_write(r, rec->d.mmio.gpa - r->gicd, rec->d.mmio.len, rec->d.mmio.val);
}

uint32_t routing_target(const struct routing *r, uint32_t irq)
{
	return gic_is_spi(irq) ? r->target[irq] : REC_TARGET_NONE;
}
