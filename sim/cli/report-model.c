// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results as the report sees them: one series per run per file, told apart by
 * what differs. Tolerant of absent members (an empty table is said, not a
 * crash), strict on the schema's name.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "report-int.h"

const char *const r_latencies[R_LATENCIES] = { "entry", "exit", "mmio", "inject", "delivery" };

const char *const r_latency_titles[R_LATENCIES] = {
	"Entry latency", "Exit latency", "MMIO latency", "Injection latency", "Delivery latency",
};

const json_t *rj_at(const json_t *obj, const char *path)
{
	char key[128];

	while (obj && *path) {
		size_t n = strcspn(path, "/");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		obj = json_object_get(obj, key);
		path += n + (path[n] == '/');
	}
	return obj;
}

double rj_num(const json_t *obj, const char *path)
{
	return json_number_value(rj_at(obj, path));
}

unsigned int rj_uint(const json_t *value)
{
	double n = json_number_value(value);

	return n >= UINT_MAX ? UINT_MAX : n > 0 ? (unsigned int)n : 0;
}

bool rj_has_num(const json_t *obj, const char *path)
{
	return json_is_number(rj_at(obj, path));
}

const char *rj_str(const json_t *obj, const char *path, const char *fallback)
{
	const char *s = json_string_value(rj_at(obj, path));

	return s ? s : fallback;
}

/* ---- histograms ---------------------------------------------------------- */

bool rhist_load(struct rhist *h, const json_t *buckets, size_t max_points)
{
	size_t nr = json_array_size(buckets), join, i;
	const json_t *b;

	memset(h, 0, sizeof(*h));
	if (!nr)
		return false;
	join = max_points ? (nr + max_points - 1) / max_points : 1;
	h->b = calloc((nr + join - 1) / join, sizeof(*h->b));
	if (!h->b)
		return false;
	json_array_foreach(buckets, i, b)
	{
		double low = json_number_value(json_array_get(b, 0));
		double high = json_number_value(json_array_get(b, 1));
		double count = json_number_value(json_array_get(b, 2));
		struct rbucket *into = &h->b[i / join];

		if (i % join == 0)
			into->low = low;
		into->high = high;
		into->count += count;
		h->nr = i / join + 1;
		h->total += count;
		if (count > 0 && high > h->max)
			h->max = high;
		if (count > 0 && high > 0 && h->min_positive == 0)
			h->min_positive = low > 0 ? low : high;
	}
	if (h->total <= 0) {
		free(h->b);
		h->b = NULL;
		return false;
	}
	return true;
}

/* ---- components ----------------------------------------------------------- */

static bool comp_has(const char *name, const char *word)
{
	return strcasestr(name, word) != NULL;
}

enum rcomp rcomp_of(const char *name)
{
	static const struct {
		const char *word;
		enum rcomp comp;
	} table[] = {
		{ "wait", RC_LOCK_WAIT }, { "critical", RC_CRITICAL }, { "register", RC_LR },
		{ "list", RC_LIST },	  { "line", RC_LINES },	       { "dispatch", RC_DISPATCH },
		{ "switch", RC_SWITCH },  { "ipi", RC_IPI },	       { "host", RC_HOST },
		{ "sleep", RC_SLEEP },	  { "guest", RC_GUEST },       { "code", RC_CODE },
	};

	if (!strcasecmp(name, "lr"))
		return RC_LR;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (comp_has(name, table[i].word))
			return table[i].comp;
	return RC_OTHER;
}

double rcomp_mean(const struct rseries *s, const char *which, enum rcomp c)
{
	const json_t *lat = rj_at(rj_at(s->run, "latency"), which);
	double count = rj_num(lat, "split_count"), sum = 0;
	json_t *v, *comps = (json_t *)rj_at(lat, "components");
	const char *name;

	json_object_foreach(comps, name, v)
	{
		if (rcomp_of(name) == c)
			sum += json_number_value(v);
	}
	return count > 0 ? sum / count : 0;
}

size_t rkeys_union(const struct report *r, const char *path, const char ***keys)
{
	size_t nr = 0, cap = 0;

	*keys = NULL;
	for (unsigned int s = 0; s < r->nr_series; s++) {
		json_t *obj = (json_t *)rj_at(r->series[s].run, path), *v;
		const char *name;

		json_object_foreach(obj, name, v)
		{
			size_t i = 0;

			while (i < nr && strcmp((*keys)[i], name))
				i++;
			if (i < nr)
				continue;
			if (nr == cap) {
				const char **more;

				cap = cap ? 2 * cap : 16;
				more = realloc(*keys, cap * sizeof(*more));
				if (!more)
					return nr;
				*keys = more;
			}
			(*keys)[nr++] = name;
		}
	}
	return nr;
}

const struct rcomp_look rcomp_look[RC_NR] = {
	[RC_LOCK_WAIT] = { "#D55E00", "#ffffff", 0, "#e59c61", 'W' },
	[RC_CRITICAL] = { "#E69F00", "#000000", 4, "#f0c461", 'C' },
	[RC_CODE] = { "#F0E442", "#000000", 0, "#f6ef8a", 'c' },
	[RC_LINES] = { "#56B4E9", "#000000", 5, "#97d1f2", 'L' },
	[RC_LR] = { "#0072B2", "#ffffff", 1, "#61a8d0", 'R' },
	[RC_LIST] = { "#009E73", "#ffffff", 6, "#61c3a9", 'l' },
	[RC_DISPATCH] = { "#CC79A7", "#000000", 2, "#e0acc9", 'd' },
	[RC_SWITCH] = { "#a8b0b8", "#000000", 0, "#cacfd3", 's' },
	[RC_IPI] = { "#7a4f9a", "#ffffff", 7, "#ad92c1", 'i' },
	[RC_HOST] = { "#d9dde2", "#000000", 0, "#e8eaee", 'h' },
	[RC_SLEEP] = { "#eef0f2", "#000000", 0, "#f5f6f7", 'z' },
	[RC_GUEST] = { "#c3d9b5", "#000000", 4, "#dae8d2", 'g' },
	[RC_OTHER] = { "#ffffff", "#000000", 4, "#404040", '?' },
};

