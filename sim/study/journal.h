/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a sweep: what is done, a line each as it comes, so that nothing is lost
 * when the sweep is interrupted anywhere.
 *
 *	{"sum":"0123456789abcdef","line":{...}}
 *
 * @sum is XXH3-64 over the bytes of the object. The first line says which sweep it is
 * of. A line that is cut short or damaged is not there; the run is made again.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct journal;

/*
 * Open @path, or create it with @head (one line of JSON) as its first line. An old one must
 * begin with the same head: else ERR_USAGE, and it is left as it is. Each sound line in it
 * goes to @line (without its end; it may not be kept), which returns 0 or an
 * error. What is damaged is then taken out of the file: *@damaged lines.
 * Nobody else may have it open: ERR_USAGE.
 */
struct journal *journal_open(const char *path, const char *head,
			     int (*line)(void *priv, const char *json, size_t n, struct err *err),
			     void *priv, unsigned int *damaged, struct err *err);

/*
 * Append one line, whole or (on ERR_OUTPUT) not at all. It survives us at once, and the
 * machine after some seconds.
 */
int journal_add(struct journal *j, const char *json, struct err *err);

/* Everything to the disk. */
int journal_sync(struct journal *j, struct err *err);

/* Close; with @remove it has served its purpose. NULL is fine. */
void journal_close(struct journal *j, bool remove);

#endif
