/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MMIO bus of KVM in Linux 4.1 and later, as virt/kvm/kvm_main.c has it:
 * one array of address ranges a VM, sorted by address, searched by bisection
 * under the SRCU read side that the handler of the abort holds for all of it; from
 * the hit back to the first equal entry, then on through the equal ones until a
 * device takes the access.
 *
 * Each step is charged, and the array's lines are touched. Left out: other
 * devices' and ioeventfds' entries (they would only lengthen the bisection),
 * and registration's grace periods, which are not in any run.
 */
#ifndef KVM_IODEV_H
#define KVM_IODEV_H

#include "plat.h"

struct kvm_iodev;

/*
 * Emulate one access; @gpa and @len as the guest has them, and they lie within
 * the range the device was registered with. For a write *@val is the value,
 * for a read the device stores there. False: the device does not take it.
 */
struct kvm_iodev_ops {
	bool (*read)(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		     unsigned int len, uint64_t *val);
	bool (*write)(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		      unsigned int len, uint64_t *val);
};

/* Embedded first in a device's own structure, which lies in plat_zalloc() memory. */
struct kvm_iodev {
	const struct kvm_iodev_ops *ops;
};

struct kvm_io_bus;

/* Room for @max devices, in PLAT_MEM_VM memory of @vm; NULL when out of memory. */
struct kvm_io_bus *kvm_io_bus_create(struct plat_vm *vm, unsigned int max);
/* It is one of Linux 6.1: its instructions, not those of 4.6 and 4.8. */
void kvm_io_bus_by_61(struct kvm_io_bus *bus);
/* Frees the array, not the devices. NULL is fine. */
void kvm_io_bus_destroy(struct plat_vm *vm, struct kvm_io_bus *bus);

/*
 * Put @dev at [@addr, @addr + @len). Before the run, charges nothing. At most
 * the number given to kvm_io_bus_create() may be registered: -1 beyond it.
 */
int kvm_io_bus_register(struct kvm_io_bus *bus, uint64_t addr, uint64_t len, struct kvm_iodev *dev);

/* All are registered: guard the array as made once (plat_guard_const()). */
void kvm_io_bus_seal(struct plat_vm *vm, const struct kvm_io_bus *bus);

/*
 * Look @gpa up and hand the access to its device. To be called without locks
 * held, in an SRCU read side. False: nobody takes it.
 */
bool kvm_io_bus_access(struct kvm_io_bus *bus, struct plat_cpu *cpu, unsigned int vcpu, bool write,
		       uint64_t gpa, unsigned int len, uint64_t *val);

#endif
