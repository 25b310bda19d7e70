/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vgic-state file that Linux has in debugfs for each VM: the state of the
 * distributor and of every interrupt, as text.
 */
#ifndef VGIC_STATE_H
#define VGIC_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "record.h"

struct vgic_state {
	uint32_t gic; /* 2 or 3 */
	uint32_t nr_vcpus;
	uint32_t nr_spis;
	uint32_t nr_lpis;	 /* lines of LPIs: not among the records */
	uint32_t nr_lines;	 /* interrupts in the file, LPIs apart */
	int distributor_enabled; /* -1: the file does not say */
	/* REC_STATE at time 0, in the file's order: those not in reset state */
	struct trace_rec *rec;
	size_t nr;
};

/*
 * Read @path (plain or compressed). The caller frees with vgic_state_free(),
 * also after an error. 0, or ERR_INPUT naming file and line.
 */
int vgic_state_read(struct vgic_state *s, const char *path, struct err *err);
void vgic_state_free(struct vgic_state *s);

#endif
