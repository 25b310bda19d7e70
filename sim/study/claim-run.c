// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All cells of all claims in one pool, those that several experiments have but once.
 * Of each row only the figures that the claim looks at are kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim-int.h"
#include "pool.h"

/* One cell of one test. */
struct place {
	struct claim_test *test;
	size_t cell;
	const char *text;
	size_t run; /* which run it is of */
};

struct running {
	const struct claims_options *o;
	struct place *place; /* by text */
	size_t nr;
	struct cell *run; /* borrowed strings */
	size_t *first;	  /* of each run, its places follow one another */
	size_t nr_runs;
	char ***line; /* by test, in the order of tests, then by cell */
	struct claim_test **test;
	unsigned int nr_tests;
	uint64_t done, weight; /* vCPUs */
};

/* ---- planning ------------------------------------------------------------ */

/* Recordings that are part of the tree, where it or the installation has them. */
static int find_samples(struct sweep_spec *s, struct err *err)
{
	static const char *const dirs[] = { CLAIMS_SAMPLES_SOURCE, CLAIMS_SAMPLES_INSTALLED };
	char *path;

	for (unsigned int i = 0; i < s->nr_axes; i++) {
		if (strcmp(s->axis[i].name, "trace"))
			continue;
		for (unsigned int k = 0; k < s->axis[i].nr; k++) {
			char **v = &s->axis[i].value[k];

			for (unsigned int d = 0; !strncmp(*v, "samples/", 8) && d < 2; d++) {
				if (asprintf(&path, "%s/%s", dirs[d], *v) < 0)
					return err_set(err, ERR_NOMEM, "out of memory");
				if (access(path, R_OK)) {
					free(path);
					continue;
				}
				free(*v);
				*v = path;
			}
		}
	}
	return 0;
}

/* "/usr/share/vgicsim/samples/x" is "samples/x" again: a text is the same everywhere. */
static char *short_name(const char *path)
{
	const char *s = strstr(path, "/samples/");

	return strdup(s ? s + 1 : path);
}

static int shorten(struct claim_test *t, struct err *err)
{
	for (unsigned int i = 0; i < t->spec.nr_axes; i++) {
		struct axis *a = &t->spec.axis[i];

		for (unsigned int k = 0; !strcmp(a->name, "trace") && k < a->nr; k++) {
			char *name = short_name(a->value[k]);

			if (!name)
				return err_set(err, ERR_NOMEM, "out of memory");
			free(a->value[k]);
			a->value[k] = name;
		}
	}
	for (size_t i = 0; i < t->sweep.nr; i++) {
		struct sweep_cell *sc = &t->sweep.cell[i];
		struct cell named = sc->cell;
		char *name = short_name(sc->cell.trace), *text;

		named.trace = name;
		text = name ? cell_text(&named) : NULL;
		free(name);
		if (!text)
			return err_set(err, ERR_NOMEM, "out of memory");
		free(sc->text);
		sc->text = text;
	}
	return 0;
}

static int plan(struct claim *c, const struct claims_options *o, struct err *err)
{
	for (unsigned int i = 0; i < c->nr_tests; i++) {
		struct claim_test *t = &c->test[i];
		int ret = find_samples(&t->spec, err);

		if (!ret)
			ret = sweep_plan(&t->sweep, &t->spec, o->version, err);
		if (!ret) {
			t->planned = true;
			ret = shorten(t, err);
		}
		if (ret)
			return err_prefix(err, "%s: [test %s]", c->path, t->name);
	}
	return 0;
}

/* Not the product of seeds and costs: each with the first of the other. */
static bool is_wanted(const struct claim_test *t, const struct sweep_cell *sc)
{
	bool other_seed = false, other_cost = false;

	for (unsigned int i = 0; i < t->spec.nr_axes; i++) {
		other_seed |= !strcmp(t->spec.axis[i].name, "seed") && sc->at[i];
		other_cost |= !strcmp(t->spec.axis[i].name, "assumed") && sc->at[i];
	}
	return !sc->why && !(other_seed && other_cost);
}

static int cmp_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int gather(struct running *k, struct claims *c, struct err *err)
{
	size_t nr = 0;

	for (unsigned int i = 0; i < c->nr; i++) {
		k->nr_tests += c->claim[i].nr_tests;
		for (unsigned int t = 0; t < c->claim[i].nr_tests; t++)
			nr += c->claim[i].test[t].sweep.nr;
	}
	k->place = calloc(nr + 1, sizeof(*k->place));
	k->run = calloc(nr + 1, sizeof(*k->run));
	k->first = calloc(nr + 1, sizeof(*k->first));
	k->line = calloc(k->nr_tests + 1, sizeof(*k->line));
	k->test = calloc(k->nr_tests + 1, sizeof(struct claim_test *));
	if (!k->place || !k->run || !k->first || !k->line || !k->test)
		return err_set(err, ERR_NOMEM, "out of memory");
	k->nr_tests = 0;
	for (unsigned int i = 0; i < c->nr; i++) {
		for (unsigned int j = 0; j < c->claim[i].nr_tests; j++) {
			struct claim_test *t = &c->claim[i].test[j];

			k->line[k->nr_tests] = calloc(t->sweep.nr + 1, sizeof(char *));
			if (!k->line[k->nr_tests])
				return err_set(err, ERR_NOMEM, "out of memory");
			k->test[k->nr_tests++] = t;
			for (size_t n = 0; n < t->sweep.nr; n++)
				if (is_wanted(t, &t->sweep.cell[n]))
					k->place[k->nr++] = (struct place){
						.test = t,
						.cell = n,
						.text = t->sweep.cell[n].text,
					};
		}
	}
	return 0;
}

