/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with round costs for the tests of this folder: two sockets of two dies of
 * two clusters of two CPUs. Include after cmocka.h.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <stdio.h>
#include <string.h>

#include "machine.h"

static inline struct host test_host(unsigned int gic)
{
	static const struct {
		enum host_key key;
		uint64_t count;
	} counts[] = {
		{ HK_CPUS, 16 },	   { HK_CLUSTER_CPUS, 2 },
		{ HK_DIE_CPUS, 4 },	   { HK_SOCKET_CPUS, 8 },
		{ HK_CLOCK_KHZ, 1000000 }, { HK_NR_LRS, 4 },
		{ HK_PRI_BITS, 5 },	   { HK_VHE, 1 },
		{ HK_ATOMIC_MODE, 0 },
	};
	static const struct {
		enum host_key key;
		unsigned int ns;
	} times[] = {
		{ HK_INSN_PS, 1 },     { HK_L1, 1 },	      { HK_LLC, 10 },
		{ HK_DRAM, 100 },      { HK_C2C_NEAR, 20 },   { HK_C2C_DIE, 30 },
		{ HK_C2C_XDIE, 40 },   { HK_C2C_XSOCK, 50 },  { HK_ATOMIC_OWN, 5 },
		{ HK_GICH_R, 100 },    { HK_GICH_W, 11 },     { HK_ICH_R, 3 },
		{ HK_ICH_W, 2 },       { HK_ISB, 4 },	      { HK_GICD_R, 60 },
		{ HK_GICD_W, 6 },      { HK_SRCU, 8 },	      { HK_SGI_PHYS, 200 },
		{ HK_IPI_SEND, 7 },    { HK_HOST_IRQ, 300 },  { HK_WFI_BLOCK, 1000 },
		{ HK_WFI_WAKE, 2000 }, { HK_WAKE_SEND, 500 },
	};
	struct host h = { .name = "test" };

	h.c[HK_GIC].count = gic;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		h.c[counts[i].key].count = counts[i].count;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		h.c[times[i].key].time = VT_NS(times[i].ns);
	return h;
}

static inline struct machine *test_machine(const struct machine_config *c)
{
	struct err err = { 0 };
	struct machine *m = machine_create(c, &err);

	if (!m)
		fail_msg("%s", err.msg);
	return m;
}

static inline void test_run(struct machine *m)
{
	struct err err = { 0 };

	if (machine_run(m, NULL, NULL, &err))
		fail_msg("%s", err.msg);
}

/*
 * The run must end in an invariant whose message has @part; too much simulated
 * time is no contradiction.
 */
static inline void test_run_fails(struct machine *m, const char *part)
{
	struct err err = { 0 };

	assert_int_equal(machine_run(m, NULL, NULL, &err),
			 strcmp(part, "75 minutes") ? ERR_INVARIANT : ERR_USAGE);
	if (!strstr(err.msg, part))
		fail_msg("want \"%s\", have \"%s\"", part, err.msg);
}

static inline void assert_ns(struct vtime t, uint64_t ns)
{
	assert_int_equal(t.ps, ns * 1000);
}

#endif
