// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The importer on pieces of real recordings (samples/host/), with counts made
 * by searching their text, and on hand-made snippets for what those lack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gic.h"
#include "import.h"
#include "trace.h"

#define HOST SOURCE_DIR "/traces/samples/host/"

/* A trace read back: its records and their text. */
struct result {
	int rc;
	struct err err;
	struct import_summary sum;
	struct trace_meta meta;
	struct trace_rec *rec;
	size_t nr;
};

static char dir[] = "/tmp/import-test-XXXXXX";

static void path_of(char *buf, size_t room, const char *name)
{
	snprintf(buf, room, "%s/%s", dir, name);
}

static void read_back(struct result *r, const char *path)
{
	struct err err = { 0 };
	struct trace_reader *t = trace_open(path, &err);
	const struct trace_rec *rec;
	int rc;

	if (!t)
		fail_msg("%s", err.msg);
	r->meta = *trace_meta(t);
	while ((rc = trace_next(t, &rec, &err)) > 0) {
		r->rec = realloc(r->rec, (r->nr + 1) * sizeof(*r->rec));
		r->rec[r->nr++] = *rec;
	}
	if (rc)
		fail_msg("%s", err.msg);
	trace_close(t);
}

static struct result import_file(const char *in, const struct import_options *opt)
{
	struct result r = { 0 };
	char out[256];

	path_of(out, sizeof(out), "out.pcap");
	unlink(out);
	import_summary_init(&r.sum);
	r.rc = import_trace(in, out, opt, &r.sum, &r.err);
	if (!r.rc)
		read_back(&r, out);
	else
		assert_int_not_equal(access(out, F_OK), 0);
	return r;
}

static struct result import_text(const char *text, const struct import_options *opt)
{
	char in[256];
	FILE *f;

	path_of(in, sizeof(in), "in.txt");
	f = fopen(in, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return import_file(in, opt);
}

static void release(struct result *r)
{
	import_summary_free(&r->sum);
	free(r->rec);
}

static void ok(const struct result *r)
{
	if (r->rc)
		fail_msg("%s", r->err.msg);
}

static size_t lines_with(const char *path, const char *what)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	fclose(f);
	return n;
}

static size_t kinds(const struct result *r, enum rec_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nr; i++)
		n += r->rec[i].kind == kind;
	return n;
}

static const struct trace_rec *nth(const struct result *r, enum rec_kind kind, size_t n)
{
	for (size_t i = 0; i < r->nr; i++)
		if (r->rec[i].kind == kind && !n--)
			return &r->rec[i];
	fail_msg("no such record");
	return NULL;
}

static bool noted(const struct import_notes *n, const char *what)
{
	for (size_t i = 0; i < n->nr; i++)
		if (strstr(n->text[i], what))
			return true;
	return false;
}

static void same_records(const struct result *a, const struct result *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_memory_equal(&a->meta, &b->meta, sizeof(a->meta));
	for (size_t i = 0; i < a->nr; i++)
		assert_memory_equal(&a->rec[i], &b->rec[i], sizeof(a->rec[i]));
}

/* ---- pieces of real recordings ------------------------------------------ */

static void counts_of(const char *path, uint32_t gic)
{
	struct result r = import_file(path, NULL);

	ok(&r);
	assert_int_equal(r.meta.gic, gic);
	assert_int_equal(r.meta.nr_vcpus, 4);
	assert_int_equal(kinds(&r, REC_ENTRY), lines_with(path, " kvm_entry:"));
	assert_int_equal(kinds(&r, REC_EXIT), lines_with(path, " kvm_exit:"));
	assert_int_equal(kinds(&r, REC_LRS), lines_with(path, "entry_lrs:") +
						     lines_with(path, "exit_lrs:") +
						     lines_with(path, "kvm_vgic_lrs:"));
	assert_int_equal(kinds(&r, REC_WFI), lines_with(path, "kvm_wfx_arm64:"));
	assert_int_equal(kinds(&r, REC_QUEUED), lines_with(path, " queue:"));
	assert_int_equal(kinds(&r, REC_MMIO),
			 lines_with(path, "mmio write ") + lines_with(path, "mmio read "));
	for (size_t i = 1; i < r.nr; i++)
		assert_true(r.rec[i].time_ns >= r.rec[i - 1].time_ns);
	release(&r);
}

static void test_real_counts(void **state)
{
	counts_of(HOST "k46-gicv2.report.txt", 2);
	counts_of(HOST "k48-gicv3.report.txt", 3);
	counts_of(HOST "k61-gicv3.report.txt", 3);
	counts_of(HOST "k612-gicv3.report.txt", 3);
}

