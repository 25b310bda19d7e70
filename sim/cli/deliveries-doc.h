/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vgicsim check --deliveries found, and its three views. */
#ifndef DELIVERIES_DOC_H
#define DELIVERIES_DOC_H

#include <stdio.h>

#include "deliveries-compare.h"
#include "replay-args.h"

/* Of one design. */
struct deliveries_run {
	const struct vgic_design *design;
	struct deliveries *deliveries;	/* owned */
	uint64_t fingerprint, trace_digest, records;
	struct vtime sim_time;
};

/* Two designs beside each other: indices of runs. */
struct deliveries_pairing {
	unsigned int a, b;
	struct delivery_diff diff;
};

struct deliveries_doc {
	const char *trace;
	const struct replay_options *o;
	struct vtime apart;
	uint64_t max;			/* differences to list, a pairing */
	bool truncated;
	struct deliveries_run run[MAX_DESIGNS];
	unsigned int nr_runs;
	struct deliveries_pairing *pairing;
	unsigned int nr_pairings;
};

/* Each design with each later one. *@differ: any pair in anything but times. ERR_NOMEM. */
int deliveries_doc_compare(struct deliveries_doc *d, bool *differ, struct err *err);
void deliveries_doc_fini(struct deliveries_doc *d);

void deliveries_table(FILE *f, const struct deliveries_doc *d, bool all);
void deliveries_csv(FILE *f, const struct deliveries_doc *d);
int deliveries_json(FILE *f, const struct deliveries_doc *d, struct err *err);

#endif
