// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist: KVM's new vgic as it first was, Linux 4.7 and 4.8 (virt/kvm/arm/vgic/).
 * GICv2 and GICv3, without the ITS. The code is in vgic-kvm-aplist-*.c, lock order and layout
 * in aplist.h; here is what makes it 4.8: the instructions of each step and the
 * behaviours that later kernels changed.
 *
 * Where the original departs from the architecture or does harm the model does the
 * same, and counts it under these names:
 *
 *	"pending again while queued: nobody is kicked"
 *		by another CPU: the guest gets it at its next exit, whenever that is
 *		(kick: 4.12)
 *	"latched while GICD_CTLR is 0: enabling it will not queue it"
 *		it waits for the next write or injection that concerns it
 *	"one SGI in several list registers"
 *		GICv2, one a sender: virtual INTIDs must be unique (4.16)
 *	"active SGI reloaded without its sender", "active SGI forgotten for another
 *	sender's copy"
 *		GICv2: only pending copies know their sender, and folding several
 *		leaves the active flag as the last one had it (4.17)
 *	"pending and active with HW in one list register"
 *		UNPREDICTABLE in the architecture (4.15)
 *	"pending and active for a level interrupt"
 *		the line is not looked at between EOI and the second delivery (4.16)
 *	"active state of one's own queued interrupt written: the original spins for ever"
 *		it waits for its own vCPU to leave the CPU (4.11); here it goes on
 *	"two writers of active state wait for each other for ever"
 *		each holds an interrupt of the other's; here one goes on
 *	"SGI pending without a sender (ISPENDR): the original stops"
 *		a BUG(); here the sender is vCPU 0
 *	"list_sort compares a node with itself: the original locks up"
 *		one irq_lock twice, on lists beyond 256; here the compare is skipped
 *	"GICD_IROUTER.IRM ignored: no 1-of-N routing"
 *
 * Not counted, because it cannot be seen from inside: reads of pending and active
 * registers do not show what a running vCPU's list registers hold, and a kick
 * between flush and guest entry is lost (4.13).
 *
 * Instructions: arm64, gcc 12 -O2, Linux 4.8.17, counted in a running kernel. Not
 * charged here: the trap's dispatch outside the vgic (kvm_handle_sys_reg() around
 * the SGI, io_mem_abort() around the bus), kvm_timer_sync_hwstate() and EL2's own.
 */
#include "aplist-mmio.h"

/*
 * From counts of whole functions over known cases, by difference: an empty flush
 * with four list registers is 93 = 11 (lock) + 4 * 10 + 42; the first interrupt adds
 * 7, a timer in the list 86, an SGI 90; folding adds 7, then 67 and 59; a node that
 * stays on the list costs 43 in a prune, one that goes 60; the search for an SGI's
 * target 29 a vCPU passed and 9 to find the list exhausted. Marked (e): not seen in
 * those counts, estimated from the same compiler's code for similar work.
 */
