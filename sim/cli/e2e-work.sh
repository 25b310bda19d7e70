#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# work: the three views say the same; counts that were kept back are read and judged;
# what would be charged elsewhere; refusals.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

expect 0 "$vgicsim" work -f json -o w.json
expect 0 jq -e '.schema == "vgicsim-work-1" and .classes.compared.rows > 300 and
	.classes."kept-back".rows == 0' w.json
expect 0 jq -e '[.rows[] | select(.class == "left-out" and .why == null)] | length == 0' w.json
# Charges are of the design, not of the counts: each is what a prediction says too.
expect 0 "$vgicsim" work -d kvm-legacy --vcpus 4 --ids 288 -f json -o p.json
# shellcheck disable=SC2016 # variables of jq
expect 0 jq -e --slurpfile p p.json '[.rows[] | select(.class == "compared" and
	.kernel == "4.6.2" and .vcpus == 4) | . as $r | $p[0].rows | map(select(
	.function == $r.function and .situation == $r.median.situation and
	.charged == $r.median.charged)) | length] | all(. == 1)' w.json
expect 0 "$vgicsim" work
holds out "^  $(jq .classes.compared.within w.json) of $(jq .classes.compared.rows w.json) within"
expect 0 "$vgicsim" work -f csv -o w.csv
expect 0 test "$(grep -c '^compared,.*,median,' w.csv)" = "$(jq .classes.compared.rows w.json)"
expect 0 "$vgicsim" work --all
holds out 'kvm_pmu_flush_hwstate +not the vgic'

tab=$(printf '\t')
printf '%s\n' "6.1 hack16-nr480 16 hack vgic_get_irq 9 13 13 13 13 13" \
	"6.1 hack16-nr480 16 hack vgic_put_irq 9 13 13 13 13 13" \
	"4.8.17 v2-hack4 4 hack vgic_put_irq 9 99 99 99 99 99" | tr ' ' "$tab" >more.tsv
expect 0 "$vgicsim" work --against more.tsv -f json -o m.json
expect 0 jq -e '.classes."kept-back" == { rows: 2, within: 1, one_situation: 0,
	figures: 10, figures_within: 5 }' m.json
expect 0 jq -e '[.rows[] | select(.class == "kept-back") | [.gic, .ids, .pass]] ==
	[[3, 480, true], [2, 288, false]]' m.json
expect 0 "$vgicsim" work --against more.tsv
holds out '4\.8\.17 +4 +288 v2 hack +vgic_put_irq +99 +12 +-87\.[0-9] % MISS'

expect 0 "$vgicsim" work --vcpus 64 --ids 480
holds out 'kvm-aplist +vgic_v3_dispatch_sgi +[0-9]+  the last vCPU, in its guest'
expect 0 "$vgicsim" work --gic v2 --vcpus 8 -f csv
holds out '^kvm-legacy,2,8,288,vgic_update_state,8 pending,[0-9]+$'
expect 2 "$vgicsim" work --gic v2 --vcpus 9
expect 2 "$vgicsim" work -d xen-legacy
expect 2 "$vgicsim" work --ids 100
expect 3 "$vgicsim" work --against w.json
holds err 'w\.json: line 1: want 11 fields, have fewer'
expect 3 "$vgicsim" work --against not-there.tsv
finish 25
