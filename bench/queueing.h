/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine and its locks against queueing theory: N customers who think and
 * then hold one lock, in simulated time (queueing.c), and what theory says of
 * the same system without any simulation (queueing-exact.c).
 *
 * The lock is the server, first come first served; a customer is an actor. What is
 * exact for which distributions:
 *
 *	think		service
 *	exponential	exponential	mean value analysis (machine repairman)
 *	any		exponential	the same: a delay station is insensitive
 *	exponential	constant	M/D/1//N by its embedded Markov chain
 *	constant	constant	periodic: min(N / (Z + S), 1 / S)
 */
#ifndef QUEUEING_H
#define QUEUEING_H

#include "machine.h"

enum q_start {
	Q_AT_ONCE,	/* all ask at time zero */
	Q_SPREAD,	/* one after another, in equal parts of thinking and service */
	Q_RANDOM,	/* after a random share of a thinking time */
};

struct q_config {
	unsigned int n;			/* customers, 1 … 256 */
	uint64_t think_ps, service_ps;	/* means */
	bool think_exp, service_exp;	/* exponential, else constant */
	enum lock_algo lock;
	const struct host *host;
	uint64_t seed;
	/*
	 * Counted: releases in [warm, end), waits of those who ask in it. Until
	 * end + tail customers come back, so that the last of these wait as the
	 * others do.
	 */
	uint64_t warm_ps, end_ps, tail_ps;
	enum q_start start;
};

struct q_result {
	uint64_t done;			/* releases in the window */
	uint64_t asks, waited_ps;	/* requests in it, and their sum of waits */
	uint64_t fingerprint;
};

/*
 * All costs zero but a line transfer between any two CPUs of @cpus, @transfer_ps: it
 * is what hand-overs cost. Zero: the lock itself takes no time at all.
 */
void q_host(struct host *host, unsigned int cpus, uint64_t transfer_ps);
/* 0, or the error of the run. */
int q_simulate(const struct q_config *c, struct q_result *r, struct err *err);

/* Uniform 64 bits; the next of the stream @s. */
uint64_t q_random(uint64_t *s);
/* -ln((@u + 1) / 2^64) * @mean without floating point: it decides the order of events. */
uint64_t q_exp(uint64_t u, uint64_t mean);

/* Over independent replications: mean and half-width of the 99.9 % interval. */
struct q_estimate {
	double x, x_half;	/* releases a microsecond */
	double wait, wait_half;	/* mean wait of a request, ns */
};
#define Q_REPLICATIONS 16
/* @c->seed is the first of Q_REPLICATIONS unlike streams. 0, or an error. */
int q_estimate(const struct q_config *c, struct q_estimate *e, struct err *err);

/* What theory says, in the same units; rates a microsecond, waits in ns. */
struct q_exact {
	double x, wait;
};

/* By the distributions of @c, no hand-over cost; @c->lock does not matter. */
struct q_exact q_exact(const struct q_config *c);
/*
 * Constant think and service, hand-overs by @transfer_ps between any two, ticket or
 * queued: worked out by hand in queueing-exact.c. A saturated lock if started at
 * once, one that nobody waits for if started spread. NAN in between, where some wait
 * and some do not.
 */
struct q_exact q_exact_hand_over(const struct q_config *c, uint64_t transfer_ps);

#endif
