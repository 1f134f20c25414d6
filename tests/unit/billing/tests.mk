check_PROGRAMS += tests/unit/billing/bill_test
TESTS += tests/unit/billing/bill_test
tests_unit_billing_bill_test_SOURCES = tests/unit/billing/bill_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_bill_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_bill_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/tax_choose_test
TESTS += tests/unit/billing/tax_choose_test
tests_unit_billing_tax_choose_test_SOURCES = tests/unit/billing/tax_choose_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_tax_choose_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_tax_choose_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/settle_test
TESTS += tests/unit/billing/settle_test
tests_unit_billing_settle_test_SOURCES = tests/unit/billing/settle_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_settle_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_settle_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/posting_test
TESTS += tests/unit/billing/posting_test
tests_unit_billing_posting_test_SOURCES = tests/unit/billing/posting_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_posting_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_posting_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/rate_test
TESTS += tests/unit/billing/rate_test
tests_unit_billing_rate_test_SOURCES = tests/unit/billing/rate_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_rate_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_rate_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/period_test
TESTS += tests/unit/billing/period_test
tests_unit_billing_period_test_SOURCES = tests/unit/billing/period_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_period_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_period_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/credit_test
TESTS += tests/unit/billing/credit_test
tests_unit_billing_credit_test_SOURCES = tests/unit/billing/credit_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_credit_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_credit_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/credit_note_test
TESTS += tests/unit/billing/credit_note_test
tests_unit_billing_credit_note_test_SOURCES = tests/unit/billing/credit_note_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_credit_note_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_credit_note_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/subscribe_test
TESTS += tests/unit/billing/subscribe_test
tests_unit_billing_subscribe_test_SOURCES = tests/unit/billing/subscribe_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_subscribe_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_subscribe_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/change_test
TESTS += tests/unit/billing/change_test
tests_unit_billing_change_test_SOURCES = tests/unit/billing/change_test.c tests/unit/billing/books.c tests/unit/billing/books.h tests/unit/billing/seed.c \
	tests/unit/billing/cases.h
tests_unit_billing_change_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_change_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/subscription_random_test
TESTS += tests/unit/billing/subscription_random_test
tests_unit_billing_subscription_random_test_SOURCES = tests/unit/billing/subscription_random_test.c tests/unit/billing/books.c tests/unit/billing/books.h tests/unit/billing/seed.c \
	tests/unit/billing/cases.h
tests_unit_billing_subscription_random_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_subscription_random_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/billing/schedule_test
TESTS += tests/unit/billing/schedule_test
tests_unit_billing_schedule_test_SOURCES = tests/unit/billing/schedule_test.c tests/unit/billing/seed.c tests/unit/billing/cases.h
tests_unit_billing_schedule_test_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_billing_schedule_test_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)
