/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the result document. Members are made in a fixed order and keep
 * it; numbers are integers; nothing in it depends on when, where or in which
 * directory the run was made.
 */
#include "result-make.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "design-load.h"
#include "columns.h"
#include "result.h"

#define MAX_WAITED    4096 /* pairs shown a lock class */
#define MAX_INSTANCES 10

const char *const cost_tag_names[] = { "published", "derived", "assumed", "user" };

/* A run of makers, of which each may fail: the first failure is kept. */
struct maker {
	bool failed;
};

static void put(struct maker *mk, json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value))
		mk->failed = true;
}

static void add(struct maker *mk, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		mk->failed = true;
}

static json_t *integer(uint64_t v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static void put_int(struct maker *mk, json_t *o, const char *key, uint64_t v)
{
	put(mk, o, key, integer(v));
}

static void put_str(struct maker *mk, json_t *o, const char *key, const char *s)
{
	json_t *j = json_string(s);

	/* Names in a recording are bytes; JSON wants them to be UTF-8. */
	if (!j) {
		char *ascii = strdup(s);

		for (char *p = ascii; p && *p; p++)
			if ((unsigned char)*p >= 0x80)
				*p = '?';
		j = ascii ? json_string(ascii) : NULL;
		free(ascii);
	}
	put(mk, o, key, j);
}

static void put_hex(struct maker *mk, json_t *o, const char *key, uint64_t v)
{
	char buf[20];

	snprintf(buf, sizeof(buf), "%016" PRIx64, v);
	put_str(mk, o, key, buf);
}

static json_t *host_json(struct maker *mk, const struct host *host)
{
	json_t *j = json_object(), *costs = json_array();

	put_str(mk, j, "name", host->name);
	put_str(mk, j, "summary", host->summary);
	put_hex(mk, j, "digest", host->digest);
	for (unsigned int k = 0; k < HK_NR; k++) {
		const struct cost *c = &host->c[k];
		bool time = host_keys[k].kind == HKK_TIME;
		json_t *one = json_object();

		put_str(mk, one, "key", host_keys[k].key);
		put_int(mk, one, "value", time ? c->time.ps : c->count);
		put_str(mk, one, "unit", time ? "ps" : "");
		put_str(mk, one, "tag", cost_tag_names[c->tag]);
		put_str(mk, one, "source", c->source);
		put_str(mk, one, "help", host_keys[k].help);
		add(mk, costs, one);
	}
	put(mk, j, "costs", costs);
	return j;
}

static json_t *config_json(struct maker *mk, const struct replay_options *o)
{
	json_t *j = json_object();
	char speed[32];

	put_str(mk, j, "lock", lock_algo_names[o->lock]);
	put_int(mk, j, "lrs", o->nr_lrs ? o->nr_lrs : o->host->c[HK_NR_LRS].count);
	put_str(mk, j, "host_work", host_work_names[o->host_work]);
	put_str(mk, j, "inject", inject_mode_names[o->inject]);
	put_str(mk, j, "guest", guest_mode_names[o->guest]);
	put_int(mk, j, "service_sgi_ps", o->service_sgi.ps);
	put_int(mk, j, "service_ppi_ps", o->service_ppi.ps);
	put_int(mk, j, "service_spi_ps", o->service_spi.ps);
	/* The options hold what guest time is multiplied by: the inverse. */
	snprintf(speed, sizeof(speed), "%" PRIu32 "/%" PRIu32, o->guest_speed_den,
		 o->guest_speed_num);
	put_str(mk, j, "guest_speed", speed);
	put_int(mk, j, "wfi_grace_ps", o->wfi_grace.ps);
	put_int(mk, j, "recorded_share_ps", o->recorded_share.ps);
	put_int(mk, j, "window", o->window);
	put_int(mk, j, "seed", o->seed);
	put_int(mk, j, "explore", o->explore);
	put(mk, j, "reference", json_boolean(o->reference));
	return j;
}

json_t *result_create(const char *path, const struct trace_meta *meta, const struct host *host,
		      const struct replay_options *o)
{
	const char *slash = strrchr(path, '/');
	struct maker mk = { 0 };
	json_t *doc = json_object(), *trace = json_object();

	put_str(&mk, doc, "schema", RESULT_SCHEMA);
	put_str(&mk, doc, "version", VGICSIM_VERSION);
	put_str(&mk, trace, "path", slash ? slash + 1 : path);
	put_hex(&mk, trace, "digest", 0);
	put_int(&mk, trace, "records", 0);
	put(&mk, trace, "truncated", json_false());
	put_int(&mk, trace, "gic", meta->gic);
	put_int(&mk, trace, "vcpus", meta->nr_vcpus);
	put_int(&mk, trace, "pcpus", meta->nr_pcpus);
	put_int(&mk, trace, "spis", meta->nr_spis);
	put_int(&mk, trace, "span_ns", 0);
	put_int(&mk, trace, "resolution_ps", meta->resolution_ps);
	put_str(&mk, trace, "source", meta->source);
	put(&mk, doc, "trace", trace);
	put(&mk, doc, "host", host_json(&mk, host));
	put(&mk, doc, "config", config_json(&mk, o));
	put(&mk, doc, "runs", json_array());
	if (!mk.failed)
		return doc;
	json_decref(doc);
	return NULL;
}

static void put_stats(struct maker *mk, json_t *j, const struct hist *h, const char *unit)
{
	char key[16];

	for (enum hist_column c = 0; c < HC_NR; c++) {
		snprintf(key, sizeof(key), "%s%s", hist_columns[c].name,
			 hist_columns[c].is_value ? unit : "");
		put_int(mk, j, key, hist_column(h, c));
	}
}

static json_t *buckets(struct maker *mk, const struct hist *h)
{
	uint64_t low, high, count;
	json_t *a = json_array();
	unsigned int it = 0;

	while (hist_next(h, &it, &low, &high, &count)) {
		json_t *b = json_array();

		add(mk, b, integer(low));
		add(mk, b, integer(high));
		add(mk, b, integer(count));
		add(mk, a, b);
	}
	return a;
}

static json_t *hist_json(struct maker *mk, const struct hist *h, const char *unit)
{
	json_t *j = json_object();

	put_stats(mk, j, h, unit);
	put(mk, j, "hist", buckets(mk, h));
	return j;
}

static json_t *by_vcpu_json(struct maker *mk, const struct latency_data *d, unsigned int nr)
{
	json_t *a = json_array();

	for (unsigned int v = 0; v < nr; v++) {
		const struct hist *h = &d->vcpu[v];
		json_t *j;

		if (!h->count)
			continue;
		j = json_object();
		put_int(mk, j, "vcpu", v);
		put_int(mk, j, "count", h->count);
		put_int(mk, j, "mean_ps", hist_mean(h));
		put_int(mk, j, "p50_ps", hist_quantile(h, 1, 2));
		put_int(mk, j, "p99_ps", hist_quantile(h, 99, 100));
		put_int(mk, j, "max_ps", h->max);
		add(mk, a, j);
	}
	return a;
}

static json_t *latency_json(struct maker *mk, const struct metrics *m, enum latency which)
{
	const struct latency_data *d = &m->lat[which];
	json_t *j = json_object(), *comp = json_object(), *by = json_object();

	put_stats(mk, j, &d->all, "_ps");
	put_int(mk, j, "split_count", d->comp_count);
	put_int(mk, j, "split_total_ps", d->comp_total_ps);
	for (unsigned int c = 0; d->comp_count && c < m->nr_components; c++)
		put_int(mk, comp, m->component[c], d->comp_ps[c]);
	put(mk, j, "components", comp);
	put(mk, j, "hist", buckets(mk, &d->all));
	for (unsigned int r = 0; r < XK_NR; r++)
		if (d->reason[r].count)
			put(mk, by, exit_kind_names[r], hist_json(mk, &d->reason[r], "_ps"));
	put(mk, j, "by_reason", by);
	put(mk, j, "by_vcpu", by_vcpu_json(mk, d, m->nr_vcpus));
	return j;
}

/* The twelve columns of /proc/lock_stat, by its names; times in ps. */
static json_t *lock_stat_json(struct maker *mk, const struct lock_data *d)
{
	json_t *j = json_object();

	for (enum lock_column c = 0; c < LC_NR; c++)
		put_int(mk, j, lock_columns[c].name, lock_column(d, c));
	return j;
}

static int cmp_site(const void *a, const void *b)
{
	const struct metrics_use *x = a, *y = b;
	int c;

	if (x->wait_ps != y->wait_ps)
		return x->wait_ps < y->wait_ps ? 1 : -1;
	if (x->acquisitions != y->acquisitions)
		return x->acquisitions < y->acquisitions ? 1 : -1;
	c = strcmp(x->func, y->func);
	return c ? c : x->line - y->line;
}

static json_t *sites_json(struct maker *mk, const struct lock_data *d)
{
	struct metrics_use *s = calloc(d->nr_sites ? d->nr_sites : 1, sizeof(*s));
	json_t *a = json_array();

	if (!s) {
		mk->failed = true;
		return a;
	}
	memcpy(s, d->site, d->nr_sites * sizeof(*s));
	qsort(s, d->nr_sites, sizeof(*s), cmp_site);
	for (unsigned int i = 0; i < d->nr_sites; i++) {
		json_t *j = json_object();

		put_str(mk, j, "func", s[i].func);
		put_int(mk, j, "line", (uint64_t)s[i].line);
		put_int(mk, j, "acquisitions", s[i].acquisitions);
		put_int(mk, j, "contentions", s[i].contentions);
		put_int(mk, j, "wait_ps", s[i].wait_ps);
		add(mk, a, j);
	}
	free(s);
	return a;
}

static json_t *instances_json(struct maker *mk, const struct lock_data *d)
{
	struct map64_entry *e = map64_sorted(&d->instance, true);
	json_t *a = json_array();

	if (!e && d->instance.nr)
		mk->failed = true;
	for (unsigned int i = 0; e && i < d->instance.nr && i < MAX_INSTANCES; i++) {
		json_t *j = json_object();

		put_int(mk, j, "instance", e[i].key);
		put_int(mk, j, "contentions", e[i].count);
		put_int(mk, j, "wait_ps", e[i].sum);
		add(mk, a, j);
	}
	free(e);
	return a;
}

static int cmp_key(const void *a, const void *b)
{
	const struct map64_entry *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* [waiter, holder, count, wait_ps] of the pairs that waited most, by actor. */
static json_t *waited_json(struct maker *mk, const struct lock_data *d)
{
	struct map64_entry *e = map64_sorted(&d->waited, true);
	unsigned int nr = d->waited.nr < MAX_WAITED ? d->waited.nr : MAX_WAITED;
	json_t *a = json_array();

	if (!e && d->waited.nr)
		mk->failed = true;
	if (e)
		qsort(e, nr, sizeof(*e), cmp_key);
	for (unsigned int i = 0; e && i < nr; i++) {
		json_t *row = json_array();

		add(mk, row, integer(e[i].key >> 32));
		add(mk, row, integer(e[i].key & UINT32_MAX));
		add(mk, row, integer(e[i].count));
		add(mk, row, integer(e[i].sum));
		add(mk, a, row);
	}
	free(e);
	return a;
}

static json_t *lock_json(struct maker *mk, const struct lock_data *d)
{
	json_t *j = json_object(), *distance = json_object();

	put_str(mk, j, "class", d->class);
	put(mk, j, "lock_stat", lock_stat_json(mk, d));
	put(mk, j, "wait", hist_json(mk, &d->wait, "_ps"));
	put(mk, j, "hold", hist_json(mk, &d->hold, "_ps"));
	for (unsigned int i = 0; i < METRICS_DISTANCES; i++)
		put_int(mk, distance, metrics_distance_names[i], d->distance[i]);
	put(mk, j, "distance", distance);
	put(mk, j, "sites", sites_json(mk, d));
	put(mk, j, "instances", instances_json(mk, d));
	put(mk, j, "waited_for", waited_json(mk, d));
	put_int(mk, j, "waited_for_left_out",
		d->waited.nr > MAX_WAITED ? d->waited.nr - MAX_WAITED : 0);
	return j;
}

static json_t *locks_json(struct maker *mk, const struct metrics *m)
{
	const struct lock_data *d = metrics_lock_after(m, "");
	json_t *a = json_array();

	for (; d; d = metrics_lock_after(m, d->class))
		add(mk, a, lock_json(mk, d));
	return a;
}

static json_t *exits_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_object(), *by_vcpu = json_array();
	uint64_t total = 0;

	for (unsigned int k = 0; k < XK_NR; k++)
		total += m->exits[k];
	put_int(mk, j, "total", total);
	for (unsigned int k = 0; k < XK_NR; k++)
		put_int(mk, j, exit_kind_names[k], m->exits[k]);
	for (unsigned int v = 0; v < m->nr_vcpus; v++) {
		json_t *row = json_array();

		for (unsigned int k = 0; k < XK_NR; k++)
			add(mk, row, integer(m->vcpu_exits[(size_t)v * XK_NR + k]));
		add(mk, by_vcpu, row);
	}
	put(mk, j, "by_vcpu", by_vcpu);
	return j;
}

static json_t *counts_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < MC_NR; i++)
		put_int(mk, j, metric_counters[i].name, m->counter[i]);
	return j;
}

