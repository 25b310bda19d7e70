// SPDX-License-Identifier: GPL-2.0-or-later
/* Files in memory and failures, for all harnesses. */
#include "fuzz.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire.h"

#define NR_SLOTS 4
#define NR_PATHS 8

/*
 * Where AddressSanitizer is linked it asks for this. A corrupt size makes a
 * library ask for gigabytes: it gets what it would get of a machine that does
 * not have them, before the sanitizer has marked all of them.
 */
const char *__asan_default_options(void);

__attribute__((no_sanitize("address", "undefined"))) const char *__asan_default_options(void)
{
	return "max_allocation_size_mb=256:allocator_may_return_null=1";
}

void fuzz_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("property: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

const char *fuzz_file(unsigned int slot, const void *data, size_t size)
{
	static char path[NR_SLOTS][32];
	static int fd[NR_SLOTS];
	const char *p = data;

	if (!fd[slot]) {
		fd[slot] = memfd_create("input", MFD_CLOEXEC);
		fuzz_check(fd[slot] > 0, "memfd_create: %s", strerror(errno));
		snprintf(path[slot], sizeof(path[slot]), "/proc/self/fd/%d", fd[slot]);
	}
	fuzz_check(!ftruncate(fd[slot], 0), "ftruncate: %s", strerror(errno));
	for (size_t at = 0; at < size;) {
		ssize_t n = pwrite(fd[slot], p + at, size - at, (off_t)at);

		fuzz_check(n > 0, "write: %s", strerror(errno));
		at += (size_t)n;
	}
	return path[slot];
}

static char scratch[64];
static pid_t scratch_owner;

/* A child that a harness's subject forks leaves without coming here. */
static void remove_scratch(void)
{
	char cmd[96];

	if (getpid() != scratch_owner)
		return;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", scratch);
	if (system(cmd))
		fprintf(stderr, "%s: left behind\n", scratch);
}

const char *fuzz_path(const char *name)
{
	static char path[NR_PATHS][128];
	static unsigned int at;

	if (!scratch[0]) {
		strcpy(scratch, access("/dev/shm", W_OK) ? "/tmp/vgicsim-fuzz-XXXXXX"
							 : "/dev/shm/vgicsim-fuzz-XXXXXX");
		fuzz_check(mkdtemp(scratch), "%s: %s", scratch, strerror(errno));
		scratch_owner = getpid();
		atexit(remove_scratch);
	}
	at = (at + 1) % NR_PATHS;
	snprintf(path[at], sizeof(path[at]), "%s/%s", scratch, name);
	return path[at];
}

FILE *fuzz_sink(void)
{
	static FILE *f;

	if (!f)
		f = fopen("/dev/null", "we");
	fuzz_check(f, "/dev/null: %s", strerror(errno));
	return f;
}

void fuzz_check_err(const struct err *err, const char *name, ...)
{
	bool known = false;
	va_list ap;
	int code;

	va_start(ap, name);
	while ((code = va_arg(ap, int)))
		known |= err->code == (enum err_code)code;
	va_end(ap);
	fuzz_check(known, "error: code %d is not of this call: %s", (int)err->code, err->msg);
	fuzz_check(err->msg[0], "error: code %d says nothing", (int)err->code);
	fuzz_check(!strchr(err->msg, '\n'), "error: more than one line: %s", err->msg);
	fuzz_check(!name || strstr(err->msg, name), "error: does not name %s: %s", name, err->msg);
}

bool fuzz_same_meta(const struct trace_meta *a, const struct trace_meta *b)
{
	uint8_t x[WIRE_HEADER_MAX], y[WIRE_HEADER_MAX];
	size_t n = wire_header_put(a, x);

	return n == wire_header_put(b, y) && !memcmp(x, y, n);
}
