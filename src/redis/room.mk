noinst_LIBRARIES += libredis.a
libredis_a_SOURCES =
libredis_a_CPPFLAGS = $(AM_CPPFLAGS)
