/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading numbers that carry their unit: "40ns", "1.5us", "64k", "0x20". */
#ifndef UNITS_H
#define UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "vtime.h"

/*
 * Each takes the whole string or refuses it: false for an empty string,
 * trailing bytes, a missing unit, a negative number or one out of range.
 */

/* "ps", "ns", "us", "ms" or "s", exactly: no floating point is involved. */
bool units_parse_time(const char *s, struct vtime *t);

/* Decimal or 0x hexadecimal, no sign, no unit. */
bool units_parse_u64(const char *s, uint64_t *v);

/* A u64 of at most @max. */
bool units_parse_u32(const char *s, uint32_t max, uint32_t *v);

/* A u64 that may end in k, M or G (powers of 1000) or Ki, Mi, Gi. */
bool units_parse_count(const char *s, uint64_t *v);

#endif
