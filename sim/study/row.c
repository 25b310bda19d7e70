// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures of a run. One walk over the result names each with its value; rows,
 * single metrics and the help are what different visitors make of it.
 */
#include "row.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "deliveries.h"
#include "gic.h"

/* ---- the walk ------------------------------------------------------------ */

struct walk {
	/* False: enough. @help is NULL where a row says nothing more than the name. */
	bool (*fn)(void *priv, const char *name, int64_t value, const char *help);
	void *priv;
	bool done;
};

__attribute__((format(printf, 4, 5))) static void tell(struct walk *w, int64_t value,
						       const char *help, const char *fmt, ...)
{
	char name[ROW_MAX_NAME];
	va_list ap;

	if (w->done)
		return;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	w->done = !w->fn(w->priv, name, value, help);
}

static int64_t clamp(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

/* "dist->lock" as "dist_lock". */
static const char *plain(char *buf, size_t len, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < len; s++) {
		bool arrow = s[0] == '-' && s[1] == '>';
		bool keep = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			    (*s >= '0' && *s <= '9') || *s == '_' || *s == '-';

		buf[n++] = keep && !arrow ? *s : '_';
		s += arrow;
	}
	buf[n] = '\0';
	return buf;
}

/* An empty histogram has a count, and nothing to say besides. */
static void walk_hist(struct walk *w, const struct hist *h, const char *prefix, const char *unit)
{
	for (enum hist_column c = 0; c < HC_NR; c++)
		if (c == HC_COUNT || h->count)
			tell(w, clamp(hist_column(h, c)), hist_columns[c].help, "%s_%s%s", prefix,
			     hist_columns[c].name, hist_columns[c].is_value ? unit : "");
}

static void walk_latency(struct walk *w, const struct metrics *m, enum latency l)
{
	const struct latency_data *d = &m->lat[l];
	char comp[64];

	walk_hist(w, &d->all, latency_names[l], "_ps");
	if (!d->comp_count)
		return;
	tell(w, clamp(d->comp_count), "of those, how many are split into components",
	     "%s_split_count", latency_names[l]);
	tell(w, clamp(d->comp_total_ps), "the sum of those", "%s_split_total_ps", latency_names[l]);
	for (unsigned int c = 0; c < m->nr_components; c++)
		tell(w, clamp(d->comp_ps[c]), "the part of that sum", "%s.%s_ps", latency_names[l],
		     plain(comp, sizeof(comp), m->component[c]));
}

static void walk_lock(struct walk *w, const struct lock_data *d)
{
	char class[64];

	plain(class, sizeof(class), d->class);
	for (enum lock_column c = 0; c < LC_NR; c++)
		tell(w, clamp(lock_column(d, c)), lock_columns[c].help, "lock.%s.%s%s", class,
		     lock_columns[c].name, lock_columns[c].is_value ? "_ps" : "");
}

static void walk_locks(struct walk *w, const struct metrics *m)
{
	const struct lock_data *d = metrics_lock_after(m, "");

	tell(w, clamp(metrics_lock_wait(m)), "time waited for locks of all classes",
	     "lock_wait_ps");
	for (; d; d = metrics_lock_after(m, d->class))
		walk_lock(w, d);
}

static void walk_counts(struct walk *w, const struct metrics *m)
{
	uint64_t total = 0;

	for (unsigned int k = 0; k < XK_NR; k++)
		total += m->exits[k];
	tell(w, clamp(total), "guest exits", "exits_total");
	for (unsigned int k = 0; k < XK_NR; k++)
		tell(w, clamp(m->exits[k]), "guest exits of that kind", "exits.%s",
		     exit_kind_names[k]);
	for (unsigned int k = 0; k < KICK_NR; k++)
		tell(w, clamp(m->kicks[k]), "kicks that had that effect", "kicks.%s",
		     kick_kind_names[k]);
	for (unsigned int i = 0; i < MC_NR; i++)
		tell(w, clamp(m->counter[i]), metric_counters[i].help, "counter.%s",
		     metric_counters[i].name);
}

static void walk_occupancy(struct walk *w, const struct metrics *m)
{
	unsigned __int128 sum = 0, entries = 0;

	for (unsigned int i = 0; i <= m->nr_lrs; i++) {
		sum += (unsigned __int128)m->occupancy[i] * i;
		entries += m->occupancy[i];
	}
	if (entries)
		tell(w, clamp((uint64_t)((sum * 1000 + entries / 2) / entries)),
		     "list registers in use at an entry, mean, in thousandths",
		     "lrs_used_mean_milli");
	walk_hist(w, &m->list_length, "list_length", "");
}

