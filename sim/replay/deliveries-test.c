// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which interrupts an acknowledge is the delivery of, in scenarios worked out by hand:
 * times are the numbers in the calls, and vCPU 0 flushes and enters where it says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "deliveries-compare.h"

#define ANY		  DELIVERIES_ANY
#define SPI(n)		  ((struct delivery_irq){ n, ANY, ANY })
#define SGI(n, to)	  ((struct delivery_irq){ n, to, ANY })
#define SGI2(n, to, from) ((struct delivery_irq){ n, to, from })

static struct deliveries *make(void)
{
	struct deliveries *d = deliveries_create(2, 96, 4);

	assert_non_null(d);
	deliveries_set_edge(d, 40, true);
	return d;
}

static void run(struct deliveries *d, unsigned int vcpu, uint64_t flush, uint64_t entry)
{
	deliveries_flush(d, vcpu, flush);
	deliveries_entry(d, vcpu, entry);
}

/* Sent by actor 2 from @begin to @end, as the trace's record @begin. */
static void send(struct deliveries *d, uint64_t begin, uint64_t end, struct delivery_irq id)
{
	deliveries_send(d, 2, begin, begin, (uint32_t)begin, begin, id);
	deliveries_sent(d, 2, end, true);
}

static const struct occurrence *finish(struct deliveries *d, uint64_t want)
{
	struct err err;
	uint64_t nr;
	const struct occurrence *o;

	assert_int_equal(deliveries_finish(d, &err), 0);
	o = deliveries_list(d, &nr);
	assert_int_equal(nr, want);
	return o;
}

static void is(const struct occurrence *o, uint32_t record, enum delivery_fate fate, uint64_t acked,
	       uint32_t with, uint32_t again)
{
	assert_int_equal(o->record, record);
	assert_string_equal(delivery_fate_names[o->fate], delivery_fate_names[fate]);
	assert_int_equal(o->acked_ps, acked);
	assert_int_equal(o->with, with);
	assert_int_equal(o->again, again);
}

/* Two edges before the flush are one delivery; one that comes in the guest is the next. */
static void test_merged(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	send(d, 10, 12, SPI(40));
	send(d, 14, 16, SPI(40));
	run(d, 0, 20, 25);
	send(d, 27, 29, SPI(40));
	deliveries_ack(d, 0, 30, SPI(40));
	run(d, 0, 40, 45);
	deliveries_ack(d, 0, 50, SPI(40));
	o = finish(d, 3);
	is(&o[0], 10, FATE_DELIVERED, 30, 10, 0);
	is(&o[1], 14, FATE_MERGED, 30, 10, 0);
	is(&o[2], 27, FATE_DELIVERED, 50, 27, 0);
	deliveries_destroy(d);
}

/* Sent while the flush went on: it is whichever delivery needs it. */
static void test_overlap(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	/* No later delivery: it was in the first one. */
	send(d, 10, 12, SPI(40));
	deliveries_flush(d, 0, 20);
	send(d, 21, 23, SPI(40));
	deliveries_entry(d, 0, 25);
	deliveries_ack(d, 0, 30, SPI(40));
	/* A later one: that is what explains it. */
	send(d, 50, 52, SPI(40));
	deliveries_flush(d, 0, 60);
	send(d, 61, 63, SPI(40));
	deliveries_entry(d, 0, 65);
	deliveries_ack(d, 0, 70, SPI(40));
	run(d, 0, 80, 85);
	deliveries_ack(d, 0, 90, SPI(40));
	o = finish(d, 4);
	is(&o[0], 10, FATE_DELIVERED, 30, 10, 0);
	is(&o[1], 21, FATE_MERGED, 30, 10, 0);
	is(&o[2], 50, FATE_DELIVERED, 70, 50, 0);
	is(&o[3], 61, FATE_DELIVERED, 90, 61, 0);
	deliveries_destroy(d);
}

/*
 * The flush begins at 20 and has its lock at 40; a sender that had kicked by then is in it,
 * however long it goes on, and is not what the delivery at 90 needs for an explanation.
 */
static void test_locked(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	send(d, 5, 6, SGI(1, 0));
	deliveries_send(d, 2, 10, 10, 10, 10, SGI(1, 0));
	deliveries_flush(d, 0, 20);
	deliveries_kicked(d, 2, 1, 25);
	deliveries_kicked(d, 2, 0, 30);
	deliveries_flush_locked(d, 0, 42);
	deliveries_flush_locked(d, 0, 40);
	deliveries_entry(d, 0, 45);
	deliveries_flush_locked(d, 0, 47);
	deliveries_ack(d, 0, 50, SGI(1, 0));
	deliveries_sent(d, 2, 60, true);
	deliveries_flush(d, 0, 80);
	send(d, 81, 83, SGI(1, 0));
	deliveries_entry(d, 0, 85);
	deliveries_ack(d, 0, 90, SGI(1, 0));
	o = finish(d, 3);
	is(&o[0], 5, FATE_DELIVERED, 50, 5, 0);
	is(&o[1], 10, FATE_MERGED, 50, 5, 0);
	is(&o[2], 81, FATE_DELIVERED, 90, 81, 0);
	deliveries_destroy(d);
}

