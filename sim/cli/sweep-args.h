/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands take that run over axes: a file of them, and options for each. */
#ifndef SWEEP_ARGS_H
#define SWEEP_ARGS_H

#include <argp.h>

#include "sweep.h"

struct sweep_axes {
	const char *file;	/* FILE.ini, or NULL */
	struct sweep_spec given;	/* by options: instead of the file's */
	bool skip_impossible, keep_hists;
};

/* Input: struct sweep_axes, zeroed. Takes the arguments that are no options, too. */
extern const struct argp sweep_axes_argp;

/* File and options together; the options are then gone. @spec to be finished in any case. */
int sweep_axes_spec(struct sweep_axes *a, struct sweep_spec *spec, struct err *err);
void sweep_axes_fini(struct sweep_axes *a);

#endif
