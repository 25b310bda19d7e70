/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What info.c counts and info-print.c and info-json.c show. */
#ifndef INFO_INT_H
#define INFO_INT_H

#include "info.h"

#include <inttypes.h>
#include <stdarg.h>

#include "gic-regs.h"

#define INFO_MAX_ROWS	 65536
#define INFO_MAX_MISSING 16

/* Distances between arrivals, in ns. */
struct info_gaps {
	uint64_t n;
	double mean, m2;
};

struct info_row {
	uint64_t key;
	uint64_t n;  /* arrivals; reads */
	uint64_t n2; /* lowerings; writes */
	struct info_gaps gaps;
	uint64_t last_ns;
	bool seen;
	struct gic_reg reg;
};

struct info_table {
	struct info_row *row;
	uint32_t nr, slots, *slot;
	uint64_t beyond; /* events for which there was no row left */
};

enum info_where { INFO_UNKNOWN, INFO_GUEST, INFO_HOST };

struct info_vcpu {
	uint64_t records, entries, exits, wfis;
	uint64_t guest_ns, host_ns, sleep_ns;
	uint64_t since_ns;
	uint8_t where; /* enum info_where */
	bool asleep;
	bool sgi_seen;
	uint64_t sgi_last_ns;
	bool irq_seen[32];
	uint64_t irq_last_ns[32];
};

struct info {
	struct trace_meta meta;
	uint64_t nr_records, end_ns, digest, nr_lost;
	uint64_t kind[REC_NR_KINDS];
	uint64_t reason[EXIT_NR_REASONS], ec[64], cause[CAUSE_NR];
	uint64_t nr_raised;
	uint64_t nr_sgis, sgi[16], sgi_unknown, nr_sgi_targets;
	struct info_gaps sgi_gaps;	/* of each sender */
	uint64_t nr_other_mmio, nr_frame[FRAME_NR_KINDS];
	uint64_t lrs_at[2], lrs_used[2][65];
	struct info_vcpu *vcpu;
	struct info_table irqs, msis, gic, mmio, sysregs;
	unsigned int nr_missing;
	char missing[INFO_MAX_MISSING][192];
};

/* Events per second; 0 of a trace without a duration. */
double info_rate(const struct info *i, uint64_t n);

/*
 * Standard deviation by mean of the distances: 0 for a clock, 1 for a Poisson
 * process, more for bursts. Negative: fewer than two distances.
 */
double info_burstiness(const struct info_gaps *g);

/* "data abort (lower level)" for 0x24; NULL if DDI 0487 names none. */
const char *info_ec_name(unsigned int ec);

/* "GICD_ISENABLER<n>", or "GICD+0xd00" for what has no name. */
const char *info_reg_name(const struct gic_reg *reg, char *buf, size_t len);

#endif
