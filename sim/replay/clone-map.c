// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers of a recording become those of copy k: vCPUs, CPUs, threads, SPIs,
 * LPIs, collections and devices of the ITS, and whatever register writes and list
 * registers hold of these.
 *
 * The SPIs that the recording uses are packed: copy k has its share after those
 * of the copies before it. If it accesses registers of many SPIs at once, shares
 * are whole registers of 32; where these do not suffice for all the copies, SPIs
 * that are set up and then not used are the same ones for all. What all copies
 * would set for the whole VM (GICD_CTLR) the first copy sets; the others read it.
 */
#include "clone-int.h"

#include <string.h>

#include "sgi.h"

#define GICD_SGIR      0xf00u
#define GICD_CPENDSGIR 0xf10u
#define GICD_SGI_END   0xf30u
#define GICD_IROUTER   0x6000u

/* Registers with a field an interrupt, GICD_IGROUPR to GICD_IGRPMODR. */
struct clone_field {
	uint32_t irq;  /* of the access's first byte */
	uint32_t nr;   /* interrupts that it covers */
	uint32_t bits; /* an interrupt; 64: GICD_IROUTER */
	uint32_t base; /* offset of INTID 0's */
};

static bool field_of(uint32_t off, uint32_t len, struct clone_field *f)
{
	if (off >= 0x080 && off < 0x400)
		*f = (struct clone_field){ .bits = 1, .base = off & ~0x7fu };
	else if (off >= 0x400 && off < 0xc00)
		*f = (struct clone_field){ .bits = 8, .base = off & 0xc00 };
	else if (off >= 0xc00 && off < 0xd00)
		*f = (struct clone_field){ .bits = 2, .base = 0xc00 };
	else if (off >= 0xd00 && off < 0xd80)
		*f = (struct clone_field){ .bits = 1, .base = 0xd00 };
	else if (off >= GICD_IROUTER && off < GICD_IROUTER + 8 * (GIC_LAST_SPI + 1))
		*f = (struct clone_field){ .bits = 64, .base = GICD_IROUTER };
	else
		return false;
	f->irq = (off - f->base) * 8 / f->bits;
	f->nr = len * 8 / f->bits;
	f->nr = f->nr ? f->nr : 1;
	return true;
}

static bool in_gicd(const struct clone_map *m, const struct trace_rec *r, struct gic_reg *reg)
{
	return r->kind == REC_MMIO && gic_reg_find(&m->in, r->d.mmio.gpa, reg) &&
	       reg->frame == FRAME_GICD;
}

bool clone_is_sgi(const struct trace_rec *r)
{
	return r->kind == REC_SYSREG && r->ctx == CTX_VCPU && r->d.sysreg.write &&
	       (r->d.sysreg.reg == SYSREG_ICC_SGI1R_EL1 ||
		r->d.sysreg.reg == SYSREG_ICC_SGI0R_EL1 ||
		r->d.sysreg.reg == SYSREG_ICC_ASGI1R_EL1);
}

/* ---- the first pass ------------------------------------------------------ */

static void see_irq(struct clone_map *m, uint32_t irq)
{
	if (gic_is_spi(irq))
		m->used[irq] = true;
	else if (irq >= GIC_FIRST_LPI && irq - GIC_FIRST_LPI >= m->lpis)
		m->lpis = irq - GIC_FIRST_LPI + 1;
}

/* It is mentioned, and nothing comes of it. */
static void see_quiet(struct clone_map *m, uint32_t irq)
{
	if (gic_is_spi(irq))
		m->set_up[irq] = true;
	else
		see_irq(m, irq);
}

static void see_icid(struct clone_map *m, uint64_t icid)
{
	if (icid >= m->icids)
		m->icids = (uint32_t)icid + 1;
}

static void see_its(struct clone_map *m, const uint64_t dw[4])
{
	switch (dw[0] & 0xff) {
	case 0x0a: /* MAPTI */
		see_irq(m, (uint32_t)(dw[1] >> 32));
		break;
	case 0x0b: /* MAPI */
		see_irq(m, (uint32_t)dw[1]);
		break;
	case 0x01: /* MOVI */
	case 0x09: /* MAPC */
	case 0x0d: /* INVALL */
		break;
	default:
		return;
	}
	see_icid(m, dw[2] & 0xffff);
}

