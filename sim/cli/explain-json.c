// SPDX-License-Identifier: GPL-2.0-or-later
/* What vgicsim explain found, as JSON: vgicsim-explain(1). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain-doc.h"
#include "metrics-data.h"
#include "result.h"

struct making {
	bool failed;
};

static void put(struct making *mk, json_t *o, const char *key, json_t *v)
{
	if (json_object_set_new(o, key, v))
		mk->failed = true;
}

static void put_int(struct making *mk, json_t *o, const char *key, uint64_t v)
{
	put(mk, o, key, json_integer(result_clamp((__int128)v)));
}

static void append(struct making *mk, json_t *list, json_t *v)
{
	if (json_array_append_new(list, v))
		mk->failed = true;
}

/* Those that are not zero. */
static json_t *components(struct making *mk, const uint64_t *ps)
{
	json_t *o = json_object();

	for (unsigned int c = 0; c < COMP_NR; c++)
		if (ps[c])
			put_int(mk, o, component_names[c], ps[c]);
	return o;
}

static json_t *difference(struct making *mk, const uint64_t *a, const uint64_t *b)
{
	json_t *o = json_object();

	for (unsigned int c = 0; c < COMP_NR; c++)
		if (a[c] != b[c])
			put(mk, o, component_names[c], json_integer((int64_t)(b[c] - a[c])));
	return o;
}

static uint64_t sums_of(const struct explain_run *run, unsigned int vcpu, unsigned int kind,
			unsigned int phase, uint64_t *ps)
{
	uint64_t all = 0;

	for (unsigned int c = 0; c < COMP_NR; c++)
		all += ps[c] = explain_sum(run, vcpu, kind, phase, c);
	return all;
}

/* ---- time ------------------------------------------------------------------------ */

static json_t *vcpus_json(struct making *mk, const struct explain_run *run)
{
	json_t *list = json_array();

	for (unsigned int v = 0; v < run->nr_vcpus; v++) {
		json_t *o = json_object();
		uint64_t ps[COMP_NR], all;

		all = sums_of(run, v, EXPLAIN_ANY, EXPLAIN_ANY, ps);
		put_int(mk, o, "vcpu", v);
		put_int(mk, o, "total_ps", all);
		put(mk, o, "components", components(mk, ps));
		append(mk, list, o);
	}
	return list;
}

static json_t *phases_json(struct making *mk, const struct explain_run *run)
{
	json_t *list = json_array();

	for (unsigned int k = 0; k < EXPLAIN_KINDS; k++) {
		for (unsigned int p = 0; p < PHASE_NR; p++) {
			uint64_t ps[COMP_NR], all = sums_of(run, EXPLAIN_ANY, k, p, ps);
			json_t *o;

			if (!all)
				continue;
			o = json_object();
			put(mk, o, "exit",
			    p == PHASE_GUEST ? json_null() : json_string(explain_kind_name(k)));
			put(mk, o, "phase", json_string(phase_names[p]));
			put_int(mk, o, "total_ps", all);
			put(mk, o, "components", components(mk, ps));
			append(mk, list, o);
		}
	}
	return list;
}

static json_t *latencies_json(struct making *mk, const struct metrics *m, unsigned int wanted)
{
	json_t *all = json_object();

	for (unsigned int l = 0; l < LAT_NR; l++) {
		const struct latency_data *x = &m->lat[l];
		json_t *o;

		if (!(wanted & 1u << l))
			continue;
		o = json_object();
		put_int(mk, o, "count", x->all.count);
		put(mk, o, "sum_ps", json_integer(result_clamp((__int128)x->all.sum)));
		put_int(mk, o, "mean_ps", hist_mean(&x->all));
		put_int(mk, o, "p50_ps", hist_quantile(&x->all, 500, 1000));
		put_int(mk, o, "p99_ps", hist_quantile(&x->all, 990, 1000));
		put_int(mk, o, "max_ps", x->all.max);
		put_int(mk, o, "split_count", x->comp_count);
		put_int(mk, o, "split_total_ps", x->comp_total_ps);
		put(mk, o, "components", components(mk, x->comp_ps));
		put(mk, all, latency_names[l], o);
	}
	return all;
}

/* ---- counts, locks ---------------------------------------------------------------- */