/* The three text forms of the same events are the same trace. */
static void test_text_forms(void **state)
{
	struct result a = import_file(HOST "k61-gicv3.report.txt", NULL);
	struct result b = import_file(HOST "k61-gicv3.ftrace.txt", NULL);
	struct result c = import_file(HOST "k61-gicv3.perf.txt", NULL);

	ok(&a);
	ok(&b);
	ok(&c);
	assert_string_equal(a.sum.format, "text of trace-cmd report");
	assert_string_equal(b.sum.format, "ftrace's trace file");
	assert_string_equal(c.sum.format, "text of perf script");
	same_records(&a, &c);
	/* ftrace's times are in microseconds */
	assert_int_equal(b.meta.resolution_ps, 1000000);
	assert_int_equal(a.meta.resolution_ps, 16000);
	assert_int_equal(a.nr, b.nr);
	for (size_t i = 0; i < a.nr; i++) {
		assert_int_equal(a.rec[i].kind, b.rec[i].kind);
		assert_memory_equal(&a.rec[i].d, &b.rec[i].d, sizeof(a.rec[i].d));
		assert_true(a.rec[i].time_ns < b.rec[i].time_ns + 1001 &&
			    b.rec[i].time_ns < a.rec[i].time_ns + 1001);
	}
	release(&a);
	release(&b);
	release(&c);
}

static void test_dat(void **state)
{
	struct result a = import_file(HOST "k48-gicv2.dat", NULL);
	struct result b = import_file(HOST "k48-gicv2.v7.dat", NULL);

	ok(&a);
	ok(&b);
	/* by trace-cmd report -N | grep -c */
	assert_int_equal(kinds(&a, REC_ENTRY), 64);
	assert_int_equal(kinds(&a, REC_EXIT), 63);
	assert_int_equal(kinds(&a, REC_MMIO), 20);
	assert_int_equal(kinds(&a, REC_LRS), 126);
	assert_int_equal(a.meta.gic, 2);
	assert_int_equal(a.meta.nr_pcpus, 4);
	same_records(&a, &b);
	release(&a);
	release(&b);
}

/* The recorder marks a page of a CPU's buffer before which it lost events. */
static void test_dat_lost(void **state)
{
	static char buf[65536];
	struct result r;
	uint64_t off, commit;
	size_t n, at;
	char in[256];
	FILE *f = fopen(HOST "k48-gicv2.dat", "rb");

	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	for (at = n - 10; at && memcmp(buf + at, "flyrecord", 10); at--)
		;
	assert_true(at > 0);
	memcpy(&off, buf + at + 10, 8); /* CPU 0's pages; take the second */
	memcpy(&commit, buf + off + 4096 + 8, 8);
	assert_true(commit + 24 <= 4096);
	commit |= 3u << 30; /* some were lost, and their number is stored */
	memcpy(buf + off + 4096 + 8, &commit, 8);
	memcpy(buf + off + 4096 + 16 + (commit & 0xfffff), &(uint64_t){ 77 }, 8);
	path_of(in, sizeof(in), "cut.dat");
	f = fopen(in, "wb");
	fwrite(buf, 1, n, f);
	fclose(f);
	r = import_file(in, NULL);
	ok(&r);
	assert_int_equal(kinds(&r, REC_LOST), 1);
	assert_int_equal(nth(&r, REC_LOST, 0)->d.lost.n, 77);
	assert_int_equal(nth(&r, REC_LOST, 0)->cpu, 0);
	assert_int_equal(r.sum.lost_events, 77);
	release(&r);
}

static void test_dat_cut(void **state)
{
	static const long at[] = { 5, 100, 3000, 20000, 41000 };
	char buf[65536], in[256];
	FILE *f = fopen(HOST "k48-gicv2.dat", "rb");
	size_t n = fread(buf, 1, sizeof(buf), f);

	fclose(f);
	path_of(in, sizeof(in), "cut.dat");
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct result r;

		assert_true((size_t)at[i] < n);
		f = fopen(in, "wb");
		fwrite(buf, 1, (size_t)at[i], f);
		fclose(f);
		r = import_file(in, NULL);
		if (r.rc) {
			assert_int_equal(err_exit_status(&r.err), 3);
			assert_non_null(strstr(r.err.msg, in));
		}
		release(&r);
	}
}

