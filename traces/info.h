/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in a trace, in one streaming pass and bounded memory: how long, who,
 * which events how often, interrupts, GIC accesses by register, and what a
 * replay will miss.
 */
#ifndef INFO_H
#define INFO_H

#include <jansson.h>
#include <stdio.h>

#include "trace.h"

#define INFO_SCHEMA "vgicsim-info-1"
#define INFO_TOP    10 /* rows that the text shows of an open-ended table */

struct info;

/* @meta is copied. NULL: out of memory. */
struct info *info_create(const struct trace_meta *meta);

/* Each record, in order. 0, or -1 out of memory. */
int info_add(struct info *i, const struct trace_rec *rec);

/* After the last one; @digest as of trace_digest(). */
void info_finish(struct info *i, uint64_t digest);

/*
 * All of that for @r, from where it is to its end. 0 and *out (the caller
 * frees); or <0 and @err, with *out what was there before the defect (or NULL).
 */
int info_read(struct trace_reader *r, struct info **out, struct err *err);

uint64_t info_nr_records(const struct info *i);

/* What the recording lacks: NULL after the last sentence. */
const char *info_missing(const struct info *i, unsigned int n);

/* A new reference to the whole: "schema", "records", …; NULL: no memory. */
json_t *info_json(const struct info *i);

/*
 * @nr traces side by side, A, B, … by @name: rates of a vCPU, mix of exits,
 * burstiness, fan-out. As a table, -1 if @f took it not; or as JSON (NULL: no
 * memory).
 */
int info_compare_print(const struct info *const *info, const char *const *name, unsigned int nr,
		       FILE *f);
json_t *info_compare_json(const struct info *const *info, const char *const *name,
			  unsigned int nr);

/* Tables for people. -1 if @f took it not. */
int info_print(const struct info *i, FILE *f);

void info_destroy(struct info *i);

#endif
