// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of published rows. INI: a section is a row, named by its id.
 *
 *	[V7.ipi.kunpeng920]
 *	what = kvm-unit-tests micro-bench, ipi
 *	published = 1697 ns
 *	target = within 30 %
 *
 * A line is under 200 bytes; the key "explanation" may come several times and is
 * joined. Every row is checked where it ends, so that a message names its line.
 */
#include "published.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "tagged.h"

const char *const published_confirmed_names[CONFIRMED_NR] = {
	[CONFIRMED_TEXT] = "text",
	[CONFIRMED_SECONDARY] = "secondary",
	[CONFIRMED_MEMORY] = "memory",
};

struct parser {
	struct published *p;
	struct err *err;
	FILE *file;
	unsigned int line, row_line;
	bool failed;
	bool has_published, has_target, has_confirmed;
};

__attribute__((format(printf, 2, 3))) static int pub_fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return 0;
	p->failed = true;
	va_start(ap, fmt);
	err_vset(p->err, ERR_USAGE, fmt, ap);
	va_end(ap);
	err_prefix(p->err, "%s: line %u", p->p->path, p->line);
	return 0;
}

bool published_number(const char *s, int64_t *milli)
{
	bool minus = *s == '-';
	int64_t v = 0;
	int places = -1;

	s += minus;
	if (!*s || *s == '.')
		return false;
	for (; *s; s++) {
		if (*s == '.' && places < 0) {
			places = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || places == 3 || v > INT64_MAX / 100000)
			return false;
		v = v * 10 + (*s - '0');
		places += places >= 0;
	}
	if (places == 0)
		return false;
	for (places = places < 0 ? 0 : places; places < 3; places++)
		v *= 10;
	*milli = minus ? -v : v;
	return true;
}

/* ---- values -------------------------------------------------------------- */

static int pub_published(struct parser *p, struct published_row *r, const char *value)
{
	static const char *const units[] = { "ns", "cycles", "exits",  "ns/vCPU",
					     "%",  "x",	     "LPIs/s", NULL };
	char number[32], unit[16];

	if (sscanf(value, "%31s %15s", number, unit) != 2 || !published_number(number, &r->milli))
		return pub_fail(p, "published: want a number and its unit, have \"%s\"", value);
	for (unsigned int i = 0; units[i]; i++) {
		if (!strcmp(units[i], unit)) {
			strcpy(r->unit, unit);
			p->has_published = true;
			return 1;
		}
	}
	return pub_fail(p, "published: unknown unit \"%s\"", unit);
}

static int pub_target(struct parser *p, struct published_row *r, const char *value)
{
	char number[32];
	int end = 0;

	p->has_target = true;
	r->target_milli = 0;
	if (!strcmp(value, "exact")) {
		r->target = TARGET_EXACT;
		return 1;
	}
	if (!strcmp(value, "same sign")) {
		r->target = TARGET_SIGN;
		return 1;
	}
	if (sscanf(value, "within %31s %%%n", number, &end) == 1 && end && !value[end])
		r->target = TARGET_WITHIN;
	else if (end = 0, sscanf(value, "factor %31s%n", number, &end) == 1 && !value[end])
		r->target = TARGET_FACTOR;
	else if (end = 0, sscanf(value, "below %31s%n", number, &end) == 1 && !value[end])
		r->target = TARGET_BELOW;
	else
		return pub_fail(p,
				"target: want \"within N %%\", \"factor N\", \"below N\", "
				"\"exact\" or \"same sign\", have \"%s\"",
				value);
	if (!published_number(number, &r->target_milli) || r->target_milli <= 0)
		return pub_fail(p, "target: want a number above 0, have \"%s\"", number);
	return 1;
}

/* One or two words. */
static int pub_two(struct parser *p, char (*to)[64], const char *key, const char *value)
{
	char rest[2];
	int n = sscanf(value, "%63s %63s %1s", to[0], to[1], rest);

	return n == 1 || n == 2 ? 1 : pub_fail(p, "%s: want one or two names", key);
}

static int pub_lock(struct parser *p, struct published_row *r, const char *value)
{
	for (unsigned int i = 0; i < LOCK_NR_ALGOS; i++) {
		if (!strcmp(lock_algo_names[i], value)) {
			r->lock = (enum lock_algo)i;
			return 1;
		}
	}
	return pub_fail(p, "lock: no such algorithm: \"%s\"", value);
}

