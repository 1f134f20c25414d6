check_PROGRAMS += tests/differential/cases
tests_differential_cases_SOURCES = tests/differential/cases.c
tests_differential_cases_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_differential_cases_LDADD = libjson.a libbase.a $(JSONC_LIBS) $(CONFUSE_LIBS)
TESTS += tests/differential/compare.py
EXTRA_DIST += tests/differential/compare.py
