// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim work: the instructions that designs charge beside those that kernels spent. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "work-facts.h"

enum { KEY_AGAINST = 0x3000, KEY_VCPUS, KEY_IDS, KEY_GIC };
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct work_args {
	const char *command, *design, *against, *out;
	unsigned int format;
	unsigned int vcpus, ids, gic; /* of a prediction; 0: not said */
	bool all;
};

static const char doc[] =
	"Compare the instructions that designs charge with those that the kernels they model "
	"spent, function by function.\n\n"
	"  vgicsim work\n"
	"  vgicsim work -d kvm-legacy -f csv -o work.csv\n"
	"  vgicsim work --against more-counts.tsv\n"
	"  vgicsim work -d kvm-aplist --vcpus 64 --ids 480\n\v"
	"The counts are of Linux 4.6.2, 4.8.17 and 6.1. With --vcpus or --ids nothing is "
	"compared: what would be charged there is shown.";

static const struct argp_option options[] = {
	{ "design", 'd', "NAME", 0, "this design alone", 0 },
	{ "against", KEY_AGAINST, "FILE", 0, "counts that were kept back: also compare with these",
	  0 },
	{ "all", 'a', NULL, 0, "in the table, also what is left out, and why", 0 },
	{ NULL, 0, NULL, 0, "What would be charged elsewhere:", 1 },
	{ "vcpus", KEY_VCPUS, "N", 0, "with so many vCPUs (default 4)", 0 },
	{ "ids", KEY_IDS, "N", 0, "and so many interrupt ids, a multiple of 32 (default 288)", 0 },
	{ "gic", KEY_GIC, "v2|v3", 0, "and that GIC (default v3)", 0 },
	{ NULL, 0, NULL, 0, "What comes out:", 2 },
	{ "format", 'f', "FORMAT", 0, "table (default), json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ 0 },
};

static const char *const formats[] = { "table", "json", "csv", NULL };
static const char *const gics[] = { "v2", "v3", NULL };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct work_args *a = state->input;

	switch (key) {
	case 'd':
		if (a->design)
			argp_error(state, "want one -d, have %s as well as %s", arg, a->design);
		a->design = arg;
		return 0;
	case KEY_AGAINST:
		a->against = arg;
		return 0;
	case 'a':
		a->all = true;
		return 0;
	case KEY_VCPUS:
		a->vcpus = (unsigned int)number(state, "--vcpus", arg, 200);
		if (!a->vcpus)
			argp_error(state, "--vcpus: want at least 1, have 0");
		return 0;
	case KEY_IDS:
		a->ids = (unsigned int)number(state, "--ids", arg, 1024);
		if (a->ids < 64 || a->ids % 32)
			argp_error(state, "--ids: want 64 to 1024, a multiple of 32; have %s", arg);
		return 0;
	case KEY_GIC:
		a->gic = 2 + choose(state, "--gic", gics, arg);
		return 0;
	case 'f':
		a->format = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "want no file, have %s; --against takes counts", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- the table ------------------------------------------------------------- */

/* "+1.2 %", of hundredths of a per cent. */
static const char *percent(char *buf, size_t len, int64_t bp)
{
	uint64_t off = bp < 0 ? -(uint64_t)bp : (uint64_t)bp;

	/* Rounded to tenths away from zero, so that only what is exact reads as such. */
	off = (off + 9) / 10;
	snprintf(buf, len, "%c%" PRIu64 ".%" PRIu64 " %%",
		 bp < 0 ? '-'
		 : off	? '+'
			: ' ',
		 off / 10, off % 10);
	return buf;
}

static const char *const titles[WORK_NR_CLASSES] = {
	[WORK_COMPARED] = "medians of kernels built without the tracer",
	[WORK_GROWTH] = "what more interrupt ids add to the median, built with the tracer",
	[WORK_KEPT_BACK] = "kept back: medians of runs that nothing was made from",
	[WORK_TRACER] = "1 vCPU, with the tracer: some 4 instructions a function more, not judged",
	[WORK_LEFT_OUT] = "left out",
};

static void table_head(FILE *f, enum work_class class)
{
	fprintf(f, "%s\n", titles[class]);
	fprintf(f, "  %-7s %5s %8s %-5s %-54s %7s %7s %9s %-6s %s\n", "Linux", "vCPUs", "ids",
		"phase", "function", "counted", "charged", "off", "", "situation, of how many");
}

static void table_line(FILE *f, const struct work_line *l)
{
	const struct work_figure *x = &l->q[WORK_MEDIAN];
	char off[32], ids[16];

	if (l->class == WORK_GROWTH)
		snprintf(ids, sizeof(ids), "%u-%u", l->from_irqs, l->nr_irqs);
	else
		snprintf(ids, sizeof(ids), "%u%s", l->nr_irqs, l->gic == 2 ? " v2" : "");
	fprintf(f, "  %-7.*s %5u %8s %-5s %-54s %7" PRId64 " %7" PRId64 " %9s %-6s %s, %u\n",
		(int)strcspn(l->kernel, "+"), l->kernel, l->nr_vcpus, ids, l->phase, l->function,
		x->counted, x->charged, percent(off, sizeof(off), work_off_bp(x)),
		l->class == WORK_TRACER ? ""
		: l->pass		? "pass"
					: "MISS",
		x->situation, l->nr_situations);
}

static bool left_out_before(const struct work_table *t, uint64_t i)
{
	for (uint64_t k = 0; k < i; k++)
		if (t->line[k].class == WORK_LEFT_OUT && t->line[k].why == t->line[i].why &&
		    !strcmp(t->line[k].kernel, t->line[i].kernel) &&
		    !strcmp(t->line[k].function, t->line[i].function))
			return true;
	return false;
}

static void table_left_out(FILE *f, const struct work_table *t)
{
	for (uint64_t i = 0; i < t->nr; i++) {
		const struct work_line *l = &t->line[i];

		if (l->class == WORK_LEFT_OUT && !left_out_before(t, i))
			fprintf(f, "  %-14s %-44s %s\n", l->kernel, l->function,
				l->why ? l->why : "for no reason that is known");
	}
}

static void table_class(FILE *f, const struct work_table *t, enum work_class class, bool all)
{
	if (!t->compared[class])
		return;
	if (class == WORK_LEFT_OUT) {
		fprintf(f, "%s: %" PRIu64 " rows%s\n", titles[class], t->compared[class],
			all ? "" : "; --all says which, and why");
		if (all)
			table_left_out(f, t);
		fputc('\n', f);
		return;
	}
	table_head(f, class);
	for (uint64_t i = 0; i < t->nr; i++)
		if (t->line[i].class == class)
			table_line(f, &t->line[i]);
	if (class != WORK_TRACER)
		fprintf(f, "  %" PRIu64 " of %" PRIu64 " within %d %%", t->passed[class],
			t->compared[class], WORK_TARGET);
	if (class == WORK_COMPARED || class == WORK_KEPT_BACK)
		fprintf(f,
			", %" PRIu64 " of these where there is one situation only;\n"
			"  of all figures, from minimum to maximum, %" PRIu64 " of %" PRIu64
			" are within that of a situation",
			t->alone[class], t->within[class], t->figures[class]);
	fputs(class != WORK_TRACER ? "\n\n" : "\n", f);
}

static void to_table(FILE *f, const struct work_args *a, const struct work_table *t,
		     unsigned int nr)
{
	static const enum work_class order[] = { WORK_COMPARED, WORK_GROWTH, WORK_TRACER,
						 WORK_KEPT_BACK, WORK_LEFT_OUT };

	fputs("instructions charged by kvm-legacy for Linux 4.6.2, kvm-aplist for 4.8.17, "
	      "kvm-aplist-6.1 for 6.1\n\n",
	      f);
	for (unsigned int c = 0; c < sizeof(order) / sizeof(order[0]); c++)
		for (unsigned int i = 0; i < nr; i++)
			table_class(f, &t[i], order[c], a->all);
	if (nr == 1)
		fputs("kept back: none given (--against)\n", f);
}

/* ---- CSV, JSON --------------------------------------------------------------- */

static void csv_text(FILE *f, const char *s)
{
	if (!strpbrk(s, ",\""))
		fprintf(f, ",%s", s);
	else
		fprintf(f, ",\"%s\"", s); /* none has a quote */
}

static void to_csv(FILE *f, const struct work_table *t, unsigned int nr)
{
	fputs("class,kernel,config,vcpus,gic,ids,from_ids,phase,function,calls,situations,"
	      "statistic,"
	      "counted,charged,off_percent,pass,situation,why\n",
	      f);
	for (unsigned int i = 0; i < nr; i++) {
		for (uint64_t k = 0; k < t[i].nr * WORK_NR_QUANTILES; k++) {
			const struct work_line *l = &t[i].line[k / WORK_NR_QUANTILES];
			unsigned int q = k % WORK_NR_QUANTILES;
			bool one = l->class == WORK_GROWTH || !l->nr_situations;
			int64_t bp = work_off_bp(&l->q[q]);

			if (one && q != WORK_MEDIAN)
				continue;
			fprintf(f, "%s,%s,%s,%u,%u,%u,%u,%s", work_class_names[l->class], l->kernel,
				l->config, l->nr_vcpus, l->gic, l->nr_irqs, l->from_irqs, l->phase);
			csv_text(f, l->function);
			fprintf(f, ",%" PRIu64 ",%u,%s,%" PRId64, l->calls, l->nr_situations,
				work_quantile_names[q], l->q[q].counted);
			if (l->nr_situations)
				fprintf(f, ",%" PRId64 ",%.2f,%d", l->q[q].charged,
					(double)bp / 100,
					bp >= -WORK_TARGET * 100 && bp <= WORK_TARGET * 100);
			else
				fputs(",,,", f);
			csv_text(f, l->nr_situations ? l->q[q].situation : "");
			csv_text(f, l->why ? l->why : "");
			fputc('\n', f);
		}
	}
}

static json_t *json_figure(const struct work_figure *x, bool charged)
{
	json_t *j = json_pack("{s:I}", "counted", (json_int_t)x->counted);

	if (!charged)
		return j;
	json_object_set_new(j, "charged", json_integer(x->charged));
	json_object_set_new(j, "off_percent", json_real((double)work_off_bp(x) / 100));
	json_object_set_new(j, "situation", json_string(x->situation));
	return j;
}

static json_t *json_line(const struct work_line *l)
{
	json_t *j = json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:I,s:i}", "class",
			      work_class_names[l->class], "kernel", l->kernel, "config", l->config,
			      "vcpus", (int)l->nr_vcpus, "gic", (int)l->gic, "ids", (int)l->nr_irqs,
			      "phase", l->phase, "function", l->function, "calls",
			      (json_int_t)l->calls, "situations", (int)l->nr_situations);

	for (unsigned int q = 0; j && q < WORK_NR_QUANTILES; q++)
		if (q == WORK_MEDIAN || (l->class != WORK_GROWTH && l->nr_situations))
			json_object_set_new(j, work_quantile_names[q],
					    json_figure(&l->q[q], l->nr_situations));
	if (l->class == WORK_GROWTH)
		json_object_set_new(j, "from_ids", json_integer(l->from_irqs));
	if (l->class == WORK_LEFT_OUT)
		json_object_set_new(j, "why", l->why ? json_string(l->why) : json_null());
	else if (l->class != WORK_TRACER)
		json_object_set_new(j, "pass", json_boolean(l->pass));
	return j;
}

