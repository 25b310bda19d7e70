// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a set of runs, and multiplying its words out. */
#include "bench-set.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tagged.h"

#define MAX_ROWS 10000

/* One word of a section and its values. */
struct axis {
	char *key;
	char **value;
	size_t nr;
	bool instead; /* of the caller, whose files are where he is */
};

struct section {
	struct axis *axis;
	size_t nr;
	unsigned int line;
};

struct parser {
	struct bench_set *set;
	struct err *err;
	FILE *file;
	unsigned int line;
	bool failed;
	struct section *section;
	size_t nr;
	char last[64]; /* of the line before: the section's name */
};

__attribute__((format(printf, 2, 3))) static int set_fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return 0;
	p->failed = true;
	va_start(ap, fmt);
	err_vset(p->err, ERR_USAGE, fmt, ap);
	va_end(ap);
	err_prefix(p->err, "%s: line %u", p->set->path, p->line);
	return 0;
}

/* ---- words ----------------------------------------------------------------- */

static bool axis_add(struct axis *a, const char *value, size_t len)
{
	char **more = reallocarray(a->value, a->nr + 1, sizeof(*more));

	if (!more)
		return false;
	a->value = more;
	a->value[a->nr] = strndup(value, len);
	return a->value[a->nr] && ++a->nr;
}

static void axis_empty(struct axis *a)
{
	for (size_t i = 0; i < a->nr; i++)
		free(a->value[i]);
	free(a->value);
	a->value = NULL;
	a->nr = 0;
}

/* The section's list of that word, made if it has none yet. */
static struct axis *axis_of(struct section *s, const char *key)
{
	struct axis *more;

	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->axis[i].key, key))
			return &s->axis[i];
	more = reallocarray(s->axis, s->nr + 1, sizeof(*more));
	if (!more)
		return NULL;
	s->axis = more;
	more[s->nr] = (struct axis){ .key = strdup(key) };
	return more[s->nr].key ? &more[s->nr++] : NULL;
}

static bool axis_words(struct section *s, const char *key, const char *values)
{
	static const char blank[] = " \t\r\n";
	struct axis *a = axis_of(s, key);
	bool ok = a;

	for (values += strspn(values, blank); ok && *values; values += strspn(values, blank)) {
		size_t n = strcspn(values, blank);

		ok = axis_add(a, values, n);
		values += n;
	}
	return ok;
}

static bool axis_instead(struct section *s, const char *key, const char *const *values, size_t nr)
{
	struct axis *a = nr ? axis_of(s, key) : NULL;
	bool ok = a || !nr;

	if (a) {
		axis_empty(a);
		a->instead = true;
	}
	for (size_t i = 0; ok && i < nr; i++)
		ok = axis_add(a, values[i], strlen(values[i]));
	return ok;
}

static void section_fini(struct section *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		axis_empty(&s->axis[i]);
		free(s->axis[i].key);
	}
	free(s->axis);
}

/* ---- the file --------------------------------------------------------------- */

static int entry_of_set(struct parser *p, const char *key, const char *value)
{
	if (!strcmp(key, "summary")) {
		snprintf(p->set->summary, sizeof(p->set->summary), "%s", value);
		return 1;
	}
	if (strcmp(key, "figures"))
		return set_fail(p, "[set]: want \"summary\" or \"figures\", have \"%s\"", key);
	if (strcmp(value, "core") && strcmp(value, "all"))
		return set_fail(p, "figures: want core or all, have \"%s\"", value);
	p->set->core = *value == 'c';
	return 1;
}

static int entry(void *priv, const char *section, const char *key, const char *value)
{
	struct parser *p = priv;
	struct section *more;

	if (p->failed)
		return 0;
	if (!key || !value)
		return set_fail(p, "want [section] or key = value");
	if (!*section)
		return set_fail(p, "want a [section] before \"%s\"", key);
	if (!strcmp(section, "set"))
		return entry_of_set(p, key, value);
	if (!cell_key(key))
		return set_fail(
			p, "want a word of a run (trace, design, host, lock, …), have \"%s\"", key);
	if (!p->nr || strcmp(section, p->last)) {
		more = reallocarray(p->section, p->nr + 1, sizeof(*more));
		if (!more)
			return set_fail(p, "out of memory");
		p->section = more;
		p->section[p->nr++] = (struct section){ .line = p->line };
		snprintf(p->last, sizeof(p->last), "%s", section);
	}
	if (!axis_words(&p->section[p->nr - 1], key, value))
		return set_fail(p, "out of memory");
	return 1;
}

