// SPDX-License-Identifier: GPL-2.0-or-later
/* What an import found, made, inferred and left out, for people and as JSON. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "import-private.h"

void note(struct import_notes *n, const char *fmt, ...)
{
	char **text = realloc(n->text, (n->nr + 1) * sizeof(*text));
	va_list ap;
	char *s;

	if (!text)
		return;
	n->text = text;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0)
		n->text[n->nr++] = s;
	va_end(ap);
}

static void notes_free(struct import_notes *n)
{
	for (size_t i = 0; i < n->nr; i++)
		free(n->text[i]);
	free(n->text);
	*n = (struct import_notes){ 0 };
}

void import_summary_init(struct import_summary *s)
{
	*s = (struct import_summary){ 0 };
}

void import_summary_free(struct import_summary *s)
{
	for (size_t i = 0; i < s->nr_events; i++)
		free(s->events[i].name);
	free(s->events);
	notes_free(&s->inferred);
	notes_free(&s->skipped);
	notes_free(&s->lost);
	notes_free(&s->warnings);
	import_summary_init(s);
}

static void print_notes(FILE *f, const char *head, const struct import_notes *n)
{
	if (!n->nr)
		return;
	fprintf(f, "%s\n", head);
	for (size_t i = 0; i < n->nr; i++)
		fprintf(f, "  - %s\n", n->text[i]);
}

static void print_meta(FILE *f, const struct trace_meta *m)
{
	fprintf(f, "guest: GICv%u, %u vCPUs, %u SPIs, on a host of %u CPUs", m->gic, m->nr_vcpus,
		m->nr_spis, m->nr_pcpus);
	for (uint32_t i = 0; i < m->nr_frames; i++)
		fprintf(f, "%s %s 0x%08" PRIx64 "+0x%" PRIx64, i ? "," : "; frames",
			frame_kind_name(m->frame[i].kind), m->frame[i].gpa, m->frame[i].size);
	fprintf(f, "\n");
}

void import_summary_print(const struct import_summary *s, FILE *f)
{
	fprintf(f,
		"imported from %s: %" PRIu64 " events in, %" PRIu64 " records out, %" PRIu64
		".%09" PRIu64 " s\n",
		s->format ? s->format : "?", s->events_in, s->records_out,
		s->duration_ns / 1000000000, s->duration_ns % 1000000000);
	if (s->meta.gic)
		print_meta(f, &s->meta);
	if (s->nr_events)
		fprintf(f, "events in:\n");
	for (size_t i = 0; i < s->nr_events; i++)
		fprintf(f, "  %10" PRIu64 "  %s\n", s->events[i].n, s->events[i].name);
	fprintf(f, "records out:\n");
	for (unsigned int k = 1; k < REC_NR_KINDS; k++)
		if (s->records[k])
			fprintf(f, "  %10" PRIu64 "  %s\n", s->records[k], rec_kind_name(k));
	print_notes(f, "inferred:", &s->inferred);
	print_notes(f, "skipped:", &s->skipped);
	print_notes(f, "lost:", &s->lost);
	print_notes(f, "WARNINGS:", &s->warnings);
}

static json_t *notes_json(const struct import_notes *n)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < n->nr; i++)
		json_array_append_new(a, json_string(n->text[i]));
	return a;
}

static json_t *frames_json(const struct trace_meta *m)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < m->nr_frames; i++) {
		char gpa[24], size[24];

		snprintf(gpa, sizeof(gpa), "0x%" PRIx64, m->frame[i].gpa);
		snprintf(size, sizeof(size), "0x%" PRIx64, m->frame[i].size);
		json_array_append_new(a, json_pack("{s:s, s:s, s:s}", "kind",
						   frame_kind_name(m->frame[i].kind), "gpa", gpa,
						   "size", size));
	}
	return a;
}

json_t *import_summary_json(const struct import_summary *s)
{
	json_t *events = json_object(), *records = json_object(), *o;

	for (size_t i = 0; i < s->nr_events; i++)
		json_object_set_new(events, s->events[i].name,
				    json_integer((json_int_t)s->events[i].n));
	for (unsigned int k = 1; k < REC_NR_KINDS; k++)
		if (s->records[k])
			json_object_set_new(records, rec_kind_name(k),
					    json_integer((json_int_t)s->records[k]));
	o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:s}", "format",
		      s->format ? s->format : "", "events_in", (json_int_t)s->events_in,
		      "records_out", (json_int_t)s->records_out, "duration_ns",
		      (json_int_t)s->duration_ns, "lost_events", (json_int_t)s->lost_events, "gic",
		      (int)s->meta.gic, "vcpus", (int)s->meta.nr_vcpus, "pcpus",
		      (int)s->meta.nr_pcpus, "spis", (int)s->meta.nr_spis, "source",
		      s->meta.source);
	if (!o) {
		json_decref(events);
		json_decref(records);
		return NULL;
	}
	json_object_set_new(o, "frames", frames_json(&s->meta));
	json_object_set_new(o, "events", events);
	json_object_set_new(o, "records", records);
	json_object_set_new(o, "inferred", notes_json(&s->inferred));
	json_object_set_new(o, "skipped", notes_json(&s->skipped));
	json_object_set_new(o, "lost", notes_json(&s->lost));
	json_object_set_new(o, "warnings", notes_json(&s->warnings));
	return o;
}