static json_t *counts_json(struct making *mk, const struct metrics *m)
{
	json_t *all = json_object(), *exits = json_object(), *kicks = json_object();

	for (unsigned int k = 0; k < XK_NR; k++)
		if (m->exits[k])
			put_int(mk, exits, exit_kind_names[k], m->exits[k]);
	for (unsigned int k = 0; k < KICK_NR; k++)
		put_int(mk, kicks, kick_kind_names[k], m->kicks[k]);
	put(mk, all, "exits", exits);
	put(mk, all, "kicks", kicks);
	for (unsigned int k = 0; k < MC_NR; k++)
		if (m->counter[k])
			put_int(mk, all, metric_counters[k].name, m->counter[k]);
	return all;
}

static json_t *site_json(const struct plat_site *site)
{
	return site ? json_sprintf("%s:%d", site->func, site->line) : json_null();
}

static json_t *waits_json(struct making *mk, const struct explain_run *run)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < run->nr_blames; i++) {
		const struct explain_blame *b = &run->blame[i];
		json_t *o = json_object();

		put(mk, o, "lock", json_string(b->class));
		put(mk, o, "waiter", site_json(b->waiter));
		put(mk, o, "what",
		    json_string(b->holder  ? "held"
				: b->early ? "held-before"
					   : "hand-over"));
		put(mk, o, "holder", site_json(b->holder));
		put_int(mk, o, "count", b->count);
		put_int(mk, o, "ps", b->ps);
		append(mk, list, o);
	}
	return list;
}

/* ---- deliveries -------------------------------------------------------------------- */

static json_t *steps_json(struct making *mk, const struct explain_run *run,
			  const struct explain_history *h)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < h->nr_steps; i++) {
		const struct explain_step *s = &h->step[i];
		json_t *o = json_object();
		bool vcpu = s->actor < run->nr_vcpus;

		put_int(mk, o, "t_ps", s->t_ps - h->o->sent_ps);
		put_int(mk, o, vcpu ? "vcpu" : "thread",
			vcpu ? s->actor : s->actor - run->nr_vcpus);
		put(mk, o, "stage", json_string(explain_stage_names[s->stage]));
		put(mk, o, "what", json_string(s->what));
		append(mk, list, o);
	}
	return list;
}

static json_t *history_json(struct making *mk, const struct explain_run *run,
			    const struct explain_history *h)
{
	json_t *o = json_object(), *stages = json_object();
	uint64_t ps[STAGE_NR] = { 0 };

	explain_stages(h, ps);
	put_int(mk, o, "record", h->o->record);
	put_int(mk, o, "recorded_ns", h->o->recorded_ns);
	put_int(mk, o, "intid", h->o->id.irq);
	put_int(mk, o, "vcpu", h->o->by);
	put(mk, o, "source",
	    h->o->id.src == DELIVERIES_ANY ? json_null() : json_integer(h->o->id.src));
	put(mk, o, "sender",
	    h->sender == EXPLAIN_ANY ? json_null()
				     : json_string(explain_actor_text(run, h->sender).s));
	put(mk, o, "fate", json_string(delivery_fate_names[h->o->fate]));
	put_int(mk, o, "sent_ps", h->o->sent_ps);
	put_int(mk, o, "latency_ps", h->o->acked_ps - h->o->sent_ps);
	for (unsigned int s = 0; s < STAGE_NR; s++)
		if (ps[s])
			put_int(mk, stages, explain_stage_names[s], ps[s]);
	put(mk, o, "stages", stages);
	put(mk, o, "steps", steps_json(mk, run, h));
	put_int(mk, o, "steps_left_out", h->dropped);
	return o;
}

static json_t *slowest_json(struct making *mk, const struct explain_doc *d, unsigned int r)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < d->nr_slowest[r]; i++)
		append(mk, list, history_json(mk, &d->run[r], &d->history[r][i]));
	return list;
}

static json_t *apart_json(struct making *mk, const struct explain_doc *d)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < d->nr_pairs; i++) {
		json_t *o = json_object();

		put(mk, o, "latency_difference_ps", json_integer(d->pair[i].latency_ps));
		put(mk, o, "a", history_json(mk, &d->run[0], &d->history[0][d->nr_slowest[0] + i]));
		put(mk, o, "b", history_json(mk, &d->run[1], &d->history[1][d->nr_slowest[1] + i]));
		append(mk, list, o);
	}
	return list;
}

/* ---- the document -------------------------------------------------------------------- */

