check_PROGRAMS += tests/unit/payment/receipt_test
TESTS += tests/unit/payment/receipt_test
tests_unit_payment_receipt_test_SOURCES = tests/unit/payment/receipt_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_payment_receipt_test_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/payment
tests_unit_payment_receipt_test_LDADD = libpayment.a libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)