static json_t *kicks_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < KICK_NR; i++)
		put_int(mk, j, kick_kind_names[i], m->kicks[i]);
	return j;
}

static json_t *occupancy_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_array();

	for (unsigned int i = 0; i <= m->nr_lrs; i++)
		add(mk, j, integer(m->occupancy[i]));
	return j;
}

/* A row a vCPU, each only as long as that vCPU used list registers. */
static json_t *vcpu_occupancy_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_array(), *row;

	for (unsigned int v = 0; v < m->nr_vcpus; v++) {
		const uint64_t *of = &m->vcpu_occupancy[(size_t)v * (m->nr_lrs + 1)];
		unsigned int nr = m->nr_lrs + 1;

		while (nr && !of[nr - 1])
			nr--;
		row = json_array();
		for (unsigned int i = 0; i < nr; i++)
			add(mk, row, integer(of[i]));
		add(mk, j, row);
	}
	return j;
}

static json_t *deviations_json(struct maker *mk, const struct metrics *m)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < m->nr_deviations; i++)
		put_int(mk, j, m->deviation[i].what, m->deviation[i].count);
	return j;
}

static json_t *memory_json(struct maker *mk, const struct replay_result *r)
{
	json_t *j = json_object();

	for (enum replay_memory m = 0; m < RM_NR; m++)
		put_int(mk, j, replay_memory_names[m], replay_memory(r, m));
	return j;
}

