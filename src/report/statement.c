/*
 * statement.c - what an account owes and how it came about: `GET /v1/accounts/{id}/statement`.
 */
#include <billfold/report.h>

static int
account_statement(struct call *c, struct reply *r, struct err *err)
{
	const char *id, *children = call_query_text(c, "include_children");
	struct flush *f;
	int stmt;

	if (call_id(c, registry_find(c->app->registry, "account"), &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, "SELECT statement::text FROM report.account_statement($1, $2, $3, $4)",
			  id, call_query_text(c, "from"), call_query_text(c, "to"),
			  children ? children : "false", FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

/* clang-format off */
static const struct field statement_query[] = {
	{ .name = "from", .type = FT_DATE, .doc = "The first day; 90 days before the last one where not given." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day; today where not given. A year at the most." },
	{ .name = "include_children", .type = FT_BOOL, .doc = "With the accounts below it." },
	{ 0 }
};

static const struct field movement_out[] = {
	{ .name = "date", .type = FT_DATE, .doc = "When it was booked." },
	{ .name = "entry_id", .type = FT_UUID, .doc = "The journal entry." },
	{ .name = "document_kind", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "`invoice` of any kind, `payment`, `refund`, `dispute`." },
	{ .name = "document_id", .type = FT_UUID, .doc = "The document." },
	{ .name = "number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Its number, where it has one." },
	{ .name = "event", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "What became of it: `finalized`, `voided`, `received`, `created`." },
	{ .name = "amount", .type = FT_MONEY, .doc = "Above zero: more is owed." },
	{ .name = "balance", .type = FT_MONEY, .doc = "What is owed after it." },
	{ 0 }
};

#define DOCUMENT_FIELDS \
	{ .name = "invoice_id", .type = FT_UUID, .doc = "The document." }, \
	{ .name = "number", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Its number." }, \
	{ .name = "kind", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "Its kind." }, \
	{ .name = "issue_date", .type = FT_DATE, .doc = "When it was issued." }, \
	{ .name = "due_date", .type = FT_DATE, .doc = "When it is due." }, \
	{ .name = "payable", .type = FT_MONEY, .doc = "What it asks for; below zero: what it gives back." }, \
	{ .name = "credited", .type = FT_MONEY, .doc = "Of that, given back by its credit notes." }, \
	{ .name = "paid", .type = FT_MONEY, .doc = "Of that, paid." }, \
	{ .name = "amount_due", .type = FT_MONEY, .doc = "What is due on it." }, \
	{ .name = "days_overdue", .type = FT_INT, .doc = "Days after its due date, where something is due." }

static const struct field adjustment_out[] = { DOCUMENT_FIELDS, { 0 } };

static const struct field document_out[] = {
	DOCUMENT_FIELDS,
	{ .name = "adjustments", .type = FT_LIST, .u.of = { adjustment_out, 0 }, .doc = "Its debit and credit notes." },
	{ 0 }
};

static const struct field balance_out[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Currency." },
	{ .name = "opening", .type = FT_MONEY, .doc = "What was owed before the first day; below zero: what the customer had." },
	{ .name = "invoices", .type = FT_MONEY, .doc = "Invoiced, less what was voided." },
	{ .name = "debits", .type = FT_MONEY, .doc = "By debit notes." },
	{ .name = "credits", .type = FT_MONEY, .doc = "By documents in the customer's favour." },
	{ .name = "payments", .type = FT_MONEY, .doc = "Received, less what was given back or charged back." },
	{ .name = "closing", .type = FT_MONEY, .doc = "`opening` + `invoices` + `debits` - `credits` - `payments`." },
	{ .name = "due", .type = FT_MONEY, .doc = "What is due on documents; `closing` is that less `unapplied`." },
	{ .name = "overdue", .type = FT_MONEY, .doc = "Of that, past its due date." },
	{ .name = "unapplied", .type = FT_MONEY, .doc = "What the customer has that no invoice has used." },
	{ .name = "movements", .type = FT_LIST, .u.of = { movement_out, 0 }, .doc = "In their order." },
	{ .name = "documents", .type = FT_LIST, .u.of = { document_out, 0 },
	  .doc = "Those that were due on the last day, or issued or paid since the first, as they stood on the last." },
	{ 0 }
};

static const struct field statement_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "`account_statement`." },
	{ .name = "account_id", .type = FT_UUID, .doc = "Whose." },
	{ .name = "from", .type = FT_DATE, .doc = "The first day." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day." },
	{ .name = "include_children", .type = FT_BOOL, .doc = "Whether the accounts below it are in it." },
	{ .name = "balances", .type = FT_LIST, .u.of = { balance_out, 0 }, .doc = "By seller and currency." },
	{ 0 }
};
/* clang-format on */

const struct route report_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/accounts/{id}/statement",
	  .perm = P_INVOICE_READ,
	  .query = statement_query,
	  .out = statement_out,
	  .status = 200,
	  .run = account_statement,
	  .doc =
	      "What the account owes: before the first day, how it moved, after the last, and the "
	      "documents behind it, each with its debit and credit notes." },
	{ 0 },
};
