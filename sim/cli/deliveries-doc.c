// SPDX-License-Identifier: GPL-2.0-or-later
/* The comparison of deliveries as a table, as JSON and as CSV. */
#include "deliveries-doc.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "design-load.h"
#include "result-make.h"

int deliveries_doc_compare(struct deliveries_doc *d, bool *differ, struct err *err)
{
	d->pairing = calloc((size_t)d->nr_runs * d->nr_runs, sizeof(*d->pairing));
	if (!d->pairing)
		return err_set(err, ERR_NOMEM, "out of memory");
	*differ = false;
	for (unsigned int a = 0; a < d->nr_runs; a++) {
		for (unsigned int b = a + 1; b < d->nr_runs; b++) {
			struct deliveries_pairing *p = &d->pairing[d->nr_pairings++];

			p->a = a;
			p->b = b;
			if (delivery_diff(d->run[a].deliveries, d->run[b].deliveries, d->apart.ps,
					  d->max, &p->diff, err))
				return err->code;
			*differ |= p->diff.c.differing > 0;
		}
	}
	return 0;
}

void deliveries_doc_fini(struct deliveries_doc *d)
{
	for (unsigned int i = 0; i < d->nr_pairings; i++)
		delivery_diff_fini(&d->pairing[i].diff);
	free(d->pairing);
	for (unsigned int i = 0; i < d->nr_runs; i++)
		deliveries_destroy(d->run[i].deliveries);
}

/* ---- what one design did ---------------------------------------------------- */

struct fates {
	uint64_t sent, fate[FATE_NR], again, unsent;
};

static struct fates fates_of(const struct deliveries_run *run)
{
	const struct occurrence *o;
	struct fates f = { 0 };
	uint64_t nr;

	o = deliveries_list(run->deliveries, &nr);
	for (uint64_t i = 0; i < nr; i++) {
		f.fate[o[i].fate]++;
		f.again += o[i].again;
		f.sent += o[i].record != 0;
		f.unsent += !o[i].record;
	}
	return f;
}

static const char *at(char *buf, size_t len, uint64_t ps)
{
	snprintf(buf, len, "%" PRIu64 ".%03" PRIu64 " us", ps / 1000000, ps / 1000 % 1000);
	return buf;
}

/* What a design made of @o, NULL if that run did not send it. */
static const char *sentence(char *buf, size_t len, const struct occurrence *o)
{
	char when[40], more[40], again[80] = "", with[48] = "";

	if (!o || o->fate == FATE_UNCHANGED) {
		snprintf(buf, len, "its line was high already");
		return buf;
	}
	if (o->fate == FATE_WITHDRAWN) {
		snprintf(buf, len, "withdrawn: its line went low before it was taken");
		return buf;
	}
	if (o->fate == FATE_LEFT) {
		snprintf(buf, len, "sent at %s, not delivered by the end",
			 at(when, sizeof(when), o->sent_ps));
		return buf;
	}
	if (o->fate == FATE_MERGED)
		snprintf(with, sizeof(with), ", merged with that of record %u", o->with);
	if (o->again)
		snprintf(again, sizeof(again), ", %u times more, first at %s on vCPU %u", o->again,
			 at(more, sizeof(more), o->again_ps), o->again_by);
	snprintf(buf, len, "delivered at %s on vCPU %u, %" PRIu64 " ns after it was sent%s%s",
		 at(when, sizeof(when), o->acked_ps), o->by, (o->acked_ps - o->sent_ps) / 1000,
		 with, again);
	return buf;
}

/* ---- the table ------------------------------------------------------------------ */

/* "+1.23 us": a signed difference. */
static const char *difference(char *buf, size_t len, int64_t ps)
{
	char t[32];

	snprintf(buf, len, "%s%s", ps < 0 ? "-" : "+", out_time(t, sizeof(t), ps < 0 ? -ps : ps));
	return buf;
}

