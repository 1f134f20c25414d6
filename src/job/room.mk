noinst_LIBRARIES += libjob.a
libjob_a_SOURCES =
libjob_a_CPPFLAGS = $(AM_CPPFLAGS)
