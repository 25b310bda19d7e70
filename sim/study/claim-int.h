/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of claim.h share. */
#ifndef CLAIM_INT_H
#define CLAIM_INT_H

#include "claim.h"

#define CLAIM_MAX_SEEDS 64
#define CLAIM_MAX_TESTS 32

/* The cases of @t and its verdict, from its document. */
int claim_judge(struct claim_test *t, struct err *err);

#endif
