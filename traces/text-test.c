// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a line of text is said with its number and what was wanted. */
#include "test-util.h"

#include "text.h"

#define HEAD "%vgt 1\n%gic v3\n%vcpus 4\n%pcpus 4\n%spis 96\n"
#define V2   "%vgt 1\n%gic v2\n%vcpus 4\n%pcpus 4\n%spis 96\n"
#define AT   "0.000000001 0 v0 "

static const struct {
	const char *text, *words;
} wrong[] = {
	{ "hello\n", "line 1: want %vgt before the first event" },
	{ "%gic v3\n", "line 1: want \"%vgt 1\" first" },
	{ "%vgt 2\n", "line 1: %vgt: want version 1, have \"2\"" },
	{ "%vgt 1\n%gic v4\n", "line 2: %gic: want v2 or v3" },
	{ "%vgt 1\n%gic v3\n%gic v3\n", "line 3: %gic: want it once" },
	{ "%vgt 1\n%nonsense 3\n", "line 2: want %gic, %vcpus" },
	{ "%vgt 1\n%vcpus\n", "line 2: %vcpus: want a value" },
	{ "%vgt 1\n%vcpus 4x\n", "line 2: %vcpus: want a number" },
	{ "%vgt 1\n%gic v3\n%vcpus 4\n%spis 1\n\n" AT "wfi\n", "line 6: want %pcpus" },
	{ "%vgt 1\n%gic v2\n%vcpus 9\n%pcpus 1\n%spis 1\n", "vcpus: want 1..8, have 9" },
	{ "%vgt 1\n%gic v3\n%vcpus 513\n%pcpus 1\n%spis 1\n", "vcpus: want 1..512" },
	{ "%vgt 1\n%gic v3\n%vcpus 1\n%pcpus 0\n%spis 1\n", "pcpus: want 1.." },
	{ "%vgt 1\n%gic v3\n%vcpus 1\n%pcpus 1\n%spis 989\n", "spis: want 0..988" },
	{ HEAD "%frame gicx 1 1\n", "line 6: %frame: want gicd" },
	{ HEAD "%frame gicd 1\n", "line 6: %frame: want KIND ADDRESS SIZE" },
	{ HEAD "%frame gicd 1 1 1\n", "line 6: %frame: want KIND ADDRESS SIZE" },
	{ HEAD "%frame gicd 1 0\n", "frame 0: want a size" },
	{ HEAD "%frame gicd 0xffffffffffffffff 2\n", "frame 0: want a size" },
	{ HEAD "%resolution 5\n", "line 6: %resolution: want a time" },
	{ HEAD "%source \"open\n", "source: want one line" },
	{ HEAD AT "wfi\n%gic v3\n", "line 7: want % lines before the first event" },
	{ HEAD "1 0 v0 wfi\n", "line 6: time: want SECONDS.NANOSECONDS" },
	{ HEAD "1.0 0 v0 wfi\n", "line 6: time: want nine decimals" },
	{ HEAD "1.0000000001 0 v0 wfi\n", "line 6: time: want nine decimals" },
	{ HEAD "-1.000000000 0 v0 wfi\n", "line 6: time: want" },
	{ HEAD "4294967296.000000000 0 v0 wfi\n", "line 6: time: want" },
	{ HEAD "99999999999999999999999.000000000 0 v0 wfi\n", "line 6: time: want" },
	{ HEAD "0.000000002 0 v0 wfi\n" AT "wfi\n",
	  "line 7: time goes back: want at least 0.000000002, have 0.000000001" },
	{ HEAD "0.000000001 4 v0 wfi\n", "line 6: cpu: want -1 (unknown) or 0..3, have 4" },
	{ HEAD "0.000000001 -1 v0 wfi\n", "line 6: cpu: want a number" },
	{ HEAD "0.000000001 0 v4 wfi\n", "line 6: ctx: want 0..3, have 4" },
	{ HEAD "0.000000001 0 x4 wfi\n", "line 6: ctx: want vN, tN" },
	{ HEAD "0.000000001 0 irq wfi\n", "line 6: ctx: want v for wfi, have irq" },
	{ HEAD AT "host-irq\n", "line 6: ctx: want irq for host-irq, have v" },
	{ HEAD AT "state\n", "line 6: state: want irq=, have none" },
	{ HEAD "0.000000001 0\n", "line 6: want time, cpu, ctx and event, have no ctx" },
	{ HEAD AT "sleep\n", "line 6: event: want entry, exit" },
	{ HEAD AT "wfi now\n", "line 6: wfi: want no arguments, have \"now\"" },
	{ HEAD AT "entry reason=irq\n", "line 6: entry: want pc=, have \"reason=irq\"" },
	{ HEAD AT "entry pc=1 pc=1\n", "line 6: pc: want it once" },
	{ HEAD AT "entry pc=\n", "line 6: pc: want a number" },
	{ HEAD AT "entry pc=0x10000000000000000\n", "line 6: pc: want a number" },
	{ HEAD AT "exit\n", "line 6: exit: want reason=, have none" },
	{ HEAD AT "exit reason=fiq\n", "line 6: reason: want irq|trap|serror, have \"fiq\"" },
	{ HEAD AT "exit reason=irq cause=unknown\n", "line 6: cause: want kick|maintenance|timer" },
	{ HEAD AT "exit reason=trap cause=kick\n", "line 6: cause: want it with reason=irq only" },
	{ HEAD AT "exit reason=trap ec=0x40\n", "line 6: ec: want 0..0x3f" },
	{ HEAD AT "mmio gpa=1 len=4 val=0\n", "line 6: mmio: want read|write, have none" },
	{ HEAD AT "mmio modify gpa=1 len=4 val=0\n", "line 6: read|write: want read|write" },
	{ HEAD AT "mmio read gpa=1 len=3 val=0\n", "line 6: len: want 1, 2, 4 or 8, have 3" },
	{ HEAD AT "mmio read gpa=1 len=1 val=0x100\n", "line 6: val: want at most 1 bytes" },
	{ HEAD AT "mmio read gpa=1 len=256 val=0\n", "line 6: len: want a number up to 0xff" },
	{ HEAD AT "sysreg write reg=ICC_NO_EL1 val=?\n", "line 6: reg: want a register" },
	{ HEAD AT "sysreg write reg=s4_0_c0_c0_0 val=?\n", "line 6: reg: want a register" },
	{ HEAD AT "sysreg write reg=s3_0_c16_c0_0 val=?\n", "line 6: reg: want a register" },
	{ HEAD AT "sysreg write reg=ICC_PMR_EL1\n", "line 6: sysreg: want val=, have none" },
	{ HEAD AT "hvc imm=0x10000\n", "line 6: imm: want 0..0xffff" },
	{ HEAD AT "inject irq=27 level=1\n", "line 6: vcpu: want one for private irq 27" },
	{ HEAD AT "inject irq=27 level=1 vcpu=4\n", "line 6: vcpu: want 0..3, have 4" },
	{ HEAD AT "inject irq=128 level=1\n", "line 6: irq: want 0..127 or an LPI" },
	{ HEAD AT "inject irq=8191 level=1\n", "line 6: irq: want 0..127 or an LPI" },
	{ V2 AT "inject irq=8192 level=1\n", "line 6: irq: want 0..127, have 8192" },
	{ HEAD AT "inject irq=34 level=2\n", "line 6: level: want 0|1, have \"2\"" },
	{ HEAD AT "sched away\n", "line 6: in|out: want out|in, have \"away\"" },
	{ HEAD AT "its devid=1\n", "line 6: its: want cmd= first" },
	{ HEAD AT "its cmd=MAPX\n", "line 6: cmd: want MAPD, MAPTI" },
	{ HEAD AT "its cmd=INV devid=1\n",
	  "line 6: its: want all operands of the command (eventid)" },
	{ HEAD AT "its cmd=INV devid=1 eventid=1 icid=1\n", "line 6: its: want an operand of INV" },
	{ HEAD AT "its cmd=MAPC icid=65536 rdbase=0 valid=1\n",
	  "line 6: icid: want a number of 16" },
	{ HEAD AT "its cmd=0x29 dw0=0x28 dw1=0 dw2=0 dw3=0\n", "line 6: dw0: want a command word" },
	{ HEAD AT "its cmd=0x29 dw0=0x29 dw1=0 dw2=0\n", "line 6: its: want all operands" },
	{ HEAD AT "ack irq=1022\n", "line 6: irq: want" },
	{ HEAD AT "eoi irq=1023\n", "line 6: irq: want" },
	{ HEAD AT "eoi irq=1 src=4\n", "line 6: src: want 0..3" },
	{ HEAD AT "lrs used=1 lr0=1\n", "line 6: lrs: want at=, have none" },
	{ HEAD AT "lrs at=entry used=1 lr1=1\n", "line 6: lrs: want lr0= to lr1=, have gaps" },
	{ HEAD AT "lrs at=entry used=1 lr0=1 lr0=1\n", "line 6: lr0: want it once" },
	{ HEAD AT "lrs at=entry used=1 lr64=1\n", "line 6: lrs: want lr0= … lr63=" },
	{ HEAD AT "lrs at=entry used=65\n", "line 6: used: want at most 64" },
	{ V2 AT "lrs at=entry used=1 lr0=0x100000000\n", "line 6: lr0: want 32 bits" },
	{ HEAD AT "queued irq=34 line=2\n", "line 6: line: want 0|1" },
	{ HEAD "0.000000000 - - lost n=0\n", "line 6: n: want at least 1" },
	{ HEAD "0.000000000 - - state irq=27 enabled=1 pending=0 line=0 active=0 config=level "
	       "prio=0 target=0\n",
	  "line 6: vcpu: want one for irq 27" },
	{ HEAD "0.000000000 - - state irq=34 vcpu=1 enabled=1 pending=0 line=0 active=0 "
	       "config=level prio=0 target=0\n",
	  "line 6: vcpu: want none for irq 34" },
	{ HEAD "0.000000000 - - state irq=34 enabled=1 pending=0 line=0 active=0 config=both "
	       "prio=0 target=0\n",
	  "line 6: config: want level|edge" },
	{ HEAD "0.000000000 - - state irq=34 enabled=1 pending=0 line=0 active=0 config=edge "
	       "prio=0 target=4\n",
	  "line 6: target: want 0..3, have 4" },
	{ HEAD AT "ipi\n", "line 6: to: want it by who raises" },
	{ HEAD AT "ipi to=4\n", "line 6: to: want a CPU (0..3), have 4" },
	{ HEAD "0.000000001 0 irq ipi to=1\n", "line 6: to: want it by who raises" },
	{ HEAD "0.000000001 0 t1 ipi to=1\n", "line 6: ctx: want v or irq for ipi, have t" },
	{ HEAD "0.000000001 0 irq ipi reason=\"open\n", "line 6: want a closing quote" },
	{ HEAD "0.000000001 0 irq ipi reason=\"a\\n\"\n", "line 6: want \\\" or \\\\" },
	{ HEAD "0.000000001 0 irq ipi reason=01234567890123456789012345678901234567890123\n",
	  "line 6: reason: want printable UTF-8 of at most 43 bytes" },
	{ HEAD "0.000000001 0 irq ipi reason=\xff\n", "line 6: reason: want printable UTF-8" },
};

