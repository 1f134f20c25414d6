/*
 * method.c - each try to charge a method, as the API shows it.
 *
 * Attempts are made by the hosted page, by /pay and by the retry policy; the methods themselves are
 * kept_method.c's.
 */
#include "attempt.h"

static const char *const attempt_states[] = { "new",     "in_flight", "succeeded", "declined",
					      "unknown", "cancelled", NULL };
static const char *const attempt_sources[] = { "customer", "api", "retry", "schedule", NULL };
static const char *const decline_classes[] = { "soft", "hard", NULL };

static const struct field attempt_fields[] = {
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "invoice",
	  .doc = "The invoice to be paid." },
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Who pays." },
	{ .name = "method_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The kept method that was charged, if one was." },
	{ .name = "processor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 40 },
	  .doc = "Who was asked to charge." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The account there; null for a processor that needs none." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "In minor units." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_READ_ONLY, .doc = "ISO 4217." },
	{ .name = "source",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = attempt_sources,
	  .doc = "Who started it: the customer, a program, the retry policy, a schedule." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = attempt_states,
	  .doc = "`in_flight` for days where the payer's bank has it (`processing_at`); `unknown` "
		 "until the processor has been asked what became of it; `cancelled`: never "
		 "charged, because nothing was due any more." },
	{ .name = "decline_class",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.words = decline_classes,
	  .doc = "A hard decline is not tried again." },
	{ .name = "decline_code",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "The processor's reason." },
	{ .name = "processor_ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "The processor's own id of the charge." },
	{ .name = "sent_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When the processor was first asked." },
	{ .name = "processing_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Since when the payer's bank has it, which takes days for a debit; null: it does "
		 "not, or did not, wait for a bank." },
	{ .name = "resolved_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When the outcome was known." },
	{ .name = "fees",
	  .type = FT_REF_LIST,
	  .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { fee_fields, 0 },
	  .doc = "What the processor kept although it was declined: {kind, amount, currency, "
		 "base_amount, booked_on}; negative: gave back. Of one that succeeded they are its "
		 "payment's." },
	{ 0 }
};

const struct resource payment_attempt_resource = {
	.name = "payment_attempt",
	.path = "payment_attempts",
	.table = "payment.attempt",
	.view = "payment.attempt_view",
	.ops = OP_READ_ONLY,
	.read = P_PAYMENT_READ,
	.fields = attempt_fields,
	.default_sort = "created_at,id",
	.doc = "One try to charge one invoice.",
};
