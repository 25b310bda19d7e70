// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The anatomy of a trace as tables for people. Open-ended tables show their
 * INFO_TOP most frequent rows and say how many there are.
 */
#include "info-int.h"

#include "gic.h"

static double percent(uint64_t n, uint64_t of)
{
	return of ? 100.0 * (double)n / (double)of : 0;
}

static void print_head(const struct info *i, FILE *f)
{
	const struct trace_meta *m = &i->meta;

	fprintf(f, "duration  %" PRIu64 ".%09" PRIu64 " s\n", i->end_ns / 1000000000,
		i->end_ns % 1000000000);
	fprintf(f, "records   %" PRIu64 "\n", i->nr_records);
	fprintf(f, "digest    %016" PRIx64 "\n", i->digest);
	fprintf(f, "guest     GICv%u, %u vCPUs on %u CPUs, %u SPIs\n", m->gic, m->nr_vcpus,
		m->nr_pcpus, m->nr_spis);
	if (m->resolution_ps)
		fprintf(f, "clock     steps of %u.%03u ns\n", m->resolution_ps / 1000,
			m->resolution_ps % 1000);
	for (uint32_t k = 0; k < m->nr_frames; k++)
		fprintf(f, "frame     %-4s 0x%08" PRIx64 " size 0x%" PRIx64 "\n",
			frame_kind_name(m->frame[k].kind), m->frame[k].gpa, m->frame[k].size);
	if (m->source[0])
		fprintf(f, "source    %s\n", m->source);
}

static void print_kinds(const struct info *i, FILE *f)
{
	fprintf(f, "\n%-24s %10s %12s\n", "events", "count", "per second");
	for (unsigned int k = 1; k < REC_NR_KINDS; k++)
		if (i->kind[k] && k != REC_LRS_MORE)
			fprintf(f, "  %-22s %10" PRIu64 " %12.1f\n", rec_kind_name(k), i->kind[k],
				info_rate(i, i->kind[k]));
}

static void print_exits(const struct info *i, FILE *f)
{
	uint64_t all = i->kind[REC_EXIT];
	char name[48];

	if (!all)
		return;
	fprintf(f, "\n%-34s %10s %12s %6s\n", "exits", "count", "per second", "%");
	for (unsigned int k = 0; k < EXIT_NR_REASONS; k++) {
		if (!i->reason[k])
			continue;
		fprintf(f, "  %-32s %10" PRIu64 " %12.1f %6.1f\n", rec_reason_name(k), i->reason[k],
			info_rate(i, i->reason[k]), percent(i->reason[k], all));
		for (unsigned int e = 0; k == EXIT_TRAP && e < 64; e++) {
			const char *ec = info_ec_name(e);

			snprintf(name, sizeof(name), "0x%02x %s", e, ec ? ec : "");
			if (i->ec[e])
				fprintf(f, "    %-30s %10" PRIu64 " %12.1f %6.1f\n", name, i->ec[e],
					info_rate(i, i->ec[e]), percent(i->ec[e], all));
		}
		for (unsigned int e = 0; k == EXIT_IRQ && e < CAUSE_NR; e++)
			if (i->cause[e])
				fprintf(f, "    %-30s %10" PRIu64 " %12.1f %6.1f\n",
					e ? rec_cause_name(e) : "cause not recorded", i->cause[e],
					info_rate(i, i->cause[e]), percent(i->cause[e], all));
	}
}

static void print_vcpus(const struct info *i, FILE *f)
{
	fprintf(f, "\n%-6s %10s %10s %10s %10s %12s %12s %12s\n", "vcpu", "records", "entries",
		"exits", "wfis", "guest ms", "host ms", "asleep ms");
	for (uint32_t k = 0; k < i->meta.nr_vcpus; k++) {
		const struct info_vcpu *v = &i->vcpu[k];

		fprintf(f,
			"  %-4u %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
			" %12.3f %12.3f %12.3f\n",
			k, v->records, v->entries, v->exits, v->wfis, (double)v->guest_ns / 1e6,
			(double)v->host_ns / 1e6, (double)v->sleep_ns / 1e6);
	}
}

static void print_arrivals(const struct info *i, const struct info_row *row, const char *name,
			   FILE *f)
{
	double cv = info_burstiness(&row->gaps);

	fprintf(f, "  %-22s %10" PRIu64 " %10" PRIu64 " %12.1f", name, row->n, row->n2,
		info_rate(i, row->n));
	if (cv < 0)
		fprintf(f, " %10s\n", "-");
	else
		fprintf(f, " %10.2f\n", cv);
}