/* Its kick comes only after the flush has its lock: it may be in the next one. */
static void test_kicked_late(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	send(d, 5, 6, SGI(1, 0));
	deliveries_send(d, 2, 10, 10, 10, 10, SGI(1, 0));
	deliveries_flush(d, 0, 20);
	deliveries_flush_locked(d, 0, 29);
	deliveries_kicked(d, 2, 0, 30);
	deliveries_entry(d, 0, 45);
	deliveries_ack(d, 0, 50, SGI(1, 0));
	deliveries_sent(d, 2, 60, true);
	run(d, 0, 80, 85);
	deliveries_ack(d, 0, 90, SGI(1, 0));
	o = finish(d, 2);
	is(&o[0], 5, FATE_DELIVERED, 50, 5, 0);
	is(&o[1], 10, FATE_DELIVERED, 90, 10, 0);
	deliveries_destroy(d);
}

/* A line that goes low before it is taken; one that was loaded by then; an edge stays. */
static void test_lowered(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	send(d, 10, 12, SPI(50));
	deliveries_lowered(d, 15, SPI(50));
	run(d, 0, 20, 25);
	send(d, 40, 42, SPI(50));
	run(d, 0, 50, 55);
	deliveries_lowered(d, 57, SPI(50));
	deliveries_ack(d, 0, 60, SPI(50));
	send(d, 70, 71, SPI(40));
	deliveries_lowered(d, 72, SPI(40));
	run(d, 0, 80, 85);
	deliveries_ack(d, 0, 90, SPI(40));
	/* Cleared by a register: an edge is gone, a level is not while its line is high. */
	send(d, 100, 101, SPI(40));
	deliveries_cleared(d, 102, SPI(40));
	send(d, 103, 104, SPI(50));
	deliveries_cleared(d, 105, SPI(50));
	run(d, 0, 110, 115);
	deliveries_ack(d, 0, 120, SPI(50));
	o = finish(d, 5);
	is(&o[0], 10, FATE_WITHDRAWN, 0, 0, 0);
	is(&o[1], 40, FATE_DELIVERED, 60, 40, 0);
	is(&o[2], 70, FATE_DELIVERED, 90, 70, 0);
	is(&o[3], 100, FATE_WITHDRAWN, 0, 0, 0);
	is(&o[4], 103, FATE_DELIVERED, 120, 103, 0);
	deliveries_destroy(d);
}

/* Delivered again, delivered without ever being sent, left over, refused. */
static void test_others(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	run(d, 1, 1, 2);
	deliveries_ack(d, 1, 5, SPI(60));
	send(d, 10, 12, SPI(40));
	run(d, 0, 20, 25);
	deliveries_ack(d, 0, 30, SPI(40));
	run(d, 1, 40, 45);
	deliveries_ack(d, 1, 50, SPI(40));
	deliveries_ack(d, 1, 55, SPI(40));
	send(d, 60, 61, SGI(3, 1));
	deliveries_send(d, 2, 70, 70, 70, 70, SPI(50));
	deliveries_sent(d, 2, 71, false);
	o = finish(d, 4);
	is(&o[0], 0, FATE_DELIVERED, 5, 0, 0);
	assert_int_equal(o[0].id.irq, 60);
	is(&o[1], 10, FATE_DELIVERED, 30, 10, 2);
	assert_int_equal(o[1].again_ps, 50);
	assert_int_equal(o[1].again_by, 1);
	is(&o[2], 60, FATE_LEFT, 0, 0, 0);
	is(&o[3], 70, FATE_UNCHANGED, 0, 0, 0);
	deliveries_destroy(d);
}

/* GICv2: the same SGI from two senders is two interrupts; a broadcast is one to each. */
static void test_sources(void **state)
{
	struct deliveries *d = make();
	const struct occurrence *o;

	deliveries_send(d, 0, 10, 10, 10, 10, SGI2(1, 1, 0));
	deliveries_sent(d, 0, 12, true);
	deliveries_send(d, 2, 11, 11, 11, 11, SGI2(1, 0, 2));
	deliveries_send(d, 2, 11, 11, 11, 11, SGI2(1, 1, 2));
	deliveries_sent(d, 2, 13, true);
	run(d, 1, 20, 25);
	deliveries_ack(d, 1, 30, SGI2(1, 1, 2));
	deliveries_ack(d, 1, 35, SGI2(1, 1, 0));
	o = finish(d, 3);
	is(&o[0], 10, FATE_DELIVERED, 35, 10, 0);
	is(&o[1], 11, FATE_LEFT, 0, 0, 0);
	assert_int_equal(o[1].id.vcpu, 0);
	is(&o[2], 11, FATE_DELIVERED, 30, 11, 0);
	deliveries_destroy(d);
}

/* ---- two runs -------------------------------------------------------------- */

