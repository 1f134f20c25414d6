resource_db_sources = tests/unit/resource/fixture.c tests/unit/resource/fixture.h
resource_db_libs = libresource.a libjob.a libauth.a libprocess.a libredis.a libpg.a libcrypto.a libjson.a libbase.a \
	$(PQ_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(HIREDIS_LIBS) $(CONFUSE_LIBS) $(CSV_LIBS) \
	$(CMOCKA_LIBS)
resource_cppflags = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS) -I$(top_srcdir)/src/resource

check_PROGRAMS += tests/unit/resource/one_test
TESTS += tests/unit/resource/one_test
tests_unit_resource_one_test_SOURCES = tests/unit/resource/one_test.c $(resource_db_sources)
tests_unit_resource_one_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_one_test_LDADD = $(resource_db_libs)

check_PROGRAMS += tests/unit/resource/list_test tests/unit/resource/openapi_test
TESTS += tests/unit/resource/list_test tests/unit/resource/openapi_test
tests_unit_resource_list_test_SOURCES = tests/unit/resource/list_test.c $(resource_db_sources)
tests_unit_resource_list_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_list_test_LDADD = $(resource_db_libs)
tests_unit_resource_openapi_test_SOURCES = tests/unit/resource/openapi_test.c $(resource_db_sources)
tests_unit_resource_openapi_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_openapi_test_LDADD = $(resource_db_libs)

# The whole product's registry, against the catalog; it links what the program links.
check_PROGRAMS += tests/unit/resource/registry_test
TESTS += tests/unit/resource/registry_test
tests_unit_resource_registry_test_SOURCES = tests/unit/resource/registry_test.c src/bin/registry.c \
	$(resource_db_sources)
tests_unit_resource_registry_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_registry_test_LDADD = $(billfold_api_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/resource/field_test
TESTS += tests/unit/resource/field_test
tests_unit_resource_field_test_SOURCES = tests/unit/resource/field_test.c $(resource_db_sources)
tests_unit_resource_field_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_field_test_LDADD = $(resource_db_libs)

check_PROGRAMS += tests/unit/resource/records_test
TESTS += tests/unit/resource/records_test
tests_unit_resource_records_test_SOURCES = tests/unit/resource/records_test.c
tests_unit_resource_records_test_CPPFLAGS = $(resource_cppflags)
tests_unit_resource_records_test_LDADD = $(resource_db_libs)
