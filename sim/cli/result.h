/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result document: everything that one or several runs over one trace
 * measured, as JSON. Every view (table, CSV, report) is made from it and sees
 * nothing else. Its members and their units: vgicsim-result(5).
 */
#ifndef RESULT_H
#define RESULT_H

#include <jansson.h>
#include <stdint.h>

#include "err.h"

#define RESULT_SCHEMA	"vgicsim-result-1"

/*
 * No number of a document is beyond this either way, seeds excepted: so the
 * difference of two has its place in an int64_t.
 */
#define RESULT_MAX_INT	((int64_t)1 << 61)

/*
 * Read a document that "replay -f json" wrote. NULL and ERR_INPUT for one
 * that is not JSON, or not of this schema.
 */
json_t *result_load(const char *path, struct err *err);

/* The JSON alone, whatever it is of. NULL and ERR_INPUT. */
json_t *result_read(const char *path, struct err *err);

/* Is a document that is parsed a result? @path is only its name. 0 or ERR_INPUT. */
int result_check(const char *path, const json_t *doc, struct err *err);

/* The sum and the product, of which the same holds: at most 2^62 - 1 either way. */
static inline int64_t result_clamp(__int128 v)
{
	const int64_t max = ((int64_t)1 << 62) - 1;

	return v > max ? max : v < -max ? -max : (int64_t)v;
}

static inline int64_t result_add(int64_t a, int64_t b)
{
	return result_clamp((__int128)a + b);
}

static inline int64_t result_mul(int64_t a, int64_t b)
{
	return result_clamp((__int128)a * b);
}

/*
 * Look through objects by member names, ended by NULL: the integer there, or
 * 0; the string there, or "?". For views, whose input result_load() checked.
 */
int64_t result_int(const json_t *o, ...) __attribute__((sentinel));
const char *result_str(const json_t *o, ...) __attribute__((sentinel));
json_t *result_get(const json_t *o, ...) __attribute__((sentinel));

#endif
