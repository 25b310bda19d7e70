// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine and its locks against theory. Seeded, so what passes once passes
 * always; the intervals are narrow enough that a neighbouring theory fails, which is
 * a test of its own.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "queueing.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define THINK	     UINT64_C(20000000) /* ps */
#define SERVICE	     UINT64_C(1000000)

static const unsigned int sizes[] = { 1, 2, 4, 8, 16, 20, 24, 32, 64, 128, 256 };

static struct q_config system_of(unsigned int n, const struct host *host, bool think_exp,
				 bool service_exp)
{
	return (struct q_config){
		.n = n,
		.think_ps = THINK,
		.service_ps = SERVICE,
		.think_exp = think_exp,
		.service_exp = service_exp,
		.host = host,
		.seed = 1000 * n,
		.start = Q_RANDOM,
		.warm_ps = 40 * THINK,
		.end_ps = 290 * THINK,
	};
}

static struct q_estimate estimate(const struct q_config *c)
{
	struct err err = { 0 };
	struct q_estimate e;

	if (q_estimate(c, &e, &err))
		fail_msg("%s", err.msg);
	return e;
}

static struct q_result simulate(const struct q_config *c)
{
	struct err err = { 0 };
	struct q_result r;

	if (q_simulate(c, &r, &err))
		fail_msg("%s", err.msg);
	return r;
}

static bool outside(double x, double half, double theory)
{
	return fabs(x - theory) > half;
}

/* Each of the sizes within its interval, and the interval within @most of the value. */
static void agrees(bool think_exp, bool service_exp, double most)
{
	struct host host;

	q_host(&host, 256, 0);
	for (unsigned int i = 0; i < ARRAY_LEN(sizes); i++) {
		struct q_config c = system_of(sizes[i], &host, think_exp, service_exp);
		struct q_exact t = q_exact(&c);
		struct q_estimate e;

		/* The same number of cycles of a customer wherever it is not the lock's. */
		if (sizes[i] < 32)
			c.end_ps = c.warm_ps + (c.end_ps - c.warm_ps) * 32 / sizes[i];
		e = estimate(&c);
		if (outside(e.x, e.x_half, t.x))
			fail_msg("n=%u: want %f, have %f +- %f", c.n, t.x, e.x, e.x_half);
		if (outside(e.wait, e.wait_half, t.wait))
			fail_msg("n=%u: want a wait of %f ns, have %f +- %f", c.n, t.wait, e.wait,
				 e.wait_half);
		if (e.x_half > t.x * most || e.wait_half > (t.wait + SERVICE / 1e3) * 10 * most)
			fail_msg("n=%u: the intervals +- %f and %f are too wide", c.n, e.x_half,
				 e.wait_half);
	}
}

static void exponential_both(void **state)
{
	agrees(true, true, 0.02);
}

static void exponential_service(void **state)
{
	agrees(false, true, 0.02);
}

static void exponential_think(void **state)
{
	agrees(true, false, 0.02);
}

/* No randomness, so no interval: to the last release and picosecond. */
static void constant_both(void **state)
{
	struct host host;

	q_host(&host, 256, 0);
	for (unsigned int i = 0; i < ARRAY_LEN(sizes); i++) {
		struct q_config c = system_of(sizes[i], &host, false, false);
		struct q_exact t = q_exact(&c);
		struct q_result r;

		/* From all at once; the window is whole rounds of either regime. */
		c.start = Q_AT_ONCE;
		c.warm_ps = 600 * (uint64_t)SERVICE;
		c.end_ps = c.warm_ps + 10 * (THINK + SERVICE);
		r = simulate(&c);
		assert_int_equal(r.done, lround(t.x * (double)(c.end_ps - c.warm_ps) / 1e6));
		assert_int_equal(r.waited_ps, r.asks * (uint64_t)lround(t.wait * 1e3));
	}
}

/* A lock that costs nothing is the same system whatever its algorithm. */
static void algorithms_alike(void **state)
{
	struct host host;

	q_host(&host, 256, 0);
	for (unsigned int i = 0; i < ARRAY_LEN(sizes); i++) {
		struct q_config c = system_of(sizes[i], &host, true, true);
		struct q_result ticket, queued;

		c.lock = LOCK_TICKET;
		ticket = simulate(&c);
		c.lock = LOCK_QUEUED;
		queued = simulate(&c);
		assert_int_equal(ticket.done, queued.done);
		assert_int_equal(ticket.waited_ps, queued.waited_ps);
		assert_int_equal(ticket.fingerprint, queued.fingerprint);
	}
}

