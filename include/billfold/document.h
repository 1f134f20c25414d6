/*
 * document.h - what leaves the house on paper and by mail: PDFs, mails, templates, stored files.
 *
 * The makers are pure functions: data in, bytes out, no clock, no I/O; the same input gives the same bytes on the
 * same fonts. Amounts are int64_t minor units of a currency with its exponent, dates YYYY-MM-DD. Text from
 * people is text everywhere: never markup, never a template. Results live in the arena that is handed in.
 * Jobs (render, deliver) do the I/O around them.
 */
#ifndef BILLFOLD_DOCUMENT_H
#define BILLFOLD_DOCUMENT_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/uuid.h>
#include <billfold/crypto.h>
#include <billfold/job.h>
#include <billfold/json.h>
#include <billfold/resource.h>

/* ---- templates: a logic-less subset of mustache ---- */

enum template_mode {
	TEMPLATE_TEXT, /* values as they are, control characters but line ends left out */
	TEMPLATE_LINE, /* one line: a subject; line ends become spaces */
	TEMPLATE_HTML  /* values escaped for element content and quoted attributes */
};

/*
 * {{name}} {{a.b}} {{.}} {{#list or truth}}…{{/x}} {{^otherwise}}…{{/x}} {{! comment }}. No unescaped form, no partials,
 * no functions, no change of delimiters. A name that the data does not have is empty. template_check: 422 with
 * line and reason, for a template that somebody saves.
 */
int template_check(struct str text, struct err *err);
int template_render(struct arena *a, struct str text, struct json_object *data, enum template_mode mode,
		    size_t limit, struct str *ret, struct err *err);

/* ---- amounts and dates for people (ICU) ---- */

struct people; /* formats of one locale and currency; closed with the arena */
/* locale: BCP 47 ("de-DE"); one that is not known is English. exponent 0..4. */
const struct people *people_open(struct arena *a, const char *locale, const char *currency, int exponent);
const char *people_money(const struct people *p, int64_t amount);  /* "1.234,50 €" */
const char *people_amount(const struct people *p, int64_t amount); /* "1.234,50" */
const char *people_number(const struct people *p, struct str decimal); /* "0.0000250" -> "0,000025" */
const char *people_price(const struct people *p, struct str decimal);  /* at least the currency's places */
const char *people_date(const struct people *p, struct str date);  /* "14. März 2026" */
const char *people_country(const struct people *p, struct str code); /* "Deutschland" */

/* ---- the invoice's PDF ---- */

/*
 * doc: billing.invoice_document() as json: kind, number, issue_date, due_date, supply_date, currency, exponent, locale,
 * seller and payer {name, legal_name, address {line1, line2, city, region, postal_code, country}, email, phone, tax_id,
 * registration_number, bank_accounts [{bank, iban, bic}], footer}, ship_to, contact {name, email}, po_number,
 * lines [{position, description, quantity, unit, unit_price, discount, net, tax_category, tax_rate}], taxes
 * [{category, rate, base, tax, note}], subtotal, discount_total, tax_total, total, rounding, payable, paid, amount_due,
 * payment_terms, pay_url, notes, original_number. Absent members are left out of the paper.
 * A credit note's amounts are shown positive, whichever sign they are stored with. logo: PNG bytes, or empty. On a
 * document without a number (a draft) the word for "draft" stands across the page.
 */
int invoice_pdf(struct arena *a, struct json_object *doc, struct str logo, struct str *ret, struct err *err);
/* "Rechnung": what the document is called in the locale's language. */
const char *invoice_title(const char *kind, const char *locale);
/* What a file of it is called: "Rechnung_RE-2026-0001.pdf", ASCII. */
const char *invoice_file_name(struct arena *a, struct json_object *doc);

/* ---- an account's statement as PDF ---- */

/*
 * doc: report.statement_paper() as json: from, to, payer as of an invoice, and balances: those of GET /v1/accounts/{id}/statement, each with
 * seller as of an invoice, exponent and locale. A letter for each, from a page of its own; at least one. logos: PNG bytes or
 * empty, one a balance.
 */
int statement_pdf(struct arena *a, struct json_object *doc, const struct str *logos, struct str *ret, struct err *err);
/* "statement_2026-03-31.pdf" */
const char *statement_file_name(struct arena *a, struct json_object *doc);

/* ---- files by content ---- */

/*
 * A place for bytes under their SHA-256, tenant by tenant. put: written once, synced before it returns, a second put
 * of the same bytes is nothing. get: ERR_not_found; bytes that do not fit their hash are ERR_internal. A store that
 * cannot be reached is ERR_unavailable: later it may be. check: can it be written and read?
 */
struct store_s3;
struct file_store {
	int (*put)(const struct file_store *s, const char *tenant, struct str bytes, char ret_sha256[SHA256_HEX],
		   struct err *err);
	int (*get)(const struct file_store *s, struct arena *a, const char *tenant, const char *sha256, size_t max,
		   struct str *ret, struct err *err);
	int (*check)(const struct file_store *s, struct arena *a, struct err *err);
	const char *root;          /* of a directory; NULL: another kind */
	struct store_s3 *s3;       /* of a bucket (connect) */
};
/* TENANT/aa/bb/SHA256: where a file lies in a store of any kind. ERR_not_found: these can name none. */
enum { FILE_KEY = 110 };
int file_store_key(const char *tenant, const char *sha256, char ret[FILE_KEY], struct err *err);
/* For a store's get: ERR_internal unless these bytes, found at this place, are what their hash says. */
int file_store_expect(struct str bytes, const char *sha256, const char *place, struct err *err);
/* Files below a directory: root/TENANT/aa/bb/SHA256. */
struct file_store file_store_local(const char *root);

