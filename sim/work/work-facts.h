/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What designs charge beside what the kernels they model spent: instructions.tsv.
 *
 * A row of it is one function in one run of a kernel: minimum, median, 90th and 99th
 * percentile and maximum over its calls. Its calls were in several situations, and the
 * file does not say in which each was; a design is brought into situations one by one
 * (work.h). So each of these figures is put beside the situation, of that function with
 * that number of vCPUs and ids, that comes nearest. For most functions there is one
 * situation only; a row says of how many it was the nearest.
 */
#ifndef WORK_FACTS_H
#define WORK_FACTS_H

#include <stdbool.h>

#include "work.h"

enum work_quantile { WORK_MIN, WORK_MEDIAN, WORK_P90, WORK_P99, WORK_MAX, WORK_NR_QUANTILES };
extern const char *const work_quantile_names[WORK_NR_QUANTILES];

#define WORK_TARGET 10	/* per cent; the median may be off by that much */

enum work_class {
	WORK_COMPARED,	/* the median counts: built without the tracer */
	WORK_KEPT_BACK,	/* likewise, but of another file: nothing was made from it */
	WORK_GROWTH,	/* with the tracer: only what more ids add */
	WORK_TRACER,	/* with the tracer, and nothing else has that many vCPUs */
	WORK_LEFT_OUT,	/* see @why */
	WORK_NR_CLASSES,
};
extern const char *const work_class_names[WORK_NR_CLASSES];

struct work_figure {
	int64_t counted, charged;
	char situation[96];
};

struct work_line {
	enum work_class class;
	char kernel[24], config[24], phase[12], function[80];
	unsigned int nr_vcpus, nr_irqs, gic;
	unsigned int from_irqs;		/* WORK_GROWTH: from that number of ids */
	uint64_t calls;
	unsigned int nr_situations;
	/* of WORK_GROWTH and WORK_LEFT_OUT (without charged) the median alone */
	struct work_figure q[WORK_NR_QUANTILES];
	bool pass;			/* the median is within WORK_TARGET */
	const char *why;		/* WORK_LEFT_OUT; NULL: there is no reason, a defect */
};

struct work_table {
	struct work_line *line;		/* in the file's order, growth after the rest */
	uint64_t nr;
	uint64_t compared[WORK_NR_CLASSES], passed[WORK_NR_CLASSES];
	uint64_t alone[WORK_NR_CLASSES];	/* passed, and there was one situation only */
	uint64_t figures[WORK_NR_CLASSES], within[WORK_NR_CLASSES];	/* of all quantiles */
};

/*
 * Compare @design (NULL: each) with the counts in the file @path (NULL: the one that
 * comes with the program), which is @kept_back or not. *table is to be given to
 * work_table_fini() in every case. ERR_INPUT, ERR_NOMEM, ERR_INVARIANT.
 */
int work_compare(const char *design, const char *path, bool kept_back, struct work_table *table,
		 struct err *err);
void work_table_fini(struct work_table *table);

/* Hundredths of a per cent by which @f is off. */
int64_t work_off_bp(const struct work_figure *f);

/* Why @function of @kernel has no situation; NULL: not known. Constant. */
const char *work_left_out(const char *kernel, const char *function);

#endif
