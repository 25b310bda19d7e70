// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The copies of a recording as one trace, in order of time. Copy 0 is the
 * recording; each other is later by a phase of its own, drawn from the seed. The
 * recording is read once for its numbers and once for its records, which are kept
 * while the latest copy still needs them: memory is that of one phase of the
 * recording, however long it is.
 *
 * SGIs stay in their copy. Where the recording lacks the written value its targets
 * are inferred in the recording, by the replay's rules, before it is copied; one
 * whose targets lie in several clusters of 16 becomes as many trapped writes, as
 * the guest's kernel would make.
 */
#include "clone-int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "units.h"

#define CLONE_MAX_PHASE_NS UINT64_C(1000000000)

struct clone_copy {
	uint64_t delay_ns;
	uint64_t next; /* position of its next record */
};

/* What the look-ahead said of a record, kept for as long as a copy is to have it. */
struct clone_item {
	struct trace_rec rec;
	bool has_annot;
	struct annot annot;
};

struct clone {
	struct clone_map map;
	uint64_t seed, phase_ns;
	struct trace_reader *reader;
	struct infer *infer;
	/* the recording's records from "first" on, in a ring; states apart */
	struct clone_item *item;
	uint64_t first, end, room;
	bool ended;
	int end_rc;
	struct err end_err;
	struct trace_rec *state;
	uint32_t nr_states, state_room, next_state, state_copy;
	struct clone_copy *copy;
	uint32_t *heap, nr_heap;
	uint32_t lrs_left; /* of the record given last: from the same copy */
	/* the further writes of an SGI to several clusters */
	struct trace_rec sgi;
	uint64_t val[CLONE_MAX_SPLIT + 1];
	unsigned int nr_vals, next_val, val_step;
	uint64_t at_ns, of_bytes, at_bytes;
};

/* ---- the recording ------------------------------------------------------- */

static int clone_grow(struct clone *c)
{
	uint64_t room = c->room ? 2 * c->room : 1024;
	struct clone_item *item = malloc(room * sizeof(*item));

	if (!item)
		return -1;
	for (uint64_t p = c->first; p < c->end; p++)
		item[p & (room - 1)] = c->item[p & (c->room - 1)];
	free(c->item);
	c->item = item;
	c->room = room;
	return 0;
}

/* One more record into the ring; false at the end or on a defect. */
static bool clone_fetch(struct clone *c)
{
	const struct infer_item *it;
	struct clone_item *to;
	int rc;

	if (c->ended)
		return false;
	rc = infer_next(c->infer, &it, &c->end_err);
	if (rc > 0 && c->end - c->first == c->room && clone_grow(c))
		rc = err_set(&c->end_err, ERR_NOMEM, "out of memory for the copies");
	if (rc <= 0) {
		c->ended = true;
		c->end_rc = rc;
		return false;
	}
	to = &c->item[c->end++ & (c->room - 1)];
	to->rec = it->rec;
	to->has_annot = it->annot;
	if (it->annot)
		to->annot = *it->annot;
	return true;
}

static const struct clone_item *clone_item(struct clone *c, uint64_t pos)
{
	while (pos >= c->end)
		if (!clone_fetch(c))
			return NULL;
	return &c->item[pos & (c->room - 1)];
}

/* The state lines, which all copies have before anything else. */
static int clone_take_states(struct clone *c, struct err *err)
{
	const struct clone_item *it;

	while ((it = clone_item(c, c->first)) && it->rec.kind == REC_STATE) {
		if (c->nr_states == c->state_room) {
			uint32_t room = c->state_room ? 2 * c->state_room : 1024;
			void *p = realloc(c->state, room * sizeof(*c->state));

			if (!p)
				return err_set(err, ERR_NOMEM, "out of memory");
			c->state = p;
			c->state_room = room;
		}
		c->state[c->nr_states++] = it->rec;
		c->first++;
	}
	for (uint32_t k = 0; k < c->map.copies; k++)
		c->copy[k].next = c->first;
	return 0;
}

/* ---- whose turn it is ---------------------------------------------------- */

static uint64_t clone_due(struct clone *c, uint32_t k)
{
	const struct clone_item *it = clone_item(c, c->copy[k].next);

	return it ? it->rec.time_ns + c->copy[k].delay_ns : UINT64_MAX;
}

static bool clone_before(struct clone *c, uint32_t a, uint32_t b)
{
	uint64_t ta = clone_due(c, a), tb = clone_due(c, b);

	return ta < tb || (ta == tb && a < b);
}

static void clone_sift(struct clone *c, uint32_t place)
{
	uint32_t k = c->heap[place], child;

	while ((child = 2 * place + 1) < c->nr_heap) {
		if (child + 1 < c->nr_heap && clone_before(c, c->heap[child + 1], c->heap[child]))
			child++;
		if (!clone_before(c, c->heap[child], k))
			break;
		c->heap[place] = c->heap[child];
		place = child;
	}
	c->heap[place] = k;
}

