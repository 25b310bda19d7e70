#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the net catch fish? Each patch of bench/mutants breaks a design on purpose; the
# design is built with it and goes through random traces until something is found. What
# only a named test sees has a "Test:" line, and says so in the table. A mutant that
# survives is exit status 1.
#
#   bench/mutants.sh [-n TRACES] [-a] [NAME...]
#
#   -n TRACES  at most so many a mutant and design (default 4000)
#   -a         only look whether each still applies
#   NAME       these only, as the files are called without .patch
#
# Works on a copy of the tree and builds there.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
traces=4000
applies=

while getopts n:a opt; do
	case $opt in
	n) traces=$OPTARG ;;
	a) applies=1 ;;
	*) sed -n 's/^# \{0,1\}//; 3,13p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/tree"
(cd "$top" && git ls-files -z --cached --others --exclude-standard |
	tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$work/tree" || exit 2
cd "$work/tree" || exit 2

if [ $# -eq 0 ]; then
	for p in bench/mutants/*.patch; do
		set -- "$@" "$(basename "$p" .patch)"
	done
fi

header() { # NAME KEY
	sed -n "s/^$2: //p; /^--- /q" "bench/mutants/$1.patch"
}

if [ -n "$applies" ]; then
	bad=0
	for m; do
		patch -p1 -s --dry-run <"bench/mutants/$m.patch" >"$work/log" 2>&1 && continue
		echo "$m does not apply any more:"
		sed 's/^/    /' "$work/log"
		bad=1
	done
	[ $bad -eq 0 ] && echo "$# mutants apply"
	exit $bad
fi

build() { # TARGET
	ninja -C "$work/build" "$1" >"$work/log" 2>&1 || { tail -n 40 "$work/log"; return 1; }
}

# One run of the net; prints what caught it and after how many traces, or nothing.
net() { # DESIGN
	timeout 120 "$work/build/sim/cli/vgicsim" random -d "$1" -n "$traces" -1 -q --no-shrink \
		-f json >"$work/out" 2>"$work/err"
	rc=$?
	n=$(sed -n 's/^  "traces": \([0-9]*\),*$/\1/p' "$work/out")
	case $rc in
	0) ;;
	5)
		# Findings come first in the document, deviations that were met after them.
		by=$(sed -n 's/^ *"finding": "\(.*\)",*$/oracle: \1/p' "$work/out" | head -n 1)
		trouble=$(sed -n 's/^ *"trouble": "\(.*\)",*$/\1/p' "$work/out" | head -n 1)
		if [ "$trouble" != violation ]; then
			by=$(sed -n 's/^ *"text": "\(.*\)",*$/\1/p' "$work/out" | head -n 1 |
				sed 's/^at [^:]*: //; s/ (seed.*//; s/^fingerprint.*/engines differ/' |
				cut -c 1-60)
			by="$trouble: $by"
		fi
		echo "$by|$n"
		;;
	124) echo "does not end|-" ;;
	*) echo "crashes (status $rc)|-" ;;
	esac
}

# Without the net: the mutant's own test, if it has one.
named() { # TEST
	build "$1" >/dev/null || return
	timeout 120 "$work/build/sim/design/$1" >/dev/null 2>&1 || echo "test: $1|-"
}

cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_C_FLAGS_RELEASE=-O2 >"$work/log" 2>&1 || { cat "$work/log"; exit 2; }
build vgicsim || exit 2
designs=$(for m; do header "$m" Designs; done | tr ' ' '\n' | sort -u)
for d in $designs; do
	found=$(net "$d")
	[ -z "$found" ] && continue
	echo "$d is not right to begin with: $found"
	exit 2
done

survived=0
total=0
printf '%-28s %-16s %-62s %s\n' mutant design 'caught by' traces
for m; do
	if ! patch -p1 -s <"bench/mutants/$m.patch" >"$work/log" 2>&1; then
		echo "$m: does not apply"
		survived=$((survived + 1))
		continue
	fi
	if ! build vgicsim; then
		echo "$m: does not compile"
		survived=$((survived + 1))
		patch -p1 -s -R <"bench/mutants/$m.patch"
		continue
	fi
	for d in $(header "$m" Designs); do
		total=$((total + 1))
		found=$(net "$d")
		test=$(header "$m" Test)
		[ -z "$found" ] && [ -n "$test" ] && found=$(named "$test")
		if [ -z "$found" ]; then
			found="NOTHING: $(header "$m" Mutant)|$traces"
			survived=$((survived + 1))
		fi
		printf '%-28s %-16s %-62s %s\n' "$m" "$d" "${found%|*}" "${found#*|}"
	done
	patch -p1 -s -R <"bench/mutants/$m.patch"
done
echo "$total mutants of designs, $survived survived"
[ "$survived" -eq 0 ]
