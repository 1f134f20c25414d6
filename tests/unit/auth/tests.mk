check_PROGRAMS += tests/unit/auth/auth_test
TESTS += tests/unit/auth/auth_test
tests_unit_auth_auth_test_SOURCES = tests/unit/auth/auth_test.c
tests_unit_auth_auth_test_CPPFLAGS = $(UNIT_CPPFLAGS) $(JSONC_CFLAGS)
tests_unit_auth_auth_test_LDADD = libauth.a libredis.a libpg.a libcrypto.a libjson.a libbase.a \
	$(PQ_LIBS) $(HIREDIS_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) \
	$(CONFUSE_LIBS) $(CMOCKA_LIBS)
