noinst_LIBRARIES += libcollect.a
libcollect_a_SOURCES = src/collect/case.c src/collect/decline.c src/collect/dunning.c src/collect/facts.c \
	src/collect/facts.h src/collect/policy.c src/collect/remind.c src/collect/show.c src/collect/show.h
libcollect_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)
