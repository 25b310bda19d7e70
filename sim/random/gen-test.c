// SPDX-License-Identifier: GPL-2.0-or-later
/* What the generator makes: the same for a seed everywhere, sound, and of all there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <xxhash.h>

#include "random.h"

static struct random_case make(uint64_t seed)
{
	struct random_case c;
	struct err err;

	if (random_case_make(&c, seed, &err))
		fail_msg("%s", err.msg);
	return c;
}

/* By any compiler, on any machine. A change of the generator changes this number. */
static void test_same_bytes(void **state)
{
	XXH3_state_t *hash = XXH3_createState();

	assert_non_null(hash);
	XXH3_64bits_reset(hash);
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct random_case c = make(seed);

		char *text = random_case_text(&c, "kvm-aplist", seed, "");

		assert_non_null(text);
		XXH3_64bits_update(hash, text, strlen(text));
		free(text);
		random_case_fini(&c);
	}
	assert_int_equal(XXH3_64bits_digest(hash), UINT64_C(0x2c01863d21f1cfbd));
	XXH3_freeState(hash);
}

/* Every kind of event, width, register bank, list register count, vCPU count comes. */
static void test_all_there_is(void **state)
{
	bool kind[REC_NR_KINDS] = { false }, len[9] = { false }, lrs[17] = { false };
	bool vcpus[9] = { false }, bank[2][16] = { { false } }, simultaneous = false;
	unsigned int gic[4] = { 0 };

	for (uint64_t seed = 1; seed <= 2000; seed++) {
		struct random_case c = make(seed);

		gic[c.meta.gic]++;
		vcpus[c.meta.nr_vcpus] = true;
		lrs[c.setup.nr_lrs] = true;
		for (size_t i = 0; i < c.nr; i++) {
			const struct trace_rec *rec = &c.rec[i];

			kind[rec->kind] = true;
			simultaneous |= i && rec->time_ns && rec->time_ns == rec[-1].time_ns;
			if (rec->kind != REC_MMIO)
				continue;
			len[rec->d.mmio.len] = true;
			if (rec->d.mmio.write && rec->d.mmio.gpa - 0x08000000 < 0x1000)
				bank[c.meta.gic - 2][(rec->d.mmio.gpa - 0x08000000) / 0x100] = true;
		}
		random_case_fini(&c);
	}
	for (unsigned int k = REC_ENTRY; k < REC_NR_KINDS; k++)
		if (!kind[k] && k != REC_ITS && k != REC_LRS_MORE)
			fail_msg("no %s in 2000 traces", rec_kind_name(k));
	for (unsigned int n = 1; n <= 8; n++)
		assert_true(vcpus[n]);
	for (unsigned int n = 1; n <= 16; n++)
		assert_true(lrs[n]);
	assert_true(len[1] && len[2] && len[4] && len[8]);
	for (unsigned int n = 0; n < 13; n++) {
		if (!bank[0][n])
			fail_msg("GICv2: no write to 0x%x00", n);
		/* ITARGETSR is of a GICv2. */
		if (!bank[1][n] && (n < 8 || n == 12))
			fail_msg("GICv3: no write to 0x%x00", n);
	}
	assert_true(bank[0][15]);
	assert_true(gic[2] > 700 && gic[3] > 700);
	assert_true(simultaneous);
}

/* The reader has nothing to say about any of them. */
static void test_sound(void **state)
{
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct random_case c = make(seed);
		const struct trace_rec *rec;
		struct trace_reader *r;
		struct err err;
		int rc;

		r = trace_open_memory("trace", &c.meta, c.rec, c.nr, &err);
		if (!r)
			fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
		while ((rc = trace_next(r, &rec, &err)) > 0)
			;
		if (rc)
			fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
		trace_close(r);
		random_case_fini(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_all_there_is),
		cmocka_unit_test(test_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
