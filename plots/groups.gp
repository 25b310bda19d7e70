# SPDX-License-Identifier: GPL-2.0-or-later
#
# Upright bars side by side, a group for each value on the x axis. Wants: n
# (series); array data[n], fill[n] (colour), pat[n] (hatching, 0: none); the
# ranges, labels and tics. A line of data: x_low x_high share count.

set border 3 back ls 101
set grid nox
set lmargin at screen 0.075
set rmargin at screen 0.985
set tmargin at screen body_top
set bmargin at screen body_bottom
nr_hatched = 0
array hatched[n]
do for [i=1:n] {
	hatched[i] = 1
}
do for [i=1:n] {
	if (pat[i] > 0) {
		nr_hatched = nr_hatched + 1
		hatched[nr_hatched] = i
	}
}
plot for [i=1:n] data[i] using (($1+$2)/2.):3:1:2:(0):3 with boxxyerror \
	fs solid 1 noborder fc rgb fill[i], \
     for [k=1:nr_hatched] data[hatched[k]] using (($1+$2)/2.):3:1:2:(0):3 \
	with boxxyerror fs transparent pattern pat[hatched[k]] noborder fc rgb '#ffffff'
