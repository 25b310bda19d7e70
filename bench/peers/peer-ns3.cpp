// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program on ns-3, as its users write: callbacks that schedule the next one. A
 * lock is a queue of who waits. Time is ns-3's, in its default unit, the nanosecond.
 *
 *   peer-ns3 one|fine ACTORS HANDLERS [SCHEDULER]	Map, PriorityQueue, Heap, Calendar …
 */
#include <deque>
#include <memory>
#include <ns3/core-module.h>
#include <string>
#include <vector>

#include "program.h"

static struct program program;

static uint64_t now_ns()
{
	return static_cast<uint64_t>(ns3::Simulator::Now().GetNanoSeconds());
}

class actor
{
public:
	explicit actor(unsigned int id)
	{
		program_actor_init(&a, id);
	}
	void think();
	void granted();

private:
	void ask();
	void held();
	void take(unsigned int lock);

	struct program_actor a;
	unsigned int round = 0, depth = 0;
	unsigned int mine[3] = {};
};

struct lock {
	bool is_held = false;
	std::deque<actor *> queue;

	void give();
};

static std::vector<lock> locks;

void lock::give()
{
	if (queue.empty()) {
		is_held = false;
		return;
	}
	actor *next = queue.front();

	queue.pop_front();
	next->granted();
}

static void spend(uint64_t ns, void (actor::*then)(), actor *who)
{
	ns3::Simulator::Schedule(ns3::NanoSeconds(ns), then, who);
}

void actor::think()
{
	if (round++ == program.rounds) {
		program_done(&program, &a, now_ns());
		return;
	}
	/* In the program's order of random numbers: the thinking, then what follows it. */
	spend(program_think(&a, now_ns()), &actor::ask, this);
}

void actor::ask()
{
	depth = 0;
	take(program_first_lock(&program, &a));
}

void actor::take(unsigned int which)
{
	mine[depth] = which;
	if (locks[which].is_held) {
		locks[which].queue.push_back(this);
		return;
	}
	locks[which].is_held = true;
	granted();
}

void actor::granted()
{
	program_granted(&program, &a, mine[depth], now_ns());
	spend(program_hold(&a, now_ns()), &actor::held, this);
}

/* Depth 0 is the outer lock, 1 and 2 the two inside it. */
void actor::held()
{
	if (depth)
		locks[mine[depth]].give();
	if (program.fine && depth < 2) {
		depth++;
		take(program_random_lock(&program, &a));
		return;
	}
	locks[mine[0]].give();
	think();
}

int main(int argc, char **argv)
{
	if (argc != 4 && argc != 5) {
		fputs("usage: peer-ns3 one|fine ACTORS HANDLERS [SCHEDULER]\n", stderr);
		return 2;
	}
	program_init(&program, argv[1], argv[2], argv[3]);
	if (argc == 5) {
		ns3::ObjectFactory scheduler("ns3::" + std::string(argv[4]) + "Scheduler");

		ns3::Simulator::SetScheduler(scheduler);
	}
	locks.resize(program.nr_locks);

	std::vector<std::unique_ptr<actor>> actors;

	for (unsigned int i = 0; i < program.actors; i++) {
		actors.push_back(std::make_unique<actor>(i));
		ns3::Simulator::Schedule(ns3::NanoSeconds(0), &actor::think, actors[i].get());
	}

	uint64_t ns = program_cpu_ns();

	ns3::Simulator::Run();
	program_report(&program, program_cpu_ns() - ns);
	ns3::Simulator::Destroy();
	return 0;
}
