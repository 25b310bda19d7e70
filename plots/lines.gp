# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines against the axis of a sweep, each with its band over seeds: one panel, called
# for each. Wants: n; array data[n], style[n] (line styles); nr_bands; array band[nr_bands]
# (data) and shade[nr_bands] (colour); panel_left, panel_right, panel_top, panel_bottom; the
# ranges and tics. A line of data: x median low high seeds
# point (whether there is one). A place without data is a gap.

set border 3 back ls 101
set lmargin at screen panel_left
set rmargin at screen panel_right
set tmargin at screen panel_top
set bmargin at screen panel_bottom
if (nr_bands > 0) {
	plot for [i=1:nr_bands] band[i] using 1:3:4 with filledcurves \
		fs transparent solid .22 noborder fc rgb shade[i], \
	     for [i=1:n] data[i] using 1:2 with lines ls style[i], \
	     for [i=1:n] data[i] using 1:($6 > 0 ? $2 : NaN) with points ls style[i]
} else {
	plot for [i=1:n] data[i] using 1:2 with lines ls style[i], \
	     for [i=1:n] data[i] using 1:($6 > 0 ? $2 : NaN) with points ls style[i]
}
