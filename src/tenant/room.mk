noinst_LIBRARIES += libtenant.a
libtenant_a_SOURCES =
libtenant_a_CPPFLAGS = $(AM_CPPFLAGS)
