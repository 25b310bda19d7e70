/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event of a trace. What follows its time lies in a trace file in the
 * same 64 bytes (little-endian), so a reader checks a record and does not
 * convert it. Layout and meaning of each event: vgicsim-trace(5).
 */
#ifndef RECORD_H
#define RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum rec_kind {
	REC_ENTRY = 1,
	REC_EXIT,
	REC_MMIO,
	REC_SYSREG,
	REC_WFI,
	REC_WFE,
	REC_HVC,
	REC_INJECT,
	REC_MSI,
	REC_ITS,
	REC_SCHED,
	REC_HOST_IRQ,
	REC_IPI,
	REC_ACK,
	REC_EOI,
	REC_DIR,
	REC_LRS,
	REC_LRS_MORE,	/* list registers 4 and up; directly after its REC_LRS */
	REC_QUEUED,
	REC_STATE,
	REC_LOST,
	REC_NR_KINDS,
};

enum rec_ctx {
	CTX_NONE,	/* "-" */
	CTX_VCPU,	/* "vK": the thread of vCPU ctx_id */
	CTX_THREAD,	/* "tN": another host thread, ctx_id is its number */
	CTX_IRQ,	/* "irq": a host interrupt handler on that CPU */
	CTX_NR,
};

enum rec_exit_reason { EXIT_IRQ, EXIT_TRAP, EXIT_SERROR, EXIT_NR_REASONS };

enum rec_cause {
	CAUSE_UNKNOWN,	/* the recording does not tell: no cause= in the text */
	CAUSE_KICK,
	CAUSE_MAINTENANCE,
	CAUSE_TIMER,
	CAUSE_DEVICE,
	CAUSE_IPI,
	CAUSE_OTHER,
	CAUSE_NR,
};

/* trace_rec.flags: which of the optional arguments are there. */
enum rec_flags {
	REC_HAS_PC	= 1 << 0,	/* entry, exit */
	REC_HAS_EC	= 1 << 1,	/* exit */
	REC_HAS_VCPU	= 1 << 2,	/* inject, state */
	REC_HAS_VAL	= 1 << 3,	/* sysreg: val=? without it */
	REC_HAS_IMM	= 1 << 4,	/* hvc */
	REC_HAS_SRC	= 1 << 5,	/* ack, eoi, dir */
	REC_HAS_HCR	= 1 << 6,	/* lrs */
	REC_HAS_VMCR	= 1 << 7,	/* lrs */
	REC_HAS_APR	= 1 << 8,	/* lrs */
	REC_HAS_IRQ	= 1 << 9,	/* host-irq */
	REC_HAS_NAME	= 1 << 10,	/* host-irq, ipi */
	REC_HAS_LINE	= 1 << 11,	/* queued */
	REC_HAS_LATCH	= 1 << 12,	/* queued */
	REC_HAS_ACTIVE	= 1 << 13,	/* queued */
	REC_HAS_ENABLED	= 1 << 14,	/* queued */
	REC_HAS_PRIO	= 1 << 15,	/* queued */
	REC_HAS_HW	= 1 << 16,	/* state */
	REC_HAS_GROUP	= 1 << 17,	/* state */
	REC_HAS_TO	= 1 << 18,	/* ipi: raised to that CPU, not arrived */
};

#define REC_DATA_BYTES	48
#define REC_NAME_MAX	44	/* with its terminating NUL */
#define REC_LRS_FIRST	4	/* list registers in a REC_LRS */
#define REC_LRS_EACH	5	/* ... and in each REC_LRS_MORE */
#define REC_TARGET_NONE	UINT32_MAX

/*
 * The arguments of one event. Unused bytes are zero, so that equal events
 * are equal bytes. GICv2 list registers are 32-bit words in a u64.
 */
union rec_data {
	uint8_t bytes[REC_DATA_BYTES];
	struct { uint64_t pc; } entry;
	struct { uint64_t pc; uint32_t ec; uint8_t reason, cause; } exit;
	struct { uint64_t gpa, val; uint8_t write, len; } mmio;
	/* reg: SYSREG_ENC() of gic.h */
	struct { uint64_t val; uint32_t reg; uint8_t write; } sysreg;
	struct { uint32_t imm; } hvc;
	struct { uint32_t irq, vcpu; uint8_t level; } inject;
	struct { uint32_t devid, eventid; } msi;
	struct { uint64_t dw[4]; } its;		/* the command as in memory, IHI 0069 */
	struct { uint8_t in; } sched;
	struct { uint32_t irq; char name[REC_NAME_MAX]; } host_irq;
	struct { uint32_t to; char reason[REC_NAME_MAX]; } ipi;
	struct { uint32_t irq, src; } guest;	/* ack, eoi, dir */
	struct {
		uint64_t lr[REC_LRS_FIRST];
		uint32_t hcr, vmcr, apr;
		uint8_t at_exit;
		uint8_t used;	/* as the host counts them */
		uint8_t nr;	/* how many lrN= there are, continuations included */
		uint8_t zero;
	} lrs;
	struct {
		uint64_t lr[REC_LRS_EACH];
		uint8_t first, nr;	/* lr[0] is list register "first" */
	} lrs_more;
	struct { uint32_t irq; uint8_t line, latch, active, enabled, prio; } queued;
	struct {
		uint32_t irq, vcpu;
		uint32_t target;	/* vCPU, or REC_TARGET_NONE */
		uint32_t hw;		/* physical INTID */
		uint8_t enabled, pending, line, active;
		uint8_t edge, prio, group, zero;
	} state;
	struct { uint64_t n; } lost;
};

/* In a file: the packet's time, then the 64 bytes from "kind" on. */
struct trace_rec {
	uint64_t time_ns;	/* since the trace began */
	uint8_t kind;		/* enum rec_kind */
	uint8_t ctx;		/* enum rec_ctx */
	int16_t cpu;		/* physical CPU, -1: unknown */
	uint32_t ctx_id;	/* vCPU or thread number, 0 for "irq" and "-" */
	uint32_t flags;		/* enum rec_flags */
	uint32_t seq;		/* 1 for the first record, plus one each, wraps */
	union rec_data d;
};

#define REC_WIRE_BYTES	64

_Static_assert(sizeof(union rec_data) == REC_DATA_BYTES, "record data");
_Static_assert(sizeof(struct trace_rec) == 8 + REC_WIRE_BYTES, "record");

/* What the % lines of the text form, and the header record, say. */

enum frame_kind { FRAME_GICD, FRAME_GICC, FRAME_GICR, FRAME_ITS, FRAME_NR_KINDS };

struct trace_frame {
	enum frame_kind kind;
	uint64_t gpa, size;	/* gicr: of vCPU 0; vCPU k's is at gpa + k * size */
};

#define TRACE_MAX_FRAMES	16
#define TRACE_MAX_VCPUS		512
#define TRACE_SOURCE_MAX	1024

struct trace_meta {
	uint32_t gic;		/* 2 or 3 */
	uint32_t nr_vcpus, nr_pcpus;
	uint32_t nr_spis;	/* INTIDs 32 .. 31 + nr_spis */
	uint32_t nr_frames;
	struct trace_frame frame[TRACE_MAX_FRAMES];
	uint32_t resolution_ps;	/* of the source's clock; 0: not known */
	char source[TRACE_SOURCE_MAX];	/* what follows "%source ", or empty */
};

#endif
