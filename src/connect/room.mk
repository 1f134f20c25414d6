noinst_LIBRARIES += libconnect.a
libconnect_a_SOURCES = \
	src/connect/accounting_export.c \
	src/connect/accounting_files.c \
	src/connect/maild.c \
	src/connect/maild.h \
	src/connect/mail_in.c \
	src/connect/mailbox.c \
	src/connect/mailbox.h \
	src/connect/mailbox_settings.c \
	src/connect/mailer_smtp.c \
	src/connect/processor.c \
	src/connect/processor_account.c \
	src/connect/processor_manual.c \
	src/connect/processor_sandbox.c \
	src/connect/processor_event.c \
	src/connect/processor_stripe.c \
	src/connect/processor_webhook.c \
	src/connect/processors.h \
	src/connect/send_document.c \
	src/connect/send_link.c \
	src/connect/sigv4.c \
	src/connect/sigv4.h \
	src/connect/store.c \
	src/connect/store_s3.c \
	src/connect/store_s3.h \
	src/connect/stripe.h \
	src/connect/stripe_amount.c \
	src/connect/stripe_call.c \
	src/connect/stripe_account.c \
	src/connect/stripe_charge.c \
	src/connect/stripe_checkout.c \
	src/connect/stripe_method.c \
	src/connect/stripe_mandate.c \
	src/connect/stripe_way.c \
	src/connect/stripe_decline.c \
	src/connect/stripe_dispute.c \
	src/connect/stripe_event.c \
	src/connect/stripe_form.c \
	src/connect/stripe_id.c \
	src/connect/stripe_look.c \
	src/connect/stripe_poll.c \
	src/connect/stripe_refund.c
libconnect_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(CURL_CFLAGS)
EXTRA_DIST += src/connect/README.md