static int pub_confirmed(struct parser *p, struct published_row *r, const char *value)
{
	for (unsigned int i = 0; i < CONFIRMED_NR; i++) {
		if (!strcmp(published_confirmed_names[i], value)) {
			r->confirmed = (enum published_confirmed)i;
			p->has_confirmed = true;
			return 1;
		}
	}
	return pub_fail(p, "confirmed: want text, secondary or memory, have \"%s\"", value);
}

static int pub_explain(struct parser *p, struct published_row *r, const char *value)
{
	char *more;

	if (asprintf(&more, "%s%s%s", r->explanation ? r->explanation : "",
		     r->explanation ? " " : "", value) < 0)
		return pub_fail(p, "out of memory");
	free(r->explanation);
	r->explanation = more;
	return 1;
}

static int pub_text(struct parser *p, char *to, size_t size, const char *key, const char *value)
{
	if (*to)
		return pub_fail(p, "%s: here a second time in this row", key);
	if (!*value || strlen(value) >= size)
		return pub_fail(p, "%s: want 1 to %zu bytes", key, size - 1);
	strcpy(to, value);
	return 1;
}

static int pub_key(struct parser *p, struct published_row *r, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} text[] = {
		{ "what", r->what, sizeof(r->what) },
		{ "source", r->source, sizeof(r->source) },
		{ "host", r->host, sizeof(r->host) },
		{ "kernel", r->kernel, sizeof(r->kernel) },
		{ "stand_in", r->stand_in, sizeof(r->stand_in) },
		{ "measure", r->measure, sizeof(r->measure) },
		{ "needs", r->needs, sizeof(r->needs) },
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!strcmp(text[i].key, key))
			return pub_text(p, text[i].to, text[i].size, key, value);
	if (!strcmp(key, "published"))
		return pub_published(p, r, value);
	if (!strcmp(key, "target"))
		return pub_target(p, r, value);
	if (!strcmp(key, "design"))
		return pub_two(p, r->design, key, value);
	if (!strcmp(key, "trace"))
		return pub_two(p, r->trace, key, value);
	if (!strcmp(key, "lock"))
		return pub_lock(p, r, value);
	if (!strcmp(key, "confirmed"))
		return pub_confirmed(p, r, value);
	if (!strcmp(key, "explanation"))
		return pub_explain(p, r, value);
	return pub_fail(p, "unknown key \"%s\"", key);
}

/* ---- rows ---------------------------------------------------------------- */

static struct published_row *pub_last(struct parser *p)
{
	return p->p->nr ? &p->p->row[p->p->nr - 1] : NULL;
}

/* The row that ends here is whole. */
static int pub_check(struct parser *p)
{
	const struct published_row *r = pub_last(p);
	const char *missing = NULL;

	if (!r)
		return 1;
	if (!*r->what)
		missing = "what";
	else if (!*r->source)
		missing = "source";
	else if (!p->has_published)
		missing = "published";
	else if (!p->has_target)
		missing = "target";
	else if (!p->has_confirmed)
		missing = "confirmed";
	else if (!*r->needs && (!*r->trace[0] || !*r->measure || !*r->host || !*r->design[0]))
		missing = "needs (or host, design, trace and measure)";
	if (missing)
		return pub_fail(p, "row %s ends without \"%s\"", r->id, missing);
	if (*r->design[1] && *r->trace[1])
		return pub_fail(p, "row %s has two designs and two traces", r->id);
	if (*r->measure && !measure_find(r->measure))
		return pub_fail(p, "row %s: no measure \"%s\"", r->id, r->measure);
	if ((r->target == TARGET_WITHIN || r->target == TARGET_FACTOR ||
	     r->target == TARGET_SIGN) &&
	    !r->milli)
		return pub_fail(p, "row %s: that target wants a published value but 0", r->id);
	return 1;
}

