HTTP_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/http $(PQ_CFLAGS) $(JSONC_CFLAGS)

check_PROGRAMS += tests/unit/http/parse_test
TESTS += tests/unit/http/parse_test
tests_unit_http_parse_test_SOURCES = tests/unit/http/parse_test.c
tests_unit_http_parse_test_CPPFLAGS = $(HTTP_TEST_CPPFLAGS)
tests_unit_http_parse_test_LDADD = libhttp.a libauth.a libredis.a libcrypto.a libjson.a libbase.a \
	$(HIREDIS_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CSV_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/http/handle_test
TESTS += tests/unit/http/handle_test
tests_unit_http_handle_test_SOURCES = tests/unit/http/handle_test.c
tests_unit_http_handle_test_CPPFLAGS = $(HTTP_TEST_CPPFLAGS)
tests_unit_http_handle_test_LDADD = libhttp.a libresource.a libjob.a libauth.a libprocess.a libredis.a libpg.a \
	libcrypto.a libjson.a libbase.a $(PQ_LIBS) $(HIREDIS_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) \
	$(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CSV_LIBS) $(CMOCKA_LIBS)