/* The net has no holes: about the knee each theory is outside the other's interval. */
static void theories_differ(void **state)
{
	struct host host;

	q_host(&host, 256, 0);
	for (unsigned int n = 16; n <= 24; n += 8) {
		struct q_config exp = system_of(n, &host, true, true);
		struct q_config det = system_of(n, &host, true, false);
		struct q_estimate e = estimate(&exp), d = estimate(&det);
		struct q_exact te = q_exact(&exp), td = q_exact(&det);
		struct q_config none = system_of(n, &host, false, false);
		struct q_exact tn = q_exact(&none);

		assert_true(outside(e.wait, e.wait_half, td.wait));
		assert_true(outside(d.wait, d.wait_half, te.wait));
		assert_true(outside(e.x, e.x_half, td.x));
		assert_true(outside(d.x, d.x_half, te.x));
		assert_true(outside(d.x, d.x_half, tn.x));
		/* One customer more, or a service a twenty-fifth longer. */
		exp.n++;
		assert_true(outside(e.x, e.x_half, q_exact(&exp).x));
		exp.n--;
		exp.service_ps += SERVICE / 25;
		assert_true(outside(e.wait, e.wait_half, q_exact(&exp).wait));
	}
}

/*
 * The exact solutions by themselves: one customer never waits, and two can be worked
 * out on paper. With exponential times the second finds the first with r = s / (z +
 * s); with constant service a departure leaves the other behind if he arrived
 * meanwhile.
 */
static void exact_small(void **state)
{
	struct host host;
	double z = THINK / 1e6, s = SERVICE / 1e6, p0;

	q_host(&host, 2, 0);
	for (unsigned int i = 0; i < 4; i++) {
		struct q_config c = system_of(1, &host, i & 1, i & 2);

		assert_float_equal(q_exact(&c).x, 1 / (z + s), 1e-12);
		assert_float_equal(q_exact(&c).wait, 0, 1e-6);
	}
	struct q_config c = system_of(2, &host, true, true);

	assert_float_equal(q_exact(&c).wait, 1e3 * s * s / (z + s), 1e-9);
	c = system_of(2, &host, true, false);
	p0 = exp(-s / z);
	assert_float_equal(q_exact(&c).x, 1 / (s + p0 * z / 2), 1e-12);
}

/*
 * Constant times with hand-overs that cost: prime times, so that nothing happens
 * at once by chance. After the transient as many releases as worked out, but for
 * one at the window's edges, and each wait to the picosecond.
 */
static unsigned int hand_over(unsigned int n, enum lock_algo lock, uint64_t transfer)
{
	struct host host;
	struct q_config c;
	struct q_exact t;
	struct q_result r;
	uint64_t round;
	double done;

	q_host(&host, 256, transfer);
	c = system_of(n, &host, false, false);
	c.lock = lock;
	c.think_ps = 20011000;
	c.service_ps = 1009000;
	/* In no time with all waiting does a round take longer. */
	round = c.think_ps + n * (c.service_ps + transfer * (lock == LOCK_TICKET ? n : 2));
	c.warm_ps = 12 * round;
	c.end_ps = c.warm_ps + 24 * round;
	c.tail_ps = 2 * round;
	t = q_exact_hand_over(&c, transfer);
	if (isnan(t.x))
		return 0;
	c.start = t.wait > 0 ? Q_AT_ONCE : Q_SPREAD;
	r = simulate(&c);
	done = t.x * (double)(c.end_ps - c.warm_ps) / 1e6;
	if (fabs((double)r.done - done) > 1)
		fail_msg("n=%u, %s, %u ns: want %f releases, have %u", n, lock_algo_names[lock],
			 (unsigned int)(transfer / 1000), done, (unsigned int)r.done);
	assert_int_equal(r.waited_ps, r.asks * (uint64_t)lround(t.wait * 1e3));
	return 1;
}

