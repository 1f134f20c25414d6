noinst_LIBRARIES += libjson.a
libjson_a_SOURCES = \
	src/json/jscan.c \
	src/json/jval.c \
	src/json/jw.c \
	src/json/pointer.c
libjson_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
