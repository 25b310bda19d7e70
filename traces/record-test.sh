#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What can be tested of record.sh away from an arm64 KVM host: that it writes
# the probes known to be right for the types in testdata/kernel-types.c, and
# that it explains itself.
set -u

here=$(dirname "$0")
record=$here/record.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fails=0

bad() {
	echo "FAIL: $*"
	fails=$((fails + 1))
}

# says STATUS TEXT COMMAND...: it ends so, and its stderr contains the text
says() {
	s_want=$1 s_text=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	s_have=$?
	[ "$s_have" = "$s_want" ] || bad "$*: want status $s_want, have $s_have"
	grep -q -- "$s_text" "$tmp/err" || bad "$*: want \"$s_text\", have $(cat "$tmp/err")"
}

says 2 'want gicv2 or gicv3, have "v4"' "$record" --print-probes v4
says 2 'no type information at' "$record" --print-probes gicv3 --btf "$tmp/none"
says 2 'lrs: want 1 to 16' "$record" --lrs 17
says 2 'want a number' "$record" -d soon
says 2 'want a value' "$record" -o
[ "$(uname -m)" = aarch64 ] || says 2 'want an arm64 host' "$record" -o "$tmp/rec"
[ ! -e "$tmp/rec" ] || bad "it made a directory before it knew that it can record"

if ! command -v clang >/dev/null || ! command -v pahole >/dev/null; then
	echo "no clang or no pahole (bench/install-deps.sh test): the probes were not compared"
	exit 1
fi

# types FILE.c FILE.o: an object with type information as a kernel has it
types() {
	clang -target aarch64-linux-gnu -g -c "$1" -o "$2" || bad "cannot compile $1"
	pahole -J "$2" || bad "cannot make type information of $1"
}

types "$here/testdata/kernel-types.c" "$tmp/types.o"

# the same by each tool that is there
for tool in pahole bpftool; do
	command -v $tool >/dev/null || continue
	mkdir -p "$tmp/$tool"
	for cmd in sh awk cat cut date id mkdir mktemp rm sed uname $tool; do
		ln -sf "$(command -v "$cmd")" "$tmp/$tool/$cmd"
	done
	for gic in gicv2 gicv3; do
		PATH=$tmp/$tool "$record" --print-probes $gic --btf "$tmp/types.o" >"$tmp/probes" ||
			bad "--print-probes $gic by $tool"
		diff "$here/testdata/probes-$gic.txt" "$tmp/probes" || bad "probes for $gic by $tool"
	done
done

"$record" --print-probes gicv3 --btf "$tmp/types.o" --lrs 16 | grep -q ' lr15=+3912(%x0):x64$' ||
	bad "--lrs 16"

# a kernel whose types have other names, and one with bit fields
sed 's/pending_latch/latched/' "$here/testdata/kernel-types.c" >"$tmp/other.c"
sed 's/bool line_level;/u8 pad9 : 3; bool line_level : 1;/; s/char pad1\[19\]/char pad1[19]/' \
	"$here/testdata/kernel-types.c" >"$tmp/bits.c"
for n in other bits; do
	types "$tmp/$n.c" "$tmp/$n.o"
done
says 2 'cannot find "pending_latch" of struct vgic_irq' \
	"$record" --print-probes gicv3 --btf "$tmp/other.o"
"$record" --print-probes gicv3 --btf "$tmp/bits.o" | grep -q ' line=+60(%x1):b1@3/8 ' ||
	bad "a bit field"

[ "$fails" = 0 ] && echo "record.sh: all as it should be"
[ "$fails" = 0 ]
