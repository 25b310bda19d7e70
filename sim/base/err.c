/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "err.h"

#include <stdio.h>
#include <string.h>

int err_vset(struct err *err, enum err_code code, const char *fmt, va_list ap)
{
	if (err) {
		err->code = code;
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	}
	return code;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	va_list ap;
	int n;

	if (!err)
		return ERR_INPUT;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	/* A message that is too long loses its end, not its beginning. */
	if (n >= 0 && (size_t)n + 2 < sizeof(err->msg)) {
		size_t len = strnlen(old, sizeof(err->msg) - (size_t)n - 3);

		memcpy(err->msg + n, ": ", 2);
		memcpy(err->msg + n + 2, old, len);
		err->msg[(size_t)n + 2 + len] = '\0';
	}
	return err->code;
}

int err_exit_status(const struct err *err)
{
	switch (err->code) {
	case ERR_USAGE:
		return 2;
	case ERR_INPUT:
		return 3;
	case ERR_OUTPUT:
	case ERR_NOMEM:
		return 4;
	case ERR_INVARIANT:
		return 5;
	}
	return 5;
}
