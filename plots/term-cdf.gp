# SPDX-License-Identifier: GPL-2.0-or-later
#
# One latency, all series, in the letters of a terminal: how many were done by then.
# Wants what cdf.gp wants.

set logscale x
set border 3
set grid nox noy
set lmargin 8
set rmargin 3
set yrange [0:1]
set ytics ('0 %%' 0, '50 %%' .5, '100 %%' 1)
plot for [i=1:n] data[i] using 2:($4/total[i]) with steps ls style[i], \
     for [i=1:n] marks[i] using 2:3 with points ls style[i]
