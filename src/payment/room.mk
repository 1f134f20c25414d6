noinst_LIBRARIES += libpayment.a
libpayment_a_SOURCES =
libpayment_a_CPPFLAGS = $(AM_CPPFLAGS)
