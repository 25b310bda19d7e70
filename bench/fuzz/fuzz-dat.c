// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The importer of trace.dat, which is decoded by libtracecmd and
 * libtraceevent. They crash on some corrupt files, in the importer's child,
 * and that is no finding here: the rule is that import then says so. What our
 * own code does in the child is seen by running it a second time in this
 * process, on files that the libraries survive.
 */
#include "fuzz.h"

#include <pthread.h>

#include "import-event.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_ASAN 1
#endif
#endif

#ifdef FUZZ_ASAN
#include <sanitizer/common_interface_defs.h>

/* libFuzzer would take the death of the importer's child for its own. */
static void in_child(void)
{
	__sanitizer_set_death_callback(NULL);
}
#endif

struct seen {
	uint64_t nr, last_ns;
};

static int see(void *arg, const struct ev *ev, struct err *err)
{
	struct seen *s = arg;

	fuzz_check(ev->kind < EV_NR_KINDS, "event of kind %u", ev->kind);
	fuzz_check(ev->kind == EV_LOST || ev->ns >= s->last_ns, "events go back in time");
	s->last_ns = ev->ns;
	s->nr++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct imp_input in = { .path = path, .shown = path, .format = FMT_DAT };
	struct imp_info info = { 0 };
	struct ev_names names = { 0 };
	struct seen seen = { 0 };
	struct err err = { 0 };

#ifdef FUZZ_ASAN
	static bool prepared;

	if (!prepared)
		pthread_atfork(NULL, NULL, in_child);
	prepared = true;
#endif
	if (!fuzz_import_variant(path, size))
		return 0;
	fuzz_check(!imp_read_dat(&in, &names, &info, see, &seen, &err),
		   "imported, and cannot be read: %s", err.msg);
	ev_names_free(&names);
	return 0;
}
