/*
 * payment.c - money that has arrived, recorded by hand or by a processor.
 *
 * The first flush holds the payer and reads their open items, C decides what the money pays, the
 * second writes payment, allocations, invoices, journal and events in the same transaction, on
 * condition that the items are as they were read; where a void was faster, the decision is made
 * anew. No invoice is paid twice, none
 * below zero. What no invoice has used is the account's credit: its next document takes it, or
 * somebody applies it.
 */
#include "account_credit.h"
#include "attempt.h"
#include "exchange.h"

#include <billfold/ledger.h>

#include <billfold/resource/write.h>

static const char *const payment_kinds[] = { "bank",          "cash",     "card",   "debit",
					     "bank_redirect", "transfer", "wallet", "pay_later",
					     "voucher",       "other",    "credit", NULL };

static const struct field allocation_fields[] = {
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The allocation." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED,
	  .u.ref = "invoice",
	  .doc = "The invoice." },
	{ .name = "number",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Its number." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "How much." },
	{ .name = "applied_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "When." },
	{ .name = "refund_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.ref = "refund",
	  .doc = "The refund that took it back." },
	{ .name = "dispute_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.ref = "dispute",
	  .doc = "The dispute that took it back." },
	{ .name = "credit_id",
	  .type = FT_UUID,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "The account's credit that it became." },
	{ .name = "released",
	  .type = FT_BOOL,
	  .flags = FF_REQUIRED,
	  .doc = "Whether it was taken off the invoice again." },
	{ 0 }
};

static const struct field payment_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Who paid." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_CREATE,
	  .u.num = { 1, MONEY_MAX },
	  .doc = "What arrived, in minor units; more than zero." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_CREATE | FF_FILTER,
	  .doc = "ISO 4217; the invoice's or else the account's where not given." },
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_CREATE | FF_FILTER,
	  .u.words = payment_kinds,
	  .doc =
	      "How it came; `bank` where not given. Of what a processor takes: `card`; `debit`, of "
	      "a bank account; `bank_redirect`, the payer tells their bank on its own page or app "
	      "(iDEAL, Bancontact); `transfer`, to the processor's bank account; `wallet`; "
	      "`pay_later`, in instalments that somebody else collects; `voucher`. `credit`: no "
	      "money came, a document in the customer's favour gave it; such are not recorded "
	      "here." },
	{ .name = "method_type",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 40 },
	  .doc =
	      "The same in the processor's own word: `ideal`, `klarna`; null: it has not said." },
	{ .name = "received_on",
	  .type = FT_DATE,
	  .flags = FF_CREATE | FF_FILTER | FF_SORT,
	  .doc = "Day of arrival, not after the business day, which it is where not given." },
	{ .name = "reference",
	  .type = FT_TEXT,
	  .flags = FF_CREATE | FF_NULLABLE | FF_FILTER,
	  .u.len = { 1, 200 },
	  .doc = "What the transfer said." },
	{ .name = "exchange_rate",
	  .type = FT_DECIMAL,
	  .flags = FF_CREATE | FF_NULLABLE,
	  .doc =
	      "Of a payment in a foreign currency: units of the seller's own for one of it on that "
	      "day; that of the first invoice that it pays where not given. What it differs by "
	      "from an invoice's is booked as gained or lost by exchange." },
	{ .name = "notes",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 2000 },
	  .doc = "For your people." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_CREATE | FF_NULLABLE,
	  .u.ref = "invoice",
	  .doc = "The one invoice that it pays; where not given, all that are open, oldest due "
		 "first. What is left over stays the account's credit, and its next invoice uses "
		 "it." },
	{ .name = "unapplied",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .doc = "What no invoice has used yet, in minor units." },
	{ .name = "refunded",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What was given back of it or is on its way back, in minor units." },
	{ .name = "charged_back",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What banks took back of it by disputes that were lost, in minor units." },
	{ .name = "entity_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY,
	  .u.ref = "entity",
	  .doc = "The seller that received it." },
	{ .name = "attempt_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The attempt that brought it." },
	{ .name = "allocations",
	  .type = FT_REF_LIST,
	  .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { allocation_fields, 0 },
	  .doc =
	      "What it paid: {invoice_id, number, amount, applied_on, refund_id, dispute_id, "
	      "credit_id, "
	      "released}; a refund or lost dispute that took some of it back, a credit note or a "
	      "person that released it, is a row of its own, negative." },
	{ .name = "fees",
	  .type = FT_REF_LIST,
	  .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { fee_fields, 0 },
	  .doc =
	      "What the processor kept of it, in the currency that it settles in: {kind, amount, "
	      "currency, base_amount, booked_on}; negative: gave back." },
	{ .name = "conversions",
	  .type = FT_REF_LIST,
	  .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { conversion_fields, 0 },
	  .doc =
	      "What the processor exchanged of it, and of what went back, into the currency that "
	      "it settles in: {kind, amount, settled, settled_currency, base_amount, "
	      "booked_on}." },
	{ 0 }
};

static int
payment_create(struct call *c, struct reply *r, struct err *err)
{
	struct receipt rec = { .id = uuid_new_z(c->arena), .kind = "bank" };
	struct flush *read, *f;
	struct write *w;
	int stmt, rc;

	if (write_plan(c, &payment_resource, true, rec.id, &w, err) < 0)
		return -1;
	rec.account_id = call_body_text(c, "account_id");
	rec.currency = call_body_text(c, "currency");
	rec.received_on = call_body_text(c, "received_on");
	rec.reference = call_body_text(c, "reference");
	rec.notes = call_body_text(c, "notes");
	rec.exchange_rate = call_body_text(c, "exchange_rate");
	rec.invoice_id = call_body_text(c, "invoice_id");
	if (call_body_text(c, "kind") != NULL)
		rec.kind = call_body_text(c, "kind");
	jval_int(c->body, "amount", &rec.amount);
	if (strcmp(rec.kind, "credit") == 0)
		return err_field(err, c->arena, "/kind", "invalid",
				 "What no money came for is given by a credit note.");

	for (int tries = 1;; tries++) {
		read = call_begin(c);
		flush_addv(read, "SELECT payment.hold(ARRAY[$1::uuid, crm.payer($1)])",
			   rec.account_id, FLUSH_END);
		stmt = receipt_read(read, &rec);
		if ((rc = call_run_open(c, read, r, err)) != 0)
			return rc < 0 ? -1 : 0;
		f = call_go_on(c);
		if (receipt_add(f, c->arena, &rec, read, stmt, err) < 0) {
			call_give_up(c);
			return -1;
		}
		write_add_external_ids(w, f);
		if (call_answer(c, f, &payment_resource, rec.id, 201, r, err) == 0)
			return 0;
		if (err->code != ERR_conflict || tries == RECEIPT_TRIES)
			return write_failed(w, err);
		err_clear(err);
	}
}

/* ---- what came in before is used on an invoice ---- */

static const struct field apply_in[] = {
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED,
	  .u.ref = "invoice",
	  .doc = "An open invoice of the payment's account." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .u.num = { 1, MONEY_MAX },
	  .doc = "How much of it, in minor units; as much as is left and due where not given." },
	{ 0 }
};

