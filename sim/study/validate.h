/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Published rows beside what a replay of their micro-trace gives, with the band
 * that the assumed costs of the host profile leave open.
 */
#ifndef VALIDATE_H
#define VALIDATE_H

#include "published.h"

enum verdict {
	VERDICT_PASS, VERDICT_MISS,
	VERDICT_STAND_IN,	/* a figure of another kernel's design: no verdict */
	VERDICT_UNCONFIRMED,	/* published only as somebody remembers it: no verdict */
	VERDICT_NOT_MODELLED,
	VERDICT_NR,
};
extern const char *const verdict_names[VERDICT_NR];

/* One assumed cost halved and doubled, the others as they are. */
struct band_key {
	enum host_key key;
	int64_t half_milli, twice_milli;
};

struct validated {
	const struct published_row *row;	/* of the struct published given */
	enum verdict verdict;
	char why[320];			/* not modelled: what is missing */
	const char *design[2];		/* that ran; [1] NULL with one */
	uint64_t host_digest;
	int64_t milli;			/* predicted, in thousandths of the row's unit */
	int64_t error_permille;		/* of the published value; 0 where that is 0 */
	/* Over all single changes, the two common ones and none. */
	int64_t low_milli, high_milli;
	int64_t all_half_milli, all_twice_milli;	/* all assumed costs at once */
	struct band_key band[HK_NR];	/* those that change anything, in order of the keys */
	unsigned int nr_band, nr_assumed;
};

/*
 * One row on @host, which has its profile, or NULL where there is none. A row
 * that cannot be answered is no error, see verdict. @out needs no finishing.
 */
int validate_row(const struct published *p, const struct published_row *row,
		 const struct host *host, struct validated *out, struct err *err);

/* Whether @milli meets the target of @row. */
bool validate_meets(const struct published_row *row, int64_t milli);

/*
 * The single assumed cost that moves the prediction most, and by how much
 * (the wider of its two ends); NULL where none moves it.
 */
const struct band_key *validate_widest(const struct validated *v);

#endif
