noinst_LIBRARIES += libcrypto.a
libcrypto_a_SOURCES = \
	src/crypto/crypto.c \
	src/crypto/jwt.c \
	src/crypto/jwtcache.c \
	src/crypto/jwtcache.h \
	src/crypto/jwtkeys.c \
	src/crypto/jwtkeys.h \
	src/crypto/known_passwords.def \
	src/crypto/password.c \
	src/crypto/secret.c \
	src/crypto/totp.c
# sodium.h and OpenSSL have names of their own that banned.h bans: they come before it.
libcrypto_a_CPPFLAGS = -include sodium.h -include openssl/evp.h $(AM_CPPFLAGS) $(JWT_CFLAGS) $(SODIUM_CFLAGS) $(OATH_CFLAGS) $(CRYPTO_CFLAGS) \
	$(JSONC_CFLAGS)
