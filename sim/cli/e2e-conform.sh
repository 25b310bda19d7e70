#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vgicsim conform on the samples of older kernels: the JSON document, --min, the
# text, and what it refuses.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

s=$source_dir/traces/samples

# of FILE KEY: the number that stands there on a line of its own.
of() {
	sed -n "s/^ *\"$2\": \([0-9.]*\),*$/\1/p" "$1" | head -n 1
}

for t in k46-gicv2-4vcpu-hackbench:kvm-legacy k46-gicv3-4vcpu-hackbench:kvm-legacy \
	k48-gicv3-4vcpu-hackbench:kvm-aplist k48-gicv3-4vcpu-hackbench:kvm-legacy; do
	trace=$s/${t%:*}.pcap.gz design=${t#*:}
	expect 0 "$vgicsim" conform -q "$trace" -d "$design" -n 3 -f json -o c.json || continue
	for key in '"schema": "vgicsim-conform-1"' '"entries": [0-9]+' '"identical": [0-9]+' \
		'"identical_percent": [0-9]+\.[0-9]+' '"same_set_other_order": [0-9]+' \
		'"different": [0-9]+' '"unexplained": [0-9]+' '"classes": \{' '"race": [0-9]+' \
		'"initial-state": [0-9]+' '"rules": \{' '"differences": \[' \
		"\"design\": \"$design\"" '"list_registers": 4' '"trace_digest": "[0-9a-f]{16}"'; do
		holds c.json "$key"
	done
	# Identical, other order and different are all; the classes are the last two.
	rest=$(($(of c.json same_set_other_order) + $(of c.json different)))
	checks=$((checks + 2))
	[ "$(($(of c.json identical) + rest))" = "$(of c.json entries)" ] ||
		complain "$t: the verdicts do not sum to the entries"
	sum=0
	for class in race sgi-target initial-state lost-events fields; do
		sum=$((sum + $(of c.json $class)))
	done
	[ "$((sum + $(of c.json unexplained)))" = "$rest" ] ||
		complain "$t: the classes do not sum to what is not identical"
	expect 0 "$vgicsim" conform -q "$trace" -d "$design" -n 3 -f json -o d.json
	same c.json d.json "two runs of $t"
done

# Each design and its own kernel; and not the other's.
expect 0 "$vgicsim" conform "$s/k46-gicv2-4vcpu-hackbench.pcap.gz" -d kvm-legacy --min 99
holds out '^  identical +[0-9]+ +99\.'
holds out '^vCPU [0-9] enters at '
expect 0 "$vgicsim" conform "$s/k46-gicv3-4vcpu-hackbench.pcap.gz" -d kvm-legacy --min 99
expect 0 "$vgicsim" conform "$s/k48-gicv3-4vcpu-hackbench.pcap.gz" -d kvm-aplist --min 99.5
expect 1 "$vgicsim" conform "$s/k48-gicv3-4vcpu-hackbench.pcap.gz" -d kvm-legacy --min 99
expect 0 "$vgicsim" conform "$s/k48-gicv3-4vcpu-hackbench.pcap.gz" -d kvm-legacy --min 0

expect 3 "$vgicsim" conform "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy
holds err 'want recorded list registers'
expect 2 "$vgicsim" conform "$s/gicv3-4vcpu-boot.pcap.gz"
expect 2 "$vgicsim" conform "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-none
expect 2 "$vgicsim" conform "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --min 101
finish 80
