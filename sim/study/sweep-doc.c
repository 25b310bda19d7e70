// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing, reading and joining documents of sweeps. A cell is dumped once, when its
 * run ends, and that line is what every document has, so that it does not matter by
 * which way it got there.
 */
#include "sweep-doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "design-load.h"

/* ---- making -------------------------------------------------------------- */

static json_t *values_json(const struct axis *a)
{
	json_t *values = json_array();

	for (unsigned int i = 0; i < a->nr; i++)
		json_array_append_new(values, json_string(a->value[i]));
	return json_pack("{s:s,s:o}", "name", a->name, "values", values);
}

static json_t *at_json(const struct sweep *s, size_t i)
{
	json_t *at = json_object();

	for (unsigned int k = 0; k < s->spec->nr_axes; k++) {
		const struct axis *a = &s->spec->axis[k];

		json_object_set_new(at, a->name, json_string(a->value[s->cell[i].at[k]]));
	}
	return at;
}

static json_t *left_out_json(const struct sweep *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->nr; i++)
		if (s->cell[i].why)
			json_array_append_new(list,
					      json_pack("{s:I,s:o,s:s,s:s}", "n", (json_int_t)i,
							"at", at_json(s, i), "cell",
							s->cell[i].text, "why", s->cell[i].why));
	return list;
}

/* Which files the designs are from that are from files: word → file; NULL: none is. */
static json_t *plugins_json(const struct sweep *s)
{
	json_t *j = json_object();
	struct err err;

	for (size_t i = 0; i < s->nr; i++) {
		const char *word = s->cell[i].why ? NULL : s->cell[i].cell.design;
		const struct vgic_design *d = word ? design_load(word, &err) : NULL;
		const struct design_origin *from = d ? design_origin(d) : NULL;

		if (from && !json_object_get(j, word))
			json_object_set_new(j, word,
					    json_pack("{s:s,s:o,s:s}", "file", from->file, "xxh3",
						      json_sprintf("%016" PRIx64, from->digest),
						      "built_with", from->version));
	}
	if (json_object_size(j))
		return j;
	json_decref(j);
	return NULL;
}

json_t *sweep_head(const struct sweep *s, const char *version)
{
	json_t *j = json_pack("{s:s,s:s,s:o,s:s*,s:s*}", "schema", SWEEP_SCHEMA, "version", version,
			      "sweep", json_sprintf("%016" PRIx64, s->identity), "question",
			      s->spec->question, "metric", s->spec->metric);
	json_t *axes = json_array(), *plugins;
	int bad = 0;

	for (unsigned int i = 0; i < s->spec->nr_axes; i++)
		bad |= json_array_append_new(axes, values_json(&s->spec->axis[i]));
	bad |= json_object_set_new(j, "axes", axes);
	plugins = plugins_json(s);
	if (plugins)
		bad |= json_object_set_new(j, "plugins", plugins);
	bad |= json_object_set_new(j, "total", json_integer((json_int_t)s->nr));
	bad |= json_object_set_new(j, "left_out", left_out_json(s));
	if (!bad)
		return j;
	json_decref(j);
	return NULL;
}

char *sweep_cell_json(const struct sweep *s, size_t i, const struct row *row)
{
	json_t *j = json_pack("{s:I,s:o,s:s,s:o}", "n", (json_int_t)i, "at", at_json(s, i), "cell",
			      s->cell[i].text, "row", row_json(row));
	char *line = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	return line;
}

long sweep_cell_of_json(const struct sweep *s, const json_t *line)
{
	json_int_t n = json_integer_value(json_object_get(line, "n"));
	const char *text = json_string_value(json_object_get(line, "cell"));

	if (n < 0 || (uint64_t)n >= s->nr || !text || s->cell[n].why ||
	    strcmp(text, s->cell[n].text))
		return -1;
	return (long)n;
}

