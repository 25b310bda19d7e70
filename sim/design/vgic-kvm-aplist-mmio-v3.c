// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's new vgic, the registers of a GICv3: distributor, redistributors (two
 * frames; two devices each in 4.8, one by 6.1), and SGIs by system register. Modelled
 * behaviour: vgic-mmio-v3.c of Linux 4.8 and later. Affinity routing is always on; there
 * is one security state; without an ITS no LPIs.
 */
#include "aplist-mmio.h"

#define WORK(field) plat_work(cpu, PLAT_CODE, g->insns->field)

#define GICD_CTLR_ENABLE_G1 (1u << 1)
#define GICD_CTLR_ARE	    (1u << 4)
#define GICD_CTLR_DS	    (1u << 6)
#define PIDR2_GICV3	    0x3b

/* The part of a 64-bit register at @addr that an access of @len sees. */
static uint64_t v3_extract(uint64_t reg, uint32_t addr, unsigned int len)
{
	return len == 8 ? reg : reg >> (addr & 4) * 8 & UINT32_MAX;
}

static uint64_t v3_insert(uint64_t reg, uint32_t addr, unsigned int len, uint64_t val)
{
	unsigned int shift = (addr & 4) * 8;

	if (len == 8)
		return val;
	return (reg & ~(UINT64_C(0xffffffff) << shift)) | val << shift;
}

/* ---- distributor --------------------------------------------------------- */

static uint64_t v3_read_misc(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     uint32_t addr, unsigned int len)
{
	switch (addr) {
	case 0x0: /* GICD_CTLR */
		WORK(misc_ctlr);
		return (plat_load(cpu, &g->dist->enabled) ? GICD_CTLR_ENABLE_G1 : 0) |
		       GICD_CTLR_ARE | GICD_CTLR_DS;
	case 0x4: /* GICD_TYPER: ten INTID bits, no LPIs, no message-based SPIs */
		WORK(misc_typer);
		plat_read(cpu, &g->dist->nr_spis);
		return ((g->dist->nr_spis + GIC_NR_PRIVATE) / 32 - 1) | 9u << 19;
	case 0x8: /* GICD_IIDR */
		WORK(misc_iidr);
		return g->kernel->iidr;
	default:
		return 0;
	}
}

static void v3_write_misc(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			  uint32_t addr, unsigned int len, uint64_t val)
{
	if (addr == 0)
		aplist_write_enabled(g, cpu, val & GICD_CTLR_ENABLE_G1);
	else
		WORK(misc_write);
}

static uint64_t v3_read_idregs(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       uint32_t addr, unsigned int len)
{
	WORK(idregs);
	return (addr & 0xffff) == 0xffe8 ? PIDR2_GICV3 : 0;
}

/* ---- routing ------------------------------------------------------------- */

/* A walk over all vCPUs up to the one with that affinity; NULL: there is none. */
static struct vgic_cpu *v3_find_vcpu(struct aplist *g, struct plat_cpu *cpu, uint64_t mpidr)
{
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		plat_read(cpu, &g->vcpus[i]);
		plat_work(cpu, PLAT_LIST, g->insns->mpidr_vcpu);
		if (gic_vcpu_mpidr(i) == mpidr)
			return g->vcpus[i];
	}
	return NULL;
}

static uint64_t v3_read_irouter(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				uint32_t addr, unsigned int len)
{
	struct vgic_irq *irq = aplist_get_irq(g, cpu, vcpu, aplist_addr_intid(addr, 64));
	uint64_t val;

	WORK(irouter_read);
	val = v3_extract(plat_load(cpu, &irq->mpidr), addr, len);
	aplist_put_irq(g, cpu, irq);
	return val;
}

