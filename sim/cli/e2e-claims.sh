#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Claims: what is written, verdicts either way, the same bytes from any number of threads,
# and claims that are none.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

# One that holds from some vCPUs on, one of a design against itself, one of two minds.
cat >lock.ini <<'EOF'
[claim]
title = Entries wait
claim = Entries wait for <locks> & "others".
source = a test
limit = It is small.
limit-more = Very.
[test grows]
says = They do
measure = share that is waited
of = entry.lock_wait_ps per entry_split_total_ps
beside = entry_p99_ps
beside-measure = p99 of entries
design = kvm-legacy
also = kvm-aplist
x = vcpus
supported = >= 20 %
refuted = <= 5 %
[axis grows]
trace = gen:hackbench,duration=500us
vcpus = 1, 4, 24
lock = ticket, queued
seeds = 2
[test itself]
aside = yes
says = A design is quicker than itself
measure = mean of entries
of = entry_total_ps per entry_count
design = kvm-aplist
against = kvm-aplist
supported = <= 0.9 times
refuted = >= 1 times
[axis itself]
trace = gen:hackbench,duration=500us,vcpus=4
trace = gen:hackbench,duration=500us,vcpus=4,gic=v2
EOF
sed -e 's/^x = vcpus/at = every/; s/title = .*/title = Two minds/' lock.ini >minds.ini
expect 0 "$vgicsim" claims ./lock.ini ./minds.ini -o d1 -j 1
cp out text1
holds out '^Entries wait: supported$'
holds out '^Two minds: depends$'
holds out 'supported +hackbench, GICv3, ticket locks: [0-9.]+ % \(.* at 24 vCPUs, at least 20 % from (4|24) vCPUs on|at least 20 % only there'
holds out 'Aside: A design is quicker than itself: not supported'
holds out 'not supported +hackbench, GICv2: 1.00 times$'
holds d1/index.html 'Entries wait for &lt;locks&gt; &amp; &quot;others&quot;'
holds d1/index.html 'It is small. Very.'
holds d1/claims.json '"schema": "vgicsim-claims-1"'
holds d1/claims.json '"verdict":"supported","why":"","judged_at":"24"'
holds d1/claims.json '"cell":"trace=gen:hackbench,duration=500us,vcpus=24,seed=1 design=kvm-legacy host=kunpeng920-2s-128c lock=ticket seed=1"'
holds d1/claims.json 'assumed=lines:x1/2'
if command -v gnuplot >/dev/null; then
	for f in lock-grows lock-grows-cases lock-itself-cases; do
		[ -s d1/figures/$f.svg ] || complain "no figure $f"
	done
	holds d1/index.html 'src="data:image/svg\+xml;base64,'
fi
[ -z "$(find d1 -name '*.tmp*' -o -name '.*' -type f)" ] || complain "something was left in d1"

# A cell of the document, run by itself, is that run.
fingerprint=$(sed -n 's/.*vcpus=4,seed=2 design=kvm-aplist host=[^ ]* lock=queued seed=2".*"fingerprint":"\([0-9a-f]*\)".*/\1/p' d1/claims.json | head -n 1)
expect 0 "$vgicsim" replay -q gen:hackbench,duration=500us,vcpus=4,seed=2 -d kvm-aplist \
	--lock queued --seed 2
holds out "fingerprint $fingerprint\$"

expect 0 "$vgicsim" claims ./lock.ini ./minds.ini -o d2 -j 3
same text1 out "the text of one thread and of three"
for f in index.html claims.json; do
	same d1/$f d2/$f "one thread and three"
done

# One test of a bundled claim, recordings included.
expect 0 "$vgicsim" claims 4-priorities:legacy
holds out '^Priorities, now honoured'
expect 0 "$vgicsim" claims 5-exits-kicks:kicks --no-plots -o d3
holds out 'recorded gicv2-1vcpu-manyblk, ticket locks'
holds d3/index.html 'No figures: none were asked for'
grep -q "$source_dir" d3/claims.json && complain "the document names the folder of the samples"

expect 2 "$vgicsim" claims no-such-claim
holds err 'no claim "no-such-claim"'
expect 2 "$vgicsim" claims 4-priorities:none
holds err 'no test "none"'
expect 2 "$vgicsim" claims ./lock.ini ./lock.ini
holds err 'want each claim once'
sed 's/^vcpus = .*/vcpus = 1000/' lock.ini >never.ini
expect 2 "$vgicsim" claims ./never.ini
holds err '\[test grows\]: no cell can be'
sed 's/entry_p99_ps/entry_p98_ps/' lock.ini >figure.ini
expect 2 "$vgicsim" claims ./figure.ini
holds err 'no figure "entry_p98_ps"'
: >empty.ini
expect 2 "$vgicsim" claims ./empty.ini
: >file
expect 4 "$vgicsim" claims ./lock.ini -o file/dir
expect 4 "$vgicsim" claims ./lock.ini -o file

finish 37
