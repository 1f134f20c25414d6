/*
 * hosted.c - the page behind a pay link: one invoice, what is due on it, and a way to pay it.
 *
 * Who has the link may see and pay this invoice and nothing else. GET changes nothing (mail
 * scanners open links); POST needs the form's nonce, which follows from what the page showed, so
 * that it serves once: after an attempt, or when another amount is due, it is another. How much is
 * charged is never the form's to say. Where the processor has a page of its own, the payment worker
 * has it made, and the payer is led there as soon as it is: no request waits for a processor.
 */
#include "hosted.h"

#include <billfold/document.h>
#include <billfold/document/mail_in.h>

enum {
	COL_INVOICE,
	COL_DOCUMENT,
	COL_STATUS,
	COL_DUE,
	COL_DISPUTED,
	COL_OVERDUE,
	COL_ATTEMPT,
	COL_DECLINE,
	COL_ATTEMPTS,
	COL_TAKES,
	COL_RECEIVED,
	COL_PAGE,
	COL_SETUP,
	COL_SETUP_URL,
	COL_SETUPS,
	COL_PROCESSING
};

/* Another tenant's link, a revoked one and nonsense look the same. */
static int
no_such_page(struct err *err)
{
	err_clear(err);
	return err_set(err, ERR_not_found, "There is no such page.");
}

static int
take_row(struct call *c, const struct flush *f, int s, struct hosted *h, struct err *err)
{
	struct str received = flush_str(f, s, 0, COL_RECEIVED);

	h->invoice_id = flush_value(f, s, 0, COL_INVOICE);
	h->status = flush_value(f, s, 0, COL_STATUS);
	h->amount_due = flush_int(f, s, 0, COL_DUE);
	h->disputed = flush_bool(f, s, 0, COL_DISPUTED);
	h->overdue = flush_bool(f, s, 0, COL_OVERDUE);
	h->attempt_state = flush_value(f, s, 0, COL_ATTEMPT);
	h->decline_class = flush_value(f, s, 0, COL_DECLINE);
	h->attempts = flush_int(f, s, 0, COL_ATTEMPTS);
	h->takes = flush_value(f, s, 0, COL_TAKES);
	h->page_url = flush_value(f, s, 0, COL_PAGE);
	h->setup_state = flush_value(f, s, 0, COL_SETUP);
	h->setup_url = flush_value(f, s, 0, COL_SETUP_URL);
	h->setups = flush_int(f, s, 0, COL_SETUPS);
	h->processing = flush_bool(f, s, 0, COL_PROCESSING);
	if (received.len && jscan_parse(c->arena, received, &h->received, err) < 0)
		return -1;
	return jscan_parse(c->arena, flush_str(f, s, 0, COL_DOCUMENT), &h->document, err);
}

static const char *
nonce(struct call *c, const struct hosted *h)
{
	const char *shown =
	    arena_printf(c->arena, "%s|%lld|%lld|%s|%lld", h->hash, (long long)h->attempts,
			 (long long)h->amount_due, h->status, (long long)h->setups);
	unsigned char mac[MAC_LEN];

	secret_mac(c->app->secret, "pay_form", str_from(shown), mac);
	return base64url_encode(c->arena, (struct str){ (const char *)mac, sizeof(mac) });
}

