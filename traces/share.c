// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A decoding is a reader of the trace and a chain of chunks, each of which
 * holds the next. A chunk is held by the readers that are at it, by the one
 * before it, by its decoding while it is the last, and the first one while all
 * is kept: so what nobody can come to any more frees itself in order.
 *
 * All links and counts are under the share's mutex, which is taken once a
 * chunk. What a chunk holds does not change after it has been linked.
 */
#include "share.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reader.h"

#define SHARE_PATIENCE_MS 5000

struct chunk {
	struct chunk *next;
	struct decoding *d;
	struct trace_rec *rec;
	size_t nr;
	uint64_t bytes;		 /* taken from the budget */
	uint64_t at_pos, of_pos; /* trace_position() at its end */
	unsigned int refs;
	bool cut; /* its readers were left behind: what came next is not held */
};

struct decoding {
	struct trace_share *share;
	struct decoding *next;
	struct trace_reader *source;	    /* NULL once it has ended */
	struct chunk *first;		    /* while one can begin there */
	struct chunk *oldest, *last;	    /* not left behind; what was decoded last */
	unsigned int nr_live;		    /* from the oldest to the last */
	unsigned int nr_readers, nr_before; /* … that are before the first chunk */
	bool kept, decoding, ended, cut;
	int rc; /* of the end */
	struct err err;
	uint64_t digest;
};

struct trace_share {
	char *path;
	struct trace_budget *budget;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct trace_meta meta; /* once there was a decoding */
	char *name;
	struct decoding *decodings;
	unsigned int nr_decodings, patience_ms;
};

/* What one reader has. */
struct view {
	struct trace_share *share;
	struct decoding *d; /* NULL: not begun */
	struct chunk *at;   /* NULL: before the first */
	uint64_t digest;    /* of the whole, at its end */
	bool cut;
	uint64_t passed; /* records, those of the chunk it is at included */
};

/* libtrace makes no promise for two traces that are opened at once. */
static pthread_mutex_t share_opening = PTHREAD_MUTEX_INITIALIZER;

/* ---- budget -------------------------------------------------------------- */

void trace_budget_init(struct trace_budget *b, uint64_t bytes)
{
	atomic_init(&b->left, bytes);
}

static bool budget_take(struct trace_budget *b, uint64_t bytes)
{
	uint_fast64_t left = b ? atomic_load(&b->left) : 0;

	while (left >= bytes)
		if (b && atomic_compare_exchange_weak(&b->left, &left, left - bytes))
			return true;
	return false;
}

static void budget_give(struct trace_budget *b, uint64_t bytes)
{
	if (b)
		atomic_fetch_add(&b->left, bytes);
}

/* ---- chunks -------------------------------------------------------------- */

static void chunk_free(struct trace_share *s, struct chunk *c)
{
	budget_give(s->budget, c->bytes);
	free(c->rec);
	free(c);
}

static void chunk_put(struct chunk *c)
{
	while (c && !--c->refs) {
		struct decoding *d = c->d;
		struct chunk *next = c->next;

		if (d->oldest == c) {
			d->oldest = next;
			d->nr_live--;
			pthread_cond_broadcast(&d->share->changed);
		}
		chunk_free(d->share, c);
		c = next;
	}
}

/*
 * The readers of the oldest chunk are left behind. It stays until they are done
 * with it, but holds no longer what comes after.
 */
static void chunk_cut(struct decoding *d)
{
	struct chunk *c = d->oldest, *next = c->next;

	c->cut = true;
	c->next = NULL;
	d->oldest = next;
	d->nr_live--;
	if (d->first == c) {
		d->first = NULL;
		chunk_put(c);
	}
	chunk_put(next);
	pthread_cond_broadcast(&d->share->changed);
}

/* ---- decodings ----------------------------------------------------------- */

static struct trace_reader *source_open(const struct trace_share *s, struct err *err)
{
	struct trace_reader *r;

	pthread_mutex_lock(&share_opening);
	r = trace_open(s->path, err);
	pthread_mutex_unlock(&share_opening);
	return r;
}

static void source_close(struct trace_reader *r)
{
	pthread_mutex_lock(&share_opening);
	trace_close(r);
	pthread_mutex_unlock(&share_opening);
}

static struct decoding *decoding_begin(struct trace_share *s, struct err *err)
{
	struct decoding *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(err, ERR_NOMEM, "%s: out of memory", s->path);
		return NULL;
	}
	d->share = s;
	d->kept = s->budget;
	d->source = source_open(s, err);
	if (!d->source) {
		free(d);
		return NULL;
	}
	if (!s->name) {
		s->meta = *trace_meta(d->source);
		s->name = strdup(trace_name(d->source));
	}
	d->next = s->decodings;
	s->decodings = d;
	s->nr_decodings++;
	return d;
}

/* Of one that nobody reads. */
static void decoding_end(struct decoding *d)
{
	struct decoding **p = &d->share->decodings;

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	chunk_put(d->first);
	chunk_put(d->last);
	if (d->source)
		source_close(d->source);
	free(d);
}

