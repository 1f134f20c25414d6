check_PROGRAMS += tests/unit/net/net_test
TESTS += tests/unit/net/net_test
tests_unit_net_net_test_SOURCES = tests/unit/net/net_test.c
tests_unit_net_net_test_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src \
	-DPEER_SCRIPT='"$(abs_top_srcdir)/tests/unit/net/peer.py"'
tests_unit_net_net_test_LDADD = libnet.a libbase.a $(CURL_LIBS) $(CONFUSE_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/net/peer.py
