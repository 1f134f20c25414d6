/*
 * setup.c - a method is to be kept for later: asked for by a billing user, or by the payer on the
 * hosted page; and the resource `payment_setup`.
 *
 * Card data goes from its owner to the processor's page and never comes here. The words that its
 * owner agreed to are written down first, with moment and address; the payment worker has the page
 * made, and `url` says where it is.
 */
#include "pay.h"

#include <billfold/crm.h>

int
setup_add(struct call *c, struct flush *f, const struct setup_wish *w, struct err *err)
{
	const char *sealed =
	    pay_seal(c->arena, c->app->secret, &c->who.tenant, "setup", w->id, w->return_url, err);

	if (sealed == NULL)
		return -1;
	flush_addv(f, "SELECT payment.setup_start($1, $2, $3, $4, $5, $6, $7, $8, $9)", w->id,
		   w->account_id, w->invoice_id, w->processor_id, sealed,
		   w->invoice_id ? "customer" : "api", uuid_new_z(c->arena), w->words,
		   c->who.address, FLUSH_END);
	return 0;
}

const struct field setup_in[] = {
	{ .name = "consent",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 2000 },
	  .doc = "The words by which the method's owner agrees that it is charged without them." },
	{ .name = "return_url",
	  .type = FT_URL,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 1000 },
	  .doc = "Where the processor's page leads back to." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .doc = "The processor account that keeps it; where the account pays, when not given." },
	{ 0 },
};

int
setup_create(struct call *c, struct reply *r, struct err *err)
{
	struct setup_wish w = { .id = uuid_new_z(c->arena) };
	struct flush *f;

	if (call_id(c, &account_resource, &w.account_id, err) < 0)
		return -1;
	jval_str(c->body, "return_url", &w.return_url);
	w.words = call_body_text(c, "consent");
	w.processor_id = call_body_text(c, "processor_id");
	f = call_begin(c);
	if (setup_add(c, f, &w, err) < 0)
		return -1;
	return call_answer(c, f, &payment_setup_resource, w.id, 202, r, err);
}

static const char *const setup_states[] = { "new",    "in_flight", "unknown", "succeeded",
					    "failed", "expired",   NULL };
static const char *const setup_sources[] = { "customer", "api", NULL };

static const struct field setup_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.ref = "account",
	  .doc = "Whose method it is." },
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.ref = "invoice",
	  .doc = "The invoice on whose page its owner asked for it." },
	{ .name = "processor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 40 },
	  .doc = "Who keeps it." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY,
	  .doc = "The account there." },
	{ .name = "source",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = setup_sources,
	  .doc = "Who asked for it." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = setup_states,
	  .doc = "`in_flight` while its owner may enter it; `expired`: nobody did in time." },
	{ .name = "failure_code",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "The processor's reason." },
	{ .name = "url",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 4000 },
	  .doc =
	      "The processor's page, for the method's owner alone; null: not made yet, or over." },
	{ .name = "consent",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 2000 },
	  .doc = "The words that its owner agreed to." },
	{ .name = "consent_address",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 0, 45 },
	  .doc = "The network address that the consent came from." },
	{ .name = "consent_at", .type = FT_TIME, .flags = FF_READ_ONLY, .doc = "When it came." },
	{ .name = "method_id",
	  .type = FT_UUID,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The kept method, once there is one." },
	{ .name = "resolved_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was over." },
	{ 0 }
};

const struct resource payment_setup_resource = {
	.name = "payment_setup",
	.path = "payment_setups",
	.table = "payment.setup",
	.view = "payment.setup_view",
	.ops = OP_READ_ONLY,
	.read = P_PAYMENT_READ,
	.fields = setup_fields,
	.default_sort = "created_at,id",
	.doc = "A method that is to be kept, by its owner on the processor's page.",
};
