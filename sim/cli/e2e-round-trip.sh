#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each sample through every form and back: the same lines, the same digest.
# shellcheck source=sim/cli/e2e.sh
. "$(dirname "$0")/e2e.sh"

for t in $(samples); do
	expect 0 "$vgicsim" dump "$t" -o a.vgt || continue
	for form in pcap pcap.gz pcap.bz2 pcap.xz vgt; do
		expect 0 "$vgicsim" import -q a.vgt -o "b.$form" || continue
		expect 0 "$vgicsim" dump "b.$form"
		same out a.vgt "$t as $form and back"
	done
	expect 0 "$vgicsim" check "$t"
	expect 0 "$vgicsim" info -f json "$t" && cp out a.json
	expect 0 "$vgicsim" info -f json b.pcap.gz
	same out a.json "info of $t and of its copy"
	# Standard output is another way to write text.
	expect 0 "$vgicsim" import -q "$t" -o -
	same out a.vgt "$t to standard output"
done
finish 15
