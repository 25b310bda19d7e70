/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-ahead: a short FIFO of records in which later evidence is put on
 * earlier records. Two things are inferred.
 *
 * 1. What the guest did with its interrupts in one run (entry … exit), from
 *    the list registers recorded at both ends: pending at entry and still
 *    pending at exit was not taken; active at exit was taken but not ended.
 *
 * 2. Whom an SGI went to whose ICC_SGI1R_EL1 value the recording lacks. Where it
 * has list registers, they tell: SGI n newly pending at an entry of vCPU j came
 * from a write that is not known to have another number or to have shown up at j
 * already, and whose sender had not entered again when j's thread began what led
 * to its previous entry. Of those the first kind that there is, the oldest of it:
 *  a. the sender's host thread raised an IPI to the CPU where j enters;
 *  b. one without any target and without IPIs;
 *  c. one that has targets: this is another of a broadcast;
 *  d. one whose IPIs went elsewhere;
 *  e. one from before j's previous entry;
 *  f. one of j's own.
 * An SGI that finds itself pending there already leaves no trace, and changes
 * nothing. An IPI alone is no target: a kernel may kick whomever it believes to
 * have something pending (Linux to 4.6 does after each write).
 * Without list registers the first of these that the recording has:
 *  a. the IPIs that the sender's host thread raised between the write and its
 *     next entry: their target is the vCPU that runs on that CPU, else the
 *     sleeping one that is put there next;
 *  b. an exit of j by a kick, or a wake-up of j that no injection or timer
 *     explains: the oldest write without a target by another vCPU since j's last
 *     exit (where no raised IPIs are recorded: since its previous entry).
 * An effect may follow at most 20 ms after its write. The number n is that of
 * the SGI newly pending at the target's next recorded list registers, else 0.
 */
#ifndef INFER_H
#define INFER_H

#include "stream.h"

#define INFER_DEPTH	2048

struct infer;

struct infer_item {
	struct trace_rec rec;
	struct annot *annot; /* NULL: there is none */
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
