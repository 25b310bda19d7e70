#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each sample under both designs: twice the same bytes, normal and reference
# mode with the same fingerprint and results, no invariant broken.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

fingerprints() {
	sed -n 's/.*"fingerprint": "\(.*\)".*/\1/p' "$1"
}

for t in $(samples); do
	for lock in ticket queued tas; do
		expect 0 "$vgicsim" replay -q "$t" --lock $lock -f json -o 1.json || continue
		[ $lock = ticket ] || continue
		expect 0 "$vgicsim" replay -q "$t" --lock $lock -f json -o 2.json
		same 1.json 2.json "two replays of $t"
		expect 0 "$vgicsim" replay -q "$t" --lock $lock -f json --reference -o 3.json
		sed 's/"reference": true/"reference": false/' 3.json >4.json
		same 1.json 4.json "$t: normal and reference mode"
		fingerprints 1.json >fp
		checks=$((checks + 1))
		if [ "$(sort -u fp | wc -l)" -lt 2 ]; then
			complain "$t: two designs with one fingerprint, or none: $(cat fp)"
		fi
	done
	# The form of the trace does not matter.
	expect 0 "$vgicsim" dump "$t" -o t.vgt
	expect 0 "$vgicsim" replay -q t.vgt -f csv
	grep -v '^# trace' out >5.csv
	expect 0 "$vgicsim" replay -q "$t" -f csv
	grep -v '^# trace' out >6.csv
	same 5.csv 6.csv "$t and its text"
	# Each line of the components sums to what was split, to the picosecond.
	checks=$((checks + 1))
	awk -F, '$2 == "component" { sum[$1 "/" $3] += $6 }
		$2 == "latency" && $4 == "split_total_ps" { want[$1 "/" $3] = $6 }
		END {
			for (k in want) {
				n++
				if (sum[k] + 0 != want[k]) {
					print k ": want " want[k] ", have " sum[k]
					bad = 1
				}
			}
			exit bad || n < 10
		}' 6.csv >&2 || complain "$t: components do not sum to their latency"
	# Another order of ties, and injection by the clock, are sound runs too.
	expect 0 "$vgicsim" replay -q "$t" --explore 7
	expect 0 "$vgicsim" replay -q "$t" --inject clock
	expect 0 "$vgicsim" replay -q "$t" --lrs 2
	expect 0 "$vgicsim" replay -q "$t" --host-work recorded
done
finish 15