static void print_more(const struct info_table *t, FILE *f)
{
	if (t->nr > INFO_TOP)
		fprintf(f, "  and %u more\n", t->nr - INFO_TOP);
	if (t->beyond)
		fprintf(f, "  and %" PRIu64 " events of others\n", t->beyond);
}

static void print_irqs(const struct info *i, FILE *f)
{
	char name[64];

	if (!i->irqs.nr && !i->msis.nr)
		return;
	fprintf(f, "\n%-24s %10s %10s %12s %10s\n", "injections", "raised", "lowered", "per second",
		"burstiness");
	for (uint32_t k = 0; k < i->irqs.nr && k < INFO_TOP; k++) {
		uint32_t irq = (uint32_t)i->irqs.row[k].key;

		snprintf(name, sizeof(name), "%s %u",
			 gic_is_sgi(irq)       ? "SGI"
			 : gic_is_private(irq) ? "PPI"
			 : gic_is_spi(irq)     ? "SPI"
					       : "LPI",
			 irq);
		print_arrivals(i, &i->irqs.row[k], name, f);
	}
	print_more(&i->irqs, f);
	for (uint32_t k = 0; k < i->msis.nr && k < INFO_TOP; k++) {
		snprintf(name, sizeof(name), "MSI 0x%" PRIx64 " event %" PRIu64,
			 i->msis.row[k].key >> 32, i->msis.row[k].key & UINT32_MAX);
		print_arrivals(i, &i->msis.row[k], name, f);
	}
	print_more(&i->msis, f);
}

static void print_sgis(const struct info *i, FILE *f)
{
	if (!i->nr_sgis)
		return;
	fprintf(f, "\n%-24s %10s\n", "SGIs sent", "count");
	for (unsigned int k = 0; k < 16; k++)
		if (i->sgi[k])
			fprintf(f, "  SGI %-18u %10" PRIu64 "\n", k, i->sgi[k]);
	if (i->sgi_unknown)
		fprintf(f, "  %-22s %10" PRIu64 "\n", "number not recorded", i->sgi_unknown);
}

static void print_accesses(const struct info *i, FILE *f)
{
	char name[64];

	if (i->gic.nr) {
		fprintf(f, "\n%-24s %10s %10s\n", "GIC accesses", "reads", "writes");
		for (uint32_t k = 0; k < i->gic.nr; k++)
			fprintf(f, "  %-22s %10" PRIu64 " %10" PRIu64 "\n",
				info_reg_name(&i->gic.row[k].reg, name, sizeof(name)),
				i->gic.row[k].n, i->gic.row[k].n2);
	}
	if (i->mmio.nr) {
		fprintf(f, "\n%-24s %10s %10s\n", "other MMIO", "reads", "writes");
		for (uint32_t k = 0; k < i->mmio.nr && k < INFO_TOP; k++)
			fprintf(f, "  0x%08" PRIx64 "%*s %10" PRIu64 " %10" PRIu64 "\n",
				i->mmio.row[k].key, i->mmio.row[k].key >> 32 ? 4 : 12, "",
				i->mmio.row[k].n, i->mmio.row[k].n2);
		print_more(&i->mmio, f);
	}
	if (i->sysregs.nr) {
		fprintf(f, "\n%-24s %10s %10s\n", "system registers", "reads", "writes");
		for (uint32_t k = 0; k < i->sysregs.nr && k < INFO_TOP; k++)
			fprintf(f, "  %-22s %10" PRIu64 " %10" PRIu64 "\n",
				sysreg_name((uint32_t)i->sysregs.row[k].key, name, sizeof(name)),
				i->sysregs.row[k].n, i->sysregs.row[k].n2);
		print_more(&i->sysregs, f);
	}
}

static void print_lrs(const struct info *i, FILE *f)
{
	if (!i->kind[REC_LRS])
		return;
	fprintf(f, "\n%-24s %10s %10s\n", "list registers in use", "at entry", "at exit");
	for (unsigned int k = 0; k <= 64; k++)
		if (i->lrs_used[0][k] || i->lrs_used[1][k])
			fprintf(f, "  %-22u %10" PRIu64 " %10" PRIu64 "\n", k, i->lrs_used[0][k],
				i->lrs_used[1][k]);
}

int info_print(const struct info *i, FILE *f)
{
	print_head(i, f);
	print_kinds(i, f);
	print_exits(i, f);
	print_vcpus(i, f);
	print_irqs(i, f);
	print_sgis(i, f);
	print_accesses(i, f);
	print_lrs(i, f);
	if (i->nr_missing)
		fprintf(f, "\nmissing\n");
	for (unsigned int k = 0; k < i->nr_missing; k++)
		fprintf(f, "  %s\n", i->missing[k]);
	return ferror(f) || fflush(f) ? -1 : 0;
}
