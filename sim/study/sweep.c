// SPDX-License-Identifier: GPL-2.0-or-later
/* From axes to cells. */
#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "design-load.h"

void sweep_spec_init(struct sweep_spec *s)
{
	memset(s, 0, sizeof(*s));
}

void sweep_spec_fini(struct sweep_spec *s)
{
	for (unsigned int i = 0; i < s->nr_axes; i++)
		axis_fini(&s->axis[i]);
	free(s->question);
	free(s->metric);
	sweep_spec_init(s);
}

/* ---- axes ---------------------------------------------------------------- */

/* Of a workload parameter only that it could be one: the workload knows. */
static bool is_word(const char *name)
{
	return *name >= 'a' && *name <= 'z' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool is_gen_word(const char *name)
{
	return !cell_key(name) && is_word(name);
}

static unsigned int rank_of(const char *name)
{
	static const char *const order[] = { "trace", "clone", "vcpus" };

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (!strcmp(name, order[i]))
			return i;
	if (is_gen_word(name))
		return 3;
	if (!strcmp(name, "host"))
		return 4;
	if (!strncmp(name, "set.", 4))
		return 5;
	return !strcmp(name, "design") ? 7 : !strcmp(name, "seed") ? 8 : 6;
}

static int cmp_axis(const void *a, const void *b)
{
	const struct axis *x = a, *y = b;
	unsigned int rx = rank_of(x->name), ry = rank_of(y->name);

	return rx != ry ? (rx > ry) - (rx < ry) : strcmp(x->name, y->name);
}

struct axis *sweep_spec_axis(struct sweep_spec *s, const char *name)
{
	for (unsigned int i = 0; i < s->nr_axes; i++)
		if (!strcmp(s->axis[i].name, name))
			return &s->axis[i];
	return NULL;
}

void sweep_spec_sort(struct sweep_spec *s)
{
	qsort(s->axis, s->nr_axes, sizeof(s->axis[0]), cmp_axis);
}

static bool axis_can_be(const char *name)
{
	if (!strncmp(name, "set.", 4))
		return is_word(name + 4);
	return strcmp(name, "set") && (cell_key(name) || is_word(name));
}

static int axis_new(struct sweep_spec *s, const char *name, struct axis **a, struct err *err)
{
	if (!axis_can_be(name))
		return err_set(err, ERR_USAGE, "%s: no such axis; vgicsim-sweep(1) lists them",
			       name);
	if (s->nr_axes == SWEEP_MAX_AXES)
		return err_set(err, ERR_USAGE, "%s: want at most %d axes, have more", name,
			       SWEEP_MAX_AXES);
	*a = &s->axis[s->nr_axes];
	**a = (struct axis){ .name = strdup(name) };
	if (!(*a)->name)
		return err_set(err, ERR_NOMEM, "out of memory");
	s->nr_axes++;
	return 0;
}

int sweep_spec_add(struct sweep_spec *s, const char *name, const char *list, struct err *err)
{
	const bool seeds = !strcmp(name, "seeds");
	struct axis *a = sweep_spec_axis(s, seeds ? "seed" : name);
	const char *unit;
	char range[32];
	uint64_t n;
	int ret;

	if (seeds) {
		if (!axis_number(list, &n, &unit) || *unit || !n || n > AXIS_MAX_VALUES)
			return err_set(err, ERR_USAGE, "seeds: want how many, have \"%s\"", list);
		snprintf(range, sizeof(range), "1..%" PRIu64, n);
		list = range;
	}
	ret = a ? 0 : axis_new(s, seeds ? "seed" : name, &a, err);
	if (ret)
		return ret;
	return !strcmp(name, "trace") ? axis_add_value(a, list, err) : axis_add_list(a, list, err);
}

int sweep_spec_put(struct sweep_spec *s, const char *name, const char *list, struct err *err)
{
	const struct axis *a = sweep_spec_axis(s, !strcmp(name, "seeds") ? "seed" : name);

	if (a && strcmp(name, "trace"))
		return err_set(err, ERR_USAGE, "%s: want this axis once, have it twice", a->name);
	return sweep_spec_add(s, name, list, err);
}

int sweep_spec_override(struct sweep_spec *s, struct sweep_spec *by, struct err *err)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < by->nr_axes; i++) {
		struct axis *a = sweep_spec_axis(s, by->axis[i].name);

		if (a) {
			axis_fini(a);
		} else if (s->nr_axes < SWEEP_MAX_AXES) {
			a = &s->axis[s->nr_axes++];
		} else {
			ret = err_set(err, ERR_USAGE, "%s: want at most %d axes, have more",
				      by->axis[i].name, SWEEP_MAX_AXES);
			break;
		}
		*a = by->axis[i];
		by->axis[i] = (struct axis){ 0 };
	}
	sweep_spec_fini(by);
	return ret;
}

