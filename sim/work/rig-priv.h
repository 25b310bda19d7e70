/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a rig and tearing it down, for who drives it in another way than a script. */
#ifndef RIG_PRIV_H
#define RIG_PRIV_H

#include "rig.h"

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

/* Machine, vgic and state; ERR_NOMEM and what machine_create() says: nothing is left then. */
int rig_build(struct rig *r, const struct rig_config *config, struct err *err);
void rig_teardown(struct rig *r);

#endif
