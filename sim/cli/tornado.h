/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tornado chart of vgicsim sensitivity. */
#ifndef TORNADO_H
#define TORNADO_H

#include "sensitivity.h"

struct tornado {
	const struct sensitivity *s;
	const struct sensitivity_options *o;
	const char *trace;
};

/* ".svg" or ".png" ends @path: a chart goes there, not a table. */
bool tornado_is_figure(const char *path);

/*
 * Draw it into @path (renamed at the end) with gnuplot and the scripts of plots/.
 * ERR_OUTPUT without either; ERR_NOMEM.
 */
int tornado_draw(const struct tornado *t, const char *path, struct err *err);

/* "×3.41" of a cost's value @ps against the profile's; @buf is returned. */
const char *tornado_factor(char *buf, size_t len, uint64_t ps, uint64_t base_ps);

#endif
