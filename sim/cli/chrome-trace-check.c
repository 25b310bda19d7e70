// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a file of Chrome trace events what a viewer expects? For the test of vgicsim explain
 * --timeline, of which it knows nothing: time does not go back on a track, slices of a track
 * ("X", or "B" with its "E") nest, what begins asynchronously ends, a flow that starts
 * finishes, each within a slice of its track. Prints how many of each there are.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Times are in picoseconds here: what was written has six digits after the point. */
struct slice {
	int64_t pid, tid, from, to;
};

struct async {
	json_int_t id;
	int64_t begun, at;
	bool flow, ended;
};

struct track {
	int64_t pid, tid, last;
};

struct seen {
	struct slice *slice;
	size_t nr_slices;
	struct async *async;
	size_t nr_async;
	struct track *track;
	size_t nr_tracks;
	size_t counters, names, instants;
};

static void wrong(size_t n, const char *what)
{
	fprintf(stderr, "event %zu: %s\n", n, what);
	exit(1);
}

static int64_t ps_of(const json_t *e, const char *key, size_t n)
{
	const json_t *v = json_object_get(e, key);

	if (!json_is_number(v) || json_number_value(v) < 0)
		wrong(n, key);
	return (int64_t)(json_number_value(v) * 1e6 + 0.5);
}

static struct track *track_of(struct seen *s, int64_t pid, int64_t tid)
{
	for (size_t i = 0; i < s->nr_tracks; i++)
		if (s->track[i].pid == pid && s->track[i].tid == tid)
			return &s->track[i];
	s->track[s->nr_tracks] = (struct track){ pid, tid, 0 };
	return &s->track[s->nr_tracks++];
}

/* Slices still open on the track at @from are those that must enclose it. */
static void add_slice(struct seen *s, const json_t *e, size_t n, int64_t pid, int64_t tid)
{
	struct track *t = track_of(s, pid, tid);
	int64_t from = ps_of(e, "ts", n), to = from + ps_of(e, "dur", n);

	if (from < t->last)
		wrong(n, "time goes back on its track");
	t->last = from;
	for (size_t i = 0; i < s->nr_slices; i++) {
		const struct slice *x = &s->slice[i];

		if (x->pid == pid && x->tid == tid && x->to > from && x->to < to)
			wrong(n, "does not nest in a slice before it");
	}
	s->slice[s->nr_slices++] = (struct slice){ pid, tid, from, to };
}

static struct async *async_of(struct seen *s, json_int_t id, bool flow)
{
	for (size_t i = s->nr_async; i-- > 0;)
		if (s->async[i].flow == flow && s->async[i].id == id)
			return &s->async[i];
	return NULL;
}

static void add_async(struct seen *s, const json_t *e, size_t n, char ph)
{
	json_int_t id = json_integer_value(json_object_get(e, "id"));
	bool flow = ph == 's' || ph == 'f', begins = ph == 'b' || ph == 's';
	int64_t at = ps_of(e, "ts", n);
	struct async *a;

	/* A viewer may take it through a double. */
	if (id < 1 || id >= (json_int_t)1 << 53 || !json_is_string(json_object_get(e, "cat")))
		wrong(n, "without id or cat");
	a = async_of(s, id, flow);
	if (begins) {
		if (a && !a->ended)
			wrong(n, "begins twice");
		a = &s->async[s->nr_async++];
		*a = (struct async){ .id = id, .flow = flow, .begun = at, .at = at };
		return;
	}
	if (!a || a->ended)
		wrong(n, "has not begun");
	if (at < a->at)
		wrong(n, "is before what it goes on");
	a->at = at;
	a->ended = ph != 'n';
}

static void within_slice(const struct seen *s, const json_t *e, size_t n, int64_t pid, int64_t tid)
{
	int64_t at = ps_of(e, "ts", n);

	for (size_t i = 0; i < s->nr_slices; i++)
		if (s->slice[i].pid == pid && s->slice[i].tid == tid && s->slice[i].from <= at &&
		    s->slice[i].to >= at)
			return;
	wrong(n, "an arrow from or to no slice");
}

static void event(struct seen *s, const json_t *e, size_t n)
{
	const char *ph = json_string_value(json_object_get(e, "ph"));
	const json_t *name = json_object_get(e, "name");
	int64_t pid = json_integer_value(json_object_get(e, "pid"));
	int64_t tid = json_integer_value(json_object_get(e, "tid"));

	if (!ph || strlen(ph) != 1 || !json_is_string(name) ||
	    !json_is_integer(json_object_get(e, "tid")) || pid < 1)
		wrong(n, "without ph, name, pid or tid");
	switch (*ph) {
	case 'X':
		add_slice(s, e, n, pid, tid);
		break;
	case 's':
	case 'f':
		within_slice(s, e, n, pid, tid);
		add_async(s, e, n, *ph);
		break;
	case 'b':
	case 'n':
	case 'e':
		add_async(s, e, n, *ph);
		s->instants += *ph == 'n';
		break;
	case 'C':
		if (!json_object_size(json_object_get(e, "args")))
			wrong(n, "a counter without a value");
		s->counters++;
		break;
	case 'M':
		s->names++;
		break;
	default:
		wrong(n, "of a kind that is not known here");
	}
}

int main(int argc, char **argv)
{
	json_error_t bad;
	json_t *doc = argc == 2 ? json_load_file(argv[1], 0, &bad) : NULL, *e;
	const json_t *list = json_object_get(doc, "traceEvents");
	size_t nr = json_array_size(list), i, flows = 0;
	struct seen s = { 0 };

	if (!json_is_array(list)) {
		fprintf(stderr, "no array of traceEvents\n");
		return 1;
	}
	s.slice = calloc(nr + 1, sizeof(*s.slice));
	s.async = calloc(nr + 1, sizeof(*s.async));
	s.track = calloc(nr + 1, sizeof(*s.track));
	if (!s.slice || !s.async || !s.track)
		return 1;
	json_array_foreach(list, i, e) event(&s, e, i);
	for (i = 0; i < s.nr_async; i++) {
		flows += s.async[i].flow;
		if (!s.async[i].ended) {
			fprintf(stderr, "%s %" JSON_INTEGER_FORMAT " begins and does not end\n",
				s.async[i].flow ? "flow" : "interrupt", s.async[i].id);
			return 1;
		}
	}
	printf("slices %zu tracks %zu interrupts %zu acknowledges %zu flows %zu counters %zu "
	       "names %zu\n",
	       s.nr_slices, s.nr_tracks, s.nr_async - flows, s.instants, flows, s.counters,
	       s.names);
	free(s.slice);
	free(s.async);
	free(s.track);
	json_decref(doc);
	return 0;
}
