# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bars that lie on their side, each made of parts. Wants: n (parts); array data[n],
# fill[n] (colour), pat[n] (hatching, 0: none) and hatch[n] (its colour); the ranges,
# labels and tics. A line of data: from to y_low y_high.

set border 1 back ls 101
unset ytics
set grid noy
set lmargin at screen 0.025
set rmargin at screen 0.975
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
plot for [i=1:n] data[i] using (($1+$2)/2.):(($3+$4)/2.):1:2:3:4 with boxxyerror \
	fs solid 1 border lc rgb '#ffffff' fc rgb fill[i], \
     for [k=1:nr_hatched] data[hatched[k]] using (($1+$2)/2.):(($3+$4)/2.):1:2:3:4 \
	with boxxyerror fs transparent pattern pat[hatched[k]] noborder \
	fc rgb hatch[hatched[k]]
