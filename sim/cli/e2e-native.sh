#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vgicsim native: equal counts of one thread, the JSON document, and what it refuses.
# No time is tested.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

s=$source_dir/traces/samples

for t in gicv2-4vcpu-hackbench k48-gicv3-4vcpu-hackbench; do
	for d in kvm-legacy kvm-aplist kvm-aplist-6.1; do
		expect 0 "$vgicsim" native -q "$s/$t.pcap.gz" -d $d --serial --repeat 2
		holds out '^All counts, list registers at entries and deliveries are equal'
		holds out "^$d, GICv[23], ticket locks; vCPUs 4, threads 1, CPUs [0-9]+; beside "
	done
done

expect 0 "$vgicsim" native -q "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-aplist --lock queued \
	--oversubscribe --repeat 3 --rounds 2 -f json -o n.json
for key in '"schema": "vgicsim-native-1"' '"lock": "queued"' '"threads": 5' '"rounds": 2' \
	'"repetitions": 3' '"floor_ps": [1-9]' '"stamp_ps": [0-9]+' '"resolution_ps": [1-9]' \
	'"class": "vgic_cpu->ap_list_lock"' '"below_floor": (true|false)' '"hold_p50_ps": \{' \
	'"interrupts_taken": \{' '"preempted": \{' '"trace_digest": "[0-9a-f]{16}"'; do
	holds n.json "$key"
done

# The first records only: the rest is said to be left out.
expect 0 "$vgicsim" native -q "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --serial --records 500
holds out '^records 500 \(cut\), '

expect 0 "$vgicsim" native -q "$s/gicv2-1vcpu-manyblk.pcap.gz" -d kvm-legacy --no-injector \
	--rounds 1 --repeat 1
holds out '^kvm-legacy, GICv2, ticket locks; vCPUs 1, threads 1, '
expect 0 "$vgicsim" native -q "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --no-injector --serial

# More vCPUs than there are CPUs, whatever runs this.
expect 0 "$vgicsim" gen hackbench --vcpus 500 --records 2000 -o many.pcap.gz
expect 2 "$vgicsim" native -q many.pcap.gz -d kvm-aplist
holds err '501 threads .* on [0-9]+ CPUs: .*--oversubscribe'

expect 2 "$vgicsim" native "$s/gicv3-4vcpu-boot.pcap.gz"
expect 2 "$vgicsim" native "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-none
expect 2 "$vgicsim" native "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --lock tas
expect 2 "$vgicsim" native "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --serial --timed
expect 2 "$vgicsim" native "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --repeat 0
head -c 3000 "$s/gicv3-4vcpu-boot.pcap.gz" >cut.pcap.gz
expect 3 "$vgicsim" native cut.pcap.gz -q -d kvm-legacy --serial
holds out '^All counts, .* are equal'
holds err 'cut.pcap.gz'
expect 4 "$vgicsim" native -q "$s/gicv3-4vcpu-boot.pcap.gz" -d kvm-legacy --serial -o none/n.json
finish 40