/* Three edges: @merge the second with the first; lose the third, or not; @late. */
static struct deliveries *one_run(bool merge, bool lose, bool twice, uint64_t late)
{
	struct deliveries *d = make();
	struct err err;

	send(d, 10, 12, SPI(40));
	if (!merge) {
		run(d, 0, 14, 16);
		deliveries_ack(d, 0, 18, SPI(40));
	}
	send(d, 20, 22, SPI(40));
	run(d, 0, 30, 35);
	deliveries_ack(d, 0, 40 + late, SPI(40));
	send(d, 50 + late, 52 + late, SPI(40));
	run(d, 1, 60 + late, 65 + late);
	if (!lose)
		deliveries_ack(d, 1, 70 + late, SPI(40));
	if (twice)
		deliveries_ack(d, 1, 80 + late, SPI(40));
	assert_int_equal(deliveries_finish(d, &err), 0);
	return d;
}

static struct delivery_diff diff_of(struct deliveries *a, struct deliveries *b, uint64_t apart)
{
	struct delivery_diff diff;
	struct err err;

	assert_int_equal(delivery_diff(a, b, apart, 10, &diff, &err), 0);
	return diff;
}

static void test_same(void **state)
{
	struct deliveries *a = one_run(false, false, false, 0),
			  *b = one_run(false, false, false, 0);
	struct delivery_diff diff = diff_of(a, b, 0);

	assert_int_equal(diff.c.occurrences, 3);
	assert_int_equal(diff.c.both, 3);
	assert_int_equal(diff.c.differing, 0);
	assert_int_equal(diff.nr_first, 0);
	assert_int_equal(diff.nr_rows, 2); /* INTID 40 at vCPU 0, and at 1 */
	assert_int_equal(diff.c.latency.min_ps, 0);
	assert_int_equal(diff.c.latency.max_ps, 0);
	delivery_diff_fini(&diff);
	deliveries_destroy(a);
	deliveries_destroy(b);
}

/*
 * The second run merges: record 10 is delivered at 43 for 18, record 20 with it at 43
 * for 40. The third is record 53 there and 50 here: each has one that the other was not sent.
 */
static void test_different(void **state)
{
	struct deliveries *a = one_run(false, false, true, 0), *b = one_run(true, false, false, 3);
	struct delivery_diff diff = diff_of(a, b, 4);

	assert_int_equal(diff.c.occurrences, 4);
	assert_int_equal(diff.c.both, 2);
	assert_int_equal(diff.c.differs[0], 0);
	assert_int_equal(diff.c.differs[1], 0);
	assert_int_equal(diff.c.differs[7], 1); /* high in a: record 53 */
	assert_int_equal(diff.c.differs[8], 1); /* high in b: record 50 */
	assert_int_equal(diff.c.differs[3], 1); /* merged by b: record 20 */
	assert_int_equal(diff.c.differs[9], 1); /* apart: record 10, by 25 */
	assert_int_equal(diff.c.differing, 3);
	assert_int_equal(diff.c.latency.min_ps, 3);
	assert_int_equal(diff.c.latency.max_ps, 25);
	assert_int_equal(diff.c.latency.mean_ps, 14);
	assert_int_equal(diff.nr_apart, 1);
	assert_int_equal(diff.apart[0].differs, DIFFERS_APART);
	assert_int_equal(diff.apart[0].a->record, 10);
	assert_int_equal(diff.nr_first, 3);
	assert_int_equal(diff.first[0].differs, DIFFERS_MERGED_B);
	assert_int_equal(diff.first[1].differs, DIFFERS_HIGH_B);
	assert_null(diff.first[1].b);
	assert_int_equal(diff.first[2].differs, DIFFERS_HIGH_A);
	delivery_diff_fini(&diff);
	deliveries_destroy(a);
	deliveries_destroy(b);
}

static void test_lost_and_twice(void **state)
{
	struct deliveries *a = one_run(false, false, true, 0), *b = one_run(false, false, false, 0);
	struct deliveries *c = one_run(false, true, false, 0);
	struct delivery_diff diff = diff_of(a, b, 0);

	assert_int_equal(diff.nr_first, 1);
	assert_int_equal(diff.first[0].differs, DIFFERS_MORE_A);
	assert_int_equal(diff.first[0].a->again_ps, 80);
	delivery_diff_fini(&diff);
	diff = diff_of(b, c, 0);
	assert_int_equal(diff.nr_first, 1);
	assert_int_equal(diff.first[0].differs, DIFFERS_ONLY_A);
	assert_int_equal(diff.first[0].b->fate, FATE_LEFT);
	delivery_diff_fini(&diff);
	deliveries_destroy(a);
	deliveries_destroy(b);
	deliveries_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),	  cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_locked),	  cmocka_unit_test(test_kicked_late),
		cmocka_unit_test(test_lowered),	  cmocka_unit_test(test_others),
		cmocka_unit_test(test_sources),	  cmocka_unit_test(test_same),
		cmocka_unit_test(test_different), cmocka_unit_test(test_lost_and_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
