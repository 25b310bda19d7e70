/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sgi.h"

#include <string.h>

#include "gic.h"

#define GICD_SGIR 0xf00u

static void by_sgir(const struct trace_meta *meta, uint32_t from, uint64_t val, uint64_t *target)
{
	uint64_t all = (UINT64_C(1) << meta->nr_vcpus) - 1;

	switch (val >> 24 & 3) { /* IHI 0048B.b 4.3.15: the target list filter */
	case 0:
		target[0] = val >> 16 & 0xff & all;
		break;
	case 1:
		target[0] = all & ~(UINT64_C(1) << from);
		break;
	case 2:
		target[0] = UINT64_C(1) << from;
		break;
	default:
		break;
	}
}

/* Without a look at each vCPU: the 16 of one list are neighbours (gic_vcpu_mpidr()). */
static void by_sgi1r(const struct trace_meta *meta, uint32_t from, uint64_t val, uint64_t *target)
{
	uint64_t first = ((val >> 16 & 0xff) | (val >> 32 & 0xff) << 8) * 16, list = val & 0xffff;
	uint32_t nr = meta->nr_vcpus;

	if (val >> 40 & 1) {
		for (uint32_t w = 0; w < (nr + 63) / 64; w++)
			target[w] = nr - w * 64 < 64 ? (UINT64_C(1) << nr % 64) - 1 : UINT64_MAX;
		target[from / 64] &= ~(UINT64_C(1) << from % 64);
		return;
	}
	if (first >= nr)
		return;
	if (nr - first < 16)
		list &= (1u << (nr - first)) - 1;
	target[first / 64] = list << first % 64;
}

bool sgi_targets(const struct trace_meta *meta, uint64_t gicd, const struct trace_rec *rec,
		 const struct annot *a, uint64_t target[STREAM_TARGET_WORDS], unsigned int *sgi)
{
	if ((rec->kind != REC_MMIO && rec->kind != REC_SYSREG) || rec->ctx != CTX_VCPU)
		return false;
	memset(target, 0, STREAM_TARGET_WORDS * sizeof(target[0]));
	if (rec->kind == REC_MMIO) {
		if (meta->gic != 2 || !rec->d.mmio.write || rec->d.mmio.gpa != gicd + GICD_SGIR)
			return false;
		*sgi = rec->d.mmio.val & 0xf;
		by_sgir(meta, rec->ctx_id, rec->d.mmio.val, target);
		return true;
	}
	if (rec->kind != REC_SYSREG || !rec->d.sysreg.write || meta->gic != 3 ||
	    (rec->d.sysreg.reg != SYSREG_ICC_SGI1R_EL1 &&
	     rec->d.sysreg.reg != SYSREG_ICC_SGI0R_EL1 &&
	     rec->d.sysreg.reg != SYSREG_ICC_ASGI1R_EL1))
		return false;
	*sgi = 0;
	if (rec->flags & REC_HAS_VAL) {
		*sgi = rec->d.sysreg.val >> 24 & 0xf;
		by_sgi1r(meta, rec->ctx_id, rec->d.sysreg.val, target);
	} else if (a && a->inferred) {
		*sgi = a->sgi;
		memcpy(target, a->target, STREAM_TARGET_WORDS * sizeof(target[0]));
	}
	return true;
}

uint64_t sgi_inferred_value(const struct annot *a, uint32_t first)
{
	uint64_t list = a->target[first / 64] >> first % 64 & 0xffff;
	uint64_t mpidr = gic_vcpu_mpidr(first);

	if (!list)
		return 0;
	return list | (uint64_t)(a->sgi & 0xf) << 24 | (mpidr >> 8 & 0xff) << 16 |
	       (mpidr >> 16 & 0xff) << 32;
}