static json_t *to_json(const struct work_table *t, unsigned int nr)
{
	json_t *j = json_object(), *lines = json_array(), *sums = json_object();

	for (unsigned int c = 0; c < WORK_NR_CLASSES; c++) {
		uint64_t compared = 0, passed = 0, alone = 0, figures = 0, within = 0;

		for (unsigned int i = 0; i < nr; i++) {
			compared += t[i].compared[c];
			passed += t[i].passed[c];
			alone += t[i].alone[c];
			figures += t[i].figures[c];
			within += t[i].within[c];
		}
		json_object_set_new(sums, work_class_names[c],
				    json_pack("{s:I,s:I,s:I}", "rows", (json_int_t)compared,
					      "within", (json_int_t)passed, "one_situation",
					      (json_int_t)alone));
		if (c != WORK_COMPARED && c != WORK_KEPT_BACK)
			continue;
		json_object_set_new(json_object_get(sums, work_class_names[c]), "figures",
				    json_integer((json_int_t)figures));
		json_object_set_new(json_object_get(sums, work_class_names[c]), "figures_within",
				    json_integer((json_int_t)within));
	}
	for (unsigned int i = 0; i < nr; i++)
		for (uint64_t k = 0; k < t[i].nr; k++)
			json_array_append_new(lines, json_line(&t[i].line[k]));
	json_object_set_new(j, "schema", json_string("vgicsim-work-1"));
	json_object_set_new(j, "target_percent", json_integer(WORK_TARGET));
	json_object_set_new(j, "classes", sums);
	json_object_set_new(j, "rows", lines);
	return j;
}

