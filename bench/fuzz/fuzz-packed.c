// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trace of either form in a compressed file: .gz, .bz2, .xz. What is damaged
 * is mostly the compression, so most inputs test what wandio makes of it.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_trace(fuzz_file(0, data, size));
	return 0;
}
