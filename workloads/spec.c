// SPDX-License-Identifier: GPL-2.0-or-later
/* "hackbench,vcpus=64,gic=v3,duration=1s,seed=1,PARAMETER=VALUE", and the maker of it. */
#include "workload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

static int spec_duration(struct gen_options *o, const char *text, struct err *err)
{
	struct vtime t;

	/* A bare number of zeroes is no time; VT's range is that of a run. */
	if (!units_parse_time(text, &t) || t.ps % 1000 || !t.ps)
		return err_set(err, ERR_USAGE,
			       "duration: want a time with its unit (200ms, 1s), have \"%s\"",
			       text);
	o->duration_ns = vt_to_ns(t);
	return 0;
}

static int spec_gic(struct gen_options *o, const char *text, struct err *err)
{
	if (strcmp(text, "v2") && strcmp(text, "v3"))
		return err_set(err, ERR_USAGE, "gic: want v2 or v3, have \"%s\"", text);
	o->gic = text[1] == '2' ? 2 : 3;
	return 0;
}

int gen_word(struct workload *w, struct gen_options *o, const char *word, struct err *err)
{
	if (!strncmp(word, "duration=", 9))
		return spec_duration(o, word + 9, err);
	if (!strncmp(word, "gic=", 4))
		return spec_gic(o, word + 4, err);
	if (!strncmp(word, "vcpus=", 6)) {
		if (!units_parse_u32(word + 6, UINT32_MAX, &o->vcpus))
			return err_set(err, ERR_USAGE, "vcpus: want a number, have \"%s\"",
				       word + 6);
		return 0;
	}
	if (!strncmp(word, "seed=", 5)) {
		if (!units_parse_u64(word + 5, &o->seed))
			return err_set(err, ERR_USAGE, "seed: want a number, have \"%s\"",
				       word + 5);
		return 0;
	}
	if (!strncmp(word, "records=", 8)) {
		if (!units_parse_count(word + 8, &o->records))
			return err_set(err, ERR_USAGE, "records: want a number, have \"%s\"",
				       word + 8);
		return 0;
	}
	return workload_set(w, word, err);
}

static int spec_parse(char *spec, struct workload *w, struct gen_options *o, struct err *err)
{
	char *rest = spec, *name = strsep(&rest, ","), *word;
	int rc = workload_load(w, name, err);

	gen_options_init(o);
	while (!rc && (word = strsep(&rest, ",")))
		rc = gen_word(w, o, word, err);
	return rc;
}

static void *spec_open(const char *spec, struct trace_meta *meta, struct err *err)
{
	struct workload *w = malloc(sizeof(*w));
	char *copy = strdup(spec);
	struct gen_options o;
	struct gen *g = NULL;

	if (!w || !copy)
		err_set(err, ERR_NOMEM, "gen:%s: out of memory", spec);
	else if (spec_parse(copy, w, &o, err))
		err_prefix(err, "gen:%s", spec);
	else
		g = gen_create(w, &o, err);
	if (g)
		*meta = *gen_meta(g);
	free(copy);
	free(w);
	return g;
}

static int spec_next(void *making, struct trace_rec *rec, struct err *err)
{
	return gen_next(making, rec);
}

static void spec_close(void *making)
{
	gen_destroy(making);
}

static void spec_position(const void *making, uint64_t *at, uint64_t *of)
{
	gen_position(making, at, of);
}

const struct trace_maker gen_maker = {
	.prefix = "gen:",
	.open = spec_open,
	.next = spec_next,
	.position = spec_position,
	.close = spec_close,
};
