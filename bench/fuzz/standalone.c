// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A main() for harnesses, where libFuzzer does not bring its own.
 *
 *   fuzz-NAME [-mutate N] FILE|DIRECTORY...	each file, and N mutations of each seed-*
 *   fuzz-NAME				standard input
 *
 * Built by afl-clang-fast it runs in AFL++'s persistent mode, with inputs in
 * shared memory. The mutations are seeded by the input: always the same ones.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (1 << 20)

#ifdef __AFL_FUZZ_TESTCASE_LEN
__AFL_FUZZ_INIT();
#endif

static uint64_t nr_inputs, nr_runs;
static unsigned int nr_mutations;
static const char *now; /* what is run, for whoever reads the crash */

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* One change, at a place of its own; the new size. */
static size_t mutate(uint8_t *p, size_t n, uint64_t *state)
{
	static const uint32_t edges[] = {
		0,	    1,		33,	    63,	   65,	  0x7f,	      0x80,
		0xff,	    0x100,	65520,	    65521, 65535, 65536,      0x7fffffff,
		0x80000000, 0xffffffff, 1000000000, 1999,  2147,  2000000000,
	};
	size_t at = n ? next(state) % n : 0, len = n ? next(state) % (n - at) : 0;
	uint32_t v = edges[next(state) % (sizeof(edges) / sizeof(edges[0]))];

	if (!n)
		return 0;
	switch (next(state) % 6) {
	case 0:
		p[at] ^= (uint8_t)(1 << next(state) % 8);
		return n;
	case 1:
		p[at] = (uint8_t)next(state);
		return n;
	case 2:
		memcpy(p + at, &v, n - at < sizeof(v) ? n - at : sizeof(v));
		return n;
	case 3: /* cut out */
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	case 4: /* again, over what follows */
		memmove(p + at + len, p + at, n - at - len < len ? n - at - len : len);
		return n;
	default:
		return at; /* cut off */
	}
}

static bool is_seed(void)
{
	const char *slash = now ? strrchr(now, '/') : NULL;

	return slash && !strncmp(slash, "/seed-", 6);
}

static void run(const uint8_t *data, size_t size)
{
	unsigned int mutations = is_seed() ? nr_mutations : 0;
	uint64_t state = size;
	uint8_t *copy;

	nr_inputs++;
	nr_runs++;
	LLVMFuzzerTestOneInput(data, size);
	for (size_t i = 0; i < size; i++)
		state = state * 31 + data[i];
	for (unsigned int i = 0; i < mutations; i++) {
		size_t n = size;

		copy = malloc(size + 1);
		fuzz_check(copy, "out of memory");
		memcpy(copy, data, size);
		for (uint64_t k = next(&state) % 3 + 1; k; k--)
			n = mutate(copy, n, &state);
		nr_runs++;
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
	}
}

static void run_stream(FILE *f)
{
	uint8_t *buf = malloc(MAX_BYTES), *exact;
	size_t n;

	fuzz_check(buf, "out of memory");
	n = fread(buf, 1, MAX_BYTES, f);
	/* Of its own size, so that reading beyond it is seen. */
	exact = malloc(n ? n : 1);
	fuzz_check(exact, "out of memory");
	memcpy(exact, buf, n);
	free(buf);
	run(exact, n);
	free(exact);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int run_path(const char *path)
{
	struct dirent **list;
	struct stat st;
	int n, bad = 0;
	FILE *f = NULL;

	if (stat(path, &st) || (S_ISREG(st.st_mode) && !(f = fopen(path, "re")))) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	if (!S_ISDIR(st.st_mode)) {
		now = path;
		run_stream(f);
		fclose(f);
		return 0;
	}
	n = scandir(path, &list, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		char *sub;

		fuzz_check(asprintf(&sub, "%s/%s", path, list[i]->d_name) > 0, "out of memory");
		bad |= run_path(sub);
		free(sub);
		free(list[i]);
	}
	free(n < 0 ? NULL : list);
	return bad || n < 0;
}

static void on_exit_without_end(void)
{
	if (now)
		fprintf(stderr, "last input: %s\n", now);
}

int main(int argc, char **argv)
{
	int bad = 0, i = 1;

#ifdef __AFL_FUZZ_TESTCASE_LEN
	const uint8_t *data;

	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	if (argc < 2) {
		while (__AFL_LOOP(10000))
			LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
		return 0;
	}
#endif
	atexit(on_exit_without_end);
	if (argc > 2 && !strcmp(argv[1], "-mutate")) {
		nr_mutations = (unsigned int)atoi(argv[2]);
		i = 3;
	}
	if (i == argc)
		run_stream(stdin);
	for (; i < argc; i++)
		bad |= run_path(argv[i]);
	now = NULL;
	printf("%ju inputs, %ju runs\n", (uintmax_t)nr_inputs, (uintmax_t)nr_runs);
	return bad || !nr_inputs;
}