static void hand_overs(void **state)
{
	static const uint64_t transfers[] = { 31000, 97000, 401000 };
	unsigned int nr = 0;

	for (unsigned int k = 0; k < ARRAY_LEN(transfers); k++) {
		for (unsigned int i = 0; i < ARRAY_LEN(sizes); i++) {
			nr += hand_over(sizes[i], LOCK_TICKET, transfers[k]);
			nr += hand_over(sizes[i], LOCK_QUEUED, transfers[k]);
		}
	}
	/* Few are so near the knee that there is no one regime. */
	assert_true(nr >= ARRAY_LEN(transfers) * ARRAY_LEN(sizes) * 2 - 8);
}

/*
 * A host that has distances, no thinking, service longer than the way back to the
 * queue: everybody else waits at each release, in the order of the CPUs. So a round
 * is all services and, from each to the next, the transfer, for tickets besides half
 * of the transfers to the others.
 */
static void hand_overs_far(void **state)
{
	enum { CPUS = 64, DIE = 16, SOCKET = 32, ROUNDS = 40 };
	static const uint64_t near = 40000, die = 60000, across = 90000, far = 300000;
	struct host host;

	q_host(&host, CPUS, 0);
	host.c[HK_CLUSTER_CPUS].count = 4;
	host.c[HK_DIE_CPUS].count = DIE;
	host.c[HK_SOCKET_CPUS].count = SOCKET;
	host.c[HK_C2C_NEAR].time.ps = near;
	host.c[HK_C2C_DIE].time.ps = die;
	host.c[HK_C2C_XDIE].time.ps = across;
	host.c[HK_C2C_XSOCK].time.ps = far;
	for (unsigned int k = 0; k < 2; k++) {
		struct q_config c = system_of(CPUS, &host, false, false);
		uint64_t round = CPUS * (uint64_t)SERVICE;
		struct q_result r;

		c.lock = k ? LOCK_QUEUED : LOCK_TICKET;
		for (unsigned int a = 0; a < CPUS; a++) {
			unsigned int next = (a + 1) % CPUS;
			uint64_t others = 0;

			for (unsigned int b = 0; b < CPUS; b++) {
				uint64_t d = a / 4 == b / 4		? near
					     : a / DIE == b / DIE	? die
					     : a / SOCKET == b / SOCKET ? across
									: far;

				if (b == next)
					round += d;
				else if (b != a)
					others += d;
			}
			round += k ? 0 : others / 2;
		}
		c.think_ps = 0;
		c.start = Q_AT_ONCE;
		c.warm_ps = 2 * round;
		c.end_ps = c.warm_ps + ROUNDS * round;
		r = simulate(&c);
		assert_int_equal(r.done, ROUNDS * CPUS);
	}
}

/* Mean 1, variance 1, the share above each multiple of ln 2, and exact points. */
static void variates(void **state)
{
	enum { N = 400000, MEAN = 1000000 };
	uint64_t rng = 42, above[8] = { 0 };
	double sum = 0, squares = 0;

	assert_int_equal(q_exp(UINT64_MAX, MEAN), 0);
	assert_int_equal(q_exp((UINT64_C(1) << 63) - 1, UINT64_C(1) << 40), 762123384785);
	assert_int_equal(q_exp((UINT64_C(1) << 60) - 1, MEAN), 2772588);
	assert_int_equal(q_exp(0, MEAN), 44361419);
	for (unsigned int i = 0; i < N; i++) {
		uint64_t u = q_random(&rng);
		uint64_t v = q_exp(u, MEAN);
		double x = (double)v / MEAN;

		/* Against the library's, which may be out by its own rounding. */
		assert_true(fabs(x + log(((double)u + 1) / 0x1p64)) < 2e-6);
		sum += x;
		squares += x * x;
		for (unsigned int k = 0; k < 8; k++)
			above[k] += x > k * 0.69314718;
	}
	assert_float_equal(sum / N, 1, 4 / sqrt(N));
	assert_float_equal(squares / N, 2, 4 * sqrt(20.0 / N));
	for (unsigned int k = 1; k < 8; k++) {
		double p = pow(0.5, k);

		assert_float_equal((double)above[k] / N, p, 4 * sqrt(p * (1 - p) / N));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variates),	     cmocka_unit_test(exact_small),
		cmocka_unit_test(exponential_both),  cmocka_unit_test(exponential_service),
		cmocka_unit_test(exponential_think), cmocka_unit_test(constant_both),
		cmocka_unit_test(algorithms_alike),  cmocka_unit_test(theories_differ),
		cmocka_unit_test(hand_overs),	     cmocka_unit_test(hand_overs_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
