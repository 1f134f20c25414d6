/*
 * pay.c - an attempt begins: by a program (POST /v1/invoices/{id}/pay) or by the payer on the
 * hosted page.
 *
 * No request waits for a processor: the attempt is recorded, the payment worker charges it. A token
 * is sealed before it is stored, for the one row that it belongs to; with off_session consent it is
 * kept as a method, without it the token ends with the attempt.
 */
#include "account_credit.h"
#include "pay.h"
#include "refund.h"

int
pay_add(struct call *c, struct flush *f, const struct pay *p, struct err *err)
{
	const char *method = NULL, *sealed;
	struct uuid kept;

	if (uuid_parse(p->payment_method, &kept)) {
		flush_addv(f, "SELECT payment.attempt_with_method($1, $2, $3, $4)", p->attempt_id,
			   p->invoice_id, arena_strdup(c->arena, kept.z), p->source, FLUSH_END);
		return 0;
	}
	if (p->return_url != NULL) {
		sealed = pay_seal(c->arena, c->app->secret, &c->who.tenant, "attempt",
				  p->attempt_id, str_from(p->return_url), err);
		if (sealed == NULL)
			return -1;
		flush_addv(f, "SELECT payment.attempt_with_page($1, $2, $3, $4, $5, $6)",
			   p->attempt_id, p->invoice_id, sealed,
			   p->consent ? uuid_new_z(c->arena) : NULL, p->consent, c->who.address,
			   FLUSH_END);
		return 0;
	}
	if (p->off_session)
		method = uuid_new_z(c->arena);
	sealed = pay_seal(c->arena, c->app->secret, &c->who.tenant, method ? "method" : "attempt",
			  method ? method : p->attempt_id, p->payment_method, err);
	if (sealed == NULL)
		return -1;
	flush_addv(f, "SELECT payment.attempt_with_token($1, $2, $3, $4, $5, $6)", p->attempt_id,
		   p->invoice_id, p->processor_id, sealed, method, p->source, FLUSH_END);
	return 0;
}

static const struct field pay_in[] = {
	{ .name = "payment_method",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 200 },
	  .doc = "Id of a kept method of the account, or a token of the processor." },
	{ .name = "processor_id",
	  .type = FT_UUID,
	  .doc = "Of a token: the processor account it is from; where the customer pays, when not "
		 "given." },
	{ .name = "off_session",
	  .type = FT_BOOL,
	  .doc = "The payer agrees that the method is kept and charged again by itself." },
	{ 0 },
};

static int
invoice_pay(struct call *c, struct reply *r, struct err *err)
{
	struct pay p = { .attempt_id = uuid_new_z(c->arena), .source = "api" };
	struct flush *f;

	if (call_id(c, &invoice_resource, &p.invoice_id, err) < 0)
		return -1;
	jval_str(c->body, "payment_method", &p.payment_method);
	jval_bool(c->body, "off_session", &p.off_session);
	p.processor_id = call_body_text(c, "processor_id");
	f = call_begin(c);
	if (pay_add(c, f, &p, err) < 0)
		return -1;
	return call_answer(c, f, &payment_attempt_resource, p.attempt_id, 202, r, err);
}

static const struct field link_out[] = {
	{ .name = "invoice_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY,
	  .u.ref = "invoice",
	  .doc = "What it leads to." },
	{ .name = "url", .type = FT_URL, .flags = FF_READ_ONLY, .doc = "For the payer alone." },
	{ .name = "expires_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY,
	  .doc = "Until when it works." },
	{ 0 },
};

const struct route payment_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/invoices/{id}/pay",
	  .perm = P_PAYMENT_WRITE,
	  .in = pay_in,
	  .status = 202,
	  .run = invoice_pay,
	  .shows = &payment_attempt_resource,
	  .doc = "Starts an attempt to charge what is due; the outcome follows in the attempt." },
	{ .method = M_POST,
	  .pattern = "/v1/invoices/{id}/pay_link",
	  .perm = P_INVOICE_SEND,
	  .out = link_out,
	  .status = 200,
	  .run = link_show,
	  .doc = "The link by which the invoice is seen and paid without signing in." },
	{ .method = M_POST,
	  .pattern = "/v1/invoices/{id}/revoke_pay_link",
	  .perm = P_INVOICE_SEND,
	  .status = 200,
	  .run = link_revoke,
	  .shows = &invoice_resource,
	  .doc = "Links given out so far lead nowhere; the next one asked for is another." },
	{ .method = M_POST,
	  .pattern = "/v1/accounts/{id}/payment_setups",
	  .perm = P_PAYMENT_WRITE,
	  .in = setup_in,
	  .status = 202,
	  .run = setup_create,
	  .shows = &payment_setup_resource,
	  .doc =
	      "Has a method kept for later charges: its owner enters it on the processor's page, "
	      "of which `url` tells as soon as it is there." },
	{ .method = M_POST,
	  .pattern = "/v1/payments/{id}/refunds",
	  .perm = P_REFUND,
	  .flags = RF_STEP_UP,
	  .in = refund_in,
	  .status = 201,
	  .run = refund_create,
	  .shows = &refund_resource,
	  .doc = "Gives money of the payment back: at once in the books where people received it, "
		 "else by its processor, and then the outcome follows in the refund." },
	{ .method = M_GET,
	  .pattern = "/v1/accounts/{id}/credit",
	  .perm = P_PAYMENT_READ,
	  .query = account_credit_query,
	  .out = account_credit_out,
	  .status = 200,
	  .run = account_credit,
	  .doc = "What the account has that no invoice has used, and how it has moved." },
	{ .method = M_GET,
	  .pattern = "/pay/{token}",
	  .flags = RF_PUBLIC | RF_HTML | RF_HIDDEN,
	  .run = hosted_page,
	  .doc = "The page behind an invoice's pay link." },
	{ .method = M_GET,
	  .pattern = "/pay/{token}/pdf",
	  .flags = RF_PUBLIC | RF_HTML | RF_HIDDEN,
	  .run = hosted_pdf,
	  .doc = "The paper of the invoice behind a pay link." },
	{ .method = M_POST,
	  .pattern = "/pay/{token}",
	  .flags = RF_PUBLIC | RF_HTML | RF_FORM | RF_NO_KEY | RF_NO_CSRF | RF_HIDDEN,
	  .run = hosted_pay,
	  .doc = "The payer pays; leads back to the page." },
	{ 0 },
};
