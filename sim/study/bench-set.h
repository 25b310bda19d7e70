/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A named set of runs, of which "vgicsim bench" makes a document: an INI file.
 *
 *	[set]
 *	summary = what CI runs
 *	figures = core
 *
 *	[hackbench]
 *	trace = gen:hackbench,vcpus=8,duration=5ms
 *	trace = samples/k48-gicv3-4vcpu-hackbench.pcap.gz
 *	design = kvm-legacy kvm-aplist
 *	lock = ticket queued
 *
 * The words of a cell (cell.h), each with one value or several, apart by blanks or
 * lines: a section is the product of them, in the order of the file. "set" alone is
 * not multiplied: all its values hold. A file is looked for beside the set, then where
 * the tree or the installation keeps its samples.
 */
#ifndef BENCH_SET_H
#define BENCH_SET_H

#include "cell.h"

struct bench_row {
	struct cell cell;
	char *text;	 /* its identity: of a trace in a file, the name without folders */
	char *why;	 /* it cannot be run; NULL: it can */
	bool twice;	 /* for bench_set_load() */
};

struct bench_set {
	char name[64], summary[200], path[512];
	bool core;	/* only those figures that decide, not all */
	struct bench_row *row;
	size_t nr;
};

/* Lists of words that take the place of the set's own; lists of none leave it. */
struct bench_instead {
	const char *const *trace, *const *design, *const *host, *const *lock;
	unsigned int nr_traces, nr_designs, nr_hosts, nr_locks;
	const char *const *set;	/* added to each row's */
	unsigned int nr_sets;
	bool check;
};

/*
 * @name: a file, or what the tree or the installation has in bench/sets. Every row is
 * looked at (cell_look()): one that cannot be is an error, but with @instead it has its
 * reason in why. ERR_USAGE with file and line; a trace that is not there or defect is an
 * error, too. To be finished after success only.
 */
int bench_set_load(struct bench_set *s, const char *name, const struct bench_instead *instead,
		   struct err *err);
void bench_set_fini(struct bench_set *s);

/* Names of the sets that are there, sorted: free each and the array. */
int bench_set_list(char ***names, size_t *nr, struct err *err);

/* Whether a figure is one of those of "figures = core". */
bool bench_core_figure(const char *name);

#endif
