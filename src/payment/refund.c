/*
 * refund.c - money of a payment that goes back: asked for, and as the API shows it.
 *
 * What no invoice has used is given back as it is; what an invoice has used only where the request
 * names it, since that opens it again. The first flush holds the payer and reads what there is, C
 * decides, the second writes refund, payment, invoice, journal and events on condition that it is
 * as it was read. Where people received the money, or say that they give it back in a processor's
 * stead, it is booked at once; a processor is asked by the payment worker, and until it is out the
 * journal owes it.
 */
#include "receipt.h"
#include "refund.h"

enum { FACT_ACCOUNT, FACT_ENTITY, FACT_CURRENCY, FACT_KIND, FACT_PROCESSOR, FACT_LEFT, FACT_DAY };

const struct field refund_in[] = {
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .u.num = { 1, MONEY_MAX },
	  .doc = "What goes back, in minor units of the payment's currency." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .u.ref = "invoice",
	  .doc = "An invoice that the payment has paid: it is open again by the amount. Without it "
		 "only what no invoice has used is given back." },
	{ .name = "reason",
	  .type = FT_TEXT,
	  .u.len = { 1, 500 },
	  .doc = "Why; for your people and the history." },
	{ .name = "by_hand",
	  .type = FT_BOOL,
	  .doc = "People give back what a processor took, by a transfer: it is not asked. For a "
		 "charge of an account there that is paused, removed or another one by now." },
	{ 0 }
};

struct wanted {
	const char *id, *payment, *invoice, *reason;
	int64_t amount;
	bool by_hand;
};

/* Never more than there is of what it is taken from. */
static int
check_amount(struct call *c, const struct wanted *w, int64_t left, struct err *err)
{
	if (w->amount <= left)
		return 0;
	err_set(err, ERR_over_allocation, "%s",
		w->invoice  ? "The invoice has used less than that of the payment."
		: left == 0 ? "Invoices have used all of the payment: name the one that is to be "
			      "open again."
			    : "Less than that is left of the payment.");
	return err_field(err, c->arena, "/amount", "over_allocation", "Must be %lld at the most.",
			 (long long)left);
}

void
refund_post(struct flush *f, struct arena *a, const struct refund_entry *e,
	    const struct posting *posting)
{
	posting_add(f, a, posting,
		    &(struct posting_document){ .kind = "refund",
						.id = e->id,
						.event = e->event,
						.entity_id = e->entity_id,
						.customer_id = e->account_id,
						.currency = e->currency,
						.date = e->date,
						.converted = e->converted });
}

static void
add_refund(struct flush *f, struct arena *a, const struct wanted *w, const char *day)
{
	struct pg_array *invoices = pg_array_new(a), *amounts = pg_array_new(a);

	if (w->invoice) {
		pg_array_add(invoices, w->invoice);
		pg_array_add_int(amounts, w->amount);
	}
	flush_addv(f,
		   "SELECT payment.refund_add($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, "
		   "$10)",
		   w->id, w->payment, int_text(a, w->amount),
		   int_text(a, w->invoice ? 0 : w->amount), w->invoice, pg_array_text(invoices),
		   pg_array_text(amounts), day, w->reason, w->by_hand ? "t" : "f", FLUSH_END);
}

static int
write_refund(struct call *c, const struct wanted *w, const struct flush *read, int stmt,
	     struct reply *r, struct err *err)
{
	bool by_hand = flush_value(read, stmt, 0, FACT_PROCESSOR) == NULL;
	const char *day = flush_value(read, stmt, 0, FACT_DAY);
	struct posting_amounts m = {
		.applied = w->invoice ? w->amount : 0,
		.unapplied = w->invoice ? 0 : w->amount,
		.method =
		    by_hand ? posting_method(flush_value(read, stmt, 0, FACT_KIND)) : PAY_REFUNDS,
	};
	struct posting posting;
	struct exchange x;
	bool converted;
	struct flush *f = call_go_on(c);

	exchange_load(c->arena, read, stmt + 1, &x);

