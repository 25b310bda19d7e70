# SPDX-License-Identifier: GPL-2.0-or-later
#
# Violins that lie on their side: a row for each distribution, as high as events
# are dense there; inside it a bar from the first quartile to the third, a point at
# the median, a stroke at p99. Wants: n (violins); array data[n], fill[n] and edge[n]
# (colours); marks (file name); the ranges and tics; body_left. A line of data:
# time_ps y_low y_high; of marks: p25 p50 p75 p99 row.

set logscale x
unset ytics
set grid noy
set border 1 back ls 101
set lmargin at screen body_left
set rmargin at screen 0.975
set tmargin at screen body_top
set bmargin at screen body_bottom
set style fill solid 1 noborder
plot for [i=1:n] data[i] using 1:2:3 with filledcurves fs solid 1 noborder fc rgb fill[i], \
     for [i=1:n] data[i] using 1:2 with lines lc rgb edge[i] lw 1 dt 1, \
     for [i=1:n] data[i] using 1:3 with lines lc rgb edge[i] lw 1 dt 1, \
     marks using 1:5:($3-$1):(0) with vectors nohead lc rgb '#1b1f24' lw 4, \
     marks using 4:($5-.2):(0):(.4) with vectors nohead lc rgb '#1b1f24' lw 1.6, \
     marks using 2:5 with points pt 7 ps .55 lc rgb '#1b1f24', \
     marks using 2:5 with points pt 7 ps .35 lc rgb '#ffffff'
