/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why functions that were counted have no situation of their own. */
#include <string.h>

#include "work-facts.h"

static const char not_vgic[] = "not the vgic's: other host work, a cost of the host profile";
static const char timer[] = "the host's timer code around the injection: other host work";
static const char set_up[] = "when a VM is made, or its state saved and restored: charges nothing";
static const char inside[] = "a part of a step of the design: in the counts of its callers";
static const char mixture[] = "of all calls: by list registers below";
static const char el2[] = "moves registers between memory and hardware: the design's EL2 half";
static const char lpis[] = "of LPIs and the ITS, which the design leaves out";

static const struct {
	const char *kernel; /* NULL: any */
	const char *function;
	bool prefix;
	const char *why;
} reasons[] = {
	{ NULL, "kvm_vgic_flush_hwstate", false, mixture },
	{ NULL, "kvm_vgic_sync_hwstate", false, mixture },
	{ NULL, "kvm_pmu_", true, not_vgic },
	{ NULL, "kvm_arch_vcpu_", true, not_vgic },
	{ NULL, "kvm_cpu_has_pending_timer", false, timer },
	{ NULL, "kvm_timer_", true, timer },
	{ NULL, "io_mem_abort", false, "around the bus: mmio_dispatch of the host profile" },
	{ NULL, "kvm_handle_sys_reg", false,
	  "around the SGI: sysreg_dispatch of the host profile" },
	{ "4.8.17", "access_gic_sgi", false, "one call around vgic_v3_dispatch_sgi" },
	{ "6.1", "access_gic_sgi", false, "one call around vgic_v3_dispatch_sgi" },
	{ "4.6.2", "vgic_v3_dispatch_sgi", false, "inside access_gic_sgi, which is compared" },
	{ NULL, "kvm_vcpu_kick", false, "inside the kicks, which are compared" },
	{ NULL, "kvm_vcpu_wake_up", false, "inside the kicks, which are compared" },
	{ NULL, "kvm_vm_ioctl_irq_line", false, "the system call around an injection" },
	{ NULL, "kvm_vgic_addr", false, set_up },
	{ NULL, "kvm_vgic_get_max_vcpus", false, set_up },
	{ NULL, "kvm_vgic_init_cpu_hardware", false, set_up },
	{ NULL, "kvm_vgic_set_owner", false, set_up },
	{ NULL, "kvm_vgic_setup_default_irq_routing", false, set_up },
	{ NULL, "kvm_vgic_reset_mapped_irq", false, set_up },
	{ NULL, "kvm_vgic_map_is_active", false, "inside the timer code's look at the interrupt" },
	{ NULL, "kvm_vgic_map_phys_irq", false, set_up },
	{ NULL, "kvm_vgic_unmap_phys_irq", false, set_up },
	{ NULL, "kvm_vgic_load", false, el2 },
	{ NULL, "kvm_vgic_vmcr_sync", false, el2 },
	{ NULL, "kvm_vgic_vcpu_pending_irq.part.0", false, inside },
	{ NULL, "vgic_bitmap_", true, inside },
	{ NULL, "vgic_bytemap_", true, inside },
	{ NULL, "vgic_cpu_irq_clear", false, inside },
	{ NULL, "vgic_dist_irq_", true, inside },
	{ NULL, "vgic_free_phys_irq_map_rcu", false, set_up },
	{ NULL, "vgic_handle_cfg_reg", false, inside },
	{ NULL, "vgic_handle_clear_active_reg", false, inside },
	{ NULL, "vgic_handle_enable_reg", false, inside },
	{ NULL, "vgic_handle_mmio_", true, "inside the bus, which is compared" },
	{ NULL, "vgic_init_bitmap", false, set_up },
	{ NULL, "vgic_queue_hwirq", false, inside },
	{ NULL, "vgic_queue_irq", false, inside },
	{ NULL, "vgic_queue_irq_to_lr", false, inside },
	{ NULL, "vgic_reg_access", false, inside },
	{ NULL, "vgic_register_", true, set_up },
	{ NULL, "vgic_set_common_attr", false, set_up },
	{ NULL, "vgic_update_irq_pending", true, "inside the injection, which is compared" },
	{ NULL, "vgic_v3_clear_eisr", false, inside },
	{ NULL, "vgic_v3_clear_lr", false, inside },
	{ NULL, "vgic_v3_disable_underflow", false, inside },
	{ NULL, "vgic_v3_enable", false, set_up },
	{ NULL, "vgic_v3_get_", true, inside },
	{ NULL, "vgic_v3_set_lr", false, inside },
	{ NULL, "vgic_v3_set_vmcr", false, set_up },
	{ NULL, "vgic_v3_queue_sgi", false, inside },
	{ NULL, "vgic_v3_init_", true, set_up },
	{ NULL, "vgic_v3_load", false, el2 },
	{ NULL, "vgic_v3_put", false, el2 },
	{ NULL, "vgic_v3_vmcr_sync", false, el2 },
	{ NULL, "vgic_v4_", true, lpis },
	{ NULL, "vgic_has_its", false, lpis },
	{ NULL, "vgic_flush_pending_lpis", false, lpis },
	{ NULL, "vgic_supports_direct_msis", false, lpis },
	{ NULL, "vgic_get_irq.part.0", false, inside },
	{ NULL, "vgic_target_oracle", false, inside },
	{ "6.1", "vgic_put_irq", false, inside },
	{ NULL, "vgic_get_mmio_region", false, inside },
	{ NULL, "vgic_get_phys_line_level", false, inside },
	{ NULL, "vgic_get_vmcr", false, inside },
	{ NULL, "vgic_set_vmcr", false, set_up },
	{ NULL, "vgic_irq_handle_resampling", false, inside },
	{ NULL, "vgic_irq_set_phys_active", false, inside },
	{ NULL, "vgic_mmio_change_active", false, inside },
	{ NULL, "vgic_mmio_uaccess_", true, set_up },
	{ NULL, "vgic_mmio_write_v3r_ctlr", false, lpis },
	{ "4.8.17", "vgic_mmio_write_wi", false, "one instruction, a return" },
	{ NULL, "vgic_uaccess", true, set_up },
	{ NULL, "vgic_v3_attr_regs_access", false, set_up },
	{ NULL, "vgic_v3_cpu_sysregs_uaccess", false, set_up },
	{ NULL, "vgic_v3_dist_uaccess", false, set_up },
	{ NULL, "vgic_v3_redist_uaccess", false, set_up },
	{ NULL, "vgic_v3_line_level_info_uaccess", false, set_up },
	{ NULL, "vgic_v3_uaccess_", true, set_up },
	{ NULL, "vgic_v3_parse_attr", false, set_up },
	{ NULL, "vgic_v3_check_base", false, set_up },
	{ NULL, "vgic_v3_rdist_", true, set_up },
	{ NULL, "vgic_v3_set_redist_base", false, set_up },
	{ NULL, "vgic_check_iorange", false, set_up },
	{ NULL, "vgic_write_irq_line_level_info", false, set_up },
};

const char *work_left_out(const char *kernel, const char *function)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].kernel && strcmp(reasons[i].kernel, kernel))
			continue;
		if (reasons[i].prefix
			    ? !strncmp(function, reasons[i].function, strlen(reasons[i].function))
			    : !strcmp(function, reasons[i].function))
			return reasons[i].why;
	}
	return NULL;
}
