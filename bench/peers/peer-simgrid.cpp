// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program on SimGrid: actors of s4u, its mutexes (first come, first served), one
 * host. Its clock is seconds in a double: one of its seconds is our nanosecond, so
 * that all times are whole numbers below 2^53, hence exact, and far apart for its
 * precision of 1e-9 s.
 *
 *   peer-simgrid one|fine ACTORS HANDLERS [--cfg=...]
 */
#include <simgrid/s4u.hpp>
#include <vector>

#include "program.h"

namespace sg4 = simgrid::s4u;

static struct program program;
static std::vector<sg4::MutexPtr> locks;

static uint64_t now_ns()
{
	return static_cast<uint64_t>(sg4::Engine::get_clock());
}

static void spend(uint64_t ns)
{
	sg4::this_actor::sleep_for(static_cast<double>(ns));
}

static void take(const struct program_actor *a, unsigned int lock)
{
	locks[lock]->lock();
	program_granted(&program, a, lock, now_ns());
}

static void actor_main(unsigned int id)
{
	struct program_actor a;

	program_actor_init(&a, id);
	for (unsigned int i = 0; i < program.rounds; i++) {
		const unsigned int first = program_first_lock(&program, &a);

		spend(program_think(&a, now_ns()));
		take(&a, first);
		spend(program_hold(&a, now_ns()));
		for (unsigned int k = 0; program.fine && k < 2; k++) {
			const unsigned int any = program_random_lock(&program, &a);

			take(&a, any);
			spend(program_hold(&a, now_ns()));
			locks[any]->unlock();
		}
		locks[first]->unlock();
	}
	program_done(&program, &a, now_ns());
}

int main(int argc, char **argv)
{
	sg4::Engine engine(&argc, argv);

	if (argc != 4) {
		fputs("usage: peer-simgrid one|fine ACTORS HANDLERS [--cfg=...]\n", stderr);
		return 2;
	}
	program_init(&program, argv[1], argv[2], argv[3]);

	sg4::NetZone *zone = sg4::create_full_zone("zone");
	sg4::Host *host = zone->create_host("host", 1e9);

	zone->seal();
	for (unsigned int i = 0; i < program.nr_locks; i++)
		locks.push_back(sg4::Mutex::create());
	for (unsigned int i = 0; i < program.actors; i++)
		sg4::Actor::create("actor", host, actor_main, i);

	uint64_t ns = program_cpu_ns();

	engine.run();
	program_report(&program, program_cpu_ns() - ns);
	return 0;
}