static void test_vgic_state(void **state)
{
	const char *path = HOST "k61-gicv3.vgic-state.txt";
	struct import_options o = { .vgic_state = path };
	struct result r = import_file(HOST "k61-gicv3.report.txt", &o);
	size_t vtimers = 0;

	ok(&r);
	/* all of this guest's interrupts have priority 160 */
	assert_int_equal(kinds(&r, REC_STATE), lines_with(path, " 160 "));
	assert_int_equal(r.meta.nr_spis, 256);
	for (size_t i = 0; i < r.nr && r.rec[i].kind == REC_STATE; i++) {
		assert_int_equal(r.rec[i].time_ns, 0);
		vtimers += r.rec[i].d.state.irq == 27 && (r.rec[i].flags & REC_HAS_HW) &&
			   r.rec[i].d.state.hw == 27 && r.rec[i].d.state.enabled &&
			   !r.rec[i].d.state.edge;
	}
	assert_int_equal(vtimers, 4);
	release(&r);
}

/* ---- hand-made ---------------------------------------------------------- */

#define HEAD  "cpus=4\n"
#define V0    "       CPU 0/KVM-10    [001]     "
#define V1    "       CPU 1/KVM-11    [002]     "
#define IO    " qemu-system-aar-9     [000]     "
#define ENTRY ": kvm_entry:            PC: 0x1000\n"
#define IRQ   ": kvm_exit:             IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x1000\n"
#define TRAP  ": kvm_exit:             TRAP: HSR_EC: 0x0024 (DABT_LOW), PC: 0x1000\n"
#define LEAVE ": kvm_arm_clear_debug:  flags: 0x00000000\n"
#define ICC                                                                                        \
	": kvm_sys_access:       [FAILED TO PARSE] vcpu_pc=0x10 is_write=1 name=0xf Op0=3 Op1=0 "  \
	"CRn=12 CRm=11 Op2=5\n"
#define RESCHED "(Rescheduling interrupts)\n"

static void test_order(void **state)
{
	struct result r = import_text(
		HEAD V0 "1.000000100" ENTRY V0 "1.000000200" LEAVE V0
			"1.000000300: irq_handler_entry:    irq=12 name=kvm guest vtimer\n" V0
			"1.000000400: vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 1\n" IO
			"1.000000450: vgic_update_irq_pending: VCPU: 0, IRQ 40, level: 1\n" V0
			"1.000000500" IRQ V0 "1.000000600" ICC V0 "1.000000700" ENTRY,
		NULL);
	const struct trace_rec *exit, *timer, *spi;

	ok(&r);
	exit = nth(&r, REC_EXIT, 0);
	assert_int_equal(exit->time_ns, 100);
	assert_int_equal(exit->d.exit.reason, EXIT_IRQ);
	assert_int_equal(exit->d.exit.cause, CAUSE_TIMER);
	assert_false(exit->flags & REC_HAS_EC);
	timer = nth(&r, REC_INJECT, 0);
	assert_true(timer > exit);
	assert_int_equal(timer->ctx, CTX_IRQ);
	assert_int_equal(timer->cpu, 1);
	assert_int_equal(timer->d.inject.irq, 27);
	spi = nth(&r, REC_INJECT, 1);
	assert_int_equal(spi->ctx, CTX_THREAD);
	assert_int_equal(spi->ctx_id, 9);
	assert_false(spi->flags & REC_HAS_VCPU);
	assert_int_equal(nth(&r, REC_SYSREG, 0)->d.sysreg.reg, SYSREG_ICC_SGI1R_EL1);
	assert_false(nth(&r, REC_SYSREG, 0)->flags & REC_HAS_VAL);
	release(&r);
}

/* One exit of vCPU 0 on CPU 1 with @window between leaving and kvm_exit. */
static enum rec_cause cause_of(const char *before, const char *window, const char *after)
{
	char text[4096];
	struct result r;
	enum rec_cause cause;

	snprintf(text, sizeof(text),
		 HEAD V1 "0.500" ICC "%s" V0 "1.000" ENTRY "%s" V0 "1.100" LEAVE "%s" V0 "1.500" IRQ
			 "%s" V0 "1.700" ENTRY IO
			 "1.800: ipi_entry:            (Timer broadcast interrupts)\n",
		 "", before, window, after);
	r = import_text(text, &(struct import_options){ .gic = 3 });
	ok(&r);
	cause = (enum rec_cause)nth(&r, REC_EXIT, 0)->d.exit.cause;
	release(&r);
	return cause;
}

#define RAISE	": ipi_raise:            target_mask=00000000,00000002 " RESCHED
#define ARRIVES V0 "1.200: ipi_entry:            " RESCHED
#define LRS(what, hcr, lr0)                                                                        \
	": " what ":            (ffff) vcpu=0 used=1 hcr=" hcr " vmcr=0x0 ap1r0=0x0 lr0=" lr0 "\n"

