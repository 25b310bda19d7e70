/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See work-facts.h. */
#include "work-facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const work_quantile_names[WORK_NR_QUANTILES] = { "min", "median", "p90", "p99", "max" };
const char *const work_class_names[WORK_NR_CLASSES] = {
	[WORK_COMPARED] = "compared", [WORK_KEPT_BACK] = "kept-back", [WORK_GROWTH] = "growth",
	[WORK_TRACER] = "tracer",     [WORK_LEFT_OUT] = "left-out",
};

/* ---- what a design charges ------------------------------------------------ */

struct situation {
	char function[80], what[96];
	uint64_t insns;
};

/* Of one design with one number of vCPUs and ids; made when first asked for. */
struct measured {
	struct work_config c;
	struct situation *s;
	size_t nr, room;
	bool no_memory;
	struct measured *next;
};

static void on_seen(void *priv, const char *function, const char *what, uint64_t insns)
{
	struct measured *m = priv;

	if (m->nr == m->room) {
		size_t room = m->room ? 2 * m->room : 128;
		struct situation *s = reallocarray(m->s, room, sizeof(*s));

		if (!s) {
			m->no_memory = true;
			return;
		}
		m->s = s;
		m->room = room;
	}
	snprintf(m->s[m->nr].function, sizeof(m->s[m->nr].function), "%s", function);
	snprintf(m->s[m->nr].what, sizeof(m->s[m->nr].what), "%s", what);
	m->s[m->nr++].insns = insns;
}

static const struct measured *measure(struct measured **all, const struct work_config *c,
				      struct err *err)
{
	struct measured *m;

	for (m = *all; m; m = m->next)
		if (m->c.d == c->d && m->c.gic == c->gic && m->c.nr_vcpus == c->nr_vcpus &&
		    m->c.nr_irqs == c->nr_irqs)
			return m;
	m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(err, ERR_NOMEM, "out of memory");
		return NULL;
	}
	m->c = *c;
	m->next = *all;
	*all = m;
	if (work_measure(c, on_seen, m, err))
		return NULL;
	if (m->no_memory) {
		err_set(err, ERR_NOMEM, "out of memory");
		return NULL;
	}
	return m;
}

static void measured_free(struct measured *m)
{
	while (m) {
		struct measured *next = m->next;

		free(m->s);
		free(m);
		m = next;
	}
}

static uint64_t apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)(a - b) : (uint64_t)(b - a);
}

/* Fill in the nearest of @m's; the number of situations of that function. */
static unsigned int nearest(const struct measured *m, const char *function, struct work_figure *f)
{
	const struct situation *best = NULL;
	unsigned int nr = 0;

	for (size_t i = 0; i < m->nr; i++) {
		const struct situation *s = &m->s[i];

		if (strcmp(s->function, function))
			continue;
		nr++;
		if (!best ||
		    apart((int64_t)s->insns, f->counted) < apart((int64_t)best->insns, f->counted))
			best = s;
	}
	if (best) {
		f->charged = (int64_t)best->insns;
		snprintf(f->situation, sizeof(f->situation), "%s", best->what);
	}
	return nr;
}

/* ---- the file ---------------------------------------------------------------- */

struct reading {
	const char *path;
	unsigned int line;
	struct work_table *table;
	size_t room;
};

static bool number(const char *text, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *n <= UINT32_MAX;
}

/* "hack4-nr96": its ids, and whether it has a GICv2. */
static void config_of(struct work_line *l)
{
	const char *nr = strstr(l->config, "-nr");

	l->nr_irqs = nr ? (unsigned int)strtoul(nr + 3, NULL, 10) : 288;
	l->gic = strstr(l->config, "v2") ? 2 : 3;
}

static int bad(const struct reading *r, struct err *err, const char *want, const char *have)
{
	return err_set(err, ERR_INPUT, "%s: line %u: want %s, have %s", r->path, r->line, want,
		       have);
}

/* kernel, config, vcpus, phase, function, calls, and the quantiles */
#define NR_FIELDS (6 + WORK_NR_QUANTILES)

