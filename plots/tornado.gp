# SPDX-License-Identifier: GPL-2.0-or-later
#
# A tornado: for each parameter what the difference becomes with it at half (first
# colour) and at twice its value (second), from the difference as it is. The dashed
# line is no difference at all. Wants: data, ranges and labels; body_left, base.
# A line of data: y half twice.

unset ytics
set grid noy
set border 1 back ls 101
set lmargin at screen body_left
set rmargin at screen 0.80
set tmargin at screen body_top
set bmargin at screen body_bottom
set format x '%+g %%'
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#1b1f24' lw 1.2 dt (6,4) front
set arrow from base, graph 0 to base, graph 1 nohead lc rgb '#5f6770' lw 1 front
plot data using (($2+base)/2.):1:($2<base?$2:base):($2<base?base:$2):($1-.32):($1+.32) \
	with boxxyerror fs solid 1 noborder fc rgb '#0072B2', \
     data using (($3+base)/2.):1:($3<base?$3:base):($3<base?base:$3):($1-.32):($1+.32) \
	with boxxyerror fs solid 1 noborder fc rgb '#D55E00', \
     data using (($3+base)/2.):1:($3<base?$3:base):($3<base?base:$3):($1-.32):($1+.32) \
	with boxxyerror fs transparent pattern 4 noborder fc rgb '#ffffff'