static const struct aplist_insns aplist_insns_48 = {
	.get_private = 12,
	.get_spi = 16,
	.put = 12,
	.oracle_active = 6,
	.oracle_target = 15,
	.oracle_none = 9,

	.queue_test = 19,
	.queue_insert = 24,
	.queue_retry = 12, /* (e) */
	.kick_self = 16,
	.kick_none = 42,
	.kick_ipi = 219,   /* with smp_send_reschedule() */
	.kick_woken = 557, /* with the wake-up of its thread */

	.inject_call = 6,
	.inject = 61,
	.inject_raise = 6,
	.inject_lower = 8,

	.flush = 42,
	.flush_any = 7,
	.depth_node = 12,
	.depth_sources = 14, /* (e) */
	.fill_node = 18,
	.sgi_test = 1,
	.populate = 23,
	.lr_pending = 6,
	.lr_edge = 1,
	.lr_eoi = 1,
	.lr_source = 10, /* (e) */
	.clear_lr = 10,
	.underflow = 10,  /* (e) */
	.sort = 60,	  /* (e) */
	.sort_node = 12,  /* (e) */
	.sort_merge = 11, /* (e) */
	.sort_back = 6,	  /* (e) */
	.sort_cmp = 36,	  /* (e) */

	.sync = 41,
	.maintain = 15,
	.maintain_eoi = 46, /* (e), with its find_next_bit() */
	.notify_ack = 60,   /* (e) */
	.fold = 13,
	.fold_any = 7,
	.fold_lr = 24,
	.fold_level = 8,
	.fold_repend = 4,
	.fold_source = 6, /* (e) */
	.prune_node = 17,
	.prune_remove = 11,
	.prune_migrate = 60, /* (e) */

	.pending = 29,
	.pending_node = 5,
	.kick_vcpus = 15,
	.kick_vcpus_vcpu = 5,

	.timer = 65,
	.timer_map = 22,
	.timer_skip = 5,
	.timer_write = 191,
	.timer_low = 7,
	.timer_put = 3,

	.dispatch_read = 66,
	.dispatch_write = 63,
	.region_cmp = 18,
	.region_read = 30,
	.region_write = 24,
	.region_irqs = 21,

	.raz = 2,
	.wi = 1,
	.v3r_ctlr = 3,
	.v3r_typer = 28,
	.idregs = 5,
	.lpi_base = 14, /* (e) */
	.misc_ctlr = 9,
	.misc_iidr = 13,
	.misc_typer = 18,
	.misc_write = 11,
	.misc_enable = 5,
	.bits_read = 19,
	.bits_read_irq = 15,
	.bits_write = 50,
	.bits_write_bit = 40,
	.bits_queue = 2,
	.active_change = 4,
	.active_spin = 20, /* (e) */
	.halt_vcpu = 29,
	.halt_vm_vcpu = 53,
	.halt_vm_ipis = 890,
	.prio = 18,
	.prio_irq = 16,
	.config_read = 20,
	.config_read_irq = 16,
	.config_write = 19,
	.config_write_irq = 30,
	.config_private_irq = 10, /* (e) */
	.target = 20,		  /* (e) */
	.target_irq = 24,	  /* (e) */
	.irouter_upper = 4,	  /* (e) as by 6.1 */
	.irouter = 20,
	.mpidr_vcpu = 20,
	.irouter_read = 24, /* (e) */

	.sgi1r = 25,
	.sgi_vcpu = 9,
	.sgi_match = 20,
	.sgi_send = 24,
	.sgir = 40,	      /* (e) */
	.sgi_source = 20,     /* (e) */
	.sgi_source_irq = 18, /* (e) */
};

_Static_assert(sizeof(struct vgic_irq) == 88, "struct vgic_irq of Linux 4.8");

static const struct aplist_kernel aplist_48 = {
	.insns = &aplist_insns_48,
	.layout = {
		.irq_bytes = sizeof(struct vgic_irq),
		.flags = offsetof(struct vgic_irq, hw),
		.enabled = offsetof(struct vgic_irq, enabled),
		.targets = offsetof(struct vgic_irq, targets),
		.end = sizeof(struct vgic_irq),
		.vcpu_bytes = offsetof(struct vgic_cpu, waits_for) + sizeof(struct vgic_cpu *),
	},
	.sort = aplist_sort_bottom_up,
	.register_v2 = aplist_v2_register,
	.register_v3 = aplist_v3_register,
	.redist_devices = 2,
	.iidr = 0x4b00043b, /* product 'K' of KVM, Arm */
	.active_waits_for_self = true,
};

static void *aplist_48_create(struct plat_vm *vm, const struct vgic_config *config)
{
	return aplist_create(vm, config, &aplist_48);
}

/* It comes later than it had to, or without the vCPU being told; or not at all. */
#define APLIST_LATE(when, what)                                                                    \
	{ VGIC_FOUND_LATE_ENTRY, when, what }, { VGIC_FOUND_LATE_KICK, when, what },               \
		{ VGIC_FOUND_PRIORITY, when, what }, { VGIC_FOUND_NOT_REFILLED, when, what },      \
	{                                                                                          \
		VGIC_FOUND_SLEPT, when, what                                                       \
	}
#define APLIST_LOST(when, what)                                                                    \
	{ VGIC_FOUND_LOST, when, what }, { VGIC_FOUND_NOT_RESAMPLED, when, what },                 \
		{ VGIC_FOUND_SOURCE_LOST, when, what }, APLIST_LATE(when, what)

#define PENDING_WITH_ACTIVE "what is pending of an active interrupt is loaded with it"

/*
 * As a check against the architecture finds the above. An interrupt on a list is
 * not queued again, so nobody is kicked; an active one stays with its vCPU
 * whatever is written; folding puts into the latch what a list register still
 * holds as pending, and drops a soft pending state if it does not.
 * Linux 4.8, virt/kvm/arm/vgic/vgic.c and vgic-v2.c; the lost kick: arch/arm/kvm/arm.c.
 */
