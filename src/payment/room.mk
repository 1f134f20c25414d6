noinst_LIBRARIES += libpayment.a
libpayment_a_SOURCES = \
	src/payment/account_credit.c \
	src/payment/account_credit.h \
	src/payment/attempt.c \
	src/payment/attempt.h \
	src/payment/charge.c \
	src/payment/charge_facts.c \
	src/payment/conversion.c \
	src/payment/dispute.c \
	src/payment/dispute_show.c \
	src/payment/exchange.h \
	src/payment/exchange_facts.c \
	src/payment/fee.c \
	src/payment/hosted.c \
	src/payment/hosted.h \
	src/payment/hosted_page.c \
	src/payment/kept_method.c \
	src/payment/key.c \
	src/payment/link.c \
	src/payment/mandate.c \
	src/payment/method.c \
	src/payment/pay.c \
	src/payment/pay.h \
	src/payment/payment.c \
	src/payment/poll.c \
	src/payment/processor.c \
	src/payment/receipt.c \
	src/payment/receipt.h \
	src/payment/refund.c \
	src/payment/refund.h \
	src/payment/refund_job.c \
	src/payment/refund_plan.c \
	src/payment/refund_told.c \
	src/payment/seal.c \
	src/payment/setup.c \
	src/payment/setup_job.c \
	src/payment/told.c \
	src/payment/told.h \
	src/payment/receipt_plan.c
libpayment_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)
