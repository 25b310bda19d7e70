#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# budgets-test.sh: that budgets.sh finds what it is there to find. Numbers made up.
set -eu
budgets=$(cd "$(dirname "$0")" && pwd)/budgets.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# expect STATUS TEXT: what it says to ./measured against ./budgets.
expect() {
	status=0
	"$budgets" --from measured budgets >out 2>&1 || status=$?
	if [ "$status" -ne "$1" ] || ! grep -q "$2" out; then
		echo "want status $1 and \"$2\", have $status and:"
		cat out
		exit 1
	fi
}

printf '# build: X\na\t100.00\trecord\t2\nb, c\t40.00\tpair\t5\n' >budgets
printf '# X\na\t%s\trecord\nb, c\t%s\tpair\n' 102.00 40.00 >measured
expect 0 '2 hold; the largest change is +2.00 % for "a"'
printf '# X\na\t%s\trecord\nb, c\t%s\tpair\n' 103.00 40.00 >measured
expect 1 '^a .* +3.00 %  WORSE'
grep -q 'bench/budgets.sh --update' out
printf '# X\na\t%s\trecord\nb, c\t%s\tpair\n' 100.00 43.00 >measured
expect 1 '^b, c .* +7.50 %  WORSE'
# What was won is to be kept.
printf '# X\na\t%s\trecord\nb, c\t%s\tpair\n' 97.00 40.00 >measured
expect 1 'none of them because it got dearer'
printf '# X\na\t100.00\trecord\n' >measured
expect 1 'not measured any more'
printf '# X\na\t100.00\trecord\nb, c\t40.00\tpair\nd\t1.00\tpair\n' >measured
expect 1 'no budget'
: >measured
expect 1 'nothing was compared'

# Written anew: the tolerance that somebody chose stays.
printf '# Y\na\t90.00\trecord\nd\t1.00\tpair\n' >measured
"$budgets" --update --from measured budgets >out
printf '90.00 record 2\n1.00 pair 2\n' >want
grep -v '^#' budgets | cut -f 2- | tr '\t' ' ' | diff want -
grep -q '^# build: Y$' budgets
expect 0 '2 hold'
