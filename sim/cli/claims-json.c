// SPDX-License-Identifier: GPL-2.0-or-later
/* The document of claims: every number that a verdict rests on, and the run it is of. */
#include <stdlib.h>
#include <string.h>

#include "claims.h"

static json_t *point_json(const struct claim_test *t, const struct claim_case *c, unsigned int i)
{
	const struct claim_point *p = &c->point[i];
	json_t *j = json_object();

	json_object_set_new(j, "x",
			    t->x >= 0 ? json_string(t->doc.axis[t->x].value[i]) : json_null());
	if (p->nr) {
		json_object_set_new(j, "value", json_real(p->value));
		json_object_set_new(j, "low", json_real(p->low));
		json_object_set_new(j, "high", json_real(p->high));
	}
	json_object_set_new(j, "runs", json_integer(p->nr));
	return j;
}

static json_t *x_json(const struct claim_test *t, int at)
{
	return at >= 0 && t->x >= 0 ? json_string(t->doc.axis[t->x].value[at]) : json_null();
}

static json_t *case_json(const struct claim_test *t, const struct claim_case *c)
{
	const unsigned int nr = t->x >= 0 ? t->doc.axis[t->x].nr : 1;
	json_t *points = json_array();

	for (unsigned int i = 0; i < nr; i++)
		json_array_append_new(points, point_json(t, c, i));
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "case", c->label, "host", c->host,
			 "lock", c->lock, "verdict", claim_verdict_names[c->verdict], "why",
			 claim_why_text[c->why], "judged_at", x_json(t, (int)c->shown),
			 "supported_from", x_json(t, c->from), "points", points);
}

static json_t *limit_json(const struct claim_limit *l)
{
	return json_pack("{s:s,s:b,s:f}", "text", l->text, "at_least", l->at_least, "value",
			 l->value);
}

static const char *const unit_names[] = {
	[CLAIM_TIMES] = "times",
	[CLAIM_SHARE] = "share",
	[CLAIM_TIME] = "ps",
	[CLAIM_NUMBER] = "",
};

static json_t *sentence_json(const struct claim_test *t)
{
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);
	json_t *j;

	if (!f)
		return NULL;
	claims_sentence(f, t);
	fclose(f);
	j = json_string(s);
	free(s);
	return j;
}

static json_t *test_json(const struct claim_test *t)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s*,s:s,s:s*,s:b,s:s,s:s*,s:s,s:o,s:o,s:s,s:o}", "name",
			 t->name, "says", t->says, "measure", t->measure, "of", t->formula.text,
			 "beside", t->beside.text, "design", t->design, "against", t->against,
			 "aside", t->aside, "unit", unit_names[claim_unit(t)], "x", t->x_name, "at",
			 t->every ? "every" : "largest", "supported", limit_json(&t->supported),
			 "refuted", limit_json(&t->refuted), "verdict",
			 claim_verdict_names[t->verdict], "sentence", sentence_json(t));
}

static json_t *claim_json(const struct claim *c)
{
	json_t *limits = json_array();

	for (unsigned int i = 0; i < c->nr_limits; i++)
		json_array_append_new(limits, json_string(c->limit[i]));
	return json_pack("{s:s,s:s,s:s,s:s,s:s*,s:o,s:b,s:s}", "name", c->name, "title", c->title,
			 "claim", c->claim, "source", c->source, "question", c->question, "limits",
			 limits, "part", c->part, "verdict", claim_verdict_names[c->verdict]);
}

/* An object but for its closing brace, to which more is added. */
static int write_open(FILE *f, const char *indent, json_t *j)
{
	char *s = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	if (!s)
		return ERR_NOMEM;
	fprintf(f, "%s%.*s", indent, (int)strlen(s) - 1, s);
	free(s);
	return 0;
}

static int write_test(FILE *f, const struct claim_test *t)
{
	int ret = write_open(f, "   ", test_json(t));

	fputs(",\n   \"cases\": [\n", f);
	for (unsigned int i = 0; !ret && i < t->nr_cases; i++) {
		ret = write_open(f, "    ", case_json(t, &t->cases[i]));
		fputs(i + 1 < t->nr_cases ? "},\n" : "}\n", f);
	}
	fputs("   ],\n   \"left_out\": ", f);
	json_dumpf(json_object_get(t->doc.head, "left_out"), f, JSON_COMPACT | JSON_ENCODE_ANY);
	fputs(",\n   \"cells\": [\n", f);
	for (size_t i = 0; i < t->doc.nr; i++)
		fprintf(f, "    %s%s\n", t->doc.cell[i].json, i + 1 < t->doc.nr ? "," : "");
	fputs("   ]}", f);
	return ret;
}

int claims_json(FILE *f, const struct claims *c, const char *version, struct err *err)
{
	int ret = 0;

	fprintf(f,
		"{\n \"schema\": \"%s\",\n \"version\": \"%s\",\n \"runs\": %zu,\n \"claims\": [\n",
		CLAIMS_SCHEMA, version, c->nr_runs);
	for (unsigned int i = 0; !ret && i < c->nr; i++) {
		const struct claim *k = &c->claim[i];

		ret = write_open(f, "  ", claim_json(k));
		fputs(",\n  \"tests\": [\n", f);
		for (unsigned int t = 0; !ret && t < k->nr_tests; t++) {
			ret = write_test(f, &k->test[t]);
			fputs(t + 1 < k->nr_tests ? ",\n" : "\n", f);
		}
		fputs(i + 1 < c->nr ? "  ]},\n" : "  ]}\n", f);
	}
	fputs(" ]\n}\n", f);
	if (ret)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ferror(f) ? err_set(err, ERR_OUTPUT, "could not be written") : 0;
}