static void table_designs(FILE *f, const struct deliveries_doc *d)
{
	fprintf(f, "%-18s %10s %10s %8s %10s %10s %6s %10s %10s\n", "", "interrupts", "delivered",
		"merged", "withdrawn", "unchanged", "left", "once more", "not sent");
	for (unsigned int i = 0; i < d->nr_runs; i++) {
		struct fates n = fates_of(&d->run[i]);

		fprintf(f,
			"%-18s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %10" PRIu64 " %10" PRIu64
			" %6" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
			d->run[i].design->name, n.sent, n.fate[FATE_DELIVERED], n.fate[FATE_MERGED],
			n.fate[FATE_WITHDRAWN], n.fate[FATE_UNCHANGED], n.fate[FATE_LEFT], n.again,
			n.unsent);
	}
}

static void table_spread(FILE *f, const char *what, const struct delivery_spread *s)
{
	const int64_t v[] = { s->min_ps, s->p10_ps, s->p50_ps, s->p90_ps,
			      s->p99_ps, s->max_ps, s->mean_ps };
	char buf[40];

	fprintf(f, "  %-22s", what);
	for (unsigned int i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		fprintf(f, " %11s", difference(buf, sizeof(buf), v[i]));
	fputc('\n', f);
}

static uint64_t count(const struct delivery_counts *c, enum delivery_differs bit)
{
	return c->differs[__builtin_ctz(bit)];
}

static void line(FILE *f, const char *what, const char *who, uint64_t n)
{
	char text[96];

	snprintf(text, sizeof(text), "%s%s", what, who);
	fprintf(f, "  %-58s %10" PRIu64 "\n", text, n);
}

static void table_counts(FILE *f, const struct deliveries_doc *d,
			 const struct deliveries_pairing *p)
{
	const char *a = d->run[p->a].design->name, *b = d->run[p->b].design->name;
	const struct delivery_counts *c = &p->diff.c;
	char apart[32];

	fprintf(f, "\n%s and %s\n", a, b);
	line(f, "interrupts that either was sent", "", c->occurrences);
	line(f, "delivered by both", "", c->both);
	line(f, "delivered by neither", "", c->neither);
	line(f, "delivered only by ", a, count(c, DIFFERS_ONLY_A));
	line(f, "delivered only by ", b, count(c, DIFFERS_ONLY_B));
	line(f, "by the other; the line was high already in ", a, count(c, DIFFERS_HIGH_A));
	line(f, "by the other; the line was high already in ", b, count(c, DIFFERS_HIGH_B));
	line(f, "by both, merged with another only by ", a, count(c, DIFFERS_MERGED_A));
	line(f, "by both, merged with another only by ", b, count(c, DIFFERS_MERGED_B));
	line(f, "by both, to different vCPUs", "", count(c, DIFFERS_VCPU));
	line(f, "by both, more often by ", a, count(c, DIFFERS_MORE_A));
	line(f, "by both, more often by ", b, count(c, DIFFERS_MORE_B));
	line(f, "by both, latencies further apart than ",
	     out_time(apart, sizeof(apart), (int64_t)d->apart.ps), count(c, DIFFERS_APART));
	if (!c->both)
		return;
	fprintf(f, "\n  %-22s %11s %11s %11s %11s %11s %11s %11s\n", "by how much the second",
		"min", "p10", "p50", "p90", "p99", "max", "mean");
	table_spread(f, "has the longer latency", &c->latency);
	table_spread(f, "delivers later", &p->diff.time);
}

static void name_vcpu(char *buf, size_t len, uint32_t vcpu)
{
	if (vcpu == DELIVERIES_ANY)
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, "%u", vcpu);
}

