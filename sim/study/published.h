/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Published measurements that the simulator is held against and that no host
 * profile was fitted to: workloads/published.ini. Format: vgicsim-validate(1).
 */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include "err.h"
#include "machine.h"

enum published_target {
	TARGET_WITHIN,		/* per cent of the published value, either way */
	TARGET_FACTOR,		/* at most times as much, or as little */
	TARGET_EXACT,
	TARGET_SIGN,		/* the same direction */
	TARGET_BELOW,		/* at most that much away from zero: a null result */
	TARGET_NR,
};

/* Where the figure was read. */
enum published_confirmed {
	CONFIRMED_TEXT,		/* in the paper, mail or file itself */
	CONFIRMED_SECONDARY,	/* in somebody's notes that cite it */
	CONFIRMED_MEMORY,	/* nowhere: such a row decides nothing */
	CONFIRMED_NR,
};
extern const char *const published_confirmed_names[CONFIRMED_NR];

struct published_row {
	char id[48];		/* "V7.ipi.kunpeng920" */
	char what[160];
	char source[160];
	char host[64];		/* profile, or empty where no machine is named */
	char kernel[64];	/* that was measured */
	/*
	 * The designs that answer; a second one is what the first changes into.
	 * Empty: none is planned.
	 */
	char design[2][64];
	char stand_in[64];	/* of another kernel, until there is the design; or empty */
	enum lock_algo lock;
	char trace[2][64];	/* micro-traces beside the file; a second as with designs */
	char measure[32];
	char needs[160];	/* what else the model lacks for it, or empty */
	char unit[16];
	int64_t milli;		/* the published figure, in thousandths of the unit */
	enum published_confirmed confirmed;
	enum published_target target;
	int64_t target_milli;
	char *explanation;	/* of a miss, or of what the row does not show; or NULL */
};

struct published {
	struct published_row *row;
	unsigned int nr;
	char dir[512];		/* of the file */
	char path[576];
};

/*
 * Read @path, or where NULL the tree's or the installed one. An unknown or missing key, a row that is there twice and a
 * target that cannot be met by construction are ERR_USAGE with file and line.
 * To be finished after success only.
 */
int published_load(struct published *p, const char *path, struct err *err);
void published_fini(struct published *p);

/* "±30 %", "×1.5", "exact", "same sign", "within 10 %"; @buf is returned. */
const char *published_target_text(const struct published_row *row, char *buf, size_t len);

/* Decimal with at most three places, into thousandths: false if it is no such number. */
bool published_number(const char *s, int64_t *milli);

#endif
