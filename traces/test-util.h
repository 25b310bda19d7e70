/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of this folder share: a directory of their own, whole files. */
#ifndef TEST_UTIL_H
#define TEST_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

static char tu_dir[64];

static inline int tu_setup(void **state)
{
	(void)state;
	strcpy(tu_dir, "/tmp/vgicsim-test-XXXXXX");
	return mkdtemp(tu_dir) ? 0 : -1;
}

static inline int tu_teardown(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", tu_dir);
	return system(cmd);
}

/* A path in the test's directory; 64 may be in use at a time. */
static inline const char *tu_path(const char *name)
{
	static char buf[64][256];
	static int i;

	i = (i + 1) % 64;
	snprintf(buf[i], sizeof(buf[i]), "%s/%s", tu_dir, name);
	return buf[i];
}

static inline void tu_write(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* With a NUL behind; the caller frees. */
static inline char *tu_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	size_t cap = 1 << 20;
	char *buf = malloc(cap + 1);

	assert_non_null(f);
	assert_non_null(buf);
	*n = fread(buf, 1, cap, f);
	assert_true(*n < cap);
	buf[*n] = 0;
	fclose(f);
	return buf;
}

/* @from in whatever form becomes @to in the form of its suffix. */
static inline int tu_convert(const char *from, const char *to, struct err *err)
{
	struct trace_reader *r = trace_open(from, err);
	const struct trace_rec *rec;
	struct trace_writer *w;
	int rc;

	if (!r)
		return err->code;
	w = trace_create(to, trace_meta(r), err);
	if (!w) {
		trace_close(r);
		return err->code;
	}
	while ((rc = trace_next(r, &rec, err)) > 0) {
		rc = trace_write(w, rec, err);
		if (rc)
			break;
	}
	trace_close(r);
	if (!rc)
		return trace_commit(w, err);
	trace_abort(w);
	return rc;
}

#define TU_HEADER                                                                                  \
	"%vgt 1\n%gic v3\n%vcpus 4\n%pcpus 8\n%spis 96\n%resolution 16ns\n"                        \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"                         \
	"%frame its  0x08080000 0x20000\n"                                                         \
	"%source design=kvm-6.1 host=\"a # b\" note=\"x\"\n"                                       \
	"#time        cpu ctx  event   arguments\n"