static int parse_line(struct reading *r, char *text, struct err *err)
{
	struct work_line *l = &r->table->line[r->table->nr];
	char *field[NR_FIELDS], *rest = text;
	uint64_t n;

	memset(l, 0, sizeof(*l));
	for (unsigned int i = 0; i < NR_FIELDS; i++) {
		field[i] = strsep(&rest, "\t");
		if (!field[i])
			return bad(r, err, "11 fields", "fewer");
	}
	if (rest)
		return bad(r, err, "11 fields", "more");
	if (strlen(field[0]) >= sizeof(l->kernel) || strlen(field[1]) >= sizeof(l->config) ||
	    strlen(field[3]) >= sizeof(l->phase) || strlen(field[4]) >= sizeof(l->function))
		return bad(r, err, "shorter fields", field[4]);
	strcpy(l->kernel, field[0]);
	strcpy(l->config, field[1]);
	strcpy(l->phase, field[3]);
	strcpy(l->function, field[4]);
	if (!number(field[2], &n) || !n || n > 512)
		return bad(r, err, "1 to 512 vCPUs", field[2]);
	l->nr_vcpus = (unsigned int)n;
	if (!number(field[5], &l->calls))
		return bad(r, err, "a number of calls", field[5]);
	config_of(l);
	if (l->nr_irqs < 64 || l->nr_irqs > 1024 || l->nr_irqs % 32)
		return bad(r, err, "64 to 1024 ids, a multiple of 32", l->config);
	for (unsigned int q = 0; q < WORK_NR_QUANTILES; q++) {
		if (!number(field[6 + q], &n))
			return bad(r, err, "a count", field[6 + q]);
		l->q[q].counted = (int64_t)n;
	}
	r->table->nr++;
	return 0;
}

static int grow(struct work_table *t, size_t *room, struct err *err)
{
	struct work_line *grown;

	if (t->nr < *room)
		return 0;
	*room = *room ? 2 * *room : 1024;
	grown = reallocarray(t->line, *room, sizeof(*grown));
	if (!grown)
		return err_set(err, ERR_NOMEM, "out of memory");
	t->line = grown;
	return 0;
}

static FILE *open_facts(const char **path)
{
	FILE *f;

	if (*path)
		return fopen(*path, "r");
	*path = WORK_FACTS_SOURCE;
	f = fopen(*path, "r");
	if (f)
		return f;
	*path = WORK_FACTS_INSTALLED;
	return fopen(*path, "r");
}

static int read_facts(const char *path, struct work_table *t, struct err *err)
{
	struct reading r = { .path = path, .table = t };
	FILE *f = open_facts(&r.path);
	char *text = NULL;
	size_t len = 0;
	int rc = 0;

	if (!f)
		return err_set(err, ERR_INPUT, "%s: %s", r.path, strerror(errno));
	while (!rc && getline(&text, &len, f) > 0) {
		r.line++;
		text[strcspn(text, "\n")] = '\0';
		if (!*text || *text == '#' || !strncmp(text, "kernel\t", 7))
			continue;
		rc = grow(t, &r.room, err);
		if (!rc)
			rc = parse_line(&r, text, err);
	}
	if (!rc && ferror(f))
		rc = err_set(err, ERR_INPUT, "%s: %s", r.path, strerror(errno));
	if (!rc && !t->nr)
		rc = err_set(err, ERR_INPUT, "%s: want counts, have none", r.path);
	free(text);
	fclose(f);
	return rc;
}

/* ---- comparing --------------------------------------------------------------- */

#define TRACER "+tracer"

static bool has_tracer(const struct work_line *l)
{
	return strstr(l->kernel, TRACER);
}

static const struct work_design *design_of(const struct work_line *l)
{
	size_t n = strcspn(l->kernel, "+");

	for (const struct work_design *d = work_designs; d->design; d++)
		if (strlen(d->kernel) == n && !strncmp(d->kernel, l->kernel, n))
			return d;
	return NULL;
}

int64_t work_off_bp(const struct work_figure *f)
{
	if (!f->counted)
		return f->charged ? INT64_C(1000000) : 0;
	return (f->charged - f->counted) * 10000 / f->counted;
}

static bool within(const struct work_figure *f)
{
	return work_off_bp(f) >= -WORK_TARGET * 100 && work_off_bp(f) <= WORK_TARGET * 100;
}

/* The same run of a kernel without the tracer, or with another number of ids. */
static const struct work_line *find(const struct work_table *t, uint64_t nr,
				    const struct work_line *like, bool tracer, unsigned int nr_irqs)
{
	const struct work_design *d = design_of(like);

	for (uint64_t i = 0; i < nr; i++) {
		const struct work_line *l = &t->line[i];

		if (design_of(l) == d && has_tracer(l) == tracer && l->nr_vcpus == like->nr_vcpus &&
		    (!nr_irqs || l->nr_irqs == nr_irqs) && !strcmp(l->phase, like->phase) &&
		    !strcmp(l->function, like->function))
			return l;
	}
	return NULL;
}

static void leave_out(struct work_line *l, const char *why)
{
	l->class = WORK_LEFT_OUT;
	l->why = why;
}

static int compare_line(struct work_line *l, const struct work_table *t, bool kept_back,
			struct measured **all, struct err *err)
{
	struct work_config c = {
		.d = design_of(l), .gic = l->gic, .nr_vcpus = l->nr_vcpus, .nr_irqs = l->nr_irqs
	};
	const struct measured *m;

