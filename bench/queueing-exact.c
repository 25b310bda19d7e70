// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The closed system without any simulation. Nothing here knows the engine;
 * floating point decides no event.
 *
 * Hand-overs by hand. All lines are d from each other, all else is free. A
 * release with k waiters takes the lock from r to h after
 *	queued	H = d				(h's node)
 *	ticket	H = d + (k - 1) * d / 2		(half of the others come first)
 * so that a saturated lock is released each P(k) = S + H(k). Who releases pays his
 * store to a line that the waiters have (d), thinks Z, and draws his place by an
 * atomic on the lock's line, which somebody else has (d); with queued he then
 * writes his own node, which its last writer has (d). So he is T = Z + 2 d
 * (ticket) or Z + 3 d (queued) away, but in the queue from his atomic's beginning
 * on: Z + d after his release. In a periodic regime those of the last
 * ceil((Z + d) / P) - 1 releases, and the releaser, are not waiting:
 *	k = N - ceil((Z + d) / P(k))
 * Its greatest solution is the regime that a start all at once runs into. Then
 * throughput is 1 / P and the wait what is left of a round of N * P. Where nobody
 * waits a round is the atomic (d if another has the line), S and Z, and the lock is
 * held for the first two: N (d + S) must fit into it.
 */
#include <math.h>
#include <stdlib.h>

#include "queueing.h"

/* Reiser and Lavenberg, 1980: arrivals see the system with one customer less. */
static struct q_exact q_mva(unsigned int n, double z, double s)
{
	double queue = 0, response = s, x = 0;

	for (unsigned int i = 1; i <= n; i++) {
		response = s * (1 + queue);
		x = i / (z + response);
		queue = x * response;
	}
	return (struct q_exact){ .x = x, .wait = response - s };
}

/*
 * Of @n thinkers, the chance that exactly @k stop within a service; each alone
 * does with @p.
 */
static double q_binomial(unsigned int n, unsigned int k, double p)
{
	return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
		   (n - k) * log1p(-p));
}

/*
 * M/D/1//N. State: how many a departure leaves behind, 0 … n - 1. It leaves
 * j = max(state, 1) at the server for the next service, during which some of the n -
 * j thinkers arrive. Stationary by Grassmann, Taksar and Heyman's elimination, which
 * subtracts nothing. @p0: the share of departures that leave nobody. False: no memory.
 */
static bool q_embedded(unsigned int n, double z, double s, double *p0)
{
	double p = -expm1(-s / z), *m = calloc((size_t)n * n, sizeof(*m));
	double *pi = calloc(n, sizeof(*pi)), sum = 1;

	if (!m || !pi) {
		free(m);
		free(pi);
		return false;
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int j = i ? i : 1;

		for (unsigned int a = 0; a <= n - j; a++)
			m[(size_t)i * n + j - 1 + a] = q_binomial(n - j, a, p);
	}
	for (unsigned int k = n - 1; k > 0; k--) {
		double out = 0;

		for (unsigned int j = 0; j < k; j++)
			out += m[(size_t)k * n + j];
		for (unsigned int i = 0; i < k; i++) {
			m[(size_t)i * n + k] /= out;
			for (unsigned int j = 0; j < k; j++)
				m[(size_t)i * n + j] += m[(size_t)i * n + k] * m[(size_t)k * n + j];
		}
	}
	pi[0] = 1;
	for (unsigned int k = 1; k < n; k++) {
		for (unsigned int i = 0; i < k; i++)
			pi[k] += pi[i] * m[(size_t)i * n + k];
		sum += pi[k];
	}
	*p0 = 1 / sum;
	free(m);
	free(pi);
	return true;
}

/* Between departures there is a service, and after an empty one a wait for the first of n. */
static struct q_exact q_md1n(unsigned int n, double z, double s)
{
	struct q_exact e = { .x = NAN, .wait = NAN };
	double p0;

	if (!q_embedded(n, z, s, &p0))
		return e;
	e.x = 1 / (s + p0 * z / n);
	e.wait = n / e.x - z - s;
	return e;
}

static struct q_exact q_constant(unsigned int n, double z, double s)
{
	if (n * s <= z + s)
		return (struct q_exact){ .x = n / (z + s) };
	return (struct q_exact){ .x = 1 / s, .wait = n * s - s - z };
}

static struct q_exact q_in_units(struct q_exact e)
{
	return (struct q_exact){ .x = e.x * 1e6, .wait = e.wait / 1e3 };
}

struct q_exact q_exact(const struct q_config *c)
{
	double z = (double)c->think_ps, s = (double)c->service_ps;

	if (c->service_exp)
		return q_in_units(q_mva(c->n, z, s));
	return q_in_units(c->think_exp ? q_md1n(c->n, z, s) : q_constant(c->n, z, s));
}

struct q_exact q_exact_hand_over(const struct q_config *c, uint64_t d)
{
	uint64_t s = c->service_ps, away = c->think_ps + d, period = 0, k = c->n - 1, was;
	bool ticket = c->lock == LOCK_TICKET;
	struct q_exact e;

	/* Down from all who can wait: ends at the greatest solution. */
	do {
		uint64_t gone;

		was = k;
		if (!k)
			break;
		period = s + d + (ticket ? (k - 1) * d / 2 : 0);
		gone = (away + period - 1) / period;
		k = gone < c->n ? c->n - gone : 0;
	} while (k != was);
	if (k) {
		e.x = 1 / (double)period;
		e.wait = (double)(c->n * period - s - c->think_ps - (ticket ? 2 : 3) * d);
	} else {
		uint64_t held = s + (c->n > 1 ? d : 0);

		if (c->n * held > c->think_ps + held)
			return (struct q_exact){ .x = NAN, .wait = NAN };
		e.x = c->n / (double)(c->think_ps + held);
		e.wait = 0;
	}
	return q_in_units(e);
}
