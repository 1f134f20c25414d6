/*
 * kept_method.c - what customers pay with, as the API keeps it.
 *
 * A method is a processor's token; card data never comes here. The token is sealed for its row on
 * the way in, is never shown, and is forgotten when the method is removed, which is for good. A
 * method is charged without its owner only with their consent, whose time the database stamps. Of
 * an account's methods one is the default.
 */
#include "pay.h"

#include <billfold/resource/write.h>

static const char *const method_states[] = { "active", "declined", "removed", NULL };

static const char *const mandate_states[] = { "active", "pending", "inactive", NULL };

static const struct field mandate_fields[] = {
	{ .name = "scheme",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 40 },
	  .doc = "By whose rules: `sepa_debit`, `bacs_debit` ..." },
	{ .name = "reference",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "The unique reference that stands on the payer's statement beside the creditor." },
	{ .name = "url",
	  .type = FT_URL,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "Where the payer can read it." },
	{ .name = "status",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .u.words = mandate_states,
	  .doc = "Whether it holds: `pending` not yet; `inactive`: taken back or refused, for "
		 "good, and the method with it. Null: its processor has not said." },
	{ .name = "accepted_at",
	  .type = FT_TIME,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "When its owner agreed." },
	{ 0 }
};

static const struct field method_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Whose invoices it pays." },
	{ .name = "token",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_CREATE | FF_SECRET,
	  .u.len = { 1, 200 },
	  .doc = "What the processor calls it; kept sealed and never shown." },
	{ .name = "processor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 40 },
	  .doc = "Who charges it." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .flags = FF_CREATE | FF_NULLABLE,
	  .doc = "The processor account that the token is from; where the account pays, when not "
		 "given." },
	{ .name = "label",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "What people call it: \"Visa, ends in 4242\"." },
	{ .name = "brand",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 40 },
	  .doc = "Of a card `visa`, `mastercard` ...; else what it is: `sepa_debit`. Null: its "
		 "processor has not said." },
	{ .name = "last4",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 4 },
	  .doc = "The end of its number." },
	{ .name = "exp_month",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.num = { 1, 12 },
	  .doc = "The month in which it expires." },
	{ .name = "exp_year",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.num = { 2000, 2200 },
	  .doc = "The year of that." },
	{ .name = "consent",
	  .type = FT_JSON,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc =
	      "To which `words` its owner agreed, `given_at` when and from which `address`; null "
	      "where somebody else recorded the consent." },
	{ .name = "mandate",
	  .type = FT_JSON,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.of = { mandate_fields, 0 },
	  .doc = "Of a bank account: what its owner has agreed to, as their bank knows it; null "
		 "where the "
		 "processor has said nothing of it." },
	{ .name = "off_session",
	  .type = FT_BOOL,
	  .doc = "Its owner agrees that it is charged without them." },
	{ .name = "consent_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When they agreed, by business time." },
	{ .name = "is_default",
	  .type = FT_BOOL,
	  .doc = "Charged before the account's others; its first one is it by itself." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = method_states,
	  .doc = "`declined` for good by its processor, or by whoever took back its mandate; "
		 "`removed` by somebody." },
	{ 0 }
};

static int
method_create(struct call *c, struct reply *r, struct err *err)
{
	const char *id = uuid_new_z(c->arena), *sealed;
	struct str token;
	bool off_session = false, is_default = false;
	struct flush *f;

	if (body_check(c, method_fields, true, err) < 0)
		return -1;
	jval_str(c->body, "token", &token);
	jval_bool(c->body, "off_session", &off_session);
	jval_bool(c->body, "is_default", &is_default);
	sealed = pay_seal(c->arena, c->app->secret, &c->who.tenant, "method", id, token, err);
	if (sealed == NULL)
		return -1;
	f = call_begin(c);
	flush_addv(f, "SELECT payment.method_create($1, $2, $3, $4, $5, $6, $7)", id,
		   call_body_text(c, "account_id"), sealed, call_body_text(c, "label"),
		   off_session ? "t" : "f", is_default ? "t" : "f",
		   call_body_text(c, "processor_id"), FLUSH_END);
	return call_answer(c, f, &payment_method_resource, id, 201, r, err);
}

/* Another one was the default: it gives way first. A case that waits for a method may have one now.
 */
static int
method_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *is_default;

	(void)c, (void)err;
	if (!w->create && write_value(w, "is_default", &is_default) &&
	    strcmp(is_default, "true") == 0)
		write_before(w, "SELECT payment.method_default($1)", w->id, FLUSH_END);
	if (!w->create)
		write_after(
		    w,
		    "SELECT collect.method_changed(m.account_id) FROM payment.method_view m "
		    "WHERE m.id = $1",
		    w->id, FLUSH_END);
	return 0;
}

static int
method_remove(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &payment_method_resource, &id, err) < 0)
		return -1;
	if (c->if_match.len == 0)
		return err_set(err, ERR_precondition_required,
			       "Send If-Match with the ETag that you have read.");
	f = call_begin(c);
	if (call_if_match(c, f, &payment_method_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT payment.method_remove($1)", id, FLUSH_END);
	if (call_run(c, f, r, err) < 0) {
		call_current(c, &payment_method_resource, id, err);
		return -1;
	}
	r->status = 204;
	return 0;
}

const struct resource payment_method_resource = {
	.name = "payment_method",
	.path = "payment_methods",
	.table = "payment.method",
	.view = "payment.method_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_DELETE | OP_LIST | OP_SEARCH | OP_AGGREGATE,
	.read = P_PAYMENT_READ,
	.write = P_PAYMENT_WRITE,
	.fields = method_fields,
	.default_sort = "created_at,id",
	.archives = true,
	.create = method_create,
	.remove = method_remove,
	.prepare = method_prepare,
	.doc = "What a customer pays with: a processor's token.",
};