/* ---- mail ---- */

struct mail_address {
	const char *name;    /* NULL or "": none */
	const char *address;
};

struct mail_attachment {
	const char *name, *media_type;
	struct str bytes;
};

struct mail {
	const char *message_id;  /* without < >; the same on every try */
	int64_t date;            /* µs since 1970 */
	struct mail_address from, to, reply_to; /* reply_to.address NULL: none */
	const char *return_to;   /* beside reply_to: where answers are read by us; NULL: nowhere */
	const char *subject;
	struct str text, html;   /* html empty: text alone */
	const char *references;  /* message id of the mail that this one follows; NULL: none */
	const struct mail_attachment *attachments;
	size_t n_attachments;
};

/* An RFC 5322 message with CRLF; 7-bit clean. ERR_validation_failed for addresses that are none. */
int mail_build(struct arena *a, const struct mail *m, struct str *ret, struct err *err);
/* Fit for a header and an envelope: ASCII, one @, nothing that ends or parts an address there. */
bool mail_address_ok(struct str address);
/* A name as one line: blanks and control characters between words are one blank. */
const char *mail_line(struct arena *a, const char *text);
/* The address with its domain in ASCII (IDNA 2008); as it was where that cannot be, and then mail_build refuses it. */
const char *mail_address_wire(struct arena *a, const char *address);

/*
 * What a mail about an invoice says: the templates' data {title, number, issue_date, due_date, total, amount_due, paid,
 * pay_url, po_number, seller {name, email, phone}, payer {name}, contact {name}, days_overdue, extra…}, amounts and dates
 * ready for people. extra: members added to or put over those, or NULL.
 */
int mail_data(struct arena *a, struct json_object *doc, struct json_object *extra, struct json_object **ret,
	      struct err *err);
/*
 * What a mail about a renewal says, of billing.renewal_document() and what the subscription's notice wrote: {name, renews, renews_on,
 * last_day, next_last_day, notice_by, period_total, term_total (each without tax too: _net; at today's prices: _before), changed,
 * change_percent, seller, payer, contact}.
 */
int mail_renewal_data(struct arena *a, struct json_object *doc, struct json_object *renewal, const char *recipient_name,
		      struct json_object **ret, struct err *err);
/*
 * Subject, text and HTML of a template row {subject, text, html, frame}: html may be null; then the text's
 * paragraphs are set into the frame's HTML, with the pay link as a button.
 */
int mail_compose(struct arena *a, struct json_object *row, struct json_object *data, struct mail *m, struct err *err);

/* ---- pay links ---- */

/*
 * A link's token is TENANT.SECRET, the secret 256 bits that follow from the installation's secret, so that the same
 * invoice and generation always print the same link and no token is stored. It works once document.pay_link_put() has its
 * hash, until it is revoked or too old (document.pay_link_find()).
 */
const char *pay_link_token(struct arena *a, const struct secret *s, const char *tenant, const char *invoice_id,
			   int64_t generation);
const char *pay_link_url(struct arena *a, const char *public_url, const char *token);
/* Tenant and stored hash of a token that came back; false when it is none. */
bool pay_link_parse(struct str token, struct uuid *ret_tenant, char ret_hash[SHA256_HEX]);

/* ---- the jobs ---- */

struct document_env {
	struct file_store files;
	const char *public_url; /* no slash at the end */
	const struct secret *secret;
};

/* For a program's `open`: env in malloc'd memory, never freed. */
struct document_env *document_open(struct file_store files, const char *public_url, const char *secret_file,
				   struct err *err);
/*
 * render_pdf, for billfold-invoiced; j->state is a struct document_env *. Renders a finalized invoice's PDF once, stores it and records
 * it in document.file; a second run finds the row and does nothing. Ended by a NULL name.
 */
extern const struct job_kind document_job_kinds[];

/* ---- the API ---- */

extern const struct resource template_resource; /* /v1/templates */
extern const struct resource delivery_resource; /* /v1/deliveries, read only */
/*
 * What a mail was looked at by: a tag of its delivery (mail_tag) in the links and the picture that it carries. viewing_add: the mail's
 * "page" or "pdf" was asked for; a text that is no tag of this tenant's is nothing, and nothing fails for it.
 */
const char *viewing_picture(struct arena *a, const char *public_url, const struct uuid *tenant, const char *tag);
void viewing_add(struct call *c, const struct uuid *tenant, struct str tag, const char *channel);
extern const struct route viewing_routes[]; /* GET /o/{token}, /v1/invoices/{id}/viewings */
extern const struct resource mail_resource;     /* /v1/mails: what came back, read only */
extern const struct route document_routes[];    /* GET /v1/invoices/{id}/pdf */
/*
 * Answers with the paper of a final invoice; f has begun, as whoever may see it. ERR_not_found: it is not made yet; one that was
 * made and is gone is a fault.
 */
int document_pdf(struct call *c, struct flush *f, const char *invoice_id, struct reply *r, struct err *err);

#endif
