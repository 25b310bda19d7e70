/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading ahead: a thread of its own takes records from the look-ahead (infer.h),
 * which it alone uses from then on, and hands them over by the batch. Order and
 * content are the look-ahead's, so no result depends on it.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "infer.h"

struct ahead;

/* NULL: out of memory, or no thread is to be had; @f is then untouched. */
struct ahead *ahead_start(struct infer *f);
/* Ends the thread, wherever it is; @f and its reader are the caller's again. NULL is fine. */
void ahead_stop(struct ahead *a);

/* As infer_next(). */
int ahead_next(struct ahead *a, const struct infer_item **item, struct err *err);

#endif
