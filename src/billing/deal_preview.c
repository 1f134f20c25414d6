/*
 * deal_preview.c - what the draft of a deal would be, were it won now.
 *
 * The deal is won and its documents are made (deal_draft.c) within one transaction, and taken back:
 * refused is what refuses the win or its documents, by the same words. One that is won already is
 * previewed as long as its draft is not there.
 */
#include "deal_draft.h"
#include "invoice.h"

/* Accounts are held before deals (README.md). */
static const char hold_account[] =
    "SELECT billing.party_hold(d.account_id, d.location_id) FROM crm.deal d WHERE d.tenant_id = "
    "base.tenant_id() AND d.id = $1 AND d.account_id IS NOT NULL";
static const char win[] =
    "SELECT crm.deal_win_one(d.id, NULL) FROM crm.deal d WHERE d.tenant_id = base.tenant_id() AND "
    "d.id = $1 AND d.state <> 'won'";

static int
check(struct call *c, const struct deal *deal, const struct deal_documents *docs, struct err *err)
{
	if (docs->invoice)
		return 0;
	if (deal->has_invoice)
		return err_set(err, ERR_already_exists, "The deal has its invoice.");
	return err_field(err, c->arena, "/deal_id", "invalid",
			 "It has nothing that is billed once: a won deal brings a subscription.");
}

static int
decide(struct call *c, const struct flush *f, int stmt, const char *id, struct deal *deal,
       struct deal_documents *ret, struct err *err)
{
	if (deal_load(c->arena, f, stmt, id, deal, err) < 0)
		return -1;
	if (!deal->won)
		return err_field(err, c->arena, "/deal_id", "not_found", "No such deal.");
	return deal_decide(c->arena, deal, ret, err) < 0 ? -1 : check(c, deal, ret, err);
}

int
deal_preview(struct call *c, const char *id, struct reply *r, struct err *err)
{
	struct deal_documents docs;
	struct deal deal;
	struct flush *f;
	int stmt, rc;

	if (call_may(c, P_DEAL_READ, err) < 0)
		return -1;
	f = call_begin(c);
	flush_addv(f, hold_account, id, FLUSH_END);
	flush_addv(f, win, id, FLUSH_END);
	stmt = deal_add_read(f, id);
	if ((rc = call_run_open(c, f, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(c, f, stmt, id, &deal, &docs, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c);
	deal_add(f, c->arena, &deal, &docs);
	flush_try(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->status = 200;
	r->body =
	    invoice_preview_body(c->arena, &docs.draft,
				 docs.reviewed ? INVOICE_PENDING_APPROVAL : INVOICE_DRAFT, err);
	return err->code == ERR_none ? 0 : -1;
}
