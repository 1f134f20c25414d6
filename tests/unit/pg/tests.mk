check_PROGRAMS += tests/unit/pg/flush_test
TESTS += tests/unit/pg/flush_test
tests_unit_pg_flush_test_SOURCES = tests/unit/pg/flush_test.c
tests_unit_pg_flush_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_pg_flush_test_LDADD = libpg.a libjson.a libbase.a $(PQ_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/pg/migrate_test
TESTS += tests/unit/pg/migrate_test
tests_unit_pg_migrate_test_SOURCES = tests/unit/pg/migrate_test.c
tests_unit_pg_migrate_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_pg_migrate_test_LDADD = libpg.a libjson.a libbase.a $(PQ_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
