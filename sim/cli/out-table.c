/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison for people: what was run, one row a metric and one column a
 * design, a lock_stat table, what was inferred, and why the designs differ. It
 * fits 100 columns for two designs; whatever does not differ and is zero
 * everywhere is left out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "result.h"

#define MAX_RUNS 16
#define LABEL	 36
#define COLUMN	 18
#define WIDTH	 100

enum cell { CELL_TIME, CELL_COUNT, CELL_BYTES, CELL_PER_MILLE };

struct table {
	FILE *f;
	const json_t *doc;
	const json_t *run[MAX_RUNS];
	unsigned int nr;
	bool color;
};

static void title(struct table *t, const char *s)
{
	fprintf(t->f, "\n%s%s%s\n", t->color ? "\033[1m" : "", s, t->color ? "\033[0m" : "");
}

static const char *cell_text(char *buf, size_t len, enum cell kind, int64_t v)
{
	switch (kind) {
	case CELL_TIME:
		return out_time(buf, len, v);
	case CELL_PER_MILLE:
		snprintf(buf, len, "%" PRId64 ".%" PRId64 " %%", v / 10, v % 10);
		return buf;
	case CELL_BYTES:
		if (v >= 10240)
			snprintf(buf, len, "%" PRId64 ".%" PRId64 " KiB", v / 1024,
				 v % 1024 * 10 / 1024);
		else
			snprintf(buf, len, "%" PRId64 " B", v);
		return buf;
	case CELL_COUNT:
		break;
	}
	return out_count(buf, len, v);
}

/* The second against the first, in tenths of a per cent. */
static const char *change_text(char *buf, size_t len, int64_t from, int64_t to)
{
	double x;

	if (from == to)
		return "=";
	if (from <= 0 || to < 0)
		return "from 0";
	x = 100.0 * ((double)to - (double)from) / (double)from;
	if (x >= 1000)
		snprintf(buf, len, "x %.1f", (double)to / (double)from);
	else
		snprintf(buf, len, "%+.1f %%", x);
	return buf;
}

static void row(struct table *t, const char *label, enum cell kind, const int64_t *v)
{
	char buf[48];

	fprintf(t->f, "  %-*s", LABEL - 2, label);
	for (unsigned int i = 0; i < t->nr; i++)
		fprintf(t->f, "%*s", COLUMN, cell_text(buf, sizeof(buf), kind, v[i]));
	if (t->nr == 2)
		fprintf(t->f, "%13s", change_text(buf, sizeof(buf), v[0], v[1]));
	fputc('\n', t->f);
}

static bool all_zero(struct table *t, const int64_t *v)
{
	for (unsigned int i = 0; i < t->nr; i++)
		if (v[i])
			return false;
	return true;
}

/* A row of member @group / @key, left out where it is zero for all. */
static void row_of(struct table *t, const char *label, enum cell kind, const char *group,
		   const char *key)
{
	int64_t v[MAX_RUNS];

	for (unsigned int i = 0; i < t->nr; i++)
		v[i] = group ? result_int(t->run[i], group, key, NULL)
			     : result_int(t->run[i], key, NULL);
	if (!all_zero(t, v))
		row(t, label, kind, v);
}

static void provenance_host(struct table *t)
{
	unsigned int by[4] = { 0 };
	static const char *const tag[] = { "published", "derived", "assumed", "user" };
	json_t *cost;
	size_t i;

	json_array_foreach(result_get(t->doc, "host", "costs", NULL), i,
			   cost) for (unsigned int k = 0; k < 4; k++) by[k] +=
		!strcmp(result_str(cost, "tag", NULL), tag[k]);
	fprintf(t->f, "host    %s, digest %s\n        %u values published, %u derived, %u assumed",
		result_str(t->doc, "host", "name", NULL),
		result_str(t->doc, "host", "digest", NULL), by[0], by[1], by[2]);
	if (by[3])
		fprintf(t->f, ", %u given by --set", by[3]);
	fputc('\n', t->f);
}

