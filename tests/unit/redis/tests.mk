check_PROGRAMS += tests/unit/redis/redis_test
TESTS += tests/unit/redis/redis_test
tests_unit_redis_redis_test_SOURCES = tests/unit/redis/redis_test.c
tests_unit_redis_redis_test_CPPFLAGS = $(UNIT_CPPFLAGS) $(HIREDIS_CFLAGS)
tests_unit_redis_redis_test_LDADD = libredis.a libcrypto.a libjson.a libbase.a $(HIREDIS_LIBS) $(JWT_LIBS) \
	$(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
