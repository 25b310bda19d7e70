/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Designs that are broken on purpose: the check names what they do, when, to which
 * vCPU and with which INTID. Each is a real design with one of its hooks replaced
 * (or the platform's kick, which the linker puts this file's in front of).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "replay.h"

static struct host host_v2, host_v3;
static const struct vgic_design *real;
static struct vgic_design broken;
static unsigned int calls;
static bool forget_kicks;

enum plat_kicked __real_plat_kick(struct plat_cpu *cpu, unsigned int vcpu);
enum plat_kicked __wrap_plat_kick(struct plat_cpu *cpu, unsigned int vcpu);

enum plat_kicked __wrap_plat_kick(struct plat_cpu *cpu, unsigned int vcpu)
{
	return forget_kicks ? PLAT_KICK_NONE : __real_plat_kick(cpu, vcpu);
}

static struct replay_result check(const char *text, const struct vgic_design *d, bool v2,
				  unsigned int lrs)
{
	char path[] = "/tmp/vgicsim-check-XXXXXX.vgt";
	int fd = mkstemps(path, 4), rc;
	struct replay_options o;
	struct replay_result res;
	struct trace_reader *r;
	bool truncated;
	struct err err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	replay_options_init(&o);
	o.design = d;
	o.host = v2 ? &host_v2 : &host_v3;
	o.check = true;
	o.nr_lrs = lrs;
	calls = 0;
	r = trace_open(path, &err);
	unlink(path);
	if (!r)
		fail_msg("%s", err.msg);
	rc = replay_run(r, &o, &res, &truncated, &err);
	trace_close(r);
	if (rc)
		fail_msg("%s", err.msg);
	return res;
}

static void expect(const char *text, bool v2, unsigned int lrs, enum vgic_finding found,
		   unsigned int vcpu, uint32_t irq)
{
	/* What the real design does is right. */
	struct replay_result res = check(text, real, v2, lrs);
	const struct oracle_report *r = oracle_report(res.oracle);

	if (r->violations)
		fail_msg("%s: INTID %u: %s: %s\n%s", real->name, r->shown[0].irq,
			 oracle_finding_name(r->shown[0].found), r->shown[0].text, r->shown[0].log);
	replay_result_fini(&res);
	forget_kicks = found == VGIC_FOUND_LATE_KICK;
	res = check(text, &broken, v2, lrs);
	forget_kicks = false;
	r = oracle_report(res.oracle);
	assert_true(r->violations > 0);
	if (r->shown[0].found != found)
		fail_msg("%s: want \"%s\", have \"%s\": %s", real->name, oracle_finding_name(found),
			 oracle_finding_name(r->shown[0].found), r->shown[0].text);
	assert_int_equal(r->shown[0].vcpu, vcpu);
	assert_int_equal(r->shown[0].irq, irq);
	assert_true(r->shown[0].t_ps > 0 && r->shown[0].t_ps < VT_US(1000).ps);
	assert_non_null(r->shown[0].log);
	replay_result_fini(&res);
}

static const char *const names[] = { "kvm-legacy", "kvm-aplist" };

static void break_design(unsigned int n)
{
	real = vgic_design_find(names[n]);
	broken = *real;
}

#define HEAD_V3                                                                                    \
	"%vgt 1\n%gic v3\n%vcpus 2\n%pcpus 4\n%spis 96\n"                                          \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"
#define HEAD_V2                                                                                    \
	"%vgt 1\n%gic v2\n%vcpus 2\n%pcpus 4\n%spis 96\n"                                          \
	"%frame gicd 0x08000000 0x10000\n"
#define STATE(irq, config)                                                                         \
	"0.000000000 - - state irq=" irq " enabled=1 pending=0 line=0 active=0 config=" config     \
	" prio=0xa0 target=0\n"

static const char one_edge[] =
	HEAD_V3 STATE("40", "edge") "0.000001000 0 v0 entry\n"
				    "0.000050000 2 t7 inject irq=40 level=1\n"
				    "0.000100000 0 v0 exit reason=trap ec=0x16\n"
				    "0.000101000 0 v0 hvc\n"
				    "0.000105000 0 v0 entry\n"
				    "0.000155000 0 v0 exit reason=trap ec=0x16\n"
				    "0.000156000 0 v0 hvc\n"
				    "0.000158000 0 v0 entry\n"
				    "0.000195000 0 v0 exit reason=trap ec=0x16\n";

/* ---- delivered twice ------------------------------------------------------ */

static void sync_again(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->sync(vgic, cpu, vcpu);
	if (++calls == 3)
		real->inject(vgic, cpu, vcpu, 40, true, false);
}

static void test_twice(void **state)
{
	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.sync = sync_again;
		expect(one_edge, false, 0, VGIC_FOUND_DUPLICATE, 0, 40);
	}
}

/* ---- lost, and late --------------------------------------------------------- */

static int inject_nothing(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			  bool level, bool mapped)
{
	return 0;
}

