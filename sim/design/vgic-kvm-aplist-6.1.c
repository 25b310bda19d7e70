// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-aplist-6.1: KVM's vgic as of Linux 6.1 (arch/arm64/kvm/vgic/), GICv2 and GICv3,
 * without the ITS and without direct injection. The code is in vgic-kvm-aplist-*.c, lock
 * order and layout in aplist.h; here is what makes it 6.1.
 *
 * Where the original departs from the architecture the model does the same, and
 * counts it under these names:
 *
 *	"latched while GICD_CTLR is 0: enabling it will not queue it"
 *		it waits for the next write or injection that concerns it
 *	"pending again while queued elsewhere: its new vCPU is kicked, not the one that has it"
 *		after a new route: it moves when the old one exits, whenever that is
 *	"GICD_IROUTER.IRM ignored: no 1-of-N routing"
 *
 * Not counted, because it cannot be seen from inside: reads of pending registers do
 * not show what a running vCPU's list registers hold.
 *
 * Left out: the mutex under which accesses to active state are made one after another;
 * a host whose GIC cannot deactivate for the guest; the physical pending state;
 * that the flush runs with interrupts off as a whole (here its locked parts do).
 *
 * Instructions: arm64, Debian's binary of 6.1, counted in a running kernel without VHE
 * on a GICv3; a pair of queued-lock calls is 10 of them. Not charged here: the
 * trap's dispatch outside the vgic, the timer's own registers, and EL2's own.
 */
#include "aplist-mmio.h"

/*
 * From counts of whole functions over known cases, by difference. Of a flush that
 * finds something 114 are there for any list, 33 for a node besides its locks and
 * what it calls, 13 for each list register that stays empty; of a sync 49, and 15 a node
 * that stays or 39 and its put one that goes; of a fold 31, and 38 to 47 a list register.
 * The search for an SGI's target takes 118 a vCPU, since from 5.16 on vCPUs are found
 * through an xarray. Marked (e): not seen in those counts, taken over from 4.8's or
 * estimated.
 */
