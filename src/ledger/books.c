/*
 * books.c - what the journal comes to, and closing it for a period.
 */
#include <billfold/ledger.h>

static int
trial_balance(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin_read(c);
	int stmt = flush_addv(f, "SELECT report::text FROM ledger.trial_balance($1, $2, $3)",
			      call_query_text(c, "entity_id"), call_query_text(c, "currency"),
			      call_query_text(c, "as_of"), FLUSH_END);

	if (call_run(c, f, r, err))
		return -1;
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

static int
ledger_lock(struct call *c, struct reply *r, struct err *err)
{
	const char *params[] = { call_body_text(c, "entity_id"), call_body_text(c, "through") };
	struct flush *f = call_begin(c);

	flush_addv(f, "SELECT ledger.lock($1, $2, $3)", uuid_new_z(c->arena), params[0], params[1],
		   FLUSH_END);
	return call_answer_json(
	    c, f,
	    "SELECT json_build_object('object', 'ledger_period', 'id', p.id, 'entity_id', "
	    "p.entity_id, 'locked_through', p.locked_through)::text FROM ledger.period p JOIN "
	    "tenant.tenant t ON t.tenant_id = p.tenant_id WHERE p.entity_id = "
	    "coalesce($1::uuid, t.default_entity_id)",
	    1, params, 200, r, err);
}

static const struct field balance_query[] = {
	{ .name = "entity_id",
	  .type = FT_UUID,
	  .doc = "Of one seller; of all, each by itself, where not given." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "In one currency." },
	{ .name = "as_of",
	  .type = FT_DATE,
	  .doc = "Entries dated up to and with this day; all where not given." },
	{ 0 }
};

static const struct field balance_account[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The documents' currency." },
	{ .name = "account_code", .type = FT_TEXT, .u.len = { 4, 4 }, .doc = "In the chart." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .u.len = { 1, 100 },
	  .doc = "Its name.",
	  .example = "Receivables" },
	{ .name = "kind",
	  .type = FT_TEXT,
	  .u.len = { 1, 20 },
	  .doc = "asset, liability, equity, income or expense." },
	{ .name = "debit", .type = FT_MONEY, .doc = "Sum of debits." },
	{ .name = "credit", .type = FT_MONEY, .doc = "Sum of credits." },
	{ .name = "balance", .type = FT_MONEY, .doc = "Debits less credits." },
	{ .name = "base_debit",
	  .type = FT_MONEY,
	  .doc = "What the debits are worth in the seller's own currency, so far as rates are "
		 "known." },
	{ .name = "base_credit", .type = FT_MONEY, .doc = "The credits, likewise." },
	{ .name = "base_balance", .type = FT_MONEY, .doc = "`base_debit` less `base_credit`." },
	{ 0 }
};

static const struct field balance_base_total[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The seller's own." },
	{ .name = "debit", .type = FT_MONEY, .doc = "Sum of `base_debit`." },
	{ .name = "credit", .type = FT_MONEY, .doc = "Sum of `base_credit`." },
	{ .name = "difference", .type = FT_MONEY, .doc = "Zero, always." },
	{ .name = "lines_without",
	  .type = FT_INT,
	  .doc = "Lines in foreign currencies without a rate: they are in no `base` amount." },
	{ 0 }
};

static const struct field balance_total[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The documents' currency." },
	{ .name = "debit", .type = FT_MONEY, .doc = "Sum of debits." },
	{ .name = "credit", .type = FT_MONEY, .doc = "Sum of credits." },
	{ .name = "difference", .type = FT_MONEY, .doc = "Zero, always." },
	{ 0 }
};

static const struct field balance_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "`trial_balance`." },
	{ .name = "as_of", .type = FT_DATE, .doc = "The day up to which entries count." },
	{ .name = "accounts",
	  .type = FT_LIST,
	  .u.of = { balance_account, 0 },
	  .doc = "Each account with entries, by seller and currency." },
	{ .name = "totals",
	  .type = FT_LIST,
	  .u.of = { balance_total, 0 },
	  .doc = "Their sums by seller and currency." },
	{ .name = "base_totals",
	  .type = FT_LIST,
	  .u.of = { balance_base_total, 0 },
	  .doc = "What all of it is worth in each seller's own currency." },
	{ 0 }
};

static const struct field lock_in[] = {
	{ .name = "entity_id",
	  .type = FT_UUID,
	  .flags = FF_NULLABLE,
	  .doc = "The seller; the tenant's default one where not given." },
	{ .name = "through",
	  .type = FT_DATE,
	  .flags = FF_REQUIRED,
	  .doc = "The last day of the period; it must be over." },
	{ 0 }
};

static const struct field lock_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "`ledger_period`." },
	{ .name = "id", .type = FT_UUID, .doc = "The lock." },
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "locked_through", .type = FT_DATE, .doc = "The last day that is locked." },
	{ 0 }
};

const struct route ledger_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/reports/trial_balance",
	  .module = "accounting",
	  .perm = P_LEDGER_READ,
	  .query = balance_query,
	  .out = balance_out,
	  .status = 200,
	  .run = trial_balance,
	  .doc = "Debits, credits and balance of each account; the sums are equal." },
	{ .method = M_POST,
	  .pattern = "/v1/ledger/lock",
	  .module = "accounting",
	  .perm = P_LEDGER_WRITE,
	  .in = lock_in,
	  .out = lock_out,
	  .status = 200,
	  .run = ledger_lock,
	  .doc = "Closes the books through a day: nothing is booked up to it any more." },
	{ 0 }
};
