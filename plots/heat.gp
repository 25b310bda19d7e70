# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who waited for whom: a square for each pair that did. Wants: n (rows and
# columns); data (file name); cb_high (largest time); tics, labels. A line of data:
# x y wait_ps count. Reversed viridis: pale is little, dark is much, none is blank.

set palette defined (0 '#fde725', .14 '#a0da39', .29 '#4ac16d', .43 '#1fa187', \
	.57 '#277f8e', .71 '#365c8d', .86 '#46327e', 1 '#440154')
set border 15 back ls 101
set tics scale 0
set grid
set lmargin at screen body_left
set rmargin at screen body_right
set tmargin at screen body_top
set bmargin at screen body_bottom
set xrange [-.5:n-.5]
set yrange [n-.5:-.5]
set cbrange [0:cb_high]
set style fill solid 1 border rgb '#ffffff'
plot data using 1:2:($1-.5):($1+.5):($2-.5):($2+.5):3 with boxxyerror fc palette
