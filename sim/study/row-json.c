// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows as JSON. Members have a fixed order; a member is left out where it has
 * nothing to say. Integers only.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "row.h"

static const struct {
	int status;
	const char *name;
} statuses[] = {
	{ 0, "ok" },
	{ ERR_USAGE, "usage" },
	{ ERR_INPUT, "input" },
	{ ERR_INVARIANT, "invariant" },
};
#define NR_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static const char *status_name(int status)
{
	for (unsigned int i = 0; i < NR_STATUSES; i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return "invariant";
}

static json_t *integer(uint64_t v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static int put_hex(json_t *j, const char *key, uint64_t v)
{
	return json_object_set_new(j, key, json_sprintf("%016" PRIx64, v));
}

static json_t *hist_json(const struct row_hist *h)
{
	json_t *a = json_array();

	for (unsigned int i = 0; a && i < h->nr; i++)
		if (json_array_append_new(a, integer(h->bucket[i].low)) ||
		    json_array_append_new(a, integer(h->bucket[i].high)) ||
		    json_array_append_new(a, integer(h->bucket[i].count))) {
			json_decref(a);
			return NULL;
		}
	return a;
}

static int put_hists(json_t *j, const struct row *row)
{
	json_t *hists = json_object(), *used = json_array();
	int bad = 0;

	for (enum latency l = 0; l < LAT_NR; l++)
		bad |= json_object_set_new(hists, latency_names[l], hist_json(&row->hist[l]));
	for (unsigned int i = 0; i < row->nr_occupancy; i++)
		bad |= json_array_append_new(used, integer(row->occupancy[i]));
	bad |= json_object_set_new(j, "hist_ps", hists);
	return bad | json_object_set_new(j, "occupancy", used);
}

json_t *row_json(const struct row *row)
{
	json_t *j = json_object(), *fig = json_object();
	int bad = 0;

	bad |= json_object_set_new(j, "status", json_string(status_name(row->status)));
	if (row->error)
		bad |= json_object_set_new(j, "error", json_string(row->error));
	if (row->truncated)
		bad |= json_object_set_new(j, "truncated", json_true());
	bad |= put_hex(j, "trace_digest", row->trace_digest);
	bad |= put_hex(j, "host_digest", row->host_digest);
	bad |= put_hex(j, "fingerprint", row->fingerprint);
	bad |= json_object_set_new(j, "records", integer(row->nr_records));
	bad |= json_object_set_new(j, "gic", json_integer(row->gic));
	bad |= json_object_set_new(j, "vcpus", json_integer(row->nr_vcpus));
	bad |= json_object_set_new(j, "lrs", json_integer(row->nr_lrs));
	bad |= json_object_set_new(j, "threads", json_integer(row->nr_threads));
	bad |= json_object_set_new(j, "inferred", integer(row->inferred));
	for (unsigned int i = 0; i < row->nr; i++)
		bad |= json_object_set_new(fig, row->fig[i].name, json_integer(row->fig[i].value));
	bad |= json_object_set_new(j, "figures", fig);
	if (row->has_hists)
		bad |= put_hists(j, row);
	if (!bad)
		return j;
	json_decref(j);
	return NULL;
}

/* ---- back ---------------------------------------------------------------- */

struct reading {
	const json_t *j;
	const char *bad; /* the first member that is not what it should be */
};

static const json_t *member(struct reading *r, const char *key, json_type type)
{
	const json_t *m = json_object_get(r->j, key);

	if (m && json_typeof(m) == type)
		return m;
	if (!r->bad)
		r->bad = key;
	return NULL;
}

static uint64_t number(struct reading *r, const char *key, uint64_t max)
{
	const json_t *m = member(r, key, JSON_INTEGER);
	json_int_t v = m ? json_integer_value(m) : 0;

	if ((v < 0 || (uint64_t)v > max) && !r->bad)
		r->bad = key;
	return (uint64_t)v;
}

static uint64_t hex(struct reading *r, const char *key)
{
	const json_t *m = member(r, key, JSON_STRING);
	const char *s = m ? json_string_value(m) : "";

	if (m && (strlen(s) != 16 || strspn(s, "0123456789abcdef") != 16) && !r->bad)
		r->bad = key;
	return strtoull(s, NULL, 16);
}

static int status_of(struct reading *r)
{
	const json_t *m = member(r, "status", JSON_STRING);

	for (unsigned int i = 0; m && i < NR_STATUSES; i++)
		if (!strcmp(statuses[i].name, json_string_value(m)))
			return statuses[i].status;
	if (!r->bad)
		r->bad = "status";
	return ERR_INPUT;
}

static int read_figures(struct row *row, struct reading *r, struct err *err)
{
	const json_t *fig = member(r, "figures", JSON_OBJECT);
	const char *name;
	json_t *value;

	if (!fig)
		return 0;
	row->fig = calloc(json_object_size(fig) + 1, sizeof(*row->fig));
	if (!row->fig)
		return err_set(err, ERR_NOMEM, "out of memory");
	json_object_foreach((json_t *)fig, name, value)
	{
		if (!json_is_integer(value) || strlen(name) >= ROW_MAX_NAME) {
			r->bad = "figures";
			return 0;
		}
		row->fig[row->nr].name = strdup(name);
		if (!row->fig[row->nr].name)
			return err_set(err, ERR_NOMEM, "out of memory");
		row->fig[row->nr++].value = json_integer_value(value);
	}
	return 0;
}

/* @nr integers that are not negative, or NULL and *bad. */
static uint64_t *integers(const json_t *a, size_t *nr, bool *bad)
{
	uint64_t *v;

	*nr = json_array_size(a);
	v = calloc(*nr ? *nr : 1, sizeof(*v));
	*bad |= !json_is_array(a) || !v;
	for (size_t i = 0; !*bad && i < *nr; i++) {
		json_t *one = json_array_get(a, i);

		*bad |= !json_is_integer(one) || json_integer_value(one) < 0;
		v[i] = *bad ? 0 : (uint64_t)json_integer_value(one);
	}
	return v;
}

static bool read_hist(struct row_hist *h, const json_t *a)
{
	bool bad = false;
	size_t nr;
	uint64_t *v = integers(a, &nr, &bad);

	bad |= nr % 3 != 0;
	h->bucket = bad ? NULL : calloc(nr / 3 + 1, sizeof(*h->bucket));
	for (size_t i = 0; h->bucket && i < nr / 3; i++) {
		h->bucket[i].low = v[3 * i];
		h->bucket[i].high = v[3 * i + 1];
		h->bucket[i].count = v[3 * i + 2];
		h->nr++;
	}
	free(v);
	return h->bucket;
}

static void read_hists(struct row *row, struct reading *r)
{
	const json_t *hists = json_object_get(r->j, "hist_ps");
	bool bad = false;
	size_t nr;

	if (!hists)
		return;
	row->has_hists = true;
	for (enum latency l = 0; l < LAT_NR; l++)
		bad |= !read_hist(&row->hist[l], json_object_get(hists, latency_names[l]));
	row->occupancy = integers(json_object_get(r->j, "occupancy"), &nr, &bad);
	row->nr_occupancy = (unsigned int)nr;
	if (bad && !r->bad)
		r->bad = "hist_ps";
}

int row_from_json(struct row *row, const json_t *j, struct err *err)
{
	struct reading r = { .j = j };
	const json_t *error = json_object_get(j, "error");
	int ret;

	memset(row, 0, sizeof(*row));
	row->status = status_of(&r);
	row->truncated = json_is_true(json_object_get(j, "truncated"));
	row->trace_digest = hex(&r, "trace_digest");
	row->host_digest = hex(&r, "host_digest");
	row->fingerprint = hex(&r, "fingerprint");
	row->nr_records = number(&r, "records", INT64_MAX);
	row->gic = (unsigned int)number(&r, "gic", 3);
	row->nr_vcpus = (unsigned int)number(&r, "vcpus", TRACE_MAX_VCPUS);
	row->nr_lrs = (unsigned int)number(&r, "lrs", GIC_MAX_LRS);
	row->nr_threads = (unsigned int)number(&r, "threads", UINT32_MAX);
	row->inferred = number(&r, "inferred", INT64_MAX);
	ret = read_figures(row, &r, err);
	read_hists(row, &r);
	if (json_is_string(error))
		row->error = strdup(json_string_value(error));
	else if (row->status && !r.bad)
		r.bad = "error";
	if (!ret && r.bad)
		ret = err_set(err, ERR_INPUT, "a row: want a sound member \"%s\", have none",
			      r.bad);
	if (ret)
		row_fini(row);
	return ret;
}
