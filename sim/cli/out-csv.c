/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line a design and metric: what the numbers of a result are, flat, for
 * spreadsheets and plots. Comment lines at the head say what was run. The
 * unit is a column of its own; histograms are in the JSON alone.
 */
#include <inttypes.h>
#include <string.h>

#include "out.h"
#include "result.h"

/* RFC 4180. */
void out_csv_field(FILE *f, const char *s)
{
	if (!strpbrk(s, "\",\n\r")) {
		fputs(s, f);
		return;
	}
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

struct csv {
	FILE *f;
	const char *design;
};

static void row(struct csv *c, const char *group, const char *item, const char *metric,
		const char *unit, json_int_t value)
{
	out_csv_field(c->f, c->design);
	fputc(',', c->f);
	out_csv_field(c->f, group);
	fputc(',', c->f);
	out_csv_field(c->f, item);
	fputc(',', c->f);
	out_csv_field(c->f, metric);
	fprintf(c->f, ",%s,%" JSON_INTEGER_FORMAT "\n", unit, value);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && !strcmp(s + n - k, suffix);
}

static const char *unit_of(const char *key, const char *otherwise)
{
	if (has_suffix(key, "_ps"))
		return "ps";
	if (has_suffix(key, "_bytes"))
		return "bytes";
	return otherwise;
}

/* Each integer member of @o. */
static void rows(struct csv *c, const char *group, const char *item, const json_t *o,
		 const char *unit)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) if (json_is_integer(v))
		row(c, group, item, key, unit_of(key, unit), json_integer_value(v));
}

static void latencies(struct csv *c, const json_t *run)
{
	const char *name, *reason;
	json_t *lat, *by, *comp;
	json_t *v;

	json_object_foreach(result_get(run, "latency", NULL), name, lat)
	{
		rows(c, "latency", name, lat, "");
		comp = json_object_get(lat, "components");
		json_object_foreach(comp, reason, v)
			row(c, "component", name, reason, "ps", json_integer_value(v));
		by = json_object_get(lat, "by_reason");
		json_object_foreach(by, reason, v)
		{
			char item[96];

			snprintf(item, sizeof(item), "%s:%s", name, reason);
			rows(c, "latency_by_reason", item, v, "");
		}
	}
}

static void locks(struct csv *c, const json_t *run)
{
	json_t *lock;
	size_t i;

	json_array_foreach(json_object_get(run, "locks"), i, lock)
	{
		json_t *stat = json_object_get(lock, "lock_stat"), *v;
		const char *class = result_str(lock, "class", NULL), *key;

		json_object_foreach(stat, key, v)
			row(c, "lock", class, key, strstr(key, "time-") ? "ps" : "",
			    json_integer_value(v));
		rows(c, "lock_distance", class, json_object_get(lock, "distance"), "");
	}
}

static void head(FILE *f, const json_t *doc)
{
	const char *key;
	json_t *v;

	fprintf(f, "# vgicsim %s, %s\n", result_str(doc, "version", NULL),
		result_str(doc, "schema", NULL));
	fprintf(f, "# trace %s, digest %s, %" PRId64 " records%s\n",
		result_str(doc, "trace", "path", NULL), result_str(doc, "trace", "digest", NULL),
		result_int(doc, "trace", "records", NULL),
		json_is_true(result_get(doc, "trace", "truncated", NULL)) ? ", TRUNCATED" : "");
	fprintf(f, "# host %s, digest %s\n# config", result_str(doc, "host", "name", NULL),
		result_str(doc, "host", "digest", NULL));
	json_object_foreach(json_object_get(doc, "config"), key, v)
	{
		if (json_is_integer(v))
			fprintf(f, " %s=%" JSON_INTEGER_FORMAT, key, json_integer_value(v));
		else
			fprintf(f, " %s=%s", key,
				json_is_string(v) ? json_string_value(v)
				: json_is_true(v) ? "true"
						  : "false");
	}
	fputc('\n', f);
}

int out_csv(FILE *f, const json_t *doc, const struct out_style *style, struct err *err)
{
	json_t *run, *v;
	size_t i, n;

	head(f, doc);
	json_array_foreach(json_object_get(doc, "runs"), i, run)
		fprintf(f, "# design %s: %s; fingerprint %s\n", result_str(run, "design", NULL),
			result_str(run, "source", NULL), result_str(run, "fingerprint", NULL));
	fputs("design,group,item,metric,unit,value\n", f);
	json_array_foreach(json_object_get(doc, "runs"), i, run)
	{
		struct csv c = { f, result_str(run, "design", NULL) };

		rows(&c, "run", "", run, "");
		latencies(&c, run);
		locks(&c, run);
		rows(&c, "exits", "", json_object_get(run, "exits"), "");
		rows(&c, "kicks", "", json_object_get(run, "kicks"), "");
		rows(&c, "counters", "", json_object_get(run, "counters"), "");
		json_array_foreach(json_object_get(run, "occupancy"), n, v)
		{
			char used[24];

			snprintf(used, sizeof(used), "%zu", n);
			row(&c, "occupancy", used, "entries", "", json_integer_value(v));
		}
		rows(&c, "list_length", "", json_object_get(run, "list_length"), "");
		rows(&c, "memory", "", json_object_get(run, "memory"), "");
		rows(&c, "drift", "", json_object_get(run, "drift"), "");
		rows(&c, "deviations", "", json_object_get(run, "deviations"), "");
		rows(&c, "engine", "", json_object_get(run, "engine"), "");
	}
	return 0;
}
