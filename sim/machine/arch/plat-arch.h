/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of what a design embeds, for the simulated machine. The lock word
 * lies on the cache line of its own address; queue, holder and statistics
 * are the machine's and cost the design no bytes.
 */
#ifndef PLAT_ARCH_H
#define PLAT_ARCH_H

#include <stdint.h>

struct plat_lock {
	uint32_t id;		/* from plat_lock_init(); 0 is never valid */
};

#endif
