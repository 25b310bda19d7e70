#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The README's figure of a claim and the sentence that it supports, between its markers;
# the figure is plots/readme-claim.svg.
#
#	claims.sh [--check] [VGICSIM]
#
# --check changes nothing: exit status 1 if the README says something else than the run
# (the figure is not compared: gnuplot's versions draw differently).
set -eu
check=
[ "${1:-}" != --check ] || { check=1; shift; }
root=$(cd "$(dirname "$0")/.." && pwd)
vgicsim=${1:-$root/build/release/sim/cli/vgicsim}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

plots=
[ -z "$check" ] || plots=--no-plots
"$vgicsim" claims -q 2-dist-lock:share -f markdown $plots -o "$tmp/dir" >"$tmp/words"
awk -v words="$tmp/words" '
/<!-- claim: end -->/ { skip = 0 }
!skip { print }
/<!-- claim: begin/ {
	skip = 1
	print ""
	while ((getline line < words) > 0)
		print line
	print ""
}' "$root/README.md" >"$tmp/README.md"
if [ -n "$check" ]; then
	cmp "$tmp/README.md" "$root/README.md" || {
		echo "claims.sh: README.md: want what claims.sh writes" >&2
		exit 1
	}
else
	cp "$tmp/README.md" "$root/README.md"
	cp "$tmp/dir/figures/2-dist-lock-share.svg" "$root/plots/readme-claim.svg"
fi