static json_t *run_json(struct making *mk, const struct explain_doc *d, unsigned int r)
{
	const struct explain_run *run = &d->run[r];
	json_t *o = json_object();

	put(mk, o, "design", json_string(run->design->name));
	put(mk, o, "fingerprint", json_sprintf("%016" PRIx64, run->result.fingerprint));
	put_int(mk, o, "sim_time_ps", run->result.sim_time.ps);
	put_int(mk, o, "guest_time_ps", run->result.guest_time.ps);
	put_int(mk, o, "last_vcpu", explain_last(run));
	if (d->metrics & EXPLAIN_FINISH) {
		put(mk, o, "vcpus", vcpus_json(mk, run));
		put(mk, o, "phases", phases_json(mk, run));
	}
	put(mk, o, "latencies", latencies_json(mk, run->result.metrics, d->metrics));
	put(mk, o, "counts", counts_json(mk, run->result.metrics));
	put(mk, o, "waits", waits_json(mk, run));
	if (d->metrics & 1u << LAT_DELIVERY)
		put(mk, o, "slowest", slowest_json(mk, d, r));
	return o;
}

/* The second less the first; every object of parts sums to the total beside it. */
static json_t *difference_json(struct making *mk, const struct explain_doc *d)
{
	const struct explain_run *a = &d->run[0], *b = &d->run[1];
	json_t *o = json_object(), *x, *parts;
	uint64_t pa[COMP_NR], pb[COMP_NR], ta, tb;
	unsigned int vcpu;

	vcpu = explain_last(b);
	ta = sums_of(a, vcpu, EXPLAIN_ANY, EXPLAIN_ANY, pa);
	tb = sums_of(b, vcpu, EXPLAIN_ANY, EXPLAIN_ANY, pb);
	x = json_object();
	parts = difference(mk, pa, pb);
	put_int(mk, x, "vcpu", vcpu);
	put(mk, x, "total_ps",
	    json_integer((int64_t)(b->result.sim_time.ps - a->result.sim_time.ps)));
	if (ta != a->result.sim_time.ps)
		put(mk, parts, "until the last is done",
		    json_integer((int64_t)(b->result.sim_time.ps - tb) -
				 (int64_t)(a->result.sim_time.ps - ta)));
	put(mk, x, "components", parts);
	put(mk, o, "finish", x);
	for (unsigned int l = 0; l < LAT_NR; l++) {
		const struct latency_data *la = &a->result.metrics->lat[l];
		const struct latency_data *lb = &b->result.metrics->lat[l];

		if (!(d->metrics & 1u << l))
			continue;
		x = json_object();
		put(mk, x, "total_ps",
		    json_integer((int64_t)(lb->comp_total_ps - la->comp_total_ps)));
		put(mk, x, "components", difference(mk, la->comp_ps, lb->comp_ps));
		put(mk, o, latency_names[l], x);
	}
	return o;
}

int explain_json(FILE *f, const struct explain_doc *d, struct err *err)
{
	const struct replay_result *first = &d->run[0].result;
	struct making mk = { false };
	json_t *doc = json_object(), *runs = json_array();

	put(&mk, doc, "schema", json_string(EXPLAIN_SCHEMA));
	put(&mk, doc, "trace", json_string(d->trace));
	put(&mk, doc, "trace_digest", json_sprintf("%016" PRIx64, first->trace_digest));
	put_int(&mk, doc, "records", first->nr_records);
	put(&mk, doc, "truncated", json_boolean(d->truncated));
	put(&mk, doc, "host", json_string(d->o->host->name));
	put(&mk, doc, "host_digest", json_sprintf("%016" PRIx64, d->o->host->digest));
	put(&mk, doc, "lock", json_string(lock_algo_names[d->o->lock]));
	put(&mk, doc, "seed", json_integer((json_int_t)d->o->seed));
	put(&mk, doc, "explore", json_integer((json_int_t)d->o->explore));
	for (unsigned int r = 0; r < d->nr_runs; r++)
		append(&mk, runs, run_json(&mk, d, r));
	put(&mk, doc, "runs", runs);
	if (d->nr_runs == 2) {
		put(&mk, doc, "difference", difference_json(&mk, d));
		if (d->metrics & 1u << LAT_DELIVERY)
			put(&mk, doc, "apart", apart_json(&mk, d));
	}
	if (!mk.failed && json_dumpf(doc, f, JSON_INDENT(1)) == 0)
		fputc('\n', f);
	else if (!ferror(f))
		mk.failed = true;
	json_decref(doc);
	return mk.failed ? err_set(err, ERR_NOMEM, "out of memory for the document") : 0;
}
