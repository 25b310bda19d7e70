// SPDX-License-Identifier: GPL-2.0-or-later
/* vgicsim validate: published measurements beside what the simulator predicts. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "validate.h"

#define MAX_HOSTS 16

struct validate_args {
	const char *command;
	const char *rows, *out;
	const char *host_arg[MAX_HOSTS];
	unsigned int nr_host_args;
	unsigned int format;
	bool quiet;
};

enum { KEY_ROWS = 0x1000 };
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
static const char *const formats[] = { "table", "json", "csv", NULL };

static const char doc[] = "Replay the micro-traces of published experiments and compare.\n\n"
			  "  vgicsim validate\n"
			  "  vgicsim validate --host kunpeng920-2s-128c -f json\n"
			  "  vgicsim validate --host ./kunpeng920-2s-128c.ini\n"
			  "  vgicsim validate --rows mine.ini\n\v"
			  "A miss is a result as a pass is: the exit status is 0 for both.";

static const struct argp_option options[] = {
	{ "host", 'H', "NAME|FILE", 0, "only rows of this host, on this profile; may be repeated",
	  0 },
	{ "rows", KEY_ROWS, "FILE", 0, "other published rows; their micro-traces lie beside", 0 },
	{ "format", 'f', "FORMAT", 0, "table (default), json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of to standard output", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on standard error", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct validate_args *a = state->input;

	switch (key) {
	case 'H':
		if (a->nr_host_args == MAX_HOSTS)
			argp_error(state, "--host: want at most %d of them", MAX_HOSTS);
		a->host_arg[a->nr_host_args++] = arg;
		return 0;
	case KEY_ROWS:
		a->rows = arg;
		return 0;
	case 'f':
		a->format = choose(state, "-f", formats, arg);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "want no argument, have %s", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- the rows ------------------------------------------------------------ */

struct outcome {
	struct validated *v;
	unsigned int nr, count[VERDICT_NR];
};

/* The profile of a row: of those named on the command line, if any were. */
static int find_host(const struct validate_args *a, const struct host *named, const char *name,
		     struct host *host, bool *found, struct err *err)
{
	unsigned int nr = 0;
	char **names = NULL;

	*found = false;
	for (unsigned int i = 0; i < a->nr_host_args && !*found; i++) {
		if (!strcmp(named[i].name, name)) {
			*host = named[i];
			*found = true;
		}
	}
	if (*found || a->nr_host_args || !*name)
		return 0;
	if (host_list(&names, &nr, err))
		return err->code;
	for (unsigned int i = 0; i < nr; i++) {
		*found |= !strcmp(names[i], name);
		free(names[i]);
	}
	free(names);
	return *found ? host_load(host, name, err) : 0;
}

static int run_rows(const struct validate_args *a, const struct published *p,
		    const struct host *named, struct outcome *o, struct err *err)
{
	struct host *host = malloc(sizeof(*host));
	struct progress progress;
	int ret = host ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	progress_begin(&progress, "validate", false);
	progress.on &= !a->quiet;
	for (unsigned int i = 0; !ret && i < p->nr; i++) {
		struct validated *v = &o->v[o->nr];
		bool found;

		progress_update(&progress, i, p->nr);
		ret = find_host(a, named, p->row[i].host, host, &found, err);
		if (ret || (a->nr_host_args && !found))
			continue;
		ret = validate_row(p, &p->row[i], found ? host : NULL, v, err);
		if (!ret) {
			o->count[v->verdict]++;
			o->nr++;
		}
	}
	progress_end(&progress);
	free(host);
	return ret;
}

/* ---- numbers ------------------------------------------------------------- */

/* Thousandths as a decimal: three places below 1, one below 1000, else none. */
static const char *decimal(char *buf, size_t len, int64_t milli)
{
	uint64_t v = milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;
	const char *sign = milli < 0 ? "-" : "";

	if (v >= 1000000)
		snprintf(buf, len, "%s%" PRIu64, sign, (v + 500) / 1000);
	else if (v >= 1000 || !v)
		snprintf(buf, len, "%s%" PRIu64 ".%" PRIu64, sign, (v + 50) / 1000,
			 (v + 50) % 1000 / 100);
	else
		snprintf(buf, len, "%s0.%03" PRIu64, sign, v);
	if (strlen(buf) > 2 && !strcmp(buf + strlen(buf) - 2, ".0"))
		buf[strlen(buf) - 2] = '\0';
	return buf;
}

