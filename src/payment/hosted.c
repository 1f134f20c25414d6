/*
 * hosted.c - the page behind a pay link: one invoice, what is due on it, and a way to pay it.
 *
 * Who has the link may see and pay this invoice and nothing else. GET changes nothing (mail
 * scanners open links); POST needs the form's nonce, which follows from what the page showed, so
 * that it serves once: after an attempt it is another. The page has no script; its only style is
 * named by hash in its policy. Texts of people are escaped by the template.
 */
#include "pay.h"

#include <billfold/base/log.h>
#include <billfold/document.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGE_MAX = 1 << 20, FILE_MAX = 1 << 17 };

struct hosted {
	const char *hash; /* of the link's token */
	const char *invoice_id, *status, *attempt_state;
	struct json_object *document;
	int64_t amount_due, attempts;
	bool sandbox, disputed;
};

/* Another tenant's link, a revoked one and nonsense look the same. */
static int
no_such_page(struct err *err)
{
	return err_set(err, ERR_not_found, "There is no such page.");
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
	h->invoice_id = flush_value(f, s, 0, 0);
	if (jscan_parse(c->arena, flush_str(f, s, 0, 1), &h->document, err) < 0)
		return -1;
	h->status = flush_value(f, s, 0, 2);
	h->amount_due = flush_int(f, s, 0, 3);
	h->attempt_state = flush_value(f, s, 0, 4);
	h->attempts = flush_int(f, s, 0, 5);
	h->sandbox = flush_bool(f, s, 0, 6);
	h->disputed = flush_bool(f, s, 0, 7);
	return 0;
}

static const char *
nonce(struct call *c, const struct hosted *h)
{
	const char *shown =
	    arena_printf(c->arena, "%s|%lld|%lld|%s", h->hash, (long long)h->attempts,
			 (long long)h->amount_due, h->status);
	unsigned char mac[MAC_LEN];

	secret_mac(c->app->secret, "pay_form", str_from(shown), mac);
	return base64url_encode(c->arena, (struct str){ (const char *)mac, sizeof(mac) });
}

static int
read_file(struct arena *a, const char *name, struct str *ret, struct err *err)
{
	const char *path = arena_printf(a, "%s/web/pay/%s", BILLFOLD_DATADIR, name);
	char *text = arena_alloc(a, FILE_MAX);
	size_t len = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && len < FILE_MAX && (n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || n < 0) {
		err_set(err, ERR_internal, "The page cannot be shown.");
		err_cause(err, "%s: %s", path, strerror(errno));
		return -1;
	}
	*ret = (struct str){ text, len };
	return 0;
}

static bool
is_pending(const struct hosted *h)
{
	return h->attempt_state != NULL && (strcmp(h->attempt_state, "new") == 0 ||
					    strcmp(h->attempt_state, "in_flight") == 0 ||
					    strcmp(h->attempt_state, "unknown") == 0);
}

static void
put_bool(struct json_object *o, const char *key, bool b)
{
	if (b)
		json_object_object_add(o, key, json_object_new_boolean(1));
}

/* Amounts of the lines, ready for people, beside what mail_data() makes of the document. */
static int
page_data(struct call *c, const struct hosted *h, struct json_object **ret, struct err *err)
{
	struct json_object *extra = json_object_new_object(), *rows = json_object_new_array(),
			   *lines;
	struct str locale = STR("en"), currency = STR("EUR"), text;
	const struct people *people;
	int64_t exponent = 2, amount;
	bool paid = h->amount_due == 0, pending = is_pending(h);

	jval_str(h->document, "locale", &locale);
	jval_str(h->document, "currency", &currency);
	jval_int(h->document, "exponent", &exponent);
	people = people_open(c->arena, str_dup(c->arena, locale), str_dup(c->arena, currency),
			     (int)exponent);
	lines = jval_get(h->document, "lines");
	for (size_t i = 0; lines && i < json_object_array_length(lines); i++) {
		struct json_object *line = json_object_array_get_idx(lines, i),
				   *row = json_object_new_object();

		if (jval_str(line, "description", &text))
			json_object_object_add(row, "description",
					       json_object_new_string_len(text.p, (int)text.len));
		if (jval_str(line, "quantity", &text))
			json_object_object_add(row, "quantity",
					       json_object_new_string(people_number(people, text)));
		if (jval_int(line, "net", &amount))
			json_object_object_add(row, "net",
					       json_object_new_string(
						   people_money(people, amount)));
		json_object_array_add(rows, row);
	}
	json_object_object_add(extra, "lines", rows);
	json_object_object_add(extra, "due_amount",
			       json_object_new_string(people_money(people, h->amount_due)));
	json_object_object_add(extra, "language",
			       json_object_new_string_len(locale.p, (int)locale.len));
	json_object_object_add(extra, "nonce", json_object_new_string(nonce(c, h)));
	put_bool(extra, "is_paid", paid && strcmp(h->status, "void") != 0);
	put_bool(extra, "is_void", strcmp(h->status, "void") == 0);
	put_bool(extra, "is_disputed", h->disputed);
	put_bool(extra, "is_pending", !paid && pending);
	put_bool(extra, "is_declined",
		 !paid && h->attempt_state && strcmp(h->attempt_state, "declined") == 0);
	put_bool(extra, "can_pay",
		 !paid && !pending && !h->disputed && h->sandbox && strcmp(h->status, "void") != 0);
	put_bool(extra, "by_transfer", !paid && !h->sandbox);
	return mail_data(c->arena, h->document, extra, ret, err);
}