static const struct vgic_declared aplist_declared_48[] = {
	{ VGIC_FOUND_TWO_COPIES, VGIC_WHEN_SGI | VGIC_WHEN_SEVERAL,
	  "one SGI in several list registers" },
	/* ICPENDR leaves the senders, ISPENDR makes up one: each has a list register. */
	{ VGIC_FOUND_TWO_COPIES, VGIC_WHEN_SGI_WRITTEN,
	  "an SGI's pending state is written apart from its senders" },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_P_AND_A | VGIC_WHEN_OVERFLOW, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_ACTIVE_LOST, VGIC_WHEN_OTHER_SGIS | VGIC_WHEN_OVERFLOW,
	  "an SGI without pending senders is not counted: neither sorted nor underflow" },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_OTHER_SGIS,
	  "an SGI without pending senders is not counted: neither sorted nor underflow" },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_OTHER_SGIS | VGIC_WHEN_OVERFLOW,
	  "an SGI without pending senders is not counted: neither sorted nor underflow" },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_WINDOW | VGIC_WHEN_OVERFLOW,
	  "what changes while a list is sorted spoils its order" },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_QUEUED, "pending again while queued: nobody is kicked" },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_DISABLED,
	  "pending again while queued: nobody is kicked" },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_WINDOW, "a kick between flush and guest entry is lost" },
	{ VGIC_FOUND_DISABLED, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_DIST_OFF, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_NO_TARGET, "an SPI without a target goes to vCPU 0" },
	{ VGIC_FOUND_STALE_LEVEL, VGIC_WHEN_P_AND_A, "pending and active for a level interrupt" },
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_CLEARED | VGIC_WHEN_IN_LR,
	  "cleared interrupt comes back from a list register" },
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_SGI_WRITTEN,
	  "SGI pending without a sender (ISPENDR): the original stops" },
	{ VGIC_FOUND_WRONG_SOURCE, VGIC_WHEN_SGI_WRITTEN,
	  "SGI pending without a sender (ISPENDR): the original stops" },
	{ VGIC_FOUND_WRONG_SOURCE, VGIC_WHEN_SGI | VGIC_WHEN_SEVERAL,
	  "active SGI reloaded without its sender" },
	{ VGIC_FOUND_ACTIVE_LOST, VGIC_WHEN_SGI | VGIC_WHEN_SEVERAL,
	  "active SGI forgotten for another sender's copy" },
	{ VGIC_FOUND_STILL_ACTIVE, VGIC_WHEN_SGI | VGIC_WHEN_SEVERAL,
	  "active SGI forgotten for another sender's copy" },
	APLIST_LATE(VGIC_WHEN_RETARGETED,
		    "retargeted interrupt moves when its old vCPU exits, without a kick"),
	APLIST_LOST(VGIC_WHEN_WAS_NOBODYS,
		    "what pends while routed to nobody is not queued by a write of IROUTER"),
	APLIST_LOST(VGIC_WHEN_RECONFIGURED, "what pends by a write of ICFGR is not queued"),
	APLIST_LOST(VGIC_WHEN_SGI_WRITTEN,
		    "an SGI's pending state is written apart from its senders"),
	APLIST_LOST(VGIC_WHEN_DIST_OFF,
		    "latched while GICD_CTLR is 0: enabling it will not queue it"),
	APLIST_LOST(VGIC_WHEN_SOFT,
		    "a level made pending by ISPENDR is forgotten when a list register is folded"),
	{ 0, 0, NULL },
};

const struct vgic_design vgic_kvm_aplist = {
	.name = "kvm-aplist",
	.summary = "a lock an interrupt, a list of active and pending ones a vCPU (KVM from 4.7)",
	.source = "Linux 4.8, virt/kvm/arm/vgic/",
	.kernel = "Linux 4.8",
	.gics = 1u << 2 | 1u << 3,
	.irqs_on_before_sync = true,
	.declared = aplist_declared_48,
	.create = aplist_48_create,
	.destroy = aplist_destroy,
	.set_state = aplist_set_state,
	.set_enabled = aplist_set_enabled,
	.put = aplist_put,
	.timer_flush = aplist_timer_flush,
	.flush = aplist_flush,
	.restore = aplist_restore_live,
	.save = aplist_save_live,
	.sync = aplist_sync,
	.pending = aplist_pending,
	.inject = aplist_inject,
	.mmio = aplist_mmio,
	.sysreg_write = aplist_sysreg_write,
};