static int
find(struct call *c, struct hosted *h, struct err *err)
{
	char *hash = arena_alloc(c->arena, SHA256_HEX);
	struct flush *f;
	int s;

	if (!pay_link_parse(c->param[0], &c->who.tenant, hash))
		return no_such_page(err);
	c->who.kind = ACTOR_LINK;
	c->who.epoch = -1;
	snprintf(c->who.actor, sizeof(c->who.actor), "link:%.16s", hash);
	snprintf(c->who.actor_id, sizeof(c->who.actor_id), "%.16s", hash);
	h->hash = hash;

	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	s = flush_addv(f, "SELECT * FROM payment.hosted($1)", hash, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return err->code == ERR_unauthenticated ? no_such_page(err) : -1;
	if (flush_rows(f, s) == 0)
		return no_such_page(err);
	if (take_row(c, f, s, h, err) < 0)
		return -1;
	h->nonce = nonce(c, h);
	return 0;
}

static void
header(struct call *c, struct reply *r, const char *name, const char *value)
{
	*vec_push(c->arena, &r->headers) = (struct pair){ str_from(name), str_from(value) };
}

static int
lead_to(struct call *c, struct reply *r, const char *where)
{
	r->status = 303;
	r->content_type = "text/html; charset=utf-8";
	r->location = where;
	header(c, r, "Cache-Control", "no-store");
	header(c, r, "X-Robots-Tag", "noindex, nofollow");
	return 0;
}

int
hosted_page(struct call *c, struct reply *r, struct err *err)
{
	struct hosted h = { 0 };
	const char *policy;
	struct str again, mail;

	if (find(c, &h, err) < 0)
		return -1;
	h.stale = call_query(c, "again", &again);
	h.going = call_query(c, "go", &again);
	h.done = call_query(c, "done", &again);
	h.keeping = call_query(c, "keep", &again);
	if (h.keeping && h.setup_url != NULL)
		return lead_to(c, r, h.setup_url);
	if (h.going && h.page_url != NULL)
		return lead_to(c, r, h.page_url);
	h.pdf_url = arena_printf(c->arena, "/pay/" STR_FMT "/pdf", STR_ARG(c->param[0]));
	if (call_query(c, "m", &mail) && mail_tag_parse(mail, &(struct mail_tag){ 0 }))
		h.pdf_url = arena_printf(c->arena, "%s?m=" STR_FMT, h.pdf_url, STR_ARG(mail));
	if (hosted_render(c->arena, &h, &r->body, &policy, err) < 0)
		return -1;
	r->status = 200;
	r->content_type = "text/html; charset=utf-8";
	header(c, r, "Content-Security-Policy", policy);
	header(c, r, "X-Robots-Tag", "noindex, nofollow");
	header(c, r, "Cache-Control", "no-store");
	if (call_query(c, "m", &mail))
		viewing_add(c, &c->who.tenant, mail, "page");
	return 0;
}

/* The paper, as the seller sent it. */
int
hosted_pdf(struct call *c, struct reply *r, struct err *err)
{
	struct hosted h = { 0 };
	struct flush *f;
	struct str mail;

	if (find(c, &h, err) < 0)
		return -1;
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	if (document_pdf(c, f, h.invoice_id, r, err) < 0)
		return err->code == ERR_not_found ? no_such_page(err) : -1;
	r->etag = NULL; /* nobody keeps it */
	header(c, r, "X-Robots-Tag", "noindex, nofollow");
	header(c, r, "Cache-Control", "no-store");
	if (call_query(c, "m", &mail))
		viewing_add(c, &c->who.tenant, mail, "pdf");
	return 0;
}

static bool
form_value(const struct call *c, const char *name, struct str *ret)
{
	for (size_t i = 0; i < c->form.n; i++)
		if (str_eqz(c->form.v[i].name, name)) {
			*ret = c->form.v[i].value;
			return true;
		}
	return false;
}

/* Starts the attempt; false: the payer should look again, because things are not as they saw them.
 */
static int
start(struct call *c, const struct hosted *h, struct pay *p, bool *ret_stale, struct err *err)
{
	struct str given = { 0 };
	struct flush *f;

	form_value(c, "nonce", &given);
	*ret_stale = !hosted_can_pay(h) || !equal_secret(given, str_from(h->nonce));
	if (*ret_stale)
		return 0;
	f = flush_new(c->app->db, c->arena);
	enter_add(f, &c->who);
	if (pay_add(c, f, p, err) < 0)
		return -1;
	flush_commit(f);
	if (flush_run(f, err) == 0)
		return 0;
	/* Paid meanwhile, or an attempt is on its way: the page says so. */
	if (err->code != ERR_attempt_in_flight && err->code != ERR_wrong_state)
		return -1;
	err_clear(err);
	return 0;
}

/* The payer leaves a method for later, and pays nothing now. */
static int
keep_method(struct call *c, struct reply *r, const struct hosted *h, struct err *err)
{
	struct setup_wish w = {
		.id = uuid_new_z(c->arena),
		.invoice_id = h->invoice_id,
		.return_url = str_from(arena_printf(c->arena, "%s/pay/" STR_FMT, c->app->public_url,
						    STR_ARG(c->param[0]))),
	};
	struct str given = { 0 };
	struct flush *f;
	bool stale;

	form_value(c, "nonce", &given);
	stale = !hosted_can_keep(h) || !equal_secret(given, str_from(h->nonce));
	if (!stale) {
		f = flush_new(c->app->db, c->arena);
		enter_add(f, &c->who);
		if (hosted_consent(c->arena, h, &w.words, err) < 0 || setup_add(c, f, &w, err) < 0)
			return -1;
		flush_commit(f);
		if (flush_run(f, err) < 0 && err->code != ERR_attempt_in_flight)
			return -1;
		err_clear(err);
	}
	return lead_to(c, r,
		       arena_printf(c->arena, "/pay/" STR_FMT "%s", STR_ARG(c->param[0]),
				    stale ? "?again" : "?keep"));
}

int
hosted_pay(struct call *c, struct reply *r, struct err *err)
{
	struct pay p = { .attempt_id = uuid_new_z(c->arena), .source = "customer" };
	struct hosted h = { 0 };
	struct str consent;
	bool stale;

	if (find(c, &h, err) < 0)
		return -1;
	if (form_value(c, "store", &consent))
		return keep_method(c, r, &h, err);
	/* A kept method is the account's, not whoever's holds the link. */
	if (hosted_has_page(&h))
		p.return_url = arena_printf(c->arena, "%s/pay/" STR_FMT, c->app->public_url,
					    STR_ARG(c->param[0]));
	else if (!form_value(c, "payment_method", &p.payment_method) || p.payment_method.len == 0 ||
		 p.payment_method.len > 200 || uuid_parse(p.payment_method, &(struct uuid){ 0 }))
		return err_field(err, c->arena, "/payment_method", "required",
				 "Choose how to pay.");
	p.off_session = form_value(c, "keep", &consent) && str_eqz(consent, "yes");
	if (p.off_session && p.return_url != NULL &&
	    hosted_consent(c->arena, &h, &p.consent, err) < 0)
		return -1;
	p.invoice_id = h.invoice_id;
	if (start(c, &h, &p, &stale, err) < 0)
		return -1;
	return lead_to(c, r,
		       arena_printf(c->arena, "/pay/" STR_FMT "%s", STR_ARG(c->param[0]),
				    stale          ? "?again"
				    : p.return_url ? "?go"
						   : ""));
}