static void test_causes(void **state)
{
	assert_int_equal(cause_of(V1 "1.010" ICC V1 "1.020" RAISE, ARRIVES, ""), CAUSE_KICK);
	/* raised by a thread that did nothing to the vgic */
	assert_int_equal(cause_of(IO "1.020" RAISE, ARRIVES, ""), CAUSE_IPI);
	/* the scheduler wanted the CPU */
	assert_int_equal(cause_of(V1 "1.010" ICC V1 "1.020" RAISE, ARRIVES,
				  V0 "1.600: sched_switch:         prev_comm=CPU 0/KVM prev_pid=10 "
				     "prev_prio=120 prev_state=R ==> next_comm=x next_pid=77 "
				     "next_prio=120\n"),
			 CAUSE_IPI);
	/* no ipi_raise in the recording */
	assert_int_equal(cause_of("", ARRIVES, ""), CAUSE_KICK);
	assert_int_equal(
		cause_of("", V0 "1.2: ipi_entry:            (Function call interrupts)\n", ""),
		CAUSE_IPI);
	assert_int_equal(cause_of("", V0 "1.2: irq_handler_entry:    irq=13 name=arch_timer\n", ""),
			 CAUSE_TIMER);
	assert_int_equal(cause_of("", V0 "1.2: irq_handler_entry:    irq=50 name=eth0\n", ""),
			 CAUSE_DEVICE);
	assert_int_equal(cause_of("", "", ""), CAUSE_OTHER);
}

static void test_maintenance(void **state)
{
	static const char *const entry[] = {
		/* underflow enabled */
		V0 "1.0" LRS("entry_lrs", "0x3", "0x50a0000000000021"),
		/* EOI bit, non-HW, pending */
		V0 "1.0" LRS("entry_lrs", "0x1", "0x50a0020000000021"),
		V0 "1.0" LRS("entry_lrs", "0x1", "0x50a0000000000021"),
	};
	static const enum rec_cause want[] = { CAUSE_MAINTENANCE, CAUSE_MAINTENANCE, CAUSE_OTHER };

	for (size_t i = 0; i < 3; i++) {
		char text[4096];
		struct result r;

		snprintf(text, sizeof(text),
			 HEAD "%s" V0 "1.05" ENTRY V0 "1.1" LEAVE V0 "1.2%s" V0 "1.5" IRQ V0
			      "1.7" ENTRY IO
			      "1.8: ipi_entry:            (Timer broadcast interrupts)\n",
			 entry[i], LRS("exit_lrs", "0x1", "0x10a0020000000021"));
		r = import_text(text, NULL);
		ok(&r);
		assert_int_equal(r.meta.gic, 3);
		assert_int_equal(nth(&r, REC_EXIT, 0)->d.exit.cause, want[i]);
		release(&r);
	}
}

/* Without any host interrupt in the recording there is no cause. */
static void test_no_cause(void **state)
{
	struct result r =
		import_text(HEAD V0 "1.0" ENTRY V0 "1.1" LEAVE V0 "1.2" IRQ V0 "1.3" ICC, NULL);

	ok(&r);
	assert_int_equal(nth(&r, REC_EXIT, 0)->d.exit.cause, CAUSE_UNKNOWN);
	assert_true(noted(&r.sum.inferred, "without a cause"));
	release(&r);
}

static void test_mmio(void **state)
{
	struct result r = import_text(
		HEAD V0
		"1.0" ENTRY V0 "1.1" TRAP V0
		"1.2: kvm_mmio:             mmio unsatisfied-read len 4 gpa 0x8000004 val 0x0\n" V1
		"1.25" ENTRY V0
		"1.3: kvm_mmio:             mmio read len 4 gpa 0x8000004 val 0x88\n" V0
		"1.4" ENTRY V0 "1.5" TRAP V0
		"1.6: kvm_mmio:             mmio write len 4 gpa 0x8000f00 val 0x20001\n" V0
		"1.7: kvm_mmio:             mmio unsatisfied-read len 2 gpa 0x9000018 val 0x0\n",
		NULL);
	const struct trace_rec *rd, *wr;

	ok(&r);
	assert_int_equal(kinds(&r, REC_MMIO), 2);
	rd = nth(&r, REC_MMIO, 0);
	wr = nth(&r, REC_MMIO, 1);
	assert_int_equal(rd->time_ns, 200000000);
	assert_int_equal(rd->d.mmio.val, 0x88);
	assert_int_equal(rd->d.mmio.write, 0);
	assert_int_equal(wr->d.mmio.val, 0x20001);
	assert_int_equal(wr->d.mmio.write, 1);
	assert_true(noted(&r.sum.skipped, "1 reads whose value is not in the recording"));
	/* 0x88: ITLinesNumber 8, so 9 * 32 INTIDs */
	assert_int_equal(r.meta.nr_spis, 256);
	assert_int_equal(r.meta.gic, 2);
	release(&r);
}

