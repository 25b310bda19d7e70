/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What check.c and the importer need of a reader and nobody else does.
 */
#ifndef READER_H
#define READER_H

#include "trace.h"

/*
 * From now on a vCPU, CPU or INTID beyond what the header says is delivered
 * and not an error, so that all such records can be listed.
 */
void trace_set_lenient(struct trace_reader *r);

/* Text: the line of the record last delivered. Otherwise 0. */
uint64_t trace_line(const struct trace_reader *r);

/*
 * Was the defect that was met that the bytes end too soon, or that they cannot
 * be read on from there? Otherwise it was what they say.
 */
bool trace_is_cut(const struct trace_reader *r);

#endif
