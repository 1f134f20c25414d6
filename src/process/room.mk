noinst_LIBRARIES += libprocess.a
libprocess_a_SOURCES = \
	src/process/board.c src/process/board.h \
	src/process/confine.c src/process/confine.h \
	src/process/manual.c src/process/manual.h \
	src/process/metrics.c src/process/metrics.h \
	src/process/notify.c src/process/notify.h \
	src/process/page.c src/process/page.h \
	src/process/service.c \
	src/process/supervisor.c src/process/child.c src/process/child.h src/process/renewal.c src/process/supervisor.h \
	src/process/worker.c src/process/worker.h
libprocess_a_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
