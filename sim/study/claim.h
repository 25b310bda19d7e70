/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A claim that somebody made about a vgic, and what runs say of it: an INI file with the
 * claim, where it is from, experiments and, fixed before any of them is run, what would
 * support it and what would refute it. vgicsim-claims(1) describes the file.
 *
 * An experiment ("test") is a sweep. Its cases are the combinations of all axes but the
 * one along which it looks (x), designs, seeds and assumed costs. In each case one
 * number is judged, of each seed and with the assumed costs of the host halved and
 * doubled, all at once and each group of them: only what holds in all of them holds.
 *
 *	claims_load(&c, names, nr, &err);
 *	claims_run(&c, &options, &err);
 *	c.claim[0].verdict …
 *	claims_fini(&c);
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <signal.h>

#include "sweep-doc.h"

enum claim_verdict { CLAIM_SUPPORTED, CLAIM_REFUTED, CLAIM_DEPENDS, CLAIM_UNDECIDED };
extern const char *const claim_verdict_names[];	/* "supported", "not supported", … */

/* What a number is. */
enum claim_unit { CLAIM_TIMES, CLAIM_SHARE, CLAIM_TIME, CLAIM_NUMBER };

/* "a + b per c + d" of figures of a row (row.h). */
#define CLAIM_MAX_TERMS 16
struct claim_formula {
	char *text;		/* NULL: there is none */
	char *name[CLAIM_MAX_TERMS];
	unsigned int nr, nr_of;	/* the first nr_of are above the line */
	enum claim_unit unit;
};

/* At least or at most so much; in picoseconds where it is a time. */
struct claim_limit {
	bool at_least;
	double value;
	char *text;		/* as in the file: ">= 20 %" */
};

enum claim_why {
	CLAIM_CLEAR,		/* it is decided */
	CLAIM_NOT_MEASURED,	/* a run failed, or has no such number */
	CLAIM_BETWEEN,		/* neither limit is met, as the profile is */
	CLAIM_SEEDS,		/* seeds do not agree */
	CLAIM_BAND,		/* as the profile is it would be, but it rests on assumed costs */
};
extern const char *const claim_why_text[];

struct claim_point {
	double value;		/* median of the seeds, costs as in the profile */
	double low, high;	/* of all seeds and costs */
	unsigned int nr;	/* how many these are; 0: none */
};

struct claim_case {
	char *label;		/* "hackbench, GICv3, ticket locks" */
	char *host, *lock;
	enum claim_verdict verdict;	/* never CLAIM_DEPENDS */
	enum claim_why why;
	/* Along x (one of it where there is none), by value of the axis. */
	struct claim_point *point;
	unsigned int shown;	/* the one that decided: the largest, or the least convincing */
	int from;		/* from that one on it is supported to the end; -1: it is not */
};

struct claim_test {
	char *name;
	char *says;		/* what is tested, as a sentence without its full stop */
	char *measure;		/* what the number is */
	char *brief;		/* the same where there is little room */
	struct claim_formula formula;
	struct claim_formula beside;	/* drawn as well, not judged */
	char *beside_title;
	char *design, *against;	/* against: the number is design's over against's; or NULL */
	struct claim_limit supported, refuted;
	char *also;		/* designs that are drawn as well, not judged; or NULL */
	bool every;		/* at every x, not at the largest alone */
	bool aside;		/* told, and not part of the claim's verdict */
	char *x_name;		/* an axis, or NULL */
	struct sweep_spec spec;
	struct sweep sweep;
	struct sweep_doc doc;	/* after claims_run(): with those figures that are used */
	struct claim_case *cases;
	unsigned int nr_cases;
	int x;			/* its axis in @doc, or -1 */
	enum claim_verdict verdict;
	bool planned, has_doc;
};

struct claim {
	char *name;		/* of the file, without ".ini" */
	char *path;
	char *title, *claim, *source, *question;
	char **limit;		/* what it cannot tell, a sentence each */
	unsigned int nr_limits;
	struct claim_test *test;
	unsigned int nr_tests;
	bool part;		/* one test was picked: the verdict is of that one */
	enum claim_verdict verdict;
};

struct claims {
	struct claim *claim;
	unsigned int nr;
	size_t nr_runs;		/* after claims_run(): distinct cells that were run */
};

/*
 * Load the claims @names: files, or names of those that the tree or the installation
 * has; with @nr 0 all of these, by name. "NAME:TEST" is that test of it alone. ERR_USAGE with
 * file and line. To be finished in every case.
 */
int claims_load(struct claims *c, const char *const *names, unsigned int nr, struct err *err);
void claims_fini(struct claims *c);

struct claims_options {
	const char *version;	/* of vgicsim */
	unsigned int jobs;	/* as pool.h */
	const volatile sig_atomic_t *cancel;
	/* How far it is; may be NULL. */
	void (*progress)(void *priv, uint64_t done, uint64_t of);
	void *priv;
};

/*
 * Run all cells of all claims, each distinct one once, and judge. A run that failed is no
 * error: what needed it is not decided. ERR_USAGE: an experiment that cannot be. When it was
 * cancelled, ERR_OUTPUT.
 */
int claims_run(struct claims *c, const struct claims_options *o, struct err *err);

/* What a test's number is: times where it is against another design. */
enum claim_unit claim_unit(const struct claim_test *t);
/* Of those cases of @t on that host, and with that lock; NULL: any. */
enum claim_verdict claim_verdict_where(const struct claim_test *t, const char *host,
				       const char *lock);

/* ---- parts, for tests ----------------------------------------------------- */

/* ERR_USAGE: a figure that no run can have, no term, too many. */
int claim_formula_parse(struct claim_formula *f, const char *text, struct err *err);
void claim_formula_fini(struct claim_formula *f);
/* False: what it divides by is 0, or a mean of nothing is wanted. What never occurred is 0. */
bool claim_formula_eval(const struct claim_formula *f, const struct row *row, double *value);

/* ">= 20 %", "<= 1.5", "< 100ns" is refused: a limit is met at its value. */
int claim_limit_parse(struct claim_limit *l, const char *text, struct err *err);
bool claim_limit_met(const struct claim_limit *l, double value);

/*
 * Of several: all supported, or all not; some of them supported: it depends; otherwise it
 * is not decided, as with none at all.
 */
enum claim_verdict claim_combine(const enum claim_verdict *v, unsigned int nr);

#endif
