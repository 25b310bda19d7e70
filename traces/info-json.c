// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The anatomy of a trace as a JSON document, every row of every table.
 */
#include "info-int.h"

#include <math.h>

#include "gic.h"

double info_rate(const struct info *i, uint64_t n)
{
	return i->end_ns ? (double)n * 1e9 / (double)i->end_ns : 0;
}

double info_burstiness(const struct info_gaps *g)
{
	if (g->n < 2 || !(g->mean > 0))
		return -1;
	return sqrt(g->m2 / (double)g->n) / g->mean;
}

const char *info_ec_name(unsigned int ec)
{
	static const char *const names[64] = {
		[0x00] = "unknown",
		[0x01] = "WFI or WFE",
		[0x07] = "FP or SIMD",
		[0x0e] = "illegal execution state",
		[0x11] = "SVC (AArch32)",
		[0x12] = "HVC (AArch32)",
		[0x13] = "SMC (AArch32)",
		[0x15] = "SVC",
		[0x16] = "HVC",
		[0x17] = "SMC",
		[0x18] = "system register",
		[0x19] = "SVE",
		[0x20] = "instruction abort",
		[0x22] = "PC alignment",
		[0x24] = "data abort",
		[0x26] = "SP alignment",
		[0x2f] = "SError",
		[0x30] = "breakpoint",
		[0x32] = "software step",
		[0x34] = "watchpoint",
		[0x3c] = "BRK",
	};

	return names[ec & 63];
}

const char *info_reg_name(const struct gic_reg *reg, char *buf, size_t len)
{
	if (!reg->name)
		snprintf(buf, len, "%s+0x%x", frame_kind_name(reg->frame), reg->offset);
	else
		snprintf(buf, len, "%s%s", reg->name, reg->index >= 0 ? "<n>" : "");
	return buf;
}

static void set_u64(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)(v > INT64_MAX ? INT64_MAX : v)));
}

static void set_hex(json_t *o, const char *key, uint64_t v, int digits)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "0x%0*" PRIx64, digits, v);
	json_object_set_new(o, key, json_string(buf));
}

/* What cannot be told is null. */
static void set_real(json_t *o, const char *key, double v)
{
	json_object_set_new(o, key, v >= 0 && isfinite(v) ? json_real(v) : json_null());
}

static json_t *meta_json(const struct trace_meta *m)
{
	json_t *o = json_object(), *frames = json_array();

	set_u64(o, "gic", m->gic);
	set_u64(o, "vcpus", m->nr_vcpus);
	set_u64(o, "pcpus", m->nr_pcpus);
	set_u64(o, "spis", m->nr_spis);
	set_u64(o, "resolution_ps", m->resolution_ps);
	json_object_set_new(o, "source", json_string(m->source));
	for (uint32_t k = 0; k < m->nr_frames; k++) {
		json_t *f = json_object();

		json_object_set_new(f, "kind", json_string(frame_kind_name(m->frame[k].kind)));
		set_hex(f, "gpa", m->frame[k].gpa, 8);
		set_hex(f, "size", m->frame[k].size, 1);
		json_array_append_new(frames, f);
	}
	json_object_set_new(o, "frames", frames);
	return o;
}

