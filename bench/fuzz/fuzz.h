/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzing harnesses share. A harness is one file fuzz-NAME.c with
 * LLVMFuzzerTestOneInput(): libFuzzer links its own main(), everything else
 * (AFL++, a run over a fixed corpus) that of standalone.c.
 *
 * A harness states properties, and says so by fuzz_check() where one does not
 * hold; that nothing is overrun or lost is the sanitizers' business.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Say what is wrong, and end in a way that every engine takes for a crash. */
__attribute__((noreturn, format(printf, 1, 2))) void fuzz_fail(const char *fmt, ...);

#define fuzz_check(cond, ...)                                                                      \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fuzz_fail(__VA_ARGS__);                                                    \
	} while (0)

/*
 * A file in memory that holds @data; its path is valid until the next call
 * with the same @slot (0..3), which rewrites it.
 */
const char *fuzz_file(unsigned int slot, const void *data, size_t size);

/*
 * A path in a directory of this process's own, in memory where the system has
 * such; the directory goes at the end. Up to 8 may be in use at a time.
 */
const char *fuzz_path(const char *name);

/* A stream that takes everything and keeps nothing. */
FILE *fuzz_sink(void);

/* An error of one of the @codes (ended by 0), of one line, naming @name unless that is NULL. */
void fuzz_check_err(const struct err *err, const char *name, ...);

/* Do both say the same? Bytes that a header does not use may differ. */
bool fuzz_same_meta(const struct trace_meta *a, const struct trace_meta *b);

/* ---- traces (fuzz-trace.c) ---------------------------------------------- */

/*
 * Read @path as a trace. What reads to a clean end must survive being written
 * as text, as a pcap and as text again: the same digest, the same bytes. True
 * if it read so; else the error was a proper one.
 */
bool fuzz_trace(const char *path);

/* ---- imports (fuzz-import.c) -------------------------------------------- */

struct import_options;

/*
 * Import @in. Either there is an error of the input or of the options, and no
 * file; or a trace that reads to a clean end and has as many records as the
 * summary says, with a loss at its end if the input was cut short. True if it
 * was imported whole.
 */
bool fuzz_import(const char *in, const struct import_options *opt);

/*
 * Import it with options that depend on @size alone: so that a recording that
 * does not tell everything is tried with and without them.
 */
bool fuzz_import_variant(const char *in, size_t size);

#endif
