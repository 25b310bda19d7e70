/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that bring designs into situations share. */
#ifndef WORK_INT_H
#define WORK_INT_H

#include "rig.h"
#include "work.h"

/* Something done on a vCPU's CPU; what @a, @b and @flag are is up to @fn. */
struct op {
	struct rig *r;
	unsigned int v;
	void (*fn)(struct op *op, struct plat_cpu *cpu);
	uint64_t a, b;
	bool flag;
	/* of the call; a @fn that is to be counted in part sets it itself */
	uint64_t insns;
	bool counted;
};

/* The instructions that it charged. */
uint64_t op_run(struct op op);
#define OP(...) op_run((struct op){ .r = r, __VA_ARGS__ })

/* Tell: the situation is formatted. Entry and exit: with @lrs that the flush wrote. */
__attribute__((format(printf, 4, 5))) void work_row(struct rig *r, const char *function,
						    uint64_t insns, const char *situation, ...);
void work_entry_row(struct rig *r, const char *function, unsigned int lrs, uint64_t insns,
		    const char *situation);
#define FLUSH_ROW(r, lrs, insns, situation) \
	work_entry_row(r, "kvm_vgic_flush_hwstate", lrs, insns, situation)
#define SYNC_ROW(r, lrs, insns, situation) \
	work_entry_row(r, "kvm_vgic_sync_hwstate", lrs, insns, situation)

/* ---- the hooks ------------------------------------------------------------ */

/* Without the timer code before it. */
uint64_t work_flush(struct rig *r, unsigned int v);
uint64_t work_sync(struct rig *r, unsigned int v);
uint64_t work_timer_flush(struct rig *r, unsigned int v);
uint64_t work_pending(struct rig *r, unsigned int v);
uint64_t work_inject(struct rig *r, unsigned int v, uint32_t irq, bool level);
uint64_t work_timer(struct rig *r, unsigned int v, bool level);
/* An SGI of @v's to the vCPUs of the bits @to, or all others with WORK_ALL. */
uint64_t work_sgi(struct rig *r, unsigned int v, unsigned int sgi, uint64_t to);
#define WORK_ALL UINT64_MAX
uint64_t work_mmio(struct rig *r, unsigned int v, bool write, uint64_t gpa, unsigned int len,
		   uint64_t val);

/* ---- into situations -------------------------------------------------------- */

/* One run of the guest: enter, take the first @n that pend, end them or not, leave. */
void work_guest_takes(struct rig *r, unsigned int v, unsigned int n, bool end);
void work_end(struct rig *r, unsigned int v, uint32_t irq);
/* Asleep in WFI, and awake again. */
void work_sleep(struct rig *r, unsigned int v, bool asleep);

/* The scripts, one for each rig: work-legacy.c, work-aplist.c. @nr of them. */
rig_script_fn *const *work_legacy_scripts(unsigned int *nr);
rig_script_fn *const *work_aplist_scripts(unsigned int *nr);

#endif