static void test_lost(void **state)
{
	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.inject = inject_nothing;
		expect(one_edge, false, 0, VGIC_FOUND_LATE_KICK, 0, 40);
	}
}

/* The vCPU is in the host when it comes, so that there is nobody to kick. */
static void test_lost_outside(void **state)
{
	static const char text[] =
		HEAD_V3 STATE("40", "edge") "0.000001000 0 v0 entry\n"
					    "0.000100000 0 v0 exit reason=trap ec=0x16\n"
					    "0.000100500 0 v0 inject irq=40 level=1\n"
					    "0.000105000 0 v0 entry\n"
					    "0.000155000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.inject = inject_nothing;
		expect(text, false, 0, VGIC_FOUND_LOST, 0, 40);
	}
}

static void test_kick_forgotten(void **state)
{
	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		expect(one_edge, false, 0, VGIC_FOUND_LATE_KICK, 0, 40);
	}
}

/* ---- registers that do nothing ------------------------------------------------ */

static uint64_t deaf_from, deaf_to;

static enum vgic_handled mmio_deaf(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
				   uint64_t gpa, unsigned int len, uint64_t *val)
{
	if (write && gpa >= deaf_from && gpa < deaf_to && ++calls)
		return VGIC_DONE;
	return real->mmio(vgic, cpu, vcpu, write, gpa, len, val);
}

static void deaf(const char *text, uint64_t off, uint64_t bytes, bool v2, unsigned int lrs,
		 enum vgic_finding found, unsigned int vcpu, uint32_t irq)
{
	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.mmio = mmio_deaf;
		deaf_from = 0x08000000 + off;
		deaf_to = deaf_from + bytes;
		/* The legacy vgic knows no priorities, and says so. */
		if (d == 0 && found == VGIC_FOUND_PRIORITY)
			continue;
		expect(text, v2, lrs, found, vcpu, irq);
	}
}

static void test_disable_ignored(void **state)
{
	deaf(HEAD_V3 STATE("40",
			   "edge") "0.000001000 0 v0 entry\n"
				   "0.000010000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000010500 0 v0 mmio write gpa=0x08000184 len=4 val=0x100\n"
				   "0.000012000 0 v0 entry\n"
				   "0.000050000 2 t7 inject irq=40 level=1\n"
				   "0.000100000 0 v0 exit reason=trap ec=0x16\n"
				   "0.000101000 0 v0 hvc\n"
				   "0.000105000 0 v0 entry\n"
				   "0.000155000 0 v0 exit reason=trap ec=0x16\n",
	     0x180, 0x80, false, 0, VGIC_FOUND_DISABLED, 0, 40);
}

static void test_routing_ignored(void **state)
{
	deaf(HEAD_V3 STATE("40",
			   "edge") "0.000001000 0 v0 entry\n"
				   "0.000001500 1 v1 entry\n"
				   "0.000010000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000010500 0 v0 mmio write gpa=0x08006140 len=8 val=0x1\n"
				   "0.000012000 0 v0 entry\n"
				   "0.000050000 2 t7 inject irq=40 level=1\n"
				   "0.000051500 1 v1 exit reason=irq cause=kick\n"
				   "0.000052500 1 v1 entry\n"
				   "0.000055500 1 v1 exit reason=trap ec=0x16\n"
				   "0.000100000 0 v0 exit reason=trap ec=0x16\n",
	     0x6000, 0x2000, false, 0, VGIC_FOUND_WRONG_VCPU, 0, 40);
}

/* With one list register the more important of two comes first. */
static void test_priority_ignored(void **state)
{
	deaf(HEAD_V3 STATE("40", "edge") STATE(
		     "41", "edge") "0.000001000 0 v0 entry\n"
				   "0.000010000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000010500 0 v0 mmio write gpa=0x08000429 len=1 val=0x10\n"
				   "0.000012000 0 v0 entry\n"
				   "0.000020000 0 v0 exit reason=trap ec=0x16\n"
				   "0.000020100 0 v0 inject irq=40 level=1\n"
				   "0.000020200 0 v0 inject irq=41 level=1\n"
				   "0.000025000 0 v0 entry\n"
				   "0.000100000 0 v0 exit reason=trap ec=0x16\n",
	     0x400, 0x400, false, 1, VGIC_FOUND_PRIORITY, 0, 40);
}

static void test_off_ignored(void **state)
{
	deaf(HEAD_V3 STATE("40",
			   "edge") "0.000001000 0 v0 entry\n"
				   "0.000010000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000010500 0 v0 mmio write gpa=0x08000184 len=4 val=0x100\n"
				   "0.000012000 0 v0 entry\n"
				   "0.000020000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000020500 0 v0 inject irq=40 level=1\n"
				   "0.000020600 0 v0 mmio write gpa=0x08000284 len=4 val=0x100\n"
				   "0.000021000 0 v0 entry\n"
				   "0.000030000 0 v0 exit reason=trap ec=0x24\n"
				   "0.000030500 0 v0 mmio write gpa=0x08000104 len=4 val=0x100\n"
				   "0.000032000 0 v0 entry\n"
				   "0.000100000 0 v0 exit reason=trap ec=0x16\n",
	     0x280, 0x80, false, 0, VGIC_FOUND_DUPLICATE, 0, 40);
}

