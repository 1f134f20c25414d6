check_PROGRAMS += tests/unit/base/memory_test
TESTS += tests/unit/base/memory_test
tests_unit_base_memory_test_SOURCES = tests/unit/base/memory_test.c tests/unit/base/prng.h
tests_unit_base_memory_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_memory_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/str_test
TESTS += tests/unit/base/str_test
tests_unit_base_str_test_SOURCES = tests/unit/base/str_test.c tests/unit/base/prng.h
tests_unit_base_str_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_str_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/err_test
TESTS += tests/unit/base/err_test
tests_unit_base_err_test_SOURCES = tests/unit/base/err_test.c tests/unit/base/prng.h
tests_unit_base_err_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_err_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/decimal_test
TESTS += tests/unit/base/decimal_test
tests_unit_base_decimal_test_SOURCES = tests/unit/base/decimal_test.c tests/unit/base/prng.h
tests_unit_base_decimal_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_decimal_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/money_test
TESTS += tests/unit/base/money_test
tests_unit_base_money_test_SOURCES = tests/unit/base/money_test.c tests/unit/base/prng.h
tests_unit_base_money_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_money_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/date_test
TESTS += tests/unit/base/date_test
tests_unit_base_date_test_SOURCES = tests/unit/base/date_test.c tests/unit/base/prng.h
tests_unit_base_date_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_date_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/zone_test
TESTS += tests/unit/base/zone_test
tests_unit_base_zone_test_SOURCES = tests/unit/base/zone_test.c tests/unit/base/prng.h
tests_unit_base_zone_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_zone_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/config_test
TESTS += tests/unit/base/config_test
tests_unit_base_config_test_SOURCES = tests/unit/base/config_test.c tests/unit/base/prng.h
tests_unit_base_config_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_config_test_LDADD = libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

include tests/differential/tests.mk
