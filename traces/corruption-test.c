// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damaged files. Whatever is done to a trace, reading it ends in ERR_INPUT and
 * a message, or gives exactly the records that were written: never a crash,
 * never another record that is taken for good.
 */
#include "test-util.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

#define MAX_RECS 128

static struct trace_rec good[MAX_RECS];
static struct trace_meta good_meta;
static unsigned int nr_good;
static uint8_t *pcap; /* the undamaged file */
static size_t nr_pcap;

/*
 * Read @path, compare what it gives with what it should; 0 or the error. A
 * record that was changed within the rules is delivered before the footer
 * gives it away, but then the end must be an error.
 */
static int read_all(const char *path, struct err *err)
{
	struct trace_reader *r = trace_open(path, err);
	const struct trace_rec *rec;
	unsigned int n = 0;
	bool same = true;
	int rc;

	if (!r) {
		assert_int_equal(err->code, ERR_INPUT);
		return err->code;
	}
	/* Whatever errno the caller has: libtrace asserts on it. */
	while (errno = 0, (rc = trace_next(r, &rec, err)) > 0) {
		same = same && n < nr_good && !memcmp(rec, &good[n], sizeof(*rec));
		n++;
	}
	if (!rc) {
		assert_true(same);
		assert_int_equal(n, nr_good);
		assert_memory_equal(trace_meta(r), &good_meta, sizeof(good_meta));
	} else {
		assert_int_equal(rc, ERR_INPUT);
		assert_int_equal(trace_next(r, &rec, err), ERR_INPUT);
	}
	trace_close(r);
	return rc;
}

static void check_named(const char *path, const char *words)
{
	struct err err = { .msg = "" };

	assert_int_equal(read_all(path, &err), ERR_INPUT);
	if (!strstr(err.msg, words))
		fail_msg("want \"%s\", have \"%s\"", words, err.msg);
	assert_int_equal(strncmp(err.msg, path, strlen(path)), 0);
	assert_null(strchr(err.msg, '\n'));
}

/* One of each size of record, for what is done to every bit. */
#define SMALL_EVENTS                                                                               \
	"0.000000000  -   -    state   irq=34 enabled=1 pending=0 line=0 active=0 "                \
	"config=edge prio=0xa0 target=0\n"                                                         \
	"0.000000002  0   v0   entry   pc=0xffff800008012345\n"                                    \
	"0.000000018  0   v0   lrs     at=entry used=5 lr0=0x00000001 lr1=0x00000002 "             \
	"lr2=0x00000003 lr3=0x00000004 lr4=0x00000005 hcr=0x00000003\n"                            \
	"1.000000020  0   v0   exit    reason=trap ec=0x24\n"                                      \
	"1.000000020  0   v0   mmio    write gpa=0x08000f00 len=4 val=0x00020001\n"                \
	"1.000000021  1   irq  ipi     reason=\"Rescheduling interrupts\"\n"

static int setup(void **state, const char *text)
{
	const struct trace_rec *rec;
	struct trace_reader *r;
	struct err err;

	if (tu_setup(state))
		return -1;
	tu_write(tu_path("good.vgt"), text, strlen(text));
	if (tu_convert(tu_path("good.vgt"), tu_path("good.pcap"), &err))
		return -1;
	nr_good = 0;
	r = trace_open(tu_path("good.pcap"), &err);
	while (trace_next(r, &rec, &err) > 0 && nr_good < MAX_RECS)
		good[nr_good++] = *rec;
	good_meta = *trace_meta(r);
	trace_close(r);
	pcap = (uint8_t *)tu_read(tu_path("good.pcap"), &nr_pcap);
	return nr_good ? 0 : -1;
}

static int setup_all(void **state)
{
	return setup(state, TU_HEADER TU_EVENTS);
}

static int setup_small(void **state)
{
	return setup(state, TU_HEADER SMALL_EVENTS);
}

static int teardown(void **state)
{
	free(pcap);
	return tu_teardown(state);
}

