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
