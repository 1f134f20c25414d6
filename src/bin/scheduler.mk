sbin_PROGRAMS += billfold-scheduler
billfold_scheduler_SOURCES = src/bin/scheduler.c
billfold_scheduler_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_scheduler_LDADD = libjob.a libauth.a libtenant.a libprocess.a libredis.a libpg.a \
	libcrypto.a libjson.a libbase.a $(PQ_LIBS) $(HIREDIS_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS)
