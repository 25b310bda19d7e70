// SPDX-License-Identifier: GPL-2.0-or-later
/* From rows to verdicts. */
#include "claim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "claim-int.h"
#include "units.h"

const char *const claim_verdict_names[] = {
	[CLAIM_SUPPORTED] = "supported",
	[CLAIM_REFUTED] = "not supported",
	[CLAIM_DEPENDS] = "depends",
	[CLAIM_UNDECIDED] = "not decided",
};

const char *const claim_why_text[] = {
	[CLAIM_CLEAR] = "",
	[CLAIM_NOT_MEASURED] = "not measured",
	[CLAIM_BETWEEN] = "between the limits",
	[CLAIM_SEEDS] = "seeds do not agree",
	[CLAIM_BAND] = "it rests on assumed costs",
};

/* ---- formulas ------------------------------------------------------------ */

void claim_formula_fini(struct claim_formula *f)
{
	for (unsigned int i = 0; i < f->nr; i++)
		free(f->name[i]);
	free(f->text);
	*f = (struct claim_formula){ 0 };
}

static bool all_are(const struct claim_formula *f, unsigned int from, unsigned int to,
		    const char *unit)
{
	for (unsigned int i = from; i < to; i++)
		if (strcmp(figure_unit(f->name[i]), unit))
			return false;
	return true;
}

static int find_unit(struct claim_formula *f, struct err *err)
{
	const bool times = all_are(f, 0, f->nr_of, "ps"), counts = all_are(f, 0, f->nr_of, "");

	if (f->nr_of == f->nr)
		f->unit = times ? CLAIM_TIME : CLAIM_NUMBER;
	else if (times && all_are(f, f->nr_of, f->nr, "ps"))
		f->unit = CLAIM_SHARE;
	else
		f->unit = times ? CLAIM_TIME : CLAIM_NUMBER;
	if ((times || counts) && (f->nr_of == f->nr || all_are(f, f->nr_of, f->nr, "ps") ||
				  all_are(f, f->nr_of, f->nr, "")))
		return 0;
	return err_set(err, ERR_USAGE, "want sums of one unit, have \"%s\"", f->text);
}

