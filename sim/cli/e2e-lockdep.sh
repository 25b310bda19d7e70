#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each rule for locks, broken by a design that is made for it: every way of running it
# ends with status 5 and names both places, the simulated time and the CPU.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
broken=$3
t="$source_dir/traces/samples/gicv3-4vcpu-hackbench.pcap.gz"

# breaks DESIGN PATTERN: in replays of all sorts, in conform and in check --deliveries.
breaks() {
	for how in "" --check --reference "--lock queued" "--lock tas" "--explore 3" \
		"--inject clock" "--guest modelled" "--lrs 1"; do
		# shellcheck disable=SC2086 # options
		expect 5 "$broken" replay -q "$t" -d "$1" $how -o r
		holds err "^vgicsim replay: at [0-9.]+ us on CPU [0-9]+: lockdep: $2"
		[ ! -e r ] || complain "a result was left behind"
	done
	expect 5 "$broken" check -q "$t" --deliveries -d kvm-aplist -d "$1" -o r
	holds err "^vgicsim check: at [0-9.]+ us on CPU [0-9]+: lockdep: $2"
	expect 5 "$broken" conform -q "$t" -d "$1" -o r
	holds err "^vgicsim conform: at [0-9.]+ us on CPU [0-9]+: lockdep: $2"
}

breaks broken-order "one taken at order_sync:[0-9]+ while holding two taken at order_sync:[0-9]+, \
but before two was taken at order_flush:[0-9]+ while holding one taken at order_flush:[0-9]+"
breaks broken-again "one \\(instance 0\\) taken at again_locked:[0-9]+ is held already, \
since again_flush:[0-9]+"
breaks broken-held "one .* taken at held_flush:[0-9]+ is still held in (vcpu_enter\\(\\)|the guest)"
breaks broken-held-late "two .* taken at held_restore:[0-9]+ is still held in the guest"
breaks broken-irq "one taken at irq_flush:[0-9]+ with interrupts on, \
and in an interrupt at irq_inject:[0-9]+"
breaks broken-irq-inside "two taken at inside_alone:[0-9]+ with interrupts on, and one in an \
interrupt at irq_inject:[0-9]+, while holding which \\(taken at inside_flush:[0-9]+\\) two was \
taken at inside_alone:[0-9]+"
# The same without the deliberate break.
expect 0 "$broken" replay -q "$t" -d kvm-aplist -d kvm-aplist-6.1 -o r
finish 130
