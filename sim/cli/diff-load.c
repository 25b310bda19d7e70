// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Documents of figures, made alike: a row has words that say what it is of, digests
 * and figures by name. A result (vgicsim-result(5)) becomes one row a run; of its
 * figures those are taken that are one number: histograms, tables by vCPU and who
 * waited for whom are left out, whose change the fingerprint tells.
 */
#include "diff.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "result.h"
#include "sweep-doc.h"

const char *const diff_dim_names[DIM_NR] = {
	[DIM_TRACE] = "trace", [DIM_DESIGN] = "design", [DIM_HOST] = "host",
	[DIM_LOCK] = "lock",   [DIM_REST] = "options",
};

/* ---- a result becomes rows ------------------------------------------------ */

struct flat {
	json_t *figures;
	bool failed;
};

/* By the names of rows (sim/study/row.h): "dist->lock" as "dist_lock". */
static const char *plain(char *buf, size_t len, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < len; s++) {
		bool arrow = s[0] == '-' && s[1] == '>';

		buf[n++] = !arrow && (isalnum((unsigned char)*s) || *s == '-') ? *s : '_';
		s += arrow;
	}
	buf[n] = '\0';
	return buf;
}

__attribute__((format(printf, 3, 4))) static void flat_put(struct flat *f, json_t *value,
							   const char *fmt, ...)
{
	char name[160];
	va_list ap;

	if (!json_is_integer(value))
		return;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	f->failed |= json_object_set(f->figures, name, value) != 0;
}

/* What there was none of has a count, and nothing to say besides. */
static void flat_stats(struct flat *f, json_t *stats, const char *prefix)
{
	const char *key;
	json_t *v;

	json_object_foreach(stats, key,
			    v) if (!strcmp(key, "count") || result_int(stats, "count", NULL))
		flat_put(f, v, "%s_%s", prefix, key);
}

static void flat_latencies(struct flat *f, json_t *run)
{
	const char *name, *key;
	char buf[64];
	json_t *lat, *v;

	json_object_foreach(json_object_get(run, "latency"), name, lat)
	{
		flat_stats(f, lat, name);
		json_object_foreach(json_object_get(lat, "components"), key, v)
			flat_put(f, v, "%s.%s_ps", name, plain(buf, sizeof(buf), key));
	}
}

static void flat_locks(struct flat *f, json_t *run)
{
	int64_t wait = 0;
	const char *key;
	char class[64];
	json_t *lock, *v;
	size_t i;

	json_array_foreach(json_object_get(run, "locks"), i, lock)
	{
		plain(class, sizeof(class), result_str(lock, "class", NULL));
		json_object_foreach(json_object_get(lock, "lock_stat"), key, v) flat_put(
			f, v, "lock.%s.%s%s", class, key, strstr(key, "time-") ? "_ps" : "");
		wait = result_add(wait, result_int(lock, "lock_stat", "waittime-total", NULL));
	}
	v = json_integer(wait);
	flat_put(f, v, "lock_wait_ps");
	json_decref(v);
}

static void flat_group(struct flat *f, json_t *run, const char *group, const char *prefix)
{
	char buf[128];
	const char *key;
	json_t *v;

	json_object_foreach(json_object_get(run, group), key, v)
		flat_put(f, v, "%s%s", prefix, plain(buf, sizeof(buf), key));
}

/* The mean of it, as sim/study/row.c has it. */
static void flat_occupancy(struct flat *f, json_t *run)
{
	__int128 sum = 0, entries = 0;
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(run, "occupancy"), i, v)
	{
		sum += (__int128)json_integer_value(v) * (__int128)i;
		entries += json_integer_value(v);
	}
	if (entries <= 0)
		return;
	v = json_integer(result_clamp((sum * 1000 + entries / 2) / entries));
	flat_put(f, v, "lrs_used_mean_milli");
	json_decref(v);
}

