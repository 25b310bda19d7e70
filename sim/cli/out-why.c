/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences computed from a result: what a guest run costs under each design,
 * which parts of that make the difference, how lock waiting stands against
 * list work, and which lock is waited for where. The first design is what the
 * others are compared with. No number and no verdict is typed in here.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "result.h"

#define MAX_PARTS   16
#define NAMED_PARTS 3 /* of a difference that are worth naming */

/* Latencies that do not overlap: delivery contains parts of the others. */
static const char *const vgic_work[] = { "entry", "exit", "mmio", "inject" };

struct sum {
	const char *design;
	int64_t runs;  /* of the guest */
	int64_t total; /* ps, of the latencies that split */
	const char *part_name[MAX_PARTS];
	int64_t part[MAX_PARTS];
	unsigned int nr_parts;
};

void out_say(FILE *f, const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	if (s)
		out_wrapped(f, s, "  ", 100);
	free(s);
}

static double share(int64_t part, int64_t total)
{
	return total ? 100.0 * (double)part / (double)total : 0.0;
}

static void sum_latencies(struct sum *s, const json_t *run, unsigned int nr_latencies)
{
	*s = (struct sum){ .design = result_str(run, "design", NULL),
			   .runs = result_int(run, "counters", "guest_runs", NULL) };
	for (unsigned int l = 0; l < nr_latencies; l++) {
		const json_t *lat = result_get(run, "latency", vgic_work[l], NULL);
		const char *name;
		json_t *v;
		unsigned int i = 0;

		s->total = result_add(s->total, result_int(lat, "split_total_ps", NULL));
		json_object_foreach(json_object_get(lat, "components"), name, v)
		{
			if (i == MAX_PARTS)
				break;
			s->part_name[i] = name;
			s->part[i] = result_add(s->part[i], json_integer_value(v));
			i++;
		}
		s->nr_parts = i > s->nr_parts ? i : s->nr_parts;
	}
}

static int64_t part_of(const struct sum *s, const char *name)
{
	for (unsigned int i = 0; i < s->nr_parts; i++)
		if (!strcmp(s->part_name[i], name))
			return s->part[i];
	return 0;
}

/* Walking, sorting, scanning; "list registers" are something else. */
static int64_t list_work_of(const struct sum *s)
{
	int64_t ps = 0;

	for (unsigned int i = 0; i < s->nr_parts; i++)
		if (!strncmp(s->part_name[i], "list", 4) && !strstr(s->part_name[i], "register"))
			ps = result_add(ps, s->part[i]);
	return ps;
}

struct delta {
	const char *name;
	int64_t ps; /* a guest run */
};

static int by_size(const void *a, const void *b)
{
	const struct delta *x = a, *y = b;
	int64_t p = llabs(x->ps), q = llabs(y->ps);

	return p == q ? strcmp(x->name, y->name) : p < q ? 1 : -1;
}

static void parts_text(char *buf, size_t len, const struct delta *d, unsigned int nr, bool sign)
{
	size_t n = 0;
	char t[32];

	for (unsigned int i = 0; i < nr && i < NAMED_PARTS && n < len; i++) {
		if (!d[i].ps)
			break;
		n += (size_t)snprintf(buf + n, len - n, "%s%s %s%s", i ? ", " : "", d[i].name,
				      sign && d[i].ps > 0 ? "+" : "",
				      out_time(t, sizeof(t), d[i].ps));
	}
	if (!n)
		snprintf(buf, len, "nothing");
}

/* What one guest run pays at its entry and exit. */
static void why_one(FILE *f, const json_t *run)
{
	struct delta d[MAX_PARTS];
	char total[32], parts[300];
	struct sum s;

	sum_latencies(&s, run, 2);
	if (s.runs <= 0)
		return;
	for (unsigned int i = 0; i < s.nr_parts; i++)
		d[i] = (struct delta){ s.part_name[i], s.part[i] / s.runs };
	qsort(d, s.nr_parts, sizeof(d[0]), by_size);
	parts_text(parts, sizeof(parts), d, s.nr_parts, false);
	out_say(f, "Under %s a guest run costs %s at its entry and exit together; most of it: %s.",
		s.design, out_time(total, sizeof(total), s.total / s.runs), parts);
}

static int64_t own_exits(const json_t *run)
{
	return result_int(run, "exits", "kick", NULL) +
	       result_int(run, "exits", "maintenance", NULL);
}

/* A run's cost is half of it: how many runs the design makes of the same guest. */
static void why_runs(FILE *f, const json_t *base, const json_t *run, int64_t na, int64_t nb)
{
	if (result_mul(llabs(nb - na), 100) < na)
		return;
	out_say(f,
		"%s enters the guest %" PRId64 " times and %s %" PRId64
		" times, %.1f %% %s; exits of "
		"their own doing (kicks and maintenance interrupts) are %" PRId64 " and %" PRId64
		".",
		result_str(base, "design", NULL), na, result_str(run, "design", NULL), nb,
		share(llabs(nb - na), na), nb < na ? "fewer" : "more", own_exits(base),
		own_exits(run));
}

/* What was pending again while it was queued waits for an exit that nobody causes. */
static void why_late(FILE *f, const json_t *run)
{
	const char *what;
	json_t *n;

	json_object_foreach(json_object_get(run, "deviations"), what, n)
	{
		if (strstr(what, "nobody is kicked"))
			out_say(f,
				"%s kicks nobody for an interrupt that is pending again while it "
				"is "
				"queued, as its original did: %" PRId64
				" of them waited for an exit "
				"that something else caused.",
				result_str(run, "design", NULL), (int64_t)json_integer_value(n));
	}
}

