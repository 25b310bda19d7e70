#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Records what the guests of an arm64 KVM host do to their interrupt
# controllers, for "vgicsim import". See usage() below.
#
# What is recorded: entries and exits, trapped accesses, injections, host
# interrupts and IPIs, scheduling of the vCPUs; by probes also what no
# tracepoint shows: values of GICv3 SGI writes, messages through the ITS,
# list registers at entry and exit. Offsets in the probes come from the type
# information (BTF) of the running kernel, never from this script.
set -u

me=${0##*/}
system=vgicx		# the probes' event group
seconds=5
buffer_kb=65536
out=
gic=
lrs=4
probes=yes
force=no
btf=/sys/kernel/btf/vmlinux
print=
tracing=
made=			# probes that we made
recording=no
tmp=

usage() {
	cat <<EOF
usage: $me [options] [-- COMMAND ...]
       $me --print-probes gicv2|gicv3 [--btf FILE] [--lrs N]

Records into a new directory: trace.dat, and vgic-state.* of each VM. Records
while COMMAND runs, or for so many seconds. Needs root, trace-cmd, debugfs
and, for the probes, pahole or bpftool.

  -o DIR           the directory to make (default: vgicsim-TIME)
  -d SECONDS       how long (default: $seconds)
  -b KILOBYTES     ring buffer of each CPU (default: $buffer_kb)
  --gic gicv2|gicv3  the guests' GIC (default: as vgic-state says)
  --lrs N          list registers to record, 1 to 16 (default: $lrs)
  --no-probes      tracepoints only: less disturbance, less evidence
  --force          also where tracing is in use already
  --btf FILE       type information (default: $btf)
  --print-probes   write the probes' definitions to standard output, and end
  -h               this text

Exit status: 0 recorded, nothing lost; 1 recorded, but events were lost;
2 not recorded.
EOF
}

say() {
	echo "$me: $*" >&2
}

die() {
	say "$*"
	exit 2
}

# ---- type information -----------------------------------------------------

# member STRUCT NAME: "OFFSET TYPE [BIT WIDTH]" of a member, by bytes.
member() {
	if [ "$btf_tool" = pahole ]; then
		[ -s "$tmp/$1" ] || pahole -F btf -C "$1" "$btf" >"$tmp/$1" 2>/dev/null
		awk -v name="$2" '
		# "TYPE NAME;  /*  OFFSET  SIZE */", a bit field "/* OFFSET: BIT SIZE */"
		{
			decl = $0
			if (!sub(/;.*/, "", decl) || !match($0, /\/\* *[0-9]+/))
				next
			where = substr($0, RSTART + 2)
			width = ""
			if (match(decl, /:[0-9]+$/)) {
				width = substr(decl, RSTART + 1)
				decl = substr(decl, 1, RSTART - 1)
			}
			sub(/(\[[0-9]*\])+$/, "", decl)
			n = split(decl, word, /[ \t]+/)
			last = word[n]
			sub(/^\*+/, "", last)
			if (last != name)
				next
			type = word[n - 1]
			split(where, num, /[ \t:]+/)
			print num[2], type, width != "" ? num[3] " " width : ""
			exit
		}' "$tmp/$1"
	else
		[ -s "$tmp/btf" ] || bpftool btf dump file "$btf" format raw >"$tmp/btf" 2>/dev/null
		awk -v want="$1" -v name="$2" '
		function strip(s) { gsub(/\047/, "", s); return s }
		/^\[/ {
			id = $1; gsub(/[][]/, "", id)
			kind[id] = $2; label[id] = strip($3)
			if (match($0, /[ ]type_id=[0-9]+/))
				ref[id] = substr($0, RSTART + 9, RLENGTH - 9)
			if ($2 == "STRUCT" && label[id] == want && !(want in def))
				def[want] = id
			current = id
			next
		}
		/bits_offset=/ {
			k = ++count[current]
			m = strip($1)
			match($0, /type_id=[0-9]+/); t = substr($0, RSTART + 8, RLENGTH - 8)
			match($0, /bits_offset=[0-9]+/); o = substr($0, RSTART + 12, RLENGTH - 12)
			w = 0
			if (match($0, /bitfield_size=[0-9]+/))
				w = substr($0, RSTART + 14, RLENGTH - 14)
			mname[current, k] = m; mtype[current, k] = t
			moff[current, k] = o; mwidth[current, k] = w
		}
		function find(id, base,    k, t) {
			for (k = 1; k <= count[id]; k++) {
				t = mtype[id, k]
				if (mname[id, k] == name) {
					o = base + moff[id, k]
					w = mwidth[id, k]
					while (kind[t] == "TYPEDEF" || kind[t] == "CONST")
						t = ref[t]
					printf "%d %s", o / 8, label[t]
					if (w)
						printf " %d %d", o % 8, w
					print ""
					return 1
				}
				if (mname[id, k] == "(anon)" && find(t, base + moff[id, k]))
					return 1
			}
			return 0
		}
		END { if (want in def) find(def[want], 0) }' "$tmp/btf"
	fi
}

# offset STRUCT NAME [NAME ...]: of a member of members; sets $offset, $bits.
offset() {
	struct=$1
	path=$*
	shift
	offset=0
	bits=
	for name; do
		found=$(member "$struct" "$name")
		[ -n "$found" ] ||
			die "cannot find \"$name\" of struct $struct in $btf (looked for: $path)." \
				"This kernel differs; record with --no-probes"
		# shellcheck disable=SC2086
		set -- $found
		offset=$((offset + $1))
		struct=$2
		bits=${4:+$3 $4}
	done
}

# arg NAME REGISTER TYPE STRUCT MEMBER...: one argument of a probe.
arg() {
	a_name=$1 a_reg=$2 a_type=$3
	shift 3
	offset "$@"
	if [ -n "$bits" ]; then
		a_type="b${bits#* }@${bits% *}/8"
	fi
	printf ' %s=+%d(%s):%s' "$a_name" "$offset" "$a_reg" "$a_type"
}

lrs_args() {
	# the CPU interface's shadow of this GIC, and its AP register's name
	if [ "$1" = gicv2 ]; then
		l_if=vgic_v2 l_ap=vgic_apr l_apname=apr l_type=x32 l_bytes=4
	else
		l_if=vgic_v3 l_ap=vgic_ap1r l_apname=ap1r0 l_type=x64 l_bytes=8
	fi
	l_path="kvm_vcpu arch vgic_cpu $l_if"
	arg vcpu %x0 s32 kvm_vcpu vcpu_id
	# shellcheck disable=SC2086
	{
		arg used %x0 u32 $l_path used_lrs
		arg hcr %x0 x32 $l_path vgic_hcr
		arg vmcr %x0 x32 $l_path vgic_vmcr
		arg $l_apname %x0 x32 $l_path $l_ap
		offset $l_path vgic_lr
	}
	l_i=0
	while [ "$l_i" -lt "$lrs" ]; do
		printf ' lr%d=+%d(%%x0):%s' "$l_i" $((offset + l_i * l_bytes)) "$l_type"
		l_i=$((l_i + 1))
	done
}

msi_args() {
	arg addr %x1 x32 kvm_msi address_lo
	arg data %x1 u32 kvm_msi data
	arg devid %x1 u32 kvm_msi devid
}

# One definition a line. Functions and argument registers are Linux 6.1's.
definitions() {
	printf 'p:%s/sgi_v3 vgic_v3_dispatch_sgi' "$system"
	arg vcpu %x0 s32 kvm_vcpu vcpu_id
	printf ' sgi1r=%%x1:x64 allow_g1=%%x2:u8\n'
	printf 'p:%s/queue vgic_queue_irq_unlock' "$system"
	arg intid %x1 u32 vgic_irq intid
	arg line %x1 u8 vgic_irq line_level
	arg latch %x1 u8 vgic_irq pending_latch
	arg active %x1 u8 vgic_irq active
	arg enabled %x1 u8 vgic_irq enabled
	arg hw %x1 u8 vgic_irq hw
	arg prio %x1 u8 vgic_irq priority
	arg group %x1 u8 vgic_irq group
	arg src %x1 u8 vgic_irq source
	arg cfg %x1 u32 vgic_irq config
	printf '\np:%s/its_inject_msi vgic_its_inject_msi' "$system"
	msi_args
	printf '\np:%s/its_cached vgic_its_inject_cached_translation' "$system"
	msi_args
	printf '\np:%s/entry_lrs kvm_arm_setup_debug' "$system"
	lrs_args "$1"
	printf '\np:%s/exit_lrs vgic_%s_fold_lr_state' "$system" "${1#gic}"
	lrs_args "$1"
	printf '\n'
}

need_btf() {
	[ -r "$btf" ] || die "no type information at $btf: want a kernel with CONFIG_DEBUG_INFO_BTF," \
		"or --btf FILE (for instance a vmlinux of this kernel), or --no-probes"
	if command -v pahole >/dev/null; then
		btf_tool=pahole
	elif command -v bpftool >/dev/null; then
		btf_tool=bpftool
	else
		die "want pahole (package dwarves or pahole) or bpftool to read $btf, have neither;" \
			"--no-probes records without"
	fi
}

# ---- cleaning up ----------------------------------------------------------

# shellcheck disable=SC2317 # called by trap
cleanup() {
	status=$?
	trap - EXIT HUP INT TERM
	if [ "$recording" = yes ]; then
		trace-cmd reset >/dev/null 2>&1
	fi
	for p in $made; do
		echo 0 >"$tracing/events/$system/$p/enable" 2>/dev/null
		echo "-:$system/$p" >>"$tracing/kprobe_events" 2>/dev/null ||
			say "could not remove probe $system/$p"
	done
	[ -z "$tmp" ] || rm -rf "$tmp"
	exit "$status"
}

# ---- recording ------------------------------------------------------------

check_host() {
	[ "$(uname -m)" = aarch64 ] || die "want an arm64 host, have $(uname -m):" \
		"record there, and import the recording anywhere"
	[ "$(id -u)" = 0 ] || die "want root: tracing and debugfs are closed to others"
	command -v trace-cmd >/dev/null || die "want trace-cmd (package trace-cmd), have none"
	for tracing in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -w "$tracing/set_event" ] && break
		tracing=
	done
	[ -n "$tracing" ] || die "no tracefs: mount -t tracefs none /sys/kernel/tracing" \
		"(a locked-down kernel does not allow tracing)"
	[ -d "$tracing/events/kvm/kvm_entry" ] || die "no KVM tracepoints: is KVM in this kernel?"
	if [ "$force" = no ] && [ -s "$tracing/set_event" ]; then
		die "tracing is in use (see $tracing/set_event); --force records all the same" \
			"and resets it afterwards"
	fi
}

find_vms() {
	vms=
	for vm in /sys/kernel/debug/kvm/*-*; do
		[ -r "$vm/vgic-state" ] && vms="$vms $vm"
	done
	[ -d /sys/kernel/debug/kvm ] || die "no debugfs: mount -t debugfs none /sys/kernel/debug"
	[ -n "$vms" ] || die "no running VM with a virtual GIC in the kernel: start the guest first" \
		"(/sys/kernel/debug/kvm has no vgic-state)"
}

choose_gic() {
	[ -z "$gic" ] || return 0
	for vm in $vms; do
		model=$(sed -n 's/^vgic_model:[[:space:]]*GIC\(v[23]\).*/gic\1/p' "$vm/vgic-state")
		if [ -n "$gic" ] && [ "$gic" != "$model" ]; then
			die "VMs with GICv2 and with GICv3 run here: choose one by --gic"
		fi
		gic=$model
	done
	[ -n "$gic" ] || die "vgic-state does not say which GIC: give --gic gicv2 or --gic gicv3"
}

make_probes() {
	if [ ! -w "$tracing/kprobe_events" ]; then
		say "no kprobes in this kernel (CONFIG_KPROBE_EVENTS): recording tracepoints only"
		return
	fi
	need_btf
	# in a file, so that a missing type ends the script and not a subshell
	definitions "$gic" >"$tmp/probes" || exit 2
	while read -r def; do
		name=${def#*/}
		name=${name%% *}
		if echo "$def" 2>/dev/null >>"$tracing/kprobe_events"; then
			made="$made $name"
		else
			say "probe $name is not possible here:" \
				"$(echo "$def" | cut -d' ' -f2) cannot be probed"
		fi
	done <"$tmp/probes"
}

# Only those that this kernel has.
choose_events() {
	events=
	for e in kvm/kvm_entry kvm/kvm_exit kvm/kvm_arm_clear_debug kvm/kvm_mmio \
		kvm/vgic_update_irq_pending kvm/kvm_timer_update_irq \
		kvm/kvm_timer_hrtimer_expire kvm/kvm_sys_access kvm/kvm_wfx_arm64 \
		kvm/kvm_hvc_arm64 irq/irq_handler_entry ipi/ipi_entry ipi/ipi_raise; do
		[ -d "$tracing/events/$e" ] && events="$events -e ${e%/*}:${e#*/}"
	done
	[ -d "$tracing/events/kvm/kvm_sys_access" ] ||
		events="$events -e kvm:kvm_handle_sys_reg"
	[ -d "$tracing/events/kvm/vgic_update_irq_pending" ] ||
		events="$events -e kvm:kvm_irq_line"
	for p in $made; do
		events="$events -e $system:$p"
	done
}

save_state() {
	for vm in $vms; do
		cat "$vm/vgic-state" >"$out/vgic-state.${vm##*/}$1.txt" ||
			say "could not save $vm/vgic-state"
	done
}

run() {
	[ $# -gt 0 ] || set -- sleep "$seconds"
	saved_cmdlines=$tracing/saved_cmdlines_size
	[ -w "$saved_cmdlines" ] && echo 4096 >"$saved_cmdlines"
	save_state ""
	recording=yes
	# shellcheck disable=SC2086
	trace-cmd record -q -C mono -b "$buffer_kb" -o "$out/trace.dat" $events \
		-e sched:sched_switch -f 'prev_comm ~ "CPU*" || next_comm ~ "CPU*" || prev_comm ~ "kvm-vcpu*" || next_comm ~ "kvm-vcpu*"' \
		"$@" || die "trace-cmd did not record (see above)"
	recording=no
	save_state .after
}

# 0: nothing lost.
check_losses() {
	trace-cmd report --stat -N "$out/trace.dat" 2>/dev/null |
		awk '/overrun:|dropped events:/ { n += $NF } END { exit n > 0 }'
}

# ---- options --------------------------------------------------------------

need_value() {
	[ $# -gt 1 ] || die "$1: want a value; $me -h tells more"
}

while [ $# -gt 0 ]; do
	case $1 in
	-o) need_value "$@"; out=$2; shift ;;
	-d) need_value "$@"; seconds=$2; shift ;;
	-b) need_value "$@"; buffer_kb=$2; shift ;;
	--gic) need_value "$@"; gic=$2; shift ;;
	--lrs) need_value "$@"; lrs=$2; shift ;;
	--btf) need_value "$@"; btf=$2; shift ;;
	--print-probes) need_value "$@"; print=$2; shift ;;
	--no-probes) probes=no ;;
	--force) force=yes ;;
	-h | --help) usage; exit 0 ;;
	--) shift; break ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
