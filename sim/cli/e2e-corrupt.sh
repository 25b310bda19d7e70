#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Truncated, bit-flipped and wrong files: exit status 3 and a message that says
# where, never a crash; what is before a cut is replayed and shown.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

t=$(samples | head -n 1)
[ -n "$t" ] || complain "no sample"
# The first part of it: a fraction is enough here, and 50 readings stay quick.
"$vgicsim" dump "$t" | head -n 3000 >part.vgt
expect 0 "$vgicsim" import -q part.vgt -o whole.pcap
size=$(stat -c %s whole.pcap)

# One message of ours (libwandio adds its own), that names the file; no signal.
corrupt() {
	for c in info dump "replay -q -d kvm-aplist"; do
		# shellcheck disable=SC2086 # a command and its options
		expect 3 "$vgicsim" $c "$1" || echo "    ($2)" >&2
		holds err "$1.*"
		checks=$((checks + 1))
		[ "$(grep -c '^vgicsim ' err)" = 1 ] || complain "$c: want one message: $(cat err)"
	done
	"$vgicsim" check "$1" >out 2>err
	case $? in
	1 | 3) ;;
	*) complain "check of $1 ($2): $(cat err)" ;;
	esac
}

for permille in 0 1 5 100 500 900 990 999; do
	head -c $((size * permille / 1000)) whole.pcap >cut.pcap
	corrupt cut.pcap "cut at $permille of 1000"
done
head -c $((size - 1)) whole.pcap >cut.pcap
corrupt cut.pcap "cut by one byte"
expect 3 "$vgicsim" replay -q -d kvm-aplist -d kvm-legacy cut.pcap && holds err 'record'
holds out 'TRUNCATED'
expect 3 "$vgicsim" replay -q -d kvm-aplist -f json cut.pcap && holds out '"truncated": true'

# A flipped bit in many places of a record, of headers, of the footer.
flip() {
	cp whole.pcap flip.pcap
	old=$(od -An -tu1 -j "$1" -N 1 whole.pcap | tr -d ' ')
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %o $((old ^ $2)))" |
		dd of=flip.pcap bs=1 seek="$1" conv=notrunc 2>/dev/null
	corrupt flip.pcap "bit $2 of byte $1"
}
for at in 0 20 24 36 41 60 200 1000 $((size / 2)) $((size / 2 + 7)) $((size / 2 + 18)) \
	$((size / 2 + 33)) $((size - 70)) $((size - 30)) $((size - 1)); do
	flip "$at" 1
	flip "$at" 128
done

# What is no trace at all.
: >empty
printf 'hello\n' >hello
head -c 100000 /dev/urandom >noise
cp "$vgicsim" program
for f in empty hello noise program; do
	corrupt $f "no trace"
	expect 3 "$vgicsim" import -q $f -o x.pcap
	checks=$((checks + 1))
	[ ! -e x.pcap ] || complain "import of $f left its output"
done

# A compressed file that ends too soon.
expect 0 "$vgicsim" import -q part.vgt -o whole.pcap.gz
head -c $(($(stat -c %s whole.pcap.gz) / 2)) whole.pcap.gz >cut.pcap.gz
corrupt cut.pcap.gz "cut gzip"

# Importing keeps what is before a cut, marks its end, and is an error all the same.
kept() {
	expect 3 "$vgicsim" import -q "$1" -o kept.vgt && holds err "$1: .*cut short.* is in kept.vgt"
	tail -n 1 kept.vgt >last
	holds last ' lost '
	expect 0 "$vgicsim" check kept.vgt
	rm -f kept.vgt
}
kept cut.pcap
kept cut.pcap.gz
{ "$vgicsim" dump part.vgt | head -n 700; printf '0.002814 0 v0 ex'; } >cut.vgt
kept cut.vgt
head -c 17580 "$source_dir/traces/samples/host/k48-gicv2.v7.dat" >cut.dat
kept cut.dat
head -c 12010 "$source_dir/traces/samples/host/k61-gicv3.perf.txt" >cut.txt
kept cut.txt
expect 3 "$vgicsim" import -q - -o kept.vgt <cut.pcap.gz && holds err 'stdin: .*cut short'

# Text: the line is named.
sed '100s/.*/0.5 0 v0 nonsense/' part.vgt >wrong.vgt
expect 3 "$vgicsim" dump wrong.vgt && holds err 'wrong.vgt: line 100'
finish 300