static void test_sgi_value(void **state)
{
	struct result r =
		import_text(HEAD V0 "1.0" ENTRY V0 "1.1" TRAP V0 "1.2" ICC V0
				    "1.3: sgi_v3:               (ffff) vcpu=0 sgi1r=0x1000008 "
				    "allow_g1=1\n" V0 "1.4" ENTRY,
			    NULL);

	ok(&r);
	assert_int_equal(kinds(&r, REC_SYSREG), 1);
	assert_true(nth(&r, REC_SYSREG, 0)->flags & REC_HAS_VAL);
	assert_int_equal(nth(&r, REC_SYSREG, 0)->d.sysreg.val, 0x1000008);
	release(&r);
}

/* kvm_irq_line and vgic_update_irq_pending are one injection; 27/0 twice is one. */
static void test_injections(void **state)
{
	struct result r = import_text(
		HEAD V0
		"1.0" ENTRY IO
		"1.1: kvm_irq_line:         Inject VGIC SPI interrupt (1), vcpu->idx: 0, num: 78, "
		"level: 1\n" IO "1.2: vgic_update_irq_pending: VCPU: 0, IRQ 78, level: 1\n" V0
		"1.3" IRQ V0 "1.4: vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 0\n" V0
		"1.5: vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 0\n" V0
		"1.6: vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 1\n" V0
		"1.7: vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 1\n" V0 "1.8" ICC,
		NULL);

	ok(&r);
	assert_int_equal(kinds(&r, REC_INJECT), 4);
	assert_int_equal(nth(&r, REC_INJECT, 0)->d.inject.irq, 78);
	assert_int_equal(nth(&r, REC_INJECT, 1)->d.inject.level, 0);
	assert_int_equal(nth(&r, REC_INJECT, 3)->d.inject.level, 1);
	assert_true(noted(&r.sum.skipped, "1 updates of a timer's or other PPI"));
	assert_true(noted(&r.sum.skipped, "1 kvm_irq_line"));
	release(&r);
}

static void test_vcpu_map(void **state)
{
	static const char anonymous[] = "cpus=2\n            <...>-20    [000]     1.0" ENTRY
					"            <...>-21    [001]     1.1" ENTRY
					"            <...>-20    [000]     1.2" TRAP
					"            <...>-20    [000]     1.3" ICC;
	struct import_options o = { .machine = "qemu-virt", .vcpu_map = "20=1,21=0" };
	struct result r = import_text(anonymous, &o);

	ok(&r);
	assert_int_equal(nth(&r, REC_ENTRY, 0)->ctx_id, 1);
	assert_int_equal(r.sum.warnings.nr, 0);
	release(&r);

	o.vcpu_map = NULL;
	r = import_text(anonymous, &o);
	ok(&r);
	assert_int_equal(nth(&r, REC_ENTRY, 0)->ctx_id, 0);
	assert_true(noted(&r.sum.warnings, "GUESSED: thread 20"));
	assert_true(noted(&r.sum.warnings, "GUESSED: thread 21"));
	release(&r);

	o.vcpu_map = "20:1";
	r = import_text(anonymous, &o);
	assert_int_equal(r.rc, ERR_USAGE);
	release(&r);
}

static void test_learned(void **state)
{
	struct import_options o = { .machine = "qemu-virt" };
	struct result r = import_text(
		"cpus=2\n      vcpu-20    [000]     1.0" ENTRY "      vcpu-20    [000]     1.2" TRAP
		"      vcpu-20    [000]     1.3: kvm_timer_update_irq: VCPU: 3, IRQ 27, level 0\n"
		"      vcpu-20    [000]     1.4" ICC,
		&o);

	ok(&r);
	assert_int_equal(nth(&r, REC_ENTRY, 0)->ctx_id, 3);
	assert_int_equal(r.meta.nr_vcpus, 4);
	assert_int_equal(r.sum.warnings.nr, 0);
	release(&r);
}