static const struct aplist_insns aplist_insns_61 = {
	.get_private = 13,
	.get_spi = 41,
	.put = 16,
	.oracle_active = 10,
	.oracle_target = 22,
	.oracle_none = 16,

	.queue_test = 23,
	.queue_insert = 58,
	.queue_request = 15,
	.queue_retry = 12, /* (e) */
	.kick_self = 33,
	.kick_none = 48,
	.kick_ipi = 282,
	.kick_woken = 728,

	.inject_call = 6,
	.inject = 148,
	.inject_raise = 2,
	.inject_lower = 2, /* (e) */
	.line_level = 90,
	.phys_write = 245,

	.entry = 37,
	.flush = 67,
	.depth_node = 14,
	.depth_sources = 18, /* (e) */
	.fill_node = 19,
	.sgi_test = 0,
	.populate = 45,
	.lr_pending = 2,
	.lr_edge = 0,
	.lr_eoi = 1,
	.lr_source = 12, /* (e) */
	.lr_active = 2,
	.lr_hw = 4,
	.lr_resample = 12,
	.clear_lr = 13,
	.underflow = 10,  /* (e) */
	.sort = 60,	  /* (e) */
	.sort_node = 18,  /* (e) */
	.sort_merge = 11, /* (e) */
	.sort_back = 6,	  /* (e) */
	.sort_cmp = 48,	  /* (e) */

	.exit = 17,
	.sync = 32,
	.maintain_eoi = 46, /* (e) */
	.notify_ack = 60,   /* (e) */
	.fold = 31,
	.fold_any = 6,
	.fold_lr = 38,
	.fold_edge = 1,
	.fold_repend = 4,
	.fold_source = 8, /* (e) */
	.fold_done = 4,
	.fold_soft = 5,
	.resample = 14,
	.resample_mapped = 10,
	.resample_line = 5,
	.prune_node = 15,
	.prune_remove = 24,
	.prune_migrate = 80, /* (e) */

	.pending = 70,
	.pending_node = 14,
	.pending_vmcr = 38,
	.vmcr_sync = 37,
	.kick_vcpus = 79,
	.kick_vcpus_vcpu = 160,

	.timer_load = 377,
	.timer_map = 21,
	.load = 80,
	.put_vgic = 92,
	.enter_check = 4, /* (e) */

	.dispatch_read = 25,
	.dispatch_write = 25,
	.region_cmp = 35,
	.region_read = 55,
	.region_write = 26,
	.region_irqs = 17,

	.raz = 6,
	.wi = 5,
	.v3r_ctlr = 12,
	.v3r_typer = 75,
	.v3r_typer_last = 21,
	.idregs = 9,
	.lpi_base = 14, /* (e) */
	.misc_ctlr = 18,
	.misc_iidr = 11,
	.misc_typer = 23,
	.misc_write = 113,
	.misc_enable = 3,
	.bits_read = 23,
	.bits_read_irq = 15,
	.bits_write = 82,
	.bits_write_bit = 26,
	.bits_disable = 21,
	.group = 63,
	.group_bit = 30,
	.active_change = 64,
	.halt_vm = 337,
	.halt_vm_vcpu = 623,
	.halt_vm_ipis = 609,
	.prio = 24,
	.prio_irq = 29,
	.config_read = 25,
	.config_read_irq = 16,
	.config_write = 30,
	.config_write_irq = 32,
	.config_private_irq = 8,
	.target = 24,	  /* (e) */
	.target_irq = 34, /* (e) */
	.irouter_upper = 4,
	.irouter = 133,
	.mpidr_vcpu = 118,
	.irouter_read = 24, /* (e) */

	.sgi1r = 229,
	.sgi_vcpu = 70,
	.sgi_end = 66,
	.sgi_match = 48,
	.sgi_send = 17,
	.sgir = 40,	      /* (e) */
	.sgi_source = 24,     /* (e) */
	.sgi_source_irq = 30, /* (e) */
};

/*
 * struct vgic_irq: no soft_pending, so that enabled is the last flag before byte 64,
 * host_irq before targets, and operations and owner at the end: 112 bytes.
 */
static const struct aplist_kernel aplist_61 = {
	.insns = &aplist_insns_61,
	.layout = {
		.irq_bytes = 112,
		.flags = 64,
		.enabled = 63,
		.targets = 80,
		.end = 92,
		.vcpu_bytes = sizeof(struct vgic_cpu),
	},
	.sort = aplist_sort_balanced,
	.register_v2 = aplist_v2_register_groups,
	.register_v3 = aplist_v3_register_128k,
	.redist_devices = 1,
	.iidr = 0x4b00343b, /* product 'K' of KVM, revision 3, Arm */
	.v3r_ctlr = 6,	    /* IR and CES: part of that revision, not of the ITS */
	.one_latch = true,
	.empty_fast_path = true,
	.kicks_queued = true,
	.underflow_when_full = true,
	.eoi_from_lrs = true,
	.requests = true,
	.irqsave = true,
	.resamples_mapped = true,
	.timer_by_interrupt = true,
	.one_lr_an_intid = true,
	.no_pending_active = true,
	.kicks_migrated = true,
	.lrs_from_kernel = true,
	.soft_until_empty = true,
	.groups = true,
	.locks_pending_reads = true,
	.sort_guards_same = true,
	.active_halts_vm = true,
	.checks_move = true,
	.pending_asks_mask = true,
	.enable_resamples = true,
	.ispendr_spares_sgis = true,
	.bus_by_61 = true,
	.config_skips_private = true,
};

static void *aplist_61_create(struct plat_vm *vm, const struct vgic_config *config)
{
	return aplist_create(vm, config, &aplist_61);
}

