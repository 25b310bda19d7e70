// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What vgicsim explain found, as text: where the time of each design goes, and of what
 * their difference is made. Each table's last row is the sum of those above it. Every
 * sentence is computed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain-doc.h"
#include "metrics-data.h"
#include "result.h"

#define LABEL  46
#define COLUMN 16

const char *explain_signed(char *buf, size_t len, int64_t ps)
{
	char t[40];

	snprintf(buf, len, "%s%s", ps > 0 ? "+" : "", out_time(t, sizeof(t), ps));
	return buf;
}

double explain_share(int64_t part, int64_t of)
{
	return of ? 100.0 * (double)part / (double)of : 0.0;
}

void explain_text_title(FILE *f, const struct explain_doc *d, const char *title)
{
	fprintf(f, "\n%-*s", LABEL, title);
	if (d->nr_runs == 2)
		fprintf(f, "%*s%*s%*s", COLUMN, "A", COLUMN, "B", COLUMN, "B - A");
	fputc('\n', f);
}

void explain_text_row(FILE *f, const struct explain_doc *d, const char *label,
		      enum explain_unit unit, const int64_t *v)
{
	char t[48];

	fprintf(f, "  %-*s", LABEL - 2, label);
	for (unsigned int r = 0; r < d->nr_runs; r++)
		fprintf(f, "%*s", COLUMN,
			unit == UNIT_TIME ? out_time(t, sizeof(t), v[r])
					  : out_count(t, sizeof(t), v[r]));
	if (d->nr_runs == 2 && unit == UNIT_TIME) {
		fprintf(f, "%*s", COLUMN, explain_signed(t, sizeof(t), v[1] - v[0]));
	} else if (d->nr_runs == 2) {
		char digits[40];

		snprintf(t, sizeof(t), "%s%s", v[1] > v[0] ? "+" : "",
			 out_count(digits, sizeof(digits), v[1] - v[0]));
		fprintf(f, "%*s", COLUMN, t);
	}
	fputc('\n', f);
}

/* ---- rows that sum --------------------------------------------------------------- */

struct part {
	char label[96];
	int64_t v[2];
	unsigned int kind; /* where it is of one kind of exit */
};

/* By which a part stands out: the difference, or with one design itself. */
static uint64_t weight(const struct explain_doc *d, const struct part *p)
{
	int64_t w = d->nr_runs == 2 ? p->v[1] - p->v[0] : p->v[0];

	return w < 0 ? -(uint64_t)w : (uint64_t)w;
}

/* Largest first; of equals the one that was first. */
static void sort_parts(const struct explain_doc *d, struct part *p, unsigned int nr)
{
	for (unsigned int i = 1; i < nr; i++) {
		struct part x = p[i];
		unsigned int k = i;

		for (; k && weight(d, &p[k - 1]) < weight(d, &x); k--)
			p[k] = p[k - 1];
		p[k] = x;
	}
}

/* The @most largest, the rest in one row, and the sum. */
static void show_parts(FILE *f, const struct explain_doc *d, struct part *p, unsigned int nr,
		       unsigned int most, const char *sum_label)
{
	int64_t sum[2] = { 0, 0 }, rest[2] = { 0, 0 };
	unsigned int nr_rest = 0;
	char label[96];

	sort_parts(d, p, nr);
	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int r = 0; r < 2; r++) {
			sum[r] += p[i].v[r];
			rest[r] += i >= most ? p[i].v[r] : 0;
		}
		if (!p[i].v[0] && !p[i].v[1])
			continue;
		if (i < most)
			explain_text_row(f, d, p[i].label, UNIT_TIME, p[i].v);
		else
			nr_rest++;
	}
	if (nr_rest) {
		snprintf(label, sizeof(label), "%u more", nr_rest);
		explain_text_row(f, d, label, UNIT_TIME, rest);
	}
	explain_text_row(f, d, sum_label, UNIT_TIME, sum);
}

/* "lock wait -1.20 ms, cache lines +3.1 us": what is more than a fiftieth, at most four. */
static void name_parts(char *buf, size_t len, const struct explain_doc *d, struct part *p,
		       unsigned int nr)
{
	uint64_t all = 0;
	size_t n = 0;
	char t[48];

	sort_parts(d, p, nr);
	for (unsigned int i = 0; i < nr; i++)
		all += weight(d, &p[i]);
	buf[0] = '\0';
	for (unsigned int i = 0; i < nr && i < 4 && n < len; i++) {
		int64_t v = d->nr_runs == 2 ? p[i].v[1] - p[i].v[0] : p[i].v[0];

		if (!v || weight(d, &p[i]) < all / 50)
			break;
		if (d->nr_runs == 2)
			explain_signed(t, sizeof(t), v);
		else
			out_time(t, sizeof(t), v);
		n += (size_t)snprintf(buf + n, len - n, "%s%s %s", i ? ", " : "", p[i].label, t);
	}
	if (!n)
		snprintf(buf, len, "nothing");
}

