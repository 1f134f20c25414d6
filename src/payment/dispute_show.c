/*
 * dispute_show.c - disputes as the API shows them: to read; the bank decides.
 */
#include <billfold/payment.h>

static const char *const dispute_states[] = { "inquiry", "open", "won", "lost", NULL };

static const struct field dispute_fields[] = {
	{ .name = "payment_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "payment",
	  .doc = "The payment that it is about." },
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Who has called the bank." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "invoice",
	  .doc = "The invoice that the charge was for." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What it is about, in minor units." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_READ_ONLY, .doc = "ISO 4217." },
	{ .name = "reason",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "The processor's word for why." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = dispute_states,
	  .doc = "`inquiry`: a question of the bank that may become a dispute; `lost`: the money "
		 "was taken back, and what it had paid is due again; won after that, it is put "
		 "back." },
	{ .name = "withdrawn",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What of it the bank has, in minor units." },
	{ .name = "taken",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What was taken back of the payment in the end; less than `amount` where some of "
		 "it had been given back already." },
	{ .name = "processor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 40 },
	  .doc = "Who charged it." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The account there; null for a processor that needs none." },
	{ .name = "processor_ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 255 },
	  .doc = "The processor's own id of the dispute." },
	{ .name = "closed_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was known to be decided." },
	{ 0 }
};

const struct resource dispute_resource = {
	.name = "dispute",
	.path = "disputes",
	.table = "payment.dispute",
	.view = "payment.dispute_view",
	.ops = OP_READ_ONLY,
	.read = P_PAYMENT_READ,
	.fields = dispute_fields,
	.default_sort = "created_at,id",
	.doc = "A payer has called the bank about a charge.",
};
