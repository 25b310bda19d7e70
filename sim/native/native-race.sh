#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# native-race.sh PROGRAM ARGUMENT...: run it with addresses where ThreadSanitizer expects
# them. Older ones do not start where the kernel scatters them over more bits; where the
# kernel's choice may not be changed it is taken as it is.
set -eu
if setarch "$(uname -m)" -R true 2>/dev/null; then
	exec setarch "$(uname -m)" -R "$@"
fi
exec "$@"
