// SPDX-License-Identifier: GPL-2.0-or-later
/* One run, said by words. */
#include "cell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clone.h"
#include "design-load.h"
#include "study.h"
#include "units.h"

void cell_init(struct cell *c)
{
	memset(c, 0, sizeof(*c));
	replay_options_init(&c->o);
	/* Others run beside it. */
	c->o.one_thread = true;
}

void cell_fini(struct cell *c)
{
	for (unsigned int i = 0; i < c->nr_sets; i++)
		free(c->set[i]);
	free(c->set);
	free(c->trace);
	free(c->design);
	free(c->host);
	free(c->assumed);
	cell_init(c);
}

static bool copy_string(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

int cell_copy(struct cell *to, const struct cell *from, struct err *err)
{
	bool ok;

	cell_init(to);
	to->copies = from->copies;
	to->o = from->o;
	to->set = calloc(from->nr_sets + 1, sizeof(*to->set));
	ok = to->set && copy_string(&to->trace, from->trace) &&
	     copy_string(&to->design, from->design) && copy_string(&to->host, from->host) &&
	     copy_string(&to->assumed, from->assumed);
	for (unsigned int i = 0; ok && i < from->nr_sets; i++)
		ok = (to->set[to->nr_sets++] = strdup(from->set[i]));
	if (ok)
		return 0;
	cell_fini(to);
	return err_set(err, ERR_NOMEM, "out of memory");
}

/* ---- words --------------------------------------------------------------- */

/* A message is one line, whatever was given. */
static int bad(struct err *err, const char *key, const char *want, const char *have)
{
	char plain[128];

	snprintf(plain, sizeof(plain), "%s", have);
	for (char *p = plain; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	return err_set(err, ERR_USAGE, "%s: want %s, have \"%s\"", key, want, plain);
}

static int put_string(char **to, const char *key, const char *value, struct err *err)
{
	char *copy;

	if (!*value)
		return bad(err, key, "a name", value);
	copy = strdup(value);
	if (!copy)
		return err_set(err, ERR_NOMEM, "out of memory");
	free(*to);
	*to = copy;
	return 0;
}

static int put_set(struct cell *c, const char *value, struct err *err)
{
	const char *eq = strchr(value, '=');
	char *copy, **more;

	if (!eq || eq == value)
		return bad(err, "set", "KEY=VALUE", value);
	copy = strdup(value);
	more = copy ? reallocarray(c->set, c->nr_sets + 1, sizeof(*more)) : NULL;
	if (!more) {
		free(copy);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	c->set = more;
	for (unsigned int i = 0; i < c->nr_sets; i++) {
		if (strncmp(c->set[i], value, (size_t)(eq - value) + 1))
			continue;
		free(c->set[i]);
		c->set[i] = copy;
		return 0;
	}
	c->set[c->nr_sets++] = copy;
	return 0;
}

/* "x2", "x1/2": of the key's own value. False: it is none of these. */
static bool factor_of(const char *s, uint32_t *num, uint32_t *den)
{
	const char *slash = strchr(s, '/');
	char first[12];

	*den = 1;
	if (*s++ != 'x' || (slash && slash - s > 10))
		return false;
	snprintf(first, sizeof(first), "%.*s", slash ? (int)(slash - s) : 11, s);
	return units_parse_u32(first, 1000000, num) && *num &&
	       (!slash || (units_parse_u32(slash + 1, 1000000, den) && *den));
}

/* NULL: no such group, or all of them. */
static const struct study_group *group_of(const char *name, size_t n)
{
	for (const struct study_group *g = study_groups; g->name; g++)
		if (strlen(g->name) == n && !strncmp(g->name, name, n))
			return g;
	return NULL;
}

/* "x1" is the profile as it is, and not said. */
static int put_assumed(struct cell *c, const char *value, struct err *err)
{
	const char *colon = strchr(value, ':');
	uint32_t num, den;

	if ((colon && !group_of(value, (size_t)(colon - value))) ||
	    !factor_of(colon ? colon + 1 : value, &num, &den))
		return bad(err, "assumed",
			   "[GROUP:]xN or [GROUP:]xN/M with lines, code, switch, registers or "
			   "wakeup for GROUP",
			   value);
	free(c->assumed);
	c->assumed = NULL;
	return num == den ? 0 : put_string(&c->assumed, "assumed", value, err);
}

static int put_number(uint64_t *to, const char *key, const char *value, uint64_t max,
		      struct err *err)
{
	uint64_t v;
	char want[64];

	snprintf(want, sizeof(want), "a number from 0 to %" PRIu64, max);
	if (!units_parse_u64(value, &v) || v > max)
		return bad(err, key, want, value);
	*to = v;
	return 0;
}

static int put_unsigned(uint32_t *to, const char *key, const char *value, uint64_t max,
			struct err *err)
{
	uint64_t v = 0;
	int ret = put_number(&v, key, value, max, err);

	if (!ret)
		*to = (uint32_t)v;
	return ret;
}

static int put_word(unsigned int *to, const char *key, const char *value, const char *const *names,
		    unsigned int nr, struct err *err)
{
	char want[128] = "one of";
	size_t n = strlen(want);

	for (unsigned int i = 0; i < nr && names[i]; i++) {
		if (!strcmp(names[i], value)) {
			*to = i;
			return 0;
		}
		n += (size_t)snprintf(want + n, sizeof(want) - n, " %s", names[i]);
	}
	return bad(err, key, want, value);
}

static int put_time(struct vtime *to, const char *key, const char *value, struct err *err)
{
	return units_parse_time(value, to)
		       ? 0
		       : bad(err, key, "a time with its unit (40ns, 1.5us)", value);
}

static int put_flag(bool *to, const char *key, const char *value, struct err *err)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return bad(err, key, "0 or 1", value);
	*to = *value == '1';
	return 0;
}

/* Twice as fast is half the time: the options hold what time is multiplied by. */
static int put_speed(struct replay_options *o, const char *key, const char *value, struct err *err)
{
	const char *slash = strchr(value, '/');
	char first[24];
	uint32_t n = 0, d = 1;

	snprintf(first, sizeof(first), "%.*s", slash ? (int)(slash - value) : 23, value);
	if (!units_parse_u32(first, 1000000, &n) || !n ||
	    (slash && (!units_parse_u32(slash + 1, 1000000, &d) || !d)))
		return bad(err, key, "N or N/D from 1 to 1000000", value);
	o->guest_speed_num = d;
	o->guest_speed_den = n;
	return 0;
}

#define NAMES 16

enum cell_word {
	W_TRACE,
	W_CLONE,
	W_DESIGN,
	W_HOST,
	W_SET,
	W_ASSUMED,
	W_LOCK,
	W_LRS,
	W_SEED,
	W_HOST_WORK,
	W_INJECT,
	W_GUEST,
	W_SERVICE_SGI,
	W_SERVICE_PPI,
	W_SERVICE_SPI,
	W_GUEST_SPEED,
	W_WFI_GRACE,
	W_RECORDED_SHARE,
	W_WINDOW,
	W_EXPLORE,
	W_REFERENCE,
	W_CHECK,
	W_DELIVERIES,
	W_NR
};

/* In the order of the text. */
static const char *const words[W_NR] = {
	[W_TRACE] = "trace",
	[W_CLONE] = "clone",
	[W_DESIGN] = "design",
	[W_HOST] = "host",
	[W_SET] = "set",
	[W_ASSUMED] = "assumed",
	[W_LOCK] = "lock",
	[W_LRS] = "lrs",
	[W_SEED] = "seed",
	[W_HOST_WORK] = "host-work",
	[W_INJECT] = "inject",
	[W_GUEST] = "guest",
	[W_SERVICE_SGI] = "service-sgi",
	[W_SERVICE_PPI] = "service-ppi",
	[W_SERVICE_SPI] = "service-spi",
	[W_GUEST_SPEED] = "guest-speed",
	[W_WFI_GRACE] = "wfi-grace",
	[W_RECORDED_SHARE] = "recorded-share",
	[W_WINDOW] = "window",
	[W_EXPLORE] = "explore",
	[W_REFERENCE] = "reference",
	[W_CHECK] = "check",
	[W_DELIVERIES] = "deliveries",
};

static enum cell_word word_of(const char *key)
{
	enum cell_word w = 0;

	while (w < W_NR && strcmp(words[w], key))
		w++;
	return w;
}

bool cell_key(const char *key)
{
	return word_of(key) < W_NR;
}

static int put_option(struct replay_options *o, enum cell_word w, const char *value,
		      struct err *err)
{
	const char *key = words[w];

	switch (w) {
	case W_LOCK:
		return put_word((unsigned int *)&o->lock, key, value, lock_algo_names,
				LOCK_NR_ALGOS, err);
	case W_LRS:
		return put_unsigned(&o->nr_lrs, key, value, GIC_MAX_LRS, err);
	case W_SEED:
		return put_number(&o->seed, key, value, INT64_MAX, err);
	case W_HOST_WORK:
		return put_word((unsigned int *)&o->host_work, key, value, host_work_names, NAMES,
				err);
	case W_INJECT:
		return put_word((unsigned int *)&o->inject, key, value, inject_mode_names, NAMES,
				err);
	case W_GUEST:
		return put_word((unsigned int *)&o->guest, key, value, guest_mode_names, NAMES,
				err);
	case W_SERVICE_SGI:
		return put_time(&o->service_sgi, key, value, err);
	case W_SERVICE_PPI:
		return put_time(&o->service_ppi, key, value, err);
	case W_SERVICE_SPI:
		return put_time(&o->service_spi, key, value, err);
	case W_GUEST_SPEED:
		return put_speed(o, key, value, err);
	case W_WFI_GRACE:
		return put_time(&o->wfi_grace, key, value, err);
	case W_RECORDED_SHARE:
		return put_time(&o->recorded_share, key, value, err);
	case W_WINDOW:
		return put_unsigned(&o->window, key, value, 1u << 28, err);
	case W_EXPLORE:
		return put_number(&o->explore, key, value, INT64_MAX, err);
	case W_REFERENCE:
		return put_flag(&o->reference, key, value, err);
	case W_CHECK:
		return put_flag(&o->check, key, value, err);
	case W_DELIVERIES:
		return put_flag(&o->deliveries, key, value, err);
	default:
		return err_set(err, ERR_USAGE, "%s: no such word of a cell", key);
	}
}

int cell_put(struct cell *c, const char *key, const char *value, struct err *err)
{
	enum cell_word w = word_of(key);

	switch (w) {
	case W_TRACE:
		return put_string(&c->trace, key, value, err);
	case W_CLONE:
		return put_unsigned(&c->copies, key, value, TRACE_MAX_VCPUS, err);
	case W_DESIGN:
		return put_string(&c->design, key, value, err);
	case W_HOST:
		return put_string(&c->host, key, value, err);
	case W_SET:
		return put_set(c, value, err);
	case W_ASSUMED:
		return put_assumed(c, value, err);
	case W_NR:
		return bad(err, "cell", "a word that it has", key);
	default:
		return put_option(&c->o, w, value, err);
	}
}

/* ---- text ---------------------------------------------------------------- */

static void say(FILE *f, enum cell_word w, const char *value)
{
	fprintf(f, "%s%s=", w == W_TRACE ? "" : " ", words[w]);
	for (; *value; value++) {
		unsigned char ch = (unsigned char)*value;

		if (ch <= ' ' || ch == '%' || ch == 0x7f)
			fprintf(f, "%%%02x", ch);
		else
			fputc(ch, f);
	}
}

static void say_number(FILE *f, enum cell_word w, uint64_t v)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRIu64, v);
	say(f, w, buf);
}

