noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/arena.c \
	src/base/config.c \
	src/base/date.c \
	src/base/decimal.c \
	src/base/err.c \
	src/base/log.c \
	src/base/money.c \
	src/base/monotonic.c \
	src/base/percent.c src/base/roff.c src/base/str.c \
	src/base/uuid.c \
	src/base/vec.c \
	src/base/zone.c
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(CONFUSE_CFLAGS)