/* ---- the time to finish ---------------------------------------------------------- */

static const char *name(const struct explain_doc *d, unsigned int r)
{
	return d->run[r].design->name;
}

/* One more part than components: from that vCPU's end until the last one's. */
#define FINISH_PARTS (COMP_NR + 1)

static void say_work(FILE *f, const struct part *p, int64_t all)
{
	int64_t sleep = p[COMP_SLEEP].v[1] - p[COMP_SLEEP].v[0], work = 0;
	char tw[48], ts[48];

	for (unsigned int c = 0; c < COMP_NR; c++)
		if (c != COMP_SLEEP && c != COMP_GUEST)
			work += p[c].v[1] - p[c].v[0];
	out_say(f, "Of that the host's work for the vCPU is %s, its sleep %s.%s",
		explain_signed(tw, sizeof(tw), work), explain_signed(ts, sizeof(ts), sleep),
		2 * llabs(sleep) > llabs(all) ? " Most is time in which it slept until others sent "
						"it something: see what "
						"the deliveries and the other vCPUs' work take."
					      : "");
}

static void say_finish(FILE *f, const struct explain_doc *d, unsigned int vcpu, struct part *p)
{
	struct part sorted[FINISH_PARTS];
	int64_t t[2] = { 0, 0 };
	char ta[32], tb[32], td[32], parts[300];

	for (unsigned int c = 0; c < FINISH_PARTS; c++)
		for (unsigned int r = 0; r < d->nr_runs; r++)
			t[r] += p[c].v[r];
	memcpy(sorted, p, sizeof(sorted));
	name_parts(parts, sizeof(parts), d, sorted, FINISH_PARTS);
	out_time(ta, sizeof(ta), t[0]);
	out_time(tb, sizeof(tb), t[1]);
	if (d->nr_runs == 1) {
		out_say(f, "%s finishes after %s, vCPU %u last. Most of its time: %s.", name(d, 0),
			ta, vcpu, parts);
		return;
	}
	if (t[0] == t[1]) {
		out_say(f, "Both finish after %s.", ta);
		return;
	}
	out_say(f,
		"B (%s) finishes %s (%.1f %%) %s than A (%s): %s against %s. What makes that, for "
		"vCPU %u, the last under B: %s.",
		name(d, 1), out_time(td, sizeof(td), llabs(t[1] - t[0])),
		explain_share(llabs(t[1] - t[0]), t[0]), t[1] < t[0] ? "earlier" : "later",
		name(d, 0), tb, ta, vcpu, parts);
	say_work(f, p, t[1] - t[0]);
}

/* One vCPU beside itself: the last under B. Under A another may be the last. */
static void finish(FILE *f, const struct explain_doc *d)
{
	unsigned int vcpu = explain_last(&d->run[d->nr_runs - 1]);
	struct part p[FINISH_PARTS] = { 0 };
	char title[64];

	for (unsigned int r = 0; r < d->nr_runs; r++) {
		p[COMP_NR].v[r] = (int64_t)d->run[r].result.sim_time.ps;
		for (unsigned int c = 0; c < COMP_NR; c++) {
			p[c].v[r] =
				(int64_t)explain_sum(&d->run[r], vcpu, EXPLAIN_ANY, EXPLAIN_ANY, c);
			p[COMP_NR].v[r] -= p[c].v[r];
		}
	}
	for (unsigned int c = 0; c < COMP_NR; c++)
		snprintf(p[c].label, sizeof(p[c].label), "%s", component_names[c]);
	snprintf(p[COMP_NR].label, sizeof(p[0].label), "until vCPU %u, A's last, is done",
		 explain_last(&d->run[0]));
	snprintf(title, sizeof(title), "time to finish: vCPU %u", vcpu);
	explain_text_title(f, d, title);
	say_finish(f, d, vcpu, p);
	show_parts(f, d, p, FINISH_PARTS, FINISH_PARTS, "time to finish");
}

#define SHOWN_VCPUS 8

