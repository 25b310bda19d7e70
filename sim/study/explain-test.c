// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two toy designs on a host with round costs, worked out by hand: where each picosecond
 * of a run goes, who is blamed for a wait, and what happens to an interrupt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "explain.h"
#include "test-host.h"

/* ---- the designs ------------------------------------------------------------ */

struct toy {
	struct plat_lock lock;
	struct plat_vm *vm;
	bool pending;
	uint64_t lr;
};

static const struct plat_lock_class toy_class = { .name = "toy->lock" };

static void *toy_create(struct plat_vm *vm, const struct vgic_config *config)
{
	struct toy *t = plat_zalloc(vm, PLAT_MEM_VM, sizeof(*t));

	if (!t)
		return NULL;
	t->vm = vm;
	plat_lock_init(vm, &t->lock, &toy_class, 0);
	return t;
}

static void toy_destroy(void *vgic)
{
	struct toy *t = vgic;

	if (t)
		plat_free(t->vm, t);
}

static void toy_set_state(void *vgic, const struct vgic_irq_state *state)
{
}

static void toy_set_enabled(void *vgic, bool enabled)
{
}

static void toy_load_lr(struct toy *t, unsigned int vcpu)
{
	struct gic_lr lr = { .irq = 40, .pending = true, .prio = 0xa0 };

	if (vcpu || !t->pending)
		return;
	t->pending = false;
	t->lr = gic_lr_encode(3, &lr);
}

/* All of it under the one lock. */
static void flush_locked(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct toy *t = vgic;

	plat_lock(cpu, &t->lock);
	plat_work(cpu, PLAT_CODE, 1000);
	toy_load_lr(t, vcpu);
	plat_unlock(cpu, &t->lock);
}

static void flush_free(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	plat_work(cpu, PLAT_CODE, 400);
	toy_load_lr(vgic, vcpu);
}

static void toy_restore(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct toy *t = vgic;

	plat_vif_write(cpu, PLAT_VIF_HCR, GICH_HCR_EN);
	plat_vif_write(cpu, PLAT_VIF_LR0, vcpu ? 0 : t->lr);
}

static void toy_save(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	struct toy *t = vgic;
	uint64_t lr = plat_vif_read(cpu, PLAT_VIF_LR0);

	if (!vcpu)
		t->lr = lr;
}

static void toy_sync(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
}

static bool toy_pending(void *vgic, struct plat_cpu *cpu, unsigned int vcpu)
{
	return false;
}

static int toy_inject(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, uint32_t irq, bool level,
		      bool mapped)
{
	struct toy *t = vgic;

	plat_lock(cpu, &t->lock);
	t->pending = true;
	plat_unlock(cpu, &t->lock);
	plat_kick(cpu, 0);
	return 0;
}

static enum vgic_handled toy_mmio(void *vgic, struct plat_cpu *cpu, unsigned int vcpu, bool write,
				  uint64_t gpa, unsigned int len, uint64_t *val)
{
	return VGIC_NOT_MINE;
}

static enum vgic_handled toy_sysreg(void *vgic, struct plat_cpu *cpu, unsigned int vcpu,
				    uint32_t reg, uint64_t val)
{
	return VGIC_NOT_MINE;
}

#define TOY(called, flushes)                                                                       \
	{                                                                                          \
		.name = called, .gics = 1 << 3, .create = toy_create, .destroy = toy_destroy,      \
		.set_state = toy_set_state, .set_enabled = toy_set_enabled, .flush = flushes,      \
		.restore = toy_restore, .save = toy_save, .sync = toy_sync,                        \
		.pending = toy_pending, .inject = toy_inject, .mmio = toy_mmio,                    \
		.sysreg_write = toy_sysreg,                                                        \
	}

static const struct vgic_design locked = TOY("toy-locked", flush_locked);
static const struct vgic_design lockless = TOY("toy-free", flush_free);

/* ---- running ------------------------------------------------------------------ */

static struct host host;

#define HEAD                                                                                       \
	"%vgt 1\n%gic v3\n%vcpus 2\n%pcpus 4\n%spis 32\n"                                          \
	"%frame gicd 0x08000000 0x10000\n%frame gicr 0x080a0000 0x20000\n"                         \
	"0.000000000 - - state irq=40 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 "  \
	"target=0\n"

static struct trace_reader *open_text(const char *text)
{
	char path[] = "/tmp/vgicsim-explain-XXXXXX.vgt";
	int fd = mkstemps(path, 4);
	struct trace_reader *r;
	struct err err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = trace_open(path, &err);
	unlink(path);
	if (!r)
		fail_msg("%s", err.msg);
	return r;
}

