noinst_LIBRARIES += libjob.a
libjob_a_SOURCES = \
	src/job/add.c \
	src/job/clock.c \
	src/job/loop.c \
	src/job/routes.c \
	src/job/run.c src/job/run.h \
	src/job/scheduler.c
libjob_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) -D_GNU_SOURCE