static json_t *notes_json(struct maker *mk, const struct replay_result *r)
{
	json_t *a = json_array();

	for (unsigned int i = 0; i < r->nr_notes; i++) {
		json_t *j = json_object();

		put_str(mk, j, "what", r->note[i].what);
		put_int(mk, j, "count", r->note[i].count);
		add(mk, a, j);
	}
	return a;
}

static json_t *fidelity_json(struct maker *mk, const struct replay_result *r)
{
	json_t *a = json_array();

	for (unsigned int i = 0; i < r->nr_fidelity; i++) {
		json_t *j = json_object();

		put_str(mk, j, "what", r->fidelity[i].what);
		put_str(mk, j, "how", r->fidelity[i].how);
		put_str(mk, j, "note", r->fidelity[i].note);
		add(mk, a, j);
	}
	return a;
}

static json_t *engine_json(struct maker *mk, const struct replay_result *r)
{
	json_t *j = json_object();

	put_int(mk, j, "touches", r->stats.touches);
	put_int(mk, j, "line_transfers", r->stats.line_transfers);
	put_int(mk, j, "locks", r->stats.locks);
	put_int(mk, j, "insns", r->stats.insns);
	return j;
}

static json_t *drift_json(struct maker *mk, const struct replay_result *r)
{
	json_t *j = json_object();

	put(mk, j, "min_ps", json_integer(r->drift_min_ps));
	put(mk, j, "mean_ps", json_integer(r->drift_mean_ps));
	put(mk, j, "max_ps", json_integer(r->drift_max_ps));
	return j;
}

