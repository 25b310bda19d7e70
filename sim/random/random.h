/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small adversarial traces by a seed, judged and shrunk.
 *
 * A case is a trace in memory with all that decides how it is replayed, so that one
 * number stands for a run, on any machine and by any compiler. It is judged by the
 * oracle, by lockdep and the engine's own invariants, and by the reference engine, which
 * must come to the same fingerprint without anybody watching.
 *
 * Left out: what the oracle leaves out (LPIs, groups, the priority mask); messages
 * and ITS commands are there but have no effect on the designs.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include "replay.h"

/* How a case is replayed; each member is an option of "vgicsim replay". */
struct random_setup {
	unsigned int host;		/* of random_hosts */
	unsigned int nr_lrs;
	enum lock_algo lock;
	enum inject_mode inject;
	enum host_work host_work;
	uint32_t service_ns[3];		/* sgi, ppi, spi */
	uint32_t wfi_grace_us;
	uint32_t speed_num, speed_den;	/* guest time is multiplied by it */
};

struct random_case {
	uint64_t seed;
	struct random_setup setup;
	struct trace_meta meta;
	struct trace_rec *rec;		/* owned */
	size_t nr;
};

/* Of the same seed the same bytes, always. 0 or ERR_NOMEM. */
int random_case_make(struct random_case *c, uint64_t seed, struct err *err);
int random_case_copy(struct random_case *to, const struct random_case *from, struct err *err);
void random_case_fini(struct random_case *c);

/*
 * The text form, after a comment of @nr_lines lines and one with the command that shows
 * it with @design and @explore, where FILE stands for the file itself. To be freed; NULL
 * when out of memory.
 */
char *random_case_text(const struct random_case *c, const char *design, uint64_t explore,
		       const char *comment);

/* ---- judging ------------------------------------------------------------- */

enum random_trouble {
	RANDOM_FINE,
	RANDOM_VIOLATION,	/* the oracle: what the design does not declare */
	RANDOM_INVARIANT,	/* lockdep, a guard, a storm: the run ended early */
	RANDOM_ENGINES,		/* normal and reference engine differ */
	RANDOM_BAD_CASE,	/* the replay refused it */
	RANDOM_NR_TROUBLES,
};
/* As in "violation". */
extern const char *const random_trouble_names[RANDOM_NR_TROUBLES];

struct random_verdict {
	enum random_trouble trouble;
	uint64_t explore;		/* the order of ties that showed it */
	enum vgic_finding found;	/* of a violation, the first … */
	uint32_t vcpu, irq;
	uint64_t t_ps;
	char text[1100];		/* what is wrong, in a sentence */
	char *log;			/* … and its history; owned, may be NULL */
};
void random_verdict_fini(struct random_verdict *v);

#define RANDOM_NR_HOSTS		8	/* at most */
#define RANDOM_MAX_DECLARED	200

/* What judging needs from run to run, and what it counts. */
struct random_judge {
	struct host host[2][RANDOM_NR_HOSTS];	/* GICv2, GICv3 */
	unsigned int nr_hosts[2];
	bool no_reference;		/* leave the second engine out */
	uint64_t runs, deliveries, entries;
	struct {
		const struct vgic_design *design;
		const struct vgic_declared *d;
		uint64_t count;
	} declared[RANDOM_MAX_DECLARED];	/* deviations met */
	unsigned int nr_declared;
};

/*
 * The host profiles that cases are replayed on, and no counts; @j->no_reference is kept. 0 or
 * an error of host_load().
 */
int random_judge_init(struct random_judge *j, struct err *err);
/* As "vgicsim replay --host" takes it. */
const char *random_host_name(unsigned int gic, unsigned int host);
unsigned int random_nr_hosts(unsigned int gic);

/*
 * @c through @design with the ties broken in the order @explore, judged into @v (to be
 * finished by the caller). A design without that GIC is fine. 0 or ERR_NOMEM.
 */
int random_judge_one(struct random_judge *j, const struct random_case *c,
		     const struct vgic_design *design, uint64_t explore, struct random_verdict *v,
		     struct err *err);

/* ---- shrinking ------------------------------------------------------------ */

/*
 * Make @c as small as it can be with the same trouble (of a violation: the same
 * finding) in @design: fewer records, vCPUs, bits; rounder times; the usual setup. @v is
 * what random_judge_one() said of it, and is replaced by what it says of the result.
 * At most @budget runs. 0 or ERR_NOMEM.
 */
int random_shrink(struct random_judge *j, struct random_case *c, const struct vgic_design *design,
		  struct random_verdict *v, unsigned int budget, struct err *err);

#endif
