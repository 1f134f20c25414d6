# What tests/race drives: a worker program with kinds of jobs made for it.
check_PROGRAMS += tests/unit/job/jobber
tests_unit_job_jobber_SOURCES = tests/unit/job/jobber.c
tests_unit_job_jobber_CPPFLAGS = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS) -D_GNU_SOURCE
tests_unit_job_jobber_LDADD = libjob.a libauth.a libtenant.a libprocess.a libredis.a libpg.a libcrypto.a \
	libjson.a libbase.a $(PQ_LIBS) $(HIREDIS_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS)