static void test_two_vms(void **state)
{
	struct result r = import_text(
		HEAD V0 "1.0" ENTRY "       CPU 0/KVM-99    [003]     1.1" ENTRY V0 "1.2" ICC,
		NULL);

	assert_int_equal(r.rc, ERR_USAGE);
	assert_non_null(strstr(r.err.msg, "--vcpu-map"));
	release(&r);

	/* one VM chosen: the other's vCPU is left out with what it injects */
	r = import_text(
		HEAD V0
		"1.0" ENTRY "       CPU 0/KVM-99    [003]     1.1" ENTRY
		"       CPU 0/KVM-99    [003]     1.15: vgic_update_irq_pending: VCPU: 0, IRQ "
		"27, level: 1\n" V0 "1.2" ICC IO
		"1.3: vgic_update_irq_pending: VCPU: 0, IRQ 40, level: 1\n",
		&(struct import_options){ .vcpu_map = "10=0" });
	ok(&r);
	assert_int_equal(kinds(&r, REC_ENTRY), 1);
	assert_int_equal(kinds(&r, REC_INJECT), 1);
	assert_int_equal(nth(&r, REC_INJECT, 0)->d.inject.irq, 40);
	assert_true(noted(&r.sum.skipped, "2 vCPU events of threads that are no vCPU of this VM"));
	assert_true(noted(&r.sum.warnings, "1 injections are of threads"));
	release(&r);
}

static void test_no_evidence(void **state)
{
	struct result r = import_text(HEAD V0 "1.0" ENTRY V0 "1.1" TRAP, NULL);

	assert_int_equal(r.rc, ERR_USAGE);
	assert_non_null(strstr(r.err.msg, "--gic"));
	release(&r);
	r = import_text("cpus=2\n      vcpu-20    [000]     1.0" ENTRY, NULL);
	assert_int_equal(r.rc, ERR_USAGE);
	assert_non_null(strstr(r.err.msg, "--machine"));
	release(&r);
	r = import_text(HEAD "          sleep-5    [000]     1.0: kvm_fpu:              load\n",
			&(struct import_options){ .gic = 3, .machine = "qemu-virt" });
	assert_int_equal(r.rc, ERR_INPUT);
	assert_non_null(strstr(r.err.msg, "kvm_entry"));
	release(&r);
}

static void test_conflict(void **state)
{
	struct result r = import_text(HEAD V0 "1.0" ENTRY V0 "1.1" TRAP V0 "1.2" ICC,
				      &(struct import_options){ .gic = 2 });

	ok(&r);
	assert_int_equal(r.meta.gic, 2);
	assert_true(noted(&r.sum.warnings, "says GICv3"));
	release(&r);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *line, *want;
	} t[] = {
		{ "this is no event\n", "line 3: want \"comm-pid [cpu] seconds: event" },
		{ V0 "1.5: kvm_exit:             nothing\n", "line 3: kvm_exit: want" },
		{ V0 "1.5: kvm_mmio:             mmio write len 4 gpa oops\n",
		  "line 3: kvm_mmio:" },
		{ V0 "0.5" ENTRY, "line 3: time goes back" },
		{ V0 "1.5: vgic_update_irq_pending: VCPU: 0, IRQ x\n", "line 3: vgic_update" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char text[1024];
		struct result r;

		snprintf(text, sizeof(text), HEAD V0 "1.0" ENTRY "%s", t[i].line);
		r = import_text(text, &(struct import_options){ .gic = 3 });
		assert_int_equal(r.rc, ERR_INPUT);
		assert_int_equal(err_exit_status(&r.err), 3);
		if (!strstr(r.err.msg, t[i].want))
			fail_msg("%s", r.err.msg);
		release(&r);
	}
}

static void test_lost(void **state)
{
	struct result r = import_text(
		HEAD V0 "1.0" ENTRY V0 "1.1" LEAVE "CPU:1 [LOST 45 EVENTS]\n" V0 "1.3" TRAP V0
			"1.4" ENTRY "CPU:2 [7 EVENTS DROPPED]\n" V1 "1.5" ENTRY V1 "1.6" ICC,
		NULL);

	ok(&r);
	assert_int_equal(kinds(&r, REC_LOST), 2);
	assert_int_equal(nth(&r, REC_LOST, 0)->d.lost.n, 45);
	assert_int_equal(nth(&r, REC_LOST, 0)->time_ns, 300000000);
	assert_int_equal(nth(&r, REC_LOST, 1)->d.lost.n, 7);
	assert_int_equal(r.sum.lost_events, 52);
	/* what began before the loss is not believed */
	assert_int_equal(nth(&r, REC_EXIT, 0)->time_ns, 300000000);
	release(&r);
}