static bool decoding_can_begin(const struct decoding *d)
{
	return d->first || !d->last;
}

/* One that can still be read from its beginning, or a new one. */
static struct decoding *decoding_find(struct trace_share *s, struct err *err)
{
	struct decoding *d = s->decodings;

	while (d && !decoding_can_begin(d))
		d = d->next;
	return d ? d : decoding_begin(s, err);
}

/*
 * Not all is kept: who comes later may still begin here as long as the others
 * are not far.
 */
static void decoding_let_go(struct decoding *d)
{
	if (!d->first || d->kept || d->nr_before || d->nr_live < TRACE_SHARE_LEAD / 2)
		return;
	chunk_put(d->first);
	d->first = NULL;
}

/* Without the mutex, by the one thread that set d->decoding. */
static int chunk_fill(struct decoding *d, struct chunk *c, struct err *err)
{
	const struct trace_rec *rec;
	struct trace_rec *less;
	int rc = 1;

	c->rec = malloc(TRACE_SHARE_RECORDS * sizeof(*c->rec));
	if (!c->rec)
		return err_set(err, ERR_NOMEM, "%s: out of memory", d->share->path);
	while (c->nr < TRACE_SHARE_RECORDS && (rc = trace_next(d->source, &rec, err)) > 0)
		c->rec[c->nr++] = *rec;
	trace_position(d->source, &c->at_pos, &c->of_pos);
	if (c->nr < TRACE_SHARE_RECORDS) {
		less = realloc(c->rec, (c->nr ? c->nr : 1) * sizeof(*c->rec));
		c->rec = less ? less : c->rec;
	}
	c->bytes = c->nr * sizeof(*c->rec) + sizeof(*c);
	return rc;
}

static void chunk_link(struct decoding *d, struct chunk *c)
{
	d->kept = d->kept && budget_take(d->share->budget, c->bytes);
	if (!d->kept)
		c->bytes = 0;
	c->d = d;
	c->refs = 2; /* the decoding's, as the last; the one before's, or as the first */
	d->nr_live++;
	if (!d->oldest)
		d->oldest = c;
	if (d->last) {
		d->last->next = c;
		chunk_put(d->last);
	} else {
		d->first = c;
	}
	d->last = c;
	decoding_let_go(d);
}

static void decoding_ended(struct decoding *d, int rc, const struct err *err)
{
	d->rc = rc;
	if (rc < 0)
		d->err = *err;
	d->digest = trace_digest(d->source);
	d->cut = trace_is_cut(d->source);
	d->ended = true;
	source_close(d->source);
	d->source = NULL;
}

/* One chunk more. With the mutex, which is let go of meanwhile. */
static void decoding_go_on(struct decoding *d)
{
	struct trace_share *s = d->share;
	struct chunk *c;
	struct err err;
	int rc;

	d->decoding = true;
	pthread_mutex_unlock(&s->mutex);
	c = calloc(1, sizeof(*c));
	rc = c ? chunk_fill(d, c, &err) : err_set(&err, ERR_NOMEM, "%s: out of memory", s->path);
	pthread_mutex_lock(&s->mutex);
	d->decoding = false;
	if (c && c->nr) {
		chunk_link(d, c);
	} else if (c) {
		free(c->rec);
		free(c);
	}
	if (rc <= 0)
		decoding_ended(d, rc, &err);
	pthread_cond_broadcast(&s->changed);
}

/* ---- readers ------------------------------------------------------------- */

/* All of these with the mutex. */

static void view_leave(struct view *v)
{
	struct chunk *at = v->at;
	struct decoding *d = v->d;

	v->at = NULL;
	v->d = NULL;
	v->passed = 0;
	if (!d)
		return;
	if (at)
		chunk_put(at);
	else
		d->nr_before--;
	if (!--d->nr_readers && !d->decoding && !decoding_can_begin(d))
		decoding_end(d);
}

static int view_join(struct view *v, struct err *err)
{
	view_leave(v);
	v->d = decoding_find(v->share, err);
	if (!v->d)
		return err ? (int)err->code : ERR_INPUT;
	v->d->nr_readers++;
	v->d->nr_before++;
	return 0;
}

static bool view_is_left_behind(const struct view *v)
{
	return !v->d || (v->at ? v->at->cut : !decoding_can_begin(v->d));
}

