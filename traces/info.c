// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counting what a trace holds. Tables that a trace could make endless (LPIs,
 * MSIs, addresses outside of the GIC) stop growing at INFO_MAX_ROWS; what
 * comes after is counted together. How it looks is info-print.c and
 * info-json.c.
 */
#include "info-int.h"

#include <stdlib.h>
#include <string.h>

#include "gic.h"

struct info *info_create(const struct trace_meta *meta)
{
	struct info *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->meta = *meta;
	i->vcpu = calloc(meta->nr_vcpus, sizeof(*i->vcpu));
	if (!i->vcpu) {
		free(i);
		return NULL;
	}
	return i;
}

/* ---- open-ended tables: a hash finds the row, rows stay in order of arrival ---- */

static uint64_t mix(uint64_t v)
{
	v ^= v >> 33;
	v *= UINT64_C(0xff51afd7ed558ccd);
	v ^= v >> 33;
	v *= UINT64_C(0xc4ceb9fe1a85ec53);
	return v ^ v >> 33;
}

static int table_grow(struct info_table *t)
{
	uint32_t slots = t->slots ? 2 * t->slots : 64, *slot = calloc(slots, sizeof(*slot));
	struct info_row *row = realloc(t->row, slots / 2 * sizeof(*row));

	if (row)
		t->row = row;
	if (!slot || !row) {
		free(slot);
		return -1;
	}
	for (uint32_t k = 0; k < t->nr; k++) {
		uint32_t at = (uint32_t)mix(t->row[k].key) & (slots - 1);

		while (slot[at])
			at = (at + 1) & (slots - 1);
		slot[at] = k + 1;
	}
	free(t->slot);
	t->slot = slot;
	t->slots = slots;
	return 0;
}

/* The row of @key, made if new; NULL if the table is full, or -1 in *rc. */
static struct info_row *table_row(struct info_table *t, uint64_t key, int *rc)
{
	struct info_row *row;
	uint32_t at;

	if (t->nr == t->slots / 2 && t->nr < INFO_MAX_ROWS && table_grow(t)) {
		*rc = -1;
		return NULL;
	}
	at = (uint32_t)mix(key) & (t->slots - 1);
	for (; t->slot[at]; at = (at + 1) & (t->slots - 1))
		if (t->row[t->slot[at] - 1].key == key)
			return &t->row[t->slot[at] - 1];
	if (t->nr == INFO_MAX_ROWS) {
		t->beyond++;
		return NULL;
	}
	row = &t->row[t->nr++];
	memset(row, 0, sizeof(*row));
	row->key = key;
	t->slot[at] = t->nr;
	return row;
}

/* ---- events ---- */

/* Distance to the one before, by Welford's method. */
static void gap_add(struct info_gaps *g, uint64_t *last_ns, bool first, uint64_t now_ns)
{
	double gap, off;

	if (!first) {
		gap = (double)(now_ns - *last_ns);
		g->n++;
		off = gap - g->mean;
		g->mean += off / (double)g->n;
		g->m2 += off * (gap - g->mean);
	}
	*last_ns = now_ns;
}

static int add_arrival(struct info *i, struct info_table *t, uint64_t key, uint64_t *last_ns,
		       bool *seen, uint64_t now_ns)
{
	int rc = 0;
	struct info_row *row = table_row(t, key, &rc);

	if (!row)
		return rc;
	row->n++;
	if (!last_ns) {
		last_ns = &row->last_ns;
		seen = &row->seen;
	}
	gap_add(&row->gaps, last_ns, !*seen, now_ns);
	*seen = true;
	return 0;
}

static int add_inject(struct info *i, const struct trace_rec *r)
{
	uint32_t irq = r->d.inject.irq;
	struct info_vcpu *v;
	struct info_row *row;
	int rc = 0;

	if (!r->d.inject.level) {
		row = table_row(&i->irqs, irq, &rc);
		if (row)
			row->n2++;
		return rc;
	}
	i->nr_raised++;
	/* A private interrupt arrives at each vCPU for itself. */
	if (!gic_is_private(irq))
		return add_arrival(i, &i->irqs, irq, NULL, NULL, r->time_ns);
	v = &i->vcpu[r->d.inject.vcpu];
	return add_arrival(i, &i->irqs, irq, &v->irq_last_ns[irq], &v->irq_seen[irq], r->time_ns);
}

/* An SGI is sent, to @targets vCPUs. */
static void add_sgi(struct info *i, const struct trace_rec *r, unsigned int number,
		    unsigned int targets)
{
	struct info_vcpu *v = &i->vcpu[r->ctx_id];

	i->nr_sgis++;
	i->sgi[number]++;
	i->nr_sgi_targets += targets;
	gap_add(&i->sgi_gaps, &v->sgi_last_ns, !v->sgi_seen, r->time_ns);
	v->sgi_seen = true;
}

