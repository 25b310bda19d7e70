/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of the test rig share: building a rig and tearing it down. */
#ifndef DESIGN_TEST_PRIV_H
#define DESIGN_TEST_PRIV_H

#include "design-test.h"

#define RIG_MAX_CLASSES	   16
#define RIG_MAX_DEVIATIONS 64

struct rig_cmd {
	void (*fn)(struct plat_cpu *cpu, void *arg);
	void *arg;
	struct rig *rig;
	unsigned int actor;
	bool kicked, loaded, quit;
	unsigned int given_up;
};

struct rig_state {
	struct host host;
	struct rig_cmd *cmd;	/* one an actor, the director's last */
	unsigned int nr_actors; /* with the director */
	struct plat_cpu *director;
	struct plat_cpu *current; /* who executes script code now */
	rig_script_fn *script;
	void *arg;
	struct {
		const char *name;
		unsigned int locks;
	} classes[RIG_MAX_CLASSES];
	struct {
		const char *what;
		unsigned int n;
	} deviations[RIG_MAX_DEVIATIONS];
	unsigned int ipis, kicks, wakes;
	uint64_t counters[PLAT_NR_COUNTERS];
};

/* Machine, vgic and state; fails the test when that is not possible. */
void rig_build(struct rig *r, const struct rig_config *config);
void rig_teardown(struct rig *r);

#endif
