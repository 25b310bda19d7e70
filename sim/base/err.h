/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How trouble travels upward: nothing below sim/cli prints or exits.
 *
 * A function that can fail takes a struct err last, returns 0 or one of
 * the codes below (negative), and fills the message: which file, which
 * record or line, what was wanted, what was there. No newline at its end.
 */
#ifndef ERR_H
#define ERR_H

#include <stdarg.h>

/* The exit status that each kind ends in is VS_EXIT_STATUS(code). */
enum err_code {
	ERR_USAGE = -2,		/* the caller asked for what cannot be */
	ERR_INPUT = -3,		/* unreadable, corrupt or truncated input */
	ERR_OUTPUT = -4,	/* output could not be written */
	ERR_INVARIANT = -5,	/* the model contradicts itself */
	ERR_NOMEM = -6,
};

struct err {
	enum err_code code;
	char msg[1024];
};

/* Fill @err (which may be NULL) and return @code, for "return err_set(…)". */
__attribute__((format(printf, 3, 4)))
int err_set(struct err *err, enum err_code code, const char *fmt, ...);

/* The same for a caller that has a va_list. */
__attribute__((format(printf, 3, 0)))
int err_vset(struct err *err, enum err_code code, const char *fmt, va_list ap);

/* Put "prefix: " before the message that is there; returns err->code. */
__attribute__((format(printf, 2, 3)))
int err_prefix(struct err *err, const char *fmt, ...);

/* 2, 3, 4 or 5; out of memory ends in 4 with the message it has. */
int err_exit_status(const struct err *err);

#endif