static void each_vcpu(FILE *f, const struct explain_doc *d)
{
	unsigned int nr = d->run[0].nr_vcpus, shown = nr < SHOWN_VCPUS ? nr : SHOWN_VCPUS;
	struct part *p = calloc(nr + 1, sizeof(*p));
	char label[96];

	if (!p)
		return;
	for (unsigned int v = 0; v < nr; v++) {
		uint64_t most = 0;
		unsigned int why = 0;

		for (unsigned int c = 0; c < COMP_NR; c++) {
			struct part x = { 0 };

			for (unsigned int r = 0; r < d->nr_runs; r++)
				x.v[r] = (int64_t)explain_sum(&d->run[r], v, EXPLAIN_ANY,
							      EXPLAIN_ANY, c);
			p[v].v[0] += x.v[0];
			p[v].v[1] += x.v[1];
			if (weight(d, &x) > most) {
				most = weight(d, &x);
				why = c;
			}
		}
		snprintf(p[v].label, sizeof(p[v].label), "vCPU %u, most by %s", v,
			 component_names[why]);
	}
	sort_parts(d, p, nr);
	snprintf(label, sizeof(label), "each vCPU's time to its end, %u of %u", shown, nr);
	explain_text_title(f, d, label);
	for (unsigned int i = 0; i < shown; i++)
		explain_text_row(f, d, p[i].label, UNIT_TIME, p[i].v);
	free(p);
}

/* ---- the host's work --------------------------------------------------------------- */

#define SHOWN_PLACES 12

/* Of all vCPUs, without sleep. */
static void places(FILE *f, const struct explain_doc *d)
{
	struct part p[PHASE_NR * COMP_NR] = { 0 };
	unsigned int nr = 0;
	char parts[400];

	for (unsigned int phase = 0; phase < PHASE_NR; phase++) {
		for (unsigned int c = 0; c < COMP_NR; c++) {
			if (c == COMP_GUEST || c == COMP_SLEEP)
				continue;
			for (unsigned int r = 0; r < d->nr_runs; r++)
				p[nr].v[r] = (int64_t)explain_sum(&d->run[r], EXPLAIN_ANY,
								  EXPLAIN_ANY, phase, c);
			snprintf(p[nr++].label, sizeof(p[0].label), "%s: %s", phase_names[phase],
				 component_names[c]);
		}
	}
	explain_text_title(f, d, "the host's work, all vCPUs, without sleep");
	name_parts(parts, sizeof(parts), d, p, nr);
	if (d->nr_runs == 2)
		out_say(f, "What changes most: %s.", parts);
	else
		out_say(f, "Most of it: %s.", parts);
	show_parts(f, d, p, nr, SHOWN_PLACES, "all host work");
}

static int64_t work_of(const struct explain_run *run, unsigned int kind)
{
	return (int64_t)(explain_sum(run, EXPLAIN_ANY, kind, EXPLAIN_ANY, EXPLAIN_ANY) -
			 explain_sum(run, EXPLAIN_ANY, kind, EXPLAIN_ANY, COMP_SLEEP) -
			 explain_sum(run, EXPLAIN_ANY, kind, PHASE_GUEST, EXPLAIN_ANY));
}

/* The kind that makes most of it: by its number, or by what one takes. */
static void say_exits(FILE *f, const struct explain_doc *d, struct part *p, unsigned int nr)
{
	const struct explain_run *a = &d->run[0], *b = &d->run[1];
	int64_t na, nb, more;
	char tm[48], te[48];

	if (d->nr_runs != 2)
		return;
	sort_parts(d, p, nr);
	if (!nr || p[0].kind == EXPLAIN_START)
		return;
	na = (int64_t)a->result.metrics->exits[p[0].kind];
	nb = (int64_t)b->result.metrics->exits[p[0].kind];
	if (!na || p[0].v[0] == p[0].v[1])
		return;
	more = (int64_t)((__int128)(nb - na) * p[0].v[0] / na);
	out_say(f,
		"Most comes from %s exits, %" PRId64 " under A and %" PRId64
		" under B: %s by their "
		"number, %s by what one takes.",
		explain_kind_name(p[0].kind), na, nb, explain_signed(tm, sizeof(tm), more),
		explain_signed(te, sizeof(te), p[0].v[1] - p[0].v[0] - more));
}