static void test_cut_anywhere(void **state)
{
	const char *path = tu_path("cut.pcap");
	struct err err;

	tu_write(path, pcap, nr_pcap);
	assert_int_equal(read_all(path, &err), 0);
	for (size_t n = nr_pcap; n-- > 0;) {
		/* Every length of a small file, fewer of a large one. */
		if (nr_good > 20 && n % 7)
			continue;
		assert_int_equal(truncate(path, (off_t)n), 0);
		if (!read_all(path, &err))
			fail_msg("%zu of %zu bytes read as complete", n, nr_pcap);
		assert_true(!n || strstr(err.msg, "cut short"));
	}
}

static void test_flip_anything(void **state)
{
	const char *path = tu_path("flip.pcap");
	unsigned int same = 0;
	struct err err;

	for (size_t i = 0; i < nr_pcap; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			pcap[i] ^= (uint8_t)(1u << bit);
			tu_write(path, pcap, nr_pcap);
			pcap[i] ^= (uint8_t)(1u << bit);
			same += !read_all(path, &err);
		}
	}
	/* Time zone, accuracy and snapshot length of the pcap header say nothing. */
	assert_true(same <= 12 * 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static size_t record_at(unsigned int n)
{
	uint32_t header;

	memcpy(&header, pcap + PCAP_HEADER_BYTES + 8, 4);
	return PCAP_HEADER_BYTES + PCAP_PACKET_BYTES + header +
	       n * (PCAP_PACKET_BYTES + REC_WIRE_BYTES);
}

static uint8_t *copy(size_t room)
{
	uint8_t *p = calloc(1, nr_pcap + room);

	assert_non_null(p);
	memcpy(p, pcap, nr_pcap);
	return p;
}

/* The lengths at which libtrace overruns its buffer, or gives up, or aborts. */
static void test_caplen(void **state)
{
	static const uint32_t other[] = { 0,	      1,	  63,	      65,
					  80,	      65519,	  65520,      65536,
					  65537,      65536 + 64, 0x7fffffff, 0x80000000,
					  0xffffffc0, 0xfffffff0, 0xffffffff };
	const char *path = tu_path("caplen.pcap");
	uint8_t *big = copy(1 << 17);
	struct err err;

	for (uint32_t caplen = 65521; caplen <= 65535; caplen++) {
		put32(big + record_at(2) + 8, caplen);
		put32(big + record_at(2) + 12, caplen);
		tu_write(path, big, nr_pcap + (1 << 17));
		check_named(path, "record 3: length: want 64");
		put32(big + record_at(2) + 12, 64);
		tu_write(path, big, nr_pcap + (1 << 17));
		check_named(path, "record 3: wire length");
		tu_write(path, big, nr_pcap);
		assert_int_equal(read_all(path, &err), ERR_INPUT);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		for (size_t room = 0; room <= 1 << 17; room += 1 << 17) {
			put32(big + record_at(2) + 8, other[i]);
			tu_write(path, big, nr_pcap + room);
			assert_int_equal(read_all(path, &err), ERR_INPUT);
		}
	}
	free(big);
}

static void test_wirelen_and_dlt(void **state)
{
	static const uint32_t values[] = { 0,	  5,	   63,	       65,	   65535,
					   65536, 1 << 20, 0x7fffffff, 0x80000000, 0xffffffff };
	static const uint32_t dlts[] = { 0,    1,    146,   148,	1999,
					 2000, 2147, 65535, 0x04000093, 0xffffffff };
	const char *path = tu_path("wire.pcap");
	uint8_t *bad = copy(0);

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		put32(bad + record_at(0) + 12, values[i]);
		tu_write(path, bad, nr_pcap);
		check_named(path, "record 1: wire length");
	}
	free(bad);
	bad = copy(0);
	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]); i++) {
		put32(bad + 20, dlts[i]);
		tu_write(path, bad, nr_pcap);
		check_named(path, "link type: want 147");
	}
	free(bad);
}

/* Damage one field, and put the file into @path. */
static void damage(const char *path, size_t at, const void *bytes, size_t n)
{
	uint8_t *bad = copy(0);

	memcpy(bad + at, bytes, n);
	tu_write(path, bad, nr_pcap);
	free(bad);
}