	if (check_amount(c, w, flush_int(read, stmt, 0, FACT_LEFT), err) < 0 ||
	    posting_make(POST_PAYMENT_RETURNED, &m, &posting, err) < 0 ||
	    exchange_value(&x, &posting, &(struct exchange_move){ w->invoice, -m.applied },
			   w->invoice != NULL, -m.unapplied, &converted, err) < 0 ||
	    call_if_match(c, f, &payment_resource, w->payment, err) < 0) {
		call_give_up(c);
		return -1;
	}
	add_refund(f, c->arena, w, day);
	refund_post(f, c->arena,
		    &(struct refund_entry){ .id = w->id,
					    .event = "created",
					    .entity_id = flush_value(read, stmt, 0, FACT_ENTITY),
					    .account_id = flush_value(read, stmt, 0, FACT_ACCOUNT),
					    .currency = flush_value(read, stmt, 0, FACT_CURRENCY),
					    .date = day,
					    .converted = converted },
		    &posting);
	return call_answer(c, f, &refund_resource, w->id, 201, r, err);
}

int
refund_create(struct call *c, struct reply *r, struct err *err)
{
	struct wanted w = { .id = uuid_new_z(c->arena) };
	struct flush *read;
	int stmt, rc;

	if (call_id(c, &payment_resource, &w.payment, err) < 0)
		return -1;
	jval_int(c->body, "amount", &w.amount);
	jval_bool(c->body, "by_hand", &w.by_hand);
	w.invoice = call_body_text(c, "invoice_id");
	w.reason = call_body_text(c, "reason");
	for (int tries = 1;; tries++) {
		read = call_begin(c);
		flush_addv(read,
			   "SELECT payment.hold(ARRAY(SELECT p.account_id FROM payment.payment p "
			   "WHERE p.id = $1))",
			   w.payment, FLUSH_END);
		stmt = flush_addv(read, "SELECT * FROM payment.refund_facts($1, $2, $3)", w.payment,
				  w.invoice, w.by_hand ? "t" : "f", FLUSH_END);
		exchange_read(read, w.payment, w.invoice);
		if ((rc = call_run_open(c, read, r, err)) != 0)
			return rc < 0 ? -1 : 0;
		if (write_refund(c, &w, read, stmt, r, err) == 0)
			return 0;
		if (err->code != ERR_conflict || tries == RECEIPT_TRIES)
			return -1;
		err_clear(err);
	}
}

/* ---- as it is shown ---- */

static const char *const refund_states[] = { "new",       "in_flight", "unknown",
					     "succeeded", "failed",    NULL };

static const struct field refund_fields[] = {
	{ .name = "payment_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "payment",
	  .doc = "The payment that it is of." },
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Who gets it." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.ref = "invoice",
	  .doc = "The invoice that it has opened again; null: of what no invoice had used." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "In minor units." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_READ_ONLY, .doc = "ISO 4217." },
	{ .name = "reason",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 500 },
	  .doc = "Why it was given back." },
	{ .name = "processor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 40 },
	  .doc = "Who gives it back: who charged it; null: people do." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The account there; null for a processor that needs none." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = refund_states,
	  .doc = "`unknown` until the processor has been asked what became of it; `failed`: the "
		 "money is the payment's again." },
	{ .name = "failure_code",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "The processor's reason." },
	{ .name = "processor_ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "The processor's own id of the refund." },
	{ .name = "sent_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When the processor was first asked." },
	{ .name = "succeeded_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was known to be out." },
	{ .name = "failed_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was known to have failed; after `succeeded_at`, it had been out and came "
		 "back." },
	{ 0 }
};

const struct resource refund_resource = {
	.name = "refund",
	.path = "refunds",
	.table = "payment.refund",
	.view = "payment.refund_view",
	.ops = OP_READ_ONLY,
	.read = P_PAYMENT_READ,
	.fields = refund_fields,
	.default_sort = "created_at,id",
	.doc = "Money of a payment that was given back.",
};
