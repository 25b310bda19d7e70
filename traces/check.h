/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a trace what it should be? Structure (the reader's own defects) and
 * plausibility (an exit without an entry, an interrupt that cannot be).
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

enum check_severity {
	CHECK_ERROR,   /* no replay can make sense of it */
	CHECK_WARNING, /* unusual; a replay will cope, and perhaps mislead */
};

struct check_finding {
	enum check_severity severity;
	uint64_t record; /* 1 for the first; 0: the trace as a whole */
	uint64_t line;	 /* of a text trace, else 0 */
	uint64_t time_ns;
	char text[256]; /* "v2: exit: want the guest entered first, …" */
};

struct check_report {
	uint64_t nr_records;
	uint64_t nr_errors, nr_warnings; /* all, also those not kept */
	uint64_t nr_kept;
	struct check_finding *finding; /* in file order */
	bool defect;		       /* the last finding ended the reading */
};

/*
 * Read @path to its end, or to its first defect, which is a finding too. At
 * most @keep findings of each sort are kept (0: all), the others counted.
 * 0 and *rep, to be freed with check_free(); <0 and @err if there is nothing
 * to read (no such file, no trace, no memory).
 */
int check_trace(const char *path, unsigned int keep, struct check_report *rep, struct err *err);

void check_free(struct check_report *rep);

#endif
