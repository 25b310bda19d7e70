#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# explain: what it says sums, agrees with what replay says, and is the same twice; the
# timeline is what a viewer expects; what cannot be is refused.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"
check_trace=$3
sample=$source_dir/traces/samples/k46-gicv3-4vcpu-hackbench.pcap.gz

# ---- two designs: all that is said to sum, does ----------------------------------
expect 0 "$vgicsim" explain -q "$sample" -f json -o e.json --folded f --folded-diff d \
	--timeline t.json
expect 0 jq -e '
	def all: [.[]] | add // 0;
	def parts: (.components | all) == .total_ps;
	(.schema == "vgicsim-explain-1") and
	([.runs[] | .vcpus[], .phases[] | parts] | all(.)) and
	([.runs[].latencies[] | (.components | all) == .split_total_ps] | all(.)) and
	([.difference[] | parts] | all(.)) and
	([.runs[] | ([.vcpus[].total_ps] | max) == .sim_time_ps] | all(.)) and
	([.runs[] | ([.vcpus[].components.guest] | add) == .guest_time_ps] | all(.)) and
	([.runs[] | ([.vcpus[].total_ps] | add) == ([.phases[].total_ps] | add)] | all(.)) and
	([.runs[].slowest[], .apart[].a, .apart[].b | (.stages | all) == .latency_ps] | all(.)) and
	(.difference.finish.total_ps == .runs[1].sim_time_ps - .runs[0].sim_time_ps) and
	([.apart[] | .b.latency_ps - .a.latency_ps == .latency_difference_ps] | all(.))
	' e.json
# Of a recording with vCPUs alone, all waits are theirs.
expect 0 jq -e '.runs[] | ([.waits[].ps] | add // 0) ==
	([.vcpus[].components["lock wait"] // 0] | add)' e.json
expect 0 jq -e '[.runs[].slowest | length == 3] | all' e.json
expect 0 jq -e '[.runs[].slowest[] | .steps[0].t_ps == 0 and
	.steps[-1].what == "acknowledges it" and .steps[-1].t_ps == .latency_ps and
	([.steps[].t_ps] | . == sort)] | all' e.json

# ---- folded stacks ------------------------------------------------------------------
sum() {
	awk -v col="$1" -v like="$2" '$0 ~ like { s += $(NF - col) } END { printf "%.0f\n", s }' "$3"
}
for r in 0 1; do
	name=$(jq -r ".runs[$r].design" e.json)
	sum 0 "^$name;vcpu" f >have
	jq ".runs[$r].vcpus | map(.total_ps) | add" e.json >want
	same want have "the folded stacks of $name do not sum to the vCPUs' clocks"
	sum $((1 - r)) '^vcpu' d >have
	same want have "the differential stacks of $name do not sum to the vCPUs' clocks"
done
holds f '^kvm-legacy;vcpu0;host;sysreg;sysreg;list work [0-9]+$'
holds f '^kvm-legacy;vcpu[0-3];host;.*;lock wait;dist->lock;lgc_flush:[0-9]+ [0-9]+$'
holds d '^vcpu0;guest [0-9]+ [0-9]+$'

# ---- beside replay --------------------------------------------------------------------
expect 0 "$vgicsim" replay -q "$sample" -f json -o r.json
for r in 0 1; do
	jq -S ".runs[$r] | [.fingerprint, .latency.delivery.mean_ps, .latency.entry.p99_ps,
		.exits.kick, .kicks.ipi]" r.json >want
	jq -S ".runs[$r] | [.fingerprint, .latencies.delivery.mean_ps, .latencies.entry.p99_ps,
		.counts.exits.kick, .counts.kicks.ipi]" e.json >have
	same want have "explain and replay do not agree"
done
# The slowest of replay is the slowest of explain, where nothing is merged before.
expect 0 "$vgicsim" explain -q "$sample" -n 1 -d kvm-legacy -f json -o one.json
expect 0 jq -e '.runs[0] | .latencies.delivery.max_ps == .slowest[0].latency_ps' one.json
expect 0 jq -e 'has("difference") or has("apart") | not' one.json