/* All three places: what CSV has. */
static const char *exact(char *buf, size_t len, int64_t milli)
{
	uint64_t v = milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;

	snprintf(buf, len, "%s%" PRIu64 ".%03" PRIu64, milli < 0 ? "-" : "", v / 1000, v % 1000);
	return buf;
}

/* Of a direction or a null result it would say nothing. */
static bool has_error(const struct validated *v)
{
	return v->row->target == TARGET_WITHIN || v->row->target == TARGET_FACTOR;
}

static const char *error_text(char *buf, size_t len, const struct validated *v)
{
	int64_t e = v->error_permille;
	uint64_t m = e < 0 ? 0 - (uint64_t)e : (uint64_t)e;

	if (!has_error(v))
		*buf = '\0';
	else
		snprintf(buf, len, "%s%" PRIu64 ".%" PRIu64 " %%", e < 0 ? "-" : "+", m / 10,
			 m % 10);
	return buf;
}

static bool has_figure(const struct validated *v)
{
	return v->verdict != VERDICT_NOT_MODELLED;
}

/* ---- table --------------------------------------------------------------- */

static void table_row(FILE *f, const struct validated *v)
{
	const struct published_row *r = v->row;
	char a[32], b[32], c[32], d[32], e[32], t[32];
	char band[80] = "", published[64];

	snprintf(published, sizeof(published), "%s %s", decimal(a, sizeof(a), r->milli), r->unit);
	published_target_text(r, t, sizeof(t));
	if (has_figure(v))
		snprintf(band, sizeof(band), "%s .. %s", decimal(c, sizeof(c), v->low_milli),
			 decimal(d, sizeof(d), v->high_milli));
	/* "±" and "×" are two bytes and one column. */
	fprintf(f, "%-24s %15s %9s %9s %18s  %-*s %s\n", r->id, published,
		has_figure(v) ? decimal(b, sizeof(b), v->milli) : "-",
		has_figure(v) ? error_text(e, sizeof(e), v) : "", band, 10 + ((t[0] & 0x80) != 0),
		t, verdict_names[v->verdict]);
}

static void table_notes(FILE *f, const struct validated *v)
{
	static const char *const read_where[CONFIRMED_NR] = {
		[CONFIRMED_TEXT] = "read there",
		[CONFIRMED_SECONDARY] = "read in notes that cite it",
		[CONFIRMED_MEMORY] = "from memory",
	};
	const struct band_key *k = validate_widest(v);
	const struct published_row *r = v->row;
	char line[512], a[32], b[32];

	fprintf(f, "\n%s: ", r->id);
	fprintf(f, "%s\n", r->what);
	snprintf(line, sizeof(line), "source (%s): %s%s%s", read_where[r->confirmed], r->source,
		 *r->kernel ? "; measured: " : "", r->kernel);
	out_wrapped(f, line, "  ", 96);
	if (*v->why)
		fprintf(f, "  %s: %s\n", verdict_names[v->verdict], v->why);
	if (!has_figure(v))
		return;
	fprintf(f, "  run: %s%s%s on %s, %s locks, %s%s%s\n", v->design[0],
		v->design[1] ? " against " : "", v->design[1] ? v->design[1] : "", r->host,
		lock_algo_names[r->lock], r->trace[0], *r->trace[1] ? " and " : "", r->trace[1]);
	if (k)
		fprintf(f, "  moved most by %s (assumed): %s at half of it, %s at twice\n",
			host_keys[k->key].key, decimal(a, sizeof(a), k->half_milli),
			decimal(b, sizeof(b), k->twice_milli));
	if (r->explanation) {
		fputs("  explanation:\n", f);
		out_wrapped(f, r->explanation, "    ", 96);
	}
}

