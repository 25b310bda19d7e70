/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a design load what a real kernel loaded? A functional replay in the
 * recorded order, without time: every record is executed where it stands, and
 * at each entry whose list registers were recorded the design's are compared
 * with them.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "trace.h"
#include "vgic-design.h"

struct conform_options {
	const struct vgic_design *design;
	const struct host *host;	/* its times do not matter; its CPUs and GIC do */
	unsigned int nr_lrs;		/* 0: as many as the recording shows */
	bool ignore_priority;
	unsigned int max_shown;		/* differences to be explained in full */
	void (*progress)(void *priv, uint64_t at_bytes, uint64_t of_bytes);
	void *progress_priv;
};

/*
 * Why an entry differs. Each has a rule, at conform_class_rule(); what no
 * rule recognises is unexplained.
 */
enum conform_class {
	CONFORM_RACE,		/* overlaps with what another context did */
	CONFORM_SGI_TARGET,	/* an SGI of unknown or inferred target may be it */
	CONFORM_INITIAL,	/* state from before the recording */
	CONFORM_ITS,		/* needs the ITS: left out, not a difference */
	CONFORM_LOST,		/* events were lost before it */
	CONFORM_FIELDS,		/* priority, hardware, EOI, source or group differ */
	CONFORM_UNEXPLAINED,
	CONFORM_NR_CLASSES,
};
const char *conform_class_name(enum conform_class c);	/* "race" */
const char *conform_class_rule(enum conform_class c);	/* a sentence */

/* One entry that differs, explained: text, lines ended by newlines. */
struct conform_diff {
	uint64_t record, time_ns;
	uint32_t vcpu, irq;		/* the first interrupt that differs */
	enum conform_class class;
	char *text;			/* owned */
};

struct conform_result {
	const struct vgic_design *design;
	unsigned int nr_lrs, nr_vcpus, gic;
	/* entries whose list registers were recorded; the next three sum to it */
	uint64_t entries, identical, reordered, different;
	uint64_t entries_unrecorded;
	/* … guest runs ended before their time, because another vCPU of the design waited */
	uint64_t exits_forced;
	uint64_t live[3];		/* entries with 0, 1, more recorded live registers */
	/* of the reordered and different ones, which they sum to but for ITS */
	uint64_t class[CONFORM_NR_CLASSES];
	uint64_t acks, ends;		/* read off the list registers, and done */
	uint64_t not_done;		/* … and not possible in the design's registers */
	uint64_t extra_taken;		/* taken from the design's that were not recorded */
	uint64_t sgi_recorded, sgi_inferred, sgi_unknown;
	uint64_t timer_lowered;		/* line lowered as the guest took it, see conform.c */
	uint64_t mmio_reads, mmio_reads_differ, mmio_writes;
	uint64_t injections, lost, unsupported;
	uint64_t initial;		/* interrupts found in list registers at first sight */
	const char *state_from;		/* where the initial state was taken from */
	uint64_t trace_digest, nr_records;
	struct conform_diff *diff;	/* owned, the first max_shown */
	unsigned int nr_diffs;
};

/*
 * Conform @reader, opened and not yet read. 0; ERR_INPUT at a defect after
 * everything before it was done (*truncated is set, the result is valid) or
 * when no entry has recorded list registers; ERR_USAGE, ERR_INVARIANT.
 * The result is to be finished in every case.
 */
int conform_run(struct trace_reader *reader, const struct conform_options *o,
		struct conform_result *res, bool *truncated, struct err *err);
void conform_result_fini(struct conform_result *res);

/* Hundredths of a per cent of identical entries, rounded down; 0 of none. */
unsigned int conform_identical_bp(const struct conform_result *res);

#endif