static json_t *flat_figures(json_t *doc, json_t *run)
{
	struct flat f = { .figures = json_object() };
	json_t *span = json_integer(result_mul(result_int(doc, "trace", "span_ns", NULL), 1000));

	flat_put(&f, span, "recorded_span_ps");
	json_decref(span);
	flat_put(&f, json_object_get(run, "sim_time_ps"), "sim_time_ps");
	flat_put(&f, json_object_get(run, "guest_time_ps"), "guest_time_ps");
	flat_latencies(&f, run);
	flat_locks(&f, run);
	flat_group(&f, run, "exits", "exits.");
	flat_put(&f, result_get(run, "exits", "total", NULL), "exits_total");
	json_object_del(f.figures, "exits.total");
	flat_occupancy(&f, run);
	flat_group(&f, run, "kicks", "kicks.");
	flat_group(&f, run, "counters", "counter.");
	flat_stats(&f, json_object_get(run, "list_length"), "list_length");
	flat_group(&f, run, "memory", "memory.");
	flat_group(&f, run, "drift", "drift.");
	flat_group(&f, run, "engine", "engine.");
	flat_put(&f, result_get(run, "check", "violations", NULL), "check.violations");
	flat_group(&f, run, "deviations", "deviation.");
	if (!f.failed)
		return f.figures;
	json_decref(f.figures);
	return NULL;
}

/* One that is missing is missed where rows are looked at. */
static bool name_word(json_t *cell, const char *key, json_t *name)
{
	return !name || !json_object_set(cell, key, name);
}

/* A word of the configuration, unless a cell would not say it for being the default. */
static bool word(json_t *cell, const json_t *config, const char *member, const char *key,
		 const char *by_default)
{
	const char *have = json_string_value(json_object_get(config, member));

	return !have || !strcmp(have, by_default) ||
	       !json_object_set(cell, key, json_object_get(config, member));
}

static bool time_word(json_t *cell, const json_t *config, const char *member, const char *key,
		      struct vtime by_default)
{
	json_int_t ps = json_integer_value(json_object_get(config, member));

	return ps == (json_int_t)by_default.ps ||
	       !json_object_set_new(cell, key, json_sprintf("%" JSON_INTEGER_FORMAT "ps", ps));
}

static bool number_word(json_t *cell, const json_t *config, const char *member, const char *key,
			int64_t by_default)
{
	json_int_t v = json_integer_value(json_object_get(config, member));

	return v == by_default ||
	       !json_object_set_new(cell, key, json_sprintf("%" JSON_INTEGER_FORMAT, v));
}

/* List registers of the host's own number are not said. */
static int64_t lrs_of_host(const json_t *doc)
{
	json_t *cost;
	size_t i;

	json_array_foreach(result_get(doc, "host", "costs", NULL), i, cost)
	{
		if (!strcmp(result_str(cost, "key", NULL), "nr_lrs"))
			return result_int(cost, "value", NULL);
	}
	return -1;
}

/*
 * The words that a cell of the same run has (sim/study/cell.h), so that a result can be
 * put against a bench.
 */