static struct replay_options options(const struct vgic_design *design)
{
	struct replay_options o;

	replay_options_init(&o);
	o.design = design;
	o.host = &host;
	return o;
}

static struct explain_run first_run(const char *text, const struct vgic_design *design)
{
	struct replay_options o = options(design);
	struct trace_reader *r = open_text(text);
	struct explain_run run = { 0 };
	bool truncated;
	struct err err;

	if (explain_run(&run, r, &o, &truncated, &err))
		fail_msg("%s", err.msg);
	trace_close(r);
	return run;
}

static const char *named(const char *const *names, unsigned int nr, unsigned int i)
{
	return i < nr ? names[i] : "any";
}

static void cell(const struct explain_run *run, unsigned int vcpu, enum replay_phase phase,
		 enum component comp, uint64_t want_ns)
{
	uint64_t have = explain_sum(run, vcpu, EXPLAIN_ANY, phase, comp);

	if (have != want_ns * 1000)
		fail_msg("%s, vCPU %u, %s, %s: want %llu ns, have %llu ps", run->design->name, vcpu,
			 named(phase_names, PHASE_NR, phase), named(component_names, COMP_NR, comp),
			 (unsigned long long)want_ns, (unsigned long long)have);
}

/* ---- a wait ---------------------------------------------------------------------- */

/*
 * In ns. A vCPU's first record waits for those before it: vCPU 1 begins when vCPU 0 has
 * entered. Costs: an instruction 1, the own cache 1, memory 100, the other vCPU's cache
 * 20, an atomic 5 on top; a list register 2 to write, 3 to read; host work nothing.
 *
 * toy-locked, first entry of vCPU 0: mode line and lock line from memory, unlock and mode
 * in the own cache: lines 202; lock 8 + 5, work 1000, unlock 3: critical 1016; the mode's
 * atomic: code 5; two words of the interface: 4. In all 1227. Of vCPU 1: the lock comes from
 * vCPU 0, lines 122, in all 1147: it is in the guest at 2374.
 * vCPU 0 runs its guest for 11147, vCPU 1 for 10000: both exit at 12374, and are done at
 * 12378 (mode 1, list register 3). Both look at their mode (1) and ask for the lock (8):
 * 12387. vCPU 0, first by its number, gets the line from vCPU 1: 12387 + 20 + 5 = 12412.
 * vCPU 1's own try takes the line from it, and as long: it waits from 12412. vCPU 0
 * works 1000 and releases (3) at 13415; vCPU 1 has it 20 later, at 13435, after 1023: 1003
 * while vCPU 0 held it, 20 for handing it over. Either's unlock takes the line from the
 * other, 20: lines of this entry 1 + 20 + 20 + 1 = 42.
 * vCPU 0 goes on after 20 at 13435, enters (1 + 5 + 4) at 13445, exits at 23445, ends at 23449.
 * vCPU 1 releases at 14438, goes on at 14458, enters at 14468, exits at 24468, ends at 24472.
 *
 * toy-free: first entries: code 400 + 5, lines 100 + 1, 4: 510 each. Second ones: lines 2,
 * 411. vCPU 0: 510 + 11147 + 4 + 411 + 10000 + 4 = 22076; vCPU 1 ends at
 * 510 + 510 + 10000 + 4 + 411 + 10000 + 4 = 21439.
 */
static const char two_vcpus[] = HEAD "0.000000000 0 v0 entry\n"
				     "0.000000000 1 v1 entry\n"
				     "0.000010000 1 v1 exit reason=trap ec=0x16\n"
				     "0.000010500 1 v1 entry\n"
				     "0.000011147 0 v0 exit reason=trap ec=0x16\n"
				     "0.000011500 0 v0 entry\n"
				     "0.000020500 1 v1 exit reason=trap ec=0x16\n"
				     "0.000021500 0 v0 exit reason=trap ec=0x16\n";