static void say_time(FILE *f, enum cell_word w, struct vtime t, struct vtime by_default)
{
	char buf[32];

	if (t.ps == by_default.ps)
		return;
	snprintf(buf, sizeof(buf), "%" PRIu64 "ps", t.ps);
	say(f, w, buf);
}

static void say_options(FILE *f, const struct replay_options *o)
{
	struct replay_options d;
	char speed[32];

	replay_options_init(&d);
	if (o->host_work != d.host_work)
		say(f, W_HOST_WORK, host_work_names[o->host_work]);
	if (o->inject != d.inject)
		say(f, W_INJECT, inject_mode_names[o->inject]);
	if (o->guest != d.guest)
		say(f, W_GUEST, guest_mode_names[o->guest]);
	say_time(f, W_SERVICE_SGI, o->service_sgi, d.service_sgi);
	say_time(f, W_SERVICE_PPI, o->service_ppi, d.service_ppi);
	say_time(f, W_SERVICE_SPI, o->service_spi, d.service_spi);
	snprintf(speed, sizeof(speed), "%" PRIu32 "/%" PRIu32, o->guest_speed_den,
		 o->guest_speed_num);
	if (o->guest_speed_num != d.guest_speed_num || o->guest_speed_den != d.guest_speed_den)
		say(f, W_GUEST_SPEED, speed);
	say_time(f, W_WFI_GRACE, o->wfi_grace, d.wfi_grace);
	say_time(f, W_RECORDED_SHARE, o->recorded_share, d.recorded_share);
	if (o->window != d.window)
		say_number(f, W_WINDOW, o->window);
	if (o->explore)
		say_number(f, W_EXPLORE, o->explore);
	if (o->reference)
		say_number(f, W_REFERENCE, 1);
	if (o->check)
		say_number(f, W_CHECK, 1);
	if (o->deliveries)
		say_number(f, W_DELIVERIES, 1);
}

