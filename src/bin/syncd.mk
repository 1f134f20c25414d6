sbin_PROGRAMS += billfold-syncd
billfold_syncd_SOURCES = src/bin/syncd.c
billfold_syncd_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_syncd_LDADD = libconnect.a libjob.a libauth.a libtenant.a libprocess.a libredis.a libpg.a libcrypto.a \
	libjson.a libbase.a $(PQ_LIBS) $(HIREDIS_LIBS) $(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS)