/* What the latest copy has had, nobody needs: it is the one with the longest delay. */
static void clone_forget(struct clone *c)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t k = 0; k < c->map.copies; k++)
		if (c->copy[k].next < least)
			least = c->copy[k].next;
	c->first = least;
}

/* ---- records ------------------------------------------------------------- */

/* Between two writes of one SGI the guest is entered and exits again, in no time. */
static bool clone_more_sgi(struct clone *c, struct trace_rec *rec)
{
	if (c->next_val == c->nr_vals)
		return false;
	*rec = c->sgi;
	if (c->val_step < 2) {
		memset(&rec->d, 0, sizeof(rec->d));
		rec->kind = c->val_step ? REC_EXIT : REC_ENTRY;
		rec->flags = c->val_step ? REC_HAS_EC : 0;
		if (c->val_step) {
			rec->d.exit.reason = EXIT_TRAP;
			rec->d.exit.ec = 0x18;
		}
		c->val_step++;
		return true;
	}
	c->val_step = 0;
	rec->d.sysreg.val = c->val[c->next_val++];
	return true;
}

static void clone_split_sgi(struct clone *c, uint32_t k, const struct clone_item *it,
			    struct trace_rec *rec)
{
	c->nr_vals = clone_map_sgi(&c->map, k, rec, it->has_annot ? &it->annot : NULL, c->val);
	rec->flags |= REC_HAS_VAL;
	rec->d.sysreg.val = c->val[0];
	c->sgi = *rec;
	c->next_val = 1;
	c->val_step = 0;
}

static bool clone_next_state(struct clone *c, struct trace_rec *rec)
{
	while (c->state_copy < c->map.copies) {
		if (c->next_state == c->nr_states) {
			c->next_state = 0;
			c->state_copy++;
			continue;
		}
		*rec = c->state[c->next_state++];
		if (clone_map_rec(&c->map, c->state_copy, rec))
			return true;
	}
	return false;
}

/* The next record of copy @k, which has one. */
static void clone_take(struct clone *c, uint32_t k, struct trace_rec *rec)
{
	struct clone_item it = *clone_item(c, c->copy[k].next);

	*rec = it.rec;
	rec->time_ns += c->copy[k].delay_ns;
	c->at_ns = rec->time_ns;
	clone_map_rec(&c->map, k, rec);
	if (clone_is_sgi(&it.rec) && c->map.copies > 1)
		clone_split_sgi(c, k, &it, rec);
	if (rec->kind == REC_LRS)
		c->lrs_left = rec->d.lrs.nr > REC_LRS_FIRST ? rec->d.lrs.nr - REC_LRS_FIRST : 0;
	else if (rec->kind == REC_LRS_MORE)
		c->lrs_left -= rec->d.lrs_more.nr < c->lrs_left ? rec->d.lrs_more.nr : c->lrs_left;
	c->copy[k].next++;
	if (!(c->copy[k].next & 0xff))
		clone_forget(c);
}

static int clone_next(void *making, struct trace_rec *rec, struct err *err)
{
	struct clone *c = making;
	uint32_t k = c->heap[0];

	if (clone_more_sgi(c, rec) || clone_next_state(c, rec))
		return 1;
	if (!clone_item(c, c->copy[k].next)) {
		if (c->end_rc < 0)
			*err = c->end_err;
		return c->end_rc;
	}
	clone_take(c, k, rec);
	/* The parts of one record stay together, at its time. */
	if (!c->lrs_left)
		clone_sift(c, 0);
	return 1;
}

/* ---- opening ------------------------------------------------------------- */

static int clone_learn(struct clone *c, const char *path, struct err *err)
{
	const struct trace_rec *rec;
	struct trace_reader *r;
	int rc;

	if (!strcmp(path, "-"))
		return err_set(err, ERR_USAGE, "-: want a file, which can be read twice");
	r = trace_open(path, err);
	if (!r)
		return err->code;
	c->map.in = *trace_meta(r);
	for (uint32_t i = 0; i < c->map.in.nr_frames; i++)
		if (c->map.in.frame[i].kind == FRAME_GICR)
			c->map.gicr_size = c->map.in.frame[i].size;
	while ((rc = trace_next(r, &rec, err)) > 0)
		clone_map_see(&c->map, rec);
	trace_close(r);
	/* A defect is met again, after what is before it. */
	return rc < 0 && err->code != ERR_INPUT ? rc : clone_map_finish(&c->map, err);
}