static void provenance(struct table *t)
{
	const json_t *d = t->doc, *c = json_object_get(d, "config");
	char buf[400], span[32];

	fprintf(t->f, "vgicsim %s\n", result_str(d, "version", NULL));
	fprintf(t->f,
		"trace   %s, digest %s, %s records\n"
		"        GICv%" PRId64 ", %" PRId64 " vCPUs, %" PRId64 " SPIs, %s recorded\n",
		result_str(d, "trace", "path", NULL), result_str(d, "trace", "digest", NULL),
		out_count(buf, sizeof(buf), result_int(d, "trace", "records", NULL)),
		result_int(d, "trace", "gic", NULL), result_int(d, "trace", "vcpus", NULL),
		result_int(d, "trace", "spis", NULL),
		out_time(span, sizeof(span),
			 result_mul(result_int(d, "trace", "span_ns", NULL), 1000)));
	if (*result_str(d, "trace", "source", NULL)) {
		snprintf(buf, sizeof(buf), "source %s", result_str(d, "trace", "source", NULL));
		out_wrapped(t->f, buf, "        ", WIDTH);
	}
	if (json_is_true(result_get(d, "trace", "truncated", NULL)))
		fputs("        TRUNCATED: what follows is of the part before the defect\n", t->f);
	provenance_host(t);
	fprintf(t->f,
		"run     lock %s, %" PRId64
		" list registers, host work %s, injection %s, guest %s, "
		"seed %" PRId64 "\n",
		result_str(c, "lock", NULL), result_int(c, "lrs", NULL),
		result_str(c, "host_work", NULL), result_str(c, "inject", NULL),
		result_str(c, "guest", NULL), result_int(c, "seed", NULL));
	for (unsigned int i = 0; i < t->nr; i++) {
		fprintf(t->f, "design  %s (%s), fingerprint %s\n",
			result_str(t->run[i], "design", NULL),
			result_str(t->run[i], "kernel", NULL),
			result_str(t->run[i], "fingerprint", NULL));
		out_wrapped(t->f, result_str(t->run[i], "source", NULL), "        ", WIDTH);
		if (result_get(t->run[i], "plugin", NULL))
			fprintf(t->f, "        from %s, XXH3 %s\n",
				result_str(t->run[i], "plugin", "file", NULL),
				result_str(t->run[i], "plugin", "xxh3", NULL));
	}
}

static void heads(struct table *t, const char *first)
{
	fprintf(t->f, "\n%s%-*s", t->color ? "\033[1m" : "", LABEL, first);
	for (unsigned int i = 0; i < t->nr; i++)
		fprintf(t->f, "%*s", COLUMN, result_str(t->run[i], "design", NULL));
	if (t->nr == 2)
		fprintf(t->f, "%13s", "change");
	fprintf(t->f, "%s\n", t->color ? "\033[0m" : "");
}

/* Mean parts of one latency; with several designs only those that differ. */
static void components(struct table *t, const char *lat)
{
	json_t *first = result_get(t->run[0], "latency", lat, "components", NULL), *unused;
	const char *name;

	json_object_foreach(first, name, unused)
	{
		int64_t v[MAX_RUNS], low = INT64_MAX, high = 0, mean = 0;
		char label[64];

		for (unsigned int i = 0; i < t->nr; i++) {
			const json_t *l = result_get(t->run[i], "latency", lat, NULL);
			int64_t n = result_int(l, "split_count", NULL), all;

			v[i] = n > 0 ? result_int(l, "components", name, NULL) / n : 0;
			low = v[i] < low ? v[i] : low;
			high = v[i] > high ? v[i] : high;
			all = n > 0 ? result_int(l, "split_total_ps", NULL) / n : 0;
			mean = mean > all ? mean : all;
		}
		/* Worth a line: a hundredth of the mean latency. */
		if (high <= 0 || result_mul(t->nr > 1 ? high - low : high, 100) < mean)
			continue;
		snprintf(label, sizeof(label), "    of the mean: %s", name);
		row(t, label, CELL_TIME, v);
	}
}

static void latency(struct table *t, const char *name, const char *what)
{
	static const struct {
		const char *label, *key;
	} q[] = {
		{ "  mean", "mean_ps" },  { "  p50", "p50_ps" }, { "  p99", "p99_ps" },
		{ "  p99.9", "p999_ps" }, { "  max", "max_ps" },
	};
	int64_t v[MAX_RUNS];

	for (unsigned int i = 0; i < t->nr; i++)
		v[i] = result_int(t->run[i], "latency", name, "count", NULL);
	if (all_zero(t, v))
		return;
	row(t, what, CELL_COUNT, v);
	for (size_t k = 0; k < sizeof(q) / sizeof(q[0]); k++) {
		for (unsigned int i = 0; i < t->nr; i++)
			v[i] = result_int(t->run[i], "latency", name, q[k].key, NULL);
		row(t, q[k].label, CELL_TIME, v);
		if (!k)
			components(t, name);
	}
}

static void latencies(struct table *t)
{
	heads(t, "latency: count, then time");
	latency(t, "entry", "entry");
	latency(t, "exit", "exit");
	latency(t, "mmio", "trapped access (mmio)");
	latency(t, "inject", "injection");
	latency(t, "delivery", "delivery");
}