static int pub_begin(struct parser *p, const char *id)
{
	struct published_row *more;

	if (!pub_check(p))
		return 0;
	for (unsigned int i = 0; i < p->p->nr; i++)
		if (!strcmp(p->p->row[i].id, id))
			return pub_fail(p, "row %s is here a second time", id);
	more = reallocarray(p->p->row, p->p->nr + 1, sizeof(*more));
	if (!more)
		return pub_fail(p, "out of memory");
	p->p->row = more;
	memset(&more[p->p->nr], 0, sizeof(*more));
	if (strlen(id) >= sizeof(more->id))
		return pub_fail(p, "row %s: name too long", id);
	strcpy(more[p->p->nr++].id, id);
	p->has_published = p->has_target = p->has_confirmed = false;
	return 1;
}

static int pub_entry(void *user, const char *section, const char *name, const char *value)
{
	struct parser *p = user;
	struct published_row *r = pub_last(p);

	if (!*section)
		return pub_fail(p, "want a [row] before its keys");
	if ((!r || strcmp(r->id, section)) && !pub_begin(p, section))
		return 0;
	return pub_key(p, pub_last(p), name, value);
}

/* fgets() that counts lines and refuses what inih would cut. */
static char *pub_reader(char *buf, int size, void *stream)
{
	struct parser *p = stream;
	const char *wrong;

	if (p->failed || !fgets(buf, size, p->file))
		return NULL;
	p->line++;
	wrong = tagged_line_refuse(buf, (size_t)size);
	if (wrong)
		pub_fail(p, "%s", wrong);
	return wrong ? NULL : buf;
}

/* ---- the file ------------------------------------------------------------ */

static int pub_find(struct published *p, const char *path, FILE **f, struct err *err)
{
	static const char *const dirs[] = { PUBLISHED_SOURCE_DIR, PUBLISHED_INSTALL_DIR };
	const char *slash;

	*f = NULL;
	for (unsigned int i = 0; !path && !*f && i < 2; i++) {
		snprintf(p->path, sizeof(p->path), "%s/published.ini", dirs[i]);
		*f = fopen(p->path, "r");
	}
	if (path) {
		snprintf(p->path, sizeof(p->path), "%s", path);
		*f = strlen(path) < sizeof(p->path) ? fopen(path, "r") : NULL;
	}
	if (!*f)
		return err_set(err, ERR_USAGE, "%s: %s", p->path, strerror(errno));
	slash = strrchr(p->path, '/');
	snprintf(p->dir, sizeof(p->dir), "%.*s", slash ? (int)(slash - p->path) : 1,
		 slash ? p->path : ".");
	return 0;
}

int published_load(struct published *p, const char *path, struct err *err)
{
	struct parser parser = { .p = p, .err = err };
	int bad, ret;

	memset(p, 0, sizeof(*p));
	ret = pub_find(p, path, &parser.file, err);
	if (ret)
		return ret;
	bad = ini_parse_stream(pub_reader, &parser, pub_entry, &parser);
	fclose(parser.file);
	if (!parser.failed && bad)
		ret = err_set(err, ERR_USAGE, "%s: line %d: want [row] or key = value", p->path,
			      bad);
	if (!parser.failed && !ret)
		pub_check(&parser);
	if (parser.failed)
		ret = err->code;
	else if (!ret && !p->nr)
		ret = err_set(err, ERR_USAGE, "%s: want a row, have none", p->path);
	if (ret)
		published_fini(p);
	return ret;
}

void published_fini(struct published *p)
{
	for (unsigned int i = 0; i < p->nr; i++)
		free(p->row[i].explanation);
	free(p->row);
	p->row = NULL;
	p->nr = 0;
}

const char *published_target_text(const struct published_row *r, char *buf, size_t len)
{
	char number[32];
	size_t n;

	snprintf(number, sizeof(number), "%lld.%03lld", (long long)(r->target_milli / 1000),
		 (long long)(r->target_milli % 1000));
	for (n = strlen(number); n && number[n - 1] == '0'; n--)
		number[n - 1] = '\0';
	if (n && number[n - 1] == '.')
		number[n - 1] = '\0';
	switch (r->target) {
	case TARGET_WITHIN:
		snprintf(buf, len, "±%s %%", number);
		break;
	case TARGET_FACTOR:
		snprintf(buf, len, "×%s", number);
		break;
	case TARGET_BELOW:
		snprintf(buf, len, "below %s", number);
		break;
	default:
		snprintf(buf, len, "%s", r->target == TARGET_EXACT ? "exact" : "same sign");
	}
	return buf;
}
