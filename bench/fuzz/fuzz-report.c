// SPDX-License-Identifier: GPL-2.0-or-later
/* The importer of text: trace-cmd report, ftrace's trace file, perf script. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import_variant(fuzz_file(0, data, size), size);
	return 0;
}
