/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share: the table of them, how they fail, their progress. */
#ifndef COMMON_H
#define COMMON_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "err.h"
#include "out.h"

/* Exit statuses: design.md's and vgicsim(1)'s. */
enum { EXIT_NO = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_OUTPUT = 4, EXIT_BROKEN = 5 };

struct command {
	const char *name;
	const char *summary;
	/* argv[0] is "vgicsim <name>"; returns the exit status */
	int (*fn)(int argc, char **argv);
};

int cmd_import(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_clone(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_check(int argc, char **argv);
/* … with --deliveries anywhere, which has other options. */
bool check_wants_deliveries(int argc, char **argv);
int cmd_check_deliveries(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_conform(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_crossover(int argc, char **argv);
int cmd_sensitivity(int argc, char **argv);
int cmd_claims(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_work(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_random(int argc, char **argv);
int cmd_native(int argc, char **argv);
int cmd_list(int argc, char **argv);

/* Keys of options that have no letter, one set for all commands. */
enum {
	OPT_COLOR = 0x100, OPT_VCPU_MAP, OPT_MACHINE, OPT_FRAME, OPT_GIC, OPT_VCPUS, OPT_SPIS,
	OPT_VGIC_STATE, OPT_SOURCE, OPT_INPUT_FORMAT, OPT_FROM, OPT_TO, OPT_VCPU, OPT_SET,
	OPT_LOCK, OPT_LRS, OPT_HOST_WORK, OPT_INJECT, OPT_GUEST, OPT_SERVICE, OPT_GUEST_SPEED,
	OPT_WINDOW, OPT_EXPLORE, OPT_REFERENCE, OPT_LOG, OPT_WFI_GRACE, OPT_RECORDED_SHARE,
	OPT_KEEP_PLOTS, OPT_NO_PLOTS, OPT_PLOT, OPT_X, OPT_TITLE, OPT_CHECK, OPT_DELIVERIES, OPT_KEEP,
	OPT_NO_SHRINK, OPT_DURATION, OPT_RECORDS, OPT_SHOW, OPT_CLONE, OPT_PHASE,
};

/* "vgicsim replay: message" on stderr; the exit status that belongs to @err. */
int fail(const char *command, const struct err *err);

/*
 * Which of @names (ended by NULL) @arg is; otherwise argp_error() with what
 * the choices are, which does not return.
 */
unsigned int choose(struct argp_state *state, const char *what, const char *const *names,
		    const char *arg);

/*
 * ERR_USAGE if @out is the regular file @in: renaming the output over it would
 * take somebody's recording away. Either may be NULL or "-".
 */
int distinct(const char *in, const char *out, struct err *err);

/* A number of at most @max, or argp_error(). */
uint64_t number(struct argp_state *state, const char *what, const char *arg, uint64_t max);

/* --color=WHEN and NO_COLOR against what stdout is. */
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
extern const char *const color_names[];
bool color_wanted(enum color when, const char *out_path);

/* --plot=WHERE: a preview on stdout of what results, or a sweep, say. */
extern const char *const plot_names[];
struct sweep_doc;
struct plot_what {
	json_t *const *results;
	const char *const *paths;
	size_t nr;
	const struct sweep_doc *sweep; /* instead of them, or NULL */
	const char *x;		       /* its axis, or NULL */
	const char *const *metric;     /* its metrics */
	unsigned int nr_metrics;
};
int plot_term(const struct plot_what *what, enum color color, struct err *err);

/* A line on stderr for work that takes more than two seconds on a terminal. */
struct progress {
	const char *what;
	const char *unit;	/* "MB" for bytes given, or NULL: no rate */
	struct timespec begun;
	int64_t last_ms;	/* when it was last drawn, since begun */
	bool on, drawn;
};
void progress_begin(struct progress *p, const char *what, bool bytes);
void progress_update(void *progress, uint64_t at, uint64_t of);
/* Take the line away. */
void progress_end(struct progress *p);

#endif
