// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces side by side, in figures that do not depend on how long they are or on
 * how many vCPUs they have: rates of a vCPU, the mix of exits, how bursty and how
 * wide. What a trace has none of, or cannot tell, is "-".
 */
#include "info-int.h"

#include <math.h>
#include <string.h>

#include "gic.h"

struct figure {
	const char *what;
	double (*of)(const struct info *i);
};

static double none(void)
{
	return NAN;
}

static double each_vcpu(const struct info *i, uint64_t n)
{
	return info_rate(i, n) / i->meta.nr_vcpus;
}

static uint64_t all_exits(const struct info *i)
{
	uint64_t n = 0;

	for (unsigned int k = 0; k < EXIT_NR_REASONS; k++)
		n += i->reason[k];
	return n;
}

static double share(const struct info *i, uint64_t n)
{
	uint64_t all = all_exits(i);

	return all ? 100.0 * (double)n / (double)all : none();
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : none();
}

struct sums {
	double exits, wfis, guest_ns, host_ns, sleep_ns;
};

static struct sums sums_of(const struct info *i)
{
	struct sums s = { 0 };

	for (uint32_t k = 0; k < i->meta.nr_vcpus; k++) {
		const struct info_vcpu *v = &i->vcpu[k];

		s.exits += (double)v->exits;
		s.wfis += (double)v->wfis;
		s.guest_ns += (double)v->guest_ns;
		s.host_ns += (double)v->host_ns;
		s.sleep_ns += (double)v->sleep_ns;
	}
	return s;
}

static double exits(const struct info *i)
{
	return each_vcpu(i, all_exits(i));
}

static double x_kick(const struct info *i)
{
	return share(i, i->cause[CAUSE_KICK]);
}

static double x_timer(const struct info *i)
{
	return share(i, i->cause[CAUSE_TIMER]);
}

static double x_irq(const struct info *i)
{
	return share(i, i->reason[EXIT_IRQ] - i->cause[CAUSE_KICK] - i->cause[CAUSE_TIMER]);
}

static double x_wfx(const struct info *i)
{
	return share(i, i->ec[0x01]);
}

static double x_sysreg(const struct info *i)
{
	return share(i, i->ec[0x18]);
}

static double x_abort(const struct info *i)
{
	return share(i, i->ec[0x24]);
}

static double x_hvc(const struct info *i)
{
	return share(i, i->ec[0x16] + i->ec[0x12]);
}

static double gic_mmio(const struct info *i)
{
	uint64_t n = 0;

	for (unsigned int k = 0; k < FRAME_NR_KINDS; k++)
		n += i->nr_frame[k];
	return each_vcpu(i, n);
}

static double other_mmio(const struct info *i)
{
	return each_vcpu(i, i->nr_other_mmio);
}

static double sgis(const struct info *i)
{
	return each_vcpu(i, i->nr_sgis);
}

static double sgi_targets(const struct info *i)
{
	return ratio((double)i->nr_sgi_targets, (double)(i->nr_sgis - i->sgi_unknown));
}

static double sgi_bursts(const struct info *i)
{
	double cv = info_burstiness(&i->sgi_gaps);

	return cv < 0 ? none() : cv;
}

static double sgis_by_wfi(const struct info *i)
{
	return ratio((double)i->nr_sgis, sums_of(i).wfis);
}

static double timers(const struct info *i)
{
	uint64_t n = 0;

	for (uint32_t k = 0; k < i->irqs.nr; k++)
		if (gic_is_private((uint32_t)i->irqs.row[k].key))
			n += i->irqs.row[k].n;
	return each_vcpu(i, n);
}

static double devices(const struct info *i)
{
	uint64_t n = i->kind[REC_MSI];

	for (uint32_t k = 0; k < i->irqs.nr; k++)
		if (!gic_is_private((uint32_t)i->irqs.row[k].key))
			n += i->irqs.row[k].n;
	return each_vcpu(i, n);
}

/* Of each device's own arrivals, weighted by how many. */
static double device_bursts(const struct info *i)
{
	const struct info_table *t[] = { &i->irqs, &i->msis };
	double sum = 0, n = 0;

	for (unsigned int w = 0; w < 2; w++)
		for (uint32_t k = 0; k < t[w]->nr; k++) {
			const struct info_row *row = &t[w]->row[k];
			double cv = info_burstiness(&row->gaps);

			if (cv < 0 || (!w && gic_is_private((uint32_t)row->key)))
				continue;
			sum += cv * (double)row->gaps.n;
			n += (double)row->gaps.n;
		}
	return ratio(sum, n);
}

static double wfis(const struct info *i)
{
	return each_vcpu(i, (uint64_t)sums_of(i).wfis);
}