char *cell_text(const struct cell *c)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	say(f, W_TRACE, c->trace ? c->trace : "");
	if (c->copies > 1)
		say_number(f, W_CLONE, c->copies);
	say(f, W_DESIGN, c->design ? c->design : "");
	say(f, W_HOST, c->host ? c->host : "");
	for (unsigned int i = 0; i < c->nr_sets; i++)
		say(f, W_SET, c->set[i]);
	if (c->assumed)
		say(f, W_ASSUMED, c->assumed);
	say(f, W_LOCK, lock_algo_names[c->o.lock]);
	if (c->o.nr_lrs)
		say_number(f, W_LRS, c->o.nr_lrs);
	say_number(f, W_SEED, c->o.seed);
	say_options(f, &c->o);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; false for what say() does not write. */
static bool unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '%') {
			int high = hex_digit(s[1]), low = high < 0 ? -1 : hex_digit(s[2]);

			if (low < 0 || !(high | low))
				return false;
			*to++ = (char)(high << 4 | low);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return true;
}

int cell_parse(struct cell *c, const char *text, struct err *err)
{
	char *copy = strdup(text), *rest = copy, *word;
	int ret = copy ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	cell_init(c);
	while (!ret && (word = strsep(&rest, " "))) {
		char *eq = strchr(word, '=');

		if (!eq || !unescape(eq + 1)) {
			ret = bad(err, "cell", "KEY=VALUE", word);
			break;
		}
		*eq = '\0';
		if (eq[1])
			ret = cell_put(c, word, eq + 1, err);
	}
	free(copy);
	return ret;
}