static void v3_write_irouter(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			     uint32_t addr, unsigned int len, uint64_t val)
{
	struct vgic_irq *irq;

	WORK(irouter_upper);
	if (addr & 4) /* the upper word is Aff3, which there is not */
		return;
	WORK(irouter);
	if (val & UINT64_C(1) << 31)
		plat_deviation(cpu, "GICD_IROUTER.IRM ignored: no 1-of-N routing");
	irq = aplist_get_irq(g, cpu, vcpu, aplist_addr_intid(addr, 64));
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	aplist_targets_write(g, cpu, irq);
	plat_write(cpu, &irq->target_vcpu);
	plat_store_declared(&irq->mpidr, val & 0xffffff);
	irq->target_vcpu = v3_find_vcpu(g, cpu, irq->mpidr);
	aplist_unlock_irq(g, cpu, &irq->irq_lock);
	aplist_put_irq(g, cpu, irq);
}

/* ---- redistributor ------------------------------------------------------- */

/* EnableLPIs reads 0 and stays so without an ITS. */
static uint64_t v3r_read_ctlr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      uint32_t addr, unsigned int len)
{
	WORK(v3r_ctlr);
	return g->kernel->v3r_ctlr;
}

static void v3r_write_ctlr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			   uint32_t addr, unsigned int len, uint64_t val)
{
	WORK(v3r_ctlr);
}

static uint64_t v3r_read_iidr(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			      uint32_t addr, unsigned int len)
{
	WORK(misc_iidr);
	return g->kernel->iidr;
}

/* Affinity above, processor number, and whether it is the last one. */
static uint64_t v3r_read_typer(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       uint32_t addr, unsigned int len)
{
	uint64_t typer = gic_vcpu_mpidr(vcpu->vcpu_id) << 32 | (uint64_t)vcpu->vcpu_id << 8;

	WORK(v3r_typer);
	if (vcpu->vcpu_id == g->nr_vcpus - 1) {
		WORK(v3r_typer_last);
		typer |= 1u << 4;
	}
	return v3_extract(typer, addr, len);
}

static uint64_t v3r_read_propbase(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				  uint32_t addr, unsigned int len)
{
	WORK(lpi_base);
	return v3_extract(plat_load(cpu, &g->dist->propbaser), addr, len);
}

static void v3r_write_propbase(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       uint32_t addr, unsigned int len, uint64_t val)
{
	uint64_t old = plat_load(cpu, &g->dist->propbaser);

	WORK(lpi_base);
	plat_store(cpu, &g->dist->propbaser, v3_insert(old, addr, len, val));
}

static uint64_t v3r_read_pendbase(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
				  uint32_t addr, unsigned int len)
{
	WORK(lpi_base);
	return v3_extract(plat_load(cpu, &vcpu->pendbaser), addr, len);
}

static void v3r_write_pendbase(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu,
			       uint32_t addr, unsigned int len, uint64_t val)
{
	uint64_t old = plat_load(cpu, &vcpu->pendbaser);

	WORK(lpi_base);
	plat_store(cpu, &vcpu->pendbaser, v3_insert(old, addr, len, val));
}

/* ---- the tables ---------------------------------------------------------- */

#define PLAIN(off, bytes, w, r, wr)                                                                \
	{                                                                                          \
		off, bytes, 0, w, r, wr                                                            \
	}
/* The distributor's: private INTIDs are the redistributors', here RAZ/WI. */
#define SHARED(off, bits, w, r, wr)                                                                \
	{ off, (bits)*4, bits, w, aplist_read_raz, aplist_write_wi },                              \
	{                                                                                          \
		(off) + (bits)*4, (bits)*124, bits, w, r, wr                                       \
	}
/* A redistributor's: private INTIDs only. */
#define PRIVATE(off, bits, w, r, wr)                                                               \
	{                                                                                          \
		off, (bits)*4, bits, w, r, wr                                                      \
	}