static char *reader(char *buf, int room, void *priv)
{
	struct parser *p = priv;
	const char *why;

	if (p->failed || !fgets(buf, room, p->file))
		return NULL;
	p->line++;
	why = tagged_line_refuse(buf, (size_t)room - 1);
	if (!why)
		return buf;
	set_fail(p, "%s", why);
	return NULL;
}

/* In the order in which they count: another tree's before what is installed. */
static const char *const set_dirs[] = { BENCH_SETS_SOURCE, BENCH_SETS_INSTALLED };
static const char *const sample_dirs[] = { BENCH_SAMPLES_SOURCE, BENCH_SAMPLES_INSTALLED };

static FILE *find_set(struct bench_set *s, const char *name, struct err *err)
{
	size_t n = strlen(name);
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	FILE *f = NULL;

	if (slash || (n > 4 && !strcmp(name + n - 4, ".ini"))) {
		snprintf(s->path, sizeof(s->path), "%s", name);
		f = fopen(name, "re");
		if (!f)
			err_set(err, ERR_USAGE, "%s: %s", name, strerror(errno));
	}
	for (size_t i = 0; !slash && !f && !*s->path && i < 2; i++) {
		char path[sizeof(s->path)];

		snprintf(path, sizeof(path), "%s/%s.ini", set_dirs[i], name);
		f = fopen(path, "re");
		if (f)
			snprintf(s->path, sizeof(s->path), "%s", path);
	}
	if (!f && !*s->path)
		err_set(err, ERR_USAGE, "no set \"%s\"; \"vgicsim bench --list\" names them", name);
	n = strlen(base);
	snprintf(s->name, sizeof(s->name), "%.*s",
		 (int)(n > 4 && !strcmp(base + n - 4, ".ini") ? n - 4 : n), base);
	return f;
}

static int read_file(struct parser *p, const char *name)
{
	int bad;

	p->file = find_set(p->set, name, p->err);
	if (!p->file)
		return p->err->code;
	bad = ini_parse_stream(reader, p, entry, p);
	fclose(p->file);
	if (!p->failed && bad)
		set_fail(p, "want [section] or key = value");
	if (!p->failed && !p->nr)
		set_fail(p, "want a section with a trace, have none");
	return p->failed ? p->err->code : 0;
}

/* ---- rows ------------------------------------------------------------------- */

/* Where the trace is that a set names; NULL without memory. */
static char *locate(const struct bench_set *s, const char *trace, bool instead)
{
	const char *slash = strrchr(s->path, '/');
	char *path;

	if (*trace == '/' || !strncmp(trace, "gen:", 4) || !strncmp(trace, "clone:", 6) ||
	    (instead && !access(trace, R_OK)))
		return strdup(trace);
	for (unsigned int i = 0; i < 3; i++) {
		int n = i ? asprintf(&path, "%s/%s", sample_dirs[i - 1], trace)
			  : asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - s->path) : 0,
				     s->path, trace);

		if (n < 0)
			return NULL;
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	/* Nowhere: who opens it says so, by the word that was given. */
	return strdup(trace);
}

/* The identity names what is run, not where it lies. */
static char *identity(const struct cell *c)
{
	const char *slash = strrchr(c->trace, '/');
	struct cell shown = *c;

	if (slash && strncmp(c->trace, "gen:", 4))
		shown.trace = (char *)slash + 1;
	return cell_text(&shown);
}

