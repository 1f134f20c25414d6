sbin_PROGRAMS += billfold-paymentd
billfold_paymentd_SOURCES = src/bin/paymentd.c
billfold_paymentd_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_paymentd_LDADD = libpayment.a libconnect.a libcollect.a libbilling.a libledger.a libresource.a libjob.a \
	libauth.a libtenant.a libprocess.a libnet.a libredis.a libpg.a libcrypto.a libjson.a libbase.a $(CURL_LIBS) \
	$(PQ_LIBS) $(HIREDIS_LIBS) $(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS)