static void exits(struct table *t)
{
	json_t *first = json_object_get(t->run[0], "exits"), *v;
	const char *key;

	heads(t, "exits");
	json_object_foreach(first, key, v) if (json_is_integer(v))
		row_of(t, key, CELL_COUNT, "exits", key);
	heads(t, "kicks");
	row_of(t, "an IPI was sent", CELL_COUNT, "kicks", "ipi");
	row_of(t, "a sleeper was woken", CELL_COUNT, "kicks", "woken");
	row_of(t, "not needed", CELL_COUNT, "kicks", "none");
	row_of(t, "own vCPU", CELL_COUNT, "kicks", "self");
	row_of(t, "IPIs that stopped a guest", CELL_COUNT, "counters", "ipis_in_guest");
	row_of(t, "IPIs that found the host", CELL_COUNT, "counters", "ipis_in_host");
}

/* Mean list registers in use at an entry, in thousandths; @max: the most. */
static int64_t occupancy(const json_t *run, int64_t *max)
{
	int64_t entries = 0, used = 0;
	json_t *v;
	size_t i;

	*max = 0;
	json_array_foreach(json_object_get(run, "occupancy"), i, v)
	{
		entries = result_add(entries, json_integer_value(v));
		used = result_add(used, result_mul(json_integer_value(v), (int64_t)i));
		if (json_integer_value(v))
			*max = (int64_t)i;
	}
	return entries > 0 ? result_mul(used, 1000) / entries : 0;
}

static void work(struct table *t)
{
	int64_t mean[MAX_RUNS], max[MAX_RUNS];

	heads(t, "list registers and lists");
	for (unsigned int i = 0; i < t->nr; i++)
		mean[i] = occupancy(t->run[i], &max[i]);
	row(t, "list registers per 1000 entries", CELL_COUNT, mean);
	row(t, "most in use at an entry", CELL_COUNT, max);
	row_of(t, "overflows", CELL_COUNT, "counters", "overflows");
	row_of(t, "longest list", CELL_COUNT, "list_length", "max");
	row_of(t, "list steps", CELL_COUNT, "counters", "list_steps");
	row_of(t, "sort comparisons", CELL_COUNT, "counters", "sort_compares");
	row_of(t, "whole-VM recomputations", CELL_COUNT, "counters", "update_state");
	row_of(t, "lock retries", CELL_COUNT, "counters", "retries");
	row_of(t, "migrations between lists", CELL_COUNT, "counters", "migrations");
}

static void outcome(struct table *t)
{
	heads(t, "outcome");
	row_of(t, "simulated time", CELL_TIME, NULL, "sim_time_ps");
	row_of(t, "guest time, all vCPUs", CELL_TIME, NULL, "guest_time_ps");
	row_of(t, "guest runs", CELL_COUNT, "counters", "guest_runs");
	row_of(t, "injections", CELL_COUNT, "counters", "injections");
	row_of(t, "  coalesced", CELL_COUNT, "counters", "injections_coalesced");
	row_of(t, "  changed nothing", CELL_COUNT, "counters", "injections_filtered");
	row_of(t, "deliveries", CELL_COUNT, "counters", "deliveries");
	row_of(t, "ends of nothing (spurious)", CELL_COUNT, "counters", "spurious_eois");
	row_of(t, "MMIO reads unlike the recorded", CELL_COUNT, "counters", "mmio_read_differs");
	row_of(t, "unsupported by the design", CELL_COUNT, "counters", "unsupported");
	row_of(t, "MSIs left out: no ITS", CELL_COUNT, "counters", "msi_unsupported");
	row_of(t, "memory, VM", CELL_BYTES, "memory", "vm_bytes");
	row_of(t, "memory, each vCPU", CELL_BYTES, "memory", "vcpu_bytes");
	row_of(t, "memory, each SPI", CELL_BYTES, "memory", "irq_bytes");
	row_of(t, "memory, its arena", CELL_BYTES, "memory", "arena_bytes");
}

static void lock_row(struct table *t, const char *design, const json_t *lock)
{
	const json_t *s = json_object_get(lock, "lock_stat");
	int64_t acq = result_int(s, "acquisitions", NULL);
	int64_t con = result_int(s, "contentions", NULL);
	char buf[48], name[96];

	snprintf(name, sizeof(name), "%s  %s", design, result_str(lock, "class", NULL));
	fprintf(t->f, "  %-*s %12s", LABEL - 2, name, out_count(buf, sizeof(buf), acq));
	fprintf(t->f, " %9s",
		cell_text(buf, sizeof(buf), CELL_PER_MILLE,
			  acq > 0 ? result_add(result_mul(con, 1000), acq / 2) / acq : 0));
	fprintf(t->f, " %10s", out_time(buf, sizeof(buf), result_int(s, "waittime-total", NULL)));
	fprintf(t->f, " %9s", out_time(buf, sizeof(buf), result_int(s, "waittime-avg", NULL)));
	fprintf(t->f, " %9s", out_time(buf, sizeof(buf), result_int(s, "waittime-max", NULL)));
	fprintf(t->f, " %9s\n", out_time(buf, sizeof(buf), result_int(s, "holdtime-avg", NULL)));
}

