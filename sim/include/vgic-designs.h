/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry: one line a design, no include guard, included several times. */
VGIC_DESIGN(vgic_kvm_legacy)
VGIC_DESIGN(vgic_kvm_aplist)
VGIC_DESIGN(vgic_kvm_aplist_61)