/* GICD_SGIR: the target list filter says whether there is a list (IHI 0048B.b 4.3.15). */
static void add_sgir(struct info *i, const struct trace_rec *r)
{
	uint64_t val = r->d.mmio.val;
	unsigned int filter = val >> 24 & 3;

	add_sgi(i, r, val & 15,
		filter == 0   ? (unsigned int)__builtin_popcountll(val >> 16 & 0xff)
		: filter == 1 ? i->meta.nr_vcpus - 1
			      : filter == 2);
}

static int add_mmio(struct info *i, const struct trace_rec *r)
{
	struct info_row *row;
	struct gic_reg reg;
	int rc = 0;

	if (!gic_reg_find(&i->meta, r->d.mmio.gpa, &reg)) {
		i->nr_other_mmio++;
		row = table_row(&i->mmio, r->d.mmio.gpa, &rc);
	} else {
		row = table_row(&i->gic, (uint64_t)reg.frame << 32 | reg.first, &rc);
		i->nr_frame[reg.frame]++;
		if (row)
			row->reg = reg;
		if (r->d.mmio.write && i->meta.gic == 2 && reg.frame == FRAME_GICD &&
		    reg.offset == 0xf00)
			add_sgir(i, r);
	}
	if (row && r->d.mmio.write)
		row->n2++;
	else if (row)
		row->n++;
	return rc;
}

static int add_sysreg(struct info *i, const struct trace_rec *r)
{
	uint32_t reg = r->d.sysreg.reg;
	struct info_row *row;
	int rc = 0;

	row = table_row(&i->sysregs, reg, &rc);
	if (row && r->d.sysreg.write)
		row->n2++;
	else if (row)
		row->n++;
	if (!r->d.sysreg.write || (reg != SYSREG_ICC_SGI1R_EL1 && reg != SYSREG_ICC_SGI0R_EL1 &&
				   reg != SYSREG_ICC_ASGI1R_EL1))
		return rc;
	if (r->flags & REC_HAS_VAL) {
		/* Bit 40: all but the sender; otherwise a list of one cluster. */
		add_sgi(i, r, r->d.sysreg.val >> 24 & 15,
			r->d.sysreg.val >> 40 & 1
				? i->meta.nr_vcpus - 1
				: (unsigned int)__builtin_popcountll(r->d.sysreg.val & 0xffff));
	} else {
		i->nr_sgis++;
		i->sgi_unknown++;
		gap_add(&i->sgi_gaps, &i->vcpu[r->ctx_id].sgi_last_ns, !i->vcpu[r->ctx_id].sgi_seen,
			r->time_ns);
		i->vcpu[r->ctx_id].sgi_seen = true;
	}
	return rc;
}

static void add_entry(struct info *i, const struct trace_rec *r)
{
	struct info_vcpu *v = &i->vcpu[r->ctx_id];
	uint64_t *to = v->asleep ? &v->sleep_ns : &v->host_ns;

	v->entries++;
	if (v->where == INFO_HOST)
		*to += r->time_ns - v->since_ns;
	v->where = INFO_GUEST;
	v->asleep = false;
	v->since_ns = r->time_ns;
}

static void add_exit(struct info *i, const struct trace_rec *r)
{
	struct info_vcpu *v = &i->vcpu[r->ctx_id];

	v->exits++;
	if (v->where == INFO_GUEST)
		v->guest_ns += r->time_ns - v->since_ns;
	v->where = INFO_HOST;
	v->since_ns = r->time_ns;
	i->reason[r->d.exit.reason]++;
	if (r->d.exit.reason == EXIT_TRAP && r->flags & REC_HAS_EC)
		i->ec[r->d.exit.ec]++;
	if (r->d.exit.reason == EXIT_IRQ)
		i->cause[r->d.exit.cause]++;
}

/* From the exit on it was host time; from here to the entry it is sleep. */
static void add_wfi(struct info *i, const struct trace_rec *r)
{
	struct info_vcpu *v = &i->vcpu[r->ctx_id];

	v->wfis++;
	if (v->where == INFO_HOST && !v->asleep) {
		v->host_ns += r->time_ns - v->since_ns;
		v->since_ns = r->time_ns;
		v->asleep = true;
	}
}

int info_add(struct info *i, const struct trace_rec *r)
{
	i->nr_records++;
	i->kind[r->kind]++;
	i->end_ns = r->time_ns;
	if (r->ctx == CTX_VCPU)
		i->vcpu[r->ctx_id].records++;
	switch (r->kind) {
	case REC_ENTRY:
		add_entry(i, r);
		break;
	case REC_EXIT:
		add_exit(i, r);
		break;
	case REC_WFI:
		add_wfi(i, r);
		break;
	case REC_MMIO:
		return add_mmio(i, r);
	case REC_SYSREG:
		return add_sysreg(i, r);
	case REC_INJECT:
		return add_inject(i, r);
	case REC_MSI:
		return add_arrival(i, &i->msis, (uint64_t)r->d.msi.devid << 32 | r->d.msi.eventid,
				   NULL, NULL, r->time_ns);
	case REC_LRS:
		i->lrs_at[r->d.lrs.at_exit]++;
		i->lrs_used[r->d.lrs.at_exit][r->d.lrs.used]++;
		break;
	case REC_LOST:
		if (__builtin_add_overflow(i->nr_lost, r->d.lost.n, &i->nr_lost))
			i->nr_lost = UINT64_MAX;
		break;
	}
	return 0;
}

