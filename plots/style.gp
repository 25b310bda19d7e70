# SPDX-License-Identifier: GPL-2.0-or-later
#
# How every figure looks. Colours are Okabe and Ito's, which the colour-blind
# tell apart; shapes, dashes and hatching tell the same in grey.
#
# A figure's own script says size, labels, tics and data, loads this file and
# then the one that draws its kind.

set encoding utf8
set datafile separator whitespace
set linetype 1 lc rgb "#0072B2" lw 2.2 pt 7 ps .7
set linetype 2 lc rgb "#D55E00" lw 2.2 pt 5 ps .7
set linetype 3 lc rgb "#009E73" lw 2.2 pt 9 ps .8
set linetype 4 lc rgb "#CC79A7" lw 2.2 pt 11 ps .8
set linetype cycle 4
set style line 101 lc rgb "#5f6770" lt 1 lw 1
set style line 102 lc rgb "#d9dde2" lt 1 lw .7
set border 3 back ls 101
set tics nomirror out scale .6
set grid back ls 102
set key noautotitle samplen 2 spacing 1.15
unset key