/* The guest's side of it, which no vgic work adds up to. */
static void why_delivery(FILE *f, const json_t *base, const json_t *run)
{
	const json_t *a = result_get(base, "latency", "delivery", NULL);
	const json_t *b = result_get(run, "latency", "delivery", NULL);
	int64_t ma = result_int(a, "mean_ps", NULL), mb = result_int(b, "mean_ps", NULL);
	char t[6][32];

	if (!ma || !mb || result_mul(llabs(mb - ma), 10) < ma)
		return;
	out_say(f,
		"From injection to acknowledge it takes %s in the mean under %s and %s under %s; "
		"the "
		"median is %s and %s, p99 %s and %s.",
		out_time(t[0], sizeof(t[0]), ma), result_str(base, "design", NULL),
		out_time(t[1], sizeof(t[1]), mb), result_str(run, "design", NULL),
		out_time(t[2], sizeof(t[2]), result_int(a, "p50_ps", NULL)),
		out_time(t[3], sizeof(t[3]), result_int(b, "p50_ps", NULL)),
		out_time(t[4], sizeof(t[4]), result_int(a, "p99_ps", NULL)),
		out_time(t[5], sizeof(t[5]), result_int(b, "p99_ps", NULL)));
	why_late(f, mb > ma ? run : base);
}

static void why_two(FILE *f, const json_t *base, const json_t *run)
{
	struct delta d[MAX_PARTS];
	char ta[32], tb[32], parts[300];
	struct sum a, b;
	int64_t pa, pb;

	sum_latencies(&a, base, 2);
	sum_latencies(&b, run, 2);
	if (a.runs <= 0 || b.runs <= 0)
		return;
	pa = a.total / a.runs;
	pb = b.total / b.runs;
	for (unsigned int i = 0; i < a.nr_parts; i++)
		d[i] = (struct delta){ a.part_name[i],
				       part_of(&b, a.part_name[i]) / b.runs - a.part[i] / a.runs };
	qsort(d, a.nr_parts, sizeof(d[0]), by_size);
	parts_text(parts, sizeof(parts), d, a.nr_parts, true);
	out_time(ta, sizeof(ta), pa);
	out_time(tb, sizeof(tb), pb);
	if (pa == pb)
		out_say(f, "A guest run costs %s at its entry and exit under %s and %s alike.", ta,
			a.design, b.design);
	else
		out_say(f,
			"A guest run costs %s at its entry and exit under %s and %s under %s, %.1f "
			"%% "
			"%s. What changes most, a run: %s.",
			ta, a.design, tb, b.design, share(llabs(pb - pa), pa),
			pb < pa ? "less" : "more", parts);
	why_runs(f, base, run, a.runs, b.runs);
	why_delivery(f, base, run);
}

/* Over everything that is vgic work and splits. */
static void why_waits(FILE *f, const json_t *run)
{
	char total[32];
	struct sum s;

	sum_latencies(&s, run, sizeof(vgic_work) / sizeof(vgic_work[0]));
	if (!s.total)
		return;
	out_say(f,
		"Of the %s that %s spent in entries, exits, accesses and injections, %.1f %% was "
		"lock "
		"wait and %.1f %% list work (walking, sorting, scanning).",
		out_time(total, sizeof(total), s.total), s.design,
		share(part_of(&s, "lock wait"), s.total), share(list_work_of(&s), s.total));
}

static void why_lock(FILE *f, const json_t *run)
{
	const char *design = result_str(run, "design", NULL);
	const json_t *worst = NULL, *stat, *site;
	int64_t most = 0;
	char max[32];
	json_t *lock;
	size_t i;

	json_array_foreach(json_object_get(run, "locks"), i, lock)
	{
		int64_t wait = result_int(lock, "lock_stat", "waittime-total", NULL);

		if (wait > most) {
			most = wait;
			worst = lock;
		}
	}
	if (!worst) {
		out_say(f, "No lock of %s was contended.", design);
		return;
	}
	stat = json_object_get(worst, "lock_stat");
	site = json_array_get(json_object_get(worst, "sites"), 0);
	out_say(f,
		"%s waits most for %s: %" PRId64 " of %" PRId64
		" acquisitions had to wait (%.2f %%), "
		"the longest %s, most of it in %s().",
		design, result_str(worst, "class", NULL), result_int(stat, "contentions", NULL),
		result_int(stat, "acquisitions", NULL),
		share(result_int(stat, "contentions", NULL),
		      result_int(stat, "acquisitions", NULL)),
		out_time(max, sizeof(max), result_int(stat, "waittime-max", NULL)),
		result_str(site, "func", NULL));
}

/* Where no design waits, their locks cannot be what tells them apart. */
static void why_caution(FILE *f, const json_t *runs)
{
	json_t *run;
	size_t i;

	json_array_foreach((json_t *)runs, i, run)
	{
		struct sum s;

		sum_latencies(&s, run, sizeof(vgic_work) / sizeof(vgic_work[0]));
		if (result_mul(part_of(&s, "lock wait"), 100) >= s.total)
			return;
	}
	out_say(f, "Lock wait is below 1 %% of the vgic work under every design here: on this "
		   "trace and "
		   "host the designs differ by their work, not by their locks.");
}

void out_why(FILE *f, const json_t *doc)
{
	const json_t *runs = json_object_get(doc, "runs");
	json_t *run;
	size_t i;

	json_array_foreach((json_t *)runs, i, run)
	{
		if (i)
			why_two(f, json_array_get(runs, 0), run);
		else if (json_array_size(runs) == 1)
			why_one(f, run);
	}
	json_array_foreach((json_t *)runs, i, run)
	{
		why_waits(f, run);
		why_lock(f, run);
	}
	why_caution(f, runs);
}
