// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal's rows first, then the pool for the rest, those of many vCPUs first:
 * they take longest, and at the end all CPUs have something left to do.
 */
#include "sweep-run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct running {
	const struct sweep *s;
	const struct sweep_run_options *o;
	struct sweep_results *r;
	/* By group: the digest of its trace, once a row had one. */
	uint64_t *digest;
	bool *has_digest;
	struct cell *cells; /* to be run; borrowed strings */
	size_t *index;	    /* … which of the sweep */
	size_t nr;
	uint64_t weight_done, weight;
};

static int changed(const struct sweep_cell *sc, uint64_t was, uint64_t is, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "%s: has changed: its digest is %016" PRIx64
		       ", when the sweep began it was %016" PRIx64
		       " (remove the journal to begin anew)",
		       sc->cell.trace, is, was);
}

static int note_digest(struct running *k, size_t i, const struct row *row, struct err *err)
{
	const struct sweep_cell *sc = &k->s->cell[i];

	if (row->status)
		return 0;
	if (k->has_digest[sc->group] && k->digest[sc->group] != row->trace_digest)
		return changed(sc, k->digest[sc->group], row->trace_digest, err);
	k->digest[sc->group] = row->trace_digest;
	k->has_digest[sc->group] = true;
	return 0;
}

/* ---- what is there ------------------------------------------------------- */

/* One line of the journal. A run that failed is made again: what it lacked may be there. */
static int from_journal(void *priv, const char *text, size_t n, struct err *err)
{
	struct running *k = priv;
	json_t *j = json_loadb(text, n, 0, NULL);
	long i = j ? sweep_cell_of_json(k->s, j) : -1;
	struct row row = { .status = ERR_INPUT };
	int ret = 0;

	if (i < 0 || !sweep_in_shard(k->s, (size_t)i, k->o->shard, k->o->of))
		ret = err_set(err, ERR_USAGE, "%s: has a run that this sweep does not have",
			      k->o->journal);
	else
		ret = row_from_json(&row, json_object_get(j, "row"), err);
	if (!ret)
		ret = note_digest(k, (size_t)i, &row, err);
	if (!ret && !row.status && !k->r->line[i]) {
		k->r->line[i] = strndup(text, n);
		k->r->nr_done += !!k->r->line[i];
	}
	row_fini(&row);
	json_decref(j);
	return ret;
}

static int digest_now(const struct cell *c, uint64_t *digest, struct err *err)
{
	char *path = cell_path(c);
	struct trace_reader *r = path ? trace_open(path, err) : NULL;
	const struct trace_rec *rec;
	int rc = 1;

	free(path);
	if (!r)
		return path ? (int)err->code : err_set(err, ERR_NOMEM, "out of memory");
	while (rc > 0)
		rc = trace_next(r, &rec, err);
	*digest = trace_digest(r);
	trace_close(r);
	return rc;
}

/* Rows of what a trace was, and rows of what it is now, make no sweep. */
static int still_the_same(struct running *k, struct err *err)
{
	bool *looked = calloc(k->s->nr_groups, sizeof(*looked));
	int ret = looked ? 0 : err_set(err, ERR_NOMEM, "out of memory");

	for (size_t i = 0; !ret && i < k->s->nr; i++) {
		const struct sweep_cell *sc = &k->s->cell[i];
		uint64_t now = 0;

		if (!k->r->line[i] || looked[sc->group])
			continue;
		looked[sc->group] = true;
		ret = digest_now(&sc->cell, &now, err);
		if (!ret && now != k->digest[sc->group])
			ret = changed(sc, k->digest[sc->group], now, err);
	}
	free(looked);
	return ret;
}