static void exits(FILE *f, const struct explain_doc *d)
{
	struct part p[EXPLAIN_KINDS] = { 0 };
	unsigned int nr = 0;
	char each[2][32];

	for (unsigned int k = 0; k < EXPLAIN_KINDS; k++) {
		int64_t n[2] = { 0, 0 };

		for (unsigned int r = 0; r < d->nr_runs; r++) {
			p[nr].v[r] = work_of(&d->run[r], k);
			n[r] = k < XK_NR ? (int64_t)d->run[r].result.metrics->exits[k] : 0;
			out_time(each[r], sizeof(each[r]), n[r] ? p[nr].v[r] / n[r] : 0);
		}
		if (!p[nr].v[0] && !p[nr].v[1])
			continue;
		p[nr].kind = k;
		if (k == EXPLAIN_START)
			snprintf(p[nr].label, sizeof(p[nr].label), "before the first entry");
		else if (d->nr_runs == 2)
			snprintf(p[nr].label, sizeof(p[nr].label), "%s, %s / %s each",
				 explain_kind_name(k), each[0], each[1]);
		else
			snprintf(p[nr].label, sizeof(p[nr].label), "%s, %s each",
				 explain_kind_name(k), each[0]);
		nr++;
	}
	explain_text_title(f, d, "the same by what ended the guest run");
	say_exits(f, d, p, nr);
	show_parts(f, d, p, nr, EXPLAIN_KINDS, "all host work");
}

/* ---- latencies --------------------------------------------------------------------- */

static void say_latency(FILE *f, const struct explain_doc *d, unsigned int l, struct part *p)
{
	const struct latency_data *a, *b;
	char tm[48], te[48], ta[32], tb[32], parts[300];
	int64_t na, nb, sa, sb, more;

	if (d->nr_runs != 2)
		return;
	a = &d->run[0].result.metrics->lat[l];
	b = &d->run[1].result.metrics->lat[l];
	na = (int64_t)a->comp_count;
	nb = (int64_t)b->comp_count;
	if (!na || !nb)
		return;
	sa = (int64_t)a->comp_total_ps;
	sb = (int64_t)b->comp_total_ps;
	more = (int64_t)((__int128)(nb - na) * sa / na);
	name_parts(parts, sizeof(parts), d, p, COMP_NR);
	out_time(ta, sizeof(ta), sa / na);
	out_time(tb, sizeof(tb), sb / nb);
	if (na == nb)
		out_say(f,
			"One takes %s under A and %s under B, and there are as many. What changes: "
			"%s.",
			ta, tb, parts);
	else
		out_say(f,
			"One takes %s under A and %s under B. Of the difference of all, %s comes "
			"from "
			"there being %s, %s from what one takes. What changes: %s.",
			ta, tb, explain_signed(tm, sizeof(tm), more), nb > na ? "more" : "fewer",
			explain_signed(te, sizeof(te), sb - sa - more), parts);
}

static void latency(FILE *f, const struct explain_doc *d, unsigned int l)
{
	int64_t count[2] = { 0 }, mean[2] = { 0 }, p50[2] = { 0 }, p99[2] = { 0 }, max[2] = { 0 };
	struct part p[COMP_NR] = { 0 }, named[COMP_NR];
	bool whole = true;
	char title[64];

	for (unsigned int r = 0; r < d->nr_runs; r++) {
		const struct latency_data *x = &d->run[r].result.metrics->lat[l];

		count[r] = (int64_t)x->all.count;
		mean[r] = (int64_t)hist_mean(&x->all);
		p50[r] = (int64_t)hist_quantile(&x->all, 500, 1000);
		p99[r] = (int64_t)hist_quantile(&x->all, 990, 1000);
		max[r] = (int64_t)x->all.max;
		whole &= x->comp_count == x->all.count;
		for (unsigned int c = 0; c < COMP_NR; c++)
			p[c].v[r] = (int64_t)x->comp_ps[c];
	}
	if (!count[0] && !count[1])
		return;
	for (unsigned int c = 0; c < COMP_NR; c++)
		snprintf(p[c].label, sizeof(p[c].label), "%s", component_names[c]);
	memcpy(named, p, sizeof(p));
	snprintf(title, sizeof(title), "%s latency", latency_names[l]);
	explain_text_title(f, d, title);
	say_latency(f, d, l, named);
	explain_text_row(f, d, "how many", UNIT_COUNT, count);
	explain_text_row(f, d, "mean", UNIT_TIME, mean);
	explain_text_row(f, d, "median", UNIT_TIME, p50);
	explain_text_row(f, d, "p99", UNIT_TIME, p99);
	explain_text_row(f, d, "max", UNIT_TIME, max);
	show_parts(f, d, p, COMP_NR, COMP_NR,
		   whole ? "sum of all" : "sum of those that can be split");
}