int sweep_doc_write(FILE *f, const json_t *head, unsigned int shard, unsigned int of,
		    char *const *line, size_t nr, struct err *err)
{
	const char *key, *between = "";
	json_t *value;

	fputs("{\n", f);
	json_object_foreach((json_t *)head, key, value)
	{
		fprintf(f, " \"%s\": ", key);
		json_dumpf(value, f, JSON_COMPACT | JSON_ENCODE_ANY);
		fputs(",\n", f);
	}
	if (of > 1)
		fprintf(f, " \"shard\": {\"index\":%u,\"of\":%u},\n", shard, of);
	fputs(" \"cells\": [\n", f);
	for (size_t i = 0; i < nr; i++) {
		if (!line[i])
			continue;
		fprintf(f, "%s%s", between, line[i]);
		between = ",\n";
	}
	fputs("\n ]\n}\n", f);
	return ferror(f) ? err_set(err, ERR_OUTPUT, "could not be written") : 0;
}

/* ---- reading ------------------------------------------------------------- */

static int doc_bad(const struct sweep_doc *d, const char *what, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s: want a document " SWEEP_SCHEMA " with a sound %s",
		       d->path, what);
}

static bool take_string(char **to, const json_t *j)
{
	const char *s = json_string_value(j);

	*to = s ? strdup(s) : NULL;
	return !j || *to;
}

static int take_axis(struct axis *a, const json_t *j, struct err *err)
{
	const json_t *values = json_object_get(j, "values");
	json_t *v;
	size_t i;

	if (!take_string(&a->name, json_object_get(j, "name")) || !a->name ||
	    !json_array_size(values))
		return ERR_INPUT;
	json_array_foreach((json_t *)values, i, v)
	{
		int ret = axis_add_value(a, json_is_string(v) ? json_string_value(v) : "", err);

		if (ret)
			return ret;
	}
	return 0;
}

static int take_axes(struct sweep_doc *d, struct err *err)
{
	const json_t *axes = json_object_get(d->head, "axes");
	size_t product = 1, i;
	json_t *one;

	if (!json_array_size(axes) || json_array_size(axes) > SWEEP_MAX_AXES)
		return doc_bad(d, "\"axes\"", err);
	d->axis = calloc(json_array_size(axes), sizeof(*d->axis));
	if (!d->axis)
		return err_set(err, ERR_NOMEM, "out of memory");
	json_array_foreach((json_t *)axes, i, one)
	{
		d->nr_axes++;
		if (take_axis(&d->axis[i], one, err))
			return doc_bad(d, "\"axes\"", err);
		product *= d->axis[i].nr;
		if (product > d->total)
			return doc_bad(d, "\"axes\"", err);
	}
	return product == d->total ? 0 : doc_bad(d, "\"total\"", err);
}

static int take_head(struct sweep_doc *d, struct err *err)
{
	const json_t *sweep = json_object_get(d->head, "sweep");
	const json_t *total = json_object_get(d->head, "total");
	const json_t *left_out = json_object_get(d->head, "left_out");

	if (!json_is_string(sweep) || !json_is_string(json_object_get(d->head, "version")))
		return doc_bad(d, "\"sweep\" and \"version\"", err);
	if (json_integer_value(total) < 1 || json_integer_value(total) > SWEEP_MAX_CELLS ||
	    !json_is_array(left_out))
		return doc_bad(d, "\"total\" and \"left_out\"", err);
	d->total = (size_t)json_integer_value(total);
	d->nr_left_out = json_array_size(left_out);
	if (!take_string(&d->question, json_object_get(d->head, "question")) ||
	    !take_string(&d->metric, json_object_get(d->head, "metric")))
		return doc_bad(d, "\"question\" and \"metric\"", err);
	return take_axes(d, err);
}

static bool take_at(const struct sweep_doc *d, unsigned int *at, const json_t *j)
{
	for (unsigned int i = 0; i < d->nr_axes; i++) {
		const char *v = json_string_value(json_object_get(j, d->axis[i].name));

		while (v && at[i] < d->axis[i].nr && strcmp(d->axis[i].value[at[i]], v))
			at[i]++;
		if (!v || at[i] == d->axis[i].nr)
			return false;
	}
	return json_object_size(j) == d->nr_axes;
}