static int add_term(struct claim_formula *f, const char *word, struct err *err)
{
	char name[ROW_MAX_NAME];

	if (!row_metric(word, name, sizeof(name)))
		return err_set(err, ERR_USAGE, "no figure \"%s\" (vgicsim sweep --list-metrics)",
			       word);
	if (f->nr == CLAIM_MAX_TERMS)
		return err_set(err, ERR_USAGE, "want at most %d figures, have more",
			       CLAIM_MAX_TERMS);
	f->name[f->nr] = strdup(name);
	return f->name[f->nr++] ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

/* Figures and between them "+", or once "per". */
int claim_formula_parse(struct claim_formula *f, const char *text, struct err *err)
{
	char *copy = strdup(text), *rest = copy, *word;
	bool per = false, term = true;
	int ret = 0;

	*f = (struct claim_formula){ .text = strdup(text) };
	if (!copy || !f->text)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	while (!ret && (word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (term) {
			ret = add_term(f, word, err);
		} else if (!strcmp(word, "per") && !per) {
			per = true;
			f->nr_of = f->nr;
		} else if (strcmp(word, "+")) {
			ret = err_set(err, ERR_USAGE,
				      "want figures joined by + and once by per, "
				      "have \"%s\"",
				      text);
		}
		term = !term;
	}
	if (!ret && term)
		ret = err_set(err, ERR_USAGE, "want a figure at the end, have \"%s\"", text);
	if (!ret && !per)
		f->nr_of = f->nr;
	if (!ret)
		ret = find_unit(f, err);
	free(copy);
	if (ret)
		claim_formula_fini(f);
	return ret;
}

/* Of nothing there is no such thing, while a sum of nothing is 0. */
static bool is_of_some(const char *name)
{
	static const char *const end[] = { "_mean_ps", "_min_ps",  "_max_ps", "_p50_ps", "_p90_ps",
					   "_p99_ps",  "_p999_ps", "avg_ps",  "_milli" };
	const size_t n = strlen(name);

	for (unsigned int i = 0; i < sizeof(end) / sizeof(end[0]); i++)
		if (n > strlen(end[i]) && !strcmp(name + n - strlen(end[i]), end[i]))
			return true;
	return false;
}

static bool sum(const struct claim_formula *f, unsigned int from, unsigned int to,
		const struct row *row, double *value)
{
	*value = 0;
	for (unsigned int i = from; i < to; i++) {
		int64_t v = 0;

		if (!row_get(row, f->name[i], &v) && is_of_some(f->name[i]))
			return false;
		*value += (double)v;
	}
	return true;
}

bool claim_formula_eval(const struct claim_formula *f, const struct row *row, double *value)
{
	double per = 1;

	if (row->status || !sum(f, 0, f->nr_of, row, value) ||
	    (f->nr_of < f->nr && !sum(f, f->nr_of, f->nr, row, &per)) || !(per > 0))
		return false;
	*value /= per;
	return true;
}

/* ---- limits -------------------------------------------------------------- */

int claim_limit_parse(struct claim_limit *l, const char *text, struct err *err)
{
	const char *s = text + 2;
	struct vtime t;
	char *end;

	*l = (struct claim_limit){ .at_least = *text == '>' };
	if (strncmp(text, ">=", 2) && strncmp(text, "<=", 2))
		return err_set(err, ERR_USAGE, "want >= or <= and a number, have \"%s\"", text);
	s += strspn(s, " \t");
	if (units_parse_time(s, &t)) {
		l->value = (double)t.ps;
	} else {
		l->value = strtod(s, &end);
		if (*s < '0' || *s > '9' || !isfinite(l->value) ||
		    (*end && strcmp(end, " %") && strcmp(end, "%") && strcmp(end, " times")))
			return err_set(err, ERR_USAGE,
				       "want a number, alone or in %%, times or a unit of time, "
				       "have \"%s\"",
				       s);
		if (*end && end[strlen(end) - 1] == '%')
			l->value /= 100;
	}
	l->text = strdup(text);
	return l->text ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

bool claim_limit_met(const struct claim_limit *l, double value)
{
	return l->at_least ? value >= l->value : value <= l->value;
}

/* ---- one number ---------------------------------------------------------- */

/* Where the axes of a test are in its document; -1: there is none. */
struct axes {
	int x, design, seed, assumed;
};

/* What is at @at, with design number @design. */
static bool one(const struct claim_test *t, const struct axes *a, unsigned int *at,
		const char *design, double *value)
{
	const struct axis *designs = &t->doc.axis[a->design];
	const struct sweep_doc_cell *c;

	for (at[a->design] = 0; at[a->design] < designs->nr; at[a->design]++)
		if (!strcmp(designs->value[at[a->design]], design))
			break;
	c = at[a->design] < designs->nr ? sweep_doc_at(&t->doc, at) : NULL;
	return c && claim_formula_eval(&t->formula, &c->row, value);
}

static bool number(const struct claim_test *t, const struct axes *a, unsigned int *at,
		   double *value)
{
	double other;

	if (!one(t, a, at, t->design, value))
		return false;
	if (!t->against)
		return true;
	if (!one(t, a, at, t->against, &other) || !(other > 0))
		return false;
	*value /= other;
	return true;
}

/* Is there a cell at all? What cannot be was left out. */
static bool exists(const struct claim_test *t, const struct axes *a, unsigned int *at)
{
	at[a->seed] = at[a->assumed] = at[a->design] = 0;
	return sweep_doc_at(&t->doc, at);
}

/* ---- one point: all seeds and costs of one place ------------------------- */

struct tally {
	unsigned int nr, supports, refutes;		/* of all */
	unsigned int base, base_supports, base_refutes; /* of seeds, costs as they are */
	bool missing;
};

static void count(const struct claim_test *t, struct tally *y, bool base, double v)
{
	bool s = claim_limit_met(&t->supported, v), r = claim_limit_met(&t->refuted, v);

	y->nr++;
	y->supports += s;
	y->refutes += r;
	y->base += base;
	y->base_supports += base && s;
	y->base_refutes += base && r;
}

static int cmp_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Seeds with the costs as they are, and the first seed with each change of them. */
static struct claim_point point_of(const struct claim_test *t, const struct axes *a,
				   unsigned int *at, struct tally *y)
{
	const unsigned int seeds = t->doc.axis[a->seed].nr, costs = t->doc.axis[a->assumed].nr;
	double seed[CLAIM_MAX_SEEDS], v;
	struct claim_point p = { 0 };
	unsigned int nr = 0;

	for (unsigned int i = 0; i < seeds + costs - 1; i++) {
		at[a->seed] = i < seeds ? i : 0;
		at[a->assumed] = i < seeds ? 0 : i - seeds + 1;
		if (!number(t, a, at, &v)) {
			y->missing = true;
			continue;
		}
		if (i < seeds && nr < CLAIM_MAX_SEEDS)
			seed[nr++] = v;
		p.low = p.nr ? fmin(p.low, v) : v;
		p.high = p.nr++ ? fmax(p.high, v) : v;
		count(t, y, i < seeds, v);
	}
	qsort(seed, nr, sizeof(*seed), cmp_double);
	if (nr)
		p.value = (seed[(nr - 1) / 2] + seed[nr / 2]) / 2;
	else
		p.nr = 0;
	return p;
}

static enum claim_verdict verdict_of(const struct tally *y, enum claim_why *why)
{
	*why = CLAIM_CLEAR;
	if (y->missing || !y->nr)
		*why = CLAIM_NOT_MEASURED;
	else if (y->supports == y->nr)
		return CLAIM_SUPPORTED;
	else if (y->refutes == y->nr)
		return CLAIM_REFUTED;
	else if (y->base_supports == y->base || y->base_refutes == y->base)
		*why = CLAIM_BAND;
	else
		*why = y->base_supports || y->base_refutes ? CLAIM_SEEDS : CLAIM_BETWEEN;
	return CLAIM_UNDECIDED;
}

/* ---- one case ------------------------------------------------------------ */

static bool less_convincing(const struct claim_test *t, double v, double than)
{
	return t->supported.at_least ? v < than : v > than;
}

static void judge_case(const struct claim_test *t, const struct axes *a, unsigned int *at,
		       struct claim_case *c)
{
	const unsigned int nr_x = a->x >= 0 ? t->doc.axis[a->x].nr : 1;
	struct tally all = { 0 };
	bool any = false;

	c->from = -1;
	for (unsigned int i = 0; i < nr_x; i++) {
		struct tally y = { 0 };
		enum claim_why why;

		if (a->x >= 0)
			at[a->x] = i;
		if (!exists(t, a, at))
			continue;
		c->point[i] = point_of(t, a, at, &y);
		if (verdict_of(&y, &why) != CLAIM_SUPPORTED)
			c->from = -1;
		else if (c->from < 0)
			c->from = (int)i;
		if (!t->every)
			all = (struct tally){ 0 };
		all.nr += y.nr;
		all.supports += y.supports;
		all.refutes += y.refutes;
		all.base += y.base;
		all.base_supports += y.base_supports;
		all.base_refutes += y.base_refutes;
		all.missing |= y.missing;
		if (!any || !t->every ||
		    less_convincing(t, c->point[i].value, c->point[c->shown].value))
			c->shown = i;
		any = true;
	}
	c->verdict = verdict_of(&all, &c->why);
}

/* ---- labels -------------------------------------------------------------- */

/* The value of a word of a cell's text, to be freed. */
static char *word_of(const char *text, const char *key)
{
	const size_t n = strlen(key);

	for (const char *s = text; *s; s += strcspn(s, " "), s += *s == ' ')
		if (!strncmp(s, key, n) && s[n] == '=')
			return strndup(s + n + 1, strcspn(s + n + 1, " "));
	return NULL;
}

/* "gen:hackbench,vcpus=8" is hackbench, "samples/k46.pcap.gz" k46. */
static void say_trace(FILE *f, const char *trace, unsigned int gic)
{
	const bool gen = !strncmp(trace, "gen:", 4);
	const char *slash = strrchr(trace, '/');
	const char *name = gen ? trace + 4 : slash ? slash + 1 : trace;

	if (gen)
		fprintf(f, "%.*s, GICv%u", (int)strcspn(name, ","), name, gic);
	else
		fprintf(f, "recorded %.*s", (int)strcspn(name, "."), name);
}

static char *label_of(const struct claim_test *t, const struct axes *a,
		      const struct sweep_doc_cell *c)
{
	char *label = NULL, *trace = word_of(c->text, "trace");
	size_t n;
	FILE *f = trace ? open_memstream(&label, &n) : NULL;

	if (f)
		say_trace(f, trace, c->row.gic);
	for (unsigned int i = 0; f && i < t->doc.nr_axes; i++) {
		const struct axis *x = &t->doc.axis[i];

		if ((int)i == a->x || (int)i == a->design || (int)i == a->seed ||
		    (int)i == a->assumed || x->nr < 2 || !strcmp(x->name, "trace"))
			continue;
		if (!strcmp(x->name, "lock"))
			fprintf(f, ", %s locks", x->value[c->at[i]]);
		else if (!strcmp(x->name, "host"))
			fprintf(f, ", %s", x->value[c->at[i]]);
		else if (!strcmp(x->name, "vcpus"))
			fprintf(f, ", %s vCPU%s", x->value[c->at[i]],
				strcmp(x->value[c->at[i]], "1") ? "s" : "");
		else
			fprintf(f, ", %s %s", x->name, x->value[c->at[i]]);
	}
	free(trace);
	if (f && fclose(f)) {
		free(label);
		label = NULL;
	}
	return label;
}

/* ---- all cases of a test ------------------------------------------------- */

/* The next combination of those axes that make cases, the last fastest; false: all were. */
static bool next_case(const struct claim_test *t, const struct axes *a, unsigned int *at)
{
	for (unsigned int i = t->doc.nr_axes; i--;) {
		if ((int)i == a->x || (int)i == a->design || (int)i == a->seed ||
		    (int)i == a->assumed)
			continue;
		if (++at[i] < t->doc.axis[i].nr)
			return true;
		at[i] = 0;
	}
	return false;
}

/* Any cell of the case, for its names. */
static const struct sweep_doc_cell *some_cell(const struct claim_test *t, const struct axes *a,
					      unsigned int *at)
{
	const unsigned int nr_x = a->x >= 0 ? t->doc.axis[a->x].nr : 1;

	for (unsigned int i = 0; i < nr_x; i++) {
		if (a->x >= 0)
			at[a->x] = i;
		if (exists(t, a, at))
			return sweep_doc_at(&t->doc, at);
	}
	return NULL;
}

static int add_case(struct claim_test *t, const struct axes *a, unsigned int *at, struct err *err)
{
	const struct sweep_doc_cell *cell = some_cell(t, a, at);
	struct claim_case *more, *c;

	if (!cell)
		return 0;
	more = reallocarray(t->cases, t->nr_cases + 1, sizeof(*more));
	if (!more)
		return err_set(err, ERR_NOMEM, "out of memory");
	t->cases = more;
	c = &more[t->nr_cases++];
	*c = (struct claim_case){
		.label = label_of(t, a, cell),
		.host = word_of(cell->text, "host"),
		.lock = word_of(cell->text, "lock"),
		.point = calloc(a->x >= 0 ? t->doc.axis[a->x].nr : 1, sizeof(*c->point)),
	};
	if (!c->label || !c->host || !c->lock || !c->point)
		return err_set(err, ERR_NOMEM, "out of memory");
	judge_case(t, a, at, c);
	return 0;
}

/* How many there are of each. */
static enum claim_verdict combined(const unsigned int have[CLAIM_UNDECIDED + 1])
{
	const unsigned int s = have[CLAIM_SUPPORTED], r = have[CLAIM_REFUTED],
			   d = have[CLAIM_DEPENDS], u = have[CLAIM_UNDECIDED];

	if (s && !r && !d && !u)
		return CLAIM_SUPPORTED;
	if (r && !s && !d && !u)
		return CLAIM_REFUTED;
	return s || d ? CLAIM_DEPENDS : CLAIM_UNDECIDED;
}

enum claim_verdict claim_combine(const enum claim_verdict *v, unsigned int nr)
{
	unsigned int have[CLAIM_UNDECIDED + 1] = { 0 };

	for (unsigned int i = 0; i < nr; i++)
		have[v[i]]++;
	return combined(have);
}

enum claim_unit claim_unit(const struct claim_test *t)
{
	return t->against ? CLAIM_TIMES : t->formula.unit;
}

enum claim_verdict claim_verdict_where(const struct claim_test *t, const char *host,
				       const char *lock)
{
	unsigned int have[CLAIM_UNDECIDED + 1] = { 0 };

	for (unsigned int i = 0; i < t->nr_cases; i++)
		if ((!host || !strcmp(host, t->cases[i].host)) &&
		    (!lock || !strcmp(lock, t->cases[i].lock)))
			have[t->cases[i].verdict]++;
	return combined(have);
}

int claim_judge(struct claim_test *t, struct err *err)
{
	const struct axes a = {
		.x = t->x_name ? sweep_doc_axis(&t->doc, t->x_name) : -1,
		.design = sweep_doc_axis(&t->doc, "design"),
		.seed = sweep_doc_axis(&t->doc, "seed"),
		.assumed = sweep_doc_axis(&t->doc, "assumed"),
	};
	unsigned int at[SWEEP_MAX_AXES] = { 0 };
	int ret = 0;

	t->x = a.x;
	do
		ret = add_case(t, &a, at, err);
	while (!ret && next_case(t, &a, at));
	t->verdict = claim_verdict_where(t, NULL, NULL);
	return ret;
}