static void test_lost_in_perf(void **state)
{
	struct result r = import_text(
		"       CPU 0/KVM    10 [001]     1.000000000:                  kvm:kvm_entry: PC: "
		"0x10\n"
		"       CPU 0/KVM 10/10 [001]     1.100000000: PERF_RECORD_LOST lost 12\n"
		"       CPU 0/KVM    10 [001]     1.200000000:                  kvm:kvm_entry: PC: "
		"0x10\n",
		&(struct import_options){ .gic = 3 });

	ok(&r);
	assert_int_equal(nth(&r, REC_LOST, 0)->d.lost.n, 12);
	assert_int_equal(nth(&r, REC_LOST, 0)->time_ns, 100000000);
	assert_int_equal(kinds(&r, REC_ENTRY), 2);
	release(&r);
}

/* ftrace with record-tgid, and trace-cmd 3.2 with flags. */
static void test_heads(void **state)
{
	struct result r = import_text(
		"# tracer: nop\n#\n# entries-in-buffer/entries-written: 3/3   #P:6\n"
		"       CPU 0/KVM-10      (      9) [001] d..1.     1.000000: kvm_entry: PC: 0x10\n"
		"       CPU 0/KVM-10      (-------) [001] .....     1.100000: kvm_exit: TRAP: "
		"HSR_EC: "
		"0x0001 (WFx), PC: 0x10\n"
		"       CPU 0/KVM-10      [001] .....     1.200000: kvm_wfx_arm64: guest executed "
		"wfe "
		"at: 0x10\n",
		&(struct import_options){ .gic = 3 });

	ok(&r);
	assert_int_equal(r.meta.nr_pcpus, 6);
	assert_int_equal(kinds(&r, REC_WFE), 1);
	assert_int_equal(nth(&r, REC_EXIT, 0)->d.exit.ec, 1);
	release(&r);
}

/*
 * A read that is not finished for longer than the queue is: it is written
 * when it ends, and that is said.
 */
static void test_bounded(void **state)
{
	const size_t many = 70000;
	char in[256];
	struct result r;
	FILE *f;

	path_of(in, sizeof(in), "in.txt");
	f = fopen(in, "w");
	fprintf(f, HEAD V0
		"1.0" ENTRY V0 "1.1" TRAP V0
		"1.2: kvm_mmio:             mmio unsatisfied-read len 4 gpa 0x9000018 val 0x0\n");
	for (size_t i = 0; i < many; i++)
		fprintf(f, V1 "2.%09zu: kvm_wfx_arm64:        guest executed wfi at: 0x10\n", i);
	fprintf(f, V0 "3.0: kvm_mmio:             mmio read len 4 gpa 0x9000018 val 0x7\n");
	fclose(f);
	r = import_file(in, &(struct import_options){ .gic = 3 });
	ok(&r);
	assert_int_equal(kinds(&r, REC_WFI), many);
	assert_int_equal(nth(&r, REC_MMIO, 0)->d.mmio.val, 7);
	assert_int_equal(nth(&r, REC_MMIO, 0)->time_ns, 2000000000);
	assert_true(noted(&r.sum.warnings, "1 records lost their place in time"));
	release(&r);
}

/* kvm_vgic_lrs follows the entry it belongs to; its record comes before. */
static void test_lrs_before_entry(void **state)
{
	struct result r = import_file(HOST "k46-gicv2.report.txt", NULL);
	size_t seen = 0;

	ok(&r);
	for (size_t i = 0; i < r.nr; i++) {
		if (r.rec[i].kind != REC_LRS || r.rec[i].d.lrs.at_exit)
			continue;
		assert_true(i + 1 < r.nr);
		assert_int_equal(r.rec[i + 1].kind, REC_ENTRY);
		assert_int_equal(r.rec[i + 1].ctx_id, r.rec[i].ctx_id);
		assert_int_equal(r.rec[i + 1].time_ns, r.rec[i].time_ns);
		seen++;
	}
	assert_int_equal(seen, lines_with(HOST "k46-gicv2.report.txt", " when=0 "));
	release(&r);
}

static void test_host_irqs_elsewhere(void **state)
{
	struct result r =
		import_text(HEAD V0 "1.0" ENTRY "          <idle>-0     [003]     1.1: "
				    "irq_handler_entry:    irq=13 name=arch_timer\n" V0
				    "1.2: irq_handler_entry:    irq=13 name=arch_timer\n" V0
				    "1.3" IRQ V0 "1.4" ICC,
			    NULL);

	ok(&r);
	assert_int_equal(kinds(&r, REC_HOST_IRQ), 1);
	assert_int_equal(nth(&r, REC_HOST_IRQ, 0)->cpu, 1);
	assert_true(noted(&r.sum.skipped, "1 host interrupts and IPIs on a CPU without a vCPU"));
	/* no kvm_arm_clear_debug: the first host interrupt bounds the exit */
	assert_int_equal(nth(&r, REC_EXIT, 0)->time_ns, 200000000);
	release(&r);
}

