#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes traces/samples/ again from the recordings they are pieces of:
#
#	make-samples.sh RECORDINGS-DIR [OUTPUT-DIR]
#
# A piece is the first part of a recording, so that its vgic-state (saved when
# the recording began) is the state at its start; it is cut between two
# events. Wants trace-cmd, xz and vgicsim (or VGICSIM=PATH).
set -eu

if [ $# -lt 1 ]; then
	echo "usage: make-samples.sh RECORDINGS-DIR [OUTPUT-DIR]" >&2
	exit 2
fi
rec=$1
here=$(dirname "$0")
out=${2:-$here/samples}
vgicsim=${VGICSIM:-vgicsim}
mkdir -p "$out/host"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# report NAME: its events as text, debugging registers left out
report() {
	trace-cmd report -t -N "$rec/$1.dat" 2>/dev/null | grep -v 'kvm_arm_set_dreg32:'
}

# first SECONDS: the events of the first so many seconds
first() {
	awk -v limit="$1" '
	match($0, /\[[0-9]+\] +[0-9]+\.[0-9]+:/) {
		t = substr($0, RSTART, RLENGTH)
		sub(/^\[[0-9]+\] +/, "", t)
		t = t + 0
		if (begin == "")
			begin = t
		if (t - begin > limit)
			exit
	}
	{ print }'
}

# piece RECORDING SECONDS SAMPLE SOURCE: a trace of the beginning
piece() {
	report "$1" | first "$2" >"$tmp/piece.txt"
	set -- "$1" "$2" "$3" "$4 recorder=ftrace cut=first-$2-s"
	if [ -f "$rec/$1.vgic-state.txt" ]; then
		"$vgicsim" import -q "$tmp/piece.txt" -o "$out/$3.pcap.gz" --source "$4" \
			--vgic-state "$rec/$1.vgic-state.txt"
	else
		"$vgicsim" import -q "$tmp/piece.txt" -o "$out/$3.pcap.gz" --source "$4"
	fi
}

piece ic-gicv3-4vcpu-hackbench-kp 0.30 gicv3-4vcpu-hackbench \
	'design=kvm-6.1 workload=hackbench host="Linux 6.1, 4 CPUs, GICv3, emulated"'
piece ic-gicv2-4vcpu-hackbench-kp 0.20 gicv2-4vcpu-hackbench \
	'design=kvm-6.1 workload=hackbench host="Linux 6.1, 4 CPUs, GICv2, emulated"'
piece ic-gicv3-8vcpu-hackbench-kp 0.12 gicv3-8vcpu-hackbench \
	'design=kvm-6.1 workload=hackbench host="Linux 6.1, 8 CPUs, GICv3, emulated"'
piece ic-gicv3-4vcpu-boot 0.50 gicv3-4vcpu-boot \
	'design=kvm-6.1 workload=boot host="Linux 6.1, 4 CPUs, GICv3, emulated"'
piece ic-gicv2-1vcpu-manyblk-mmio-kp 0.04 gicv2-1vcpu-manyblk \
	'design=kvm-6.1 workload=manyblk host="Linux 6.1, 4 CPUs, GICv2, emulated"'
piece ic-gicv3-4vcpu-pcimsi-netblk-kp 0.03 gicv3-4vcpu-pcimsi-netblk \
	'design=kvm-6.1 workload=netblk host="Linux 6.1, 4 CPUs, GICv3 with ITS, emulated"'
piece k46-gicv3-4vcpu-hackbench 0.40 k46-gicv3-4vcpu-hackbench \
	'design=kvm-4.6 workload=hackbench host="Linux 4.6.2, 4 CPUs, GICv3, emulated"'
piece k46-gicv2-4vcpu-hackbench 0.30 k46-gicv2-4vcpu-hackbench \
	'design=kvm-4.6 workload=hackbench host="Linux 4.6.2, 4 CPUs, GICv2, emulated"'
piece k48-gicv3-4vcpu-hackbench 0.40 k48-gicv3-4vcpu-hackbench \
	'design=kvm-4.8 workload=hackbench host="Linux 4.8.17, 4 CPUs, GICv3, emulated"'

# Extracts for the importer's tests: a few hundred lines as they are.
extract() {
	report "$1" | head -n 201 >"$out/host/$2.report.txt"
}

extract k46-gicv2-4vcpu-hackbench k46-gicv2
extract k48-gicv3-4vcpu-hackbench k48-gicv3
extract ic-gicv3-4vcpu-hackbench-kp k61-gicv3
extract ic-linux612-gicv3-4vcpu-hackbench k612-gicv3
grep -E '^[a-z_]*:|^=|^Dist|^$|^[A-Z]|^-|(SGI|PPI) +[0-9]+ +[0-3] |SPI +(3[2-9]|4[0-9]|78|79) ' \
	"$rec/ic-gicv3-4vcpu-hackbench-kp.vgic-state.txt" >"$out/host/k61-gicv3.vgic-state.txt"

# The same events as ftrace's trace file and perf script would print them:
# these two can print what trace-cmd cannot.
awk '
BEGIN {
	print "# tracer: nop\n#\n# entries-in-buffer/entries-written: 200/200   #P:4\n#"
	print "#                                _-----=> irqs-off/BH-disabled"
	print "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n#              | |         |   |||||     |         |"
}
/^cpus=/ { next }
{
	match($0, /\[[0-9]+\]/)
	head = substr($0, 1, RSTART + RLENGTH - 1)
	rest = substr($0, RSTART + RLENGTH)
	sub(/^ +/, "", rest)
	t = rest; sub(/:.*/, "", t)
	sub(/^[0-9.]+: /, "", rest)
	sub(/wf>c< at/, "wfi at", rest)
	if (rest ~ /^kvm_sys_access:/) {
		match(rest, /vcpu_pc=0x[0-9a-f]+/)
		pc = substr(rest, RSTART + 10, RLENGTH - 10)
		rest = "kvm_sys_access: PC: " pc " SYS_ICC_SGI1R_EL1 (3,0,12,11,5) write"
	}
	sub(/: +/, ": ", rest)
	sub(/\(ffff[0-9a-f]+\) vcpu/, "(vgic_probe+0x0/0x3c8) vcpu", rest)
	printf "%s d..1. %12.6f: %s\n", head, t, rest
}' "$out/host/k61-gicv3.report.txt" >"$out/host/k61-gicv3.ftrace.txt"

awk '
/^cpus=/ { next }
{
	match($0, /-[0-9]+ +\[[0-9]+\]/)
	comm = substr($0, 1, RSTART - 1)
	sub(/^ +/, "", comm)
	pid = substr($0, RSTART + 1, RLENGTH - 1); sub(/ .*/, "", pid)
	match($0, /\[[0-9]+\]/)
	cpu = substr($0, RSTART, RLENGTH)
	rest = substr($0, RSTART + RLENGTH)
	sub(/^ +/, "", rest)
	t = rest; sub(/:.*/, "", t)
	sub(/^[0-9.]+: /, "", rest)
	if (comm == "<idle>")
		comm = "swapper"
	name = rest; sub(/:.*/, "", name)
	sub(/^[a-z0-9_]+: +/, "", rest)
	sub(/wf>c< at/, "wfi at", rest)
	if (name == "kvm_sys_access") {
		match(rest, /vcpu_pc=0x[0-9a-f]+/)
		rest = "PC: " substr(rest, RSTART + 10, RLENGTH - 10) " SYS_ICC_SGI1R_EL1 (3,0,12,11,5) write"
	}
	sys = name ~ /^kvm/ || name ~ /^vgic/ ? "kvm" : name ~ /^ipi/ ? "ipi" : \
		name ~ /^irq/ ? "irq" : name ~ /^sched/ ? "sched" : "vgicx"
	printf "%16s %5d %s %s: %40s: %s\n", comm, pid, cpu, t, sys ":" name, rest
}' "$out/host/k61-gicv3.report.txt" >"$out/host/k61-gicv3.perf.txt"

# A trace.dat of a few pages, without the formats and symbols nobody needs.
trace-cmd convert --file-version 6 --compression none \
	-i "$rec/k48-gicv2-4vcpu-hackbench.dat" -o "$tmp/v6.dat" >/dev/null
python3 "$here/cut-dat.py" "$tmp/v6.dat" "$out/host/k48-gicv2.dat" 2
trace-cmd convert -i "$out/host/k48-gicv2.dat" --file-version 7 --compression zstd \
	-o "$out/host/k48-gicv2.v7.dat" >/dev/null