size_t sweep_doc_place(const struct sweep_doc *d, const unsigned int *at)
{
	size_t n = 0;

	for (unsigned int i = 0; i < d->nr_axes; i++)
		n = n * d->axis[i].nr + at[i];
	return n;
}

static int take_cell(struct sweep_doc *d, const json_t *j, struct err *err)
{
	struct sweep_doc_cell *c = &d->cell[d->nr];
	json_int_t n = json_integer_value(json_object_get(j, "n"));
	char which[48];

	snprintf(which, sizeof(which), "cell %zu", d->nr);
	*c = (struct sweep_doc_cell){ .at = calloc(d->nr_axes, sizeof(*c->at)) };
	d->nr++;
	if (!c->at)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (n < 0 || (uint64_t)n >= d->total || (d->nr > 1 && (size_t)n <= c[-1].n) ||
	    !take_at(d, c->at, json_object_get(j, "at")) ||
	    sweep_doc_place(d, c->at) != (size_t)n || !json_is_string(json_object_get(j, "cell")))
		return doc_bad(d, which, err);
	c->n = (size_t)n;
	if (!take_string(&c->text, json_object_get(j, "cell")) ||
	    !(c->json = json_dumps(j, JSON_COMPACT)))
		return err_set(err, ERR_NOMEM, "out of memory");
	return row_from_json(&c->row, json_object_get(j, "row"), err)
		       ? err_prefix(err, "%s: %s", d->path, which)
		       : 0;
}

static int begin(struct sweep_doc *d, const char *path, unsigned int shard, unsigned int of,
		 size_t room, struct err *err)
{
	*d = (struct sweep_doc){ .shard = shard, .of = of, .path = strdup(path) };
	d->cell = calloc(room + 1, sizeof(*d->cell));
	return d->path && d->cell ? 0 : err_set(err, ERR_NOMEM, "out of memory");
}

int sweep_doc_make(struct sweep_doc *d, const char *path, json_t *head, unsigned int shard,
		   unsigned int of, char *const *line, size_t nr, struct err *err)
{
	int ret = begin(d, path, shard, of, nr, err);

	if (!ret) {
		d->head = json_incref(head);
		ret = take_head(d, err);
	}
	for (size_t i = 0; !ret && i < nr; i++) {
		json_t *j = line[i] ? json_loads(line[i], 0, NULL) : NULL;

		if (line[i])
			ret = j ? take_cell(d, j, err) : doc_bad(d, "cell", err);
		json_decref(j);
	}
	if (ret)
		sweep_doc_fini(d);
	return ret;
}

static int take_shard(struct sweep_doc *d, const json_t *j, struct err *err)
{
	json_int_t index = json_integer_value(json_object_get(j, "index"));
	json_int_t of = json_integer_value(json_object_get(j, "of"));

	if (!j)
		return 0;
	if (of < 2 || of > SWEEP_MAX_CELLS || index < 1 || index > of)
		return doc_bad(d, "\"shard\"", err);
	d->shard = (unsigned int)index;
	d->of = (unsigned int)of;
	return 0;
}

/* @root becomes the head: what is not of it is taken away. */
static int take_root(struct sweep_doc *d, json_t *root, struct err *err)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	json_t *cells = json_object_get(root, "cells"), *one;
	size_t i;
	int ret;

	if (!schema || strcmp(schema, SWEEP_SCHEMA))
		return err_set(err, ERR_INPUT, "%s: schema: want " SWEEP_SCHEMA ", have %.100s",
			       d->path, schema ? schema : "none");
	if (!json_is_array(cells) || json_array_size(cells) > SWEEP_MAX_CELLS)
		return doc_bad(d, "\"cells\"", err);
	json_incref(cells);
	ret = take_shard(d, json_object_get(root, "shard"), err);
	json_object_del(root, "cells");
	json_object_del(root, "shard");
	d->head = json_incref(root);
	free(d->cell);
	d->cell = calloc(json_array_size(cells) + 1, sizeof(*d->cell));
	if (!ret && !d->cell)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	if (!ret)
		ret = take_head(d, err);
	json_array_foreach(cells, i, one)
	{
		if (ret)
			break;
		ret = take_cell(d, one, err);
	}
	json_decref(cells);
	return ret;
}

