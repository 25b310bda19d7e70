/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cell is one run, said completely by words: what is replayed, through which
 * design, on which host, how. Its text is its identity, by which an interrupted
 * sweep goes on and shards are merged:
 *
 *	trace=gen:hackbench,vcpus=8,duration=20ms,seed=1 design=kvm-legacy
 *	host=kunpeng920-2s-128c set=sgi_phys=100ns lock=queued seed=1
 *
 * (one line). Trace, design, host, lock and seed are always there, the rest only
 * where it is not the default. One run of one cell:
 *
 *	cell_init(&c);
 *	cell_put(&c, "trace", "t.pcap.gz", &err);	as in the text; or set the members
 *	cell_put(&c, "design", "kvm-aplist", &err);
 *	cell_look(&c, &meta, &err);			what it is of; the host by default
 *	cell_run(&c, NULL, &o, &row, &err);
 *
 * Many cells on all CPUs: pool.h.
 */
#ifndef CELL_H
#define CELL_H

#include "row.h"
#include "trace.h"

/* The host where none is named: a server of the time, by the guest's GIC. */
#define DEFAULT_HOST_V3 "kunpeng920-2s-128c"
#define DEFAULT_HOST_V2 "xgene1-m400"

struct cell {
	char *trace;		/* as trace_open() takes it; owned, like all strings here */
	uint32_t copies;	/* "clone": of the trace, in one VM; 0 or 1: as it is */
	char *design, *host;	/* NULL: cell_look() gives the default by the GIC */
	char **set;		/* "key=value" of the host, in this order; "key=x2": twice its own */
	unsigned int nr_sets;
	char *assumed;		/* "[GROUP:]x2": times the costs that the profile assumes; NULL */
	/* How it is replayed. Design, host, log, progress are not used; the seed is the copies', too. */
	struct replay_options o;
};

/* All as replay_options_init(), no strings. */
void cell_init(struct cell *c);
void cell_fini(struct cell *c);
/* Initialises @to. ERR_NOMEM: @to is empty. */
int cell_copy(struct cell *to, const struct cell *from, struct err *err);

/*
 * One word of the text: "trace", "clone", "design", "host", "set" (appended; of a
 * key that is there it takes the place), "assumed" ("x2", "lines:x1/2": study_groups), "lock", "lrs", "seed", "host-work",
 * "inject", "guest", "service-sgi", "service-ppi", "service-spi", "guest-speed", "wfi-grace",
 * "recorded-share", "window", "explore", "reference", "check", "deliveries" (row.h). Values as the
 * options of vgicsim-replay(1) take them. ERR_USAGE names the key. Whether design
 * and host exist is not looked at here.
 */
int cell_put(struct cell *c, const char *key, const char *value, struct err *err);
/* Is there such a key? */
bool cell_key(const char *key);

/* The text, to be freed; NULL without memory. Spaces and '%' in values as %20 and %25. */
char *cell_text(const struct cell *c);
/* The text back. @c is initialised in any case. */
int cell_parse(struct cell *c, const char *text, struct err *err);

/* What trace_open() takes, copies included; to be freed, NULL without memory. */
char *cell_path(const struct cell *c);

/* The host of @c with what "set" says. */
int cell_host(const struct cell *c, struct host *host, struct err *err);

/*
 * Can it be run? Opens the trace for its header (*@meta), gives the host its
 * default, and builds the machine once. ERR_USAGE with the reason where
 * the combination cannot be (a GICv2 with nine vCPUs, a design that cannot be
 * that GIC, a host with too few CPUs); other codes as trace_open() has them.
 */
int cell_look(struct cell *c, struct trace_meta *meta, struct err *err);

/*
 * Run it on @reader, opened and not yet read, or by itself on a reader of its own if
 * NULL. 0 and *@row, which the caller finishes, also of a run that
 * failed (row->status is ERR_USAGE, ERR_INPUT or ERR_INVARIANT then);
 * ERR_NOMEM or ERR_OUTPUT if it could not be run for reasons outside of it.
 */
int cell_run(const struct cell *c, struct trace_reader *reader, const struct row_options *o,
	     struct row *row, struct err *err);

#endif