static int fill(struct bench_row *row, const struct bench_set *s, const struct section *sec,
		const size_t *at, struct err *err)
{
	int ret = 0;

	cell_init(&row->cell);
	for (size_t i = 0; !ret && i < sec->nr; i++) {
		const struct axis *a = &sec->axis[i];
		bool each = !strcmp(a->key, "set"), trace = !strcmp(a->key, "trace");
		char *path = trace ? locate(s, a->value[at[i]], a->instead) : NULL;

		if (trace && !path)
			return err_set(err, ERR_NOMEM, "out of memory");
		for (size_t k = each ? 0 : at[i]; !ret && k < (each ? a->nr : at[i] + 1); k++)
			ret = cell_put(&row->cell, a->key, trace ? path : a->value[k], err);
		free(path);
	}
	return ret;
}

/* With words put in its place a set may have rows that cannot be; by itself it must not. */
static int look(struct bench_row *row, bool as_it_is, struct err *err)
{
	struct trace_meta meta;
	struct err why;
	int ret = cell_look(&row->cell, &meta, &why);

	if (ret == ERR_USAGE && !as_it_is) {
		row->why = strdup(why.msg);
		ret = row->why ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	} else if (ret) {
		*err = why;
	}
	row->text = identity(&row->cell);
	return row->text ? ret : err_set(err, ERR_NOMEM, "out of memory");
}

static int multiply(struct bench_set *s, const struct section *sec, bool as_it_is, struct err *err)
{
	size_t at[32] = { 0 }, i;
	int ret = 0;

	if (sec->nr > 32)
		return err_set(err, ERR_USAGE, "%s: line %u: want at most 32 words in a section",
			       s->path, sec->line);
	do {
		struct bench_row *more = reallocarray(s->row, s->nr + 1, sizeof(*more));

		if (!more)
			return err_set(err, ERR_NOMEM, "out of memory");
		s->row = more;
		memset(&more[s->nr], 0, sizeof(*more));
		ret = fill(&more[s->nr++], s, sec, at, err);
		if (!ret)
			ret = look(&s->row[s->nr - 1], as_it_is, err);
		if (!ret && s->nr > MAX_ROWS)
			ret = err_set(err, ERR_USAGE, "want at most %d runs", MAX_ROWS);
		if (ret)
			return err_prefix(err, "%s: section of line %u", s->path, sec->line);
		/* As digits count, the last word fastest; a list that is set does not. */
		for (i = sec->nr; i-- > 0;) {
			if (strcmp(sec->axis[i].key, "set") && ++at[i] < sec->axis[i].nr)
				break;
			at[i] = 0;
		}
	} while (i < sec->nr);
	return 0;
}

static int apply(struct section *sec, const struct bench_set *s, const struct bench_instead *o,
		 struct err *err)
{
	static const char *const by_default[] = { "kvm-legacy", "kvm-aplist" };
	struct axis *design, *trace;
	bool ok = axis_instead(sec, "trace", o->trace, o->nr_traces) &&
		  axis_instead(sec, "design", o->design, o->nr_designs) &&
		  axis_instead(sec, "host", o->host, o->nr_hosts) &&
		  axis_instead(sec, "lock", o->lock, o->nr_locks);

	design = axis_of(sec, "design");
	if (ok && design && !design->nr)
		ok = axis_instead(sec, "design", by_default, 2);
	for (unsigned int i = 0; ok && i < o->nr_sets; i++)
		ok = axis_words(sec, "set", o->set[i]);
	if (ok && o->check)
		ok = axis_instead(sec, "check", (const char *const[]){ "1" }, 1);
	trace = axis_of(sec, "trace");
	if (!ok || !design || !trace)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < sec->nr; i++)
		if (!sec->axis[i].nr)
			return err_set(err, ERR_USAGE, "%s: section of line %u: %s: want a value",
				       s->path, sec->line, sec->axis[i].key);
	return 0;
}

static int cmp_text(const void *a, const void *b)
{
	const struct bench_row *x = *(struct bench_row *const *)a;
	const struct bench_row *y = *(struct bench_row *const *)b;
	int c = strcmp(x->text, y->text);

	return c ? c : (x > y) - (x < y);
}

static void drop(struct bench_row *row)
{
	cell_fini(&row->cell);
	free(row->text);
	free(row->why);
	memset(row, 0, sizeof(*row));
}

/*
 * What comes twice because sections overlap, or differed only in what was put instead,
 * is run once. Two files of one name are not the same run.
 */
