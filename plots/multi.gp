# SPDX-License-Identifier: GPL-2.0-or-later
#
# The end of a figure of several panels, which its own script has drawn one by one.

unset multiplot