	if (!c.d) {
		leave_out(l, "no design models this kernel");
		return 0;
	}
	m = measure(all, &c, err);
	if (!m)
		return err->code;
	for (unsigned int q = 0; q < WORK_NR_QUANTILES; q++)
		l->nr_situations = nearest(m, l->function, &l->q[q]);
	l->class = kept_back ? WORK_KEPT_BACK : has_tracer(l) ? WORK_TRACER : WORK_COMPARED;
	l->pass = within(&l->q[WORK_MEDIAN]);
	if (!l->nr_situations)
		leave_out(l, work_left_out(c.d->kernel, l->function));
	else if (has_tracer(l) && find(t, t->nr, l, false, 0))
		leave_out(l, "with the tracer, and counted without it too");
	else if (has_tracer(l) && l->nr_irqs != 288 && find(t, t->nr, l, true, 288))
		leave_out(l, "with the tracer: what more ids add is compared, not the count");
	return 0;
}

/* What @to has more than @from, where both are of one situation. */
static int growth_line(struct work_line *l, const struct work_line *from,
		       const struct work_line *to, struct measured **all, struct err *err)
{
	struct work_config c = {
		.d = design_of(to), .gic = to->gic, .nr_vcpus = to->nr_vcpus, .nr_irqs = to->nr_irqs
	};
	struct work_figure *f = &l->q[WORK_MEDIAN], low = from->q[WORK_MEDIAN];
	const struct measured *m = measure(all, &c, err);

	if (!m)
		return err->code;
	*l = *to;
	l->class = WORK_GROWTH;
	l->from_irqs = from->nr_irqs;
	f->counted = to->q[WORK_MEDIAN].counted - from->q[WORK_MEDIAN].counted;
	c.nr_irqs = from->nr_irqs;
	m = measure(all, &c, err);
	if (!m)
		return err->code;
	/* The tracer's own share is in both: the situation is to->'s, at the other number. */
	for (size_t i = 0; i < m->nr; i++)
		if (!strcmp(m->s[i].function, to->function) && !strcmp(m->s[i].what, f->situation))
			low.charged = (int64_t)m->s[i].insns;
	f->charged -= low.charged;
	l->pass = within(f);
	return 0;
}

/*
 * A median of the two runs may be of different situations: then the difference is
 * not what ids add. They are taken as the same when the tracer's kernel does the same
 * in both for every call, or when neither minimum nor maximum says otherwise.
 */
static bool same_situation(const struct work_line *a, const struct work_line *b)
{
	int64_t grows = b->q[WORK_MEDIAN].counted - a->q[WORK_MEDIAN].counted;

	return b->q[WORK_MIN].counted - a->q[WORK_MIN].counted == grows ||
	       b->q[WORK_MAX].counted - a->q[WORK_MAX].counted == grows;
}

static int growth(struct work_table *t, uint64_t nr, size_t *room, struct measured **all,
		  struct err *err)
{
	int rc = 0;

	for (uint64_t i = 0; !rc && i < nr; i++) {
		const struct work_line *from;
		struct work_line l, to = t->line[i];

		if (!has_tracer(&to) || !to.nr_situations || to.nr_irqs != 288)
			continue;
		from = find(t, nr, &to, true, 96);
		if (!from || !same_situation(from, &to))
			continue;
		rc = growth_line(&l, from, &to, all, err);
		/* A function that no number of ids changes says nothing here. */
		if (rc || (!l.q[WORK_MEDIAN].counted && !l.q[WORK_MEDIAN].charged))
			continue;
		rc = grow(t, room, err);
		if (!rc)
			t->line[t->nr++] = l;
	}
	return rc;
}

static void count(struct work_table *t)
{
	for (uint64_t i = 0; i < t->nr; i++) {
		const struct work_line *l = &t->line[i];

		t->compared[l->class]++;
		t->passed[l->class] += l->pass;
		t->alone[l->class] += l->pass && l->nr_situations == 1;
		for (unsigned int q = 0; q < WORK_NR_QUANTILES; q++) {
			t->figures[l->class]++;
			t->within[l->class] += within(&l->q[q]);
		}
	}
}

int work_compare(const char *design, const char *path, bool kept_back, struct work_table *t,
		 struct err *err)
{
	struct measured *all = NULL;
	uint64_t kept = 0, nr;
	size_t room;
	int rc;

	memset(t, 0, sizeof(*t));
	rc = read_facts(path, t, err);
	for (uint64_t i = 0; !rc && i < t->nr; i++) {
		const struct work_design *d = design_of(&t->line[i]);

		if (!design || (d && !strcmp(d->design, design)))
			t->line[kept++] = t->line[i];
	}
	t->nr = nr = room = rc ? t->nr : kept;
	for (uint64_t i = 0; !rc && i < nr; i++)
		rc = compare_line(&t->line[i], t, kept_back, &all, err);
	if (!rc && !kept_back)
		rc = growth(t, nr, &room, &all, err);
	if (!rc)
		count(t);
	measured_free(all);
	return rc;
}

void work_table_fini(struct work_table *t)
{
	free(t->line);
	memset(t, 0, sizeof(*t));
}
