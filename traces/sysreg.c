// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of the AArch64 system registers that a hypervisor traps, as the Arm
 * architecture reference manual (DDI 0487, chapter D19) and IHI 0069 (chapter
 * 12.2) encode them. Any other has its numbers for a name: s3_0_c12_c11_5.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "gic.h"

struct sysreg {
	const char *name;
	uint32_t reg;
};

static const struct sysreg sysregs[] = {
	/* interrupt controller */
	{ "ICC_PMR_EL1", SYSREG_ENC(3, 0, 4, 6, 0) },
	{ "ICC_IAR0_EL1", SYSREG_ENC(3, 0, 12, 8, 0) },
	{ "ICC_EOIR0_EL1", SYSREG_ENC(3, 0, 12, 8, 1) },
	{ "ICC_HPPIR0_EL1", SYSREG_ENC(3, 0, 12, 8, 2) },
	{ "ICC_BPR0_EL1", SYSREG_ENC(3, 0, 12, 8, 3) },
	{ "ICC_AP0R0_EL1", SYSREG_ENC(3, 0, 12, 8, 4) },
	{ "ICC_AP0R1_EL1", SYSREG_ENC(3, 0, 12, 8, 5) },
	{ "ICC_AP0R2_EL1", SYSREG_ENC(3, 0, 12, 8, 6) },
	{ "ICC_AP0R3_EL1", SYSREG_ENC(3, 0, 12, 8, 7) },
	{ "ICC_AP1R0_EL1", SYSREG_ENC(3, 0, 12, 9, 0) },
	{ "ICC_AP1R1_EL1", SYSREG_ENC(3, 0, 12, 9, 1) },
	{ "ICC_AP1R2_EL1", SYSREG_ENC(3, 0, 12, 9, 2) },
	{ "ICC_AP1R3_EL1", SYSREG_ENC(3, 0, 12, 9, 3) },
	{ "ICC_DIR_EL1", SYSREG_ENC(3, 0, 12, 11, 1) },
	{ "ICC_RPR_EL1", SYSREG_ENC(3, 0, 12, 11, 3) },
	{ "ICC_SGI1R_EL1", SYSREG_ICC_SGI1R_EL1 },
	{ "ICC_ASGI1R_EL1", SYSREG_ICC_ASGI1R_EL1 },
	{ "ICC_SGI0R_EL1", SYSREG_ICC_SGI0R_EL1 },
	{ "ICC_IAR1_EL1", SYSREG_ENC(3, 0, 12, 12, 0) },
	{ "ICC_EOIR1_EL1", SYSREG_ENC(3, 0, 12, 12, 1) },
	{ "ICC_HPPIR1_EL1", SYSREG_ENC(3, 0, 12, 12, 2) },
	{ "ICC_BPR1_EL1", SYSREG_ENC(3, 0, 12, 12, 3) },
	{ "ICC_CTLR_EL1", SYSREG_ENC(3, 0, 12, 12, 4) },
	{ "ICC_SRE_EL1", SYSREG_ICC_SRE_EL1 },
	{ "ICC_IGRPEN0_EL1", SYSREG_ENC(3, 0, 12, 12, 6) },
	{ "ICC_IGRPEN1_EL1", SYSREG_ENC(3, 0, 12, 12, 7) },
	/* generic timer */
	{ "CNTFRQ_EL0", SYSREG_ENC(3, 3, 14, 0, 0) },
	{ "CNTPCT_EL0", SYSREG_ENC(3, 3, 14, 0, 1) },
	{ "CNTVCT_EL0", SYSREG_ENC(3, 3, 14, 0, 2) },
	{ "CNTKCTL_EL1", SYSREG_ENC(3, 0, 14, 1, 0) },
	{ "CNTP_TVAL_EL0", SYSREG_ENC(3, 3, 14, 2, 0) },
	{ "CNTP_CTL_EL0", SYSREG_ENC(3, 3, 14, 2, 1) },
	{ "CNTP_CVAL_EL0", SYSREG_ENC(3, 3, 14, 2, 2) },
	{ "CNTV_TVAL_EL0", SYSREG_ENC(3, 3, 14, 3, 0) },
	{ "CNTV_CTL_EL0", SYSREG_ENC(3, 3, 14, 3, 1) },
	{ "CNTV_CVAL_EL0", SYSREG_ENC(3, 3, 14, 3, 2) },
	/* debug and performance monitors */
	{ "MDSCR_EL1", SYSREG_ENC(2, 0, 0, 2, 2) },
	{ "OSLAR_EL1", SYSREG_ENC(2, 0, 1, 0, 4) },
	{ "OSLSR_EL1", SYSREG_ENC(2, 0, 1, 1, 4) },
	{ "OSDLR_EL1", SYSREG_ENC(2, 0, 1, 3, 4) },
	{ "PMCR_EL0", SYSREG_ENC(3, 3, 9, 12, 0) },
	{ "PMCNTENSET_EL0", SYSREG_ENC(3, 3, 9, 12, 1) },
	{ "PMCNTENCLR_EL0", SYSREG_ENC(3, 3, 9, 12, 2) },
	{ "PMOVSCLR_EL0", SYSREG_ENC(3, 3, 9, 12, 3) },
	{ "PMSWINC_EL0", SYSREG_ENC(3, 3, 9, 12, 4) },
	{ "PMSELR_EL0", SYSREG_ENC(3, 3, 9, 12, 5) },
	{ "PMCEID0_EL0", SYSREG_ENC(3, 3, 9, 12, 6) },
	{ "PMCEID1_EL0", SYSREG_ENC(3, 3, 9, 12, 7) },
	{ "PMCCNTR_EL0", SYSREG_ENC(3, 3, 9, 13, 0) },
	{ "PMXEVTYPER_EL0", SYSREG_ENC(3, 3, 9, 13, 1) },
	{ "PMXEVCNTR_EL0", SYSREG_ENC(3, 3, 9, 13, 2) },
	{ "PMUSERENR_EL0", SYSREG_ENC(3, 3, 9, 14, 0) },
	{ "PMOVSSET_EL0", SYSREG_ENC(3, 3, 9, 14, 3) },
	{ "PMCCFILTR_EL0", SYSREG_ENC(3, 3, 14, 15, 7) },
	{ "PMINTENSET_EL1", SYSREG_ENC(3, 0, 9, 14, 1) },
	{ "PMINTENCLR_EL1", SYSREG_ENC(3, 0, 9, 14, 2) },
	/* memory */
	{ "SCTLR_EL1", SYSREG_ENC(3, 0, 1, 0, 0) },
	{ "ACTLR_EL1", SYSREG_ENC(3, 0, 1, 0, 1) },
	{ "TTBR0_EL1", SYSREG_ENC(3, 0, 2, 0, 0) },
	{ "TTBR1_EL1", SYSREG_ENC(3, 0, 2, 0, 1) },
	{ "TCR_EL1", SYSREG_ENC(3, 0, 2, 0, 2) },
	{ "AFSR0_EL1", SYSREG_ENC(3, 0, 5, 1, 0) },
	{ "AFSR1_EL1", SYSREG_ENC(3, 0, 5, 1, 1) },
	{ "ESR_EL1", SYSREG_ENC(3, 0, 5, 2, 0) },
	{ "FAR_EL1", SYSREG_ENC(3, 0, 6, 0, 0) },
	{ "MAIR_EL1", SYSREG_ENC(3, 0, 10, 2, 0) },
	{ "AMAIR_EL1", SYSREG_ENC(3, 0, 10, 3, 0) },
	{ "CONTEXTIDR_EL1", SYSREG_ENC(3, 0, 13, 0, 1) },
	/* identification */
	{ "MIDR_EL1", SYSREG_ENC(3, 0, 0, 0, 0) },
	{ "MPIDR_EL1", SYSREG_ENC(3, 0, 0, 0, 5) },
	{ "REVIDR_EL1", SYSREG_ENC(3, 0, 0, 0, 6) },
	{ "ID_AA64PFR0_EL1", SYSREG_ENC(3, 0, 0, 4, 0) },
	{ "ID_AA64PFR1_EL1", SYSREG_ENC(3, 0, 0, 4, 1) },
	{ "ID_AA64ZFR0_EL1", SYSREG_ENC(3, 0, 0, 4, 4) },
	{ "ID_AA64SMFR0_EL1", SYSREG_ENC(3, 0, 0, 4, 5) },
	{ "ID_AA64DFR0_EL1", SYSREG_ENC(3, 0, 0, 5, 0) },
	{ "ID_AA64DFR1_EL1", SYSREG_ENC(3, 0, 0, 5, 1) },
	{ "ID_AA64AFR0_EL1", SYSREG_ENC(3, 0, 0, 5, 4) },
	{ "ID_AA64AFR1_EL1", SYSREG_ENC(3, 0, 0, 5, 5) },
	{ "ID_AA64ISAR0_EL1", SYSREG_ENC(3, 0, 0, 6, 0) },
	{ "ID_AA64ISAR1_EL1", SYSREG_ENC(3, 0, 0, 6, 1) },
	{ "ID_AA64ISAR2_EL1", SYSREG_ENC(3, 0, 0, 6, 2) },
	{ "ID_AA64MMFR0_EL1", SYSREG_ENC(3, 0, 0, 7, 0) },
	{ "ID_AA64MMFR1_EL1", SYSREG_ENC(3, 0, 0, 7, 1) },
	{ "ID_AA64MMFR2_EL1", SYSREG_ENC(3, 0, 0, 7, 2) },
	{ "CCSIDR_EL1", SYSREG_ENC(3, 1, 0, 0, 0) },
	{ "CLIDR_EL1", SYSREG_ENC(3, 1, 0, 0, 1) },
	{ "CSSELR_EL1", SYSREG_ENC(3, 2, 0, 0, 0) },
	{ "CTR_EL0", SYSREG_ENC(3, 3, 0, 0, 1) },
	{ "DCZID_EL0", SYSREG_ENC(3, 3, 0, 0, 7) },
};

