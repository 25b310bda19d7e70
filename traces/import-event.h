/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the importer's readers hand to the importer: one host event, freed
 * of its file format. Private to the importer.
 */
#ifndef IMPORT_EVENT_H
#define IMPORT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "import.h"
#include "record.h"

enum ev_kind {
	EV_OTHER,      /* counted, otherwise of no use */
	EV_DEBUG,      /* kvm_arm_setup_debug and its like: around entry and exit */
	EV_TIMER_MISC, /* timer state and map: part of whatever surrounds it */
	EV_HRTIMER,    /* a timer of the host's, for the guest, expired */
	EV_ENTRY,
	EV_EXIT,
	EV_CLEAR_DEBUG,
	EV_MMIO,
	EV_USERSPACE_EXIT,
	EV_SYS_ACCESS,
	EV_HANDLE_SYS_REG,
	EV_SGI_V3, /* probe: the value of an SGI register write */
	EV_WFX,
	EV_HVC,
	EV_VGIC_UPDATE,
	EV_TIMER_UPDATE,
	EV_IRQ_LINE,
	EV_SET_IRQ,
	EV_ITS_CACHED, /* probe */
	EV_ITS_INJECT, /* probe */
	EV_QUEUE,      /* probe */
	EV_ENTRY_LRS,  /* probe */
	EV_EXIT_LRS,   /* probe */
	EV_VGIC_LRS,   /* the added tracepoint kvm_vgic_lrs of some 4.x hosts */
	EV_IRQ_ENTRY,
	EV_IPI_ENTRY,
	EV_IPI_RAISE,
	EV_SCHED_SWITCH,
	EV_FAULT,     /* kvm_guest_fault, kvm_access_fault */
	EV_VCPU_HINT, /* kvm_halt_poll_ns: says the thread's vCPU */
	EV_LOST,
	EV_NR_KINDS,
};

#define EV_MAX_LRS	 16
#define EV_COMM_MAX	 32
#define EV_CPUMASK_WORDS 16

struct ev_lrs {
	int vcpu;
	bool at_exit;
	bool has_used, has_hcr, has_vmcr, has_apr, has_misr, has_model;
	uint8_t word_bytes; /* of an LR as recorded; 0: not known (text) */
	uint8_t nr;
	uint32_t used, hcr, vmcr, apr, misr, model;
	uint64_t eisr, elrsr;
	uint64_t lr[EV_MAX_LRS];
};

struct ev {
	uint64_t ns;
	int cpu;
	int pid; /* the thread, as Linux counts them; 0 is idle */
	enum ev_kind kind;
	uint32_t name;	  /* index into the struct ev_names */
	const char *comm; /* of pid; NULL: not told. Valid during the call */
	union {
		struct {
			uint64_t pc;
		} entry;
		struct {
			uint64_t pc;
			uint32_t ec;
			enum rec_exit_reason reason;
			bool odd; /* none of IRQ, TRAP, SERROR: given as a trap */
		} exit;
		struct {
			uint64_t gpa, val;
			uint32_t type, len; /* 0 unsatisfied read, 1 read, 2 write */
		} mmio;
		struct {
			uint32_t reg; /* SYSREG_ENC() */
			bool write;
		} sysreg;
		struct {
			uint64_t val;
			int vcpu;
		} sgi;
		struct {
			bool wfe;
			bool unsure; /* the text does not say which */
		} wfx;
		struct {
			uint64_t imm;
		} hvc;
		struct {
			int vcpu;
			uint32_t irq, level;
			uint32_t type; /* kvm_irq_line: 0 CPU, 1 SPI, 2 PPI */
		} line;
		struct {
			uint32_t devid, data;
		} msi;
		struct {
			uint32_t irq;
			uint8_t line, latch, active, enabled, prio;
		} queue;
		struct ev_lrs lrs;
		struct {
			uint32_t irq;
			char name[REC_NAME_MAX];
		} irq;
		struct {
			char reason[REC_NAME_MAX];
			uint64_t mask[EV_CPUMASK_WORDS]; /* ipi_raise */
		} ipi;
		struct {
			int prev, next;
			char next_comm[EV_COMM_MAX];
			bool preempted; /* prev stays runnable */
		} sched;
		struct {
			uint64_t ipa;
		} fault;
		struct {
			int vcpu;
		} hint;
		struct {
			uint64_t n; /* 0: the recorder does not know how many */
		} lost;
	};
};

/* Event names met, and how often. Indices are stable. */
struct ev_names {
	struct ev_name {
		char *name;
		enum ev_kind kind;
		uint64_t n;
	} * v;
	uint32_t nr, cap;
	uint32_t *hash; /* index + 1, or 0 */
	uint32_t hash_cap;
};

/* The index of name[0..len), added if new; <0: out of memory. */
int64_t ev_names_get(struct ev_names *t, const char *name, size_t len);
void ev_names_free(struct ev_names *t);

enum imp_format { FMT_DAT, FMT_REPORT, FMT_FTRACE, FMT_PERF, FMT_VGT };

/* What a reader learns besides the events. */
struct imp_info {
	uint32_t nr_cpus;    /* 0: not told */
	uint64_t unsure_wfx; /* reports that do not tell WFI from WFE */
	uint64_t odd_exits;
	uint32_t instances; /* further buffers in a trace.dat: not read */
	/* the recording ends too soon: where and how; empty if it does not */
	char cut[256];
	int missing_from; /* of a trace.dat that is cut: no events of this CPU and up; -1 */
};

struct imp_input {
	const char *path;  /* to open: may be a spool file */
	const char *shown; /* for messages */
	enum imp_format format;
	bool cut; /* what is spooled is not all: the rest could not be read */
	void (*progress)(void *arg, unsigned int permille);
	void *progress_arg;
};

/* <0 stops the reader, which returns it. */
typedef int (*ev_sink)(void *arg, const struct ev *ev, struct err *err);

/*
 * Deliver every event of the input in time order. A recording that is cut short
 * is no error: info->cut says so.
 */
int imp_read_dat(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		 ev_sink sink, void *arg, struct err *err);
/*
 * Is @in a trace.dat that is cut short, with events before the cut? Then *f is
 * a copy of it that can be read to its end, for the caller to close, and @cut
 * says what is missing; else *f is NULL. 0; ERR_INPUT if it is cut before any
 * event; ERR_OUTPUT, ERR_NOMEM.
 */
int imp_mend_dat(const struct imp_input *in, FILE **f, struct imp_info *cut, struct err *err);
/* As imp_read_dat(), in a child process, whose end is an error here and nothing worse. */
int imp_read_dat_apart(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		       ev_sink sink, void *arg, struct err *err);
int imp_read_text(const struct imp_input *in, struct ev_names *names, struct imp_info *info,
		  ev_sink sink, void *arg, struct err *err);

/*
 * The fields of one event out of its text @s (NUL-terminated). NULL, or what
 * was wanted there.
 */
const char *ev_parse_fields(struct ev *ev, const char *s);

/* ISS of a trapped MSR/MRS (DDI 0487, D17.2.37): register and direction. */
void ev_sysreg_from_esr(struct ev *ev, uint64_t esr);

#endif