/* ---- labels --------------------------------------------------------------- */

static void model_scalar(const json_t *v, char *s, size_t size)
{
	if (json_is_string(v))
		snprintf(s, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(s, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(s, size, "%.6g", json_real_value(v));
	else
		snprintf(s, size, "%s", json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "none");
}

static bool model_differs(const struct report *r, const char *path)
{
	for (size_t d = 1; d < r->nr_docs; d++) {
		const json_t *a = rj_at(r->docs[0], path), *b = rj_at(r->docs[d], path);

		if (!a != !b || (a && !json_equal(a, b)))
			return true;
	}
	return false;
}

static void model_append(char *label, size_t size, const char *what)
{
	size_t n = strlen(label);

	snprintf(label + n, size - n, "%s%s", n ? ", " : "", what);
}

/* A path without its directories and its suffix. */
static void model_basename(const char *path, char *s, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	snprintf(s, size, "%s", slash ? slash + 1 : path);
	dot = strrchr(s, '.');
	if (dot && dot != s)
		*dot = '\0';
}

/* What a run was given and differs: "queued", "altra-80c", "lrs 16". */
static void model_file_label(const struct report *r, size_t d, char *label, size_t size)
{
	json_t *config = (json_t *)rj_at(r->docs[0], "config"), *v;
	char path[200], value[80], item[160];
	unsigned int nr = 0;
	const char *key;

	label[0] = '\0';
	if (r->nr_docs < 2)
		return;
	json_object_foreach(config, key, v)
	{
		const json_t *mine;

		snprintf(path, sizeof(path), "config/%s", key);
		mine = rj_at(r->docs[d], path);
		if (json_is_object(v) || json_is_array(v) || strchr(key, '/') || nr == 3 ||
		    !strcmp(key, "log") || !strcmp(key, "output") || !strcmp(key, "host") ||
		    !model_differs(r, path))
			continue;
		model_scalar(mine, value, sizeof(value));
		if (strcmp(key, "lock"))
			snprintf(item, sizeof(item), "%s %s", key, value);
		else
			snprintf(item, sizeof(item), "%s", value);
		model_append(label, size, item);
		nr++;
	}
	if (model_differs(r, "host/name"))
		model_append(label, size, rj_str(r->docs[d], "host/name", "?"));
	else if (model_differs(r, "host/costs") || model_differs(r, "trace/digest"))
		nr = 0;
	if (!nr && !model_differs(r, "host/name")) {
		model_basename(r->paths[d], item, sizeof(item));
		model_append(label, size, item);
	}
}

static unsigned int model_same_label(const struct report *r, unsigned int s)
{
	unsigned int same = 1;

	for (unsigned int i = 0; i < s; i++)
		same += !strcmp(r->series[i].label, r->series[s].label);
	return same;
}

static void model_label(struct report *r, unsigned int s)
{
	struct rseries *me = &r->series[s];
	unsigned int same;
	size_t n;

	snprintf(me->label, sizeof(me->label) - 16, "%s%s%s", me->design,
		 me->file_label[0] ? " · " : "", me->file_label);
	same = model_same_label(r, s);
	n = strlen(me->label);
	if (same > 1)
		snprintf(me->label + n, sizeof(me->label) - n, " (%u)", same);
}

static void model_hue(struct report *r, unsigned int s)
{
	struct rseries *me = &r->series[s];

	for (unsigned int i = 0; i < s; i++) {
		if (!strcmp(r->series[i].design, me->design)) {
			me->hue = r->series[i].hue;
			return;
		}
	}
	me->hue = r->nr_designs++;
}

int rmodel_load(struct report *r)
{
	size_t total = 0;

	r->by_file = r->nr_docs > 1;

	for (size_t d = 0; d < r->nr_docs; d++) {
		const char *schema = rj_str(r->docs[d], "schema", NULL);

		if (!schema || strcmp(schema, "vgicsim-result-1"))
			return err_set(r->err, ERR_INPUT,
				       "%s: schema: want \"vgicsim-result-1\", "
				       "have %s%.60s%s",
				       r->paths[d], schema ? "\"" : "", schema ? schema : "none",
				       schema ? "\"" : "");
		if (!json_is_array(rj_at(r->docs[d], "runs")))
			return err_set(r->err, ERR_INPUT, "%s: runs: want an array, have none",
				       r->paths[d]);
		total += json_array_size(rj_at(r->docs[d], "runs"));
	}
	r->series = calloc(total + 1, sizeof(*r->series));
	if (!r->series)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	for (size_t d = 0; d < r->nr_docs; d++) {
		const json_t *runs = rj_at(r->docs[d], "runs"), *run;
		size_t i;

		json_array_foreach(runs, i, run)
		{
			struct rseries *s = &r->series[r->nr_series];

			s->doc = r->docs[d];
			s->run = run;
			s->file = d;
			snprintf(s->design, sizeof(s->design), "%s",
				 rj_str(run, "design", "(design not named)"));
			model_file_label(r, d, s->file_label, sizeof(s->file_label));
			model_hue(r, r->nr_series);
			model_label(r, r->nr_series);
			r->nr_series++;
		}
	}
	return 0;
}
