noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = src/http/body.c src/http/body.h src/http/handle.c src/http/loop.c src/http/open.c \
	src/http/multipart.c src/http/multipart.h \
	src/http/parameters.c src/http/parameters.h \
	src/http/problem.c src/http/problem.h src/http/reply.c src/http/reply.h src/http/request.c \
	src/http/request.h src/http/router.c src/http/router.h src/http/serve.c src/http/serve.h \
	src/http/uri.c src/http/uri.h
libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS) -D_GNU_SOURCE
