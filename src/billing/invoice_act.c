/*
 * invoice_act.c - what is done with a document: reviewed, sent, and a draft that is not
 * wanted deleted.
 *
 * Each is one statement that locks the document, judges its state and does all that follows.
 */
#include "invoice.h"

/* reason: $2, where the statement has one. */
static int
act_for(struct call *c, const char *sql, const char *reason, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &invoice_resource, id, err) < 0)
		return -1;
	if (reason)
		flush_addv(f, sql, id, reason, FLUSH_END);
	else
		flush_addv(f, sql, id, FLUSH_END);
	return call_answer(c, f, &invoice_resource, id, 200, r, err);
}

static int
act(struct call *c, const char *sql, struct reply *r, struct err *err)
{
	return act_for(c, sql, NULL, r, err);
}

int
invoice_submit(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.submit($1)", r, err);
}

int
invoice_approve(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.approve($1)", r, err);
}

/* clang-format off */
const struct field reject_in[] = {
	{ .name = "reason", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 1000 },
	  .doc = "What its author should know." },
	{ 0 }
};
/* clang-format on */

int
invoice_reject(struct call *c, struct reply *r, struct err *err)
{
	return act_for(c, "SELECT billing.reject($1, $2)", member_text(c->arena, c->body, "reason"),
		       r, err);
}

int
invoice_send(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.send_invoice($1)", r, err);
}

int
invoice_remove(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	if (c->if_match.len == 0)
		return err_set(err, ERR_precondition_required,
			       "Send If-Match with the ETag that you have read.");
	f = call_begin(c);
	if (call_if_match(c, f, &invoice_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT billing.draft_delete($1)", id, FLUSH_END);
	if (call_run(c, f, r, err) < 0) {
		call_current(c, &invoice_resource, id, err);
		return -1;
	}
	r->status = 204;
	return 0;
}
