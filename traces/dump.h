/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace, or a part of it, as text.
 */
#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace.h"

struct dump_filter {
	uint64_t from_ns, to_ns; /* from <= time < to; to 0: no end */
	bool by_vcpu;		 /* only those below */
	uint64_t vcpus[TRACE_MAX_VCPUS / 64];
};

/* Take @vcpu into the set. False if there cannot be such a vCPU. */
bool dump_filter_vcpu(struct dump_filter *f, uint32_t vcpu);

/*
 * "1,3-5": all of these. False, and the filter untouched, if it is not of this
 * form or out of range.
 */
bool dump_filter_vcpus(struct dump_filter *f, const char *list);

/* The highest vCPU of the set, -1 if there is none. */
int dump_filter_highest(const struct dump_filter *f);

/*
 * Write the % lines and the records that pass to @out, in canonical form. What
 * passes is a trace again, with its times as they were. By vCPU pass the
 * events of its thread, those that name it (vcpu=), and the state and lost
 * lines that name none. @f may be NULL. 0, or <0 and @err: records before a
 * defect have been written.
 */
int dump_trace(struct trace_reader *r, const struct dump_filter *f, FILE *out, struct err *err);

#endif