static int open_journal(struct running *k, unsigned int *damaged, struct err *err)
{
	char *head = NULL;
	json_t *j;

	*damaged = 0;
	if (!k->o->journal)
		return 0;
	j = json_pack("{s:s,s:s,s:o,s:o}", "schema", "vgicsim-sweep-journal-1", "version",
		      k->o->version, "sweep", json_sprintf("%016" PRIx64, k->s->identity), "shard",
		      json_sprintf("%u/%u", k->o->shard, k->o->of));
	head = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (!head)
		return err_set(err, ERR_NOMEM, "out of memory");
	k->r->journal = journal_open(k->o->journal, head, from_journal, k, damaged, err);
	free(head);
	return k->r->journal ? still_the_same(k, err) : (int)err->code;
}

/* ---- what is not --------------------------------------------------------- */

static int heavy_first(const void *a, const void *b, void *priv)
{
	const struct sweep *s = priv;
	const size_t *x = a, *y = b;

	if (s->cell[*x].nr_vcpus != s->cell[*y].nr_vcpus)
		return s->cell[*x].nr_vcpus < s->cell[*y].nr_vcpus ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

static int gather(struct running *k, struct err *err)
{
	k->index = calloc(k->s->nr, sizeof(*k->index));
	k->cells = calloc(k->s->nr, sizeof(*k->cells));
	if (!k->index || !k->cells)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < k->s->nr; i++) {
		if (!sweep_in_shard(k->s, i, k->o->shard, k->o->of))
			continue;
		k->r->nr_wanted++;
		if (!k->r->line[i])
			k->index[k->nr++] = i;
	}
	qsort_r(k->index, k->nr, sizeof(*k->index), heavy_first, (void *)k->s);
	for (size_t i = 0; i < k->nr; i++) {
		k->cells[i] = k->s->cell[k->index[i]].cell;
		k->weight += k->s->cell[k->index[i]].nr_vcpus;
	}
	return 0;
}

static int take(void *priv, size_t at, const struct row *row, struct err *err)
{
	struct running *k = priv;
	size_t i = k->index[at];
	int ret = note_digest(k, i, row, err);

	if (ret)
		return ret;
	k->r->line[i] = sweep_cell_json(k->s, i, row);
	if (!k->r->line[i])
		return err_set(err, ERR_NOMEM, "out of memory");
	if (k->r->journal)
		ret = journal_add(k->r->journal, k->r->line[i], err);
	if (ret)
		return ret;
	k->r->nr_done++;
	k->weight_done += k->s->cell[i].nr_vcpus;
	if (k->o->progress)
		k->o->progress(k->o->priv, k->weight_done, k->weight);
	return 0;
}

int sweep_run(const struct sweep *s, const struct sweep_run_options *o, struct sweep_results *r,
	      struct err *err)
{
	struct running k = { .s = s, .o = o, .r = r };
	struct pool_options po = {
		.jobs = o->jobs,
		.memory = o->memory,
		.row_options.keep_hists = s->spec->keep_hists,
		.row = take,
		.priv = &k,
		.cancel = o->cancel,
	};
	unsigned int damaged;
	int ret = 0;

	*r = (struct sweep_results){ .line = calloc(s->nr, sizeof(*r->line)), .nr = s->nr };
	k.digest = calloc(s->nr_groups, sizeof(*k.digest));
	k.has_digest = calloc(s->nr_groups, sizeof(*k.has_digest));
	if (!r->line || !k.digest || !k.has_digest)
		ret = err_set(err, ERR_NOMEM, "out of memory");
	if (!ret)
		ret = open_journal(&k, &damaged, err);
	if (!ret)
		ret = gather(&k, err);
	if (!ret && o->begun)
		o->begun(o->priv, r->nr_done, damaged, k.nr);
	if (!ret)
		ret = pool_run(k.cells, k.nr, &po, err);
	if (!ret && r->journal)
		ret = journal_sync(r->journal, err);
	free(k.cells);
	free(k.index);
	free(k.digest);
	free(k.has_digest);
	return ret;
}

void sweep_results_fini(struct sweep_results *r, bool all_written)
{
	journal_close(r->journal, all_written);
	for (size_t i = 0; r->line && i < r->nr; i++)
		free(r->line[i]);
	free(r->line);
	*r = (struct sweep_results){ 0 };
}