/* ---- locks by class ----------------------------------------------------------------- */

#define MAX_CLASSES 128 /* of both designs */

static struct part *class_part(struct part *p, unsigned int *nr, const char *class)
{
	for (unsigned int i = 0; i < *nr; i++)
		if (!strcmp(p[i].label, class))
			return &p[i];
	if (*nr == MAX_CLASSES)
		return NULL;
	snprintf(p[*nr].label, sizeof(p[0].label), "%s", class);
	return &p[(*nr)++];
}

/* With two designs; those of one are said with their places. */
static void lock_classes(FILE *f, const struct explain_doc *d)
{
	struct part *p = calloc(MAX_CLASSES, sizeof(*p));
	unsigned int nr = 0;

	for (unsigned int r = 0; p && r < d->nr_runs; r++) {
		for (unsigned int i = 0; i < d->run[r].nr_blames; i++) {
			const struct explain_blame *b = &d->run[r].blame[i];
			struct part *of = class_part(p, &nr, b->class);

			if (of)
				of->v[r] += (int64_t)b->ps;
		}
	}
	if (d->nr_runs == 2 && nr) {
		explain_text_title(f, d, "waits for locks, vCPUs and threads");
		show_parts(f, d, p, nr, MAX_CLASSES, "all waits for locks");
	}
	free(p);
}

/* ---- counts ------------------------------------------------------------------------ */

static void count_row(FILE *f, const struct explain_doc *d, const char *label, const int64_t *v)
{
	if (d->nr_runs == 2 ? v[0] != v[1] : v[0] != 0)
		explain_text_row(f, d, label, UNIT_COUNT, v);
}

/* With two designs those that differ. */
static void counts(FILE *f, const struct explain_doc *d)
{
	const struct metrics *m[2] = { d->run[0].result.metrics, d->run[1].result.metrics };
	char label[96];

	explain_text_title(f, d, d->nr_runs == 2 ? "counts that differ" : "counts");
	for (unsigned int k = 0; k < XK_NR; k++) {
		snprintf(label, sizeof(label), "exits: %s", exit_kind_names[k]);
		count_row(
			f, d, label,
			(int64_t[]){ (int64_t)m[0]->exits[k], m[1] ? (int64_t)m[1]->exits[k] : 0 });
	}
	for (unsigned int k = 0; k < KICK_NR; k++) {
		snprintf(label, sizeof(label), "kicks: %s", kick_kind_names[k]);
		count_row(
			f, d, label,
			(int64_t[]){ (int64_t)m[0]->kicks[k], m[1] ? (int64_t)m[1]->kicks[k] : 0 });
	}
	for (unsigned int k = 0; k < MC_NR; k++) {
		snprintf(label, sizeof(label), "%s", metric_counters[k].name);
		for (char *c = label; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		count_row(f, d, label,
			  (int64_t[]){ (int64_t)m[0]->counter[k],
				       m[1] ? (int64_t)m[1]->counter[k] : 0 });
	}
}

/* ---- all of it --------------------------------------------------------------------- */

static void head(FILE *f, const struct explain_doc *d)
{
	const struct explain_run *run = &d->run[0];

	fprintf(f, "%s: %u vCPUs, GICv%u, %" PRIu64 " records%s\n", d->trace, run->nr_vcpus,
		run->gic, run->result.nr_records, d->truncated ? " before a defect" : "");
	if (d->nr_runs == 2)
		fprintf(f, "A %s, B %s", name(d, 0), name(d, 1));
	else
		fprintf(f, "%s", name(d, 0));
	fprintf(f, "; host %s, %s locks, %u list registers\n", d->o->host->name,
		lock_algo_names[d->o->lock], run->result.nr_lrs);
}

void explain_text(FILE *f, const struct explain_doc *d)
{
	head(f, d);
	fputs("\nin short\n", f);
	out_why(f, d->result);
	if (d->metrics & EXPLAIN_FINISH) {
		finish(f, d);
		each_vcpu(f, d);
		places(f, d);
		exits(f, d);
	}
	for (unsigned int l = 0; l < LAT_NR; l++)
		if (d->metrics & 1u << l)
			latency(f, d, l);
	lock_classes(f, d);
	explain_text_locks(f, d);
	counts(f, d);
	if (d->metrics & 1u << LAT_DELIVERY)
		explain_text_histories(f, d);
}