static void see_mmio(struct clone_map *m, const struct trace_rec *r)
{
	struct clone_field f;
	struct gic_reg reg;

	if (!in_gicd(m, r, &reg) || !field_of(reg.offset, r->d.mmio.len, &f) ||
	    f.irq + f.nr <= GIC_FIRST_SPI)
		return;
	m->whole_registers |= f.nr > 1;
	for (uint32_t i = 0; i < f.nr && f.irq + i <= GIC_LAST_SPI; i++)
		m->set_up[f.irq + i] = true;
}

static void see_lrs(struct clone_map *m, const uint64_t *lr, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct gic_lr d = gic_lr_decode(m->in.gic, lr[i]);

		if (d.pending || d.active)
			see_irq(m, d.irq);
	}
}

void clone_map_see(struct clone_map *m, const struct trace_rec *r)
{
	switch (r->kind) {
	case REC_INJECT:
		/* A VMM lowers every line once, when it resets its machine. */
		if (r->d.inject.level)
			see_irq(m, r->d.inject.irq);
		else
			see_quiet(m, r->d.inject.irq);
		break;
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		see_irq(m, r->d.guest.irq);
		break;
	case REC_QUEUED:
		if (r->d.queued.line || r->d.queued.latch || r->d.queued.active)
			see_irq(m, r->d.queued.irq);
		else
			see_quiet(m, r->d.queued.irq);
		break;
	case REC_STATE:
		if (r->d.state.pending || r->d.state.active || r->d.state.line)
			see_irq(m, r->d.state.irq);
		else if (r->d.state.irq >= GIC_FIRST_LPI)
			see_quiet(m, r->d.state.irq);
		break;
	case REC_LRS:
		see_lrs(m, r->d.lrs.lr, REC_LRS_FIRST);
		break;
	case REC_LRS_MORE:
		see_lrs(m, r->d.lrs_more.lr, REC_LRS_EACH);
		break;
	case REC_ITS:
		see_its(m, r->d.its.dw);
		break;
	case REC_MMIO:
		see_mmio(m, r);
		break;
	}
}

/* A register's worth of SPIs: what of it the recording uses, or only sets up. */
static void place_block(struct clone_map *m, uint32_t first)
{
	uint32_t end = first + 32 > GIC_LAST_SPI + 1 ? GIC_LAST_SPI + 1 : first + 32;
	bool used = false, set_up = false;

	for (uint32_t irq = first; irq < end; irq++) {
		used |= m->used[irq];
		set_up |= m->set_up[irq];
	}
	for (uint32_t irq = first; irq < end; irq++) {
		if (!m->whole_registers && (m->used[irq] || m->set_up[irq]))
			m->place[irq] = m->spis++;
		else if (m->whole_registers && (used || (set_up && !m->shares)))
			m->place[irq] = m->spis + irq - first;
		else if (m->whole_registers && set_up)
			m->place[irq] = CLONE_SHARED;
		else
			m->place[irq] = CLONE_NOWHERE;
	}
	if (m->whole_registers && (used || (set_up && !m->shares)))
		m->spis += 32;
}

static uint64_t place_all(struct clone_map *m)
{
	m->spis = 0;
	for (uint32_t first = GIC_FIRST_SPI; first <= GIC_LAST_SPI; first += 32)
		place_block(m, first);
	return (uint64_t)m->spis * m->copies + (m->shares ? 32 : 0);
}

