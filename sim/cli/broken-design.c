/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a test's program only: kvm-aplist under the name "broken-twice", but that it
 * injects the edge INTID 40 once more at the third exit after it came. The linker
 * puts this file's vgic_design_find() in front.
 */
#include <string.h>

#include "vgic-design.h"

const struct vgic_design *__real_vgic_design_find(const char *name);
const struct vgic_design *__wrap_vgic_design_find(const char *name);

static const struct vgic_design *real;
static unsigned int exits_left;

static int twice_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq,
			bool level, bool mapped)
{
	if (irq == 40)
		exits_left = 3;
	return real->inject(vgic, cpu, vcpu, irq, level, mapped);
}

static void twice_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	real->sync(vgic, cpu, vcpu);
	if (exits_left && !--exits_left)
		real->inject(vgic, cpu, vcpu, 40, true, false);
}

const struct vgic_design *__wrap_vgic_design_find(const char *name)
{
	static struct vgic_design twice;

	if (strcmp(name, "broken-twice"))
		return __real_vgic_design_find(name);
	real = __real_vgic_design_find("kvm-aplist");
	twice = *real;
	twice.name = "broken-twice";
	twice.inject = twice_inject;
	twice.sync = twice_sync;
	return &twice;
}
