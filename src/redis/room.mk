noinst_LIBRARIES += libredis.a
libredis_a_SOURCES = src/redis/cache.h src/redis/cache.c src/redis/lease.c src/redis/lease.h \
	src/redis/script.c src/redis/session.c src/redis/stream.c
libredis_a_CPPFLAGS = $(AM_CPPFLAGS) $(HIREDIS_CFLAGS) -D_GNU_SOURCE
EXTRA_DIST += src/redis/README.md
