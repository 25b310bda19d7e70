/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vgicsim claims writes: words, a document, a page with figures. */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <stdio.h>

#include "claim.h"

#define CLAIMS_SCHEMA "vgicsim-claims-1"

/* @v of a test's kind, as people read it: "12.3 %", "1.25 times", "1.23 us". */
const char *claims_value(char *buf, size_t len, enum claim_unit unit, double v);
/* "255 vCPUs"; "" where there is no x. */
const char *claims_at(char *buf, size_t len, const struct claim_test *t, unsigned int at);
/* "Share of … (kvm-legacy)", "p99 of entries, kvm-legacy over kvm-aplist". */
char *claims_measure(const struct claim_test *t);
/* How many cases have that verdict. */
unsigned int claims_count(const struct claim_test *t, enum claim_verdict v);
/* "supported in 4 of 6 cases, not in 1, not decided in 1" */
void claims_tally(FILE *f, const struct claim_test *t);
/* "ticket: supported; queued: depends", by host or by lock, of @nr tests; nothing if all have one. */
void claims_by(FILE *f, const struct claim_test *t, unsigned int nr, bool by_host);
/* "at least 20 %" */
const char *claims_limit(char *buf, size_t len, const struct claim_limit *l);
/* What a case gave: "99.9 % (99.8 % to 99.9 %) at 255 vCPUs, at least 20 % from 8 vCPUs on" */
void claims_case(FILE *f, const struct claim_test *t, const struct claim_case *c);
/* All of the test in a sentence, its cases included. */
void claims_sentence(FILE *f, const struct claim_test *t);

/* The summary for a terminal. */
void claims_text(FILE *f, const struct claims *c);

/* Sentences for a README or a mail, in Markdown. */
void claims_markdown(FILE *f, const struct claims *c);

/* The document, see vgicsim-claims(1). ERR_OUTPUT, ERR_NOMEM. */
int claims_json(FILE *f, const struct claims *c, const char *version, struct err *err);

/* DIR/index.html and DIR/figures; errors as report.h has them. */
int claims_page(const struct claims *c, const char *version, const char *dir, bool plots,
		struct err *err);

#endif
