/*
 * account_credit.c - what a customer has that no invoice has used: taken off an invoice again by
 * people, and how it has moved.
 *
 * It is used by itself where a later document becomes final, oldest first, unless the tenant's
 * choice `billing.apply_credit` says that people do that; by hand on any open invoice (`apply`).
 */
#include "account_credit.h"
#include "exchange.h"
#include "receipt.h"

#include <billfold/ledger.h>

const struct field release_in[] = {
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED,
	  .u.ref = "invoice",
	  .doc = "The invoice that has used it." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .u.num = { 1, MONEY_MAX },
	  .doc = "How much, in minor units; all that it has used where not given." },
	{ 0 }
};

int
payment_move(const struct payment_move *m, struct call *c, struct reply *r, struct err *err)
{
	const char *id, *invoice = call_body_text(c, "invoice_id");

	if (call_id(c, &payment_resource, &id, err) < 0)
		return -1;
	for (int tries = 1;; tries++) {
		struct flush *read = call_begin(c);
		int stmt, rc;

		flush_addv(read,
			   "SELECT payment.hold(ARRAY(SELECT p.account_id FROM payment.payment p "
			   "WHERE p.id = $1))",
			   id, FLUSH_END);
		stmt = flush_addv(read, m->facts, id, invoice, FLUSH_END);
		exchange_read(read, id, invoice);
		if ((rc = call_run_open(c, read, r, err)) != 0)
			return rc < 0 ? -1 : 0;
		if (m->write(c, id, invoice, read, stmt, r, err) == 0)
			return 0;
		if (err->code != ERR_conflict || tries == RECEIPT_TRIES)
			return -1;
		err_clear(err);
	}
}

enum { RELEASE_ACCOUNT, RELEASE_ENTITY, RELEASE_CURRENCY, RELEASE_USED, RELEASE_DAY };

static int
release_write(struct call *c, const char *id, const char *invoice, const struct flush *read,
	      int stmt, struct reply *r, struct err *err)
{
	int64_t used = flush_int(read, stmt, 0, RELEASE_USED);
	const char *day = flush_value(read, stmt, 0, RELEASE_DAY);
	struct posting_amounts m = { .applied = used };
	struct posting posting;
	struct exchange x;
	bool converted;
	struct flush *f = call_go_on(c);

	if (jval_int(c->body, "amount", &m.applied) && m.applied > used) {
		call_give_up(c);
		err_set(err, ERR_over_allocation,
			"The invoice has used less than that of the payment.");
		return err_field(err, c->arena, "/amount", "over_allocation",
				 "Must be %lld at the most.", (long long)used);
	}
	exchange_load(c->arena, read, stmt + 1, &x);
	if (posting_make(POST_PAYMENT_RELEASED, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, &(struct exchange_move){ invoice, -m.applied }, 1,
			   m.applied, &converted, err) < 0 ||
	    call_if_match(c, f, &payment_resource, id, err) < 0) {
		call_give_up(c);
		return -1;
	}
	flush_addv(f, "SELECT payment.unapply($1, $2, $3, $4)", id, invoice,
		   int_text(c->arena, m.applied), day, FLUSH_END);
	posting_add(f, c->arena, &posting,
		    &(struct posting_document){
			.kind = "payment",
			.id = id,
			.event = "released",
			.entity_id = flush_value(read, stmt, 0, RELEASE_ENTITY),
			.customer_id = flush_value(read, stmt, 0, RELEASE_ACCOUNT),
			.currency = flush_value(read, stmt, 0, RELEASE_CURRENCY),
			.date = day,
			.converted = converted });
	return call_answer(c, f, &payment_resource, id, 200, r, err);
}

int
payment_release(struct call *c, struct reply *r, struct err *err)
{
	static const struct payment_move release = { "SELECT * FROM payment.release_facts($1, $2)",
						     release_write };

	return payment_move(&release, c, r, err);
}

/* ---- how it has moved ---- */

int
account_credit(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;
	int stmt;

	if (call_id(c, registry_find(c->app->registry, "account"), &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, "SELECT statement::text FROM payment.credit_statement($1, $2, $3)", id,
			  call_query_text(c, "from"), call_query_text(c, "to"), FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

/* clang-format off */
const struct field account_credit_query[] = {
	{ .name = "from", .type = FT_DATE, .doc = "The first day; 90 days before the last one where not given." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day; today where not given. A year at the most." },
	{ 0 }
};

static const struct field movement_out[] = {
	{ .name = "date", .type = FT_DATE, .doc = "When it was booked." },
	{ .name = "entry_id", .type = FT_UUID, .doc = "The journal entry." },
	{ .name = "document_kind", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "`invoice` (a credit note), `payment`, `refund`, `dispute`." },
	{ .name = "document_id", .type = FT_UUID, .doc = "The document." },
	{ .name = "event", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "What became of it: `received`, `applied`, `released`, `finalized`, `created`." },
	{ .name = "amount", .type = FT_MONEY, .doc = "Above zero: there is more." },
	{ .name = "balance", .type = FT_MONEY, .doc = "What there is after it." },
	{ 0 }
};

static const struct field credit_balance_out[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller who owes it." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Currency." },
	{ .name = "opening", .type = FT_MONEY, .doc = "Before the first day." },
	{ .name = "closing", .type = FT_MONEY, .doc = "After the last: `opening` and all movements." },
	{ .name = "movements", .type = FT_LIST, .u.of = { movement_out, 0 }, .doc = "In their order." },
	{ 0 }
};

const struct field account_credit_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "`account_credit`." },
	{ .name = "account_id", .type = FT_UUID, .doc = "Whose." },
	{ .name = "from", .type = FT_DATE, .doc = "The first day." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day." },
	{ .name = "balances", .type = FT_LIST, .u.of = { credit_balance_out, 0 }, .doc = "By seller and currency." },
	{ 0 }
};
/* clang-format on */
