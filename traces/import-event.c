// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of host events: which of them mean something to the importer, and
 * how often each was met.
 */
#include <stdlib.h>
#include <string.h>

#include "import-event.h"

static const struct {
	const char *name;
	enum ev_kind kind;
} known[] = {
	{ "kvm_entry", EV_ENTRY },
	{ "kvm_exit", EV_EXIT },
	{ "kvm_arm_clear_debug", EV_CLEAR_DEBUG },
	{ "kvm_arm_setup_debug", EV_DEBUG },
	{ "kvm_arm_set_dreg32", EV_DEBUG },
	{ "kvm_arm_set_regset", EV_DEBUG },
	{ "kvm_mmio", EV_MMIO },
	{ "kvm_userspace_exit", EV_USERSPACE_EXIT },
	{ "kvm_sys_access", EV_SYS_ACCESS },
	{ "kvm_handle_sys_reg", EV_HANDLE_SYS_REG },
	{ "sgi_v3", EV_SGI_V3 },
	{ "kvm_wfx_arm64", EV_WFX },
	{ "kvm_hvc_arm64", EV_HVC },
	{ "vgic_update_irq_pending", EV_VGIC_UPDATE },
	{ "kvm_timer_update_irq", EV_TIMER_UPDATE },
	{ "kvm_get_timer_map", EV_TIMER_MISC },
	{ "kvm_timer_save_state", EV_TIMER_MISC },
	{ "kvm_timer_restore_state", EV_TIMER_MISC },
	{ "kvm_timer_emulate", EV_TIMER_MISC },
	{ "kvm_timer_hrtimer_expire", EV_HRTIMER },
	{ "kvm_irq_line", EV_IRQ_LINE },
	{ "kvm_set_irq", EV_SET_IRQ },
	{ "its_cached", EV_ITS_CACHED },
	{ "its_inject_msi", EV_ITS_INJECT },
	{ "queue", EV_QUEUE },
	{ "entry_lrs", EV_ENTRY_LRS },
	{ "exit_lrs", EV_EXIT_LRS },
	{ "kvm_vgic_lrs", EV_VGIC_LRS },
	{ "irq_handler_entry", EV_IRQ_ENTRY },
	{ "ipi_entry", EV_IPI_ENTRY },
	{ "ipi_raise", EV_IPI_RAISE },
	{ "sched_switch", EV_SCHED_SWITCH },
	{ "kvm_guest_fault", EV_FAULT },
	{ "kvm_access_fault", EV_FAULT },
	{ "kvm_halt_poll_ns", EV_VCPU_HINT },
};

static enum ev_kind kind_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == len && !memcmp(known[i].name, name, len))
			return known[i].kind;
	return EV_OTHER;
}

static uint32_t hash_of(const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static bool names_grow(struct ev_names *t)
{
	uint32_t cap = t->hash_cap ? t->hash_cap * 2 : 256;
	uint32_t *hash = calloc(cap, sizeof(*hash));
	struct ev_name *v = realloc(t->v, cap / 2 * sizeof(*v));

	if (v)
		t->v = v;
	if (!hash || !v) {
		free(hash);
		return false;
	}
	for (uint32_t i = 0; i < t->nr; i++) {
		uint32_t h = hash_of(t->v[i].name, strlen(t->v[i].name));

		while (hash[h & (cap - 1)])
			h++;
		hash[h & (cap - 1)] = i + 1;
	}
	free(t->hash);
	t->hash = hash;
	t->hash_cap = cap;
	t->cap = cap / 2;
	return true;
}

int64_t ev_names_get(struct ev_names *t, const char *name, size_t len)
{
	uint32_t h = hash_of(name, len);

	if (t->nr == t->cap && !names_grow(t))
		return -1;
	for (;; h++) {
		uint32_t i = t->hash[h & (t->hash_cap - 1)];

		if (!i)
			break;
		if (!strncmp(t->v[i - 1].name, name, len) && !t->v[i - 1].name[len])
			return i - 1;
	}
	t->v[t->nr] = (struct ev_name){ .name = strndup(name, len), .kind = kind_of(name, len) };
	if (!t->v[t->nr].name)
		return -1;
	t->hash[h & (t->hash_cap - 1)] = ++t->nr;
	return t->nr - 1;
}

void ev_names_free(struct ev_names *t)
{
	for (uint32_t i = 0; i < t->nr; i++)
		free(t->v[i].name);
	free(t->v);
	free(t->hash);
	*t = (struct ev_names){ 0 };
}