static void test_frames(void **state)
{
	struct import_options o = { .gic = 3 };
	struct err err;
	struct result r;

	assert_int_equal(import_parse_frame(&o, "gicd=0x1000000,0x10000", &err), 0);
	assert_int_equal(import_parse_frame(&o, "gicr=0x2000000,0x20000", &err), 0);
	assert_int_equal(import_parse_frame(&o, "gicx=0,1", &err), ERR_USAGE);
	assert_int_equal(import_parse_frame(&o, "gicd=0x1000000", &err), ERR_USAGE);
	r = import_text(HEAD V0 "1.0" ENTRY, &o);
	ok(&r);
	assert_int_equal(r.meta.nr_frames, 2);
	assert_int_equal(r.meta.frame[1].gpa, 0x2000000);
	release(&r);

	o = (struct import_options){ .gic = 3, .machine = "kvmtool" };
	r = import_text(HEAD V0 "1.0" ENTRY V1 "1.1" ENTRY, &o);
	ok(&r);
	assert_int_equal(r.meta.frame[0].gpa, 0x3fff0000);
	assert_int_equal(r.meta.frame[1].gpa, 0x3fff0000 - 2 * 0x20000);
	release(&r);
}

/* A message on the slow path shows twice; one that missed the cache, later. */
static void test_msi(void **state)
{
	struct result r = import_text(
		HEAD V0 "1.0" ENTRY IO
			"1.1: its_cached:           (ffff) addr=0x8090040 data=2 devid=8\n" IO
			"1.2: queue:                (ffff) intid=8193 line=0 latch=1 active=0 "
			"enabled=1 hw=0 "
			"prio=160 group=1 src=0 cfg=0\n" IO
			"1.3: its_inject_msi:       (ffff) addr=0x8090040 data=3 devid=8\n" IO
			"1.4: its_cached:           (ffff) addr=0x8090040 data=3 devid=8\n" IO
			"1.5: its_cached:           (ffff) addr=0x8090040 data=4 devid=8\n" IO
			"1.6: kvm_set_irq:          gsi 4 level 1 source 0\n" V0 "1.7" TRAP V0
			"1.8" ICC,
		NULL);

	ok(&r);
	assert_int_equal(kinds(&r, REC_MSI), 2);
	assert_int_equal(nth(&r, REC_MSI, 0)->d.msi.eventid, 2);
	assert_int_equal(nth(&r, REC_MSI, 1)->d.msi.eventid, 3);
	assert_int_equal(r.meta.frame[r.meta.nr_frames - 1].kind, FRAME_ITS);
	release(&r);
}

static void test_own_forms(void **state)
{
	const char *sample = SOURCE_DIR "/traces/samples/gicv3-4vcpu-hackbench.pcap.gz";
	struct result a = import_file(sample, NULL), b = { 0 };

	ok(&a);
	assert_string_equal(a.sum.format, "vgicsim trace");
	assert_true(a.nr > 1000);
	read_back(&b, sample);
	same_records(&a, &b);
	release(&a);
	free(b.rec);
}

static void test_summary(void **state)
{
	struct result r = import_file(HOST "k61-gicv3.report.txt", NULL);
	json_t *j;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ok(&r);
	j = import_summary_json(&r.sum);
	assert_non_null(j);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "events"), "kvm_entry")),
		lines_with(HOST "k61-gicv3.report.txt", " kvm_entry:"));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "records"), "entry")),
		kinds(&r, REC_ENTRY));
	import_summary_print(&r.sum, f);
	fclose(f);
	assert_non_null(strstr(text, "inferred:"));
	assert_non_null(strstr(text, "skipped:"));
	free(text);
	json_decref(j);
	release(&r);
}

static int setup(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "in.txt", "out.pcap", "cut.dat" };
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		path_of(path, sizeof(path), names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_counts),
		cmocka_unit_test(test_text_forms),
		cmocka_unit_test(test_dat),
		cmocka_unit_test(test_dat_cut),
		cmocka_unit_test(test_vgic_state),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_no_cause),
		cmocka_unit_test(test_mmio),
		cmocka_unit_test(test_sgi_value),
		cmocka_unit_test(test_injections),
		cmocka_unit_test(test_vcpu_map),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_two_vms),
		cmocka_unit_test(test_no_evidence),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_host_irqs_elsewhere),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_msi),
		cmocka_unit_test(test_own_forms),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_dat_lost),
		cmocka_unit_test(test_lost_in_perf),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_lrs_before_entry),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