static json_t *flat_cell(json_t *doc, json_t *run)
{
	const json_t *c = json_object_get(doc, "config");
	json_t *cell = json_object();
	struct replay_options d;
	bool ok;

	replay_options_init(&d);
	ok = name_word(cell, "trace", result_get(doc, "trace", "path", NULL)) &&
	     name_word(cell, "design", json_object_get(run, "design")) &&
	     name_word(cell, "host", result_get(doc, "host", "name", NULL)) &&
	     word(cell, c, "lock", "lock", "") &&
	     number_word(cell, c, "lrs", "lrs", lrs_of_host(doc)) &&
	     number_word(cell, c, "seed", "seed", -1) &&
	     word(cell, c, "host_work", "host-work", host_work_names[d.host_work]) &&
	     word(cell, c, "inject", "inject", inject_mode_names[d.inject]) &&
	     word(cell, c, "guest", "guest", guest_mode_names[d.guest]) &&
	     time_word(cell, c, "service_sgi_ps", "service-sgi", d.service_sgi) &&
	     time_word(cell, c, "service_ppi_ps", "service-ppi", d.service_ppi) &&
	     time_word(cell, c, "service_spi_ps", "service-spi", d.service_spi) &&
	     word(cell, c, "guest_speed", "guest-speed", "1/1") &&
	     time_word(cell, c, "wfi_grace_ps", "wfi-grace", d.wfi_grace) &&
	     time_word(cell, c, "recorded_share_ps", "recorded-share", d.recorded_share) &&
	     number_word(cell, c, "window", "window", d.window) &&
	     number_word(cell, c, "explore", "explore", 0) &&
	     (!json_is_true(json_object_get(c, "reference")) ||
	      !json_object_set_new(cell, "reference", json_string("1"))) &&
	     (!json_object_get(run, "check") ||
	      !json_object_set_new(cell, "check", json_string("1")));
	if (ok)
		return cell;
	json_decref(cell);
	return NULL;
}

/* Only what is looked at; the histograms can go. */
static json_t *with_rows(json_t *doc, json_t *rows)
{
	return json_pack("{s:O,s:O?,s:o}", "schema", json_object_get(doc, "schema"), "version",
			 json_object_get(doc, "version"), "rows", rows);
}

static json_t *flat_result(json_t *doc)
{
	json_t *rows = json_array(), *run;
	size_t i;

	json_array_foreach(json_object_get(doc, "runs"), i, run)
	{
		json_t *row = json_pack("{s:o,s:O?,s:O?,s:O?,s:o}", "cell", flat_cell(doc, run),
					"trace_digest", result_get(doc, "trace", "digest", NULL),
					"host_digest", result_get(doc, "host", "digest", NULL),
					"fingerprint", json_object_get(run, "fingerprint"),
					"figures", flat_figures(doc, run));

		if (!row || json_array_append_new(rows, row))
			goto fail;
	}
	return with_rows(doc, rows);
fail:
	json_decref(rows);
	return NULL;
}

/* Its rows lie one deeper, beside what they are of. */
static json_t *flat_sweep(json_t *doc)
{
	json_t *rows = json_array(), *cell;
	size_t i;

	json_array_foreach(json_object_get(doc, "cells"), i, cell)
	{
		json_t *row = json_pack("{s:O?}", "cell", json_object_get(cell, "cell"));

		if (json_object_update_missing(row, json_object_get(cell, "row")) ||
		    json_array_append(rows, row)) {
			json_decref(row);
			json_decref(rows);
			return NULL;
		}
		json_decref(row);
	}
	return with_rows(doc, rows);
}

/* ---- reading --------------------------------------------------------------- */

static json_t *load_json(const char *path, struct err *err)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	json_error_t je;
	json_t *doc = NULL;

	if (f)
		doc = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
	if (!f || ferror(f))
		err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	else if (!doc)
		err_set(err, ERR_INPUT,
			"%s: line %d: want JSON of bench, sweep or replay, have: %s", path, je.line,
			je.text);
	if (f && f != stdin)
		fclose(f);
	return doc;
}

/* The rows of the document that was read, whatever wrote it. */
static int unify(struct diff_doc *d, json_t *doc, struct err *err)
{
	const char *schema = json_string_value(json_object_get(doc, "schema"));

	if (schema && !strcmp(schema, RESULT_SCHEMA)) {
		if (result_check(d->path, doc, err))
			return err->code;
		d->json = flat_result(doc);
		return d->json ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	}
	if (!schema || (strcmp(schema, BENCH_SCHEMA) && strcmp(schema, SWEEP_SCHEMA)))
		return err_set(err, ERR_INPUT, "%s: schema: want %s, %s or %s, have %.60s", d->path,
			       BENCH_SCHEMA, SWEEP_SCHEMA, RESULT_SCHEMA, schema ? schema : "none");
	if (!strcmp(schema, SWEEP_SCHEMA)) {
		d->json = flat_sweep(doc);
		return d->json ? 0 : err_set(err, ERR_INPUT, "%s: want rows in its cells", d->path);
	}
	d->json = json_incref(doc);
	return 0;
}

