/*
 * payment.c - money that has arrived, recorded by hand or by a processor.
 *
 * The first flush reads the account's open items, C decides what the money pays, the second writes
 * payment, allocations, invoices, journal and events, on condition that the items are as they were
 * read; where another payment was faster, the decision is made anew. No invoice is paid twice, none
 * below zero.
 */
#include <billfold/payment.h>

static const char *const payment_kinds[] = { "bank", "cash", "card", "other", NULL };

static const struct field payment_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Who paid." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_CREATE,
	  .doc = "What arrived, in minor units; more than zero." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_CREATE | FF_FILTER,
	  .doc = "ISO 4217; the invoice's or else the account's where not given." },
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_CREATE | FF_FILTER,
	  .u.words = payment_kinds,
	  .doc = "How it came; `bank` where not given." },
	{ .name = "received_on",
	  .type = FT_DATE,
	  .flags = FF_CREATE | FF_FILTER | FF_SORT,
	  .doc = "Day of arrival; the business day where not given." },
	{ .name = "reference",
	  .type = FT_TEXT,
	  .flags = FF_CREATE | FF_NULLABLE | FF_FILTER,
	  .u.len = { 1, 200 },
	  .doc = "What the transfer said." },
	{ .name = "notes",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 2000 },
	  .doc = "For your people." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_CREATE | FF_NULLABLE,
	  .u.ref = "invoice",
	  .doc = "The invoice that it pays; oldest due first where not given. What is left over "
		 "stays the account's credit." },
	{ .name = "unapplied",
	  .type = FT_MONEY,
	  .flags = FF_READ_ONLY,
	  .doc = "What no invoice has used yet, in minor units." },
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
	  .doc = "What it paid: {invoice_id, number, amount, applied_on}." },
	{ 0 }
};

static const char *
text_member(const struct call *c, const char *name)
{
	struct str s;

	return jval_str(c->body, name, &s) ? str_dup(c->arena, s) : NULL;
}

static int
payment_create(struct call *c, struct reply *r, struct err *err)
{
	struct receipt rec = { .id = uuid_new_z(c->arena), .kind = "bank" };
	struct flush *read, *f;
	int stmt, rc;

	if (body_check(c, payment_fields, true, err) < 0)
		return -1;
	rec.account_id = text_member(c, "account_id");
	rec.currency = text_member(c, "currency");
	rec.received_on = text_member(c, "received_on");
	rec.reference = text_member(c, "reference");
	rec.notes = text_member(c, "notes");
	rec.invoice_id = text_member(c, "invoice_id");
	if (text_member(c, "kind") != NULL)
		rec.kind = text_member(c, "kind");
	jval_int(c->body, "amount", &rec.amount);
	if (rec.amount <= 0)
		return err_field(err, c->arena, "/amount", "out_of_range",
				 "must be more than zero");

	for (int tries = 0; tries < RECEIPT_TRIES; tries++) {
		read = call_begin_read(c);
		stmt = receipt_read(read, &rec);
		if ((rc = call_run(c, read, r, err)) != 0)
			return rc < 0 ? -1 : 0;
		f = call_begin(c);
		if (receipt_add(f, c->arena, &rec, read, stmt, err) < 0)
			return -1;
		if (call_answer(c, f, &payment_resource, rec.id, 201, r, err) == 0)
			return 0;
		if (err->code != ERR_conflict)
			return -1;
		if (tries + 1 < RECEIPT_TRIES)
			err_clear(err);
	}
	return -1;
}

const struct resource payment_resource = {
	.name = "payment",
	.path = "payments",
	.table = "payment.payment",
	.view = "payment.payment_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH | OP_AGGREGATE,
	.read = P_PAYMENT_READ,
	.write = P_PAYMENT_WRITE,
	.fields = payment_fields,
	.default_sort = "created_at,id",
	.external_ids = true,
	.create = payment_create,
	.doc = "Money that has arrived from a customer.",
};
