noinst_LIBRARIES += libtenant.a
libtenant_a_SOURCES = src/tenant/entity.c src/tenant/routes.c
libtenant_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(PQ_CFLAGS)