/* ---- what would be charged ------------------------------------------------------ */

struct prediction {
	FILE *f;
	const struct work_config *c;
	unsigned int format;
	json_t *rows;
};

static void on_seen(void *priv, const char *function, const char *situation, uint64_t insns)
{
	struct prediction *p = priv;

	if (p->format == FORMAT_JSON) {
		json_array_append_new(p->rows,
				      json_pack("{s:s,s:s,s:s,s:I}", "design", p->c->d->design,
						"function", function, "situation", situation,
						"charged", (json_int_t)insns));
		return;
	}
	if (p->format == FORMAT_CSV) {
		fprintf(p->f, "%s,%u,%u,%u", p->c->d->design, p->c->gic, p->c->nr_vcpus,
			p->c->nr_irqs);
		csv_text(p->f, function);
		csv_text(p->f, situation);
		fprintf(p->f, ",%" PRIu64 "\n", insns);
		return;
	}
	fprintf(p->f, "  %-16s %-54s %8" PRIu64 "  %s\n", p->c->d->design, function, insns,
		situation);
}

static int predict(const struct work_args *a, FILE *f, struct err *err)
{
	struct work_config c = {
		.gic = a->gic ? a->gic : 3,
		.nr_vcpus = a->vcpus ? a->vcpus : 4,
		.nr_irqs = a->ids ? a->ids : 288,
	};
	struct prediction p = { .f = f, .c = &c, .format = a->format, .rows = json_array() };
	int ret = 0;

	if (c.gic == 2 && c.nr_vcpus > GICV2_MAX_VCPUS)
		ret = err_set(err, ERR_USAGE, "--vcpus: want at most %u on a GICv2, have %u",
			      GICV2_MAX_VCPUS, c.nr_vcpus);
	if (a->format == FORMAT_CSV)
		fputs("design,gic,vcpus,ids,function,situation,charged\n", f);
	else if (a->format == FORMAT_TABLE)
		fprintf(f, "instructions with %u vCPUs, %u ids and a GICv%u\n\n", c.nr_vcpus,
			c.nr_irqs, c.gic);
	for (c.d = work_designs; !ret && c.d->design; c.d++)
		if (!a->design || !strcmp(a->design, c.d->design))
			ret = work_measure(&c, on_seen, &p, err);
	if (!ret && a->format == FORMAT_JSON) {
		json_t *j = json_pack("{s:s,s:i,s:i,s:i,s:O}", "schema", "vgicsim-work-charged-1",
				      "gic", (int)c.gic, "vcpus", (int)c.nr_vcpus, "ids",
				      (int)c.nr_irqs, "rows", p.rows);

		if (!j || json_dumpf(j, f, JSON_INDENT(1)) || fputc('\n', f) == EOF)
			ret = err_set(err, ERR_OUTPUT, "could not be written");
		json_decref(j);
	}
	json_decref(p.rows);
	return ret;
}

