#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Generated traces with the program itself: each workload in each size passes
# check, and replays under every design with every delivery judged; what is
# generated on the way is what is written to a file; copies of a recording.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

# The acceptance of workloads/accept.sh, with few records a trace.
sizes="-s v2,vcpus=1 -s v2,vcpus=8 -s v3,vcpus=1 -s v3,vcpus=8 -s v3,vcpus=64 -s v3,vcpus=512"
# Sanitizers take their time: the large ones are for the others.
[ "${3:-}" != small ] || sizes="-s v2,vcpus=1 -s v3,vcpus=8"
# shellcheck disable=SC2086 # several words
expect 0 "$source_dir/workloads/accept.sh" -n 800 $sizes "$vgicsim"
holds out '^hackbench	v2,vcpus=1	800	[0-9]+	ok$'
holds out '^lpi-storm	v3,vcpus=8	800	[0-9]+	ok$'
holds out '^[0-9]+ traces, 0 failed$'
# What another build makes otherwise, it finds.
cat >liar <<EOF
#!/bin/sh
"$vgicsim" "\$@" || exit
case \$1 in
gen) [ \$# -lt 5 ] || echo >>"\$(for a in "\$@"; do :; done; echo "\$a")" ;;
esac
EOF
chmod +x liar
expect 1 "$source_dir/workloads/accept.sh" -n 200 -s v3,vcpus=1 -w hvc -b ./liar "$vgicsim"
holds out 't.vgt is not what the other build makes'

# A file and the same made on the way are one trace, in every form.
for t in t.pcap t.pcap.gz t.vgt; do
	expect 0 "$vgicsim" gen memcached --gic v2 --vcpus 3 --duration 2ms --seed 7 \
		--set tick_hz=1000 -o $t
	expect 0 "$vgicsim" info -f json $t -o file.json
	expect 0 "$vgicsim" info -f json -o made.json \
		gen:memcached,gic=v2,vcpus=3,duration=2ms,seed=7,tick_hz=1000
	same file.json made.json "$t and gen:"
done

# So are copies of one; and it is said that they are copies.
expect 2 "$vgicsim" clone -n 3 t.pcap.gz -o c.pcap
holds err 'want at most 2 copies of 3 vCPUs with a GICv2'
expect 0 "$vgicsim" clone -n 2 t.pcap.gz -o c.pcap
expect 0 "$vgicsim" check c.pcap
holds out ' 0 errors, 0 warnings$'
expect 0 "$vgicsim" replay -q --check --clone 2 t.pcap.gz -f json -o clone.json
expect 0 "$vgicsim" replay -q --check c.pcap --window 131072 -f json -o file.json
grep -o '"fingerprint": "[^"]*"' clone.json >clone.prints
grep -o '"fingerprint": "[^"]*"' file.json >file.prints
holds clone.prints fingerprint
same clone.prints file.prints "--clone and a file of copies"
holds clone.json 'copies=2 of-vcpus=3'
holds clone.json '2 copies of a guest of 3 vCPUs'
holds clone.json 'workload=memcached: no host recorded it'

# A window too small for vCPUs that drift apart costs them time, and no interrupt.
expect 0 "$vgicsim" gen -q hackbench --vcpus 4 --records 3000 -o hb.pcap.gz
expect 0 "$vgicsim" replay -q --check --clone 8 --window 2048 -d kvm-legacy -d kvm-aplist \
	hb.pcap.gz -f json -o stalls.json
holds stalls.json '"window_stalls": [1-9]'

# Nothing is written over what is read.
cp t.pcap.gz same.pcap.gz
expect 2 "$vgicsim" clone -n 2 same.pcap.gz -o same.pcap.gz
expect 2 "$vgicsim" info clone:2:same.pcap.gz -o same.pcap.gz
same t.pcap.gz same.pcap.gz "what was to be copied"

expect 2 "$vgicsim" gen hackbench --vcpus 9 --gic v2 -o x.pcap
holds err 'want at most 8 with a GICv2'
[ ! -e x.pcap ] || complain "want no file of a workload that cannot be"
# The page has every workload and every parameter.
tr -d '\134' <"$source_dir/workloads/vgicsim-workloads.5.scd" >page
for name in $("$vgicsim" gen --list | cut -d' ' -f1) \
	$("$vgicsim" gen --show rr | tail -n +4 | cut -d' ' -f1); do
	holds page "^\\*$name\\*\$"
done
expect 0 "$vgicsim" gen --show rr
holds out '^irq_per_s_per_device +25000 +a '

finish 60
