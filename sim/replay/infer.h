/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-ahead: a short FIFO of records in which later evidence is put on
 * earlier records. Two things are inferred.
 *
 * 1. What the guest did with its interrupts in one run (entry … exit), from
 *    the list registers recorded at both ends: pending at entry and still
 *    pending at exit was not taken; active at exit was taken but not ended.
 *
 * 2. Whom an SGI went to whose ICC_SGI1R_EL1 value the recording lacks. With
 *    recorded list registers: SGI n newly pending at an entry of vCPU j was
 *    sent by the latest such write of another vCPU since j's previous entry
 *    (preferring one without a target yet). Without them: an exit of j by a
 *    kick, or a wake-up of j that no injection or timer explains, within 1 ms
 *    after a write is its effect, and the SGI is taken to be number 0.
 */
#ifndef INFER_H
#define INFER_H

#include "stream.h"

#define INFER_DEPTH	2048

struct infer;

struct infer_item {
	struct trace_rec rec;
	struct annot annot;
	bool has_annot;
};

struct infer *infer_create(struct trace_reader *reader, unsigned int nr_vcpus);
void infer_destroy(struct infer *f);

/*
 * 1: *item is the next record with all evidence within the look-ahead on it,
 * valid until the next call. 0: the end. <0: the defect (everything before
 * it was delivered).
 */
int infer_next(struct infer *f, const struct infer_item **item, struct err *err);

/* Whether the records seen so far had recorded list registers. */
bool infer_has_lrs(const struct infer *f);

#endif
