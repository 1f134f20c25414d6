noinst_LIBRARIES += libdocument.a
libdocument_a_SOURCES =
libdocument_a_CPPFLAGS = $(AM_CPPFLAGS)
