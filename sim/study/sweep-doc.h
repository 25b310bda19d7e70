/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The document of a sweep, vgicsim-sweep-1: what was asked, and the row of each cell in
 * the order of the cells. Layout and members: vgicsim-sweep(5). A shard of a
 * sweep is a document that says so; merged they are the bytes of the whole.
 */
#ifndef SWEEP_DOC_H
#define SWEEP_DOC_H

#include <stdio.h>

#include "sweep.h"

#define SWEEP_SCHEMA "vgicsim-sweep-1"

struct sweep_doc_cell {
	size_t n;		/* its place among all cells of the sweep */
	unsigned int *at;	/* which value of each axis */
	char *text;		/* cell.h */
	char *json;		/* all of it, as it stands in the document: one line */
	struct row row;
};

struct sweep_doc {
	json_t *head;		/* all members but "cells" and "shard" */
	char *path;		/* for messages */
	unsigned int shard, of;	/* 1 of 1: the whole */
	size_t total;		/* cells of the whole, those left out included */
	size_t nr_left_out;
	char *question, *metric;	/* or NULL */
	struct axis *axis;
	unsigned int nr_axes;
	struct sweep_doc_cell *cell;	/* by n */
	size_t nr;
};

/* What the document of @s begins with; NULL without memory. */
json_t *sweep_head(const struct sweep *s, const char *version);

/* One cell of it with its row, as one line; to be freed, NULL without memory. */
char *sweep_cell_json(const struct sweep *s, size_t i, const struct row *row);
/* The cell that such a line is of, or -1 if it is none of @s. */
long sweep_cell_of_json(const struct sweep *s, const json_t *line);

/* @line[0 … @nr - 1] in order, those that are NULL left out. ERR_OUTPUT. */
int sweep_doc_write(FILE *f, const json_t *head, unsigned int shard, unsigned int of,
		    char *const *line, size_t nr, struct err *err);

/* Make one of what would be written. The head is shared, @path copied. */
int sweep_doc_make(struct sweep_doc *d, const char *path, json_t *head, unsigned int shard,
		   unsigned int of, char *const *line, size_t nr, struct err *err);

/* Read one. ERR_INPUT names file and member. To be finished after success only. */
int sweep_doc_load(struct sweep_doc *d, const char *path, struct err *err);
/* The same of one that is parsed: @root loses its cells, and stays the caller's. */
int sweep_doc_of(struct sweep_doc *d, const char *path, json_t *root, struct err *err);
void sweep_doc_fini(struct sweep_doc *d);

/*
 * All shards of one sweep as the whole. ERR_USAGE: of different sweeps or versions, one that is
 * missing or there twice; ERR_INPUT: their traces differ, or cells are missing.
 */
int sweep_merge(struct sweep_doc *whole, const struct sweep_doc *shard, unsigned int nr,
		struct err *err);

/* Where the values @at of all axes come in the product, the last axis fastest: a cell's n. */
size_t sweep_doc_place(const struct sweep_doc *d, const unsigned int *at);
/* The cell there; NULL: it was left out, or is another shard's. */
const struct sweep_doc_cell *sweep_doc_at(const struct sweep_doc *d, const unsigned int *at);
/* Its number, or -1. */
int sweep_doc_axis(const struct sweep_doc *d, const char *name);

/* The value of the axis @name in cell @c; NULL: there is no such axis. */
const char *sweep_doc_value(const struct sweep_doc *d, const struct sweep_doc_cell *c,
			    const char *name);

#endif
