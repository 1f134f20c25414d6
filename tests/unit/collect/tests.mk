check_PROGRAMS += tests/unit/collect/dunning_test
TESTS += tests/unit/collect/dunning_test
tests_unit_collect_dunning_test_SOURCES = tests/unit/collect/dunning_test.c
tests_unit_collect_dunning_test_CPPFLAGS = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS)
tests_unit_collect_dunning_test_LDADD = libcollect.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)