/* Another thread may be busy elsewhere, but not for ever; this one may be what it waits for. */
static void view_wait_for_the_last(const struct view *v)
{
	struct trace_share *s = v->share;
	struct decoding *d = v->d;
	const struct chunk *oldest = d->oldest;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += s->patience_ms / 1000;
	until.tv_nsec += (long)(s->patience_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (d->oldest == oldest && d->nr_live >= TRACE_SHARE_LEAD && !d->decoding)
		if (pthread_cond_timedwait(&s->changed, &s->mutex, &until) == ETIMEDOUT) {
			if (d->oldest == oldest && oldest != v->at)
				chunk_cut(d);
			return;
		}
}

static void view_go_to(struct view *v, struct chunk *c)
{
	struct chunk *before = v->at;

	c->refs++;
	v->at = c;
	v->passed += c->nr;
	if (before) {
		chunk_put(before);
	} else {
		v->d->nr_before--;
		decoding_let_go(v->d);
	}
}

/* 1: at the next chunk. 0 or <0: the end. */
static int view_step(struct view *v, struct err *err)
{
	struct trace_share *s = v->share;

	for (;;) {
		struct decoding *d;
		struct chunk *c;

		if (view_is_left_behind(v) && view_join(v, err))
			return err ? (int)err->code : ERR_INPUT;
		d = v->d;
		c = v->at ? v->at->next : d->first;
		if (c) {
			view_go_to(v, c);
			return 1;
		}
		if (d->ended) {
			if (d->rc < 0 && err)
				*err = d->err;
			return d->rc;
		}
		if (d->decoding)
			pthread_cond_wait(&s->changed, &s->mutex);
		else if (!d->kept && d->nr_live >= TRACE_SHARE_LEAD)
			view_wait_for_the_last(v);
		else
			decoding_go_on(d);
	}
}

/* To the chunk after those that it has passed, by another decoding if it was left behind. */
static int view_advance(struct view *v, struct err *err)
{
	const uint64_t passed = v->passed;
	int rc;

	do {
		rc = view_step(v, err);
	} while (rc > 0 && v->passed <= passed);
	if (rc <= 0 && v->d && v->passed != passed)
		return err_set(err, ERR_INPUT,
			       "%s: changed while it was read: want %" PRIu64
			       " records as before, have %" PRIu64,
			       v->share->name, passed, v->passed);
	if (rc <= 0 && v->d) {
		v->digest = v->d->digest;
		v->cut = v->d->cut;
	}
	return rc;
}

static int view_next(void *priv, const struct trace_rec **rec, size_t *nr, struct err *err)
{
	struct view *v = priv;
	int rc;

	pthread_mutex_lock(&v->share->mutex);
	rc = view_advance(v, err);
	pthread_mutex_unlock(&v->share->mutex);
	if (rc > 0) {
		*rec = v->at->rec;
		*nr = v->at->nr;
	}
	return rc;
}

static void view_told(const void *priv, struct trace_runs_told *told)
{
	const struct view *v = priv;

	told->digest = v->digest;
	told->cut = v->cut;
	told->at = v->at ? v->at->at_pos : 0;
	told->of = v->at ? v->at->of_pos : 0;
}

static void view_close(void *priv)
{
	struct view *v = priv;
	struct trace_share *s = v->share;

	pthread_mutex_lock(&s->mutex);
	view_leave(v);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	free(v);
}

static const struct trace_runs view_runs = {
	.next = view_next,
	.told = view_told,
	.close = view_close,
};

/* ---- shares -------------------------------------------------------------- */

struct trace_share *trace_share_create(const char *path, struct trace_budget *budget,
				       struct err *err)
{
	struct trace_share *s;
	pthread_condattr_t attr;

	if (!strcmp(path, "-")) {
		err_set(err, ERR_USAGE, "-: want a file, which can be read more than once");
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s || !(s->path = strdup(path))) {
		err_set(err, ERR_NOMEM, "%s: out of memory", path);
		free(s);
		return NULL;
	}
	s->budget = budget;
	s->patience_ms = SHARE_PATIENCE_MS;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

static bool share_look(struct trace_share *s, struct err *err)
{
	bool ok;

	pthread_mutex_lock(&s->mutex);
	ok = s->name || decoding_begin(s, err);
	if (ok && !s->name) {
		err_set(err, ERR_NOMEM, "%s: out of memory", s->path);
		ok = false;
	}
	pthread_mutex_unlock(&s->mutex);
	return ok;
}

struct trace_reader *trace_share_open(struct trace_share *s, struct err *err)
{
	struct trace_reader *r;
	struct view *v;

	if (!share_look(s, err))
		return NULL;
	v = calloc(1, sizeof(*v));
	if (!v) {
		err_set(err, ERR_NOMEM, "%s: out of memory", s->path);
		return NULL;
	}
	v->share = s;
	r = trace_open_runs(s->name, &s->meta, &view_runs, v, err);
	if (!r)
		free(v);
	return r;
}

void trace_share_destroy(struct trace_share *s)
{
	if (!s)
		return;
	while (s->decodings)
		decoding_end(s->decodings);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
	free(s->name);
	free(s->path);
	free(s);
}

unsigned int trace_share_nr_decodings(struct trace_share *s)
{
	unsigned int nr;

	pthread_mutex_lock(&s->mutex);
	nr = s->nr_decodings;
	pthread_mutex_unlock(&s->mutex);
	return nr;
}

void trace_share_set_patience(struct trace_share *s, unsigned int ms)
{
	s->patience_ms = ms;
}
