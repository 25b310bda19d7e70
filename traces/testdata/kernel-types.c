// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types with the names and offsets that the probes of record.sh need, as a
 * Linux 6.1 for arm64 has them; all else is padding. Only compiled for its
 * type information.
 */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char u8;
typedef _Bool bool;

struct vgic_v2_cpu_if {
	u32 vgic_hcr;
	u32 vgic_vmcr;
	u32 vgic_apr;
	u32 vgic_lr[64];
	unsigned int used_lrs;
};

struct vgic_v3_cpu_if {
	u32 vgic_hcr;
	u32 vgic_vmcr;
	u32 pad0;
	u32 pad1[4];
	u32 vgic_ap1r[4];
	u64 vgic_lr[16];
	char pad2[120];
	unsigned int used_lrs;
};

struct vgic_cpu {
	union {
		struct vgic_v2_cpu_if vgic_v2;
		struct vgic_v3_cpu_if vgic_v3;
	};
	char pad[64];
};

struct kvm_vcpu_arch {
	char pad[2464];
	struct vgic_cpu vgic_cpu;
	char more[512];
};

struct kvm_vcpu {
	void *pad0[4];
	int pad1;
	int vcpu_id;
	char pad2[1240];
	struct kvm_vcpu_arch arch;
};

enum vgic_irq_config { CONFIG_EDGE, CONFIG_LEVEL };

struct vgic_irq {
	char pad0[56];
	u32 intid;
	bool line_level;
	bool pending_latch;
	bool active;
	bool enabled;
	bool hw;
	char pad1[19];
	u8 source;
	u8 pad2;
	u8 priority;
	u8 group;
	enum vgic_irq_config config;
};

struct kvm_msi {
	u32 address_lo;
	u32 address_hi;
	u32 data;
	u32 flags;
	u32 devid;
	u8 pad[12];
};

struct kvm_vcpu one_vcpu;
struct vgic_irq one_irq;
struct kvm_msi one_msi;
