// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of a claim. INI, sections [claim], [test NAME] and [axis NAME], the axes of
 * that test as a sweep's file has them. A key of text may be there several times: its
 * values are one text.
 */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim-int.h"
#include "design-load.h"
#include "study.h"
#include "tagged.h"

struct parser {
	struct claim *c;
	FILE *file;
	unsigned int line;
	struct err *err;
	int failed;
};

__attribute__((format(printf, 2, 3))) static int file_fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return 0;
	va_start(ap, fmt);
	err_vset(p->err, ERR_USAGE, fmt, ap);
	va_end(ap);
	p->failed = err_prefix(p->err, "%s: line %u", p->c->path, p->line);
	return 0;
}

static char *file_reader(char *buf, int size, void *stream)
{
	struct parser *p = stream;
	const char *wrong;

	if (p->failed || !fgets(buf, size, p->file))
		return NULL;
	p->line++;
	wrong = tagged_line_refuse(buf, (size_t)size);
	if (wrong)
		file_fail(p, "%s", wrong);
	return wrong ? NULL : buf;
}

/* ---- values -------------------------------------------------------------- */

static int text_add(struct parser *p, char **to, const char *value)
{
	char *longer;

	if (!*value)
		return file_fail(p, "want a text, have nothing");
	if (asprintf(&longer, "%s%s%s", *to ? *to : "", *to ? " " : "", value) < 0)
		return file_fail(p, "out of memory");
	free(*to);
	*to = longer;
	return 1;
}

static int once(struct parser *p, char **to, const char *value)
{
	if (*to)
		return file_fail(p, "want this key once, have it twice");
	return text_add(p, to, value);
}

/* What @err says of a value, with its line. */
static int told(struct parser *p, int ret)
{
	if (ret && !p->failed)
		p->failed = err_prefix(p->err, "%s: line %u", p->c->path, p->line);
	return !ret;
}

static int limit_new(struct parser *p, const char *value)
{
	struct claim *c = p->c;
	char **more = reallocarray(c->limit, c->nr_limits + 1, sizeof(*more));

	if (!more)
		return file_fail(p, "out of memory");
	c->limit = more;
	c->limit[c->nr_limits++] = NULL;
	return text_add(p, &c->limit[c->nr_limits - 1], value);
}

static int entry_claim(struct parser *p, const char *key, const char *value)
{
	struct claim *c = p->c;

	if (!strcmp(key, "title"))
		return text_add(p, &c->title, value);
	if (!strcmp(key, "claim"))
		return text_add(p, &c->claim, value);
	if (!strcmp(key, "source"))
		return text_add(p, &c->source, value);
	if (!strcmp(key, "question"))
		return text_add(p, &c->question, value);
	if (!strcmp(key, "limit"))
		return limit_new(p, value);
	if (!strcmp(key, "limit-more") && c->nr_limits)
		return text_add(p, &c->limit[c->nr_limits - 1], value);
	return file_fail(p, "[claim]: want title, claim, source, question or limit, have \"%s\"",
			 key);
}

static int limit_once(struct parser *p, struct claim_limit *l, const char *value)
{
	if (l->text)
		return file_fail(p, "want this key once, have it twice");
	return told(p, claim_limit_parse(l, value, p->err));
}

static int yes_or_no(struct parser *p, bool *to, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return file_fail(p, "want yes or no, have \"%s\"", value);
	*to = *value == 'y';
	return 1;
}

static int entry_test(struct parser *p, struct claim_test *t, const char *key, const char *value)
{
	if (!strcmp(key, "says"))
		return text_add(p, &t->says, value);
	if (!strcmp(key, "measure"))
		return text_add(p, &t->measure, value);
	if (!strcmp(key, "brief"))
		return text_add(p, &t->brief, value);
	if (!strcmp(key, "of"))
		return text_add(p, &t->formula.text, value);
	if (!strcmp(key, "beside"))
		return text_add(p, &t->beside.text, value);
	if (!strcmp(key, "beside-measure"))
		return text_add(p, &t->beside_title, value);
	if (!strcmp(key, "design"))
		return once(p, &t->design, value);
	if (!strcmp(key, "against"))
		return once(p, &t->against, value);
	if (!strcmp(key, "also"))
		return once(p, &t->also, value);
	if (!strcmp(key, "aside"))
		return yes_or_no(p, &t->aside, value);
	if (!strcmp(key, "x"))
		return once(p, &t->x_name, value);
	if (!strcmp(key, "supported"))
		return limit_once(p, &t->supported, value);
	if (!strcmp(key, "refuted"))
		return limit_once(p, &t->refuted, value);
	if (strcmp(key, "at"))
		return file_fail(
			p,
			"[test %s]: want says, measure, brief, of, beside, beside-measure, "
			"design, against, also, aside, x, at, supported or refuted, have "
			"\"%s\"",
			t->name, key);
	if (strcmp(value, "every") && strcmp(value, "largest"))
		return file_fail(p, "at: want every or largest, have \"%s\"", value);
	t->every = *value == 'e';
	return 1;
}