/* The history's lines, without the indent that they have for a terminal. */
static json_t *lines_json(struct maker *mk, const char *text)
{
	json_t *a = json_array();

	while (text && *text) {
		size_t n = strcspn(text, "\n"), skip = strspn(text, " ");

		add(mk, a, json_stringn(text + skip, n - skip));
		text += n + (text[n] == '\n');
	}
	return a;
}

static json_t *check_json(struct maker *mk, const struct oracle_report *r)
{
	json_t *j = json_object(), *declared = json_array(), *shown = json_array(), *when, *e;

	put_int(mk, j, "deliveries", r->deliveries);
	put_int(mk, j, "entries", r->entries);
	put_int(mk, j, "violations", r->violations);
	for (unsigned int i = 0; i < r->nr_declared; i++) {
		e = json_object();
		put_str(mk, e, "finding", oracle_finding_name(r->declared[i].d->found));
		put_str(mk, e, "deviation", r->declared[i].d->what);
		put_int(mk, e, "count", r->declared[i].count);
		put_int(mk, e, "t_ps", r->declared[i].t_ps);
		put_int(mk, e, "vcpu", r->declared[i].vcpu);
		put_int(mk, e, "intid", r->declared[i].irq);
		add(mk, declared, e);
	}
	for (unsigned int i = 0; i < r->nr_shown; i++) {
		const struct oracle_violation *x = &r->shown[i];

		e = json_object();
		put_str(mk, e, "finding", oracle_finding_name(x->found));
		put_int(mk, e, "t_ps", x->t_ps);
		put_int(mk, e, "vcpu", x->vcpu);
		put_int(mk, e, "intid", x->irq);
		put_str(mk, e, "text", x->text);
		when = json_array();
		for (unsigned int bit = 0; bit < VGIC_NR_CIRCUMSTANCES; bit++)
			if (x->when >> bit & 1)
				add(mk, when, json_string(oracle_circumstance_name(bit)));
		put(mk, e, "circumstances", when);
		put(mk, e, "log", lines_json(mk, x->log));
		add(mk, shown, e);
	}
	put(mk, j, "declared", declared);
	put(mk, j, "shown", shown);
	return j;
}

