// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debugfs' vgic-state: alone, and as evidence for the import of a recording
 * that says little itself.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "vgic-state.h"

static const char recording[] =
	"# tracer: nop\n"
	"       CPU 0/KVM-100   [000] d.... 1.000000001: kvm_entry: PC: 0x1\n"
	"       CPU 0/KVM-100   [000] d.... 1.000000100: kvm_exit: TRAP: "
	"HSR_EC: 0x0024 (DABT_LOW), PC: 0x1\n"
	"       CPU 0/KVM-100   [000] ..... 1.000000200: "
	"vgic_update_irq_pending: VCPU: 0, IRQ 33, level: 1\n";

static void look_at(const struct vgic_state *s)
{
	struct trace_meta m = {
		.gic = 3, .nr_vcpus = TRACE_MAX_VCPUS, .nr_pcpus = 1, .nr_spis = 988
	};
	char why[256];

	fuzz_check(s->gic == 2 || s->gic == 3, "gic %u", s->gic);
	fuzz_check(s->nr_vcpus && s->nr_vcpus <= TRACE_MAX_VCPUS, "%u vCPUs", s->nr_vcpus);
	fuzz_check(s->nr <= s->nr_lines, "%zu records of %u lines", s->nr, s->nr_lines);
	for (size_t i = 0; i < s->nr; i++) {
		const char *bad = trace_rec_check(&s->rec[i], &m, why, sizeof(why));

		fuzz_check(!bad, "record %zu: %s", i, bad);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, data, size);
	struct import_options opt = { .vgic_state = path };
	struct vgic_state s;
	struct err err = { 0 };

	if (vgic_state_read(&s, path, &err))
		fuzz_check_err(&err, path, ERR_INPUT, 0);
	else
		look_at(&s);
	vgic_state_free(&s);
	fuzz_import(fuzz_file(1, recording, sizeof(recording) - 1), &opt);
	return 0;
}
