noinst_LIBRARIES += libcollect.a
libcollect_a_SOURCES =
libcollect_a_CPPFLAGS = $(AM_CPPFLAGS)
