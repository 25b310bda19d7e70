# SPDX-License-Identifier: GPL-2.0-or-later
#
# The engine against queueing theory: points are simulated, lines are theory. Wants:
# data, the output of bench-queueing; out, the picture's name. Called by
# bench/bench-queueing.sh.

set terminal pngcairo size 1500,500 font ',11' enhanced
set output out
load 'style.gp'
# style.gp is for figures without a title and without error bars.
set errorbars small
set logscale x 2
set xrange [.8:330]
set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
set xlabel 'customers (actors)'
set multiplot layout 1,3 margins .045,.985,.13,.89 spacing .055

set label 1 'free hand-overs: acquisitions a microsecond' at graph 0,1.06
set yrange [0:1.09]
set key at graph .03,.97 top left reverse Left
plot data index 0 using 1:4 with lines lt 1 title 'exponential think, service', \
     data index 1 using 1:4 with lines lt 2 title 'exponential, constant', \
     data index 2 using 1:4 with lines lt 3 title 'constant, constant', \
     data index 0 using 1:2 with points lt 1, data index 1 using 1:2 with points lt 2, \
     data index 2 using 1:2 with points lt 3

set label 1 'throughput: simulated less exact, % of it, 99.9 % intervals' at graph 0,1.06
set yrange [-2:2]
unset key
plot 0 with lines ls 101, \
     data index 0 using ($1*.97):(100*($2/$4-1)):(100*$3/$4) with yerrorbars lt 1, \
     data index 1 using ($1*1.03):(100*($2/$4-1)):(100*$3/$4) with yerrorbars lt 2

set label 1 'constant times, 97 ns a line transfer: the same' at graph 0,1.06
set yrange [0:1.09]
set key at graph .03,.97 top left reverse Left
plot data index 5 using 1:4 with lines lt 3 title 'either, free', \
     data index 3 using 1:4 with lines lt 1 title 'queued', \
     data index 4 using 1:4 with lines lt 2 title 'ticket', \
     data index 5 using 1:2 with points lt 3, data index 3 using 1:2 with points lt 1, \
     data index 4 using 1:2 with points lt 2
unset multiplot