static int entry_axis(struct parser *p, struct claim_test *t, const char *key, const char *value)
{
	if (!strcmp(key, "design") || !strcmp(key, "assumed"))
		return file_fail(p, "[axis %s]: %s is not given there", t->name, key);
	return told(p, sweep_spec_put(&t->spec, key, value, p->err));
}

static struct claim_test *test_of(struct claim *c, const char *name)
{
	for (unsigned int i = 0; i < c->nr_tests; i++)
		if (!strcmp(c->test[i].name, name))
			return &c->test[i];
	return NULL;
}

static struct claim_test *test_new(struct claim *c, const char *name)
{
	struct claim_test *more, *t;

	if (c->nr_tests == CLAIM_MAX_TESTS)
		return NULL;
	more = reallocarray(c->test, c->nr_tests + 1, sizeof(*more));
	if (!more)
		return NULL;
	c->test = more;
	t = &more[c->nr_tests];
	*t = (struct claim_test){ .name = strdup(name), .x = -1 };
	sweep_spec_init(&t->spec);
	t->spec.skip_impossible = true;
	if (!t->name)
		return NULL;
	c->nr_tests++;
	return t;
}

static int file_entry(void *priv, const char *section, const char *key, const char *value)
{
	struct parser *p = priv;
	struct claim_test *t;
	const char *name;

	if (p->failed)
		return 0;
	if (!strcmp(section, "claim"))
		return entry_claim(p, key, value);
	name = strchr(section, ' ');
	if (!name || (strncmp(section, "test ", 5) && strncmp(section, "axis ", 5)) ||
	    name[1 + strspn(name + 1, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !name[1])
		return file_fail(p,
				 "want the section [claim], [test NAME] or [axis NAME], have "
				 "\"%s\"",
				 section);
	t = test_of(p->c, ++name);
	if (!t && *section == 'a')
		return file_fail(p, "[axis %s]: want [test %s] before it", name, name);
	if (!t && !(t = test_new(p->c, name)))
		return file_fail(p, "want at most %d tests, have more, or no memory",
				 CLAIM_MAX_TESTS);
	return *section == 't' ? entry_test(p, t, key, value) : entry_axis(p, t, key, value);
}

/* ---- what must be there -------------------------------------------------- */

static int add_design(struct claim_test *t, const char *name, struct err *err)
{
	for (unsigned int i = 0; i < t->spec.nr_axes; i++)
		for (unsigned int k = 0; k < t->spec.axis[i].nr; k++)
			if (!strcmp(t->spec.axis[i].name, "design") &&
			    !strcmp(t->spec.axis[i].value[k], name))
				return 0;
	if (!design_load(name, err))
		return err->code;
	return sweep_spec_add(&t->spec, "design", name, err);
}

static bool has_word(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (; list && *list; list += strcspn(list, " ,"), list += strspn(list, " ,"))
		if (!strncmp(list, word, n) && (!list[n] || strchr(" ,", list[n])))
			return true;
	return false;
}

/* Those that are built in come in their own order, so that each has one colour everywhere. */
static int add_designs(struct claim_test *t, struct err *err)
{
	char *all, *rest, *word;
	int ret = 0;

	if (asprintf(&all, "%s %s %s", t->design, t->against ? t->against : "",
		     t->also ? t->also : "") < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; !ret && vgic_designs[i]; i++)
		if (has_word(all, vgic_designs[i]->name))
			ret = add_design(t, vgic_designs[i]->name, err);
	for (rest = all; !ret && (word = strsep(&rest, " ,"));)
		if (*word)
			ret = add_design(t, word, err);
	free(all);
	return ret;
}

/* As the profile is, then what is assumed in it halved and doubled. */
static int add_band(struct claim_test *t, struct err *err)
{
	int ret = sweep_spec_put(&t->spec, "assumed", "x1,x1/2,x2", err);
	char more[64];

	for (const struct study_group *g = study_groups; !ret && g->name; g++) {
		snprintf(more, sizeof(more), "%s:x1/2,%s:x2", g->name, g->name);
		ret = sweep_spec_add(&t->spec, "assumed", more, err);
	}
	return ret;
}

static bool has_axis(const struct claim_test *t, const char *name)
{
	for (unsigned int i = 0; i < t->spec.nr_axes; i++)
		if (!strcmp(t->spec.axis[i].name, name))
			return true;
	return false;
}

/* A number must not support and refute at once. */
static bool limits_apart(const struct claim_test *t)
{
	const struct claim_limit *s = &t->supported, *r = &t->refuted;

	return s->at_least != r->at_least &&
	       (s->at_least ? s->value > r->value : s->value < r->value);
}

/* Of the text that the file has of it. */
static int make_formula(struct claim_formula *f, struct err *err)
{
	char *text = f->text;
	int ret = claim_formula_parse(f, text, err);

	free(text);
	return ret;
}

static int complete_test(struct claim_test *t, struct err *err)
{
	int ret;

	if (!t->says || !t->measure || !t->formula.text || !t->design || !t->supported.text ||
	    !t->refuted.text)
		return err_set(err, ERR_USAGE,
			       "want says, measure, of, design, supported and refuted");
	if (!limits_apart(t))
		return err_set(
			err, ERR_USAGE,
			"want limits of which no number can meet both, have supported %s and "
			"refuted %s",
			t->supported.text, t->refuted.text);
	if (t->x_name && !has_axis(t, t->x_name))
		return err_set(err, ERR_USAGE, "x: want one of its axes, have \"%s\"", t->x_name);
	if (!t->brief && !(t->brief = strdup(t->measure)))
		return err_set(err, ERR_NOMEM, "out of memory");
	if (!t->beside.text != !t->beside_title)
		return err_set(err, ERR_USAGE, "want beside and beside-measure, or neither");
	ret = make_formula(&t->formula, err);
	if (!ret && t->beside.text)
		ret = make_formula(&t->beside, err);
	if (!ret)
		ret = add_designs(t, err);
	return ret ? ret : add_band(t, err);
}

static int complete(struct claim *c, struct err *err)
{
	int ret = 0;

	if (!c->title || !c->claim || !c->source || !c->nr_tests)
		return err_set(err, ERR_USAGE, "%s: want title, claim, source and a test", c->path);
	for (unsigned int i = 0; !ret && i < c->nr_tests; i++) {
		ret = complete_test(&c->test[i], err);
		if (ret)
			err_prefix(err, "%s: [test %s]", c->path, c->test[i].name);
	}
	return ret;
}

static void test_fini(struct claim_test *t)
{
	for (unsigned int i = 0; i < t->nr_cases; i++) {
		free(t->cases[i].label);
		free(t->cases[i].host);
		free(t->cases[i].lock);
		free(t->cases[i].point);
	}
	free(t->cases);
	if (t->has_doc)
		sweep_doc_fini(&t->doc);
	if (t->planned)
		sweep_fini(&t->sweep);
	sweep_spec_fini(&t->spec);
	claim_formula_fini(&t->formula);
	claim_formula_fini(&t->beside);
	free(t->supported.text);
	free(t->refuted.text);
	free(t->name);
	free(t->says);
	free(t->measure);
	free(t->brief);
	free(t->beside_title);
	free(t->design);
	free(t->against);
	free(t->also);
	free(t->x_name);
}

/* ---- files --------------------------------------------------------------- */

static int load_one(struct claim *c, struct err *err)
{
	struct parser p = { .c = c, .err = err };
	int bad;

	p.file = fopen(c->path, "r");
	if (!p.file)
		return err_set(err, ERR_USAGE, "%s: %s", c->path, strerror(errno));
	bad = ini_parse_stream(file_reader, &p, file_entry, &p);
	if (!p.failed && ferror(p.file))
		p.failed = err_set(err, ERR_USAGE, "%s: cannot be read", c->path);
	fclose(p.file);
	if (!p.failed && bad)
		p.failed = err_set(err, ERR_USAGE, "%s: line %d: want [section] or key = value",
				   c->path, bad);
	return p.failed ? p.failed : complete(c, err);
}

static const char *const claim_dirs[] = { CLAIMS_SOURCE_DIR, CLAIMS_INSTALL_DIR };

static char *find(const char *name)
{
	char *path;

	for (unsigned int i = 0; !strchr(name, '/') && i < 2; i++) {
		const char *end = strstr(name, ".ini") ? "" : ".ini";

		if (asprintf(&path, "%s/%s%s", claim_dirs[i], name, end) < 0)
			return NULL;
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return strdup(name);
}

static int add(struct claims *c, const char *name, struct err *err)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	const size_t n = strlen(base), ini = n > 4 && !strcmp(base + n - 4, ".ini") ? 4 : 0;
	struct claim *more = reallocarray(c->claim, c->nr + 1, sizeof(*more)), *new;

	if (!more)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->claim = more;
	new = &more[c->nr++];
	*new = (struct claim){ .path = find(name), .name = strndup(base, n - ini) };
	if (!new->path || !new->name)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; i + 1 < c->nr; i++)
		if (!strcmp(c->claim[i].name, new->name))
			return err_set(err, ERR_USAGE, "%s: want each claim once", new->name);
	if (access(new->path, R_OK))
		return err_set(err, ERR_USAGE, "no claim \"%s\": %s", name, strerror(errno));
	return load_one(new, err);
}

/* All others go. */
static int only(struct claim *c, const char *name, struct err *err)
{
	struct claim_test *t = test_of(c, name);
	struct claim_test one;

	if (!t)
		return err_set(err, ERR_USAGE, "%s: no test \"%s\"", c->path, name);
	one = *t;
	*t = (struct claim_test){ 0 };
	for (unsigned int i = 0; i < c->nr_tests; i++)
		test_fini(&c->test[i]);
	c->test[0] = one;
	c->nr_tests = 1;
	c->part = true;
	return 0;
}

static int add_part(struct claims *c, const char *name, struct err *err)
{
	const char *colon = strrchr(name, ':');
	char *file = colon ? strndup(name, (size_t)(colon - name)) : NULL;
	int ret;

	/* Names of files may have colons. */
	if (!colon || strchr(colon, '/') || strstr(colon, ".ini"))
		return add(c, name, err);
	if (!file)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = add(c, file, err);
	free(file);
	return ret ? ret : only(&c->claim[c->nr - 1], colon + 1, err);
}

static int is_ini(const struct dirent *e)
{
	return !fnmatch("[!.]*.ini", e->d_name, 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_all(struct claims *c, struct err *err)
{
	struct dirent **e = NULL;
	int nr = -1, ret = 0;

	for (unsigned int i = 0; i < 2 && nr <= 0; i++)
		nr = scandir(claim_dirs[i], &e, is_ini, by_name);
	if (nr <= 0)
		ret = err_set(err, ERR_USAGE, "no claims in %s or %s", claim_dirs[0],
			      claim_dirs[1]);
	for (int i = 0; i < nr; i++) {
		if (!ret)
			ret = add(c, e[i]->d_name, err);
		free(e[i]);
	}
	free(e);
	return ret;
}

int claims_load(struct claims *c, const char *const *names, unsigned int nr, struct err *err)
{
	int ret = 0;

	*c = (struct claims){ 0 };
	if (!nr)
		return add_all(c, err);
	for (unsigned int i = 0; !ret && i < nr; i++)
		ret = add_part(c, names[i], err);
	return ret;
}

void claims_fini(struct claims *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		struct claim *k = &c->claim[i];

		for (unsigned int t = 0; t < k->nr_tests; t++)
			test_fini(&k->test[t]);
		for (unsigned int l = 0; l < k->nr_limits; l++)
			free(k->limit[l]);
		free(k->limit);
		free(k->test);
		free(k->name);
		free(k->path);
		free(k->title);
		free(k->claim);
		free(k->source);
		free(k->question);
	}
	free(c->claim);
	*c = (struct claims){ 0 };
}