int clone_map_finish(struct clone_map *m, struct err *err)
{
	uint32_t max_vcpus = m->in.gic == 2 ? GICV2_MAX_VCPUS : TRACE_MAX_VCPUS;
	uint32_t max_spis = GIC_LAST_SPI + 1 - GIC_FIRST_SPI;
	uint64_t spis = place_all(m);

	if (m->copies == 1)
		return 0;
	if (m->whole_registers && spis > max_spis) {
		uint32_t apart = m->spis;

		m->shares = true;
		spis = place_all(m);
		if (m->spis == apart) { /* nothing that they could share */
			m->shares = false;
			spis = place_all(m);
		}
	}
	if ((uint64_t)m->in.nr_vcpus * m->copies > max_vcpus)
		return err_set(err, ERR_USAGE,
			       "want at most %u copies of %u vCPUs with a GICv%u, have %u",
			       max_vcpus / m->in.nr_vcpus, m->in.nr_vcpus, m->in.gic, m->copies);
	if (spis > max_spis)
		return err_set(err, ERR_USAGE,
			       "want at most %u copies of a guest that uses %u SPIs%s, have %u",
			       (max_spis - (m->shares ? 32 : 0)) / m->spis, m->spis,
			       m->whole_registers ? " (whole registers of 32)" : "", m->copies);
	if ((uint64_t)m->in.nr_pcpus * m->copies > INT16_MAX)
		return err_set(err, ERR_USAGE,
			       "want at most %u copies of a host of %u CPUs, have %u",
			       INT16_MAX / m->in.nr_pcpus, m->in.nr_pcpus, m->copies);
	if ((uint64_t)m->icids * m->copies > 65536 ||
	    (uint64_t)m->lpis * m->copies > (1u << 24) - GIC_FIRST_LPI)
		return err_set(err, ERR_USAGE,
			       "%u copies want more LPIs or collections than there are", m->copies);
	return 0;
}

/* ---- numbers ------------------------------------------------------------- */

static uint32_t map_vcpu(const struct clone_map *m, uint32_t k, uint32_t vcpu)
{
	return vcpu < m->in.nr_vcpus ? vcpu + k * m->in.nr_vcpus : vcpu;
}

/* CLONE_NOWHERE: the copy has none. */
static uint32_t map_irq(const struct clone_map *m, uint32_t k, uint32_t irq)
{
	if (irq >= GIC_FIRST_LPI)
		return irq + k * m->lpis;
	if (!gic_is_spi(irq) || m->copies == 1)
		return irq;
	if (m->place[irq] == CLONE_NOWHERE)
		return CLONE_NOWHERE;
	if (m->place[irq] == CLONE_SHARED)
		return GIC_FIRST_SPI + m->copies * m->spis + irq % 32;
	return GIC_FIRST_SPI + k * m->spis + m->place[irq];
}

static uint32_t vcpu_of(const struct clone_map *m, uint64_t aff)
{
	for (uint32_t v = 0; v < m->in.nr_vcpus; v++)
		if (gic_vcpu_mpidr(v) == (aff & 0xffffff))
			return v;
	return UINT32_MAX;
}

static uint64_t map_affinity(const struct clone_map *m, uint32_t k, uint64_t aff)
{
	uint32_t v = aff >> 31 & 1 ? UINT32_MAX : vcpu_of(m, aff); /* IRM: any of them */

	return v == UINT32_MAX ? aff : gic_vcpu_mpidr(map_vcpu(m, k, v));
}

static uint64_t map_lr(const struct clone_map *m, uint32_t k, uint64_t word)
{
	struct gic_lr lr = gic_lr_decode(m->in.gic, word);
	uint32_t irq = map_irq(m, k, lr.irq);

	/* A word without state keeps the number of what it once was. */
	if (irq == CLONE_NOWHERE)
		return 0;
	if (m->in.gic == 3)
		return (word & ~ICH_LR_VIRTID) | irq;
	word = (word & ~(uint64_t)GICH_LR_VIRTID) | irq;
	if (gic_is_sgi(lr.irq) && !lr.hw && (lr.pending || lr.active))
		word = (word & ~(uint64_t)GICH_LR_SRC) | (uint64_t)map_vcpu(m, k, lr.src)
								 << GICH_LR_SRC_SHIFT;
	return word;
}

/* ---- register accesses --------------------------------------------------- */

/* Masks of vCPUs in bytes, as GICD_ITARGETSR and the SGIs' pending bits have them. */
static uint64_t map_masks(const struct clone_map *m, uint32_t k, uint64_t val, unsigned int len)
{
	uint64_t own = (1u << m->in.nr_vcpus) - 1, out = 0;

	for (unsigned int i = 0; i < len; i++)
		out |= (val >> 8 * i & own) << k * m->in.nr_vcpus << 8 * i;
	return out;
}

