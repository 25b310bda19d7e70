// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The closed system in simulated time. Random times are integers made by integer
 * arithmetic, one stream a customer, so that neither the order of actors nor a
 * compiler's floating point changes them.
 */
#include <math.h>
#include <string.h>

#include "queueing.h"

#define Q_MAX 256

static const struct plat_lock_class q_class = { .name = "server" };

struct q_shared {
	struct plat_lock lock;
};

struct q_run {
	const struct q_config *c;
	struct q_result *r;
	struct q_shared *s;
};

/* splitmix64 (Steele, Lea and Flood, 2014). */
uint64_t q_random(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Bits of the fraction of a binary logarithm; each costs one squaring. */
#define Q_LOG_BITS 40
/* ln(2) * 2^62 */
#define Q_LN2	   UINT64_C(3196577161300663915)

uint64_t q_exp(uint64_t u, uint64_t mean)
{
	unsigned __int128 wide;
	unsigned int zeros;
	uint64_t m, frac = 0, log2;

	if (u == UINT64_MAX)
		return 0;
	u++;
	zeros = (unsigned int)__builtin_clzll(u);
	m = u << zeros; /* 1.63 fixed point, [1, 2) */
	for (unsigned int i = 0; i < Q_LOG_BITS; i++) {
		wide = (unsigned __int128)m * m >> 63;
		frac <<= 1;
		if (wide >> 64) {
			frac |= 1;
			wide >>= 1;
		}
		m = (uint64_t)wide;
	}
	log2 = ((uint64_t)(zeros + 1) << Q_LOG_BITS) - frac;
	wide = (unsigned __int128)log2 * Q_LN2 >> 62;
	return (uint64_t)(wide * mean >> Q_LOG_BITS);
}

static struct vtime q_time(uint64_t *stream, uint64_t mean, bool exponential)
{
	return VT_PS(exponential ? q_exp(q_random(stream), mean) : mean);
}

static void q_customer(struct plat_cpu *cpu, void *arg)
{
	const struct q_run *q = arg;
	const struct q_config *c = q->c;
	uint64_t think_rng = c->seed ^ (uint64_t)(cpu_actor(cpu) + 1) << 32;
	uint64_t service_rng;
	struct vtime think;

	think_rng = q_random(&think_rng);
	service_rng = q_random(&think_rng);
	think = q_time(&think_rng, c->think_ps, c->think_exp);
	if (c->start == Q_RANDOM)
		think.ps = (uint64_t)((unsigned __int128)think.ps * q_random(&think_rng) >> 64);
	else
		think.ps = 0;
	if (c->start == Q_SPREAD)
		think.ps = (c->think_ps + c->service_ps) / c->n * cpu_actor(cpu);
	while (cpu_now(cpu).ps < c->end_ps + c->tail_ps) {
		cpu_spend(cpu, COMP_GUEST, think);
		plat_lock(cpu, &q->s->lock);
		cpu_spend(cpu, COMP_CRITICAL, q_time(&service_rng, c->service_ps, c->service_exp));
		plat_unlock(cpu, &q->s->lock);
		think = q_time(&think_rng, c->think_ps, c->think_exp);
	}
}

static bool q_counts(const struct q_config *c, struct vtime at)
{
	return at.ps >= c->warm_ps && at.ps < c->end_ps;
}

static void q_on_lock(void *priv, const struct lock_event *ev)
{
	const struct q_run *q = priv;

	if (q_counts(q->c, ev->released))
		q->r->done++;
	if (q_counts(q->c, ev->asked)) {
		q->r->asks++;
		q->r->waited_ps += vt_since(ev->got, ev->asked).ps;
	}
}

void q_host(struct host *host, unsigned int cpus, uint64_t transfer_ps)
{
	static const enum host_key transfers[] = { HK_C2C_NEAR, HK_C2C_DIE, HK_C2C_XDIE,
						   HK_C2C_XSOCK };

	memset(host, 0, sizeof(*host));
	memcpy(host->name, "queueing", sizeof("queueing"));
	host->c[HK_CPUS].count = cpus;
	host->c[HK_CLUSTER_CPUS].count = cpus;
	host->c[HK_DIE_CPUS].count = cpus;
	host->c[HK_SOCKET_CPUS].count = cpus;
	host->c[HK_CLOCK_KHZ].count = 1000000;
	host->c[HK_GIC].count = 3;
	host->c[HK_NR_LRS].count = 4;
	host->c[HK_PRI_BITS].count = 5;
	for (unsigned int i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++)
		host->c[transfers[i]].time = VT_PS(transfer_ps);
}

int q_simulate(const struct q_config *c, struct q_result *r, struct err *err)
{
	static const struct machine_probe probe = { .lock = q_on_lock };
	struct q_run q = { .c = c, .r = r };
	struct machine_config mc = {
		.host = c->host,
		.lock = c->lock,
		.gic = 3,
		.nr_vcpus = c->n,
		.probe = &probe,
		.probe_priv = &q,
	};
	struct machine *m = machine_create(&mc, err);
	int ret;

	memset(r, 0, sizeof(*r));
	if (!m)
		return err->code;
	q.s = plat_zalloc(machine_vm(m), PLAT_MEM_VM, sizeof(*q.s));
	if (!q.s) {
		ret = err_set(err, ERR_NOMEM, "out of memory");
		goto out;
	}
	plat_lock_init(machine_vm(m), &q.s->lock, &q_class, 0);
	for (unsigned int i = 0; i < c->n; i++)
		machine_spawn(m, i, q_customer, &q);
	ret = machine_run(m, NULL, NULL, err);
	r->fingerprint = machine_fingerprint(m);
	plat_free(machine_vm(m), q.s);
out:
	machine_destroy(m);
	return ret;
}

/* Student's t at 99.95 % for Q_REPLICATIONS - 1 degrees of freedom. */
#define Q_T 4.073
_Static_assert(Q_REPLICATIONS == 16, "Q_T is for 15 degrees of freedom");

static void q_interval(const double *v, double *mean, double *half)
{
	double sum = 0, squares = 0;

	for (unsigned int i = 0; i < Q_REPLICATIONS; i++)
		sum += v[i];
	*mean = sum / Q_REPLICATIONS;
	for (unsigned int i = 0; i < Q_REPLICATIONS; i++)
		squares += (v[i] - *mean) * (v[i] - *mean);
	*half = Q_T * sqrt(squares / (Q_REPLICATIONS - 1) / Q_REPLICATIONS);
}

int q_estimate(const struct q_config *c, struct q_estimate *e, struct err *err)
{
	double x[Q_REPLICATIONS], wait[Q_REPLICATIONS];
	struct q_config one = *c;
	struct q_result r;

	for (unsigned int i = 0; i < Q_REPLICATIONS; i++) {
		int ret;

		/* Nothing random: all are the same. */
		if (i && !c->think_exp && !c->service_exp && c->start != Q_RANDOM) {
			x[i] = x[0];
			wait[i] = wait[0];
			continue;
		}
		one.seed = c->seed + i;
		ret = q_simulate(&one, &r, err);
		if (ret)
			return ret;
		x[i] = (double)r.done / ((double)(c->end_ps - c->warm_ps) / 1e6);
		wait[i] = r.asks ? (double)r.waited_ps / (double)r.asks / 1e3 : 0;
	}
	q_interval(x, &e->x, &e->x_half);
	q_interval(wait, &e->wait, &e->wait_half);
	return 0;
}