/* Every event with none and with all of its optional arguments. */
#define TU_EVENTS                                                                                  \
	"0.000000000  -   -    state   irq=34 enabled=1 pending=0 line=0 active=0 "                \
	"config=edge prio=0xa0 target=0\n"                                                         \
	"0.000000000  -   -    state   irq=27 vcpu=3 enabled=0 pending=1 line=1 active=1 "         \
	"config=level prio=0x00 target=- group=1 hw=27\n"                                          \
	"0.000000000  -   -    state   irq=8192 enabled=1 pending=0 line=0 active=0 "              \
	"config=edge prio=0xa0 target=1 group=0\n"                                                 \
	"0.000000001  0   v0   entry\n"                                                            \
	"0.000000002  0   v0   entry   pc=0xffff800008012345\n"                                    \
	"0.000000003  0   v0   exit    reason=irq\n"                                               \
	"0.000000003  0   v0   exit    reason=irq cause=kick\n"                                    \
	"0.000000003  0   v0   exit    reason=irq cause=maintenance\n"                             \
	"0.000000003  0   v0   exit    reason=irq cause=timer\n"                                   \
	"0.000000003  0   v0   exit    reason=irq cause=device\n"                                  \
	"0.000000003  0   v0   exit    reason=irq cause=ipi\n"                                     \
	"0.000000003  0   v0   exit    reason=irq pc=0x00000004 cause=other\n"                     \
	"0.000000004  0   v0   exit    reason=trap ec=0x24 pc=0x00001000\n"                        \
	"0.000000004  0   v0   exit    reason=serror ec=0x2f\n"                                    \
	"0.000000005  0   v0   mmio    write gpa=0x08000f00 len=4 val=0x00020001\n"                \
	"0.000000005  0   v0   mmio    read gpa=0x80000000000 len=1 val=0xff\n"                    \
	"0.000000005  0   v0   mmio    read gpa=0x09000000 len=2 val=0x0000\n"                     \
	"0.000000005  0   v0   mmio    read gpa=0x09000000 len=8 val=0x0123456789abcdef\n"         \
	"0.000000006  0   v0   sysreg  write reg=ICC_SGI1R_EL1 val=?\n"                            \
	"0.000000006  0   v0   sysreg  write reg=ICC_SGI1R_EL1 val=0x00000000\n"                   \
	"0.000000006  0   v0   sysreg  read reg=s3_0_c15_c2_7 val=0x1000000002\n"                  \
	"0.000000007  0   v0   wfi\n"                                                              \
	"0.000000007  0   v0   wfe\n"                                                              \
	"0.000000008  0   v0   hvc\n"                                                              \
	"0.000000008  0   v0   hvc     imm=0x0\n"                                                  \
	"0.000000009  2   t917 inject  irq=34 level=1\n"                                           \
	"0.000000009  1   irq  inject  irq=27 level=0 vcpu=1\n"                                    \
	"0.000000009  -   v2   inject  irq=127 level=1\n"                                          \
	"0.000000010  2   t4194304 msi     devid=0x10 eventid=3\n"                                 \
	"0.000000011  0   v0   its     cmd=MAPD devid=0x8 size=4 itt=0x43000 valid=1\n"            \
	"0.000000011  0   v0   its     cmd=MAPC icid=1 rdbase=0x2 valid=1\n"                       \
	"0.000000011  0   v0   its     cmd=MAPTI devid=0x8 eventid=1 intid=8193 icid=2\n"          \
	"0.000000011  0   v0   its     cmd=MAPI devid=0x8 eventid=9000 icid=2\n"                   \
	"0.000000011  0   v0   its     cmd=MOVI devid=0x8 eventid=1 icid=3\n"                      \
	"0.000000011  0   v0   its     cmd=MOVALL rdbase=0x1 rdbase2=0x2\n"                        \
	"0.000000011  0   v0   its     cmd=INV devid=0x8 eventid=1\n"                              \
	"0.000000011  0   v0   its     cmd=INVALL icid=65535\n"                                    \
	"0.000000011  0   v0   its     cmd=INT devid=0xffffffff eventid=4294967295\n"              \
	"0.000000011  0   v0   its     cmd=CLEAR devid=0x8 eventid=1\n"                            \
	"0.000000011  0   v0   its     cmd=DISCARD devid=0x8 eventid=1\n"                          \
	"0.000000011  0   v0   its     cmd=SYNC rdbase=0x7ffffffff\n"                              \
	"0.000000011  0   v0   its     cmd=0x05 dw0=0x0000000000000105 "                           \
	"dw1=0x0000000000000000 dw2=0x0000000000010000 dw3=0x0000000000000000\n"                   \
	"0.000000011  0   v0   its     cmd=0x29 dw0=0x0000000000000029 "                           \
	"dw1=0x0000000000000001 dw2=0x8000000000000002 dw3=0xffffffffffffffff\n"                   \
	"0.000000012  7   v3   sched   in\n"                                                       \
	"0.000000012  7   v3   sched   out\n"                                                      \
	"0.000000013  0   irq  host-irq\n"                                                         \
	"0.000000013  0   irq  host-irq irq=11 name=arch_timer\n"                                  \
	"0.000000013  0   irq  host-irq name=\"a \\\"b\\\" \\\\ #c\"\n"                            \
	"0.000000013  0   irq  host-irq irq=0 name=\"\"\n"                                         \
	"0.000000014  1   irq  ipi\n"                                                              \
	"0.000000014  1   v0   ipi     to=3 reason=\"Rescheduling interrupts\"\n"                  \
	"0.000000014  1   irq  ipi     reason=\"Rescheduling interrupts\"\n"                       \
	"0.000000014  1   irq  ipi     reason=0123456789012345678901234567890123456789012\n"       \
	"0.000000015  0   v0   ack     irq=1 src=3\n"                                              \
	"0.000000015  0   v0   ack     irq=1023\n"                                                 \
	"0.000000016  0   v0   eoi     irq=34\n"                                                   \
	"0.000000016  0   v0   eoi     irq=2 src=0\n"                                              \
	"0.000000017  0   v0   dir     irq=34\n"                                                   \
	"0.000000017  0   v0   dir     irq=15 src=1\n"                                             \
	"0.000000018  0   v0   lrs     at=entry used=0\n"                                          \
	"0.000000018  0   v0   lrs     at=exit used=2 lr0=0x50a000000000001b "                     \
	"lr1=0x00000000 hcr=0x00000001 vmcr=0x004c0000 apr=0x00000000\n"                           \
	"0.000000018  0   v0   lrs     at=entry used=4 lr0=0x00000001 lr1=0x00000002 "             \
	"lr2=0x00000003 lr3=0x00000004\n"                                                          \
	"0.000000018  0   v0   lrs     at=entry used=5 lr0=0x00000001 lr1=0x00000002 "             \
	"lr2=0x00000003 lr3=0x00000004 lr4=0x00000005 hcr=0x00000003\n"                            \
	"0.000000018  0   v0   lrs     at=entry used=16 lr0=0x00000000 lr1=0x00000001 "            \
	"lr2=0x00000002 lr3=0x00000003 lr4=0x00000004 lr5=0x00000005 lr6=0x00000006 "              \
	"lr7=0x00000007 lr8=0x00000008 lr9=0x00000009 lr10=0x0000000a lr11=0x0000000b "            \
	"lr12=0x0000000c lr13=0x0000000d lr14=0x0000000e lr15=0xffffffffffffffff\n"                \
	"0.000000019  0   v0   queued  irq=34\n"                                                   \
	"0.000000019  -   t0   queued  irq=34 line=1 latch=0 active=1 enabled=0 prio=0x80\n"       \
	"0.000000020  0   v0   entry\n"                                                            \
	"4.000000020  -   -    lost    n=18446744073709551615\n"                                   \
	"4294967295.999999999  -   -    lost    n=1\n"

#endif