static void map_sgir(const struct clone_map *m, uint32_t k, struct trace_rec *r)
{
	uint64_t val = r->d.mmio.val, own = (1u << m->in.nr_vcpus) - 1;
	uint64_t list = val >> 16 & 0xff;

	if (!r->d.mmio.write)
		return;
	switch (val >> 24 & 3) { /* IHI 0048B.b 4.3.15: the target list filter */
	case 0:
		list &= own;
		break;
	case 1:
		list = own & ~(UINT64_C(1) << (r->ctx_id - k * m->in.nr_vcpus));
		break;
	default:
		return;
	}
	r->d.mmio.val = (val & 0xffff) | list << k * m->in.nr_vcpus << 16;
}

static bool map_field(const struct clone_map *m, uint32_t k, struct trace_rec *r, uint32_t off)
{
	uint64_t gicd = r->d.mmio.gpa - off;
	struct clone_field f;
	uint32_t irq;

	if (!field_of(off, r->d.mmio.len, &f))
		return false;
	if (f.bits == 8 && f.base == 0x800 && m->in.gic == 2)
		r->d.mmio.val = map_masks(m, k, r->d.mmio.val, r->d.mmio.len);
	if (f.bits == 64)
		r->d.mmio.val = map_affinity(m, k, r->d.mmio.val);
	irq = map_irq(m, k, f.irq);
	if (irq != CLONE_NOWHERE) /* a byte in a word of bits stays that byte */
		r->d.mmio.gpa = gicd + f.base + (uint64_t)irq * f.bits / 8;
	return true;
}

static void map_gicd(const struct clone_map *m, uint32_t k, struct trace_rec *r, uint32_t off)
{
	if (off == 0 && k) /* GICD_CTLR */
		r->d.mmio.write = 0;
	else if (off == GICD_SGIR && m->in.gic == 2)
		map_sgir(m, k, r);
	else if (off >= GICD_CPENDSGIR && off < GICD_SGI_END && m->in.gic == 2)
		r->d.mmio.val = map_masks(m, k, r->d.mmio.val, r->d.mmio.len);
	else
		map_field(m, k, r, off);
}

static void map_mmio(const struct clone_map *m, uint32_t k, struct trace_rec *r)
{
	struct gic_reg reg;

	if (!gic_reg_find(&m->in, r->d.mmio.gpa, &reg))
		return;
	if (reg.frame == FRAME_GICD) {
		map_gicd(m, k, r, reg.offset);
	} else if (reg.frame == FRAME_GICR && m->copies > 1) {
		r->d.mmio.gpa =
			CLONE_GICR_GPA + map_vcpu(m, k, reg.vcpu) * m->gicr_size + reg.offset;
	}
}

static void map_its(const struct clone_map *m, uint32_t k, uint64_t dw[4])
{
	unsigned int cmd = dw[0] & 0xff;
	uint64_t rd = (uint64_t)k * m->in.nr_vcpus << 16, lpi = (uint64_t)k * m->lpis << 32;

	if (cmd == 0x05 || cmd == 0x09 || cmd == 0x0e) /* SYNC, MAPC, MOVALL */
		dw[2] += rd;
	if (cmd == 0x0e)
		dw[3] += rd;
	if (cmd != 0x05 && cmd != 0x09 && cmd != 0x0d && cmd != 0x0e)
		dw[0] += (uint64_t)k << 48; /* the device: another bus */
	if (cmd == 0x01 || cmd == 0x09 || cmd == 0x0a || cmd == 0x0b || cmd == 0x0d)
		dw[2] += (uint64_t)k * m->icids;
	if (cmd == 0x0b && k) { /* MAPI: the event is the LPI, which differs here */
		dw[0] = (dw[0] & ~UINT64_C(0xff)) | 0x0a;
		dw[1] |= dw[1] << 32;
		cmd = 0x0a;
	}
	if (cmd == 0x0a)
		dw[1] += lpi;
}

/* ---- a record ------------------------------------------------------------ */