/* ---- the end ---- */

static int by_count(const void *a, const void *b)
{
	const struct info_row *x = a, *y = b;
	uint64_t nx = x->n + x->n2, ny = y->n + y->n2;

	if (nx != ny)
		return nx < ny ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* Most frequent first. No row is looked up any more after this. */
static void table_sort(struct info_table *t)
{
	if (t->nr)
		qsort(t->row, t->nr, sizeof(*t->row), by_count);
}

__attribute__((format(printf, 2, 3))) static void miss(struct info *i, const char *fmt, ...)
{
	va_list ap;

	if (i->nr_missing == INFO_MAX_MISSING)
		return;
	va_start(ap, fmt);
	vsnprintf(i->missing[i->nr_missing++], sizeof(i->missing[0]), fmt, ap);
	va_end(ap);
}

static void find_missing(struct info *i)
{
	const uint64_t *n = i->kind;
	uint64_t silent = 0;

	if (!n[REC_STATE])
		miss(i, "no state lines: the distributor's state at the start must be inferred");
	if (!n[REC_LRS])
		miss(i, "no list registers: what the guest acknowledged must be modelled, and the "
			"replay cannot be held against the recorded host");
	else if (!i->lrs_at[0] || !i->lrs_at[1])
		miss(i, "list registers at %s only", i->lrs_at[0] ? "entry" : "exit");
	if (i->sgi_unknown)
		miss(i,
		     "%" PRIu64 " of %" PRIu64 " SGIs without the written value: number and "
		     "targets must be inferred",
		     i->sgi_unknown, i->nr_sgis);
	if (i->reason[EXIT_IRQ] && i->cause[CAUSE_UNKNOWN])
		miss(i,
		     "%" PRIu64 " of %" PRIu64 " interrupt exits without a cause: the recorded "
		     "host's own kicks must be recognised otherwise",
		     i->cause[CAUSE_UNKNOWN], i->reason[EXIT_IRQ]);
	if (!n[REC_HOST_IRQ] && !n[REC_IPI])
		miss(i, "no host interrupts or IPIs");
	if (!n[REC_SCHED])
		miss(i,
		     "no scheduling events: a vCPU that was preempted looks like one that works");
	if (!i->meta.nr_frames && n[REC_MMIO])
		miss(i, "no GIC frames in the header: no access can be told to be to the GIC");
	if (i->meta.gic == 3 && !n[REC_MSI] && !n[REC_ITS] && i->nr_frame[FRAME_ITS])
		miss(i, "an ITS is used, but no MSI and no ITS command was recorded");
	for (uint32_t k = 0; k < i->meta.nr_vcpus; k++)
		silent += !i->vcpu[k].entries;
	if (silent)
		miss(i, "%" PRIu64 " of %u vCPUs never enter the guest", silent, i->meta.nr_vcpus);
	if (i->nr_lost)
		miss(i, "%" PRIu64 " events were lost while recording", i->nr_lost);
}

void info_finish(struct info *i, uint64_t digest)
{
	i->digest = digest;
	table_sort(&i->irqs);
	table_sort(&i->msis);
	table_sort(&i->mmio);
	table_sort(&i->sysregs);
	table_sort(&i->gic);
	find_missing(i);
}

int info_read(struct trace_reader *r, struct info **out, struct err *err)
{
	const struct trace_rec *rec;
	int rc;

	*out = info_create(trace_meta(r));
	if (!*out)
		return err_set(err, ERR_NOMEM, "info: out of memory");
	while ((rc = trace_next(r, &rec, err)) > 0)
		if (info_add(*out, rec)) {
			info_destroy(*out);
			*out = NULL;
			return err_set(err, ERR_NOMEM, "info: out of memory");
		}
	info_finish(*out, trace_digest(r));
	return rc;
}

uint64_t info_nr_records(const struct info *i)
{
	return i->nr_records;
}

const char *info_missing(const struct info *i, unsigned int n)
{
	return n < i->nr_missing ? i->missing[n] : NULL;
}

void info_destroy(struct info *i)
{
	struct info_table *t[] = { &i->irqs, &i->msis, &i->mmio, &i->gic, &i->sysregs };

	if (!i)
		return;
	for (size_t k = 0; k < sizeof(t) / sizeof(t[0]); k++) {
		free(t[k]->slot);
		free(t[k]->row);
	}
	free(i->vcpu);
	free(i);
}
