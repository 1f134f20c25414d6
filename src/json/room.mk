noinst_LIBRARIES += libjson.a
libjson_a_SOURCES =
libjson_a_CPPFLAGS = $(AM_CPPFLAGS)
