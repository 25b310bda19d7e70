/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the result document of vgicsim-result(5). */
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Without these a view would show a run of nothing as if it were one. */
static int check_runs(const char *path, const json_t *doc, struct err *err)
{
	const json_t *run;
	size_t i;

	json_array_foreach(json_object_get(doc, "runs"), i, run)
	{
		if (!json_is_string(json_object_get(run, "design")))
			return err_set(err, ERR_INPUT,
				       "%s: run %zu: design: want a name, have none", path, i + 1);
		if (!json_is_object(json_object_get(run, "latency")))
			return err_set(err, ERR_INPUT,
				       "%s: run %zu: latency: want an object, have none", path,
				       i + 1);
	}
	return 0;
}

/* jansson's parser limits how deep a document is, and so this. */
static int check_numbers(const char *path, const char *name, const json_t *v, struct err *err)
{
	const char *key;
	json_t *member;
	size_t i;
	int rc = 0;

	if (json_is_object(v)) {
		json_object_foreach((json_t *)v, key, member)
		{
			rc = check_numbers(path, key, member, err);
			if (rc)
				return rc;
		}
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, member)
		{
			rc = check_numbers(path, name, member, err);
			if (rc)
				return rc;
		}
	} else if (json_is_integer(v) && strcmp(name, "seed") &&
		   (json_integer_value(v) > RESULT_MAX_INT ||
		    json_integer_value(v) < -RESULT_MAX_INT)) {
		rc = err_set(err, ERR_INPUT,
			     "%s: member %.60s: want a number up to %" PRId64
			     ", have %" JSON_INTEGER_FORMAT,
			     path, name, RESULT_MAX_INT, json_integer_value(v));
	}
	return rc;
}

int result_check(const char *path, const json_t *doc, struct err *err)
{
	const char *schema = json_string_value(json_object_get(doc, "schema"));
	int ret;

	if (!schema || strcmp(schema, RESULT_SCHEMA) ||
	    !json_is_array(json_object_get(doc, "runs")) ||
	    !json_array_size(json_object_get(doc, "runs")))
		return err_set(err, ERR_INPUT, "%s: schema: want %s with at least one run, have %s",
			       path, RESULT_SCHEMA, schema ? schema : "none");
	ret = check_runs(path, doc, err);
	return ret ? ret : check_numbers(path, "", doc, err);
}

json_t *result_read(const char *path, struct err *err)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	json_error_t je;
	json_t *doc = NULL;

	if (f)
		doc = json_loadf(f, 0, &je);
	if (!f || ferror(f))
		err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	else if (!doc)
		err_set(err, ERR_INPUT, "%s: line %d: want a JSON result, have: %s", path, je.line,
			je.text);
	if (f && f != stdin)
		fclose(f);
	return doc;
}

json_t *result_load(const char *path, struct err *err)
{
	json_t *doc = result_read(path, err);

	if (!doc)
		return NULL;
	if (result_check(path, doc, err)) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

static json_t *walk(const json_t *o, va_list ap)
{
	const char *key;

	while (o && (key = va_arg(ap, const char *)))
		o = json_object_get(o, key);
	return (json_t *)o;
}

json_t *result_get(const json_t *o, ...)
{
	json_t *j;
	va_list ap;

	va_start(ap, o);
	j = walk(o, ap);
	va_end(ap);
	return j;
}

int64_t result_int(const json_t *o, ...)
{
	json_t *j;
	va_list ap;

	va_start(ap, o);
	j = walk(o, ap);
	va_end(ap);
	return json_integer_value(j);
}

const char *result_str(const json_t *o, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, o);
	s = json_string_value(walk(o, ap));
	va_end(ap);
	return s ? s : "?";
}
