// SPDX-License-Identifier: GPL-2.0-or-later
/* The KVM MMIO bus: see kvm-iodev.h. */
#include "kvm-iodev.h"

/* Instructions of each step, arm64. */
struct kvm_io_insns {
	unsigned int read, write; /* kvm_io_bus_read(): key, array, both call frames, return */
	unsigned int cmp_below;	  /* one turn of the bisection, the key is below the entry */
	unsigned int cmp_above;	  /* … the key's end is beyond it: both ends are compared */
	unsigned int cmp_equal;	  /* … the key is inside */
	unsigned int walk;	  /* compare with a neighbour: walk back, walk on */
	unsigned int call_read, call_write; /* the device's function through its ops */
};

/*
 * gcc 12 -O2, Linux 4.6.2 and 4.8.17. A failed read in a VM with 3 devices is 69 + 2 * 24 = 117, a
 * write to the distributor (the first of 5 devices) 85 + 2 * 17 + 24 + 12 + 22 = 177.
 */
static const struct kvm_io_insns insns_48 = {
	.read = 69,
	.write = 85,
	.cmp_below = 17,
	.cmp_above = 24,
	.cmp_equal = 24,
	.walk = 12,
	.call_read = 25,
	.call_write = 22,
};

/*
 * Debian's 6.1. Failed reads are 121, 150 and 150, failed writes 150, 179 and 179 with 2, 3 and 5
 * devices: one, two and two turns above. The rest as much more as that one.
 */
static const struct kvm_io_insns insns_61 = {
	.read = 92,
	.write = 121,
	.cmp_below = 21,
	.cmp_above = 29,
	.cmp_equal = 29,
	.walk = 12,
	.call_read = 25,
	.call_write = 22,
};

/* 24 bytes, as struct kvm_io_range. */
struct kvm_io_range {
	uint64_t addr;
	uint32_t len;
	struct kvm_iodev *dev;
};

struct kvm_io_bus {
	uint32_t dev_count;
	uint16_t max; /* in place of the number of ioeventfds */
	bool by_61;
	struct kvm_io_range range[];
};

static const struct kvm_io_insns *bus_insns(const struct kvm_io_bus *bus)
{
	return bus->by_61 ? &insns_61 : &insns_48;
}

struct kvm_io_bus *kvm_io_bus_create(struct plat_vm *vm, unsigned int max)
{
	struct kvm_io_bus *bus;

	bus = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*bus) + max * sizeof(bus->range[0]));
	if (bus)
		bus->max = (uint16_t)max;
	return bus;
}

void kvm_io_bus_by_61(struct kvm_io_bus *bus)
{
	bus->by_61 = true;
}

void kvm_io_bus_destroy(struct plat_vm *vm, struct kvm_io_bus *bus)
{
	if (bus)
		plat_free(vm, bus);
}

int kvm_io_bus_register(struct kvm_io_bus *bus, uint64_t addr, uint64_t len, struct kvm_iodev *dev)
{
	unsigned int i;

	if (bus->dev_count == bus->max)
		return -1;
	for (i = bus->dev_count; i > 0 && bus->range[i - 1].addr > addr; i--)
		bus->range[i] = bus->range[i - 1];
	bus->range[i] = (struct kvm_io_range){ .addr = addr, .len = (uint32_t)len, .dev = dev };
	bus->dev_count++;
	return 0;
}

void kvm_io_bus_seal(struct plat_vm *vm, const struct kvm_io_bus *bus)
{
	plat_guard_const(vm, bus, PLAT_LINES(sizeof(*bus) + bus->max * sizeof(bus->range[0])));
}

/* Less, equal or greater: an access that only partly overlaps is not equal. */
static int iodev_cmp(struct plat_cpu *cpu, const struct kvm_io_range *r, uint64_t gpa,
		     unsigned int len)
{
	plat_read(cpu, r);
	if (gpa < r->addr)
		return -1;
	if (gpa + len > r->addr + r->len)
		return 1;
	return 0;
}

/* The first of the entries that the access lies in, or -1. */
static int iodev_first(struct kvm_io_bus *bus, struct plat_cpu *cpu, uint64_t gpa, unsigned int len)
{
	unsigned int start = 0, end = bus->dev_count;

	while (start < end) {
		unsigned int mid = start + (end - start) / 2;
		int c = iodev_cmp(cpu, &bus->range[mid], gpa, len);

		if (c < 0) {
			plat_work(cpu, PLAT_DISPATCH, bus_insns(bus)->cmp_below);
			end = mid;
		} else if (c > 0) {
			plat_work(cpu, PLAT_DISPATCH, bus_insns(bus)->cmp_above);
			start = mid + 1;
		} else {
			plat_work(cpu, PLAT_DISPATCH, bus_insns(bus)->cmp_equal);
			while (mid > 0) {
				plat_work(cpu, PLAT_DISPATCH, bus_insns(bus)->walk);
				if (iodev_cmp(cpu, &bus->range[mid - 1], gpa, len))
					break;
				mid--;
			}
			return (int)mid;
		}
	}
	return -1;
}

static bool iodev_offer(struct kvm_io_bus *bus, struct plat_cpu *cpu, unsigned int vcpu, bool write,
			uint64_t gpa, unsigned int len, uint64_t *val)
{
	int first = iodev_first(bus, cpu, gpa, len);

	if (first < 0)
		return false;
	for (unsigned int i = (unsigned int)first; i < bus->dev_count; i++) {
		struct kvm_iodev *dev = bus->range[i].dev;

		plat_work(cpu, PLAT_DISPATCH, bus_insns(bus)->walk);
		if (iodev_cmp(cpu, &bus->range[i], gpa, len))
			break;
		plat_work(cpu, PLAT_DISPATCH,
			  write ? bus_insns(bus)->call_write : bus_insns(bus)->call_read);
		plat_read(cpu, &dev->ops);
		if (write ? dev->ops->write(dev, cpu, vcpu, gpa, len, val)
			  : dev->ops->read(dev, cpu, vcpu, gpa, len, val))
			return true;
	}
	return false;
}

bool kvm_io_bus_access(struct kvm_io_bus *bus, struct plat_cpu *cpu, unsigned int vcpu, bool write,
		       uint64_t gpa, unsigned int len, uint64_t *val)
{
	plat_work(cpu, PLAT_DISPATCH, write ? bus_insns(bus)->write : bus_insns(bus)->read);
	plat_read(cpu, &bus->dev_count);
	return iodev_offer(bus, cpu, vcpu, write, gpa, len, val);
}
