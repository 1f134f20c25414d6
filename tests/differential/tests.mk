check_PROGRAMS += tests/differential/cases
tests_differential_cases_SOURCES = tests/differential/cases.c tests/differential/cases_billing.c \
	tests/differential/cases.h
tests_differential_cases_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) -I$(top_srcdir)/src/resource -I$(top_srcdir)/src/billing
tests_differential_cases_LDADD = libbilling.a libresource.a libjob.a libauth.a libprocess.a libredis.a libpg.a libcrypto.a \
	libjson.a libbase.a $(PQ_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(JWT_LIBS) $(OATH_LIBS) \
	$(HIREDIS_LIBS) $(CONFUSE_LIBS) $(CSV_LIBS)
TESTS += tests/differential/compare.py
EXTRA_DIST += tests/differential/compare.py tests/differential/billing.py