static double in_guest(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(100 * s.guest_ns, s.guest_ns + s.host_ns + s.sleep_ns);
}

static double in_host(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(100 * s.host_ns, s.guest_ns + s.host_ns + s.sleep_ns);
}

static double asleep(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(100 * s.sleep_ns, s.guest_ns + s.host_ns + s.sleep_ns);
}

static double run_us(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(s.guest_ns / 1000, s.exits);
}

static double host_us(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(s.host_ns / 1000, s.exits);
}

static double sleep_us(const struct info *i)
{
	struct sums s = sums_of(i);

	return ratio(s.sleep_ns / 1000, s.wfis);
}

static const struct figure figures[] = {
	{ "exits, per second and vCPU", exits },
	{ "  by a kick, %", x_kick },
	{ "  by the timer, %", x_timer },
	{ "  by another interrupt, %", x_irq },
	{ "  to sleep (WFI or WFE), %", x_wfx },
	{ "  by a system register, %", x_sysreg },
	{ "  by a data abort, %", x_abort },
	{ "  by a hypercall, %", x_hvc },
	{ "GIC accesses, per second and vCPU", gic_mmio },
	{ "other MMIO, per second and vCPU", other_mmio },
	{ "SGI writes, per second and vCPU", sgis },
	{ "  targets of one", sgi_targets },
	{ "  of one sender, burstiness", sgi_bursts },
	{ "  for each WFI", sgis_by_wfi },
	{ "timer and other PPIs, per second and vCPU", timers },
	{ "device interrupts, per second and vCPU", devices },
	{ "  of one device, burstiness", device_bursts },
	{ "WFIs, per second and vCPU", wfis },
	{ "time in the guest, %", in_guest },
	{ "time in the host, %", in_host },
	{ "time asleep, %", asleep },
	{ "guest run, mean us", run_us },
	{ "host stay without sleep, mean us", host_us },
	{ "sleep, mean us", sleep_us },
};

#define NR_FIGURES (sizeof(figures) / sizeof(figures[0]))

static void print_value(FILE *f, double v)
{
	if (isnan(v))
		fprintf(f, " %14s", "-");
	else
		fprintf(f, " %14.*f", v >= 100 ? 0 : v >= 10 ? 1 : 2, v);
}

static void print_quotient(FILE *f, double a, double b)
{
	if (a > 0 && b > 0)
		fprintf(f, " %12.2f", b / a);
	else
		fprintf(f, " %12s", "-");
}

int info_compare_print(const struct info *const *info, const char *const *name, unsigned int nr,
		       FILE *f)
{
	for (unsigned int k = 0; k < nr; k++)
		fprintf(f, "%c       %s\n        GICv%u, %u vCPUs, %.6f s\n", 'A' + (int)k, name[k],
			info[k]->meta.gic, info[k]->meta.nr_vcpus, (double)info[k]->end_ns / 1e9);
	fprintf(f, "\n%-44s", "");
	for (unsigned int k = 0; k < nr; k++)
		fprintf(f, " %14c", 'A' + (int)k);
	fprintf(f, "%s\n", nr == 2 ? "        B / A" : "");
	for (size_t n = 0; n < NR_FIGURES; n++) {
		fprintf(f, "%-44s", figures[n].what);
		for (unsigned int k = 0; k < nr; k++)
			print_value(f, figures[n].of(info[k]));
		if (nr == 2)
			print_quotient(f, figures[n].of(info[0]), figures[n].of(info[1]));
		fputc('\n', f);
	}
	return ferror(f) || fflush(f) ? -1 : 0;
}

json_t *info_compare_json(const struct info *const *info, const char *const *name, unsigned int nr)
{
	json_t *doc = json_object(), *traces = json_array(), *rows = json_array();

	for (unsigned int k = 0; k < nr; k++)
		json_array_append_new(traces,
				      json_pack("{s:s,s:i,s:i,s:I}", "name", name[k], "gic",
						info[k]->meta.gic, "vcpus", info[k]->meta.nr_vcpus,
						"duration_ns", (json_int_t)info[k]->end_ns));
	for (size_t n = 0; n < NR_FIGURES; n++) {
		json_t *values = json_array();

		for (unsigned int k = 0; k < nr; k++) {
			double v = figures[n].of(info[k]);

			json_array_append_new(values, isnan(v) ? json_null() : json_real(v));
		}
		json_array_append_new(rows,
				      json_pack("{s:s,s:o}", "what",
						figures[n].what + strspn(figures[n].what, " "),
						"values", values));
	}
	json_object_set_new(doc, "schema", json_string("vgicsim-info-compare-1"));
	json_object_set_new(doc, "traces", traces);
	json_object_set_new(doc, "figures", rows);
	return doc;
}
