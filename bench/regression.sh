#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: bench/regression.sh --check|--declare VGICSIM [SET]
#
# Holds what a set simulates against bench/baselines/SET.json (SET: small). --check fails
# on any change; --declare writes the baseline anew, to be committed with the change that
# moved it and the reason why.
set -u
mode=${1:-} vgicsim=${2:-} set=${3:-small}
cd "$(dirname "$0")/.." || exit 1
case $mode in
--check | --declare) ;;
*) vgicsim= ;;
esac
if [ -z "$vgicsim" ]; then
	sed -n '3,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
baseline=bench/baselines/$set.json

if [ "$mode" = --declare ]; then
	"$vgicsim" bench "$set" -o "$baseline" || exit 1
	git --no-pager diff --stat -- "$baseline" 2>/dev/null
	exit 0
fi

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$vgicsim" bench "$set" -q -o "$dir/now.json" || exit 1
"$vgicsim" diff "$baseline" "$dir/now.json" --strict >"$dir/diff"
status=$?
if [ $status = 0 ]; then
	head -n 1 "$dir/diff"
	exit 0
fi
cat "$dir/diff"
cat <<END

What the set "$set" simulates is not what $baseline has. If that is
a mistake, the metrics above say where to look; "vgicsim explain" and "vgicsim replay"
of such a row, before and after, say more. If it is meant, declare it:

    bench/regression.sh --declare $vgicsim $set

and commit the file with the change, whose message says which figures moved and why.
END
exit 1