static void test_accounts(void **state)
{
	struct explain_run run = first_run(two_vcpus, &locked);

	for (unsigned int v = 0; v < 2; v++) {
		cell(&run, v, PHASE_ENTRY, COMP_CRITICAL, 2 * 1016);
		cell(&run, v, PHASE_ENTRY, COMP_CODE, 2 * 5);
		cell(&run, v, PHASE_ENTRY, COMP_LR, 2 * 4);
		cell(&run, v, PHASE_EXIT, COMP_LINES, 2 * 1);
		cell(&run, v, PHASE_EXIT, COMP_LR, 2 * 3);
	}
	cell(&run, 0, PHASE_ENTRY, COMP_LINES, 202 + 42);
	cell(&run, 1, PHASE_ENTRY, COMP_LINES, 122 + 42);
	cell(&run, 0, PHASE_ENTRY, COMP_LOCK_WAIT, 0);
	cell(&run, 1, PHASE_ENTRY, COMP_LOCK_WAIT, 1023);
	cell(&run, 0, PHASE_GUEST, COMP_GUEST, 21147);
	cell(&run, 1, PHASE_GUEST, COMP_GUEST, 20000);
	cell(&run, 1, PHASE_HOST, COMP_SLEEP, 1227);
	cell(&run, 0, EXPLAIN_ANY, EXPLAIN_ANY, 23449);
	cell(&run, 1, EXPLAIN_ANY, EXPLAIN_ANY, 24472);
	assert_int_equal(explain_last(&run), 1);
	assert_int_equal(run.result.sim_time.ps, 24472000);
	/* The second entries come after a hypercall, the first after nothing. */
	assert_int_equal(explain_sum(&run, 1, XK_HVC, PHASE_ENTRY, COMP_LOCK_WAIT), 1023000);
	assert_int_equal(explain_sum(&run, 0, EXPLAIN_START, PHASE_ENTRY, EXPLAIN_ANY), 1227000);
	explain_run_fini(&run);
}

static void test_blame(void **state)
{
	struct explain_run run = first_run(two_vcpus, &locked);
	const struct explain_blame *b = run.blame;

	assert_int_equal(run.nr_blames, 2);
	assert_string_equal(b[0].class, "toy->lock");
	assert_string_equal(b[0].waiter->func, "flush_locked");
	assert_string_equal(b[0].holder->func, "flush_locked");
	assert_int_equal(b[0].ps, 1003000);
	assert_null(b[1].holder);
	assert_false(b[1].early);
	assert_int_equal(b[1].ps, 20000);
	explain_run_fini(&run);
}

/* The last vCPU of each: -2396 = 1147 - 1227 - 2032 + 800 - 61 - 1023. */
static void test_difference(void **state)
{
	static const struct {
		enum component comp;
		int64_t ns;
	} want[] = {
		{ COMP_GUEST, 1147 }, { COMP_SLEEP, -1227 }, { COMP_CRITICAL, -2032 },
		{ COMP_CODE, 800 },   { COMP_LINES, -61 },   { COMP_LOCK_WAIT, -1023 },
	};
	struct explain_run a = first_run(two_vcpus, &locked), b = first_run(two_vcpus, &lockless);
	unsigned int last_a = explain_last(&a), last_b = explain_last(&b);
	int64_t all = 0;

	assert_int_equal(last_a, 1);
	assert_int_equal(last_b, 0);
	cell(&b, 0, EXPLAIN_ANY, EXPLAIN_ANY, 22076);
	cell(&b, 1, EXPLAIN_ANY, EXPLAIN_ANY, 21439);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		int64_t d =
			(int64_t)(explain_sum(&b, last_b, EXPLAIN_ANY, EXPLAIN_ANY, want[i].comp) -
				  explain_sum(&a, last_a, EXPLAIN_ANY, EXPLAIN_ANY, want[i].comp));

		assert_int_equal(d, want[i].ns * 1000);
		all += d;
	}
	assert_int_equal(all, -2396000);
	explain_run_fini(&a);
	explain_run_fini(&b);
}

static void has_line(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("want \"%s\" in:\n%s", part, text);
}

static void test_folded(void **state)
{
	struct explain_run a = first_run(two_vcpus, &locked), b = first_run(two_vcpus, &lockless);
	char want[128], *text = NULL;
	size_t n = 0;
	uint64_t sum = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	explain_folded(f, &a);
	fclose(f);
	snprintf(want, sizeof(want),
		 "\ntoy-locked;vcpu1;host;hvc;flush and entry;lock wait;toy->lock;flush_locked:%d "
		 "1023000\n",
		 a.blame[0].waiter->line);
	has_line(text, want);
	has_line(text, "\ntoy-locked;vcpu0;guest 21147000\n");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		sum += strtoull(strrchr(line, ' '), NULL, 10);
	assert_int_equal(sum, (23449 + 24472) * UINT64_C(1000));
	free(text);
	f = open_memstream(&text, &n);
	assert_non_null(f);
	explain_folded_diff(f, &a, &b);
	fclose(f);
	has_line(text, "\nvcpu1;host;hvc;flush and entry;code 5000 405000\n");
	has_line(text, "\nvcpu0;guest 21147000 21147000\n");
	free(text);
	explain_run_fini(&a);
	explain_run_fini(&b);
}

