// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sweep, merge and crossover read. The first byte says as what the rest is taken: 'd' a
 * document of a sweep, 'i' a file of axes, 'j' a journal, 'c' the text of a cell.
 * What is taken must survive being written and taken again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "sweep-doc.h"

/* ---- documents ----------------------------------------------------------- */

static char *written(const struct sweep_doc *d, size_t *n)
{
	char **line = calloc(d->nr + 1, sizeof(*line)), *text = NULL;
	FILE *f = open_memstream(&text, n);
	struct err err = { 0 };

	for (size_t i = 0; i < d->nr; i++)
		line[i] = d->cell[i].json;
	fuzz_check(!sweep_doc_write(f, d->head, d->shard, d->of, line, d->nr, &err), "%s", err.msg);
	fclose(f);
	free(line);
	return text;
}

static void document(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct sweep_doc d, again, whole;
	struct err err = { 0 };
	char *text, *text_again;
	size_t n, n_again;

	if (sweep_doc_load(&d, path, &err)) {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
		return;
	}
	text = written(&d, &n);
	path = fuzz_file(1, text, n);
	fuzz_check(!sweep_doc_load(&again, path, &err), "not taken again: %s", err.msg);
	text_again = written(&again, &n_again);
	fuzz_check(n == n_again && !memcmp(text, text_again, n), "other bytes the second time");
	if (!sweep_merge(&whole, &d, 1, &err))
		sweep_doc_fini(&whole);
	else
		fuzz_check_err(&err, NULL, ERR_INPUT, ERR_USAGE, 0);
	free(text);
	free(text_again);
	sweep_doc_fini(&again);
	sweep_doc_fini(&d);
}

/* ---- axes ---------------------------------------------------------------- */

static void axes(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct sweep_spec spec;
	struct err err = { 0 };

	sweep_spec_init(&spec);
	if (sweep_spec_load(&spec, path, &err))
		fuzz_check_err(&err, path, ERR_USAGE, 0);
	/* Each value is a list that is itself. */
	for (unsigned int i = 0; i < spec.nr_axes; i++) {
		const struct axis *a = &spec.axis[i];

		for (unsigned int k = 0; strcmp(a->name, "trace") && k < a->nr; k++) {
			struct axis one = { .name = strdup("one") };

			fuzz_check(!axis_add_list(&one, a->value[k], &err), "%s: %s", a->value[k],
				   err.msg);
			fuzz_check(one.nr == 1 && !strcmp(one.value[0], a->value[k]),
				   "%s becomes %s", a->value[k], one.value[0]);
			axis_fini(&one);
		}
	}
	sweep_spec_fini(&spec);
}

/* ---- journals ------------------------------------------------------------ */

struct lines {
	char text[1 << 16];
	size_t n;
};

static int take(void *priv, const char *json, size_t n, struct err *err)
{
	struct lines *l = priv;

	if (n < sizeof(l->text) - l->n) {
		memcpy(l->text + l->n, json, n);
		l->n += n;
	}
	return 0;
}

static struct journal *opened(const char *path, struct lines *l, unsigned int *damaged)
{
	struct err err = { 0 };
	struct journal *j;

	l->n = 0;
	j = journal_open(path, "{\"head\":1}", take, l, damaged, &err);
	if (!j)
		fuzz_check_err(&err, path, ERR_USAGE, 0);
	return j;
}

static void journal(const uint8_t *data, size_t size)
{
	static struct lines first, second;
	const char *path = fuzz_path("journal");
	FILE *f = fopen(path, "w");
	unsigned int damaged;
	struct err err = { 0 };
	struct journal *j;

	fuzz_check(f && fwrite(data, 1, size, f) == size && !fclose(f), "%s", path);
	j = opened(path, &first, &damaged);
	if (j) {
		fuzz_check(!journal_add(j, "{\"more\":2}", &err), "%s", err.msg);
		journal_close(j, false);
		take(&first, "{\"more\":2}", 10, NULL);
		j = opened(path, &second, &damaged);
		fuzz_check(j && !damaged, "damaged after it was mended");
		fuzz_check(first.n == second.n && !memcmp(first.text, second.text, first.n),
			   "other lines the second time");
		journal_close(j, true);
	}
	unlink(path);
}

/* ---- cells --------------------------------------------------------------- */

static void cell(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *said, *again;
	struct cell a, b;
	struct err err = { 0 };

	if (cell_parse(&a, text, &err)) {
		fuzz_check_err(&err, NULL, ERR_USAGE, 0);
	} else {
		said = cell_text(&a);
		fuzz_check(!cell_parse(&b, said, &err), "%s: %s", said, err.msg);
		again = cell_text(&b);
		fuzz_check(!strcmp(said, again), "%s becomes %s", said, again);
		free(said);
		free(again);
		cell_fini(&b);
	}
	cell_fini(&a);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0]) {
	case 'd':
		document(data + 1, size - 1);
		break;
	case 'i':
		axes(data + 1, size - 1);
		break;
	case 'j':
		journal(data + 1, size - 1);
		break;
	case 'c':
		cell(data + 1, size - 1);
	}
	return 0;
}