/* The reader's message, file and line included, on each of them. */
static void test_wrong_lines(void **state)
{
	const char *path = tu_path("a.vgt");
	const struct trace_rec *rec;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { .msg = "" };
		struct trace_reader *r;
		int rc = ERR_INPUT;

		tu_write(path, wrong[i].text, strlen(wrong[i].text));
		r = trace_open(path, &err);
		while (r && (rc = trace_next(r, &rec, &err)) > 0)
			;
		trace_close(r);
		assert_int_equal(rc, ERR_INPUT);
		if (strncmp(err.msg, path, strlen(path)) || !strstr(err.msg, wrong[i].words))
			fail_msg("%s: want \"%s\", have \"%s\"", wrong[i].text, wrong[i].words,
				 err.msg);
	}
}

static void test_long_line(void **state)
{
	const char *path = tu_path("b.vgt");
	char *text = malloc(200000);
	struct err err;

	memset(text, ' ', 200000);
	memcpy(text, "%vgt 1\n", 7);
	tu_write(path, text, 200000);
	assert_null(trace_open(path, &err));
	assert_non_null(strstr(err.msg, "line 2: want at most 8191 bytes"));
	free(text);
}

/*
 * Any bytes as a line: no crash, and what is taken writes a line that reads
 * back the same. Lines are made by mixing words of good ones, so that many
 * are nearly right. A fixed seed: the same lines each time.
 */
