#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build, replay a bundled recording of a real guest under the legacy and the new
# KVM vgic, print the comparison, and write a report: out/report.html.
set -eu
cd "$(dirname "$0")"

bench/install-deps.sh
mkdir -p out
if ! { cmake --preset release && cmake --build --preset release; } >out/build.log 2>&1; then
	tail -n 40 out/build.log >&2
	echo "demo: the build failed; all of its output is in out/build.log" >&2
	exit 1
fi
vgicsim=build/release/sim/cli/vgicsim
trace=${1:-traces/samples/gicv3-8vcpu-hackbench.pcap.gz}

"$vgicsim" replay -q "$trace" -d kvm-legacy -d kvm-aplist --lock ticket
for lock in ticket queued; do
	"$vgicsim" replay -q "$trace" -d kvm-legacy -d kvm-aplist --lock "$lock" \
		-f json -o "out/$lock.json"
done
echo
echo "The same with --lock queued, its locks and why:"
"$vgicsim" replay -q "$trace" -d kvm-legacy -d kvm-aplist --lock queued |
	sed -n -e '/^locks/,/^$/p' -e '/^why/,$p'
"$vgicsim" report out/ticket.json out/queued.json -o out/report.html
echo
echo "report: $PWD/out/report.html"
