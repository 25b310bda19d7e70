#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vgicsim random: its options, its exit statuses, what it keeps; and each trace that was
# once found and shrunk is right by now, with the command that stands in it.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
broken=$3

expect 0 "$vgicsim" random -n 20 --no-shrink
expect 0 "$vgicsim" random -n 5 -s 77 -d kvm-legacy --explore 3 --no-reference -f json
cp out 1.json
expect 0 "$vgicsim" random -n 5 -s 77 -d kvm-legacy --explore 3 --no-reference -f json
same out 1.json "twice the same seed"
expect 0 "$vgicsim" random -s 4711 --print
cp out 4711.vgt
expect 0 "$vgicsim" replay -q 4711.vgt
expect 2 "$vgicsim" random -d nonsense
expect 2 "$vgicsim" random -n 5 trace.vgt
expect 4 "$vgicsim" random -n 1 --keep /nowhere/at/all

# A design that delivers INTID 40 once more than it should: shrunk, kept, and shown by the command in it.
expect 5 "$broken" random -d broken-twice -n 400 -1 --keep kept
holds out 'INTID 40: delivered'
holds err 'INTID 40'
[ "$(find kept -name '*.vgt' | wc -l)" -eq 1 ] || complain "want one trace kept"
[ "$(grep -c '^[0-9]' kept/*.vgt)" -le 12 ] || complain "want it shrunk to a few records"

# The command of a kept trace, with the program and the file in their places.
run_kept() { # STATUS PROGRAM FILE OPTION...
	status=$1 program=$2 file=$3
	shift 3
	args=$(sed -n 's/^# vgicsim \(.*\) FILE$/\1/p' "$file")
	[ -n "$args" ] || complain "$file: no command in it"
	# shellcheck disable=SC2086 # the command's words
	expect "$status" "$program" $args -q "$@" "$file"
}

for t in kept/*.vgt; do
	run_kept 5 "$broken" "$t"
done
for t in "$source_dir"/sim/random/testdata/*.vgt; do
	run_kept 0 "$vgicsim" "$t" -f csv
	grep -q '^# .*: engines differ' "$t" || continue
	grep fingerprint out >normal
	run_kept 0 "$vgicsim" "$t" -f csv --reference
	grep fingerprint out >reference
	same normal reference "$t with both engines"
done
finish 50
