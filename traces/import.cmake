# SPDX-License-Identifier: GPL-2.0-or-later
pkg_check_modules(TRACECMD REQUIRED IMPORTED_TARGET libtracecmd)
pkg_check_modules(TRACEEVENT REQUIRED IMPORTED_TARGET libtraceevent)
pkg_check_modules(TRACEFS REQUIRED IMPORTED_TARGET libtracefs)

add_library(import STATIC import.c import-event.c import-fields.c import-text.c
	import-tracecmd.c import-apart.c import-mend.c import-scan.c import-meta.c import-queue.c import-cause.c
	import-convert.c import-summary.c vgic-state.c)
target_include_directories(import PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(import PUBLIC traces base gic PkgConfig::JANSSON
	PRIVATE PkgConfig::TRACECMD PkgConfig::TRACEEVENT PkgConfig::TRACEFS)

vgicsim_test(import-test SOURCES import-test.c LIBS import)
vgicsim_test(import-rules-test SOURCES import-rules-test.c LIBS import)

if(BUILD_TESTING)
	add_test(NAME record-test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/record-test.sh)
endif()
