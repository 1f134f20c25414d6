noinst_LIBRARIES += libcollect.a
libcollect_a_SOURCES = src/collect/dunning.c
libcollect_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)