/* What comes after IGROUPR in the distributor: 23 entries. */
#define DIST_REST                                                                                  \
	SHARED(0x100, 1, WIDTH_32, aplist_read_enable, aplist_write_senable),                      \
		SHARED(0x180, 1, WIDTH_32, aplist_read_enable, aplist_write_cenable),              \
		SHARED(0x200, 1, WIDTH_32, aplist_read_pending, aplist_write_spending),            \
		SHARED(0x280, 1, WIDTH_32, aplist_read_pending, aplist_write_cpending),            \
		SHARED(0x300, 1, WIDTH_32, aplist_read_active, aplist_write_sactive),              \
		SHARED(0x380, 1, WIDTH_32, aplist_read_active, aplist_write_cactive),              \
		SHARED(0x400, 8, WIDTH_32 | WIDTH_8, aplist_read_priority, aplist_write_priority), \
		SHARED(0x800, 8, WIDTH_32 | WIDTH_8, aplist_read_raz,                              \
		       aplist_write_wi) /* ITARGETSR */,                                           \
		SHARED(0xc00, 2, WIDTH_32, aplist_read_config, aplist_write_config),               \
		SHARED(0xd00, 1, WIDTH_32, aplist_read_raz, aplist_write_wi) /* IGRPMODR */,       \
		SHARED(0x6000, 64, WIDTH_64 | WIDTH_32, v3_read_irouter, v3_write_irouter),        \
		PLAIN(0xffd0, 48, WIDTH_32, v3_read_idregs, aplist_write_wi)

/* 26 entries. */
static const struct aplist_region v3_dist[] = {
	PLAIN(0x000, 16, WIDTH_32, v3_read_misc, v3_write_misc),
	SHARED(0x080, 1, WIDTH_32, aplist_read_rao, aplist_write_wi), /* IGROUPR */
	DIST_REST,
};

/* By 6.1: 27. */
static const struct aplist_region v3_dist_groups[] = {
	PLAIN(0x000, 16, WIDTH_32, v3_read_misc, v3_write_misc),
	PLAIN(0x010, 4, WIDTH_32, aplist_read_rao, aplist_write_wi), /* STATUSR */
	SHARED(0x080, 1, WIDTH_32, aplist_read_group, aplist_write_group),
	DIST_REST,
};

/* 6 entries. */
static const struct aplist_region v3_rd[] = {
	PLAIN(0x0000, 4, WIDTH_32, v3r_read_ctlr, aplist_write_wi),
	PLAIN(0x0004, 4, WIDTH_32, v3r_read_iidr, aplist_write_wi),
	PLAIN(0x0008, 8, WIDTH_64 | WIDTH_32, v3r_read_typer, aplist_write_wi),
	PLAIN(0x0070, 8, WIDTH_64 | WIDTH_32, v3r_read_propbase, v3r_write_propbase),
	PLAIN(0x0078, 8, WIDTH_64 | WIDTH_32, v3r_read_pendbase, v3r_write_pendbase),
	PLAIN(0xffd0, 48, WIDTH_32, v3_read_idregs, aplist_write_wi),
};

/* The SGI frame at @base, after IGROUPR0: 10 entries. */
#define SGI_REST(base)                                                                             \
	PRIVATE((base) + 0x100, 1, WIDTH_32, aplist_read_enable, aplist_write_senable),            \
		PRIVATE((base) + 0x180, 1, WIDTH_32, aplist_read_enable, aplist_write_cenable),    \
		PRIVATE((base) + 0x200, 1, WIDTH_32, aplist_read_pending, aplist_write_spending),  \
		PRIVATE((base) + 0x280, 1, WIDTH_32, aplist_read_pending, aplist_write_cpending),  \
		PRIVATE((base) + 0x300, 1, WIDTH_32, aplist_read_active, aplist_write_sactive),    \
		PRIVATE((base) + 0x380, 1, WIDTH_32, aplist_read_active, aplist_write_cactive),    \
		PRIVATE((base) + 0x400, 8, WIDTH_32 | WIDTH_8, aplist_read_priority,               \
			aplist_write_priority),                                                    \
		PRIVATE((base) + 0xc00, 2, WIDTH_32, aplist_read_config, aplist_write_config),     \
		PRIVATE((base) + 0xd00, 1, WIDTH_32, aplist_read_raz,                              \
			aplist_write_wi) /* IGRPMODR0 */,                                          \
		PRIVATE((base) + 0xe00, 2, WIDTH_32, aplist_read_raz, aplist_write_wi) /* NSACR */

