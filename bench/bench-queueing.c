// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The data of plots/queueing.gp on stdout: throughput and wait of N customers at one
 * lock as simulated (mean and half-width of the 99.9 % interval over replications)
 * and as theory has them. Blocks, with two empty lines between them:
 *	0 to 2	free hand-overs: times exponential, service constant, both constant
 *	3 to 5	constant times: queued, ticket, and both of free hand-over
 *
 *   bench-queueing [N]		simulate an Nth of the time
 */
#include <stdio.h>
#include <stdlib.h>

#include "queueing.h"

#define THINK	 20011000
#define SERVICE	 1009000
#define TRANSFER 97000

static const unsigned int sizes[] = { 1,  2,  3,  4,  6,  8,  11,  16,	19,
				      22, 26, 32, 45, 64, 90, 128, 181, 256 };

struct series {
	const char *name;
	bool think_exp, service_exp;
	enum lock_algo lock;
	uint64_t transfer_ps;
};

static const struct series all[] = {
	{ "exponential think and service", true, true, LOCK_TICKET, 0 },
	{ "exponential think, constant service", true, false, LOCK_TICKET, 0 },
	{ "constant think and service", false, false, LOCK_TICKET, 0 },
	{ "queued, 97 ns a transfer", false, false, LOCK_QUEUED, TRANSFER },
	{ "ticket, 97 ns a transfer", false, false, LOCK_TICKET, TRANSFER },
	{ "either, nothing a transfer", false, false, LOCK_QUEUED, 0 },
};

static int row(const struct series *s, unsigned int n, unsigned int part)
{
	struct q_config c = {
		.n = n,
		.think_ps = THINK,
		.service_ps = SERVICE,
		.think_exp = s->think_exp,
		.service_exp = s->service_exp,
		.lock = s->lock,
		.seed = 1000 * n,
		.start = s->think_exp ? Q_RANDOM : Q_AT_ONCE,
		.warm_ps = UINT64_C(60000000000) / part,
	};
	struct err err = { 0 };
	struct q_estimate e;
	struct q_exact t;
	struct host host;

	c.end_ps = c.warm_ps + UINT64_C(200000000000) / part / (n < 20 ? n : 20);
	c.tail_ps = s->transfer_ps ? c.warm_ps : 0;
	q_host(&host, 256, s->transfer_ps);
	c.host = &host;
	t = s->transfer_ps ? q_exact_hand_over(&c, s->transfer_ps) : q_exact(&c);
	if (s->transfer_ps && t.wait <= 0)
		c.start = Q_SPREAD;
	if (q_estimate(&c, &e, &err)) {
		fprintf(stderr, "bench-queueing: %s\n", err.msg);
		return 1;
	}
	printf("%u\t%.6f\t%.6f\t%.6f\t%.3f\t%.3f\t%.3f\n", n, e.x, e.x_half, t.x, e.wait,
	       e.wait_half, t.wait);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int part = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;

	if (!part) {
		fprintf(stderr, "usage: bench-queueing [N]\n");
		return 2;
	}
	printf("# think %u ps, service %u ps, %u replications\n", THINK, SERVICE, Q_REPLICATIONS);
	printf("# n\tper_us\thalf_width\ttheory\twait_ns\thalf_width\ttheory\n");
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		printf("%s# %s\n", i ? "\n\n" : "", all[i].name);
		for (unsigned int k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			if (row(&all[i], sizes[k], part))
				return 1;
		}
	}
	return 0;
}