static void walk_deviations(struct walk *w, const struct metrics *m)
{
	char what[96];

	for (unsigned int i = 0; i < m->nr_deviations; i++)
		tell(w, clamp(m->deviation[i].count), "a misbehaviour of the modelled code",
		     "deviation.%s", plain(what, sizeof(what), m->deviation[i].what));
}

static void walk_machine(struct walk *w, const struct replay_result *r)
{
	for (enum replay_memory k = 0; k < RM_NR; k++)
		tell(w, clamp(replay_memory(r, k)), "the design's own memory", "memory.%s",
		     replay_memory_names[k]);
	tell(w, r->drift_min_ps, "least delay of an injection against the recording",
	     "drift.min_ps");
	tell(w, r->drift_mean_ps, "its mean", "drift.mean_ps");
	tell(w, r->drift_max_ps, "its maximum", "drift.max_ps");
	tell(w, clamp(r->stats.touches), "accesses to memory by the design", "engine.touches");
	tell(w, clamp(r->stats.line_transfers), "of those, from another CPU's cache",
	     "engine.line_transfers");
	tell(w, clamp(r->stats.locks), "locks taken", "engine.locks");
	tell(w, clamp(r->stats.insns), "instructions of the design", "engine.insns");
	if (r->oracle)
		tell(w, clamp(oracle_report(r->oracle)->violations),
		     "deliveries that the architecture forbids", "check.violations");
}

static const struct {
	const char *name, *help;
} of_irq[] = {
	{ "delivered", "deliveries of that SPI (only with deliveries)" },
	{ "latency_total_ps", "the sum of their latencies" },
	{ "latency_max_ps", "the greatest" },
};
#define NR_OF_IRQ (sizeof(of_irq) / sizeof(of_irq[0]))

/* By INTID, of SPIs: what others are differs from vCPU to vCPU. */
static void walk_deliveries(struct walk *w, const struct replay_result *r)
{
	uint64_t sum[GIC_LAST_SPI + 1][NR_OF_IRQ] = { 0 }, nr = 0;
	const struct occurrence *o = NULL;

	if (r->deliveries)
		o = deliveries_list(r->deliveries, &nr);
	for (; nr; nr--, o++) {
		uint64_t ps = o->acked_ps - o->sent_ps;
		uint32_t irq = o->id.irq;

		if (o->fate != FATE_DELIVERED || irq < GIC_FIRST_SPI || irq > GIC_LAST_SPI)
			continue;
		sum[irq][0]++;
		sum[irq][1] += ps;
		sum[irq][2] = ps > sum[irq][2] ? ps : sum[irq][2];
	}
	for (uint32_t irq = GIC_FIRST_SPI; irq <= GIC_LAST_SPI; irq++)
		for (unsigned int k = 0; sum[irq][0] && k < NR_OF_IRQ; k++)
			tell(w, clamp(sum[irq][k]), of_irq[k].help, "irq.%u.%s", irq,
			     of_irq[k].name);
}

static void walk(const struct replay_result *r, struct walk *w)
{
	const struct metrics *m = r->metrics;

	tell(w, clamp(r->sim_time.ps), "simulated time to finish the guest's work", "sim_time_ps");
	tell(w, clamp(r->guest_time.ps), "time in the guest, summed over the vCPUs",
	     "guest_time_ps");
	tell(w, clamp(r->recorded_span.ps), "what the recording spans", "recorded_span_ps");
	for (enum latency l = 0; l < LAT_NR; l++)
		walk_latency(w, m, l);
	walk_locks(w, m);
	walk_counts(w, m);
	walk_occupancy(w, m);
	walk_machine(w, r);
	walk_deviations(w, m);
	walk_deliveries(w, r);
}

/* ---- rows ---------------------------------------------------------------- */

struct gather {
	struct row *row;
	unsigned int room;
	bool failed;
};

static bool gather(void *priv, const char *name, int64_t value, const char *help)
{
	struct gather *g = priv;
	struct row *row = g->row;
	struct figure *more;
	char *copy;

	if (row->nr == g->room) {
		g->room = g->room ? 2 * g->room : 256;
		more = reallocarray(row->fig, g->room, sizeof(*more));
		if (!more)
			return !(g->failed = true);
		row->fig = more;
	}
	copy = strdup(name);
	if (!copy)
		return !(g->failed = true);
	row->fig[row->nr++] = (struct figure){ .name = copy, .value = value };
	return true;
}

