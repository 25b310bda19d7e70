#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts each workload beside recordings of the same kind and writes the figures
# into workloads/README.md, between its markers:
#
#	compare.sh [--check] [VGICSIM [TRACES]]
#
# TRACES: a directory with the traces, default the samples of the tree. --check
# changes nothing and fails if the page is not what would be written.
set -eu

check=
[ "${1:-}" != --check ] || { check=1; shift; }
here=$(cd "$(dirname "$0")" && pwd)
vgicsim=${1:-vgicsim}
traces=${2:-$here/../traces/samples}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# pair TITLE RECORDING WORKLOAD,... [,PARAMETER=VALUE...]: the recording, the workload,
# and the workload with these parameters, which say the recording's rates and speed.
pair() {
	file=
	for f in "$traces/$2".pcap*; do
		[ ! -e "$f" ] || file=$f
	done
	[ -n "$file" ] || { echo "compare.sh: $traces has no $2" >&2; return 0; }
	cp "$file" "$tmp/$2.pcap.gz"
	printf '### %s\n\n```\n' "$1"
	(cd "$tmp" && "$vgicsim" info "$2.pcap.gz" "gen:$3" ${4:+"gen:$3$4"}) | tee "$tmp/table"
	printf '```\n\n'
	# Where the last is more than twice the recording, or one of them has none.
	awk '
	/^$/ { body = 1; next }
	!body || /^ +A  / { next }
	{
		n = split($0, f, / +/)
		a = f[n - (NF > 0 && columns == 3 ? 2 : 1)]
		b = f[n]
		name = substr($0, 1, 44)
		sub(/ +$/, "", name)
		if (name ~ /^ /)
			sub(/^ +/, parent ": ", name)
		else {
			parent = name
			sub(/,.*/, "", parent)
		}
		if (a == "-" || b == "-")
			far = a != b
		else if (a == 0 || b == 0)
			far = a + b > 1
		else
			far = b > 2 * a || a > 2 * b
		if (far)
			list = list sprintf("* %s: %s recorded, %s generated\n", name, a, b)
	}
	END {
		if (list == "")
			print "A and the last: no figure is more than a factor of two apart.\n"
		else
			printf "A and the last, more than a factor of two apart:\n\n%s\n", list
	}' columns=$((${4:+1} + 2)) "$tmp/table"
}

all() {
	pair 'hackbench, GICv3, 4 vCPUs' gicv3-4vcpu-hackbench hackbench,vcpus=4 \
		,sgi_per_s_per_vcpu=262,busy_mean_ns=7100000,sgi_to_sleeper_percent=40,host_trap_ns=20000,host_return_ns=20000
	pair 'hackbench, GICv3, 8 vCPUs' gicv3-8vcpu-hackbench hackbench,vcpus=8 \
		,sgi_per_s_per_vcpu=656,busy_mean_ns=1300000,sgi_burst_mean_count=8,sgi_to_sleeper_percent=95,host_trap_ns=20000,host_return_ns=20000
	pair 'hackbench, GICv2, 4 vCPUs' gicv2-4vcpu-hackbench hackbench,vcpus=4,gic=v2 \
		,sgi_per_s_per_vcpu=172,busy_mean_ns=14000000,sgi_to_sleeper_percent=40,host_trap_ns=15000,host_return_ns=15000
	pair 'boot, GICv3, 4 vCPUs' gicv3-4vcpu-boot boot,vcpus=4 \
		,mmio_dist_per_s_per_vcpu=300,mmio_user_per_s_per_vcpu=20,sgi_per_s_per_vcpu=81,busy_mean_ns=4700000,host_trap_ns=15000,host_return_ns=15000
	pair 'virtio-mmio, GICv2, 1 vCPU: recorded six disks and a network' \
		gicv2-1vcpu-manyblk virtio-mmio,vcpus=1,gic=v2 \
		,device_shared_count=7,irq_per_s_per_device=1006,irq_jitter_percent=100,host_user_ns=45000,busy_mean_ns=500000
	pair 'pt-nvme, GICv3, 4 vCPUs: recorded virtio over PCI' \
		gicv3-4vcpu-pcimsi-netblk pt-nvme,vcpus=4 \
		,irq_per_s_per_device=2675,irq_jitter_percent=26,irq_notify_percent=69,sgi_per_s_per_vcpu=867,sgi_burst_mean_count=2,sgi_to_sleeper_percent=100,busy_mean_ns=22000,host_trap_ns=5000,host_return_ns=5000
}

all >"$tmp/figures"
awk -v figures="$tmp/figures" '
/<!-- figures: end -->/ { skip = 0 }
!skip { print }
/<!-- figures: begin/ {
	skip = 1
	print ""
	while ((getline line < figures) > 0)
		print line
}' "$here/README.md" >"$tmp/README.md"
if [ -n "$check" ]; then
	cmp "$tmp/README.md" "$here/README.md" || {
		echo "compare.sh: README.md: want what compare.sh writes" >&2
		exit 1
	}
else
	cp "$tmp/README.md" "$here/README.md"
fi
