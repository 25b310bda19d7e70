# SPDX-License-Identifier: GPL-2.0-or-later
#
# Groups of bars that lie on their side, on a logarithmic axis, each with a thin
# line on to a second value. Wants: n (series); array data[n], fill[n]
# (colour), pat[n] (hatching, 0: none); the ranges, labels and tics; body_left.
# A line of data: from to whisker y_low y_high.

set logscale x
unset ytics
set grid noy
set border 1 back ls 101
set lmargin at screen body_left
set rmargin at screen 0.80
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
plot for [i=1:n] data[i] using 2:(($4+$5)/2.):1:2:4:5 with boxxyerror \
	fs solid 1 noborder fc rgb fill[i], \
     for [k=1:nr_hatched] data[hatched[k]] using 2:(($4+$5)/2.):1:2:4:5 \
	with boxxyerror fs transparent pattern pat[hatched[k]] noborder fc rgb '#ffffff', \
     for [i=1:n] data[i] using 2:(($4+$5)/2.):($3-$2):(0) with vectors nohead \
	lc rgb fill[i] lw 2
