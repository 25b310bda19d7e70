# SPDX-License-Identifier: GPL-2.0-or-later
#
# A claim's cases, a row each: the number as the host profile is, and from the least to the
# greatest of seeds and assumed costs. Green: where it supports the claim; orange,
# hatched: where it refutes it. Shapes tell verdicts. Wants: nr_kinds; array data[nr_kinds],
# kind[nr_kinds] (1 supported, 2 not, 3 not decided); support_from, support_to, refute_from,
# refute_to (x); the ranges, labels and tics; body_left. A line of data: row value low high.

unset ytics
set grid noy
set border 1 back ls 101
set lmargin at screen body_left
set rmargin at screen 0.78
set tmargin at screen body_top
set bmargin at screen body_bottom
set object 801 rectangle from support_from, graph 0 to support_to, graph 1 behind \
	fs solid 1 noborder fc rgb '#dff2ea'
set object 802 rectangle from refute_from, graph 0 to refute_to, graph 1 behind \
	fs solid 1 noborder fc rgb '#fbe6d8'
set object 803 rectangle from refute_from, graph 0 to refute_to, graph 1 behind \
	fs transparent pattern 4 noborder fc rgb '#ffffff'
array colour[3] = ['#007a58', '#c04e00', '#5f6770']
array shape[3] = [7, 5, 8]
set errorbars small
plot for [i=1:nr_kinds] data[i] using 2:1:3:4 with xerrorbars \
	lc rgb colour[kind[i]] pt shape[kind[i]] ps .9 lw 2