static void table_rows(FILE *f, const struct deliveries_pairing *p, bool all)
{
	bool head = false;
	char vcpu[16], lo[32], mid[32], hi[32];

	for (uint64_t i = 0; i < p->diff.nr_rows; i++) {
		const struct delivery_row *r = &p->diff.row[i];

		if (!all && !r->c.differing && !count(&r->c, DIFFERS_APART))
			continue;
		if (!head)
			fprintf(f,
				"\n  %4s %5s %9s %9s %7s %7s %7s %7s %8s %8s %6s %6s %6s %6s "
				"%32s\n",
				"vCPU", "INTID", "sent", "both", "only 1", "only 2", "high 1",
				"high 2", "merged 1", "merged 2", "more 1", "more 2", "vCPU",
				"apart", "2nd's latency more: min p50 max");
		head = true;
		name_vcpu(vcpu, sizeof(vcpu), r->vcpu);
		fprintf(f,
			"  %4s %5u %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64
			" %7" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64
			" %6" PRIu64 " %6" PRIu64,
			vcpu, r->irq, r->c.occurrences, r->c.both, count(&r->c, DIFFERS_ONLY_A),
			count(&r->c, DIFFERS_ONLY_B), count(&r->c, DIFFERS_HIGH_A),
			count(&r->c, DIFFERS_HIGH_B), count(&r->c, DIFFERS_MERGED_A),
			count(&r->c, DIFFERS_MERGED_B), count(&r->c, DIFFERS_MORE_A),
			count(&r->c, DIFFERS_MORE_B), count(&r->c, DIFFERS_VCPU),
			count(&r->c, DIFFERS_APART));
		if (r->c.both)
			fprintf(f, " %10s %10s %10s",
				difference(lo, sizeof(lo), r->c.latency.min_ps),
				difference(mid, sizeof(mid), r->c.latency.p50_ps),
				difference(hi, sizeof(hi), r->c.latency.max_ps));
		fputc('\n', f);
	}
}

/* "merged-by-b, apart" */
static void name_differs(char *buf, size_t len, unsigned int differs)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int bit = 0; bit < DIFFERS_NR && n < len; bit++)
		if (differs >> bit & 1)
			n += (size_t)snprintf(buf + n, len - n, "%s%s", n ? ", " : "",
					      delivery_differs_names[bit]);
}

static void table_first(FILE *f, const struct deliveries_doc *d, const struct deliveries_pairing *p,
			const struct delivery_pair *list, uint64_t nr, const char *how)
{
	char text[256], what[128];

	if (nr)
		fprintf(f, "\n  the first %" PRIu64 " that %s\n", nr, how);
	for (uint64_t i = 0; i < nr; i++) {
		const struct delivery_pair *x = &list[i];
		const struct occurrence *o = x->a ? x->a : x->b;

		name_differs(what, sizeof(what), x->differs);
		if (o->record)
			fprintf(f, "  record %u, %" PRIu64 ".%09" PRIu64 " s: INTID %u", o->record,
				o->recorded_ns / 1000000000, o->recorded_ns % 1000000000,
				o->id.irq);
		else
			fprintf(f, "  before the trace, or not of it: INTID %u", o->id.irq);
		if (o->id.vcpu != DELIVERIES_ANY)
			fprintf(f, " to vCPU %u", o->id.vcpu);
		if (o->id.src != DELIVERIES_ANY)
			fprintf(f, " from vCPU %u", o->id.src);
		fprintf(f, ": %s\n", what);
		fprintf(f, "    %-16s %s\n", d->run[p->a].design->name,
			sentence(text, sizeof(text), x->a));
		fprintf(f, "    %-16s %s\n", d->run[p->b].design->name,
			sentence(text, sizeof(text), x->b));
	}
}

void deliveries_table(FILE *f, const struct deliveries_doc *d, bool all)
{
	fprintf(f, "deliveries of %s, %" PRIu64 " records, on %s%s\n\n", d->trace,
		d->run[0].records, d->o->host->name, d->truncated ? ", up to its defect" : "");
	table_designs(f, d);
	for (unsigned int i = 0; i < d->nr_pairings; i++) {
		table_counts(f, d, &d->pairing[i]);
		table_rows(f, &d->pairing[i], all);
		table_first(f, d, &d->pairing[i], d->pairing[i].diff.first,
			    d->pairing[i].diff.nr_first, "differ in what is delivered");
		table_first(f, d, &d->pairing[i], d->pairing[i].diff.apart,
			    d->pairing[i].diff.nr_apart, "are apart in time alone");
	}
}

/* ---- CSV: a line an occurrence and design ---------------------------------------- */

static void csv_number(FILE *f, uint64_t v, bool there)
{
	if (there)
		fprintf(f, ",%" PRIu64, v);
	else
		fputc(',', f);
}