static void test_named_defects(void **state)
{
	const char *p = tu_path("named.pcap");
	size_t data = PCAP_PACKET_BYTES, footer = nr_pcap - WIRE_FOOTER_BYTES;
	size_t header = PCAP_HEADER_BYTES + PCAP_PACKET_BYTES;
	uint8_t *bad;

	damage(p, 0, "\xd4\xc3\xb2\xa1", 4);
	check_named(p, "microsecond");
	damage(p, 0, "\x0a\x0d\x0d\x0a", 4);
	check_named(p, "pcapng");
	damage(p, 0, "\x00\x01\x02\x03", 4);
	check_named(p, "magic: want a1b23c4d");
	damage(p, 0, "\x17\x08\x44tracing", 10);
	check_named(p, "trace-cmd");
	damage(p, 4, "\x09\x00\x09\x00", 4);
	check_named(p, "pcap version: want 2.4, have 9.9");
	damage(p, header + 1, "\x02", 1);
	check_named(p, "header record: version: want 1, have 2");
	damage(p, header + 8, "V", 1);
	check_named(p, "want a header record first");
	damage(p, header + 36, "\x01", 1);
	check_named(p, "reserved bytes");
	damage(p, record_at(5) + 4, "\x00\xca\x9a\x3b", 4);
	check_named(p, "record 6: nanoseconds");
	damage(p, record_at(5) + data, "\x16", 1);
	check_named(p, "record 6: kind: want 1..21");
	damage(p, record_at(5) + data + 12, "\x07", 1);
	check_named(p, "record 6: sequence: want 6, have 7");
	damage(p, record_at(5) + data + 63, "\x01", 1);
	check_named(p, "record 6: reserved bytes");
	damage(p, record_at(5) + data + 8, "\xff", 1);
	check_named(p, "record 6: flags");
	damage(p, record_at(8) + 4, "\x00\x00\x00\x00", 4);
	check_named(p, "record 9: time goes back");
	damage(p, footer + 16, "\x12\x34\x56\x78", 4);
	check_named(p, "footer record: hash");
	damage(p, footer + 8, "\x07", 1);
	check_named(p, "footer record: count: want 7");
	damage(p, footer + 24, "\x07", 1);
	check_named(p, "footer record: duration");
	damage(p, footer + 1, "\x07", 1);
	check_named(p, "footer record: reserved");
	/* A record changed so that it still makes sense: only the hash tells. */
	damage(p, record_at(4) + data + 16, "\x46", 1);
	check_named(p, "footer record: hash");
	/* A record left out. */
	bad = copy(0);
	memmove(bad + record_at(3), bad + record_at(4), nr_pcap - record_at(4));
	tu_write(p, bad, nr_pcap - PCAP_PACKET_BYTES - REC_WIRE_BYTES);
	check_named(p, "record 4: sequence: want 4, have 5 (a gap)");
	free(bad);
}

static void test_ends(void **state)
{
	const char *p = tu_path("ends.pcap");
	size_t footer = nr_pcap - WIRE_FOOTER_BYTES - PCAP_PACKET_BYTES;
	uint8_t *two = copy(nr_pcap), *pad = copy(256);

	tu_write(p, pcap, footer);
	check_named(p, "want a footer record, have the end of the file");
	memcpy(two + nr_pcap, pcap, nr_pcap);
	tu_write(p, two, 2 * nr_pcap);
	check_named(p, "two files concatenated");
	memcpy(two + footer, pcap, nr_pcap);
	tu_write(p, two, footer + nr_pcap);
	check_named(p, "two files concatenated");
	for (size_t n = 1; n <= 256; n++) {
		tu_write(p, pad, nr_pcap + n);
		check_named(p, "after the footer");
	}
	/* In the place of the footer, and after a header alone. */
	memset(pad + footer, 0, nr_pcap - footer);
	tu_write(p, pad, nr_pcap);
	check_named(p, "zero padding");
	tu_write(p, pcap, PCAP_HEADER_BYTES);
	check_named(p, "want a header record, have the end of the file");
	/* The packets of a header twice, and another record after the footer. */
	memcpy(two, pcap, record_at(0));
	memcpy(two + record_at(0), pcap + PCAP_HEADER_BYTES, nr_pcap - PCAP_HEADER_BYTES);
	tu_write(p, two, nr_pcap + record_at(0) - PCAP_HEADER_BYTES);
	check_named(p, "second header record");
	memcpy(two, pcap, nr_pcap);
	memcpy(two + nr_pcap, pcap + record_at(0), record_at(1) - record_at(0));
	tu_write(p, two, nr_pcap + record_at(1) - record_at(0));
	check_named(p, "after the footer");
	free(two);
	free(pad);
}

