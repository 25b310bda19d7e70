// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of a sweep. INI:
 *
 *	[sweep]
 *	question = From how many vCPUs on does the distributor lock limit entries?
 *	metric = entry_p99
 *	[axis]
 *	trace = gen:hackbench,duration=50ms
 *	vcpus = 1..256*2
 *	design = kvm-legacy, kvm-aplist
 *
 * "trace" may be there several times, one trace a line; every other axis once.
 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"
#include "tagged.h"

struct parser {
	struct sweep_spec *s;
	const char *path;
	FILE *file;
	unsigned int line;
	struct err *err;
	int failed;
};

static int file_fail(struct parser *p, const char *why)
{
	if (!p->failed) {
		p->failed = err_set(p->err, ERR_USAGE, "%s", why);
		err_prefix(p->err, "%s: line %u", p->path, p->line);
	}
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
		file_fail(p, wrong);
	return wrong ? NULL : buf;
}

static int once(struct parser *p, char **to, const char *value)
{
	if (*to)
		return file_fail(p, "want this key once, have it twice");
	*to = strdup(value);
	return *to ? 1 : file_fail(p, "out of memory");
}

static int yes_or_no(struct parser *p, bool *to, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return file_fail(p, "want yes or no");
	*to = *value == 'y';
	return 1;
}

static int file_entry(void *priv, const char *section, const char *key, const char *value)
{
	struct parser *p = priv;

	if (!strcmp(section, "axis")) {
		if (!sweep_spec_put(p->s, key, value, p->err))
			return 1;
		p->failed = err_prefix(p->err, "%s: line %u", p->path, p->line);
		return 0;
	}
	if (strcmp(section, "sweep"))
		return file_fail(p, "want the section [sweep] or [axis]");
	if (!strcmp(key, "question"))
		return once(p, &p->s->question, value);
	if (!strcmp(key, "metric"))
		return once(p, &p->s->metric, value);
	if (!strcmp(key, "skip-impossible"))
		return yes_or_no(p, &p->s->skip_impossible, value);
	if (!strcmp(key, "histograms"))
		return yes_or_no(p, &p->s->keep_hists, value);
	return file_fail(p, "want question, metric, skip-impossible or histograms");
}

int sweep_spec_load(struct sweep_spec *s, const char *path, struct err *err)
{
	struct parser p = { .s = s, .path = path, .err = err };
	int bad;

	p.file = fopen(path, "r");
	if (!p.file)
		return err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
	bad = ini_parse_stream(file_reader, &p, file_entry, &p);
	if (!p.failed && ferror(p.file))
		p.failed = err_set(err, ERR_USAGE, "%s: cannot be read", path);
	fclose(p.file);
	if (!p.failed && bad)
		p.failed = err_set(err, ERR_USAGE, "%s: line %d: want [section] or key = value",
				   path, bad);
	return p.failed;
}
