noinst_LIBRARIES += libprocess.a
libprocess_a_SOURCES =
libprocess_a_CPPFLAGS = $(AM_CPPFLAGS)
