// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The register maps of the GIC frames: IHI 0048B.b §4.3 and §4.4 (GICv2), IHI
 * 0069 chapter 12 (GICv3 distributor, redistributor, ITS). A range of equal
 * registers is one row.
 */
#include "gic-regs.h"

#include <stddef.h>

struct gic_row {
	uint32_t from, to; /* bytes, to is beyond the last */
	uint8_t each;	   /* bytes of one of a range; 0: there is one */
	const char *name;
};

static const struct gic_row gicd_rows[] = {
	{ 0x000, 0x004, 0, "GICD_CTLR" },	{ 0x004, 0x008, 0, "GICD_TYPER" },
	{ 0x008, 0x00c, 0, "GICD_IIDR" },	{ 0x080, 0x100, 4, "GICD_IGROUPR" },
	{ 0x100, 0x180, 4, "GICD_ISENABLER" },	{ 0x180, 0x200, 4, "GICD_ICENABLER" },
	{ 0x200, 0x280, 4, "GICD_ISPENDR" },	{ 0x280, 0x300, 4, "GICD_ICPENDR" },
	{ 0x300, 0x380, 4, "GICD_ISACTIVER" },	{ 0x380, 0x400, 4, "GICD_ICACTIVER" },
	{ 0x400, 0x800, 4, "GICD_IPRIORITYR" }, { 0x800, 0xc00, 4, "GICD_ITARGETSR" },
	{ 0xc00, 0xd00, 4, "GICD_ICFGR" },	{ 0xe00, 0xf00, 4, "GICD_NSACR" },
	{ 0xf00, 0xf04, 0, "GICD_SGIR" },	{ 0xf10, 0xf20, 4, "GICD_CPENDSGIR" },
	{ 0xf20, 0xf30, 4, "GICD_SPENDSGIR" },	{ 0 },
};

static const struct gic_row gicd_v2_rows[] = {
	{ 0xd00, 0xd04, 0, "GICD_PPISR" },
	{ 0xd04, 0xd80, 4, "GICD_SPISR" },
	{ 0xfd0, 0x1000, 4, "GICD_ID" },
	{ 0 },
};

static const struct gic_row gicd_v3_rows[] = {
	{ 0x000c, 0x0010, 0, "GICD_TYPER2" },	  { 0x0010, 0x0014, 0, "GICD_STATUSR" },
	{ 0x0040, 0x0044, 0, "GICD_SETSPI_NSR" }, { 0x0048, 0x004c, 0, "GICD_CLRSPI_NSR" },
	{ 0x0050, 0x0054, 0, "GICD_SETSPI_SR" },  { 0x0058, 0x005c, 0, "GICD_CLRSPI_SR" },
	{ 0x0d00, 0x0d80, 4, "GICD_IGRPMODR" },	  { 0x6000, 0x7fe0, 8, "GICD_IROUTER" },
	{ 0xffd0, 0x10000, 4, "GICD_ID" },	  { 0 },
};

static const struct gic_row gicc_rows[] = {
	{ 0x0000, 0x0004, 0, "GICC_CTLR" },   { 0x0004, 0x0008, 0, "GICC_PMR" },
	{ 0x0008, 0x000c, 0, "GICC_BPR" },    { 0x000c, 0x0010, 0, "GICC_IAR" },
	{ 0x0010, 0x0014, 0, "GICC_EOIR" },   { 0x0014, 0x0018, 0, "GICC_RPR" },
	{ 0x0018, 0x001c, 0, "GICC_HPPIR" },  { 0x001c, 0x0020, 0, "GICC_ABPR" },
	{ 0x0020, 0x0024, 0, "GICC_AIAR" },   { 0x0024, 0x0028, 0, "GICC_AEOIR" },
	{ 0x0028, 0x002c, 0, "GICC_AHPPIR" }, { 0x00d0, 0x00e0, 4, "GICC_APR" },
	{ 0x00e0, 0x00f0, 4, "GICC_NSAPR" },  { 0x00fc, 0x0100, 0, "GICC_IIDR" },
	{ 0x1000, 0x1004, 0, "GICC_DIR" },    { 0 },
};

