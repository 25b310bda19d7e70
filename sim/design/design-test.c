/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rig's errors handed to cmocka: see design-test.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "design-test.h"

void rig_run_arg(const struct rig_config *config, rig_script_fn *script, void *arg)
{
	struct err err = { 0 };

	if (rig_try(config, script, arg, &err))
		fail_msg("%s", err.msg);
}

void rig_run(const struct rig_config *config, rig_script_fn *script)
{
	rig_run_arg(config, script, NULL);
}

void rig_spi_on(struct rig *r, uint32_t irq, bool edge, uint8_t prio, unsigned int target)
{
	struct vgic_irq_state s = {
		.irq = irq,
		.enabled = true,
		.edge = edge,
		.prio = prio,
		.group = r->config.gic == 3,
		.target = target,
	};

	r->design->set_state(r->vgic, &s);
}

void rig_begin(struct rig *r)
{
	struct vgic_irq_state timer = {
		.irq = RIG_TIMER, .enabled = true, .target = UINT32_MAX, .group = r->config.gic == 3
	};

	r->design->set_enabled(r->vgic, true);
	for (timer.vcpu = 0; timer.vcpu < r->config.nr_vcpus; timer.vcpu++)
		r->design->set_state(r->vgic, &timer);
	rig_reset_counts(r);
}

void rig_serve(struct rig *r, unsigned int v, uint32_t irq)
{
	struct gic_lr lr = rig_ack(r, v);

	rig_expect_eq(r, lr.irq, irq);
	if (irq != GIC_SPURIOUS)
		rig_eoi(r, v, lr.irq, lr.src);
}

void rig_sgi_from(struct rig *r, unsigned int from, unsigned int targets, uint32_t irq)
{
	if (r->config.gic == 2)
		rig_write(r, from, RIG_GICD + 0xf00, 4, (uint64_t)targets << 16 | irq);
	else
		rig_sgi1r(r, from, (uint64_t)irq << 24 | targets);
}

void rig_retarget(struct rig *r, unsigned int by, uint32_t irq, unsigned int v)
{
	if (r->config.gic == 2)
		rig_write(r, by, RIG_GICD + 0x800 + irq, 1, UINT64_C(1) << v);
	else
		rig_write(r, by, RIG_GICD + 0x6000 + irq * 8, 8, gic_vcpu_mpidr(v));
}
