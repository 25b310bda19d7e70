// SPDX-License-Identifier: GPL-2.0-or-later
/* The registry of designs, made of vgic-designs.h; looked up by name. */
#include <string.h>

#include "vgic-design.h"

const struct vgic_design *const vgic_designs[] = {
#define VGIC_DESIGN(d) &d,
#include "vgic-designs.h"
#undef VGIC_DESIGN
	NULL,
};

const struct vgic_design *vgic_design_find(const char *name)
{
	for (unsigned int i = 0; vgic_designs[i]; i++)
		if (!strcmp(vgic_designs[i]->name, name))
			return vgic_designs[i];
	return NULL;
}