/* 11 entries. */
static const struct aplist_region v3_sgi[] = {
	PRIVATE(0x080, 1, WIDTH_32, aplist_read_rao, aplist_write_wi), /* IGROUPR0 */
	SGI_REST(0),
};

/* By 6.1: both frames in one, 22 entries. Invalidations are the ITS's. */
static const struct aplist_region v3_redist[] = {
	PLAIN(0x0000, 4, WIDTH_32, v3r_read_ctlr, v3r_write_ctlr),
	PLAIN(0x0004, 4, WIDTH_32, v3r_read_iidr, aplist_write_wi),
	PLAIN(0x0008, 8, WIDTH_64 | WIDTH_32, v3r_read_typer, aplist_write_wi),
	PLAIN(0x0010, 4, WIDTH_32, aplist_read_raz, aplist_write_wi), /* STATUSR */
	PLAIN(0x0014, 4, WIDTH_32, aplist_read_raz, aplist_write_wi), /* WAKER */
	PLAIN(0x0070, 8, WIDTH_64 | WIDTH_32, v3r_read_propbase, v3r_write_propbase),
	PLAIN(0x0078, 8, WIDTH_64 | WIDTH_32, v3r_read_pendbase, v3r_write_pendbase),
	PLAIN(0x00a0, 8, WIDTH_64 | WIDTH_32, aplist_read_raz, aplist_write_wi), /* INVLPIR */
	PLAIN(0x00b0, 8, WIDTH_64 | WIDTH_32, aplist_read_raz, aplist_write_wi), /* INVALLR */
	PLAIN(0x00c0, 4, WIDTH_32, aplist_read_raz, aplist_write_wi),		 /* SYNCR */
	PLAIN(0xffd0, 48, WIDTH_32, v3_read_idregs, aplist_write_wi),
	PRIVATE(0x10080, 1, WIDTH_32, aplist_read_group, aplist_write_group), /* IGROUPR0 */
	SGI_REST(0x10000),
};

#define NR(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(NR(v3_dist) == 26 && NR(v3_rd) == 6 && NR(v3_sgi) == 11, "tables of Linux 4.8");
_Static_assert(NR(v3_dist_groups) == 27 && NR(v3_redist) == 22, "tables of Linux 6.1");

int aplist_v3_register(struct aplist *g)
{
	const struct vgic_frames *f = &g->config.frames;

	if (aplist_iodev_init(g, &g->dist->dist_iodev, f->gicd, 0x10000, v3_dist, NR(v3_dist)))
		return -1;
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		struct vgic_cpu *vc = g->vcpus[i];
		uint64_t base = f->gicr + i * f->gicr_size;

		vc->rd_iodev.redist_vcpu = vc;
		vc->sgi_iodev.redist_vcpu = vc;
		if (aplist_iodev_init(g, &vc->rd_iodev, base, 0x10000, v3_rd, NR(v3_rd)) ||
		    aplist_iodev_init(g, &vc->sgi_iodev, base + 0x10000, 0x10000, v3_sgi,
				      NR(v3_sgi)))
			return -1;
	}
	return 0;
}

int aplist_v3_register_128k(struct aplist *g)
{
	const struct vgic_frames *f = &g->config.frames;

	if (aplist_iodev_init(g, &g->dist->dist_iodev, f->gicd, 0x10000, v3_dist_groups,
			      NR(v3_dist_groups)))
		return -1;
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		struct vgic_cpu *vc = g->vcpus[i];

		vc->rd_iodev.redist_vcpu = vc;
		if (aplist_iodev_init(g, &vc->rd_iodev, f->gicr + i * f->gicr_size, 0x20000,
				      v3_redist, NR(v3_redist)))
			return -1;
	}
	return 0;
}

