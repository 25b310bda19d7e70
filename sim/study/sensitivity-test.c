// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two toy designs whose difference is known: kvm-aplist with ten barriers more at
 * each flush, and kvm-aplist with four hundred instructions more.
 */
#include "test-util.h"

#include "sensitivity.h"
#include "test-host.h"

static void flush_barriers(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	vgic_kvm_aplist.flush(vgic, cpu, vcpu);
	for (unsigned int i = 0; i < 10; i++)
		plat_barrier(cpu);
}

static void flush_code(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	vgic_kvm_aplist.flush(vgic, cpu, vcpu);
	plat_work(cpu, PLAT_CODE, 400);
}

static struct vgic_design barriers, code;
static struct host host;
static struct study_trace trace;

static int setup(void **state)
{
	struct err err;

	barriers = code = vgic_kvm_aplist;
	barriers.flush = flush_barriers;
	code.flush = flush_code;
	host = test_host(3);
	/* Few costs are enough, and each is a dozen runs. */
	for (enum host_key k = 0; k < HK_NR; k++)
		if (host_keys[k].kind == HKK_TIME && k != HK_L1 && k != HK_C2C_NEAR &&
		    k != HK_GICH_R && k != HK_DRAM && k != HK_SGI_PHYS)
			host.c[k].time = VT_ZERO;
	host.c[HK_INSN_PS].time = VT_NS(1); /* 400 ns more */
	host.c[HK_ISB].time = VT_NS(10);    /* 100 ns more */
	return tu_setup(state) ||
	       study_trace_load(&trace, SOURCE_DIR "/workloads/micro/ipi-v3.vgt", 0, &err);
}

static int teardown(void **state)
{
	study_trace_fini(&trace);
	return tu_teardown(state);
}

static void run(struct sensitivity *s, const struct vgic_design *a, const struct vgic_design *b,
		const char *metric, unsigned int jobs)
{
	struct sensitivity_options o = { .metric = metric, .jobs = jobs };
	struct err err;

	replay_options_init(&o.replay);
	o.replay.host = &host;
	o.design[0] = a;
	o.design[1] = b;
	if (sensitivity_run(&trace, &o, s, &err))
		fail_msg("%s", err.msg);
}

static const struct sensitivity_key *find(const struct sensitivity *s, enum host_key key)
{
	for (unsigned int i = 0; i < s->nr_keys; i++)
		if (s->key[i].key == key)
			return &s->key[i];
	return NULL;
}

static void near_to(uint64_t have, uint64_t want)
{
	/* Found to one part in 256, from the side where it is flipped. */
	if (have + have / 200 < want || want + want / 200 < have)
		fail_msg("want about %llu ps, have %llu", (unsigned long long)want,
			 (unsigned long long)have);
}

static void test_flip_by_hand(void **state)
{
	struct sensitivity *s = calloc(1, sizeof(*s));
	const struct sensitivity_key *k;

	assert_non_null(s);
	run(s, &barriers, &code, "entry_mean", 1);
	assert_int_equal(sensitivity_diff(&s->base), 300000);
	/* 10 isb = 400 insn: isb at 40 ns, or an instruction at 250 ps. */
	k = find(s, HK_ISB);
	assert_true(k->used);
	assert_int_equal(sensitivity_diff(&k->twice), 200000);
	assert_int_equal(sensitivity_diff(&k->half), 350000);
	assert_int_equal(k->flip_ps[FLIP_DOWN], 0);
	near_to(k->flip_ps[FLIP_UP], 40000);
	k = find(s, HK_INSN_PS);
	assert_int_equal(sensitivity_diff(&k->twice), 700000);
	near_to(k->flip_ps[FLIP_DOWN], 250);
	assert_int_equal(k->flip_ps[FLIP_UP], 0);
	/* Everything else moves both alike, or nothing. */
	for (unsigned int i = 0; i < s->nr_keys; i++) {
		if (s->key[i].key == HK_ISB || s->key[i].key == HK_INSN_PS)
			continue;
		assert_int_equal(s->key[i].flip_ps[FLIP_DOWN], 0);
		assert_int_equal(s->key[i].flip_ps[FLIP_UP], 0);
	}
	assert_int_equal(s->key[0].key, HK_INSN_PS); /* the widest first */
	assert_false(find(s, HK_GICH_R)->used);	     /* of a GICv2 */
	assert_null(find(s, HK_WFI_BLOCK));	     /* zero cannot be multiplied */
	free(s);
}

