/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command that replays takes: designs, a host, and how it is replayed. */
#ifndef REPLAY_ARGS_H
#define REPLAY_ARGS_H

#include "cell.h"
#include "common.h"
#include "replay.h"

#define MAX_DESIGNS 16

struct replay_what {
	const char *host;
	const char *design[MAX_DESIGNS];
	unsigned int nr_designs;
	char **set;
	unsigned int nr_sets;
	struct replay_options o;
};

/* Options of two groups, 1 and 2; input: struct replay_what. */
extern const struct argp replay_args_argp;

void replay_what_init(struct replay_what *w);
void replay_what_fini(struct replay_what *w);

/*
 * The designs that are named, or the two that are the default, each of which can be
 * a GICv@gic: *@nr of them in @design[MAX_DESIGNS]. ERR_USAGE.
 */
int replay_what_designs(const struct replay_what *w, unsigned int gic,
			const struct vgic_design **design, unsigned int *nr, struct err *err);
/* The host with what --set says; says on stderr which is the default unless @quiet. */
int replay_what_host(const struct replay_what *w, unsigned int gic, const char *command, bool quiet,
		     struct host *host, struct err *err);

#endif