/* GICv2: a second sender's SGI dropped. */
static void test_source_dropped(void **state)
{
	deaf(HEAD_V2 "0.000001000 0 v0 entry\n"
		     "0.000001500 1 v1 entry\n"
		     "0.000020000 0 v0 exit reason=trap ec=0x24\n"
		     "0.000020500 0 v0 mmio write gpa=0x08000f00 len=4 val=0x01000005\n"
		     "0.000050000 0 v0 entry\n"
		     "0.000100000 0 v0 exit reason=trap ec=0x16\n"
		     "0.000100000 1 v1 exit reason=trap ec=0x16\n",
	     0xf00, 4, true, 0, VGIC_FOUND_LATE_KICK, 1, 5);
}

/* ---- a level that is not looked at again ------------------------------------------ */

static int inject_high(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
		       bool level, bool mapped)
{
	if (irq == 60 && !level)
		return 0;
	return real->inject(vgic, cpu, vcpu, irq, level, mapped);
}

static void test_level_stays(void **state)
{
	static const char text[] =
		HEAD_V3 STATE("60", "level") "0.000001000 0 v0 entry\n"
					     "0.000010000 0 v0 exit reason=trap ec=0x16\n"
					     "0.000010500 0 v0 inject irq=60 level=1\n"
					     "0.000012600 0 v0 inject irq=60 level=0\n"
					     "0.000013000 0 v0 entry\n"
					     "0.000100000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.inject = inject_high;
		expect(text, false, 0, VGIC_FOUND_STALE_LEVEL, 0, 60);
	}
}

static void sync_clears_level(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->sync(vgic, cpu, vcpu);
	if (++calls == 3) /* after its end, whose maintenance interrupt makes that exit */
		real->inject(vgic, cpu, vcpu, 60, false, false);
}

static void test_not_resampled(void **state)
{
	static const char text[] =
		HEAD_V3 STATE("60", "level") "0.000001000 0 v0 entry\n"
					     "0.000010000 0 v0 exit reason=trap ec=0x16\n"
					     "0.000010500 0 v0 inject irq=60 level=1\n"
					     "0.000012000 0 v0 entry\n"
					     "0.000016000 0 v0 exit reason=trap ec=0x16\n"
					     "0.000016500 0 v0 hvc\n"
					     "0.000018000 0 v0 entry\n"
					     "0.000100000 0 v0 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < 2; d++) {
		break_design(d);
		broken.sync = sync_clears_level;
		expect(text, false, 0, VGIC_FOUND_NOT_RESAMPLED, 0, 60);
	}
}

/* ---- declared ----------------------------------------------------------------------- */

/* Scenario: disabled by another vCPU while it waits in a list register. */
static void test_declared(void **state)
{
	static const char text[] = HEAD_V3 STATE(
		"40", "edge") "0.000001000 0 v0 entry\n"
			      "0.000001500 1 v1 entry\n"
			      "0.000005000 2 t7 inject irq=40 level=1\n"
			      "0.000010000 1 v1 exit reason=trap ec=0x24\n"
			      "0.000010500 1 v1 mmio write gpa=0x08000184 len=4 val=0x100\n"
			      "0.000012000 1 v1 entry\n"
			      "0.000020000 0 v0 exit reason=trap ec=0x16\n"
			      "0.000021000 0 v0 hvc\n"
			      "0.000022000 0 v0 entry\n"
			      "0.000025000 0 v0 ack irq=40\n"
			      "0.000026000 0 v0 eoi irq=40\n"
			      "0.000030000 0 v0 exit reason=trap ec=0x16\n"
			      "0.000100000 1 v1 exit reason=trap ec=0x16\n";

	for (unsigned int d = 0; d < 2; d++) {
		struct replay_result res;
		const struct oracle_report *r;

		break_design(d);
		res = check(text, real, false, 0);
		r = oracle_report(res.oracle);
		assert_int_equal(r->violations, 0);
		assert_int_equal(r->nr_declared, d == 0);
		if (!d)
			assert_string_equal(r->declared[0].d->what,
					    "disabled interrupt stays in a list register");
		replay_result_fini(&res);
	}
}

static int setup(void **state)
{
	struct err err;

	if (host_load(&host_v3, "kunpeng920-2s-128c", &err) ||
	    host_load(&host_v2, "xgene1-m400", &err))
		fail_msg("%s", err.msg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_outside),
		cmocka_unit_test(test_kick_forgotten),
		cmocka_unit_test(test_disable_ignored),
		cmocka_unit_test(test_routing_ignored),
		cmocka_unit_test(test_priority_ignored),
		cmocka_unit_test(test_off_ignored),
		cmocka_unit_test(test_source_dropped),
		cmocka_unit_test(test_level_stays),
		cmocka_unit_test(test_not_resampled),
		cmocka_unit_test(test_declared),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
