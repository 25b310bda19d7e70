#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports of results: the page, the figures that are left, the preview in a terminal.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

expect 0 "$vgicsim" replay -q gen:hackbench,vcpus=8,duration=5ms -f json -o r.json
expect 0 "$vgicsim" report r.json -o r.html --figures figures
holds r.html 'kvm-legacy and kvm-aplist on one trace'
if command -v gnuplot >/dev/null; then
	for f in violins entry-cdf entry-parts locks-wait waits-1 occupancy-vcpu; do
		[ -s figures/$f.svg ] && [ -s figures/$f.gp ] || complain "no figure $f"
	done
	holds r.html 'src="data:image/svg\+xml;base64,'
fi
expect 2 "$vgicsim" report r.json
expect 2 "$vgicsim" report r.json --plot=paper
expect 2 "$vgicsim" report r.json -o - --plot=term

# The preview says the same wherever it is asked for.
expect 0 "$vgicsim" report r.json --plot=term
cp out report.txt
holds report.txt 'entry latency: what a mean one is made of'
holds report.txt 'W lock wait'
expect 0 "$vgicsim" replay -q gen:hackbench,vcpus=8,duration=5ms --plot=term -f json -o r2.json
same report.txt out "the preview of report and of replay"
same r.json r2.json "a result with and without its preview"
expect 2 "$vgicsim" replay -q gen:hackbench,vcpus=8,duration=5ms --plot=term -f json
mkdir bin
expect 0 env PATH="$PWD/bin" "$vgicsim" report r.json --plot=term
holds out 'No curves: gnuplot was not found'
holds out 'W lock wait'

finish 15