static json_t *kinds_json(const struct info *i)
{
	json_t *a = json_array();

	for (unsigned int k = 1; k < REC_NR_KINDS; k++) {
		json_t *o;

		if (!i->kind[k] || k == REC_LRS_MORE)
			continue;
		o = json_object();
		json_object_set_new(o, "event", json_string(rec_kind_name(k)));
		set_u64(o, "count", i->kind[k]);
		set_real(o, "per_s", info_rate(i, i->kind[k]));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *exits_json(const struct info *i)
{
	json_t *o = json_object(), *reason = json_object(), *ec = json_array(),
	       *cause = json_object();

	for (unsigned int k = 0; k < EXIT_NR_REASONS; k++)
		set_u64(reason, rec_reason_name(k), i->reason[k]);
	for (unsigned int k = 0; k < 64; k++) {
		const char *name = info_ec_name(k);
		json_t *row;

		if (!i->ec[k])
			continue;
		row = json_object();
		set_hex(row, "ec", k, 2);
		json_object_set_new(row, "name", name ? json_string(name) : json_null());
		set_u64(row, "count", i->ec[k]);
		json_array_append_new(ec, row);
	}
	for (unsigned int k = 0; k < CAUSE_NR; k++)
		set_u64(cause, rec_cause_name(k), i->cause[k]);
	json_object_set_new(o, "reason", reason);
	json_object_set_new(o, "ec", ec);
	json_object_set_new(o, "cause", cause);
	return o;
}

static json_t *vcpus_json(const struct info *i)
{
	json_t *a = json_array();

	for (uint32_t k = 0; k < i->meta.nr_vcpus; k++) {
		const struct info_vcpu *v = &i->vcpu[k];
		json_t *o = json_object();

		set_u64(o, "vcpu", k);
		set_u64(o, "records", v->records);
		set_u64(o, "entries", v->entries);
		set_u64(o, "exits", v->exits);
		set_u64(o, "wfis", v->wfis);
		set_u64(o, "guest_ns", v->guest_ns);
		set_u64(o, "host_ns", v->host_ns);
		set_u64(o, "sleep_ns", v->sleep_ns);
		json_array_append_new(a, o);
	}
	return a;
}

static void set_arrivals(json_t *o, const struct info *i, const struct info_row *row)
{
	set_u64(o, "count", row->n);
	set_real(o, "per_s", info_rate(i, row->n));
	set_real(o, "gap_mean_ns", row->gaps.n ? row->gaps.mean : -1);
	set_real(o, "gap_cv", info_burstiness(&row->gaps));
}

static json_t *irqs_json(const struct info *i)
{
	json_t *a = json_array();

	for (uint32_t k = 0; k < i->irqs.nr; k++) {
		json_t *o = json_object();

		set_u64(o, "irq", i->irqs.row[k].key);
		set_arrivals(o, i, &i->irqs.row[k]);
		set_u64(o, "lowered", i->irqs.row[k].n2);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *msis_json(const struct info *i)
{
	json_t *a = json_array();

	for (uint32_t k = 0; k < i->msis.nr; k++) {
		json_t *o = json_object();

		set_u64(o, "devid", i->msis.row[k].key >> 32);
		set_u64(o, "eventid", i->msis.row[k].key & UINT32_MAX);
		set_arrivals(o, i, &i->msis.row[k]);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *sgis_json(const struct info *i)
{
	json_t *o = json_object(), *a = json_array();

	set_u64(o, "count", i->nr_sgis);
	set_u64(o, "unknown", i->sgi_unknown);
	for (unsigned int k = 0; k < 16; k++)
		json_array_append_new(a, json_integer((json_int_t)i->sgi[k]));
	json_object_set_new(o, "by_number", a);
	return o;
}

static void set_rw(json_t *o, const struct info_row *row)
{
	set_u64(o, "reads", row->n);
	set_u64(o, "writes", row->n2);
}

static json_t *accesses_json(const struct info *i)
{
	json_t *all = json_object(), *gic = json_array(), *mmio = json_array(),
	       *sysreg = json_array();
	char buf[64];

	for (uint32_t k = 0; k < i->gic.nr; k++) {
		const struct info_row *row = &i->gic.row[k];
		json_t *o = json_object();

		json_object_set_new(o, "frame", json_string(frame_kind_name(row->reg.frame)));
		json_object_set_new(o, "register",
				    json_string(info_reg_name(&row->reg, buf, sizeof(buf))));
		set_rw(o, row);
		json_array_append_new(gic, o);
	}
	for (uint32_t k = 0; k < i->mmio.nr; k++) {
		json_t *o = json_object();

		set_hex(o, "gpa", i->mmio.row[k].key, 8);
		set_rw(o, &i->mmio.row[k]);
		json_array_append_new(mmio, o);
	}
	for (uint32_t k = 0; k < i->sysregs.nr; k++) {
		const struct info_row *row = &i->sysregs.row[k];
		json_t *o = json_object();

		json_object_set_new(o, "register",
				    json_string(sysreg_name((uint32_t)row->key, buf, sizeof(buf))));
		set_rw(o, row);
		json_array_append_new(sysreg, o);
	}
	json_object_set_new(all, "gic", gic);
	json_object_set_new(all, "mmio", mmio);
	set_u64(all, "mmio_beyond", i->mmio.beyond);
	json_object_set_new(all, "sysreg", sysreg);
	return all;
}

static json_t *lrs_json(const struct info *i)
{
	static const char *const at[2] = { "entry", "exit" };
	json_t *o = json_object();

	for (int e = 0; e < 2; e++) {
		json_t *a = json_array();
		unsigned int last = 64;

		while (last && !i->lrs_used[e][last])
			last--;
		for (unsigned int k = 0; i->lrs_at[e] && k <= last; k++)
			json_array_append_new(a, json_integer((json_int_t)i->lrs_used[e][k]));
		json_object_set_new(o, at[e], a);
	}
	return o;
}

json_t *info_json(const struct info *i)
{
	json_t *o = json_object(), *missing = json_array();

	if (!o)
		return NULL;
	json_object_set_new(o, "schema", json_string(INFO_SCHEMA));
	set_u64(o, "records", i->nr_records);
	set_hex(o, "digest", i->digest, 16);
	set_u64(o, "duration_ns", i->end_ns);
	set_u64(o, "lost", i->nr_lost);
	json_object_set_new(o, "meta", meta_json(&i->meta));
	json_object_set_new(o, "events", kinds_json(i));
	json_object_set_new(o, "exits", exits_json(i));
	json_object_set_new(o, "vcpus", vcpus_json(i));
	json_object_set_new(o, "interrupts", irqs_json(i));
	json_object_set_new(o, "msis", msis_json(i));
	json_object_set_new(o, "sgis", sgis_json(i));
	json_object_set_new(o, "accesses", accesses_json(i));
	json_object_set_new(o, "lrs_used", lrs_json(i));
	for (unsigned int k = 0; k < i->nr_missing; k++)
		json_array_append_new(missing, json_string(i->missing[k]));
	json_object_set_new(o, "missing", missing);
	return o;
}