static bool keep_hist(struct row_hist *to, const struct hist *h)
{
	uint64_t low, high, count;
	unsigned int it = 0;

	while (hist_next(h, &it, &low, &high, &count))
		to->nr++;
	to->bucket = calloc(to->nr ? to->nr : 1, sizeof(*to->bucket));
	if (!to->bucket)
		return false;
	to->nr = 0;
	for (it = 0; hist_next(h, &it, &low, &high, &count); to->nr++) {
		to->bucket[to->nr].low = low;
		to->bucket[to->nr].high = high;
		to->bucket[to->nr].count = count;
	}
	return true;
}

static bool keep_hists(struct row *row, const struct metrics *m, unsigned int nr_lrs)
{
	row->has_hists = true;
	for (enum latency l = 0; l < LAT_NR; l++)
		if (!keep_hist(&row->hist[l], &m->lat[l].all))
			return false;
	row->nr_occupancy = (nr_lrs < m->nr_lrs ? nr_lrs : m->nr_lrs) + 1;
	row->occupancy = calloc(row->nr_occupancy, sizeof(*row->occupancy));
	if (!row->occupancy)
		return false;
	memcpy(row->occupancy, m->occupancy, row->nr_occupancy * sizeof(*row->occupancy));
	return true;
}

int row_of(struct row *row, const struct replay_result *r, const struct row_options *o,
	   struct err *err)
{
	const char *bad = metrics_split_error(r->metrics);
	struct gather g = { .row = row };
	struct walk w = { .fn = gather, .priv = &g };

	memset(row, 0, sizeof(*row));
	if (bad)
		return err_set(err, ERR_INVARIANT,
			       "components of %s latency: want their sum to be the total, have a "
			       "difference (fingerprint %016" PRIx64 ")",
			       bad, r->fingerprint);
	row->trace_digest = r->trace_digest;
	row->nr_records = r->nr_records;
	row->fingerprint = r->fingerprint;
	row->nr_vcpus = r->nr_vcpus;
	row->nr_lrs = r->nr_lrs;
	row->nr_threads = r->nr_threads;
	for (unsigned int i = 0; i < r->nr_notes; i++)
		row->inferred += r->note[i].count;
	walk(r, &w);
	if (r->metrics->out_of_memory || g.failed ||
	    (o->keep_hists && !keep_hists(row, r->metrics, r->nr_lrs)))
		return err_set(err, ERR_NOMEM, "out of memory: measurements are incomplete");
	return 0;
}

