#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check --deliveries: a design that delivers an interrupt twice beside the real one, two
# kernels that differ in a kick, two edges that meet, and the views agreeing.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
broken=$3

vgt_head() {
	cat <<'END'
%vgt 1
%gic v3
%vcpus 2
%pcpus 3
%spis 96
%frame gicd 0x08000000 0x10000
%frame gicr 0x080a0000 0x20000
0.000000000 - - state irq=1 vcpu=0 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 target=0
0.000000000 - - state irq=40 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 target=0
END
}

# INTID 40 once; after it, three exits, at the third of which the broken design sends it again.
{
	vgt_head
	cat <<'END'
0.000001000 0 v0 entry
0.000050000 2 t7 inject irq=40 level=1
0.000100000 0 v0 exit reason=trap ec=0x16
0.000101000 0 v0 hvc
0.000105000 0 v0 entry
0.000155000 0 v0 exit reason=trap ec=0x16
0.000156000 0 v0 hvc
0.000158000 0 v0 entry
0.000195000 0 v0 exit reason=trap ec=0x16
END
} >twice.vgt
expect 0 "$broken" check -q twice.vgt --deliveries -d kvm-aplist -d broken-twice
holds out 'by both, more often by broken-twice +1$'
holds out 'record 4, 0\.000050000 s: INTID 40: more-from-b'
holds out 'broken-twice .*on vCPU 0, .* 1 times more, first at [0-9.]+ us on vCPU 0'
expect 1 "$broken" check -q twice.vgt --deliveries -d kvm-aplist -d broken-twice \
	--fail-on-difference
expect 0 "$broken" check -q twice.vgt --deliveries -d kvm-aplist -d broken-twice -f json -o t.json
expect 0 jq -e '.pairs[0].first[0] | .record == 4 and .intid == 40 and .b.again == 1 and
	.a.again == 0 and .differs == ["more-from-b"]' t.json

# Two edges while the vCPU is in the host: one delivery in every design. A third in the guest.
{
	vgt_head
	cat <<'END'
0.000001000 0 v0 entry
0.000020000 0 v0 exit reason=trap ec=0x16
0.000020100 0 v0 inject irq=40 level=1
0.000020200 0 v0 inject irq=40 level=1
0.000021000 0 v0 entry
0.000100000 0 v0 exit reason=trap ec=0x16
0.000100100 0 v0 inject irq=40 level=1
0.000101000 0 v0 entry
0.000195000 0 v0 exit reason=trap ec=0x16
END
} >merge.vgt
expect 0 "$vgicsim" check -q merge.vgt --deliveries -d kvm-legacy -d kvm-aplist \
	-d kvm-aplist-6.1 -f csv -o m.csv --fail-on-difference
for d in kvm-legacy kvm-aplist kvm-aplist-6.1; do
	holds m.csv "^$d,5,0,20100,40,,,delivered,[0-9]+,[0-9]+,[0-9]+,0,,0,,\$"
	holds m.csv "^$d,6,0,20200,40,,,merged,[0-9]+,[0-9]+,[0-9]+,0,5,0,,\$"
	holds m.csv "^$d,9,0,100100,40,,,delivered,[0-9]+,[0-9]+,[0-9]+,0,,0,,\$"
done
# The two that met were taken at once.
# shellcheck disable=SC2016 # fields of awk
expect 0 awk -F, '$2 == 5 { t = $10 } $2 == 6 && $10 != t { exit 1 }' m.csv

# An SGI while the guest still has the one before in hand: Linux 4.8 kicks nobody who has
# it queued already, 6.1 does. So the second waits there for an exit at 1 ms, here it does not.
{
	vgt_head
	cat <<'END'
0.000001000 0 v0 entry
0.000002000 1 v1 entry
0.000100000 1 v1 exit reason=trap ec=0x18
0.000100100 1 v1 sysreg write reg=ICC_SGI1R_EL1 val=0x1000001
0.000101000 1 v1 entry
0.000104500 1 v1 exit reason=trap ec=0x18
0.000104600 1 v1 sysreg write reg=ICC_SGI1R_EL1 val=0x1000001
0.000105000 1 v1 entry
0.001000000 0 v0 exit reason=trap ec=0x16
0.001000100 0 v0 hvc
0.001001000 0 v0 entry
0.001100000 1 v1 exit reason=trap ec=0x16
0.001200000 0 v0 exit reason=trap ec=0x16
END
} >kick.vgt
expect 0 "$vgicsim" check -q kick.vgt --deliveries -d kvm-aplist -d kvm-aplist-6.1 \
	--service sgi=20us --apart 500us -f json -o k.json
expect 0 jq -e '.pairs[0] | .both == 2 and .differing == 0 and .differs.apart == 1 and
	(.first_apart | length) == 1 and .first_apart[0].record == 9 and
	.first_apart[0].vcpu == 0 and
	.latency_difference_ps.min < -800000000' k.json

# Bits written to ISPENDR are sent as well; one that ICPENDR clears before the next entry is not
# delivered. The trap at 20 us: INTIDs 40 and 41 pend, then 41 does not.
{
	vgt_head
	cat <<'END'
0.000000000 - - state irq=41 enabled=1 pending=0 line=0 active=0 config=edge prio=0xa0 target=0
0.000001000 0 v0 entry
0.000020000 0 v0 exit reason=trap ec=0x24
0.000020100 0 v0 mmio write gpa=0x08000204 len=4 val=0x00000300
0.000020500 0 v0 mmio write gpa=0x08000284 len=4 val=0x00000200
0.000021000 0 v0 entry
0.000100000 0 v0 exit reason=trap ec=0x16
END
} >pend.vgt
expect 0 "$vgicsim" check -q pend.vgt --deliveries -d kvm-legacy -d kvm-aplist -d kvm-aplist-6.1 \
	-f csv -o p.csv --fail-on-difference
for d in kvm-legacy kvm-aplist kvm-aplist-6.1; do
	holds p.csv "^$d,6,0,20100,40,,,delivered,"
	holds p.csv "^$d,6,0,20100,41,,,withdrawn,"
done

# The views are of one thing, and the same twice.
t="$source_dir/traces/samples/k46-gicv3-4vcpu-hackbench.pcap.gz"
expect 0 "$vgicsim" check -q "$t" --deliveries -f json -o 1.json
expect 0 "$vgicsim" check -q "$t" --deliveries -f json -o 2.json
same 1.json 2.json "two runs"
expect 0 jq -e '.runs[] | .sent + .not_sent == .delivered + .merged + .withdrawn + .unchanged +
	.left' 1.json
expect 0 jq -e '.pairs[] | .sent == .both + .neither + .differs."only-a" + .differs."only-b" +
	.differs."high-in-a" + .differs."high-in-b" and
	.sent == ([.interrupts[].sent] | add) and .both == ([.interrupts[].both] | add)' 1.json
expect 0 "$vgicsim" check -q "$t" --deliveries -f csv -o 1.csv
expect 0 test "$(grep -c '^kvm-legacy,.*,merged,' 1.csv)" = "$(jq '.runs[0].merged' 1.json)"
# Watching changes nothing that a log does not.
expect 0 "$vgicsim" replay -q "$t" -d kvm-legacy --log l.jsonl -f json -o r.json
expect 0 test "$(jq '.runs[0].fingerprint' 1.json)" = "$(jq '.runs[0].fingerprint' r.json)"

expect 2 "$vgicsim" check -q "$t" --deliveries -d kvm-legacy
expect 2 "$vgicsim" check -q - --deliveries
expect 2 "$vgicsim" check -q "$t" --deliveries --apart 5
finish 39
