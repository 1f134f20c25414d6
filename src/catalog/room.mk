noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES =
libcatalog_a_CPPFLAGS = $(AM_CPPFLAGS)
