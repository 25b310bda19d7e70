# SPDX-License-Identifier: GPL-2.0-or-later
#
# One latency, all series: left how many were done by then, right the tail.
# Wants: n; array data[n] and marks[n] (file names), total[n] (events), style[n]
# (line style); tail_low; the x range and tics. A line of data: low_ps high_ps
# count count_up_to_high; of marks: low_ps high_ps share_at_or_below share_at_least.

set logscale x
set multiplot
set tmargin at screen body_top
set bmargin at screen body_bottom * .7

set lmargin at screen 0.075
set rmargin at screen 0.475
set yrange [0:1]
set ytics ('0 %%' 0, '25 %%' .25, '50 %%' .5, '75 %%' .75, '100 %%' 1)
set label 900 'share done within that time' at graph 0, graph 1 offset 0,.8 left
plot for [i=1:n] data[i] using 2:($4/total[i]) with steps ls style[i], \
     for [i=1:n] marks[i] using 2:3 with points ls style[i]
unset label
unset arrow

set lmargin at screen 0.565
set rmargin at screen 0.975
set logscale y
set yrange [tail_low:1]
set ytics ('100 %%' 1, '10 %%' .1, '1 %%' 1e-2, '0.1 %%' 1e-3, '0.01 %%' 1e-4, \
	'10 ppm' 1e-5, '1 ppm' 1e-6, '0.1 ppm' 1e-7, '10 ppb' 1e-8, '1 ppb' 1e-9)
set label 900 'share that took at least that long' at graph 0, graph 1 offset 0,.8 left
plot for [i=1:n] data[i] using 1:((total[i]-$4+$3)/total[i]) with fsteps ls style[i], \
     for [i=1:n] marks[i] using 1:4 with points ls style[i]
unset multiplot
