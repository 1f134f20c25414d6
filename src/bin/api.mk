sbin_PROGRAMS += billfold-api
billfold_api_SOURCES = src/bin/api.c src/bin/registry.c src/bin/registry.h
billfold_api_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
# The tables of auth and tenant stand on the engine's doors, the engine on auth's callers: hence twice.
billfold_api_LDADD = libreport.a libpayment.a libconnect.a libcollect.a libdocument.a libcatalog.a libbilling.a libledger.a libcrm.a libhttp.a libauth.a libtenant.a libresource.a libjob.a libauth.a \
	libprocess.a libnet.a libredis.a libpg.a libcrypto.a libjson.a libbase.a \
	$(PQ_LIBS) $(HIREDIS_LIBS) $(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) \
	$(CONFUSE_LIBS) $(CSV_LIBS) $(DOCUMENT_LIBS) $(CURL_LIBS)
