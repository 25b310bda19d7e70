/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bench/budgets.sh counts the instructions of. The program makes no count
 * itself: it tells callgrind where a piece begins and ends.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include "err.h"
#include "machine.h"

/* From here on instructions are those of the next piece. */
void budget_begin(void);
/*
 * That was @n of @per. A piece that comes twice, with two numbers, is measured by the
 * difference, so that what its beginning and end take cancels. @what has no tabs.
 */
void budget_end(const char *what, const char *per, uint64_t n);

/* The verbs of the machine in small loops. 0, or the error. */
int budget_verbs(const struct host *v2, const struct host *v3, struct err *err);

#endif
