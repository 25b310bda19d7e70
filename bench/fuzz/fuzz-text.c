// SPDX-License-Identifier: GPL-2.0-or-later
/* The text form of a trace. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_trace(fuzz_file(0, data, size));
	return 0;
}
