# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines against the axis of a sweep in the letters of a terminal: the medians alone.
# Wants what lines.gp wants, but for where the panel is.

set border 3
set grid nox noy
set lmargin 9
set rmargin 3
plot for [i=1:n] data[i] using 1:2 with lines ls style[i], \
     for [i=1:n] data[i] using 1:2 with points ls style[i]
