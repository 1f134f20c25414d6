sbin_PROGRAMS += billfold-invoiced
billfold_invoiced_SOURCES = src/bin/invoiced.c
billfold_invoiced_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_invoiced_LDADD = libdocument.a libbilling.a libresource.a libjob.a libauth.a libtenant.a libprocess.a \
	libredis.a libpg.a libcrypto.a libjson.a libbase.a $(DOCUMENT_LIBS) $(PQ_LIBS) $(HIREDIS_LIBS) \
	$(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS)
