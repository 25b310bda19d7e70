/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where crossover_find() has its values from: runs that are made as it asks for them, or
 * the document of a sweep.
 */
#ifndef CROSSOVER_SOURCE_H
#define CROSSOVER_SOURCE_H

#include <signal.h>

#include "crossover.h"
#include "sweep-doc.h"

/* What x is: its axis, and the unit of its numbers. */
struct crossover_x {
	const char *axis;
	char unit[8];		/* "", or what follows each number; times of a cost are in ps */
	uint64_t scan[CROSSOVER_MAX_POINTS];
	unsigned int nr_scan;
};

/*
 * The points that the values of @a are, ascending. ERR_USAGE: what is no number, or not
 * the unit of the others.
 */
int crossover_x_values(struct crossover_x *x, const struct axis *a, struct err *err);
/*
 * "FROM..TO": by doubling. Any other list of axis.h: these points. Without either (NULL): what
 * there is to go through on the host of @spec's first cell: "vcpus" from 1 to its CPUs,
 * "lrs" 1 to 16, "clone" 1 to 16, a cost from 1/16 to 16 times what it is; ERR_USAGE for others.
 */
int crossover_x_range(struct crossover_x *x, const char *axis, const char *list,
		      const struct sweep_spec *spec, struct err *err);
/* @v as a value of the axis: "16", "40000ps". */
const char *crossover_x_text(const struct crossover_x *x, uint64_t v, char *buf, size_t len);

/* One question: everything but x, the design and the seed is fixed. */
struct crossover_question {
	const struct crossover_x *x;
	const char *metric;	/* full name */
	const struct axis *design;	/* two values: A and B */
	const struct axis *seed;
	unsigned int at[SWEEP_MAX_AXES];	/* of the spec's or document's other axes */
	/* runs: … */
	const struct sweep_spec *spec;
	const char *version;
	unsigned int jobs;
	uint64_t memory;
	const volatile sig_atomic_t *cancel;
	void (*progress)(void *priv, uint64_t done, uint64_t of);
	void *priv;
	/* … or what is in this document */
	const struct sweep_doc *doc;
};

/* For struct crossover_options; @priv is the question. */
int crossover_by_runs(void *priv, struct crossover_pair *pair, size_t nr, struct err *err);
int crossover_by_doc(void *priv, struct crossover_pair *pair, size_t nr, struct err *err);

#endif
