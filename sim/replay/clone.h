/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scaling a recording: "clone:16,seed=1,phase=4ms:t.pcap" is a trace in which 16
 * copies of the recorded guest's vCPUs and devices share one VM, on a host with
 * 16 times the CPUs. What a copy keeps to itself, and what they share, is said in
 * vgicsim-clone(1).
 */
#ifndef CLONE_H
#define CLONE_H

#include "trace.h"

#define CLONE_PHASE_NS	4000000	/* a tick at HZ=250 */

/* For trace_add_maker(). */
extern const struct trace_maker clone_maker;

/*
 * "clone:N,seed=S,phase=T:PATH" for a caller that has the parts; to be freed, NULL
 * without memory. @phase_ns 0: all copies at once.
 */
char *clone_spec(uint32_t copies, uint64_t seed, uint64_t phase_ns, const char *path);

#endif
