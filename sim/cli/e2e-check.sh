#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# replay --check: each sample is right under each design, in several ways of running
# it; a design that delivers an interrupt twice ends with status 5, and when, to
# which vCPU and which INTID is said.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
broken=$3

for t in $(samples); do
	expect 0 "$vgicsim" replay -q "$t" -f csv --log 1.jsonl -o 1.csv
	expect 0 "$vgicsim" replay -q "$t" -f csv --check -o 2.csv
	# A check changes nothing: as a log, it makes the guest's half go step by step.
	grep -v fingerprint 1.csv >3.csv
	grep -v fingerprint 2.csv >4.csv
	same 3.csv 4.csv "$t with --log and with --check"
	expect 0 "$vgicsim" replay -q "$t" --check --explore 7
	expect 0 "$vgicsim" replay -q "$t" --check --inject clock
	expect 0 "$vgicsim" replay -q "$t" --check --lrs 1
done

cat >twice.vgt <<'END'
%vgt 1
%gic v3
%vcpus 1
%pcpus 2
%spis 96
%frame gicd 0x08000000 0x10000
%frame gicr 0x080a0000 0x20000
0.000000000 - - state irq=40 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 target=0
0.000001000 0 v0 entry
0.000050000 1 t7 inject irq=40 level=1
0.000100000 0 v0 exit reason=trap ec=0x16
0.000101000 0 v0 hvc
0.000105000 0 v0 entry
0.000155000 0 v0 exit reason=trap ec=0x16
0.000156000 0 v0 hvc
0.000158000 0 v0 entry
0.000195000 0 v0 exit reason=trap ec=0x16
END
expect 0 "$vgicsim" replay -q twice.vgt --check
expect 0 "$broken" replay -q twice.vgt -d broken-twice
expect 5 "$broken" replay -q twice.vgt -d broken-twice --check
holds err 'at [0-9.]+ us, vCPU 0, INTID 40: delivered twice: .*want no delivery'
# The history that shows it is in the output.
holds out 'vCPU 0: INTID 40 taken'
finish 15
