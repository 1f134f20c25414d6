noinst_LIBRARIES += libbilling.a
libbilling_a_SOURCES =
libbilling_a_CPPFLAGS = $(AM_CPPFLAGS)