/* ---- SGIs: one pending bit a (target, SGI), whoever sent it -------------- */

struct sgi1r {
	uint64_t cluster; /* affinity above Aff0, in MPIDR positions */
	uint32_t list;	  /* Aff0 of the targets still to be found */
	uint32_t intid;
	bool broadcast; /* to all but the sender */
	bool group1;	/* may raise those of group 1 */
};

static struct sgi1r sgi1r_decode(uint64_t val)
{
	return (struct sgi1r){
		.cluster = (val >> 16 & 0xff) << 8 | (val >> 32 & 0xff) << 16 |
			   (val >> 48 & 0xff) << 32,
		.list = val & 0xffff,
		.intid = val >> 24 & 0xf,
		.broadcast = val >> 40 & 1,
	};
}

static void sgi1r_send(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *target,
		       const struct sgi1r *sgi)
{
	struct vgic_irq *irq;

	WORK(sgi_send);
	irq = aplist_get_irq(g, cpu, target, sgi->intid);
	aplist_lock_irq(g, cpu, &irq->irq_lock);
	aplist_irq_read(g, cpu, irq);
	if (g->kernel->groups)
		aplist_rest_read(g, cpu, irq, g->kernel->layout.targets);
	if (!g->kernel->groups || !irq->group || sgi->group1) {
		aplist_latch(g, cpu, irq);
		aplist_queue_irq_unlock(g, cpu, irq);
	} else {
		aplist_unlock_irq(g, cpu, &irq->irq_lock);
	}
	aplist_put_irq(g, cpu, irq);
}

/* True: this one is addressed, and then found. */
static bool sgi1r_match(struct aplist *g, struct plat_cpu *cpu, struct sgi1r *sgi,
			unsigned int vcpu)
{
	uint64_t mpidr = gic_vcpu_mpidr(vcpu);
	uint32_t bit = 1u << (mpidr & 0xff);

	WORK(sgi_match);
	if ((mpidr & ~UINT64_C(0xff)) != sgi->cluster || !(sgi->list & bit))
		return false;
	sgi->list &= ~bit;
	return true;
}

void aplist_v3_sgi1r(struct aplist *g, struct plat_cpu *cpu, struct vgic_cpu *vcpu, uint64_t val,
		     bool group1)
{
	struct sgi1r sgi = sgi1r_decode(val);

	sgi.group1 = group1;
	WORK(sgi1r);
	for (unsigned int i = 0; i < g->nr_vcpus; i++) {
		WORK(sgi_vcpu);
		if (!sgi.broadcast && !sgi.list)
			return;
		plat_read(cpu, &g->vcpus[i]);
		if (sgi.broadcast ? g->vcpus[i] == vcpu : !sgi1r_match(g, cpu, &sgi, i))
			continue;
		sgi1r_send(g, cpu, g->vcpus[i], &sgi);
	}
	WORK(sgi_end);
}

enum vgic_handled aplist_sysreg_write(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				      uint32_t reg, uint64_t val)
{
	struct aplist *g = vgic;

	if (g->gic != 3)
		return VGIC_NOT_MINE;
	switch (reg) {
	case SYSREG_ICC_SGI1R_EL1:
		aplist_v3_sgi1r(g, cpu, g->vcpus[vcpu], val, true);
		return VGIC_DONE;
	case SYSREG_ICC_SGI0R_EL1:
	case SYSREG_ICC_ASGI1R_EL1:
		/* without groups the others' SGIs are an undefined instruction to the guest */
		if (!g->kernel->groups)
			return VGIC_NOT_MINE;
		aplist_v3_sgi1r(g, cpu, g->vcpus[vcpu], val, false);
		return VGIC_DONE;
	case SYSREG_ICC_SRE_EL1: /* ignored */
		return VGIC_DONE;
	default:
		return VGIC_NOT_MINE;
	}
}
