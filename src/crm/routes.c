/*
 * routes.c - what is asked of accounts besides the resource: their history, and what they owe.
 */
#include "routes.h"

#include <billfold/resource/feed.h>

static int
account_balance(struct call *c, struct reply *r, struct err *err)
{
	const char *children = call_query_text(c, "include_children"), *id;
	struct flush *f;
	int stmt;

	if (call_id(c, &account_resource, &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, "SELECT crm.balance_of($1::uuid, $2::boolean)::text", id,
			  children ? children : "false", FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	if (!flush_value(f, stmt, 0, 0))
		return err_set(err, ERR_not_found, "No such account.");
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

/* clang-format off */
static const struct field balance_query[] = {
	{ .name = "include_children", .type = FT_BOOL, .doc = "With all accounts below this one." },
	{ 0 }
};

static const struct field balance_fields[] = {
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "amount_due", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What is due on open invoices." },
	{ .name = "overdue", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What of it is overdue." },
	{ .name = "unapplied", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Money received and not yet used." },
	{ 0 }
};

static const struct field balance_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "`account_balance`." },
	{ .name = "account_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The account." },
	{ .name = "accounts", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 1, INT64_MAX }, .doc = "How many accounts it is the balance of." },
	{ .name = "balances", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { balance_fields, 0 }, .doc = "One for each currency, in minor units." },
	{ 0 }
};

const struct route crm_routes[] = {
	{ .method = M_GET, .pattern = "/v1/accounts/{id}/timeline", .perm = P_ACCOUNT_READ, .query = timeline_query,
	  .out = timeline_out, .status = 200, .run = account_timeline,
	  .doc = "What happened to a customer, newest first: deals, calls, notes, tasks, invoices, mails, payments; "
		 "what the caller may see of it." },
	{ .method = M_GET, .pattern = "/v1/accounts/{id}/balance", .perm = P_ACCOUNT_READ, .query = balance_query,
	  .out = balance_out, .status = 200, .run = account_balance,
	  .doc = "What a customer owes, by currency; of a group, with `include_children`." },
	{ 0 }
};
/* clang-format on */
