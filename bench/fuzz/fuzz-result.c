// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Result documents: reading one, and every view of it, the HTML report among
 * them (without its figures, which are gnuplot's work).
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "out.h"
#include "report.h"
#include "result.h"

static void views(json_t *doc, const char *path)
{
	const struct report_options opt = { .plots = false };
	const struct out_style style = { .color = true };
	const char *html = fuzz_path("out.html");
	json_t *const two[] = { doc, doc };
	const char *const paths[] = { path, path };
	struct err err = { 0 };

	for (const struct output *o = outputs; o->name; o++)
		if (o->render(fuzz_sink(), doc, &style, &err))
			fuzz_check_err(&err, NULL, ERR_INPUT, 0);
	unlink(html);
	if (report_html(two, paths, 1, html, &opt, &err)) {
		fuzz_check_err(&err, NULL, ERR_INPUT, 0);
		fuzz_check(access(html, F_OK), "an error, and a file all the same: %s", err.msg);
	}
	if (report_html(two, paths, 2, html, &opt, &err))
		fuzz_check_err(&err, NULL, ERR_INPUT, 0);
}

/* What reads must write and read back the same. */
static void round_trip(const json_t *doc)
{
	const char *path = fuzz_path("out.json");
	const struct out_style style = { 0 };
	struct err err = { 0 };
	FILE *f = fopen(path, "we");
	json_t *again;

	fuzz_check(f && !out_json(f, doc, &style, &err) && !fclose(f), "cannot be written: %s",
		   err.msg);
	again = result_load(path, &err);
	fuzz_check(again, "written, and cannot be read: %s", err.msg);
	fuzz_check(json_equal(doc, again), "another document when read back");
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct err err = { 0 };
	json_t *doc = result_load(path, &err);

	if (!doc) {
		fuzz_check_err(&err, path, ERR_INPUT, 0);
		return 0;
	}
	views(doc, path);
	round_trip(doc);
	json_decref(doc);
	return 0;
}