static void test_random_lines(void **state)
{
	static const char good[] = TU_EVENTS;
	struct trace_rec rec[TEXT_MAX_RECS], back[TEXT_MAX_RECS];
	char line[TEXT_LINE_MAX], again[TEXT_LINE_MAX], why[256];
	uint64_t seed = 88172645463325252u;
	unsigned int taken = 0;

	for (unsigned int k = 0; k < 200000; k++) {
		const char *from, *nl;
		size_t n;
		int nr;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		from = good + seed % (sizeof(good) - 2);
		while (from > good && from[-1] != '\n')
			from--;
		nl = strchr(from, '\n');
		n = (size_t)(nl - from);
		memcpy(line, from, n);
		for (uint64_t m = seed >> 32; m & 3; m >>= 2)
			line[(m >> 8) % n] = (char)((seed >> 20) * m);
		nr = text_parse_line(line, n, rec, why, sizeof(why));
		assert_true(nr <= TEXT_MAX_RECS);
		/* Out of range is as good as not taken. */
		if (nr <= 0 || trace_rec_check(rec, NULL, why, sizeof(why)))
			continue;
		taken++;
		n = (size_t)text_format(rec, (unsigned int)nr, again, sizeof(again));
		assert_int_equal(text_parse_line(again, n, back, why, sizeof(why)), nr);
		assert_memory_equal(rec, back, (size_t)nr * sizeof(rec[0]));
	}
	assert_true(taken > 10000);
}