# ---- text --------------------------------------------------------------------------------
expect 0 "$vgicsim" explain -q "$sample"
cp out first
holds first '^A kvm-legacy, B kvm-aplist; host '
holds first '^  B \(kvm-aplist\) finishes .* (earlier|later) than A'
holds first '^  time to finish '
holds first '^  all host work '
holds first '^entry latency '
holds first '^  dist->lock: [0-9]+ of [0-9]+ acquisitions waited'
holds first 'the design did not kick vCPU [0-9]: pending again while queued'
holds first '^  >> +[0-9.]+ us  vCPU [0-3] .* << after '
expect 0 "$vgicsim" explain -q "$sample"
same first out "the same twice"
expect 0 "$vgicsim" explain -q "$sample" -d kvm-aplist --metric exit -n 0
holds out '^exit latency'
if grep -Eq 'entry latency|time to finish|slowest' out; then
	complain "--metric exit: other things as well"
fi
expect 0 "$vgicsim" explain -q gen:hackbench,vcpus=8,duration=2ms -d kvm-legacy
holds out '^the slowest deliveries under kvm-legacy'

# ---- timelines: valid, and the check would see it -----------------------------------------
expect 0 "$check_trace" t.json
holds out '^slices [1-9][0-9]* tracks ([5-9]|[1-9][0-9]).* flows [1-9]'
grep -v '"ph":"e"' t.json | sed 's/^],/{"ph":"M","pid":1,"tid":0,"name":"x"}],/' >cut.json
expect 1 "$check_trace" cut.json
sed '/"cat":"phase"/ { s/"dur":[0-9.]*/"dur":99999999.0/; :rest; n; b rest; }' t.json >long.json
expect 1 "$check_trace" long.json
holds err 'does not nest'
expect 0 "$vgicsim" explain -q "$sample" -o text --timeline t.json --from 2ms --to 5ms
expect 0 "$check_trace" t.json
expect 0 jq -e '[.traceEvents[] | select(.ph != "M") | .ts >= 2000 and .ts <= 5000] | all' t.json
expect 0 jq -e '.otherData["kvm-legacy"] == { from_ps: 2000000000, to_ps: 5000000000, zero_ps: 0 }' \
	t.json
expect 0 "$vgicsim" explain -q "$sample" -o text --timeline t.json --from 100 --to 200
expect 0 "$check_trace" t.json
expect 0 jq -e '[.otherData[] | .from_ps == .zero_ps and .from_ps < .to_ps] | all' t.json
expect 0 "$vgicsim" explain -q "$sample" -o text --timeline t.json --around 2
expect 0 "$check_trace" t.json

# ---- what cannot be ---------------------------------------------------------------------------
expect 2 "$vgicsim" explain -q -
holds err 'want a file'
expect 2 "$vgicsim" explain -q "$sample" -d kvm-legacy -d kvm-aplist -d kvm-aplist-6.1
holds err 'want one design or two, have 3'
expect 2 "$vgicsim" explain -q "$sample" -d kvm-legacy --folded-diff x
holds err 'want two designs'
expect 2 "$vgicsim" explain -q "$sample" --from 1ms
holds err 'want --timeline FILE'
expect 2 "$vgicsim" explain -q "$sample" --timeline x --from 2ms --to 1ms
expect 2 "$vgicsim" explain -q "$sample" --timeline x --from 1ms --around 1
expect 2 "$vgicsim" explain -q "$sample" --timeline x --from 3h
expect 2 "$vgicsim" explain -q "$sample" --timeline x --from 1000s
holds err 'has nothing there'
expect 2 "$vgicsim" explain -q "$sample" --timeline x --around 1000
expect 2 "$vgicsim" explain -q "$sample" --timeline x -o x
holds err 'a file for each'
expect 2 "$vgicsim" explain -q "$sample" --folded -
holds err 'a file for each'
expect 2 "$vgicsim" explain -q "$sample" --metric latency
expect 3 "$vgicsim" explain -q /dev/null
expect 4 "$vgicsim" explain -q "$sample" -n 0 -o no/such/folder
checks=$((checks + 1))
[ ! -e x ] || complain "a file of a run that failed was left behind"

# A cut trace: what is before the cut, and status 3.
gzip -dc "$sample" | head -c 200000 >cut.pcap
expect 3 "$vgicsim" explain -q cut.pcap -o cut.txt
holds cut.txt 'records before a defect$'
holds cut.txt '^the slowest deliveries under kvm-aplist'

finish 70
