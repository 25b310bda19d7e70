// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of designs, as far as they are read before they are run: what is not a design
 * for this program is refused in one line, and nothing is read beyond the file's end.
 */
#include "fuzz.h"

#include "plugin-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct plugin_file f = { 0 }, again = { 0 };
	struct err err = { 0 };

	if (plugin_file_check(path, &f, &err)) {
		fuzz_check_err(&err, path, ERR_USAGE, 0);
		return 0;
	}
	fuzz_check(!plugin_file_check(path, &again, &err) && f.digest == again.digest,
		   "another file the second time");
	return 0;
}