/* ---- running ------------------------------------------------------------- */

char *cell_path(const struct cell *c)
{
	if (c->copies <= 1)
		return strdup(c->trace);
	return clone_spec(c->copies, c->o.seed, CLONE_PHASE_NS, c->trace);
}

static int scale_one(struct host *host, enum host_key key, uint32_t num, uint32_t den,
		     struct err *err)
{
	char exact[64];

	study_scale(host, key, num, den);
	snprintf(exact, sizeof(exact), "%s=%" PRIu64 "ps", host_keys[key].key,
		 host->c[key].time.ps);
	return host_set(host, exact, err);
}

static int set_one(struct host *host, const char *set, struct err *err)
{
	const char *eq = strchr(set, '=');
	uint32_t num, den;

	if (!eq || !factor_of(eq + 1, &num, &den))
		return host_set(host, set, err);
	for (enum host_key k = 0; k < HK_NR; k++) {
		if (strlen(host_keys[k].key) != (size_t)(eq - set) ||
		    strncmp(host_keys[k].key, set, (size_t)(eq - set)))
			continue;
		if (host_keys[k].kind != HKK_TIME)
			return err_set(err, ERR_USAGE, "%s: want a number, have a factor", set);
		return scale_one(host, k, num, den, err);
	}
	return host_set(host, set, err);
}

/* What "set" has given is no longer assumed. */
static int scale_assumed(struct host *host, const char *assumed, struct err *err)
{
	const char *colon = strchr(assumed, ':');
	const struct study_group *only =
		colon ? group_of(assumed, (size_t)(colon - assumed)) : NULL;
	uint32_t num, den;
	int ret = 0;

	if (!factor_of(colon ? colon + 1 : assumed, &num, &den))
		return bad(err, "assumed", "[GROUP:]xN", assumed);
	for (const struct study_group *g = study_groups; g->name; g++)
		for (unsigned int i = 0; !ret && i < g->nr && (!only || only == g); i++)
			if (study_assumed(host, g->key[i]) && study_scalable(host, g->key[i]))
				ret = scale_one(host, g->key[i], num, den, err);
	return ret;
}

int cell_host(const struct cell *c, struct host *host, struct err *err)
{
	int ret = host_load(host, c->host, err);

	for (unsigned int i = 0; !ret && i < c->nr_sets; i++)
		ret = set_one(host, c->set[i], err);
	if (!ret && c->assumed)
		ret = scale_assumed(host, c->assumed, err);
	return ret;
}

static const struct vgic_design *design_of(const struct cell *c, struct err *err)
{
	return design_load(c->design ? c->design : "", err);
}

/* The machine says what it cannot be better than we could. */
static int try_machine(const struct cell *c, const struct host *host, const struct trace_meta *meta,
		       struct err *err)
{
	struct machine_config mc = {
		.host = host,
		.lock = c->o.lock,
		.gic = meta->gic,
		.nr_lrs = c->o.nr_lrs,
		.nr_vcpus = meta->nr_vcpus,
		.seed = c->o.seed,
	};
	struct machine *m = machine_create(&mc, err);

	if (!m)
		return err->code;
	machine_destroy(m);
	return 0;
}

