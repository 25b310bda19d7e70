# SPDX-License-Identifier: GPL-2.0-or-later
#
# Upright bars made of parts, side by side along the axis of a sweep: one panel, called for
# each. Wants: n (parts); array data[n], fill[n] (colour), pat[n] (hatching, 0: none) and
# hatch[n] (its colour); panel_left, panel_right, panel_top, panel_bottom; the ranges and
# tics. A line of data: x_low x_high from to.

set border 3 back ls 101
set grid nox
set lmargin at screen panel_left
set rmargin at screen panel_right
set tmargin at screen panel_top
set bmargin at screen panel_bottom
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
