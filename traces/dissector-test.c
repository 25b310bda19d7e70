// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Lua dissector under a headless tshark: values of each kind of packet. A
 * missing tshark fails the test: skipping would let the dissector rot.
 */
#include "test-util.h"

static char out[1 << 20];

/* What tshark prints with @args on the sample, warnings left out. */
static const char *tshark(const char *args)
{
	char cmd[1024];
	FILE *f;
	size_t n;

	snprintf(cmd, sizeof(cmd),
		 "tshark -X lua_script:" SOURCE_DIR "/traces/vgicsim.lua -r '%s' %s 2>'%s'",
		 tu_path("a.pcap"), args, tu_path("stderr"));
	f = popen(cmd, "r");
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = 0;
	if (pclose(f)) {
		char *why = tu_read(tu_path("stderr"), &n);

		fail_msg("%s: %s", cmd, why);
	}
	return out;
}

static int setup(void **state)
{
	static const char text[] = TU_HEADER TU_EVENTS;
	struct err err;

	if (tu_setup(state))
		return -1;
	tu_write(tu_path("a.vgt"), text, strlen(text));
	return tu_convert(tu_path("a.vgt"), tu_path("a.pcap"), &err);
}

static void expect(const char *args, const char *want)
{
	assert_string_equal(tshark(args), want);
}

static void test_header_and_footer(void **state)
{
	expect("-Y vgicsim.kind==0xf0 -T fields -e vgicsim.header.magic -e vgicsim.header.gic "
	       "-e vgicsim.header.vcpus -e vgicsim.header.pcpus -e vgicsim.header.spis "
	       "-e vgicsim.header.resolution -e vgicsim.header.frame.gpa -e vgicsim.header.source",
	       "vgictrac\t3\t4\t8\t96\t16000\t"
	       "0x0000000008000000,0x00000000080a0000,0x0000000008080000\t"
	       "design=kvm-6.1 host=\"a # b\" note=\"x\"\n");
	expect("-Y vgicsim.kind==0xf1 -T fields -e vgicsim.footer.count -e vgicsim.footer.last_seq "
	       "-e vgicsim.footer.duration",
	       "73\t73\t4294967295999999999\n");
}

static void test_records(void **state)
{
	expect("-Y 'vgicsim.kind==3 && vgicsim.write==1' -T fields -e frame.time_epoch "
	       "-e vgicsim.seq -e vgicsim.cpu -e vgicsim.vcpu -e vgicsim.gpa -e vgicsim.len "
	       "-e vgicsim.val",
	       "0.000000005\t15\t0\t0\t0x0000000008000f00\t4\t"
	       "0x0000000000020001\n");
	expect("-Y vgicsim.cause==2 -T fields -e vgicsim.reason", "0\n");
	expect("-Y 'vgicsim.kind==8 && vgicsim.irq==27' -T fields -e vgicsim.vcpu -e vgicsim.level "
	       "-e vgicsim.ctx",
	       "1\t0\t3\n");
	expect("-Y 'vgicsim.kind==4 && vgicsim.reg==0xc65d && vgicsim.val' -T fields "
	       "-e vgicsim.val",
	       "0x0000000000000000\n");
	expect("-Y vgicsim.name==arch_timer -T fields -e vgicsim.host_irq", "11\n");
	expect("-Y vgicsim.to -T fields -e vgicsim.to -e vgicsim.vcpu -e vgicsim.name",
	       "3\t0\tRescheduling interrupts\n");
	expect("-Y vgicsim.its.cmd==0x0a -T fields -e vgicsim.its.dw",
	       "0x000000080000000a,0x0000200100000001,0x0000000000000002,0x0000000000000000\n");
	expect("-Y vgicsim.vmcr -T fields -e vgicsim.at -e vgicsim.used -e vgicsim.lr "
	       "-e vgicsim.hcr -e vgicsim.vmcr",
	       "1\t2\t0x50a000000000001b,0x0000000000000000\t0x00000001\t0x004c0000\n");
	expect("-Y vgicsim.first_lr==14 -T fields -e vgicsim.lr",
	       "0x000000000000000e,0xffffffffffffffff\n");
	expect("-Y vgicsim.hw -T fields -e vgicsim.irq -e vgicsim.vcpu -e vgicsim.target "
	       "-e vgicsim.hw -e vgicsim.pending -e vgicsim.line -e vgicsim.group",
	       "27\t3\t4294967295\t27\t1\t1\t1\n");
	expect("-Y 'vgicsim.kind==19 && vgicsim.prio' -T fields -e vgicsim.line -e vgicsim.latch "
	       "-e vgicsim.active -e vgicsim.enabled -e vgicsim.prio",
	       "1\t0\t1\t0\t0x80\n");
}

/* Every packet has a name in the Info column, and none is malformed. */
static void test_columns(void **state)
{
	static const char *const names[] = { "header", "entry", "exit",	    "mmio",	"sysreg",
					     "wfi",    "wfe",	"hvc",	    "inject",	"msi",
					     "its",    "sched", "host-irq", "ipi",	"ack",
					     "eoi",    "dir",	"lrs",	    "lrs-more", "queued",
					     "state",  "lost",	"footer" };
	const char *all = tshark("-T fields -e _ws.col.Info");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strstr(all, names[i]))
			fail_msg("no %s in the Info column", names[i]);
	assert_null(strstr(all, "unknown"));
	expect("-Y '_ws.malformed || _ws.lua.error || vgicsim.short'", "");
}

static void test_json(void **state)
{
	const char *json = tshark("-T json -Y vgicsim.kind==9");

	assert_non_null(strstr(json, "\"vgicsim.devid\": \"0x00000010\""));
	assert_non_null(strstr(json, "\"vgicsim.eventid\": \"3\""));
	assert_non_null(strstr(json, "\"vgicsim.ctx_id\": \"4194304\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_and_footer),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, setup, tu_teardown);
}
