/*
 * link.c - the pay link of an invoice, for those who hand it on in their own words.
 *
 * A link is the same for as long as it works: the paper, the mails and this route print one. After
 * it is revoked, or too old, the next look makes another.
 */
#include "pay.h"

#include <billfold/document.h>

int
link_show(struct call *c, struct reply *r, struct err *err)
{
	const char *invoice, *token, *params[2];
	char *hash = arena_alloc(c->arena, SHA256_HEX);
	struct flush *read, *f;
	int s, rc;

	if (call_id(c, &invoice_resource, &invoice, err) < 0)
		return -1;
	read = call_begin_read(c);
	s = flush_addv(read, "SELECT document.pay_link_next($1)", invoice, FLUSH_END);
	if ((rc = call_run(c, read, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	token = pay_link_token(c->arena, c->app->secret, c->who.tenant.z, invoice,
			       flush_int(read, s, 0, 0));
	sha256_hex(str_from(token), hash);
	params[0] = hash;
	params[1] = pay_link_url(c->arena, c->app->public_url, token);

	f = call_begin(c);
	flush_addv(f, "SELECT document.pay_link_put($1, $2, $3)", invoice,
		   flush_value(read, s, 0, 0), hash, FLUSH_END);
	return call_answer_json(c, f, "SELECT payment.link($1, $2)::text", 2, params, 200, r, err);
}

int
link_revoke(struct call *c, struct reply *r, struct err *err)
{
	const char *invoice;
	struct flush *f;

	if (call_id(c, &invoice_resource, &invoice, err) < 0)
		return -1;
	f = call_begin(c);
	flush_addv(f, "SELECT payment.link_revoke($1)", invoice, FLUSH_END);
	return call_answer(c, f, &invoice_resource, invoice, 200, r, err);
}
