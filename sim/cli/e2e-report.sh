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
		if [ ! -s figures/$f.svg ] || [ ! -s figures/$f.gp ]; then complain "no figure $f"; fi
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

# A sweep: the page, its figures, the preview; not beside results.
expect 0 "$vgicsim" sweep gen:hackbench,duration=2ms --vcpus 1,2,4 -d kvm-legacy,kvm-aplist \
	--lock ticket,queued --seeds 2 -q -o s.json
expect 0 "$vgicsim" report s.json -o s.html --figures sweep
holds s.html 'kvm-legacy and kvm-aplist by vCPUs'
holds s.html '24 runs, along <b>vCPUs</b>'
if command -v gnuplot >/dev/null; then
	for f in entry-lines entry-parts-1 time-lines lock-1-lines memory-lines; do
		if [ ! -s sweep/$f.svg ] || [ ! -s sweep/$f.gp ]; then complain "no figure $f"; fi
	done
fi
expect 0 "$vgicsim" report s.json --plot=term
holds out 'entry_p99_ps by vCPUs'
cp out report.txt
expect 0 "$vgicsim" sweep gen:hackbench,duration=2ms --vcpus 1,2,4 -d kvm-legacy,kvm-aplist \
	--lock ticket,queued --seeds 2 -q -o s2.json --plot=term
same report.txt out "the preview of report and of sweep"
same s.json s2.json "a sweep with and without its preview"
expect 2 "$vgicsim" sweep gen:hackbench,duration=2ms --vcpus 1,2 -f csv --plot=term
expect 0 "$vgicsim" report --x lock --no-plots -o - - <s.json
holds out 'kvm-legacy and kvm-aplist by lock'
expect 2 "$vgicsim" report s.json --x nothing -o n.html
expect 2 "$vgicsim" report s.json r.json -o n.html
expect 2 "$vgicsim" report r.json --x vcpus -o n.html
[ ! -e n.html ] || complain "a refused report was written"
sed 's/"entry_p99_ps":[0-9]*/"entry_p99_ps":"x"/' s.json >bad.json
expect 3 "$vgicsim" report bad.json -o n.html
# A crossover of that sweep, with its curves.
expect 0 "$vgicsim" crossover --x vcpus --from s.json --plot=term
command -v gnuplot >/dev/null && holds out '  A kvm-legacy   B kvm-aplist'
holds out 'entry_p99_ps by vCPUs$'
expect 2 "$vgicsim" crossover --x vcpus --from s.json -f json --plot=term
finish 30
