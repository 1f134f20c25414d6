noinst_LIBRARIES += libconnect.a
libconnect_a_SOURCES =
libconnect_a_CPPFLAGS = $(AM_CPPFLAGS)
