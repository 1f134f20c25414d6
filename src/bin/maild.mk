sbin_PROGRAMS += billfold-maild
billfold_maild_SOURCES = src/bin/maild.c
billfold_maild_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_maild_LDADD = libcollect.a libconnect.a libdocument.a libresource.a libjob.a libauth.a libtenant.a libprocess.a \
	libnet.a libredis.a libpg.a libcrypto.a libjson.a libbase.a $(DOCUMENT_LIBS) $(CURL_LIBS) $(PQ_LIBS) \
	$(HIREDIS_LIBS) $(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS)