static void to_table(FILE *f, const struct outcome *o)
{
	fprintf(f, "%-24s %15s %9s %9s %18s  %-10s %s\n", "row", "published", "predicted", "error",
		"band", "target", "verdict");
	for (unsigned int i = 0; i < o->nr; i++)
		table_row(f, &o->v[i]);
	fprintf(f, "\n%u rows: %u pass, %u miss, %u by a stand-in, %u not modelled yet", o->nr,
		o->count[VERDICT_PASS], o->count[VERDICT_MISS], o->count[VERDICT_STAND_IN],
		o->count[VERDICT_NOT_MODELLED]);
	if (o->count[VERDICT_UNCONFIRMED])
		fprintf(f, ", %u unconfirmed", o->count[VERDICT_UNCONFIRMED]);
	fputc('\n', f);
	out_wrapped(f,
		    "band: the least and the most that the prediction becomes with the host's "
		    "assumed costs halved and doubled, each alone and all at once.",
		    "", 96);
	for (unsigned int i = 0; i < o->nr; i++)
		table_notes(f, &o->v[i]);
}

/* ---- CSV ----------------------------------------------------------------- */

static void csv_row(FILE *f, const struct validated *v)
{
	const struct published_row *r = v->row;
	const struct band_key *k = validate_widest(v);
	const int64_t figure[] = { v->milli, v->low_milli, v->high_milli, v->all_half_milli,
				   v->all_twice_milli };
	char buf[48];

	fprintf(f, "%s,%s,%s", r->id, r->unit, exact(buf, sizeof(buf), r->milli));
	for (unsigned int i = 0; i < sizeof(figure) / sizeof(figure[0]); i++)
		fprintf(f, ",%s", has_figure(v) ? exact(buf, sizeof(buf), figure[i]) : "");
	fputc(',', f);
	if (has_figure(v) && has_error(v))
		fputs(exact(buf, sizeof(buf), v->error_permille * 100), f);
	fprintf(f, ",%s,%s,%s,", k ? host_keys[k->key].key : "",
		published_target_text(r, buf, sizeof(buf)), verdict_names[v->verdict]);
	fprintf(f, "%s,%s,%s,", r->host, v->design[0] ? v->design[0] : "",
		v->design[1] ? v->design[1] : "");
	out_csv_field(f, r->what);
	fputc(',', f);
	out_csv_field(f, r->source);
	fputc('\n', f);
}

static void to_csv(FILE *f, const struct outcome *o)
{
	fputs("row,unit,published,predicted,band_low,band_high,all_half,all_twice,error_percent,"
	      "widest,target,verdict,host,design,second_design,what,source\n",
	      f);
	for (unsigned int i = 0; i < o->nr; i++)
		csv_row(f, &o->v[i]);
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *number_json(int64_t milli)
{
	return json_real((double)milli / 1000);
}

static void text_member(json_t *j, const char *key, const char *value)
{
	if (value && *value)
		json_object_set_new(j, key, json_string(value));
}

static json_t *band_json(const struct validated *v)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < v->nr_band; i++) {
		const struct band_key *b = &v->band[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:o,s:o}", "parameter", host_keys[b->key].key,
						"half", number_json(b->half_milli), "twice",
						number_json(b->twice_milli)));
	}
	return list;
}

static void figures_json(json_t *j, const struct validated *v)
{
	const struct band_key *k = validate_widest(v);
	char digest[20];

	json_object_set_new(j, "design", json_string(v->design[0]));
	text_member(j, "second_design", v->design[1]);
	snprintf(digest, sizeof(digest), "%016" PRIx64, v->host_digest);
	json_object_set_new(j, "host_digest", json_string(digest));
	json_object_set_new(j, "predicted", number_json(v->milli));
	if (has_error(v))
		json_object_set_new(j, "error_percent", json_real((double)v->error_permille / 10));
	json_object_set_new(j, "band",
			    json_pack("{s:o,s:o,s:o,s:o,s:i}", "low", number_json(v->low_milli),
				      "high", number_json(v->high_milli), "all_half",
				      number_json(v->all_half_milli), "all_twice",
				      number_json(v->all_twice_milli), "assumed_parameters",
				      (int)v->nr_assumed));
	json_object_set_new(j, "parameters", band_json(v));
	text_member(j, "widest", k ? host_keys[k->key].key : NULL);
}