static int look_at_trace(const struct cell *c, struct trace_meta *meta, struct err *err)
{
	char *path = cell_path(c);
	struct trace_reader *r = NULL;

	if (!path)
		return err_set(err, ERR_NOMEM, "out of memory");
	r = trace_open(path, err);
	free(path);
	if (!r)
		return err->code;
	*meta = *trace_meta(r);
	trace_close(r);
	return 0;
}

int cell_look(struct cell *c, struct trace_meta *meta, struct err *err)
{
	const struct vgic_design *d;
	struct host *host;
	int ret;

	if (!c->trace)
		return err_set(err, ERR_USAGE, "want a trace, have none");
	d = design_of(c, err);
	ret = d ? look_at_trace(c, meta, err) : ERR_USAGE;
	if (ret)
		return ret;
	if (!(d->gics & 1u << meta->gic))
		return err_set(err, ERR_USAGE, "design %s: cannot be the trace's GICv%u", d->name,
			       meta->gic);
	if (!c->host) {
		ret = cell_put(c, "host", meta->gic == 2 ? DEFAULT_HOST_V2 : DEFAULT_HOST_V3, err);
		if (ret)
			return ret;
	}
	host = malloc(sizeof(*host));
	if (!host)
		return err_set(err, ERR_NOMEM, "out of memory");
	ret = cell_host(c, host, err);
	if (!ret)
		ret = try_machine(c, host, meta, err);
	free(host);
	return ret;
}

/* What a check found is a failure of the run, whose figures are there all the same. */
static void note_violation(struct row *row, const struct replay_result *result)
{
	const struct oracle_report *r = result->oracle ? oracle_report(result->oracle) : NULL;
	const struct oracle_violation *x = r ? r->shown : NULL;

	if (!r || !r->nr_shown || row->status)
		return;
	if (asprintf(&row->error,
		     "%" PRIu64 " violations; the first at %" PRIu64 ".%06" PRIu64
		     " us, vCPU %u, INTID %u: %s: %s",
		     r->violations, x->t_ps / 1000000, x->t_ps % 1000000, x->vcpu, x->irq,
		     oracle_finding_name(x->found), x->text) < 0)
		row->error = NULL;
	row->status = ERR_INVARIANT;
}

/* With everything there: what fails from here on is the run's own. */
static int run(const struct cell *c, struct trace_reader *reader, const struct host *host,
	       const struct row_options *o, struct row *row, struct err *err)
{
	struct replay_result *result = calloc(1, sizeof(*result));
	struct replay_options ro = c->o;
	bool truncated = false;
	struct err why;
	int rc, ret;

	if (!result)
		return err_set(err, ERR_NOMEM, "out of memory");
	ro.host = host;
	ro.log = NULL;
	ro.progress = NULL;
	ro.design = design_of(c, &why);
	rc = ro.design ? replay_run(reader, &ro, result, &truncated, &why) : ERR_USAGE;
	ret = rc && !truncated ? rc : row_of(row, result, o, &why);
	if (ret && ret != ERR_NOMEM && ret != ERR_OUTPUT) {
		row_fini(row);
		ret = row_failed(row, &why, &why);
	} else if (!ret && truncated) {
		row->status = why.code;
		row->truncated = true;
		row->error = strdup(why.msg);
	}
	if (!ret)
		note_violation(row, result);
	row->gic = trace_meta(reader)->gic;
	row->nr_vcpus = trace_meta(reader)->nr_vcpus;
	row->host_digest = host->digest;
	if (ret && err)
		*err = why;
	replay_result_fini(result);
	free(result);
	return ret;
}

static bool is_outside(int rc)
{
	return rc == ERR_NOMEM || rc == ERR_OUTPUT;
}

int cell_run(const struct cell *c, struct trace_reader *reader, const struct row_options *o,
	     struct row *row, struct err *err)
{
	struct host *host = malloc(sizeof(*host));
	struct trace_reader *own = NULL;
	char *path = NULL;
	struct err why;
	int rc = host ? 0 : err_set(&why, ERR_NOMEM, "out of memory");

	memset(row, 0, sizeof(*row));
	if (!rc && !reader) {
		path = cell_path(c);
		own = reader = path ? trace_open(path, &why) : NULL;
		rc = !path ? err_set(&why, ERR_NOMEM, "out of memory") : reader ? 0 : why.code;
	}
	if (!rc)
		rc = cell_host(c, host, &why);
	if (!rc)
		rc = run(c, reader, host, o, row, &why);
	else if (!is_outside(rc))
		rc = row_failed(row, &why, &why);
	if (rc && err)
		*err = why;
	trace_close(own);
	free(path);
	free(host);
	return rc;
}
