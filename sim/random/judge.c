// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One case through one design: the normal engine with the oracle beside it, then the
 * reference engine with nobody watching. Whatever either finds is a verdict.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

const char *const random_trouble_names[RANDOM_NR_TROUBLES] = {
	[RANDOM_FINE] = "fine",		  [RANDOM_VIOLATION] = "violation",
	[RANDOM_INVARIANT] = "invariant", [RANDOM_ENGINES] = "engines differ",
	[RANDOM_BAD_CASE] = "refused",
};

/* Those without and with VHE, of few and of many list registers. */
static const char *const hosts_v2[] = { "xgene1-m400", "seattle-a57", NULL };
static const char *const hosts_v3[] = { "kunpeng920-2s-128c", "thunderx-2s-96c", "graviton2-64c",
					NULL };

static const char *const *hosts_of(unsigned int gic)
{
	return gic == 2 ? hosts_v2 : hosts_v3;
}

const char *random_host_name(unsigned int gic, unsigned int host)
{
	return hosts_of(gic)[host];
}

unsigned int random_nr_hosts(unsigned int gic)
{
	unsigned int n = 0;

	while (hosts_of(gic)[n])
		n++;
	return n;
}

int random_judge_init(struct random_judge *j, struct err *err)
{
	bool no_reference = j->no_reference;

	memset(j, 0, sizeof(*j));
	j->no_reference = no_reference;
	for (unsigned int gic = 2; gic <= 3; gic++) {
		for (unsigned int i = 0; hosts_of(gic)[i]; i++) {
			if (host_load(&j->host[gic - 2][i], hosts_of(gic)[i], err))
				return err->code;
			j->nr_hosts[gic - 2]++;
		}
	}
	return 0;
}

void random_verdict_fini(struct random_verdict *v)
{
	free(v->log);
	v->log = NULL;
}

static void options_of(const struct random_judge *j, const struct random_case *c,
		       const struct vgic_design *design, uint64_t explore, struct replay_options *o)
{
	const struct random_setup *s = &c->setup;

	replay_options_init(o);
	o->design = design;
	o->host = &j->host[c->meta.gic - 2][s->host];
	o->lock = s->lock;
	o->nr_lrs = s->nr_lrs;
	o->host_work = s->host_work;
	o->inject = s->inject;
	o->service_sgi = VT_NS(s->service_ns[0]);
	o->service_ppi = VT_NS(s->service_ns[1]);
	o->service_spi = VT_NS(s->service_ns[2]);
	o->wfi_grace = VT_US(s->wfi_grace_us);
	o->guest_speed_num = s->speed_num;
	o->guest_speed_den = s->speed_den;
	o->explore = explore;
	/* A window is initialised slot by slot: no more of it than there are records. */
	o->window = 64 * c->meta.nr_vcpus;
	if (o->window < c->nr)
		o->window = (uint32_t)c->nr;
}

/* 0; or ERR_NOMEM. What else goes wrong is a verdict. */
static int run(struct random_judge *j, const struct random_case *c, const struct replay_options *o,
	       struct replay_result *res, struct random_verdict *v, struct err *err)
{
	struct trace_reader *r;
	struct err wrong = { 0 };
	bool truncated = false;
	int rc = -1;

	memset(res, 0, sizeof(*res));
	r = trace_open_memory("trace", &c->meta, c->rec, c->nr, &wrong);
	if (r)
		rc = replay_run(r, o, res, &truncated, &wrong);
	trace_close(r);
	j->runs++;
	if (!rc)
		return 0;
	if (wrong.code == ERR_NOMEM) {
		*err = wrong;
		return err->code;
	}
	v->trouble = wrong.code == ERR_INVARIANT ? RANDOM_INVARIANT : RANDOM_BAD_CASE;
	snprintf(v->text, sizeof(v->text), "%s%s", o->reference ? "reference engine: " : "",
		 wrong.msg);
	return 0;
}

static void count_declared(struct random_judge *j, const struct vgic_design *design,
			   const struct oracle_report *rep)
{
	for (unsigned int i = 0; i < rep->nr_declared; i++) {
		const struct vgic_declared *d = rep->declared[i].d;
		unsigned int k = 0;

		while (k < j->nr_declared &&
		       (j->declared[k].d != d || j->declared[k].design != design))
			k++;
		if (k == RANDOM_MAX_DECLARED)
			continue;
		j->declared[k].design = design;
		j->declared[k].d = d;
		j->declared[k].count += rep->declared[i].count;
		if (k == j->nr_declared)
			j->nr_declared++;
	}
}

static void judge_oracle(struct random_judge *j, const struct vgic_design *design,
			 const struct oracle *oracle, struct random_verdict *v)
{
	const struct oracle_report *rep = oracle_report(oracle);
	const struct oracle_violation *x = rep->shown;

	j->deliveries += rep->deliveries;
	j->entries += rep->entries;
	count_declared(j, design, rep);
	if (!rep->violations || v->trouble)
		return;
	v->trouble = RANDOM_VIOLATION;
	v->found = x->found;
	v->vcpu = x->vcpu;
	v->irq = x->irq;
	v->t_ps = x->t_ps;
	v->log = x->log ? strdup(x->log) : NULL;
	snprintf(v->text, sizeof(v->text),
		 "at %" PRIu64 ".%06" PRIu64 " us, vCPU %u, INTID %u: %s: %s", x->t_ps / 1000000,
		 x->t_ps % 1000000, x->vcpu, x->irq, oracle_finding_name(x->found), x->text);
}

static void judge_engines(const struct replay_result *a, const struct replay_result *b,
			  struct random_verdict *v)
{
	if (a->fingerprint == b->fingerprint && a->sim_time.ps == b->sim_time.ps)
		return;
	v->trouble = RANDOM_ENGINES;
	snprintf(v->text, sizeof(v->text),
		 "fingerprint %016" PRIx64 " after %" PRIu64
		 " ps, the reference engine's is %016" PRIx64 " after %" PRIu64 " ps",
		 a->fingerprint, a->sim_time.ps, b->fingerprint, b->sim_time.ps);
}

int random_judge_one(struct random_judge *j, const struct random_case *c,
		     const struct vgic_design *design, uint64_t explore, struct random_verdict *v,
		     struct err *err)
{
	struct replay_result res, ref;
	struct replay_options o;
	int rc;

	*v = (struct random_verdict){ .explore = explore };
	if (!(design->gics >> c->meta.gic & 1))
		return 0;
	options_of(j, c, design, explore, &o);
	o.check = true;
	rc = run(j, c, &o, &res, v, err);
	if (!rc && res.oracle)
		judge_oracle(j, design, res.oracle, v);
	if (!rc && !v->trouble && !j->no_reference) {
		o.check = false;
		o.reference = true;
		rc = run(j, c, &o, &ref, v, err);
		if (!rc && !v->trouble)
			judge_engines(&res, &ref, v);
		replay_result_fini(&ref);
	}
	replay_result_fini(&res);
	return rc;
}