json_t *result_plugin(const struct vgic_design *design)
{
	const struct design_origin *from = design_origin(design);
	char digest[20];

	if (!from)
		return NULL;
	snprintf(digest, sizeof(digest), "%016" PRIx64, from->digest);
	return json_pack("{s:s,s:s,s:s}", "file", from->file, "xxh3", digest, "built_with",
			 from->version);
}

static json_t *run_json(struct maker *mk, const struct replay_result *r, bool truncated)
{
	const struct metrics *m = r->metrics;
	json_t *j = json_object(), *lat = json_object();

	put_str(mk, j, "design", r->design->name);
	put_str(mk, j, "source", r->design->source);
	put_str(mk, j, "kernel", r->design->kernel);
	if (design_origin(r->design))
		put(mk, j, "plugin", result_plugin(r->design));
	put_hex(mk, j, "fingerprint", r->fingerprint);
	put(mk, j, "truncated", json_boolean(truncated));
	put_int(mk, j, "sim_time_ps", r->sim_time.ps);
	put_int(mk, j, "guest_time_ps", r->guest_time.ps);
	put_int(mk, j, "vcpus", r->nr_vcpus);
	put_int(mk, j, "threads", r->nr_threads);
	put_int(mk, j, "lrs", r->nr_lrs);
	for (unsigned int l = 0; l < LAT_NR; l++)
		put(mk, lat, latency_names[l], latency_json(mk, m, l));
	put(mk, j, "latency", lat);
	put(mk, j, "locks", locks_json(mk, m));
	put(mk, j, "exits", exits_json(mk, m));
	put(mk, j, "kicks", kicks_json(mk, m));
	put(mk, j, "counters", counts_json(mk, m));
	put(mk, j, "occupancy", occupancy_json(mk, m));
	put(mk, j, "occupancy_by_vcpu", vcpu_occupancy_json(mk, m));
	put(mk, j, "list_length", hist_json(mk, &m->list_length, ""));
	put(mk, j, "memory", memory_json(mk, r));
	put(mk, j, "drift", drift_json(mk, r));
	put(mk, j, "deviations", deviations_json(mk, m));
	if (r->oracle)
		put(mk, j, "check", check_json(mk, oracle_report(r->oracle)));
	put(mk, j, "inferred", notes_json(mk, r));
	put(mk, j, "fidelity", fidelity_json(mk, r));
	put(mk, j, "engine", engine_json(mk, r));
	return j;
}

int result_add_run(json_t *doc, const struct replay_result *r, bool truncated, struct err *err)
{
	json_t *trace = json_object_get(doc, "trace");
	const char *bad = metrics_split_error(r->metrics);
	struct maker mk = { 0 };

	if (bad)
		return err_set(err, ERR_INVARIANT,
			       "%s: components of %s latency: want their sum to be the total, "
			       "have a difference (fingerprint %016" PRIx64 ")",
			       r->design->name, bad, r->fingerprint);
	if (r->metrics->out_of_memory)
		return err_set(err, ERR_NOMEM, "%s: out of memory: measurements are incomplete",
			       r->design->name);
	add(&mk, json_object_get(doc, "runs"), run_json(&mk, r, truncated));
	put_hex(&mk, trace, "digest", r->trace_digest);
	put_int(&mk, trace, "records", r->nr_records);
	put(&mk, trace, "truncated", json_boolean(truncated));
	put_int(&mk, trace, "span_ns", r->recorded_span.ps / 1000);
	if (mk.failed)
		return err_set(err, ERR_NOMEM, "out of memory for the result");
	return 0;
}