static void test_no_file(void **state)
{
	const char *p = tu_path("none");

	check_named(p, "No such file");
	assert_int_equal(mkdir(p, 0777), 0);
	check_named(p, "directory");
	p = tu_path("empty");
	tu_write(p, "", 0);
	check_named(p, "empty file");
	tu_write(p, pcap, 3);
	assert_int_equal(read_all(p, &(struct err){ 0 }), ERR_INPUT);
}

/* Cut and flipped files of each compression: the library sees them first. */
static void test_compressed(void **state)
{
	static const char *const names[] = { "c.pcap.gz", "c.pcap.bz2", "c.pcap.xz",
					     "c.vgt.gz",  "c.vgt.bz2",	"c.vgt.xz" };
	struct err err;
	size_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *whole = tu_path(names[i]), *bad = tu_path("damaged");
		uint8_t *bytes;

		assert_int_equal(tu_convert(tu_path("good.pcap"), whole, &err), 0);
		assert_int_equal(read_all(whole, &err), 0);
		bytes = (uint8_t *)tu_read(whole, &n);
		for (size_t cut = 0; cut<n; cut += cut> 32 && n - cut > 64 ? 7 : 1) {
			tu_write(bad, bytes, cut);
			/* A pcap can be all there without the end of its codec. */
			if (!read_all(bad, &err) && i > 2)
				fail_msg("%s: %zu of %zu bytes read as complete", names[i], cut, n);
		}
		for (size_t at = 0; at<n; at += at> 32 && n - at > 64 ? 5 : 1) {
			bytes[at] ^= (uint8_t)(1u << at % 8);
			tu_write(bad, bytes, n);
			bytes[at] ^= (uint8_t)(1u << at % 8);
			read_all(bad, &err);
		}
		free(bytes);
	}
}

static void test_big_endian_container(void **state)
{
	const char *p = tu_path("swapped.pcap");
	uint8_t *be = copy(0);
	struct err err;
	uint32_t len;

	for (size_t at = 0; at < PCAP_HEADER_BYTES; at += 4)
		put32(be + at, __builtin_bswap32(*(uint32_t *)(void *)(pcap + at)));
	memcpy(be + 4, "\0\2\0\4", 4);
	for (size_t at = PCAP_HEADER_BYTES; at < nr_pcap; at += PCAP_PACKET_BYTES + len) {
		memcpy(&len, pcap + at + 8, 4);
		for (size_t i = 0; i < PCAP_PACKET_BYTES; i += 4) {
			uint32_t v;

			memcpy(&v, pcap + at + i, 4);
			put32(be + at + i, __builtin_bswap32(v));
		}
	}
	tu_write(p, be, nr_pcap);
	if (read_all(p, &err))
		fail_msg("%s", err.msg);
	free(be);
}

int main(void)
{
	const struct CMUnitTest small[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_flip_anything),
		cmocka_unit_test(test_compressed),
	};
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_caplen),
		cmocka_unit_test(test_wirelen_and_dlt),
		cmocka_unit_test(test_named_defects),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_big_endian_container),
	};
	int failed = cmocka_run_group_tests(small, setup_small, teardown);

	return failed + cmocka_run_group_tests(all, setup_all, teardown);
}