/* ---- an interrupt ------------------------------------------------------------------ */

/*
 * vCPU 0 is in the guest at 1227, as above; 5000 later, at 6227, a thread injects. It
 * stands in another cluster, 30 away. Lock 8, its line from vCPU 0 30 + 5; unlock 3 + 1:
 * it kicks at 6274. Wait queue from memory 100, mode 30, its atomic 30 + 5, IPI sent 7,
 * at 6446; 200 later, at 6646, it stops the guest: 372 after the kick. Exit: list
 * register 3, the mode's line back 30, the IPI's handler 300: 6979, 333 after the exit.
 * The mode's line 1; flush from 6980: 8, the lock's line 30 + 5, 1000 + 3, 1; mode 1 + 5; 4:
 * in the guest at 8037, 1057 after the flush's beginning. It is acknowledged at once.
 */
static const char one_spi[] = HEAD "0.000000000 0 v0 entry\n"
				   "0.000005000 2 t7 inject irq=40 level=1\n"
				   "0.000010000 0 v0 exit reason=trap ec=0x16\n";

static void is_step(const struct explain_step *s, uint64_t ns, uint32_t actor, const char *what)
{
	assert_string_equal(s->what, what);
	assert_int_equal(s->t_ps, ns * 1000);
	assert_int_equal(s->actor, actor);
}

static void second_run(const struct explain_run *run, struct explain_history *h, unsigned int nr,
		       struct explain_timeline *t)
{
	struct explain_watch *w = explain_watch_create(run, h, nr, t);
	struct replay_options o = options(run->design);
	struct trace_reader *r = open_text(one_spi);
	struct replay_result again;
	bool truncated;
	struct err err;