static int heavy_first(const void *a, const void *b)
{
	const struct place *const *x = a, *const *y = b;
	unsigned int nx = (*x)->test->sweep.cell[(*x)->cell].nr_vcpus;
	unsigned int ny = (*y)->test->sweep.cell[(*y)->cell].nr_vcpus;

	return nx != ny ? (nx < ny) - (nx > ny) : strcmp((*x)->text, (*y)->text);
}

/* One run for each text, those of many vCPUs first. */
static int make_runs(struct running *k, struct err *err)
{
	const struct place **order = calloc(k->nr + 1, sizeof(*order));

	if (!order)
		return err_set(err, ERR_NOMEM, "out of memory");
	qsort(k->place, k->nr, sizeof(*k->place), cmp_place);
	for (size_t i = 0; i < k->nr; i++)
		if (!i || strcmp(k->place[i].text, k->place[i - 1].text))
			order[k->nr_runs++] = &k->place[i];
	qsort(order, k->nr_runs, sizeof(*order), heavy_first);
	for (size_t i = 0; i < k->nr_runs; i++) {
		const struct sweep_cell *sc = &order[i]->test->sweep.cell[order[i]->cell];

		k->first[i] = (size_t)(order[i] - k->place);
		k->run[i] = sc->cell;
		k->weight += sc->nr_vcpus;
	}
	free(order);
	return 0;
}

/* ---- running ------------------------------------------------------------- */

static void keep(struct row *few, const struct row *row, const struct claim_formula *f)
{
	for (unsigned int i = 0; i < f->nr; i++) {
		int64_t value;

		if (row_get(row, f->name[i], &value) && !row_get(few, f->name[i], &value))
			few->fig[few->nr++] = (struct figure){ f->name[i], value };
	}
}

/* Names are borrowed: it is not finished. */
static char *line_of(const struct place *p, const struct row *row)
{
	struct figure fig[2 * CLAIM_MAX_TERMS];
	struct row few = *row;

	few.fig = fig;
	few.nr = 0;
	few.has_hists = false;
	keep(&few, row, &p->test->formula);
	keep(&few, row, &p->test->beside);
	return sweep_cell_json(&p->test->sweep, p->cell, &few);
}

static int take(void *priv, size_t at, const struct row *row, struct err *err)
{
	struct running *k = priv;
	const struct place *p = &k->place[k->first[at]];
	const char *text = p->text;

	k->done += p->test->sweep.cell[p->cell].nr_vcpus;
	for (; p < k->place + k->nr && !strcmp(p->text, text); p++) {
		unsigned int t = 0;

		while (k->test[t] != p->test)
			t++;
		k->line[t][p->cell] = line_of(p, row);
		if (!k->line[t][p->cell])
			return err_set(err, ERR_NOMEM, "out of memory");
	}
	if (k->o->progress)
		k->o->progress(k->o->priv, k->done, k->weight);
	return 0;
}

static int make_doc(struct running *k, unsigned int i, struct err *err)
{
	struct claim_test *t = k->test[i];
	json_t *head = sweep_head(&t->sweep, k->o->version);
	int ret = head ? sweep_doc_make(&t->doc, t->name, head, 1, 1, k->line[i], t->sweep.nr, err)
		       : err_set(err, ERR_NOMEM, "out of memory");

	json_decref(head);
	t->has_doc = !ret;
	return ret ? ret : claim_judge(t, err);
}

static void judge(struct claims *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		struct claim *k = &c->claim[i];
		enum claim_verdict v[CLAIM_MAX_TESTS];
		unsigned int nr = 0;

		for (unsigned int t = 0; t < k->nr_tests; t++)
			if (!k->test[t].aside)
				v[nr++] = k->test[t].verdict;
		k->verdict = claim_combine(v, nr);
	}
}

static void running_fini(struct running *k)
{
	for (unsigned int i = 0; k->line && i < k->nr_tests; i++) {
		for (size_t n = 0; k->line[i] && n < k->test[i]->sweep.nr; n++)
			free(k->line[i][n]);
		free(k->line[i]);
	}
	free(k->line);
	free(k->test);
	free(k->place);
	free(k->run);
	free(k->first);
}

int claims_run(struct claims *c, const struct claims_options *o, struct err *err)
{
	struct running k = { .o = o };
	struct pool_options po = {
		.jobs = o->jobs,
		.row = take,
		.priv = &k,
		.cancel = o->cancel,
	};
	int ret = 0;

	for (unsigned int i = 0; !ret && i < c->nr; i++)
		ret = plan(&c->claim[i], o, err);
	if (!ret)
		ret = gather(&k, c, err);
	if (!ret)
		ret = make_runs(&k, err);
	if (!ret)
		ret = pool_run(k.run, k.nr_runs, &po, err);
	if (!ret && k.done < k.weight)
		ret = err_set(err, ERR_OUTPUT, "stopped");
	for (unsigned int i = 0; !ret && i < k.nr_tests; i++)
		ret = make_doc(&k, i, err);
	if (!ret)
		judge(c);
	c->nr_runs = k.nr_runs;
	running_fini(&k);
	return ret;
}
