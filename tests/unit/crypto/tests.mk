check_PROGRAMS += tests/unit/crypto/jwt_test
TESTS += tests/unit/crypto/jwt_test
tests_unit_crypto_jwt_test_SOURCES = tests/unit/crypto/jwt_test.c
tests_unit_crypto_jwt_test_CPPFLAGS = -include openssl/evp.h $(UNIT_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_crypto_jwt_test_LDADD = libcrypto.a libjson.a libbase.a $(JWT_LIBS) $(OATH_LIBS) \
	$(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/crypto/secret_test
TESTS += tests/unit/crypto/secret_test
tests_unit_crypto_secret_test_SOURCES = tests/unit/crypto/secret_test.c
tests_unit_crypto_secret_test_CPPFLAGS = -include openssl/evp.h $(UNIT_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_crypto_secret_test_LDADD = libcrypto.a libjson.a libbase.a $(JWT_LIBS) $(OATH_LIBS) \
	$(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/crypto/password_test
TESTS += tests/unit/crypto/password_test
tests_unit_crypto_password_test_SOURCES = tests/unit/crypto/password_test.c
tests_unit_crypto_password_test_CPPFLAGS = -include openssl/evp.h $(UNIT_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_crypto_password_test_LDADD = libcrypto.a libjson.a libbase.a $(JWT_LIBS) $(OATH_LIBS) \
	$(CRYPTO_LIBS) $(SODIUM_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