static json_t *row_json(const struct validated *v)
{
	const struct published_row *r = v->row;
	json_t *j = json_object();
	char buf[48];

	json_object_set_new(j, "row", json_string(r->id));
	json_object_set_new(j, "what", json_string(r->what));
	json_object_set_new(j, "source", json_string(r->source));
	json_object_set_new(j, "confirmed", json_string(published_confirmed_names[r->confirmed]));
	text_member(j, "measured_kernel", r->kernel);
	text_member(j, "host", r->host);
	json_object_set_new(j, "lock", json_string(lock_algo_names[r->lock]));
	text_member(j, "trace", r->trace[0]);
	text_member(j, "second_trace", r->trace[1]);
	text_member(j, "measure", r->measure);
	json_object_set_new(j, "unit", json_string(r->unit));
	json_object_set_new(j, "published", number_json(r->milli));
	json_object_set_new(j, "target", json_string(published_target_text(r, buf, sizeof(buf))));
	json_object_set_new(j, "verdict", json_string(verdict_names[v->verdict]));
	text_member(j, "why", v->why);
	if (has_figure(v))
		figures_json(j, v);
	text_member(j, "explanation", r->explanation);
	return j;
}

static int to_json(FILE *f, const struct outcome *o, struct err *err)
{
	json_t *list = json_array(), *count = json_object(), *j;
	int ret = 0;

	for (unsigned int i = 0; i < o->nr; i++)
		json_array_append_new(list, row_json(&o->v[i]));
	for (unsigned int i = 0; i < VERDICT_NR; i++)
		json_object_set_new(count, verdict_names[i], json_integer(o->count[i]));
	j = json_pack("{s:s,s:o,s:o}", "schema", "vgicsim-validate-1", "verdicts", count, "rows",
		      list);
	if (!j)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (json_dumpf(j, f, JSON_PRESERVE_ORDER | JSON_INDENT(1) | JSON_REAL_PRECISION(12)) ||
	    fputc('\n', f) == EOF)
		ret = err_set(err, ERR_OUTPUT, "could not be written");
	json_decref(j);
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int show(const struct validate_args *a, const struct outcome *o, struct err *err)
{
	struct out_file *out = out_open(a->out, err);
	int ret = 0;

	if (!out)
		return err->code;
	if (a->format == FORMAT_JSON)
		ret = to_json(out_stream(out), o, err);
	else if (a->format == FORMAT_CSV)
		to_csv(out_stream(out), o);
	else
		to_table(out_stream(out), o);
	if (!ret)
		return out_commit(out, err);
	ret = out_blame(out, err);
	out_abort(out);
	return ret;
}

static int validate(const struct validate_args *a, struct published *p, struct err *err)
{
	struct host *named = calloc(MAX_HOSTS, sizeof(*named));
	struct outcome o = { .v = calloc(p->nr, sizeof(*o.v)) };
	int ret = 0;

	if (!named || !o.v)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned int i = 0; !ret && i < a->nr_host_args; i++)
		ret = host_load(&named[i], a->host_arg[i], err);
	if (!ret)
		ret = run_rows(a, p, named, &o, err);
	if (!ret && !o.nr)
		ret = err_set(err, ERR_USAGE, "--host %s: no published row is of that host",
			      a->host_arg[0]);
	if (!ret)
		ret = show(a, &o, err);
	free(o.v);
	free(named);
	return ret;
}

int cmd_validate(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
	struct validate_args a = { .command = argv[0] };
	struct published p;
	struct err err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = published_load(&p, a.rows, &err);
	if (!ret) {
		ret = distinct(p.path, a.out, &err);
		if (!ret)
			ret = validate(&a, &p, &err);
		published_fini(&p);
	}
	return ret ? fail(a.command, &err) : 0;
}