	assert_non_null(w);
	o.watch = explain_watch_event;
	o.watch_priv = w;
	if (replay_run(r, &o, &again, &truncated, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(again.fingerprint, run->result.fingerprint);
	assert_int_equal(explain_watch_finish(w, &err), 0);
	replay_result_fini(&again);
	trace_close(r);
}

static void test_history(void **state)
{
	struct explain_run run = first_run(one_spi, &locked);
	struct explain_history *h = calloc(1, sizeof(*h));
	uint64_t stage[STAGE_NR] = { 0 };
	const struct occurrence *o;

	assert_int_equal(explain_slowest(&run, &o, 1), 1);
	assert_int_equal(o->sent_ps, 6227000);
	assert_int_equal(o->acked_ps, 8037000);
	h->o = o;
	second_run(&run, h, 1, NULL);
	assert_int_equal(h->nr_steps, 9);
	is_step(&h->step[0], 6227, 0, "is in the guest, for 5.000 us");
	is_step(&h->step[1], 6227, 2, "injects it, by record 3");
	is_step(&h->step[2], 6274, 2, "kicks vCPU 0: it is in the guest, an IPI is sent");
	is_step(&h->step[3], 6646, 0, "takes an IPI in the guest");
	is_step(&h->step[4], 6646, 0, "exits: kick");
	is_step(&h->step[5], 6979, 0, "is done with its sync");
	is_step(&h->step[6], 6980, 0, "begins its flush");
	is_step(&h->step[7], 8037, 0,
		"enters the guest with it in list register 0, pending, priority 160");
	is_step(&h->step[8], 8037, 0, "acknowledges it");
	explain_stages(h, stage);
	assert_int_equal(stage[STAGE_SENDER], 47000);
	assert_int_equal(stage[STAGE_STOP], 372000);
	assert_int_equal(stage[STAGE_SYNC], 333000);
	assert_int_equal(stage[STAGE_HOST], 1000);
	assert_int_equal(stage[STAGE_ENTRY], 1057000);
	assert_int_equal(stage[STAGE_GUEST] + stage[STAGE_LOCK] + stage[STAGE_SLEEP] +
				 stage[STAGE_OTHERS],
			 0);
	explain_histories_fini(h, 1);
	explain_run_fini(&run);
}

/* What is told of actor @actor at @t_ps to the one history of @w. */
static struct replay_event told(uint64_t t_ps, enum replay_event_kind kind, uint32_t actor)
{
	return (struct replay_event){ .t_ps = t_ps, .kind = kind, .actor = actor };
}

static void tell_lock(struct explain_watch *w, uint32_t actor, uint64_t asked, uint64_t got,
		      uint64_t released)
{
	struct replay_event ev = told(released, EV_LOCK, actor);

	ev.u.lock = (struct lock_event){
		.class = &toy_class,
		.cpu = actor,
		.asked = VT_PS(asked),
		.got = VT_PS(got),
		.released = VT_PS(released),
		.contended = got > asked,
	};
	explain_watch_event(w, &ev);
}

static void tell_phase(struct explain_watch *w, uint64_t t_ps, enum replay_phase begins)
{
	struct replay_event ev = told(t_ps, EV_PHASE, 0);

	ev.u.phase.begins = begins;
	explain_watch_event(w, &ev);
}

/*
 * Sent at 100 by actor 1, which asks for a lock at 110, has it at 150 and kicks under it at
 * 160; meanwhile, at 130, vCPU 0 goes on to other work: that does not end the wait. vCPU 0
 * begins its flush at 170, waits for a lock from 180 to 200, and enters at 230.
 */
static void test_waits_are_no_longer(void **state)
{
	struct occurrence o = { .record = 1, .by = 0, .sent_ps = 100, .acked_ps = 240 };
	struct explain_run run = { .nr_actors = 2, .nr_vcpus = 1, .gic = 3 };
	struct explain_history *h = calloc(1, sizeof(*h));
	uint64_t stage[STAGE_NR] = { 0 };
	struct explain_watch *w;
	struct replay_event ev;
	struct err err;

	o.id = (struct delivery_irq){ .irq = 40, .vcpu = DELIVERIES_ANY, .src = DELIVERIES_ANY };
	h->o = &o;
	w = explain_watch_create(&run, h, 1, NULL);
	assert_non_null(w);
	ev = told(100, EV_SEND, 1);
	ev.u.send.record = 1;
	ev.u.send.irq = 40;
	ev.u.send.vcpu = ev.u.send.src = DELIVERIES_ANY;
	ev.u.send.since_ps = 100;
	explain_watch_event(w, &ev);
	tell_phase(w, 130, PHASE_MMIO);
	ev = told(160, EV_KICK, 1);
	ev.u.kick.result = PLAT_KICK_NONE;
	explain_watch_event(w, &ev);
	tell_lock(w, 1, 110, 150, 165);
	ev = told(170, EV_FLUSH, 0);
	explain_watch_event(w, &ev);
	tell_lock(w, 0, 180, 200, 210);
	/* The sender's next one is nobody's here. */
	tell_lock(w, 1, 200, 215, 220);
	ev = told(230, EV_ENTRY, 0);
	ev.u.lrs.nr = 1;
	ev.u.lrs.word[0] = gic_lr_encode(3, &(struct gic_lr){ .irq = 40, .pending = true });
	explain_watch_event(w, &ev);
	ev = told(240, EV_ACK, 0);
	ev.u.guest.irq = 40;
	explain_watch_event(w, &ev);
	assert_int_equal(explain_watch_finish(w, &err), 0);
	explain_stages(h, stage);
	assert_int_equal(stage[STAGE_SENDER], 10 + 10);
	assert_int_equal(stage[STAGE_LOCK], 40 + 20);
	assert_int_equal(stage[STAGE_HOST], 10);
	assert_int_equal(stage[STAGE_ENTRY], 10 + 30);
	assert_int_equal(stage[STAGE_GUEST], 10);
	explain_histories_fini(h, 1);
}

/* More steps than are kept: what the dropped ones took is nobody else's. */
static void test_long_history(void **state)
{
	struct occurrence o = { .record = 1, .by = 0, .sent_ps = 1000, .acked_ps = 2000 };
	struct explain_run run = { .nr_actors = 1, .nr_vcpus = 1, .gic = 3 };
	struct explain_history *h = calloc(1, sizeof(*h));
	struct explain_watch *w;
	uint64_t stage[STAGE_NR] = { 0 }, all = 0;
	struct err err;

	h->o = &o;
	w = explain_watch_create(&run, h, 1, NULL);
	assert_non_null(w);
	/* With what it was doing when it was sent: 1 + 600 steps, of which 128 go. */
	for (unsigned int i = 0; i < 600; i++)
		tell_phase(w, 1000 + i, PHASE_MMIO);
	assert_int_equal(explain_watch_finish(w, &err), 0);
	assert_int_equal(h->dropped, 128);
	assert_int_equal(h->nr_steps, 601 - 128);
	explain_stages(h, stage);
	assert_int_equal(stage[STAGE_DROPPED], 129);
	assert_int_equal(stage[STAGE_GUEST], 2000 - 1599);
	for (unsigned int s = 0; s < STAGE_NR; s++)
		all += stage[s];
	assert_int_equal(all, 1000);
	explain_histories_fini(h, 1);
}

/* From 6300 to 7000 vCPU 0 is in the guest, exits and begins to flush; times from 6000. */
static void test_timeline(void **state)
{
	struct explain_run run = first_run(one_spi, &locked);
	struct explain_timeline *t = explain_timeline_create(&run, 6300000, 7000000, 6000000);
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct err err;

	assert_non_null(t);
	assert_non_null(f);
	second_run(&run, NULL, 0, t);
	assert_int_equal(explain_timeline_write(f, &t, 1, &err), 0);
	fclose(f);
	has_line(text, "\n{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":0.300000,\"dur\":0.346000,"
		       "\"cat\":\"guest\",\"name\":\"guest\"}");
	has_line(text, "\n{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":0.646000,\"dur\":0.354000,"
		       "\"cat\":\"host\",\"name\":\"host: kick\"}");
	has_line(text, "\n{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":0.646000,\"dur\":0.333000,"
		       "\"cat\":\"phase\",\"name\":\"exit and sync\"}");
	has_line(text, "\n{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":0.979000,\"dur\":0.021000,"
		       "\"cat\":\"phase\",\"name\":\"flush and entry\"}");
	/* On its way all the time: cut at both ends. */
	has_line(text, "\n{\"ph\":\"b\",\"pid\":1,\"tid\":0,\"ts\":0.300000,\"cat\":\"irq\"");
	has_line(text, "\n{\"ph\":\"e\",\"pid\":1,\"tid\":0,\"ts\":1.000000,\"cat\":\"irq\"");
	free(text);
	explain_timeline_destroy(t);
	explain_run_fini(&run);
}

/* ---- waits behind several ------------------------------------------------------------ */

static const struct plat_site site[] = { { "first", 1 }, { "second", 2 }, { "third", 3 } };

struct parts {
	uint64_t ps[3], over;
	unsigned int n;
};

static void part(void *priv, const struct explain_hold *holder, bool early, uint64_t ps)
{
	struct parts *p = priv;

	assert_false(early);
	if (holder)
		p->ps[holder->site - site] += ps;
	else
		p->over += ps;
	p->n++;
}

static void lock_event(struct explain_locks *l, uint32_t id, unsigned int cpu, uint64_t asked,
		       uint64_t got, uint64_t released, struct parts *p)
{
	struct lock_event ev = {
		.class = &toy_class,
		.id = id,
		.cpu = cpu,
		.site = &site[cpu],
		.asked = VT_PS(asked),
		.got = VT_PS(got),
		.released = VT_PS(released),
		.contended = got > asked,
	};
	struct explain_hold before;

	memset(p, 0, sizeof(*p));
	assert_true(explain_locks_event(l, &ev, part, p, &before));
}

/*
 * The third asks at 15, while the first holds it from 10 to 20; the second from 22 to 40.
 * Another lock of that class and instance, an INTID of another vCPU, is none of theirs.
 */
static void test_behind_two(void **state)
{
	struct explain_locks *l = explain_locks_create();
	struct parts p;

	assert_non_null(l);
	lock_event(l, 7, 0, 10, 10, 20, &p);
	assert_int_equal(p.n, 0);
	lock_event(l, 7, 1, 12, 22, 40, &p);
	assert_int_equal(p.ps[0], 8);
	assert_int_equal(p.over, 2);
	lock_event(l, 8, 0, 16, 16, 42, &p);
	lock_event(l, 7, 2, 15, 43, 50, &p);
	assert_int_equal(p.ps[0], 5);
	assert_int_equal(p.ps[1], 18);
	assert_int_equal(p.over, 2 + 3);
	/* Nobody waited: those before are of no account any more. */
	lock_event(l, 7, 0, 60, 60, 70, &p);
	assert_int_equal(p.n, 0);
	explain_locks_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accounts),     cmocka_unit_test(test_blame),
		cmocka_unit_test(test_difference),   cmocka_unit_test(test_folded),
		cmocka_unit_test(test_history),	     cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_behind_two),   cmocka_unit_test(test_waits_are_no_longer),
		cmocka_unit_test(test_long_history),
	};

	host = test_host(3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
