// SPDX-License-Identifier: GPL-2.0-or-later
/* The KVM MMIO bus: which device gets an access, and what finding it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"
#include "kvm-iodev.h"

struct fake {
	struct kvm_iodev dev;
	unsigned int reads, writes;
	bool refuses;
	uint64_t last;
};

static bool fake_read(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		      unsigned int len, uint64_t *val)
{
	struct fake *f = (struct fake *)dev;

	f->reads++;
	f->last = gpa;
	*val = 7;
	return !f->refuses;
}

static bool fake_write(struct kvm_iodev *dev, struct plat_cpu *cpu, unsigned int vcpu, uint64_t gpa,
		       unsigned int len, uint64_t *val)
{
	struct fake *f = (struct fake *)dev;

	f->writes++;
	f->last = *val;
	return !f->refuses;
}

static const struct kvm_iodev_ops fake_ops = { .read = fake_read, .write = fake_write };

#define MAX_FAKES 16

struct access {
	struct kvm_io_bus *bus;
	bool write, taken;
	uint64_t gpa, val;
	unsigned int len;
	uint64_t insns;
};

static void do_access(struct plat_cpu *cpu, void *arg)
{
	struct access *a = arg;
	uint64_t before = cpu_insns(cpu);

	a->taken = kvm_io_bus_access(a->bus, cpu, 0, a->write, a->gpa, a->len, &a->val);
	a->insns = cpu_insns(cpu) - before;
}

static struct access try_access(struct rig *r, struct kvm_io_bus *bus, bool write, uint64_t gpa,
				unsigned int len)
{
	struct access a = { .bus = bus, .write = write, .gpa = gpa, .len = len, .val = 3 };

	rig_on(r, 0, do_access, &a);
	return a;
}

/* @n devices of 0x100 bytes from 0x1000 on, registered from the outside in. */
static struct fake *make(struct rig *r, struct kvm_io_bus **bus, unsigned int n)
{
	struct plat_vm *vm = machine_vm(r->m);
	struct fake *f = plat_zalloc(vm, PLAT_MEM_VM, n * sizeof(*f));

	*bus = kvm_io_bus_create(vm, n);
	rig_expect(r, f && *bus);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int k = i % 2 ? n - 1 - i / 2 : i / 2;

		f[k].dev.ops = &fake_ops;
		rig_expect_eq(r, kvm_io_bus_register(*bus, 0x1000 * (k + 1), 0x100, &f[k].dev), 0);
	}
	rig_expect_eq(r, kvm_io_bus_register(*bus, 0, 1, &f[0].dev), -1);
	return f;
}

static void unmake(struct rig *r, struct kvm_io_bus *bus, struct fake *f)
{
	kvm_io_bus_destroy(machine_vm(r->m), bus);
	plat_free(machine_vm(r->m), f);
}

static void script_find(struct rig *r)
{
	for (unsigned int n = 1; n <= MAX_FAKES; n++) {
		struct kvm_io_bus *bus;
		struct fake *f = make(r, &bus, n);

		for (unsigned int k = 0; k < n; k++) {
			uint64_t base = 0x1000 * (k + 1);
			struct access a = try_access(r, bus, false, base + 4, 4);

			rig_expect(r, a.taken);
			rig_expect_eq(r, a.val, 7);
			rig_expect_eq(r, f[k].reads, 1);
			rig_expect_eq(r, f[k].last, base + 4);
			rig_expect(r, try_access(r, bus, true, base + 0xfc, 4).taken);
			rig_expect_eq(r, f[k].last, 3);
			/* Sticking out at either end: nobody's. */
			rig_expect(r, !try_access(r, bus, true, base + 0xfd, 4).taken);
			rig_expect(r, !try_access(r, bus, true, base - 1, 4).taken);
			rig_expect(r, !try_access(r, bus, true, base + 0x100, 1).taken);
			rig_expect_eq(r, f[k].writes, 1);
		}
		unmake(r, bus, f);
	}
}

/* A device that refuses passes the access to the next one that covers it. */
static void script_overlap(struct rig *r)
{
	struct plat_vm *vm = machine_vm(r->m);
	struct fake *f = plat_zalloc(vm, PLAT_MEM_VM, 3 * sizeof(*f));
	struct kvm_io_bus *bus = kvm_io_bus_create(vm, 3);

	for (unsigned int i = 0; i < 3; i++) {
		f[i].dev.ops = &fake_ops;
		f[i].refuses = i != 2;
		rig_expect_eq(r, kvm_io_bus_register(bus, 0x1000, 0x100, &f[i].dev), 0);
	}
	rig_expect(r, try_access(r, bus, true, 0x1000, 4).taken);
	rig_expect_eq(r, f[0].writes + f[1].writes, 2);
	rig_expect_eq(r, f[2].writes, 1);
	f[2].refuses = true;
	rig_expect(r, !try_access(r, bus, false, 0x1000, 4).taken);
	kvm_io_bus_destroy(vm, bus);
	plat_free(vm, f);
}

/*
 * Real kernels, 4.6.2 and 4.8.17: a failed access above all devices costs 117 (read)
 * or 133 (write) with 3 or 5 devices, 141 and 157 with 9; reaching the first
 * of 3, 5 and 9 devices with a write costs 160, 177 and 194.
 */
static void script_cost(struct rig *r)
{
	static const struct {
		unsigned int n, read_miss, write_miss, write_first;
	} rows[] = { { 3, 117, 133, 160 }, { 5, 117, 133, 177 }, { 9, 141, 157, 194 } };

	for (unsigned int i = 0; i < 3; i++) {
		struct kvm_io_bus *bus;
		struct fake *f = make(r, &bus, rows[i].n);

		rig_expect_eq(r, try_access(r, bus, false, 0x100000, 4).insns, rows[i].read_miss);
		rig_expect_eq(r, try_access(r, bus, true, 0x100000, 4).insns, rows[i].write_miss);
		rig_expect_eq(r, try_access(r, bus, true, 0x1000, 4).insns, rows[i].write_first);
		unmake(r, bus, f);
	}
}

static const struct rig_config config = { .design = "kvm-legacy", .gic = 3, .nr_vcpus = 1 };

static void find(void **state)
{
	rig_run(&config, script_find);
}

static void overlap(void **state)
{
	rig_run(&config, script_overlap);
}

static void cost(void **state)
{
	rig_run(&config, script_cost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find),
		cmocka_unit_test(overlap),
		cmocka_unit_test(cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