/* ---- rows ------------------------------------------------------------------ */

static int check_figures(const struct diff_doc *d, size_t at, const json_t *figures,
			 struct err *err)
{
	const char *name;
	json_t *v;

	if (!json_is_object(figures))
		return err_set(err, ERR_INPUT, "%s: row %zu: figures: want an object, have none",
			       d->path, at + 1);
	json_object_foreach((json_t *)figures, name, v)
	{
		if (!json_is_integer(v))
			return err_set(
				err, ERR_INPUT,
				"%s: row %zu: %.60s: want a whole number, have another thing",
				d->path, at + 1, name);
		if (json_integer_value(v) > RESULT_MAX_INT ||
		    json_integer_value(v) < -RESULT_MAX_INT)
			return err_set(err, ERR_INPUT,
				       "%s: row %zu: %.60s: want a number up to %" PRId64
				       ", have %" JSON_INTEGER_FORMAT,
				       d->path, at + 1, name, RESULT_MAX_INT,
				       json_integer_value(v));
	}
	return 0;
}

static int check_times(const struct diff_doc *d, size_t at, const json_t *wall, struct err *err)
{
	static const char *const clock[] = { "wall_ns", "cpu_ns" };
	size_t reps = json_array_size(json_object_get(wall, clock[0])), i;
	json_t *v;

	for (unsigned int c = 0; c < 2; c++) {
		const json_t *times = json_object_get(wall, clock[c]);

		if (!json_is_array(times) || json_array_size(times) != reps || !reps ||
		    reps > RANK_MAX)
			return err_set(
				err, ERR_INPUT,
				"%s: row %zu: %s: want 1 to %d repetitions, and as many of the "
				"other clock; have %zu",
				d->path, at + 1, clock[c], RANK_MAX, json_array_size(times));
		json_array_foreach(
			times, i,
			v) if (!json_is_integer(v) || json_integer_value(v) < 0 ||
			       json_integer_value(v) >
				       INT64_MAX /
					       2048) return err_set(err, ERR_INPUT,
								    "%s: row %zu: %s: want times "
								    "in ns, have another thing",
								    d->path, at + 1, clock[c]);
	}
	return 0;
}

static unsigned int word_dim(const char *key)
{
	for (unsigned int i = 0; i < DIM_REST; i++)
		if (!strcmp(key, diff_dim_names[i]))
			return i;
	return DIM_REST;
}

