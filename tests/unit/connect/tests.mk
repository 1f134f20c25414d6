CONNECT_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src $(JSONC_CFLAGS) \
	-DPEER_SCRIPT='"$(abs_top_srcdir)/tests/unit/net/peer.py"'
CONNECT_TEST_LIBS = libconnect.a libdocument.a libresource.a libjob.a libauth.a libtenant.a libprocess.a libnet.a \
	libredis.a libpg.a libcrypto.a libjson.a libbase.a $(DOCUMENT_LIBS) $(CURL_LIBS) $(PQ_LIBS) $(HIREDIS_LIBS) \
	$(JSONC_LIBS) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/connect/maild_test
TESTS += tests/unit/connect/maild_test
tests_unit_connect_maild_test_SOURCES = tests/unit/connect/maild_test.c tests/unit/connect/house.h
tests_unit_connect_maild_test_CPPFLAGS = $(CONNECT_TEST_CPPFLAGS)
tests_unit_connect_maild_test_LDADD = $(CONNECT_TEST_LIBS)
check_PROGRAMS += tests/unit/connect/processor_test
TESTS += tests/unit/connect/processor_test
tests_unit_connect_processor_test_SOURCES = tests/unit/connect/processor_test.c tests/unit/connect/house.h
tests_unit_connect_processor_test_CPPFLAGS = $(CONNECT_TEST_CPPFLAGS)
tests_unit_connect_processor_test_LDADD = $(CONNECT_TEST_LIBS)
check_PROGRAMS += tests/unit/connect/accounting_test
TESTS += tests/unit/connect/accounting_test
tests_unit_connect_accounting_test_SOURCES = tests/unit/connect/accounting_test.c tests/unit/connect/house.h
tests_unit_connect_accounting_test_CPPFLAGS = $(CONNECT_TEST_CPPFLAGS)
tests_unit_connect_accounting_test_LDADD = $(CONNECT_TEST_LIBS)
check_PROGRAMS += tests/unit/connect/stripe_test
TESTS += tests/unit/connect/stripe_test
tests_unit_connect_stripe_test_SOURCES = tests/unit/connect/stripe_test.c
tests_unit_connect_stripe_test_CPPFLAGS = $(CONNECT_TEST_CPPFLAGS)
tests_unit_connect_stripe_test_LDADD = $(CONNECT_TEST_LIBS)
check_PROGRAMS += tests/unit/connect/store_s3_test
TESTS += tests/unit/connect/store_s3_test
tests_unit_connect_store_s3_test_SOURCES = tests/unit/connect/store_s3_test.c
tests_unit_connect_store_s3_test_CPPFLAGS = $(CONNECT_TEST_CPPFLAGS) -DSTANDIN_SCRIPT='"$(abs_top_srcdir)/tests/stand-in/s3/server.py"'
tests_unit_connect_store_s3_test_LDADD = $(CONNECT_TEST_LIBS)