/* The other way round the sign is the other one, and the factors are the same. */
static void test_swapped(void **state)
{
	struct sensitivity *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	run(s, &code, &barriers, "entry_mean", 1);
	assert_int_equal(sensitivity_diff(&s->base), -300000);
	near_to(find(s, HK_ISB)->flip_ps[FLIP_UP], 40000);
	near_to(find(s, HK_INSN_PS)->flip_ps[FLIP_DOWN], 250);
	free(s);
}

static void test_jobs(void **state)
{
	struct sensitivity *one = calloc(1, sizeof(*one)), *three = calloc(1, sizeof(*three));

	assert_true(one && three);
	run(one, &barriers, &code, "delivery_p50", 1);
	run(three, &barriers, &code, "delivery_p50", 3);
	assert_memory_equal(one, three, sizeof(*one));
	free(one);
	free(three);
}

static void test_tie(void **state)
{
	struct sensitivity *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	run(s, &barriers, &barriers, "finish", 1);
	assert_int_equal(sensitivity_diff(&s->base), 0);
	for (unsigned int i = 0; i < s->nr_keys; i++)
		assert_true(!s->key[i].flip_ps[0] && !s->key[i].flip_ps[1]);
	free(s);
}

static void test_metrics(void **state)
{
	struct sensitivity_options o = { .metric = "mmio_p99", .design = { &barriers, &code } };
	struct sensitivity *s = calloc(1, sizeof(*s));
	struct err err;

	assert_true(s && sensitivity_metric_ok("entry_p99"));
	assert_true(sensitivity_metric_ok("delivery_max"));
	assert_true(sensitivity_metric_ok("lock_wait"));
	assert_false(sensitivity_metric_ok("entry"));
	assert_false(sensitivity_metric_ok("entry_p98"));
	assert_false(sensitivity_metric_ok("lunch_mean"));
	/* There is no access in this trace. */
	replay_options_init(&o.replay);
	o.replay.host = &host;
	assert_int_equal(sensitivity_run(&trace, &o, s, &err), ERR_USAGE);
	assert_non_null(strstr(err.msg, "has no mmio latency"));
	free(s);
}

static void test_limit(void **state)
{
	struct study_trace t;
	struct err err;

	assert_int_equal(study_trace_load(&t, SOURCE_DIR "/workloads/micro/ipi-v3.vgt", 20, &err),
			 0);
	assert_int_equal(t.nr, 20);
	assert_true(t.cut);
	assert_string_equal(t.name, "ipi-v3.vgt");
	study_trace_fini(&t);
	assert_int_equal(study_trace_load(&t, "/nowhere/x.vgt", 0, &err), ERR_INPUT);
}

static void test_scale(void **state)
{
	struct host h = host;

	study_scale(&h, HK_ISB, 1, 4);
	assert_int_equal(h.c[HK_ISB].time.ps, 2500);
	study_scale(&h, HK_INSN_PS, 1, 1000000);
	assert_int_equal(h.c[HK_INSN_PS].time.ps, 1);
	study_scale(&h, HK_DRAM, 1000000000, 1);
	assert_int_equal(h.c[HK_DRAM].time.ps, UINT64_C(1000000000000));
	assert_false(study_scalable(&h, HK_CPUS));
	assert_false(study_scalable(&h, HK_WFI_BLOCK));
	assert_true(study_scalable(&h, HK_ISB));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flip_by_hand), cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_jobs),	     cmocka_unit_test(test_tie),
		cmocka_unit_test(test_metrics),	     cmocka_unit_test(test_limit),
		cmocka_unit_test(test_scale),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