static unsigned
hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The hash of a policy is base64; CSP takes the alphabet of URLs too, but wants its padding. */
static const char *
style_policy(struct arena *a, struct str style)
{
	char hex[SHA256_HEX];
	unsigned char hash[32];

	sha256_hex(style, hex);
	for (size_t i = 0; i < sizeof(hash); i++)
		hash[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	return arena_printf(a,
			    "default-src 'none'; style-src 'sha256-%s='; form-action 'self'; "
			    "frame-ancestors 'none'; base-uri 'none'",
			    base64url_encode(a, (struct str){ (const char *)hash, sizeof(hash) }));
}

static void
header(struct call *c, struct reply *r, const char *name, const char *value)
{
	*vec_push(c->arena, &r->headers) = (struct pair){ str_from(name), str_from(value) };
}

int
hosted_page(struct call *c, struct reply *r, struct err *err)
{
	struct hosted h = { 0 };
	struct json_object *data;
	struct str page, style, body;
	struct sb sb;

	if (find(c, &h, err) < 0 || page_data(c, &h, &data, err) < 0 ||
	    read_file(c->arena, "invoice.html", &page, err) < 0 ||
	    read_file(c->arena, "pay.css", &style, err) < 0 ||
	    template_render(c->arena, page, data, TEMPLATE_HTML, PAGE_MAX, &body, err) < 0)
		return -1;
	sb_init(&sb, c->arena, PAGE_MAX + FILE_MAX);
	sb_addz(&sb, "<!DOCTYPE html>\n<style>");
	sb_add(&sb, style);
	sb_addz(&sb, "</style>\n");
	sb_add(&sb, body);
	r->status = 200;
	r->content_type = "text/html; charset=utf-8";
	r->body = sb_str(&sb);
	header(c, r, "Content-Security-Policy", style_policy(c->arena, style));
	header(c, r, "X-Robots-Tag", "noindex, nofollow");
	header(c, r, "Cache-Control", "no-store");
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

int
hosted_pay(struct call *c, struct reply *r, struct err *err)
{
	struct pay p = { .attempt_id = uuid_new_z(c->arena), .source = "customer" };
	struct hosted h = { 0 };
	struct str given = { 0 }, consent;
	struct flush *f;

	if (find(c, &h, err) < 0)
		return -1;
	if (!form_value(c, "payment_method", &p.payment_method) || p.payment_method.len == 0 ||
	    p.payment_method.len > 200)
		return err_field(err, c->arena, "/payment_method", "required",
				 "Choose how to pay.");
	/* A kept method is the account's, not whoever's holds the link. */
	p.off_session = form_value(c, "keep", &consent) && str_eqz(consent, "yes");
	p.invoice_id = h.invoice_id;
	form_value(c, "nonce", &given);
	if (equal_secret(given, str_from(nonce(c, &h))) &&
	    !uuid_parse(p.payment_method, &(struct uuid){ 0 })) {
		f = flush_new(c->app->db, c->arena);
		enter_add(f, &c->who);
		if (pay_add(c, f, &p, err) < 0)
			return -1;
		flush_commit(f);
		/* Paid meanwhile, or an attempt is on its way: the page says so. */
		if (flush_run(f, err) < 0 && err->code != ERR_attempt_in_flight &&
		    err->code != ERR_wrong_state)
			return -1;
		err_clear(err);
	}
	r->status = 303;
	r->content_type = "text/html; charset=utf-8";
	r->location = arena_printf(c->arena, "/pay/" STR_FMT, STR_ARG(c->param[0]));
	header(c, r, "Cache-Control", "no-store");
	return 0;
}