for n in "$seconds" "$buffer_kb" "$lrs"; do
	case $n in
	'' | *[!0-9]*) die "want a number, have \"$n\"" ;;
	esac
done
if [ "$lrs" -lt 1 ] || [ "$lrs" -gt 16 ]; then
	die "--lrs: want 1 to 16, have $lrs"
fi
for g in "$gic" "$print"; do
	case $g in
	'' | gicv2 | gicv3) ;;
	*) die "want gicv2 or gicv3, have \"$g\"" ;;
	esac
done

trap cleanup EXIT
trap 'exit 2' HUP INT TERM
tmp=$(mktemp -d) || die "cannot make a temporary directory"

if [ -n "$print" ]; then
	need_btf
	definitions "$print" >"$tmp/probes" || exit 2
	cat "$tmp/probes"
	exit 0
fi

check_host
find_vms
out=${out:-vgicsim-$(date +%Y%m%d-%H%M%S)}
mkdir "$out" || die "cannot make the directory $out"
if [ "$probes" = yes ]; then
	choose_gic
	make_probes
fi
choose_events
run "$@"
if check_losses; then
	lost=0
else
	say "EVENTS WERE LOST: record again with a larger -b (now $buffer_kb KB a CPU)," \
		"or for a shorter time"
	lost=1
fi
echo "$out: trace.dat and vgic-state of $(echo "$vms" | wc -w) VM(s). Next:"
for vm in $vms; do
	echo "  vgicsim import $out/trace.dat --vgic-state $out/vgic-state.${vm##*/}.txt -o trace.pcap.gz"
done
exit "$lost"