int sweep_doc_of(struct sweep_doc *d, const char *path, json_t *root, struct err *err)
{
	int ret = begin(d, path, 1, 1, 0, err);

	if (!ret)
		ret = take_root(d, root, err);
	if (ret)
		sweep_doc_fini(d);
	return ret;
}

int sweep_doc_load(struct sweep_doc *d, const char *path, struct err *err)
{
	json_error_t why;
	json_t *root = !strcmp(path, "-") ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &why)
					  : json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	int ret = begin(d, path, 1, 1, 0, err);

	if (!ret)
		ret = root ? take_root(d, root, err)
			   : err_set(err, ERR_INPUT, "%s: line %d: %s", path, why.line, why.text);
	json_decref(root);
	if (ret)
		sweep_doc_fini(d);
	return ret;
}

void sweep_doc_fini(struct sweep_doc *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		free(d->cell[i].at);
		free(d->cell[i].text);
		free(d->cell[i].json);
		row_fini(&d->cell[i].row);
	}
	for (unsigned int i = 0; i < d->nr_axes; i++)
		axis_fini(&d->axis[i]);
	json_decref(d->head);
	free(d->cell);
	free(d->axis);
	free(d->question);
	free(d->metric);
	free(d->path);
	*d = (struct sweep_doc){ 0 };
}

const struct sweep_doc_cell *sweep_doc_at(const struct sweep_doc *d, const unsigned int *at)
{
	size_t n = sweep_doc_place(d, at), low = 0, high = d->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->cell[middle].n < n)
			low = middle + 1;
		else
			high = middle;
	}
	return low < d->nr && d->cell[low].n == n ? &d->cell[low] : NULL;
}

int sweep_doc_axis(const struct sweep_doc *d, const char *name)
{
	for (unsigned int i = 0; i < d->nr_axes; i++)
		if (!strcmp(d->axis[i].name, name))
			return (int)i;
	return -1;
}

const char *sweep_doc_value(const struct sweep_doc *d, const struct sweep_doc_cell *c,
			    const char *name)
{
	int i = sweep_doc_axis(d, name);

	return i < 0 ? NULL : d->axis[i].value[c->at[i]];
}

/* ---- joining ------------------------------------------------------------- */

static const char *head_string(const struct sweep_doc *d, const char *key)
{
	const char *s = json_string_value(json_object_get(d->head, key));

	return s ? s : "none";
}

static int same_sweep(const struct sweep_doc *a, const struct sweep_doc *b, struct err *err)
{
	static const char *const key[] = { "version", "sweep" };

	for (unsigned int i = 0; i < 2; i++)
		if (strcmp(head_string(a, key[i]), head_string(b, key[i])))
			return err_set(err, ERR_USAGE,
				       "%s: %s: want %s, as %s has it, have %s: of another sweep",
				       b->path, key[i], head_string(a, key[i]), a->path,
				       head_string(b, key[i]));
	if (a->of != b->of)
		return err_set(err, ERR_USAGE, "%s: want a shard of %u, as %s is, have one of %u",
			       b->path, a->of, a->path, b->of);
	if (!json_equal(a->head, b->head))
		return err_set(err, ERR_USAGE, "%s: does not begin as %s does: of another sweep",
			       b->path, a->path);
	return 0;
}

