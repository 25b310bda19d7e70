// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The importer's rules, each on a hand-made snippet: order, exit causes,
 * pairing, identity of vCPUs, evidence, losses, malformed lines.
 */
#include "import-test-util.h"

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

	o.vcpu_map = "20=1,22=0";
	r = import_text(anonymous, &o);
	ok(&r);
	assert_int_equal(r.sum.warnings.nr, 1);
	assert_true(noted(&r.sum.warnings, "--vcpu-map: thread 22, said to be vCPU 0, never"));
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

static void test_raised(void **state)
{
	struct result r = import_text(
		HEAD V0 "1.0" ENTRY V0 "1.1" TRAP V0 "1.2" ICC V0
			"1.3: ipi_raise:            target_mask=00000000,0000000c " RESCHED V0
			"1.4" ENTRY V0 "1.5" TRAP V0
			"1.6: ipi_raise:            target_mask=00000000,00000001 " RESCHED,
		NULL);

	ok(&r);
	/* the second follows no access to the GIC */
	assert_int_equal(kinds(&r, REC_IPI), 2);
	assert_int_equal(nth(&r, REC_IPI, 0)->ctx, CTX_VCPU);
	assert_int_equal(nth(&r, REC_IPI, 0)->d.ipi.to, 2);
	assert_int_equal(nth(&r, REC_IPI, 1)->d.ipi.to, 3);
	assert_string_equal(nth(&r, REC_IPI, 1)->d.ipi.reason, "Rescheduling interrupts");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	     cmocka_unit_test(test_causes),
		cmocka_unit_test(test_maintenance),  cmocka_unit_test(test_no_cause),
		cmocka_unit_test(test_mmio),	     cmocka_unit_test(test_sgi_value),
		cmocka_unit_test(test_injections),   cmocka_unit_test(test_vcpu_map),
		cmocka_unit_test(test_learned),	     cmocka_unit_test(test_two_vms),
		cmocka_unit_test(test_no_evidence),  cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_malformed),    cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_in_perf), cmocka_unit_test(test_heads),
		cmocka_unit_test(test_bounded),	     cmocka_unit_test(test_host_irqs_elsewhere),
		cmocka_unit_test(test_raised),	     cmocka_unit_test(test_frames),
		cmocka_unit_test(test_msi),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