static const struct gic_row gicr_rows[] = {
	{ 0x00000, 0x00004, 0, "GICR_CTLR" },
	{ 0x00004, 0x00008, 0, "GICR_IIDR" },
	{ 0x00008, 0x00010, 0, "GICR_TYPER" },
	{ 0x00010, 0x00014, 0, "GICR_STATUSR" },
	{ 0x00014, 0x00018, 0, "GICR_WAKER" },
	{ 0x00018, 0x0001c, 0, "GICR_MPAMIDR" },
	{ 0x0001c, 0x00020, 0, "GICR_PARTIDR" },
	{ 0x00040, 0x00048, 0, "GICR_SETLPIR" },
	{ 0x00048, 0x00050, 0, "GICR_CLRLPIR" },
	{ 0x00070, 0x00078, 0, "GICR_PROPBASER" },
	{ 0x00078, 0x00080, 0, "GICR_PENDBASER" },
	{ 0x000a0, 0x000a8, 0, "GICR_INVLPIR" },
	{ 0x000b0, 0x000b8, 0, "GICR_INVALLR" },
	{ 0x000c0, 0x000c4, 0, "GICR_SYNCR" },
	{ 0x0ffd0, 0x10000, 4, "GICR_ID" },
	{ 0x10080, 0x10084, 0, "GICR_IGROUPR0" },
	{ 0x10100, 0x10104, 0, "GICR_ISENABLER0" },
	{ 0x10180, 0x10184, 0, "GICR_ICENABLER0" },
	{ 0x10200, 0x10204, 0, "GICR_ISPENDR0" },
	{ 0x10280, 0x10284, 0, "GICR_ICPENDR0" },
	{ 0x10300, 0x10304, 0, "GICR_ISACTIVER0" },
	{ 0x10380, 0x10384, 0, "GICR_ICACTIVER0" },
	{ 0x10400, 0x10420, 4, "GICR_IPRIORITYR" },
	{ 0x10c00, 0x10c08, 4, "GICR_ICFGR" },
	{ 0x10d00, 0x10d04, 0, "GICR_IGRPMODR0" },
	{ 0x10e00, 0x10e04, 0, "GICR_NSACR" },
	{ 0 },
};

static const struct gic_row its_rows[] = {
	{ 0x00000, 0x00004, 0, "GITS_CTLR" },	    { 0x00004, 0x00008, 0, "GITS_IIDR" },
	{ 0x00008, 0x00010, 0, "GITS_TYPER" },	    { 0x00010, 0x00014, 0, "GITS_MPAMIDR" },
	{ 0x00014, 0x00018, 0, "GITS_PARTIDR" },    { 0x00018, 0x0001c, 0, "GITS_MPIDR" },
	{ 0x00040, 0x00044, 0, "GITS_STATUSR" },    { 0x00080, 0x00088, 0, "GITS_CBASER" },
	{ 0x00088, 0x00090, 0, "GITS_CWRITER" },    { 0x00090, 0x00098, 0, "GITS_CREADR" },
	{ 0x00100, 0x00140, 8, "GITS_BASER" },	    { 0x0ffd0, 0x10000, 4, "GITS_ID" },
	{ 0x10040, 0x10044, 0, "GITS_TRANSLATER" }, { 0 },
};

static bool gic_row_find(const struct gic_row *row, struct gic_reg *reg)
{
	for (; row->name; row++) {
		if (reg->offset < row->from || reg->offset >= row->to)
			continue;
		reg->name = row->name;
		reg->first = row->from;
		reg->index = row->each ? (int)((reg->offset - row->from) / row->each) : -1;
		return true;
	}
	return false;
}

bool gic_reg_find(const struct trace_meta *meta, uint64_t gpa, struct gic_reg *reg)
{
	for (uint32_t i = 0; i < meta->nr_frames; i++) {
		const struct trace_frame *f = &meta->frame[i];
		uint64_t at = gpa - f->gpa;

		if (gpa < f->gpa)
			continue;
		*reg = (struct gic_reg){ .frame = f->kind, .index = -1 };
		if (f->kind == FRAME_GICR && at / f->size < meta->nr_vcpus)
			reg->vcpu = (uint32_t)(at / f->size);
		else if (at >= f->size)
			continue;
		at %= f->size;
		/* No register lies as high as this; the sum below must not wrap. */
		reg->offset = at < UINT32_MAX ? (uint32_t)at : UINT32_MAX;
		reg->first = reg->offset;
		switch (f->kind) {
		case FRAME_GICD:
			if (!gic_row_find(gicd_rows, reg))
				gic_row_find(meta->gic == 2 ? gicd_v2_rows : gicd_v3_rows, reg);
			break;
		case FRAME_GICC:
			gic_row_find(gicc_rows, reg);
			break;
		case FRAME_GICR:
			gic_row_find(gicr_rows, reg);
			break;
		case FRAME_ITS:
		case FRAME_NR_KINDS:
			gic_row_find(its_rows, reg);
			break;
		}
		return true;
	}
	return false;
}