static int all_there(const struct sweep_doc *shard, unsigned int nr, struct err *err)
{
	const struct sweep_doc **by = calloc(shard[0].of, sizeof(struct sweep_doc *));
	int ret = by ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (unsigned int i = 0; !ret && i < nr; i++) {
		const struct sweep_doc **one;

		ret = same_sweep(&shard[0], &shard[i], err);
		if (ret)
			break;
		one = &by[shard[i].shard - 1];
		if (*one)
			ret = err_set(err, ERR_USAGE, "%s: shard %u/%u is there already: %s",
				      shard[i].path, shard[i].shard, shard[i].of, (*one)->path);
		*one = &shard[i];
	}
	for (unsigned int i = 0; !ret && i < shard[0].of; i++)
		if (!by[i])
			ret = err_set(err, ERR_USAGE, "shard %u/%u is missing", i + 1, shard[0].of);
	free(by);
	return ret;
}

/* Up to the design a cell's text says what is replayed. */
static size_t trace_part(const char *text)
{
	const char *end = strstr(text, " design=");

	return end ? (size_t)(end - text) : strlen(text);
}

static int cmp_trace(const void *a, const void *b)
{
	const struct sweep_doc_cell *const *x = a, *const *y = b;
	size_t nx = trace_part((*x)->text), ny = trace_part((*y)->text);
	int c = strncmp((*x)->text, (*y)->text, nx < ny ? nx : ny);

	if (c || nx != ny)
		return c ? c : nx < ny ? -1 : 1;
	return ((*x)->n > (*y)->n) - ((*x)->n < (*y)->n);
}

/* One trace has one digest, wherever it was read. */
static int same_traces(const struct sweep_doc *d, struct err *err)
{
	const struct sweep_doc_cell **by = calloc(d->nr + 1, sizeof(*by)), *last = NULL;
	int ret = by ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	size_t nr = 0;

	for (size_t i = 0; !ret && i < d->nr; i++)
		if (!d->cell[i].row.status)
			by[nr++] = &d->cell[i];
	if (!ret)
		qsort(by, nr, sizeof(struct sweep_doc_cell *), cmp_trace);
	for (size_t i = 0; !ret && i < nr; i++) {
		size_t n = trace_part(by[i]->text);

		/* Copies are another trace for each seed. */
		if (last && trace_part(last->text) == n && !strncmp(last->text, by[i]->text, n) &&
		    !memmem(by[i]->text, n, " clone=", 7) &&
		    last->row.trace_digest != by[i]->row.trace_digest)
			ret = err_set(err, ERR_INPUT,
				      "%s: cell %zu: its trace was %016" PRIx64
				      ", in cell %zu it is %016" PRIx64
				      ": it has changed meanwhile",
				      d->path, last->n, last->row.trace_digest, by[i]->n,
				      by[i]->row.trace_digest);
		last = by[i];
	}
	free(by);
	return ret;
}

int sweep_merge(struct sweep_doc *whole, const struct sweep_doc *shard, unsigned int nr,
		struct err *err)
{
	char **line = NULL;
	size_t have = 0;
	int ret = all_there(shard, nr, err);

	if (!ret && !(line = calloc(shard[0].total, sizeof(*line))))
		ret = err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; !ret && i < nr; i++)
		for (size_t k = 0; !ret && k < shard[i].nr; k++) {
			const struct sweep_doc_cell *c = &shard[i].cell[k];

			if (line[c->n])
				ret = err_set(err, ERR_INPUT,
					      "%s: cell %zu is in another shard as well",
					      shard[i].path, c->n);
			line[c->n] = c->json;
			have++;
		}
	if (!ret && have != shard[0].total - shard[0].nr_left_out)
		ret = err_set(err, ERR_INPUT, "%s: want %zu cells in all shards, have %zu",
			      shard[0].path, shard[0].total - shard[0].nr_left_out, have);
	if (!ret)
		ret = sweep_doc_make(whole, nr > 1 ? "merged" : shard[0].path, shard[0].head, 1, 1,
				     line, shard[0].total, err);
	if (!ret && (ret = same_traces(whole, err)))
		sweep_doc_fini(whole);
	free(line);
	return ret;
}