/* ---- the command ----------------------------------------------------------------- */

static int compare(const struct work_args *a, FILE *f, struct err *err)
{
	struct work_table t[2] = { { 0 }, { 0 } };
	unsigned int nr = a->against ? 2 : 1;
	int ret = work_compare(a->design, NULL, false, &t[0], err);

	if (!ret && a->against)
		ret = work_compare(a->design, a->against, true, &t[1], err);
	if (!ret && a->format == FORMAT_JSON) {
		json_t *j = to_json(t, nr);

		if (!j || json_dumpf(j, f, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) ||
		    fputc('\n', f) == EOF)
			ret = err_set(err, ERR_OUTPUT, "could not be written");
		json_decref(j);
	} else if (!ret && a->format == FORMAT_CSV) {
		to_csv(f, t, nr);
	} else if (!ret) {
		to_table(f, a, t, nr);
	}
	work_table_fini(&t[0]);
	work_table_fini(&t[1]);
	return ret;
}

static int known(const struct work_args *a, struct err *err)
{
	const struct work_design *d = work_designs;

	while (a->design && d->design && strcmp(d->design, a->design))
		d++;
	if (!d->design)
		return err_set(err, ERR_USAGE,
			       "-d %s: want kvm-legacy, kvm-aplist or kvm-aplist-6.1: no other's "
			       "kernel was counted",
			       a->design);
	return distinct(a->against, a->out, err);
}

int cmd_work(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
	struct work_args a = { .command = argv[0] };
	struct out_file *out;
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = known(&a, &err);
	out = ret ? NULL : out_open(a.out, &err);
	if (!out)
		return fail(a.command, &err);
	ret = a.vcpus || a.ids || a.gic ? predict(&a, out_stream(out), &err)
					: compare(&a, out_stream(out), &err);
	if (!ret) {
		ret = out_commit(out, &err);
	} else {
		ret = out_blame(out, &err);
		out_abort(out);
	}
	return ret ? fail(a.command, &err) : 0;
}