/* ---- one cell ------------------------------------------------------------ */

/* Is @word one of those after the workload's name? */
static bool spec_has(const char *spec, const char *word)
{
	size_t n = strlen(word);

	while ((spec = strchr(spec, ',')))
		if (!strncmp(++spec, word, n) && spec[n] == '=')
			return true;
	return false;
}

static int add_word(struct cell *c, const char *word, const char *value, struct err *err)
{
	char *longer;

	if (strncmp(c->trace, "gen:", 4))
		return err_set(err, ERR_USAGE,
			       "%s: want a workload (gen:NAME) for it, have the trace %s (of which "
			       "\"clone\" makes a larger VM)",
			       word, c->trace);
	if (spec_has(c->trace, word))
		return err_set(err, ERR_USAGE, "%s: is an axis, and said by %s as well", word,
			       c->trace);
	if (asprintf(&longer, "%s,%s=%s", c->trace, word, value) < 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	free(c->trace);
	c->trace = longer;
	return 0;
}

static int put_at(struct cell *c, const struct axis *a, const char *value, struct err *err)
{
	char *set;
	int ret;

	if (!strcmp(a->name, "trace") && !strcmp(value, "-"))
		return err_set(err, ERR_USAGE,
			       "trace: want a file, which can be read more than once, have -");
	if (!strcmp(a->name, "trace") || cell_key(a->name))
		ret = cell_put(c, a->name, value, err);
	else if (!strncmp(a->name, "set.", 4)) {
		if (asprintf(&set, "%s=%s", a->name + 4, value) < 0)
			return err_set(err, ERR_NOMEM, "out of memory");
		ret = cell_put(c, "set", set, err);
		free(set);
	} else {
		ret = add_word(c, a->name, value, err);
	}
	return ret;
}

/* A workload is made by the cell's seed, unless it says its own. */
static int put_seed(struct cell *c, struct err *err)
{
	char seed[24];

	if (strncmp(c->trace, "gen:", 4) || spec_has(c->trace, "seed"))
		return 0;
	snprintf(seed, sizeof(seed), "%" PRIu64, c->o.seed);
	return add_word(c, "seed", seed, err);
}

static int make_cell(const struct sweep_spec *s, struct sweep_cell *sc, struct err *err)
{
	int ret = 0;

	/* Traces come first: words are added to what is there. */
	for (unsigned int i = 0; !ret && i < s->nr_axes; i++)
		ret = put_at(&sc->cell, &s->axis[i], s->axis[i].value[sc->at[i]], err);
	return ret ? ret : put_seed(&sc->cell, err);
}

/*
 * What can be found out before: whether it can be, and the host by default. With
 * @like, the cell before with the same trace, nothing is opened.
 */
static int look(struct sweep_cell *sc, struct err *err)
{
	struct trace_meta *meta = malloc(sizeof(*meta));
	int ret = meta ? cell_look(&sc->cell, meta, err) : ERR_NOMEM;

	if (!meta)
		return err_set(err, ERR_NOMEM, "out of memory");
	sc->nr_vcpus = ret ? 0 : meta->nr_vcpus;
	free(meta);
	return ret;
}

static int plan_cell(struct sweep *s, struct sweep_cell *sc, struct err *err)
{
	int ret = make_cell(s->spec, sc, err);

	if (ret)
		return ret;
	ret = look(sc, err);
	if (ret == ERR_USAGE && s->spec->skip_impossible) {
		sc->why = strdup(err->msg);
		s->nr_left_out++;
		ret = sc->why ? 0 : err_set(err, ERR_NOMEM, "out of memory");
	}
	sc->text = cell_text(&sc->cell);
	if (!ret && !sc->text)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	if (ret == ERR_USAGE && sc->text)
		err_prefix(err, "%s", sc->text);
	return ret;
}

/* ---- all of them --------------------------------------------------------- */

static int count_cells(struct sweep *s, struct err *err)
{
	unsigned __int128 n = 1;

	for (unsigned int i = 0; i < s->spec->nr_axes; i++) {
		n *= s->spec->axis[i].nr;
		if (n > SWEEP_MAX_CELLS)
			return err_set(err, ERR_USAGE,
				       "want at most %d runs, have more: the product of %u axes",
				       SWEEP_MAX_CELLS, s->spec->nr_axes);
	}
	s->nr = (size_t)n;
	return 0;
}

/* The next of the product, the last axis fastest. */
static void step(const struct sweep_spec *s, unsigned int *at)
{
	for (unsigned int i = s->nr_axes; i--;) {
		if (++at[i] < s->axis[i].nr)
			return;
		at[i] = 0;
	}
}

static int make_cells(struct sweep *s, struct err *err)
{
	unsigned int at[SWEEP_MAX_AXES] = { 0 };

	s->cell = calloc(s->nr, sizeof(*s->cell));
	if (!s->cell)
		return err_set(err, ERR_NOMEM, "out of memory for %zu cells", s->nr);
	for (size_t i = 0; i < s->nr; i++) {
		struct sweep_cell *sc = &s->cell[i];
		int ret;

		cell_init(&sc->cell);
		sc->at = malloc(sizeof(at));
		if (!sc->at)
			return err_set(err, ERR_NOMEM, "out of memory for %zu cells", s->nr);
		memcpy(sc->at, at, sizeof(at));
		ret = plan_cell(s, sc, err);
		if (ret)
			return ret;
		step(s->spec, at);
	}
	return 0;
}

struct by_text {
	const char *text;
	char *path;
	size_t i;
};

static int cmp_text(const void *a, const void *b)
{
	return strcmp(((const struct by_text *)a)->text, ((const struct by_text *)b)->text);
}

static int cmp_path(const void *a, const void *b)
{
	return strcmp(((const struct by_text *)a)->path, ((const struct by_text *)b)->path);
}

static int no_twins(struct by_text *by, size_t nr, struct err *err)
{
	qsort(by, nr, sizeof(*by), cmp_text);
	for (size_t i = 1; i < nr; i++)
		if (!strcmp(by[i].text, by[i - 1].text))
			return err_set(err, ERR_USAGE, "two cells are the same run: %s",
				       by[i].text);
	return 0;
}

static int number_groups(struct sweep *s, struct by_text *by, struct err *err)
{
	unsigned int *number;

	qsort(by, s->nr, sizeof(*by), cmp_path);
	number = malloc(s->nr * sizeof(*number));
	if (!number)
		return err_set(err, ERR_NOMEM, "out of memory");
	/* First any number, then in the order of the cells. */
	for (size_t i = 0, n = 0; i < s->nr; i++) {
		n += i && strcmp(by[i].path, by[i - 1].path);
		s->cell[by[i].i].group = (unsigned int)n;
		number[n] = UINT32_MAX;
	}
	for (size_t i = 0; i < s->nr; i++) {
		unsigned int *n = &number[s->cell[i].group];

		if (*n == UINT32_MAX)
			*n = s->nr_groups++;
		s->cell[i].group = *n;
	}
	free(number);
	return 0;
}

static int compare_cells(struct sweep *s, struct err *err)
{
	struct by_text *by = calloc(s->nr, sizeof(*by));
	int ret = by ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (size_t i = 0; !ret && i < s->nr; i++) {
		by[i].text = s->cell[i].text;
		by[i].path = cell_path(&s->cell[i].cell);
		by[i].i = i;
		if (!by[i].path)
			ret = err_set(err, ERR_NOMEM, "out of memory");
	}
	if (!ret)
		ret = no_twins(by, s->nr, err);
	if (!ret)
		ret = number_groups(s, by, err);
	for (size_t i = 0; by && i < s->nr; i++)
		free(by[i].path);
	free(by);
	return ret;
}

/* A file's design is what its bytes are, whatever the file is called. */
static int identify_design(XXH3_state_t *x, const struct cell *c, struct err *err)
{
	const struct vgic_design *d = design_load(c->design, err);
	const struct design_origin *from = d ? design_origin(d) : NULL;

	if (from)
		XXH3_64bits_update(x, &from->digest, sizeof(from->digest));
	return d ? 0 : err->code;
}

/* Only where the profile is another one it is loaded again. */
static int identify(struct sweep *s, const char *version, struct err *err)
{
	XXH3_state_t *x = XXH3_createState();
	struct host *host = malloc(sizeof(*host));
	int ret = x && host ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	if (!ret)
		XXH3_64bits_reset(x);
	if (!ret)
		XXH3_64bits_update(x, version, strlen(version) + 1);
	for (unsigned int i = 0; !ret && i < s->spec->nr_axes; i++) {
		const struct axis *a = &s->spec->axis[i];

		XXH3_64bits_update(x, a->name, strlen(a->name) + 1);
		for (unsigned int k = 0; k < a->nr; k++)
			XXH3_64bits_update(x, a->value[k], strlen(a->value[k]) + 1);
	}
	for (size_t i = 0; !ret && i < s->nr; i++) {
		const char *keep = s->spec->keep_hists ? "h" : "-";

		XXH3_64bits_update(x, s->cell[i].text, strlen(s->cell[i].text) + 1);
		XXH3_64bits_update(x, keep, 1);
		if (s->cell[i].why)
			continue;
		ret = cell_host(&s->cell[i].cell, host, err);
		if (!ret)
			XXH3_64bits_update(x, &host->digest, sizeof(host->digest));
		if (!ret)
			ret = identify_design(x, &s->cell[i].cell, err);
	}
	if (!ret)
		s->identity = XXH3_64bits_digest(x);
	XXH3_freeState(x);
	free(host);
	return ret;
}

int sweep_plan(struct sweep *s, struct sweep_spec *spec, const char *version, struct err *err)
{
	int ret;

	*s = (struct sweep){ .spec = spec };
	if (!sweep_spec_axis(spec, "trace"))
		return err_set(err, ERR_USAGE, "want a trace or a workload (gen:NAME), have none");
	/* The question that the tool is for: the legacy vgic against the new one. */
	if (!sweep_spec_axis(spec, "design") &&
	    (ret = sweep_spec_put(spec, "design", "kvm-legacy,kvm-aplist", err)))
		return ret;
	if (!sweep_spec_axis(spec, "seed") && (ret = sweep_spec_put(spec, "seed", "1", err)))
		return ret;
	sweep_spec_sort(spec);
	ret = count_cells(s, err);
	if (!ret)
		ret = make_cells(s, err);
	if (!ret && s->nr_left_out == s->nr)
		ret = err_set(err, ERR_USAGE, "no cell can be: %s: %s", s->cell[0].text,
			      s->cell[0].why);
	if (!ret)
		ret = compare_cells(s, err);
	if (!ret)
		ret = identify(s, version, err);
	if (ret)
		sweep_fini(s);
	return ret;
}

void sweep_fini(struct sweep *s)
{
	for (size_t i = 0; s->cell && i < s->nr; i++) {
		cell_fini(&s->cell[i].cell);
		free(s->cell[i].text);
		free(s->cell[i].at);
		free(s->cell[i].why);
	}
	free(s->cell);
	*s = (struct sweep){ 0 };
}

bool sweep_in_shard(const struct sweep *s, size_t i, unsigned int index, unsigned int of)
{
	if (s->cell[i].why)
		return false;
	return (s->nr_groups / 4 >= of ? s->cell[i].group : i) % of == index - 1;
}
