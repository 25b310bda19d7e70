// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host profiles. What loads must be usable: each of its values, given as an
 * option would give it, is taken again and makes the same profile.
 */
#include "fuzz.h"

#include <string.h>

#include "machine.h"

static void set_again(const struct host *host)
{
	struct host copy = *host;
	struct err err = { 0 };
	char text[128];

	for (int i = 0; i < HK_NR; i++) {
		const struct cost *c = &host->c[i];

		if (host_keys[i].kind == HKK_TIME)
			snprintf(text, sizeof(text), "%s=%jups", host_keys[i].key,
				 (uintmax_t)c->time.ps);
		else
			snprintf(text, sizeof(text), "%s=%ju", host_keys[i].key,
				 (uintmax_t)c->count);
		fuzz_check(!host_set(&copy, text, &err), "%s: %s", text, err.msg);
		fuzz_check(c->tag >= 0 && c->source[0], "%s: no source", host_keys[i].key);
	}
	fuzz_check(copy.digest == host->digest, "the same values have another digest");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct host host, again;
	struct err err = { 0 };

	if (host_load(&host, path, &err)) {
		fuzz_check_err(&err, path, ERR_USAGE, 0);
		return 0;
	}
	fuzz_check(host.summary[0], "no summary");
	set_again(&host);
	fuzz_check(!host_load(&again, path, &err) && !memcmp(&again, &host, sizeof(host)),
		   "loads into something else the second time");
	return 0;
}
