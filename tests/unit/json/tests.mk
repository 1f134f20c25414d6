check_PROGRAMS += tests/unit/json/jscan_test
TESTS += tests/unit/json/jscan_test
tests_unit_json_jscan_test_SOURCES = tests/unit/json/jscan_test.c
tests_unit_json_jscan_test_CPPFLAGS = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS)
tests_unit_json_jscan_test_LDADD = libjson.a libbase.a $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/json/jw_test
TESTS += tests/unit/json/jw_test
tests_unit_json_jw_test_SOURCES = tests/unit/json/jw_test.c
tests_unit_json_jw_test_CPPFLAGS = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS)
tests_unit_json_jw_test_LDADD = libjson.a libbase.a $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
