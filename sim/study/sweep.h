/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sweep: axes, each a name and values, and the cells that their product is. Which
 * axis was given first does not matter: they are put in one order, and so are the
 * cells, so that the same question has the same document.
 *
 *	sweep_spec_init(&spec);
 *	sweep_spec_load(&spec, "hackbench.ini", &err);		a file, and/or
 *	sweep_spec_put(&spec, "vcpus", "1..256*2", &err);	axes one by one
 *	sweep_plan(&sweep, &spec, version, &err);
 *	... pool_run(), journal.h, sweep-doc.h ...
 *	sweep_fini(&sweep); sweep_spec_fini(&spec);
 *
 * Axes, in their order:
 *	trace		a recording or gen:WORKLOAD; one value a call, as it is
 *	clone		copies of it
 *	vcpus, gic, duration, records, and parameters of the workload
 *			words after gen:WORKLOAD
 *	host, set.KEY	host profile, one of its costs
 *	lrs, lock, and other words of a cell (cell.h)
 *	design
 *	seed		of the workload and of the replay
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "axis.h"
#include "cell.h"

#define SWEEP_MAX_AXES	32
#define SWEEP_MAX_CELLS	100000

struct sweep_spec {
	char *question;		/* or NULL */
	char *metric;		/* what a table shows, or NULL */
	struct axis axis[SWEEP_MAX_AXES];
	unsigned int nr_axes;
	bool skip_impossible;	/* leave out what cannot be, instead of refusing all */
	bool keep_hists;
};

void sweep_spec_init(struct sweep_spec *s);
void sweep_spec_fini(struct sweep_spec *s);

/*
 * Give an axis its values: @list as axis.h has it, for "trace" one value, for "seeds" how
 * many from 1 on. ERR_USAGE: no such axis, or it is there already (of a trace:
 * another one is added).
 */
int sweep_spec_put(struct sweep_spec *s, const char *name, const char *list, struct err *err);
/* The same, to an axis that is there already: "-d a -d b". */
int sweep_spec_add(struct sweep_spec *s, const char *name, const char *list, struct err *err);
/* Axes of @by take the place of those of @s; @by is finished with it. ERR_USAGE: too many. */
int sweep_spec_override(struct sweep_spec *s, struct sweep_spec *by, struct err *err);
/* The axis of that name, or NULL. */
struct axis *sweep_spec_axis(struct sweep_spec *s, const char *name);
/* Axes in their order, however they were given. */
void sweep_spec_sort(struct sweep_spec *s);
/* A file: vgicsim-sweep(1). ERR_USAGE names file and line. */
int sweep_spec_load(struct sweep_spec *s, const char *path, struct err *err);

struct sweep_cell {
	struct cell cell;
	char *text;		/* of the cell */
	unsigned int *at;	/* which value of each axis */
	char *why;		/* left out for that reason, or NULL */
	unsigned int nr_vcpus;
	unsigned int group;	/* cells of one trace have the same */
};

struct sweep {
	const struct sweep_spec *spec;	/* axes in order; must stay */
	struct sweep_cell *cell;	/* in order; those that are left out, too */
	size_t nr, nr_left_out;
	unsigned int nr_groups;
	/* Over version, axes and the text and host of each cell. */
	uint64_t identity;
};

/*
 * Make and look at all cells. Without designs and seeds these are kvm-legacy and
 * kvm-aplist, and 1. ERR_USAGE: none, too many, or one that cannot be and is not to be
 * left out (or all cannot). To be finished after success only.
 */
int sweep_plan(struct sweep *s, struct sweep_spec *spec, const char *version, struct err *err);
void sweep_fini(struct sweep *s);

/*
 * Does shard @index (1 to @of) run cell @i? By the trace where there are many, else by
 * the cell.
 */
bool sweep_in_shard(const struct sweep *s, size_t i, unsigned int index, unsigned int of);

#endif