/* "%20" and the like, as sim/study/cell.c writes them; in place. */
static void unescape(char *s)
{
	static const char digit[] = "0123456789abcdef";
	char *to = s;

	for (; *s; s++) {
		const char *high = *s == '%' && s[1] ? strchr(digit, s[1]) : NULL;
		const char *low = high && s[2] ? strchr(digit, s[2]) : NULL;

		if (low && (high != digit || low != digit)) {
			*to++ = (char)((high - digit) << 4 | (low - digit));
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* The words of a cell's text as members; several of one key are joined. */
static json_t *words_of(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	json_t *cell = json_object(), *had;

	while (copy && (word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		unescape(value);
		had = json_object_get(cell, word);
		json_object_set_new(cell, word,
				    had ? json_sprintf("%s+%s", json_string_value(had), value)
					: json_string(value));
	}
	free(copy);
	return cell;
}

/* "./my/design.so" is called design, "../kunpeng.ini" kunpeng, "new=./design.so" new. */
static char *stem(const char *word)
{
	const char *slash = strrchr(word, '/'), *eq = strchr(word, '='), *dot;

	if (eq && slash && eq < slash)
		return strndup(word, (size_t)(eq - word));
	word = slash ? slash + 1 : word;
	dot = strrchr(word, '.');
	if (dot && dot != word && (!strcmp(dot, ".so") || !strcmp(dot, ".ini")))
		return strndup(word, (size_t)(dot - word));
	return strdup(word);
}

/* A host of which a value is overridden is another host. @name is taken. */
static char *with_sets(char *name, const json_t *set)
{
	char *both = name;

	if (name && json_is_string(set) &&
	    asprintf(&both, "%s+%s", name, json_string_value(set)) < 0)
		both = NULL;
	if (both != name)
		free(name);
	return both;
}

/* The words of each row as an object, whichever form the document has. */
static int cells_of(struct diff_doc *d, struct err *err)
{
	json_t *row, *cell;
	size_t i;

	json_array_foreach(json_object_get(d->json, "rows"), i, row)
	{
		cell = json_object_get(row, "cell");
		if (json_is_string(cell) &&
		    json_object_set_new(row, "cell", words_of(json_string_value(cell))))
			return err_set(err, ERR_NOMEM, "out of memory");
		if (!json_is_object(json_object_get(row, "cell")))
			return err_set(err, ERR_INPUT,
				       "%s: row %zu: cell: want its words, have none", d->path,
				       i + 1);
	}
	return 0;
}

/* Words of no dimension of their own, in the document's order. */
static char *rest_of(const json_t *cell)
{
	char *text = NULL, *number;
	const char *key;
	size_t len;
	json_t *v;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	json_object_foreach((json_t *)cell, key, v)
	{
		if (word_dim(key) != DIM_REST || !strcmp(key, "set"))
			continue;
		number = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
		fprintf(f, "%s%s=%s", ftell(f) ? ", " : "", key,
			number		       ? number
			: json_string_value(v) ? json_string_value(v)
					       : "?");
		free(number);
	}
	return fclose(f) ? NULL : text;
}

static int row_words(struct diff_doc *d, size_t at, json_t *cell, struct err *err)
{
	struct diff_row *row = &d->row[at];

	for (unsigned int i = 0; i < DIM_REST; i++) {
		const char *word = json_string_value(json_object_get(cell, diff_dim_names[i]));

		if (!word && i <= DIM_DESIGN)
			return err_set(err, ERR_INPUT, "%s: row %zu: %s: want a name, have none",
				       d->path, at + 1, diff_dim_names[i]);
		row->dim[i] = row->word[i] = word ? word : "";
	}
	for (unsigned int i = 0; i < 2; i++) {
		row->stem[i] = stem(row->word[DIM_DESIGN + i]);
		if (DIM_DESIGN + i == DIM_HOST)
			row->stem[i] = with_sets(row->stem[i], json_object_get(cell, "set"));
		if (!row->stem[i])
			return err_set(err, ERR_NOMEM, "out of memory");
		row->dim[DIM_DESIGN + i] = row->stem[i];
	}
	row->rest = rest_of(cell);
	if (!row->rest)
		return err_set(err, ERR_NOMEM, "out of memory");
	row->dim[DIM_REST] = row->word[DIM_REST] = row->rest;
	return 0;
}

static int row_init(struct diff_doc *d, size_t at, const json_t *json, struct err *err)
{
	struct diff_row *row = &d->row[at];
	const char *status = json_string_value(json_object_get(json, "status"));
	int ret = row_words(d, at, json_object_get(json, "cell"), err);

	if (ret)
		return ret;
	if (status && strcmp(status, "ok"))
		row->failed = result_str(json, "error", NULL);
	row->trace_digest = result_str(json, "trace_digest", NULL);
	row->host_digest = result_str(json, "host_digest", NULL);
	row->fingerprint = result_str(json, "fingerprint", NULL);
	row->figures = json_object_get(json, "figures");
	return check_figures(d, at, row->figures, err);
}

static int cmp_rows(const void *a, const void *b)
{
	const struct diff_row *x = *(struct diff_row *const *)a, *y = *(struct diff_row *const *)b;

	for (unsigned int i = 0; i < DIM_NR; i++) {
		int c = strcmp(x->dim[i], y->dim[i]);

		if (c)
			return c;
	}
	return 0;
}

static int check_twice(const struct diff_doc *d, struct err *err)
{
	const struct diff_row **by = calloc(d->nr, sizeof(*by));
	int ret = 0;

	if (!by)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < d->nr; i++)
		by[i] = &d->row[i];
	qsort(by, d->nr, sizeof(*by), cmp_rows);
	for (size_t i = 1; !ret && i < d->nr; i++)
		if (!cmp_rows(&by[i - 1], &by[i]))
			ret = err_set(err, ERR_INPUT,
				      "%s: want each row once, have rows %zu and %zu of the same: "
				      "%.200s, %.60s",
				      d->path, (size_t)(by[i - 1] - d->row) + 1,
				      (size_t)(by[i] - d->row) + 1, by[i]->dim[DIM_TRACE],
				      by[i]->dim[DIM_DESIGN]);
	free(by);
	return ret;
}

static int load_times(struct diff_doc *d, struct err *err)
{
	const json_t *wall = json_object_get(d->json, "wall"), *v;
	const json_t *rows = json_object_get(wall, "rows");
	size_t i;
	int ret = 0;

	if (!wall)
		return 0;
	d->machine = json_object_get(wall, "machine");
	if (!json_is_array(rows) || json_array_size(rows) != d->nr)
		return err_set(err, ERR_INPUT, "%s: wall: want times of %zu rows, have %zu",
			       d->path, d->nr, json_array_size(rows));
	json_array_foreach(rows, i, v)
	{
		ret = ret ? ret : check_times(d, i, v, err);
		d->row[i].wall = v;
	}
	return ret;
}

static int load_rows(struct diff_doc *d, struct err *err)
{
	const json_t *rows = json_object_get(d->json, "rows"), *v;
	size_t i;
	int ret = 0;

	if (!json_array_size(rows))
		return err_set(err, ERR_INPUT, "%s: rows: want at least one, have none", d->path);
	d->row = calloc(json_array_size(rows), sizeof(*d->row));
	if (!d->row)
		return err_set(err, ERR_NOMEM, "out of memory");
	d->nr = json_array_size(rows);
	json_array_foreach(rows, i, v)
	{
		ret = row_init(d, i, v, err);
		if (ret)
			return ret;
	}
	ret = check_twice(d, err);
	if (ret == ERR_INPUT) {
		/* Two files of one name, or a file named as a built-in one: by their paths. */
		for (i = 0; i < d->nr; i++)
			memcpy(d->row[i].dim, d->row[i].word, sizeof(d->row[i].dim));
		ret = check_twice(d, err);
	}
	return ret ? ret : load_times(d, err);
}

int diff_load(struct diff_doc *d, const char *path, struct err *err)
{
	json_t *doc;
	int ret;

	memset(d, 0, sizeof(*d));
	d->path = path;
	doc = load_json(path, err);
	if (!doc)
		return err->code;
	ret = unify(d, doc, err);
	json_decref(doc);
	if (ret)
		return ret;
	d->schema = result_str(d->json, "schema", NULL);
	d->version = result_str(d->json, "version", NULL);
	d->command = json_string_value(json_object_get(d->json, "command"));
	ret = cells_of(d, err);
	return ret ? ret : load_rows(d, err);
}

void diff_doc_fini(struct diff_doc *d)
{
	for (size_t i = 0; d->row && i < d->nr; i++) {
		free(d->row[i].rest);
		free(d->row[i].stem[0]);
		free(d->row[i].stem[1]);
	}
	free(d->row);
	json_decref(d->json);
	memset(d, 0, sizeof(*d));
}
