/*
 * journal_entry.c - entries of the journal as the API shows them: to read, never to write.
 */
#include <billfold/ledger.h>

static const struct field line_fields[] = {
	{ .name = "account_code",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "Account of the chart." },
	{ .name = "customer_account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.ref = "account",
	  .doc = "The customer." },
	{ .name = "debit", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Minor units." },
	{ .name = "credit", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Minor units." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "base_debit",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "In the entity's currency." },
	{ .name = "base_credit",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "In the entity's currency." },
	{ 0 }
};

static const struct field journal_entry_fields[] = {
	{ .name = "entity_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY,
	  .u.ref = "entity",
	  .doc = "The seller whose books it is in." },
	{ .name = "document_kind",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 50 },
	  .doc = "What kind of document it books: `invoice`, `payment`." },
	{ .name = "document_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .doc = "The document." },
	{ .name = "event",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 50 },
	  .doc = "What happened to it: `finalized`, `voided`, `received`." },
	{ .name = "entry_date",
	  .type = FT_DATE,
	  .flags = FF_READ_ONLY | FF_FILTER | FF_SORT,
	  .doc = "The day that it counts for." },
	{ .name = "memo",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 0, 500 },
	  .doc = "A note." },
	{ .name = "lines",
	  .type = FT_REF_LIST,
	  .flags = FF_READ_ONLY,
	  .u.of = { line_fields, 0 },
	  .doc =
	      "Debits and credits in minor units: {account_code, customer_account_id, debit, "
	      "credit, currency, base_debit, base_credit}; base amounts are null where no exchange "
	      "rate is known." },
	{ 0 }
};

const struct resource journal_entry_resource = {
	.name = "journal_entry",
	.module = "accounting",
	.path = "journal_entries",
	.table = "ledger.entry",
	.view = "ledger.journal_entry_view",
	.ops = OP_READ | OP_LIST | OP_SEARCH,
	.read = P_LEDGER_READ,
	.write = P_LEDGER_WRITE,
	.fields = journal_entry_fields,
	.default_sort = "created_at,id",
	.doc = "An entry of the journal: what a document debited and credited.",
};
