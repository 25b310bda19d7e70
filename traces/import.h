/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turning what people have (trace-cmd, ftrace, perf) into a trace of ours.
 *
 * Nothing is made up: what a recording does not contain is left out, what had
 * to be inferred is counted and said in the summary, and a guess is a warning.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "err.h"
#include "record.h"

/* Everything zero or NULL: find it out from the recording. */
struct import_options {
	/* "dat", "report", "ftrace", "perf" or "vgt" (our own forms) */
	const char *format;
	/* "tid=vcpu,…": threads that are vCPUs, whatever their names say */
	const char *vcpu_map;
	/* "qemu-virt" or "kvmtool": where the GIC frames are */
	const char *machine;
	/* explicit frames; they win over the machine's of the same kind */
	struct trace_frame frame[TRACE_MAX_FRAMES];
	uint32_t nr_frames;
	uint32_t gic; /* 2 or 3 */
	uint32_t nr_vcpus;
	uint32_t nr_spis;
	/* debugfs vgic-state of the VM, saved when the recording began */
	const char *vgic_state;
	/* the whole %source text; default: what the recording itself tells */
	const char *source;
	/* called now and then in the second pass with 0..1000; may be NULL */
	void (*progress)(void *arg, unsigned int permille);
	void *progress_arg;
};

/* Sentences, in the order in which they were found. */
struct import_notes {
	char **text;
	size_t nr;
};

struct import_count {
	char *name;
	uint64_t n;
};

struct import_summary {
	const char *format; /* what the input turned out to be */
	struct trace_meta meta;
	struct import_count *events; /* events in, by name, sorted by name */
	size_t nr_events;
	uint64_t events_in;
	uint64_t records[REC_NR_KINDS]; /* records out, by kind */
	uint64_t records_out;
	uint64_t duration_ns;
	uint64_t lost_events; /* by the recorder's own count */
	bool cut;	      /* the input ended too soon; see import_trace() */
	struct import_notes inferred, skipped, lost, warnings;
};

void import_summary_init(struct import_summary *s);
void import_summary_free(struct import_summary *s);

/*
 * Import @in ("-": stdin; or a pipe) into @out, whose form follows its suffix as for
 * trace_create(). @opt may be NULL. @sum must be initialised and is filled as
 * far as the import came; the caller frees it. 0, or an error code with @err
 * naming the file and the line or record; then @out is untouched.
 *
 * The exception is an input that was cut short, or cannot be read on from some
 * place: what came before becomes @out, a whole trace whose last record is
 * "lost", unless nothing came before. sum->cut is set, and ERR_INPUT returned
 * all the same.
 *
 * Reads the input twice, in bounded memory. A compressed trace.dat, or a
 * recording from stdin or a pipe, is first spooled into an unnamed temporary file. A
 * trace.dat is decoded in a child process: the libraries that do it do not
 * survive every corrupt file.
 */
int import_trace(const char *in, const char *out, const struct import_options *opt,
		 struct import_summary *sum, struct err *err);

/*
 * "gicd=0x08000000,0x10000" appended to @opt's frames. 0, or ERR_USAGE.
 */
int import_parse_frame(struct import_options *opt, const char *s, struct err *err);

/* The summary for people; nothing is coloured, each line ends in a newline. */
void import_summary_print(const struct import_summary *s, FILE *f);

/* The same as a new JSON object that the caller owns; NULL: out of memory. */
json_t *import_summary_json(const struct import_summary *s);

#endif