void deliveries_csv(FILE *f, const struct deliveries_doc *d)
{
	fputs("design,record,nth,recorded_ns,intid,vcpu,source,fate,sent_ps,delivered_ps,"
	      "latency_ps,delivered_vcpu,merged_with_record,again,again_ps,again_vcpu\n",
	      f);
	for (unsigned int k = 0; k < d->nr_runs; k++) {
		const struct occurrence *o;
		uint64_t nr;

		o = deliveries_list(d->run[k].deliveries, &nr);
		for (; nr; nr--, o++) {
			bool came = o->fate == FATE_DELIVERED || o->fate == FATE_MERGED;

			fprintf(f, "%s,%u,%u,%" PRIu64 ",%u", d->run[k].design->name, o->record,
				o->nth, o->recorded_ns, o->id.irq);
			csv_number(f, o->id.vcpu, o->id.vcpu != DELIVERIES_ANY);
			csv_number(f, o->id.src, o->id.src != DELIVERIES_ANY);
			fprintf(f, ",%s,%" PRIu64, delivery_fate_names[o->fate], o->sent_ps);
			csv_number(f, o->acked_ps, came);
			csv_number(f, o->acked_ps - o->sent_ps, came);
			csv_number(f, o->by, came);
			csv_number(f, o->with, o->fate == FATE_MERGED);
			fprintf(f, ",%u", o->again);
			csv_number(f, o->again_ps, o->again);
			csv_number(f, o->again_by, o->again);
			fputc('\n', f);
		}
	}
}

/* ---- JSON ------------------------------------------------------------------------- */

static json_t *num(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *hex(uint64_t n)
{
	char buf[20];

	snprintf(buf, sizeof(buf), "%016" PRIx64, n);
	return json_string(buf);
}

static json_t *vcpu_or_null(uint32_t vcpu)
{
	return vcpu == DELIVERIES_ANY ? json_null() : json_integer(vcpu);
}

static json_t *json_spread(const struct delivery_spread *s)
{
	if (!s->n)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "count", (json_int_t)s->n, "min",
			 (json_int_t)s->min_ps, "p10", (json_int_t)s->p10_ps, "p50",
			 (json_int_t)s->p50_ps, "p90", (json_int_t)s->p90_ps, "p99",
			 (json_int_t)s->p99_ps, "max", (json_int_t)s->max_ps, "mean",
			 (json_int_t)s->mean_ps);
}

static json_t *json_counts(const struct delivery_counts *c)
{
	json_t *j = json_object(), *differs = json_object();

	for (unsigned int bit = 0; bit < DIFFERS_NR; bit++)
		json_object_set_new(differs, delivery_differs_names[bit], num(c->differs[bit]));
	json_object_set_new(j, "sent", num(c->occurrences));
	json_object_set_new(j, "both", num(c->both));
	json_object_set_new(j, "neither", num(c->neither));
	json_object_set_new(j, "differing", num(c->differing));
	json_object_set_new(j, "differs", differs);
	json_object_set_new(j, "latency_difference_ps", json_spread(&c->latency));
	return j;
}

static json_t *json_side(const struct occurrence *o)
{
	json_t *j = json_object();

	json_object_set_new(j, "fate",
			    json_string(delivery_fate_names[o ? o->fate : FATE_UNCHANGED]));
	if (!o || o->fate == FATE_UNCHANGED)
		return j;
	json_object_set_new(j, "sent_ps", num(o->sent_ps));
	if (o->fate != FATE_DELIVERED && o->fate != FATE_MERGED)
		return j;
	json_object_set_new(j, "delivered_ps", num(o->acked_ps));
	json_object_set_new(j, "vcpu", json_integer(o->by));
	if (o->fate == FATE_MERGED)
		json_object_set_new(j, "merged_with_record", json_integer(o->with));
	json_object_set_new(j, "again", json_integer(o->again));
	if (o->again) {
		json_object_set_new(j, "again_ps", num(o->again_ps));
		json_object_set_new(j, "again_vcpu", json_integer(o->again_by));
	}
	return j;
}

