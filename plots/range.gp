# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rows with a point (median) and a line on to p99, for each series. Wants: n;
# array data[n]; style lines 1..n; the ranges and tics; body_left. A line of data:
# p50 p99 mean row.

set logscale x
unset ytics
set grid noy
set border 1 back ls 101
set lmargin at screen body_left
set rmargin at screen 0.975
set tmargin at screen body_top
set bmargin at screen body_bottom
set xlabel 'latency, median to p99'
plot for [i=1:n] data[i] using 1:4:($2-$1):(0) with vectors nohead ls i, \
     for [i=1:n] data[i] using 1:4 with points ls i
