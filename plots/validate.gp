# SPDX-License-Identifier: GPL-2.0-or-later
#
# Predicted over published: a point and the band of assumed costs for each row, on the
# target's zone. Wants: data (row, ratio, low, high, target from, to, verdict), out.
# Called by bench/validation.sh.

rows = int(system("wc -l <".data))
set terminal svg size 760,100+26*rows font 'DejaVu Sans,12' noenhanced background '#ffffff'
set output out
load 'style.gp'
set datafile separator tab
set errorbars small
set logscale x 2
set xrange [.2:5]
set xtics (.25, .5, .75, 1, 1.33, 2, 4)
set yrange [-rows+.4:.6]
set grid noy
set border 1 back ls 101
set lmargin at screen .26
set rmargin at screen .97
set tmargin at screen 1-30./(100+26*rows)
set bmargin at screen 58./(100+26*rows)
set ytics scale 0
set xlabel offset 0,.5
set xlabel 'predicted / published; line: assumed costs halved and doubled; grey: the target'
set arrow from 1, graph 0 to 1, graph 1 nohead ls 101 front
set key at screen .97, screen 1-14./(100+26*rows) right horizontal
plot data using (($5+$6)/2):(-$0):5:6:(-$0-.35):(-$0+.35):ytic(1) with boxxyerror \
	fs solid 1 noborder fc rgb '#e4e7ea', \
     data using (strcol(7) eq 'stand-in' ? NaN : $2):(-$0):3:4 with xerrorbars lt 1 title 'kernel measured', \
     data using (strcol(7) eq 'stand-in' ? $2 : NaN):(-$0):3:4 with xerrorbars lt 2 title 'stand-in'
