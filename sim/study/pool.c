// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads take cells from a list in which those of a trace lie together. The
 * share of a trace is there from its first cell's beginning to its last one's end.
 */
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share.h"

struct group {
	const char *path;
	struct trace_share *share; /* while it has cells that are not done */
	size_t nr, nr_done;
};

/* One cell, in the order in which they are begun. */
struct item {
	char *path;
	size_t cell;
	size_t first; /* cell of the same trace */
	size_t group;
};

struct pool {
	const struct cell *cells;
	const struct pool_options *o;
	struct trace_budget budget;
	size_t nr, nr_groups;
	struct item *item;
	struct group *group;
	pthread_mutex_t mutex; /* of groups, and: */
	size_t next;
	bool stop;
	pthread_mutex_t telling; /* of the caller's row(), and: */
	int rc;
	struct err err;
};

unsigned int pool_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned int)n : 1;
}

int row_exit_status(const struct row *row)
{
	struct err e = { .code = row->status };

	return row->status ? err_exit_status(&e) : 0;
}

/* ---- order --------------------------------------------------------------- */

static int cmp_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (x->cell > y->cell) - (x->cell < y->cell);
}

static int cmp_first(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->cell > y->cell) - (x->cell < y->cell);
}

static int put_in_order(struct pool *p, struct err *err)
{
	p->item = calloc(p->nr, sizeof(*p->item));
	p->group = calloc(p->nr, sizeof(*p->group));
	for (size_t i = 0; p->item && p->group && i < p->nr; i++) {
		p->item[i].cell = i;
		p->item[i].path = cell_path(&p->cells[i]);
		if (!p->item[i].path)
			return err_set(err, ERR_NOMEM, "out of memory");
	}
	if (!p->item || !p->group)
		return err_set(err, ERR_NOMEM, "out of memory for %zu cells", p->nr);
	qsort(p->item, p->nr, sizeof(*p->item), cmp_path);
	for (size_t i = 0; i < p->nr; i++)
		p->item[i].first = i && !strcmp(p->item[i].path, p->item[i - 1].path)
					   ? p->item[i - 1].first
					   : p->item[i].cell;
	qsort(p->item, p->nr, sizeof(*p->item), cmp_first);
	for (size_t i = 0; i < p->nr; i++) {
		if (!i || p->item[i].first != p->item[i - 1].first)
			p->group[p->nr_groups++].path = p->item[i].path;
		p->item[i].group = p->nr_groups - 1;
		p->group[p->nr_groups - 1].nr++;
	}
	return 0;
}

/* ---- threads ------------------------------------------------------------- */

/* The next cell with its share; NULL: there is none, or none is wanted. */
static const struct item *begin(struct pool *p, struct trace_share **share, struct err *err)
{
	const struct item *it = NULL;
	struct group *g;

	*share = NULL;
	pthread_mutex_lock(&p->mutex);
	if (p->next < p->nr && !p->stop && !(p->o->cancel && *p->o->cancel)) {
		it = &p->item[p->next++];
		g = &p->group[it->group];
		if (!g->share)
			g->share = trace_share_create(g->path, &p->budget, err);
		*share = g->share;
	}
	pthread_mutex_unlock(&p->mutex);
	return it;
}

static void end(struct pool *p, const struct item *it)
{
	struct group *g = &p->group[it->group];
	struct trace_share *last = NULL;

	pthread_mutex_lock(&p->mutex);
	if (++g->nr_done == g->nr) {
		last = g->share;
		g->share = NULL;
	}
	pthread_mutex_unlock(&p->mutex);
	trace_share_destroy(last);
}

static int run_one(struct pool *p, const struct item *it, struct trace_share *share,
		   struct row *row, struct err *err)
{
	struct trace_reader *r = share ? trace_share_open(share, err) : NULL;
	int rc;

	memset(row, 0, sizeof(*row));
	if (!r)
		return err->code == ERR_NOMEM ? ERR_NOMEM : row_failed(row, err, err);
	rc = cell_run(&p->cells[it->cell], r, &p->o->row_options, row, err);
	trace_close(r);
	return rc;
}

static void tell(struct pool *p, const struct item *it, const struct row *row, int rc,
		 struct err *err)
{
	pthread_mutex_lock(&p->telling);
	if (!rc && !p->rc)
		rc = p->o->row(p->o->priv, it->cell, row, err);
	if (rc && !p->rc) {
		p->rc = rc;
		p->err = *err;
	}
	rc = p->rc;
	pthread_mutex_unlock(&p->telling);
	if (!rc)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stop = true;
	pthread_mutex_unlock(&p->mutex);
}

static void *work(void *arg)
{
	const struct item *it;
	struct trace_share *share;
	struct pool *p = arg;
	struct err err;

	while ((it = begin(p, &share, &err))) {
		struct row row;
		int rc = run_one(p, it, share, &row, &err);

		tell(p, it, &row, rc, &err);
		row_fini(&row);
		end(p, it);
	}
	return NULL;
}

static int run_threads(struct pool *p, struct err *err)
{
	unsigned int jobs = p->o->jobs ? p->o->jobs : pool_cpus(), started = 0;
	pthread_t *thread;

	if (jobs > p->nr)
		jobs = (unsigned int)p->nr;
	thread = calloc(jobs, sizeof(*thread));
	if (!thread)
		return err_set(err, ERR_NOMEM, "out of memory");
	/* One is this one, so that there is always one. */
	while (started + 1 < jobs && !pthread_create(&thread[started], NULL, work, p))
		started++;
	work(p);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	if (p->rc && err)
		*err = p->err;
	return p->rc;
}

int pool_run(const struct cell *cells, size_t nr, const struct pool_options *o, struct err *err)
{
	struct pool p = { .cells = cells, .o = o, .nr = nr };
	int rc;

	if (!nr)
		return 0;
	trace_budget_init(&p.budget, o->memory ? o->memory : POOL_DEFAULT_MEMORY);
	pthread_mutex_init(&p.mutex, NULL);
	pthread_mutex_init(&p.telling, NULL);
	rc = put_in_order(&p, err);
	if (!rc)
		rc = run_threads(&p, err);
	/* After a cancel some are half done. */
	for (size_t i = 0; i < p.nr_groups; i++)
		trace_share_destroy(p.group[i].share);
	for (size_t i = 0; p.item && i < nr; i++)
		free(p.item[i].path);
	pthread_mutex_destroy(&p.telling);
	pthread_mutex_destroy(&p.mutex);
	free(p.group);
	free(p.item);
	return rc;
}