#define PENDING_WITH_ACTIVE "what is pending of an active interrupt is loaded with it"
#define RETARGETED	    "retargeted interrupt moves when its old vCPU exits"
#define DIST_OFF	    "latched while GICD_CTLR is 0: enabling it will not queue it"
#define HELD_BACK	    "held back for an SGI of several senders"
#define NOBODYS		    "what pends while routed to nobody is not queued by a write of IROUTER"
#define RECONFIGURED	    "what pends by a write of ICFGR is not queued"
#define SOFT		    "a level made pending by ISPENDR is forgotten at the end of the one before"

/*
 * As a check against the architecture finds it. What 4.8 does and this no longer
 * does: several list registers for one SGI, pending and active for a level or mapped
 * one, kicks forgotten or lost.
 */
static const struct vgic_declared aplist_declared_61[] = {
	{ VGIC_FOUND_DISABLED, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_DIST_OFF, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_P_AND_A, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_P_AND_A | VGIC_WHEN_OVERFLOW, PENDING_WITH_ACTIVE },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_WINDOW | VGIC_WHEN_OVERFLOW,
	  "what changes while a list is sorted spoils its order" },
	{ VGIC_FOUND_WRONG_VCPU, VGIC_WHEN_NO_TARGET, "an SPI without a target goes to vCPU 0" },
	{ VGIC_FOUND_STALE_LEVEL, VGIC_WHEN_TIMER,
	  "the timer's line is not looked at again before a list register holds it" },
	{ VGIC_FOUND_STALE_LEVEL, VGIC_WHEN_SOFT | VGIC_WHEN_ACTIVE_WRITTEN,
	  "soft-pending ends with its list register, not when the active state is cleared" },
	{ VGIC_FOUND_DUPLICATE, VGIC_WHEN_CLEARED | VGIC_WHEN_IN_LR,
	  "cleared interrupt comes back from a list register" },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_HELD_ELSEWHERE, RETARGETED },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_HELD_ELSEWHERE, RETARGETED },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_HELD_ELSEWHERE, RETARGETED },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_HELD_ELSEWHERE, RETARGETED },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_HELD_ELSEWHERE, RETARGETED },
	/* More than one sender: sorted, and all that comes after that SGI waits for it. */
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_LOST, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_SOURCE_LOST, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_ACTIVE_LOST, VGIC_WHEN_OTHER_SGIS, HELD_BACK },
	{ VGIC_FOUND_LOST, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_SOURCE_LOST, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_DIST_OFF, DIST_OFF },
	{ VGIC_FOUND_LOST, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_WAS_NOBODYS, NOBODYS },
	{ VGIC_FOUND_LOST, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_RECONFIGURED, RECONFIGURED },
	{ VGIC_FOUND_LOST, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_NOT_RESAMPLED, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_LATE_ENTRY, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_LATE_KICK, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_NOT_REFILLED, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_SLEPT, VGIC_WHEN_SOFT, SOFT },
	{ VGIC_FOUND_PRIORITY, VGIC_WHEN_SOFT, SOFT },
	{ 0, 0, NULL },
};

const struct vgic_design vgic_kvm_aplist_61 = {
	.name = "kvm-aplist-6.1",
	.summary = "the same ten years later: nothing to do for an empty list, kicks by request",
	.source = "Linux 6.1, arch/arm64/kvm/vgic/",
	.kernel = "Linux 6.1",
	.gics = 1u << 2 | 1u << 3,
	.injects_in_irqs = true,
	.declared = aplist_declared_61,
	.create = aplist_61_create,
	.destroy = aplist_destroy,
	.set_state = aplist_set_state,
	.set_enabled = aplist_set_enabled,
	.load = aplist_load_vmcr,
	.put = aplist_put_vmcr,
	.flush = aplist_flush,
	.enter_check = aplist_enter_check,
	.restore = aplist_restore_used,
	.save = aplist_save_used,
	.sync = aplist_sync,
	.pending = aplist_pending_sync,
	.inject = aplist_inject,
	.timer_line = aplist_timer_line,
	.mmio = aplist_mmio,
	.sysreg_write = aplist_sysreg_write,
};