static int unite(struct bench_set *s, struct err *err)
{
	struct bench_row **by = calloc(s->nr, sizeof(*by));
	size_t kept = 0;
	int ret = 0;

	if (!by)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < s->nr; i++)
		by[i] = &s->row[i];
	qsort(by, s->nr, sizeof(*by), cmp_text);
	for (size_t i = 1, same = 0; !ret && i < s->nr; i++) {
		if (strcmp(by[same]->text, by[i]->text)) {
			same = i;
			continue;
		}
		if (strcmp(by[same]->cell.trace, by[i]->cell.trace))
			ret = err_set(
				err, ERR_USAGE,
				"%s: want names without folders that tell traces apart, have %s "
				"and %s",
				s->path, by[same]->cell.trace, by[i]->cell.trace);
		else
			by[i]->twice = true;
	}
	free(by);
	for (size_t i = 0; !ret && i < s->nr; i++) {
		if (s->row[i].twice)
			drop(&s->row[i]);
		else
			s->row[kept++] = s->row[i];
	}
	if (!ret)
		s->nr = kept;
	return ret;
}

int bench_set_load(struct bench_set *s, const char *name, const struct bench_instead *instead,
		   struct err *err)
{
	const bool as_it_is = !instead->nr_traces && !instead->nr_designs && !instead->nr_hosts &&
			      !instead->nr_locks && !instead->nr_sets;
	struct parser p = { .set = s, .err = err };
	int ret;

	memset(s, 0, sizeof(*s));
	ret = read_file(&p, name);
	for (size_t i = 0; !ret && i < p.nr; i++)
		ret = apply(&p.section[i], s, instead, err);
	for (size_t i = 0; !ret && i < p.nr; i++)
		ret = multiply(s, &p.section[i], as_it_is, err);
	for (size_t i = 0; i < p.nr; i++)
		section_fini(&p.section[i]);
	free(p.section);
	if (!ret)
		ret = unite(s, err);
	if (ret)
		bench_set_fini(s);
	return ret;
}

void bench_set_fini(struct bench_set *s)
{
	for (size_t i = 0; i < s->nr; i++)
		drop(&s->row[i]);
	free(s->row);
	s->row = NULL;
	s->nr = 0;
}

/* ---- which there are ---------------------------------------------------------- */

static int is_set(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && !strcmp(d->d_name + n - 4, ".ini");
}

int bench_set_list(char ***names, size_t *nr, struct err *err)
{
	struct dirent **found = NULL;
	int n = -1;

	for (unsigned int i = 0; n <= 0 && i < 2; i++)
		n = scandir(set_dirs[i], &found, is_set, alphasort);
	if (n <= 0)
		return err_set(err, ERR_USAGE, "no sets in %s or %s", set_dirs[0], set_dirs[1]);
	*names = calloc((size_t)n, sizeof(**names));
	*nr = 0;
	for (int i = 0; i < n; i++) {
		if (*names)
			(*names)[(*nr)++] = strndup(found[i]->d_name, strlen(found[i]->d_name) - 4);
		free(found[i]);
	}
	free(found);
	return *names ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

bool bench_core_figure(const char *name)
{
	/* What decides, what says why, and what says that something is wrong. */
	static const char *const core[] = {
		"sim_time_ps",
		"*_count",
		"*_mean_ps",
		"*_p50_ps",
		"*_p99_ps",
		"*_max_ps",
		"entry.*",
		"exit.*",
		"mmio.*",
		"inject.*",
		"lock_wait_ps",
		"lock.*.contentions",
		"exits_total",
		"exits.kick",
		"exits.maintenance",
		"kicks.ipi",
		"memory.*",
		"check.*",
		"deviation.*",
		"engine.insns",
		"engine.touches",
		"counter.acks",
		"counter.deliveries",
		"counter.overflows",
		"counter.injections",
		"counter.unsupported",
	};

	/* How much an arena maps is the allocator's version's and the page size's. */
	if (!fnmatch("*_split_count", name, 0) || !strcmp(name, "memory.arena_bytes"))
		return false;
	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++)
		if (!fnmatch(core[i], name, 0))
			return true;
	return false;
}