static void locks(struct table *t)
{
	json_t *lock;
	size_t i;

	fprintf(t->f, "\n%s%-*s %12s %9s %10s %9s %9s %9s%s\n", t->color ? "\033[1m" : "", LABEL,
		"locks", "acquisitions", "contended", "wait total", "wait avg", "wait max",
		"hold avg", t->color ? "\033[0m" : "");
	for (unsigned int r = 0; r < t->nr; r++)
		json_array_foreach(json_object_get(t->run[r], "locks"), i, lock)
			lock_row(t, result_str(t->run[r], "design", NULL), lock);
}

static int64_t note_count(const json_t *run, const char *what)
{
	json_t *n;
	size_t i;

	json_array_foreach(json_object_get(run, "inferred"), i,
			   n) if (!strcmp(result_str(n, "what", NULL),
					  what)) return result_int(n, "count", NULL);
	return 0;
}

static void note(struct table *t, const char *what)
{
	char line[600], buf[48];
	size_t n = 0;
	bool differ = false;

	for (unsigned int r = 1; r < t->nr; r++)
		differ |= note_count(t->run[r], what) != note_count(t->run[0], what);
	for (unsigned int r = 0; r < (differ ? t->nr : 1) && n < sizeof(line); r++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", r ? " / " : "",
				      out_count(buf, sizeof(buf), note_count(t->run[r], what)));
	if (n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, "  %s", what);
	out_wrapped(t->f, line, "  ", WIDTH);
}

/* Each inference once, with its count, or one count a design where they differ. */
static void inferred(struct table *t)
{
	bool any = false;
	json_t *n;
	size_t i;

	for (unsigned int r = 0; r < t->nr; r++) {
		json_array_foreach(json_object_get(t->run[r], "inferred"), i, n)
		{
			const char *what = result_str(n, "what", NULL);
			bool seen = false;

			for (unsigned int e = 0; e < r && !seen; e++)
				seen = note_count(t->run[e], what) > 0;
			if (seen || !result_int(n, "count", NULL))
				continue;
			if (!any)
				title(t, "not in the recording, so inferred");
			any = true;
			note(t, what);
		}
	}
}

static void deviations(struct table *t)
{
	bool any = false;
	const char *what;
	json_t *n;

	for (unsigned int r = 0; r < t->nr; r++) {
		json_object_foreach(json_object_get(t->run[r], "deviations"), what, n)
		{
			char line[400];

			if (!any)
				title(t,
				      "where the modelled original misbehaves, and so does this");
			any = true;
			snprintf(line, sizeof(line), "%s: %s: %" JSON_INTEGER_FORMAT " times",
				 result_str(t->run[r], "design", NULL), what,
				 json_integer_value(n));
			out_wrapped(t->f, line, "  ", WIDTH);
		}
	}
}

static void checks(struct table *t)
{
	bool any = false;

	for (unsigned int r = 0; r < t->nr; r++) {
		if (!any && json_object_get(t->run[r], "check"))
			title(t, "checked against the architecture");
		any |= json_object_get(t->run[r], "check") != NULL;
		out_check(t->f, t->run[r]);
	}
}

int out_table(FILE *f, const json_t *doc, const struct out_style *style, struct err *err)
{
	struct table t = { .f = f, .doc = doc, .color = style->color };
	json_t *run;
	size_t i;

	json_array_foreach(json_object_get(doc, "runs"), i, run)
	{
		if (t.nr == MAX_RUNS)
			return err_set(err, ERR_USAGE, "table: want at most %d designs, have %zu",
				       MAX_RUNS, json_array_size(json_object_get(doc, "runs")));
		t.run[t.nr++] = run;
	}
	if (!t.nr)
		return err_set(err, ERR_INPUT, "result: want at least one run, have none");
	provenance(&t);
	latencies(&t);
	exits(&t);
	work(&t);
	outcome(&t);
	locks(&t);
	inferred(&t);
	deviations(&t);
	checks(&t);
	title(&t, "why");
	out_why(f, doc);
	return 0;
}
