/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of values as people write them:
 *
 *	1,2,4,8		as they are
 *	1..256*2	1, 2, 4 … 256: each twice the one before, none beyond the end
 *	1..8, 10..50+10	1 to 8 by one, then 10, 20 … 50
 *	100ns..800ns*2	with a unit, the same at both ends
 *	x1/2, 100ns, x2	a cost as it is, and multiples of the host's
 */
#ifndef AXIS_H
#define AXIS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define AXIS_MAX_VALUES	10000
#define AXIS_MAX_VALUE	1024	/* bytes of one value, its NUL included */

struct axis {
	char *name;	/* "vcpus", "design", "set.sgi_phys" */
	char **value;
	unsigned int nr;
};

void axis_fini(struct axis *a);

/*
 * Append what @list says to the values of @a. ERR_USAGE: an empty or unreadable item, a range
 * that goes down or never ends, a value that is there already, too many. The
 * values before stay in any case.
 */
int axis_add_list(struct axis *a, const char *list, struct err *err);
/* One value as it is: a path may have commas. */
int axis_add_value(struct axis *a, const char *value, struct err *err);

/* A whole number and what follows it, "100ns"; false if it begins otherwise or overflows. */
bool axis_number(const char *s, uint64_t *v, const char **unit);

#endif
