# SPDX-License-Identifier: GPL-2.0-or-later
#
# Squares whose darkness is a value: who waited for whom, list registers by vCPU.
# Wants: data (file name); cb_high (the largest value); edge (width of the white
# lines between squares); the ranges, tics and labels; body_left and body_right.
# A line of data: x y value, and more that is only to be read. Reversed viridis:
# pale is little, dark is much, none is blank.

set palette defined (0 '#fde725', .14 '#a0da39', .29 '#4ac16d', .43 '#1fa187', \
	.57 '#277f8e', .71 '#365c8d', .86 '#46327e', 1 '#440154')
set border 0
set tics scale 0
unset grid
set lmargin at screen body_left
set rmargin at screen body_right
set tmargin at screen body_top
set bmargin at screen body_bottom
set cbrange [0:cb_high]
set colorbox user origin screen body_right + 18./760, screen body_top - cb_height \
	size screen 14./760, screen cb_height border 101
set style fill solid 1 noborder
h = .5
if (edge > 0) {
	plot data using 1:2:($1-h):($1+h):($2-h):($2+h):3 with boxxyerror fc palette, \
	     data using 1:2:($1-h):($1+h):($2-h):($2+h) with boxxyerror \
		fs empty border lc rgb '#ffffff' lc rgb '#ffffff' lw edge
} else {
	plot data using 1:2:($1-h):($1+h):($2-h):($2+h):3 with boxxyerror fc palette
}