/* Any 64 bytes as a record: no crash, and what passes reads back from text. */
static void test_random_records(void **state)
{
	struct trace_meta meta = { .gic = 3, .nr_vcpus = 4, .nr_pcpus = 4, .nr_spis = 96 };
	struct trace_rec rec[TEXT_MAX_RECS], back[TEXT_MAX_RECS];
	char line[TEXT_LINE_MAX], why[256];
	uint64_t seed = 1181783497276652981u;
	unsigned int taken = 0;

	for (unsigned int k = 0; k < 2000000; k++) {
		uint8_t *b = (uint8_t *)rec;
		int n;

		memset(rec, 0, sizeof(rec));
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		rec->kind = (uint8_t)(seed % (REC_NR_KINDS + 1));
		rec->ctx = seed >> 8 & 3;
		rec->flags = seed >> 60 & 1 ? 1u << (seed >> 16 & 31) & 0x7ffff : 0;
		for (uint64_t m = seed >> 40 & 0xfffff; m; m >>= 7)
			b[24 + (m & 15)] = (uint8_t)(m >> 4 & 7);
		if (trace_rec_check(rec, &meta, why, sizeof(why)) || rec->kind == REC_LRS_MORE ||
		    text_line_recs(rec) > 1)
			continue;
		taken++;
		n = trace_text_line(rec, line, sizeof(line));
		assert_true(n > 0 && n < TEXT_LINE_MAX);
		if (text_parse_line(line, (size_t)n, back, why, sizeof(why)) != 1)
			fail_msg("%s: %s", line, why);
		assert_memory_equal(rec, back, sizeof(*rec));
	}
	assert_true(taken > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_lines),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_random_lines),
		cmocka_unit_test(test_random_records),
	};

	return cmocka_run_group_tests(tests, tu_setup, tu_teardown);
}