int row_failed(struct row *row, const struct err *why, struct err *err)
{
	memset(row, 0, sizeof(*row));
	row->status = why->code;
	row->error = strdup(why->msg);
	return row->error ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

void row_fini(struct row *row)
{
	for (unsigned int i = 0; i < row->nr; i++)
		free(row->fig[i].name);
	for (enum latency l = 0; l < LAT_NR; l++)
		free(row->hist[l].bucket);
	free(row->fig);
	free(row->occupancy);
	free(row->error);
	memset(row, 0, sizeof(*row));
}

bool row_get(const struct row *row, const char *name, int64_t *value)
{
	for (unsigned int i = 0; i < row->nr; i++)
		if (!strcmp(row->fig[i].name, name)) {
			*value = row->fig[i].value;
			return true;
		}
	return false;
}

/* ---- one figure ---------------------------------------------------------- */

struct seek {
	const char *name;
	int64_t value;
	bool found;
};

static bool seek(void *priv, const char *name, int64_t value, const char *help)
{
	struct seek *s = priv;

	if (strcmp(name, s->name))
		return true;
	s->value = value;
	s->found = true;
	return false;
}

bool figure_of(const struct replay_result *r, const char *name, int64_t *value)
{
	struct seek s = { .name = name };
	struct walk w = { .fn = seek, .priv = &s };

	walk(r, &w);
	if (s.found)
		*value = s.value;
	return s.found;
}

const char *figure_unit(const char *name)
{
	size_t n = strlen(name);

	if (n > 3 && !strcmp(name + n - 3, "_ps"))
		return "ps";
	if (n > 6 && !strcmp(name + n - 6, "_bytes"))
		return "bytes";
	return "";
}

/* ---- names --------------------------------------------------------------- */

/*
 * The walk over a result that has one of everything: what it names is what any can.
 * Not recorded but made, so that all histograms count one.
 */
static void walk_all(struct walk *w)
{
	struct metrics *m = metrics_create(1, 1, GIC_MAX_LRS, component_names, COMP_NR);
	struct lock_data lock = { .class = "<CLASS>" };
	struct deviation_data deviation = { .what = "<WHAT>" };
	struct replay_result r = { .metrics = m, .nr_vcpus = 1 };
	struct deviation_data *own_deviation;
	struct lock_data *own_lock;

	if (!m)
		return;
	own_lock = m->lock;
	own_deviation = m->deviation;
	for (enum latency l = 0; l < LAT_NR; l++) {
		m->lat[l].all.count = 1;
		m->lat[l].comp_count = 1;
	}
	m->list_length.count = 1;
	m->occupancy[0] = 1;
	m->lock = &lock;
	m->nr_locks = 1;
	m->deviation = &deviation;
	m->nr_deviations = 1;
	walk(&r, w);
	m->lock = own_lock;
	m->nr_locks = 0;
	m->deviation = own_deviation;
	m->nr_deviations = 0;
	metrics_destroy(m);
}

/* The stand-ins became "_CLASS_" and "_WHAT_", as any other name would. */
static void shown_name(char *buf, size_t len, const char *name)
{
	static const char *const stand_in[] = { "_CLASS_", "_WHAT_" };

	snprintf(buf, len, "%s", name);
	for (unsigned int i = 0; i < 2; i++) {
		char *p = strstr(buf, stand_in[i]);

		if (p) {
			p[0] = '<';
			p[strlen(stand_in[i]) - 1] = '>';
		}
	}
}

struct helper {
	void (*fn)(void *priv, const char *name, const char *help);
	void *priv;
};

static bool help_one(void *priv, const char *name, int64_t value, const char *help)
{
	char shown[ROW_MAX_NAME];
	struct helper *h = priv;

	shown_name(shown, sizeof(shown), name);
	h->fn(h->priv, shown, help);
	return true;
}

void row_help(void (*fn)(void *priv, const char *name, const char *help), void *priv)
{
	struct helper h = { .fn = fn, .priv = priv };
	struct walk w = { .fn = help_one, .priv = &h };

	walk_all(&w);
	fn(priv, "check.violations", "deliveries that the architecture forbids (only with check)");
	for (unsigned int k = 0; k < NR_OF_IRQ; k++) {
		char name[ROW_MAX_NAME];

		snprintf(name, sizeof(name), "irq.<INTID>.%s", of_irq[k].name);
		fn(priv, name, of_irq[k].help);
	}
}

/* Does @name fit what was named, of which "_CLASS_" or "_WHAT_" stands for any? */
static bool fits(const char *pattern, const char *name)
{
	const char *any = strstr(pattern, "_CLASS_");
	const char *rest;
	size_t n;

	if (!any && (any = strstr(pattern, "_WHAT_")))
		rest = any + strlen("_WHAT_");
	else
		rest = any ? any + strlen("_CLASS_") : NULL;
	if (!any)
		return !strcmp(pattern, name);
	n = (size_t)(any - pattern);
	return !strncmp(pattern, name, n) && strlen(name) > n + strlen(rest) &&
	       !strcmp(name + strlen(name) - strlen(rest), rest);
}

struct match {
	const char *name;
	bool found;
};

static bool match_one(void *priv, const char *name, int64_t value, const char *help)
{
	struct match *m = priv;

	m->found = fits(name, m->name);
	return !m->found;
}

static bool is_of_irq(const char *name)
{
	const char *digits = name + strlen("irq.");
	size_t n;

	if (strncmp(name, "irq.", strlen("irq.")))
		return false;
	n = strspn(digits, "0123456789");
	for (unsigned int k = 0; n && digits[n] == '.' && k < NR_OF_IRQ; k++)
		if (!strcmp(digits + n + 1, of_irq[k].name))
			return true;
	return false;
}

static bool can_be(const char *name)
{
	struct match m = { .name = name };
	struct walk w = { .fn = match_one, .priv = &m };

	walk_all(&w);
	return m.found || !strcmp(name, "check.violations") || is_of_irq(name);
}

const char *row_metric(const char *metric, char *buf, size_t len)
{
	static const char *const unit[] = { "", "_ps", "_bytes" };
	const char *name = !strcmp(metric, "finish") ? "sim_time_ps" : metric;

	for (unsigned int i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		int n = snprintf(buf, len, "%s%s", name, unit[i]);

		if (n > 0 && (size_t)n < len && can_be(buf))
			return buf;
	}
	return NULL;
}