enum { APPLY_ACCOUNT, APPLY_ENTITY, APPLY_CURRENCY, APPLY_UNAPPLIED, APPLY_DUE, APPLY_DAY };

/* How much; refuses what is more than there is. */
static int
apply_amount(struct call *c, const struct flush *read, int stmt, int64_t *ret, struct err *err)
{
	int64_t unapplied = flush_int(read, stmt, 0, APPLY_UNAPPLIED);
	int64_t due = flush_int(read, stmt, 0, APPLY_DUE);

	*ret = unapplied < due ? unapplied : due;
	if (!jval_int(c->body, "amount", ret) || *ret <= (unapplied < due ? unapplied : due))
		return 0;
	err_set(err, ERR_over_allocation, "%s",
		*ret > unapplied ? "Less than that is left of the payment."
				 : "Less than that is due on the invoice.");
	return err_field(err, c->arena, "/amount", "over_allocation", "Must be %lld at the most.",
			 (long long)(unapplied < due ? unapplied : due));
}

static int
apply_write(struct call *c, const char *id, const char *invoice, const struct flush *read, int stmt,
	    struct reply *r, struct err *err)
{
	struct posting_amounts m = { 0 };
	struct posting posting;
	struct exchange x;
	struct flush *f;
	bool converted;

	f = call_go_on(c);
	exchange_load(c->arena, read, stmt + 1, &x);
	if (apply_amount(c, read, stmt, &m.applied, err) < 0 ||
	    posting_make(POST_PAYMENT_APPLIED, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, &(struct exchange_move){ invoice, m.applied }, 1,
			   -m.applied, &converted, err) < 0 ||
	    call_if_match(c, f, &payment_resource, id, err) < 0) {
		call_give_up(c);
		return -1;
	}
	flush_addv(f, "SELECT payment.apply($1, $2, $3, $4, $5)", id, invoice,
		   int_text(c->arena, m.applied), flush_value(read, stmt, 0, APPLY_DUE),
		   flush_value(read, stmt, 0, APPLY_DAY), FLUSH_END);
	posting_add(f, c->arena, &posting,
		    &(struct posting_document){
			.kind = "payment",
			.id = id,
			.event = "applied",
			.entity_id = flush_value(read, stmt, 0, APPLY_ENTITY),
			.customer_id = flush_value(read, stmt, 0, APPLY_ACCOUNT),
			.currency = flush_value(read, stmt, 0, APPLY_CURRENCY),
			.date = flush_value(read, stmt, 0, APPLY_DAY),
			.converted = converted });
	return call_answer(c, f, &payment_resource, id, 200, r, err);
}

static int
payment_apply(struct call *c, struct reply *r, struct err *err)
{
	static const struct payment_move apply = { "SELECT * FROM payment.apply_facts($1, $2)",
						   apply_write };

	return payment_move(&apply, c, r, err);
}

static const struct child payment_children[] = {
	{ .name = "refunds", .resource = &refund_resource, .parent_column = "payment_id" },
	{ .name = "disputes", .resource = &dispute_resource, .parent_column = "payment_id" },
	{ 0 }
};

static const struct action payment_actions[] = {
	{ .name = "apply",
	  .perm = P_PAYMENT_WRITE,
	  .in = apply_in,
	  .run = payment_apply,
	  .doc = "Uses what is left of the payment on an open invoice of its account." },
	{ .name = "release",
	  .perm = P_PAYMENT_WRITE,
	  .in = release_in,
	  .run = payment_release,
	  .doc = "Takes what an invoice has used off it again: it is the account's credit, and the "
		 "invoice is open by it." },
	{ 0 }
};

const struct resource payment_resource = {
	.name = "payment",
	.path = "payments",
	.table = "payment.payment",
	.view = "payment.payment_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH | OP_AGGREGATE,
	.read = P_PAYMENT_READ,
	.write = P_PAYMENT_WRITE,
	.fields = payment_fields,
	.children = payment_children,
	.actions = payment_actions,
	.default_sort = "created_at,id",
	.external_ids = true,
	.create = payment_create,
	.doc = "Money that has arrived from a customer.",
};
