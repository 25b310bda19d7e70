#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# validate and sensitivity as a user runs them: every format, the same bytes twice
# and with any number of processes, charts, and how each fails.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

kunpeng=$source_dir/sim/machine/hosts/kunpeng920-2s-128c.ini
trace=$source_dir/traces/samples/k48-gicv3-4vcpu-hackbench.pcap.gz

# Two rows, of which one needs what there is not; bench/validation.sh runs all.
mkdir micro && cp "$source_dir/workloads/micro/ipi-v3.vgt" micro/
sed -n '/^\[V7\.[a-z]*\.kunpeng920\]/,/^$/p' "$source_dir/workloads/published.ini" >rows.ini
expect 0 "$vgicsim" validate -q --rows rows.ini -f csv -o 1.csv
expect 0 "$vgicsim" validate -q --rows rows.ini -H "$kunpeng" -f csv -o 2.csv
same 1.csv 2.csv "a host by its row and by file"
holds 1.csv '^V7\.ipi\.kunpeng920,ns,1697\.000,[0-9.]+,'
holds 1.csv '^V7\.lpi\.kunpeng920,.*,not modelled yet,'
expect 0 "$vgicsim" validate -q --rows rows.ini
holds out '^V7\.ipi\.kunpeng920 +1697 ns +[0-9]'
holds out '^2 rows: [01] pass, [01] miss, 0 by a stand-in, 1 not modelled yet$'
expect 0 "$vgicsim" validate -q --rows rows.ini -f json
holds out '"schema": "vgicsim-validate-1"'
holds out '"verdict": "not modelled yet"'
expect 2 "$vgicsim" validate -q -H altra-80c
holds err 'no published row is of that host'
expect 2 "$vgicsim" validate -q -H no-such-host
expect 2 "$vgicsim" validate -q --rows /nowhere.ini
expect 2 "$vgicsim" validate -q stray

# A cost that is far off makes a miss: the figure follows the profile.
sed 's/^sgi_phys = 250ns/sgi_phys = 2500ns/' "$kunpeng" >kunpeng920-2s-128c.ini
expect 0 "$vgicsim" validate -q --rows rows.ini -H ./kunpeng920-2s-128c.ini -f csv
holds out '^V7\.ipi\.kunpeng920,ns,1697\.000,4[0-9]{3}\.[0-9]{3},.*,miss,'

expect 0 "$vgicsim" sensitivity -q "$trace" --limit 500 -j 1 -f csv -o 1.csv
expect 0 "$vgicsim" sensitivity -q "$trace" --limit 500 -j 3 -f csv -o 2.csv
same 1.csv 2.csv "one process and three"
holds 1.csv '^gich_r,assumed,122000,0,'
expect 0 "$vgicsim" sensitivity -q "$trace" --limit 300 --metric finish -o t.svg
holds out '^the first [0-9]+ records only$'
holds out ' costs matter to these runs'
if command -v gnuplot >/dev/null; then
	holds t.svg '^<svg'
	holds t.svg 'finish: kvm-aplist less kvm-legacy'
fi
expect 0 "$vgicsim" sensitivity -q "$trace" --limit 300 -f json
holds out '"schema": "vgicsim-sensitivity-1"'
holds out '"flip_up_ps": '
expect 2 "$vgicsim" sensitivity -q "$trace" --metric entry_p98
expect 2 "$vgicsim" sensitivity -q "$trace" -d kvm-aplist
holds err 'want two designs'
expect 2 "$vgicsim" sensitivity -q
expect 3 "$vgicsim" sensitivity -q /nowhere.vgt
finish 30