#define NR_SYSREGS (sizeof(sysregs) / sizeof(sysregs[0]))

const char *sysreg_name(uint32_t reg, char *buf, size_t len)
{
	for (size_t i = 0; i < NR_SYSREGS; i++)
		if (sysregs[i].reg == reg)
			return sysregs[i].name;
	snprintf(buf, len, "s%u_%u_c%u_c%u_%u", reg >> 14 & 3, reg >> 11 & 7, reg >> 7 & 15,
		 reg >> 3 & 15, reg & 7);
	return buf;
}

/* One number of at most @max, and the character after it. */
static const char *sysreg_part(const char *s, unsigned int max, char then, uint32_t *v)
{
	char *end;

	if (!s || *s < '0' || *s > '9')
		return NULL;
	*v = (uint32_t)strtoul(s, &end, 10);
	return end - s <= 2 && *v <= max && *end == then ? end + !!then : NULL;
}

int sysreg_parse(const char *s, uint32_t *reg)
{
	uint32_t op0, op1, crn, crm, op2;

	for (size_t i = 0; i < NR_SYSREGS; i++) {
		if (strcmp(sysregs[i].name, s))
			continue;
		*reg = sysregs[i].reg;
		return 0;
	}
	if (*s != 's' && *s != 'S')
		return -1;
	s = sysreg_part(s + 1, 3, '_', &op0);
	s = sysreg_part(s, 7, '_', &op1);
	if (!s || (*s != 'c' && *s != 'C'))
		return -1;
	s = sysreg_part(s + 1, 15, '_', &crn);
	if (!s || (*s != 'c' && *s != 'C'))
		return -1;
	s = sysreg_part(s + 1, 15, '_', &crm);
	if (!sysreg_part(s, 7, 0, &op2))
		return -1;
	*reg = SYSREG_ENC(op0, op1, crn, crm, op2);
	return 0;
}