static void clone_meta(const struct clone *c, struct trace_meta *meta)
{
	uint32_t n = c->map.copies, spis = c->map.spis * n + (c->map.shares ? 32 : 0);
	size_t len = strlen(c->map.in.source);
	int used;

	*meta = c->map.in;
	meta->nr_vcpus *= n;
	meta->nr_pcpus *= n;
	if (n > 1 && spis > meta->nr_spis)
		meta->nr_spis = spis;
	for (uint32_t i = 0; n > 1 && i < meta->nr_frames; i++)
		if (meta->frame[i].kind == FRAME_GICR)
			meta->frame[i].gpa = CLONE_GICR_GPA;
	used = snprintf(meta->source, sizeof(meta->source),
			"copies=%u of-vcpus=%u copies-seed=%" PRIu64 " copies-phase=%" PRIu64 "ns",
			n, c->map.in.nr_vcpus, c->seed, c->phase_ns);
	/* Whole, or not at all: a cut one might leave a quote open. */
	if (len && (size_t)used + 1 + len < sizeof(meta->source)) {
		meta->source[used] = ' ';
		memcpy(meta->source + used + 1, c->map.in.source, len + 1);
	}
}

static int clone_begin(struct clone *c, const char *path, struct err *err)
{
	uint32_t n = c->map.copies;
	int rc = clone_learn(c, path, err);

	if (rc)
		return rc;
	c->reader = trace_open(path, err);
	if (!c->reader)
		return err->code;
	c->infer = infer_create(c->reader, c->map.in.nr_vcpus);
	c->copy = calloc(n, sizeof(*c->copy));
	c->heap = calloc(n, sizeof(*c->heap));
	if (!c->infer || !c->copy || !c->heap)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (uint32_t k = 0; k < n; k++) {
		struct rng r = rng_named(c->seed, "clone.phase", k);

		c->heap[k] = k;
		c->copy[k].delay_ns = k ? rng_below(&r, c->phase_ns) : 0;
	}
	c->nr_heap = n;
	rc = clone_take_states(c, err);
	for (uint32_t place = n; !rc && place--;)
		clone_sift(c, place);
	return rc;
}

static void clone_close(void *making)
{
	struct clone *c = making;

	infer_destroy(c->infer);
	trace_close(c->reader);
	free(c->item);
	free(c->state);
	free(c->copy);
	free(c->heap);
	free(c);
}

/* "16,seed=1,phase=4ms" */
static int clone_words(struct clone *c, char *words, struct err *err)
{
	char *word = strsep(&words, ",");
	struct vtime t;

	c->seed = 1;
	c->phase_ns = CLONE_PHASE_NS;
	if (!units_parse_u32(word, TRACE_MAX_VCPUS, &c->map.copies) || !c->map.copies)
		return err_set(err, ERR_USAGE, "want 1 to %u copies, have \"%s\"", TRACE_MAX_VCPUS,
			       word);
	while ((word = strsep(&words, ","))) {
		if (!strncmp(word, "seed=", 5) && units_parse_u64(word + 5, &c->seed))
			continue;
		if (!strncmp(word, "phase=", 6) && units_parse_time(word + 6, &t) &&
		    !(t.ps % 1000) && vt_to_ns(t) <= CLONE_MAX_PHASE_NS) {
			c->phase_ns = vt_to_ns(t);
			continue;
		}
		return err_set(err, ERR_USAGE, "want seed=N or phase=TIME (up to 1s), have \"%s\"",
			       word);
	}
	return 0;
}

static void *clone_open(const char *spec, struct trace_meta *meta, struct err *err)
{
	const char *colon = strchr(spec, ':');
	char *words = colon ? strndup(spec, (size_t)(colon - spec)) : NULL;
	struct clone *c = calloc(1, sizeof(*c));
	int rc;

	if (!c || (colon && !words))
		rc = err_set(err, ERR_NOMEM, "out of memory");
	else if (!colon)
		rc = err_set(err, ERR_USAGE, "want N:TRACE, have \"%s\"", spec);
	else
		rc = clone_words(c, words, err);
	if (!rc)
		rc = clone_begin(c, colon + 1, err);
	free(words);
	if (!rc) {
		clone_meta(c, meta);
		return c;
	}
	err_prefix(err, "clone:%s", spec);
	if (c)
		clone_close(c);
	return NULL;
}

static void clone_position(const void *making, uint64_t *at, uint64_t *of)
{
	const struct clone *c = making;

	trace_position(c->reader, at, of);
}

const struct trace_maker clone_maker = {
	.prefix = "clone:",
	.open = clone_open,
	.next = clone_next,
	.position = clone_position,
	.close = clone_close,
};

char *clone_spec(uint32_t copies, uint64_t seed, uint64_t phase_ns, const char *path)
{
	char *s;

	return asprintf(&s, "clone:%u,seed=%" PRIu64 ",phase=%" PRIu64 "ns:%s", copies, seed,
			phase_ns, path) < 0
		       ? NULL
		       : s;
}