static bool map_state(const struct clone_map *m, uint32_t k, struct trace_rec *r)
{
	uint32_t irq = map_irq(m, k, r->d.state.irq);

	if (irq == CLONE_NOWHERE)
		return false;
	r->d.state.irq = irq;
	if (r->flags & REC_HAS_VCPU)
		r->d.state.vcpu = map_vcpu(m, k, r->d.state.vcpu);
	r->d.state.target = map_vcpu(m, k, r->d.state.target);
	return true;
}

static void map_who(const struct clone_map *m, uint32_t k, struct trace_rec *r)
{
	if (r->cpu >= 0)
		r->cpu = (int16_t)(r->cpu + (int)(k * m->in.nr_pcpus));
	if (r->ctx == CTX_VCPU)
		r->ctx_id = map_vcpu(m, k, r->ctx_id);
	else if (r->ctx == CTX_THREAD)
		r->ctx_id = r->ctx_id % CLONE_THREADS + k * CLONE_THREADS;
}

bool clone_map_rec(const struct clone_map *m, uint32_t k, struct trace_rec *r)
{
	map_who(m, k, r);
	switch (r->kind) {
	case REC_INJECT:
		r->d.inject.irq = map_irq(m, k, r->d.inject.irq);
		if (r->flags & REC_HAS_VCPU)
			r->d.inject.vcpu = map_vcpu(m, k, r->d.inject.vcpu);
		return true;
	case REC_MSI:
		r->d.msi.devid += k << 16;
		return true;
	case REC_ITS:
		map_its(m, k, r->d.its.dw);
		return true;
	case REC_MMIO:
		map_mmio(m, k, r);
		return true;
	case REC_IPI:
		if (r->flags & REC_HAS_TO)
			r->d.ipi.to += k * m->in.nr_pcpus;
		return true;
	case REC_ACK:
	case REC_EOI:
	case REC_DIR:
		r->d.guest.irq = map_irq(m, k, r->d.guest.irq);
		if (r->flags & REC_HAS_SRC)
			r->d.guest.src = map_vcpu(m, k, r->d.guest.src);
		return true;
	case REC_QUEUED:
		r->d.queued.irq = map_irq(m, k, r->d.queued.irq);
		return true;
	case REC_LRS:
		for (unsigned int i = 0; i < REC_LRS_FIRST && i < r->d.lrs.nr; i++)
			r->d.lrs.lr[i] = map_lr(m, k, r->d.lrs.lr[i]);
		return true;
	case REC_LRS_MORE:
		for (unsigned int i = 0; i < r->d.lrs_more.nr; i++)
			r->d.lrs_more.lr[i] = map_lr(m, k, r->d.lrs_more.lr[i]);
		return true;
	case REC_STATE:
		return map_state(m, k, r);
	default:
		return true;
	}
}

unsigned int clone_map_sgi(const struct clone_map *m, uint32_t k, const struct trace_rec *r,
			   const struct annot *a, uint64_t val[CLONE_MAX_SPLIT + 1])
{
	uint64_t target[STREAM_TARGET_WORDS], list[CLONE_MAX_SPLIT + 1] = { 0 };
	struct trace_rec own = *r;
	unsigned int sgi = 0, nr = 0;

	own.ctx_id = r->ctx_id - k * m->in.nr_vcpus; /* in the recording */
	sgi_targets(&m->in, UINT64_MAX, &own, a, target, &sgi);
	for (uint32_t v = 0; v < m->in.nr_vcpus; v++) {
		uint32_t to = map_vcpu(m, k, v);

		if (target[v / 64] >> v % 64 & 1)
			list[to / 16] |= UINT64_C(1) << to % 16;
	}
	for (uint32_t c = 0; c <= CLONE_MAX_SPLIT; c++) {
		uint64_t mpidr = gic_vcpu_mpidr(16 * c);

		if (list[c])
			val[nr++] = list[c] | (uint64_t)sgi << 24 | (mpidr >> 8 & 0xff) << 16 |
				    (mpidr >> 16 & 0xff) << 32;
	}
	/* Nobody in the recording, and nobody here. */
	if (!nr)
		val[nr++] = (uint64_t)sgi << 24;
	return nr;
}