static json_t *json_first(const struct delivery_pair *first, uint64_t nr)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i < nr; i++) {
		const struct delivery_pair *x = &first[i];
		const struct occurrence *o = x->a ? x->a : x->b;
		json_t *j = json_object(), *what = json_array();

		for (unsigned int bit = 0; bit < DIFFERS_NR; bit++)
			if (x->differs >> bit & 1)
				json_array_append_new(what,
						      json_string(delivery_differs_names[bit]));
		json_object_set_new(j, "record", json_integer(o->record));
		json_object_set_new(j, "recorded_ns", num(o->recorded_ns));
		json_object_set_new(j, "intid", json_integer(o->id.irq));
		json_object_set_new(j, "vcpu", vcpu_or_null(o->id.vcpu));
		json_object_set_new(j, "source", vcpu_or_null(o->id.src));
		json_object_set_new(j, "differs", what);
		json_object_set_new(j, "a", json_side(x->a));
		json_object_set_new(j, "b", json_side(x->b));
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *json_pairing(const struct deliveries_doc *d, const struct deliveries_pairing *p)
{
	json_t *j = json_counts(&p->diff.c), *rows = json_array();

	json_object_set_new(j, "a", json_string(d->run[p->a].design->name));
	json_object_set_new(j, "b", json_string(d->run[p->b].design->name));
	json_object_set_new(j, "time_difference_ps", json_spread(&p->diff.time));
	for (uint64_t i = 0; i < p->diff.nr_rows; i++) {
		json_t *row = json_counts(&p->diff.row[i].c);

		json_object_set_new(row, "vcpu", vcpu_or_null(p->diff.row[i].vcpu));
		json_object_set_new(row, "intid", json_integer(p->diff.row[i].irq));
		json_array_append_new(rows, row);
	}
	json_object_set_new(j, "interrupts", rows);
	json_object_set_new(j, "first", json_first(p->diff.first, p->diff.nr_first));
	json_object_set_new(j, "first_apart", json_first(p->diff.apart, p->diff.nr_apart));
	return j;
}

static json_t *json_run(const struct deliveries_run *run)
{
	struct fates n = fates_of(run);
	json_t *j = json_object();

	json_object_set_new(j, "design", json_string(run->design->name));
	json_object_set_new(j, "kernel", json_string(run->design->kernel));
	if (design_origin(run->design))
		json_object_set_new(j, "plugin", result_plugin(run->design));
	json_object_set_new(j, "fingerprint", hex(run->fingerprint));
	json_object_set_new(j, "sim_time_ps", num(run->sim_time.ps));
	json_object_set_new(j, "sent", num(n.sent));
	for (unsigned int k = 0; k < FATE_NR; k++)
		json_object_set_new(j, delivery_fate_names[k], num(n.fate[k]));
	json_object_set_new(j, "again", num(n.again));
	json_object_set_new(j, "not_sent", num(n.unsent));
	return j;
}

int deliveries_json(FILE *f, const struct deliveries_doc *d, struct err *err)
{
	json_t *j = json_object(), *runs = json_array(), *pairings = json_array();
	int ret = 0;

	for (unsigned int i = 0; i < d->nr_runs; i++)
		json_array_append_new(runs, json_run(&d->run[i]));
	for (unsigned int i = 0; i < d->nr_pairings; i++)
		json_array_append_new(pairings, json_pairing(d, &d->pairing[i]));
	if (!j || !runs || !pairings) {
		json_decref(j);
		json_decref(runs);
		json_decref(pairings);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	json_object_set_new(j, "schema", json_string("vgicsim-deliveries-1"));
	json_object_set_new(j, "trace", json_string(d->trace));
	json_object_set_new(j, "trace_digest", hex(d->run[0].trace_digest));
	json_object_set_new(j, "records", num(d->run[0].records));
	json_object_set_new(j, "truncated", json_boolean(d->truncated));
	json_object_set_new(j, "host", json_string(d->o->host->name));
	json_object_set_new(j, "host_digest", hex(d->o->host->digest));
	json_object_set_new(j, "seed", num(d->o->seed));
	json_object_set_new(j, "explore", num(d->o->explore));
	json_object_set_new(j, "lock", json_string(lock_algo_names[d->o->lock]));
	json_object_set_new(j, "apart_ps", num(d->apart.ps));
	json_object_set_new(j, "runs", runs);
	json_object_set_new(j, "pairs", pairings);
	if (json_dumpf(j, f, JSON_INDENT(1)) || fputc('\n', f) == EOF)
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	json_decref(j);
	return ret;
}
