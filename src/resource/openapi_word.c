/*
 * openapi_word.c - what a field's value looks like in an example: by what its table says, else by
 * its name, else by what its description quotes, else by
 * its type.
 *
 * The names are the field's own language (issue_date, iban, quantity), and their values go
 * together: two at 1,321.50 with 20 % make 3,171.60, due fourteen days after issue. An id is made
 * of the name of what it is of, so that the account of an invoice is the account that is shown as
 * one.
 */
#include "openapi.h"

#include "field.h"

#include <billfold/base/hash.h>

#include <inttypes.h>

struct word {
	const char
	    *name; /* a field's whole name, or its end after an underscore; first comes first */
	const char *value;
};

/* clang-format off */
static const struct word texts[] = {
	{ "legal_name", "Alpenblick Hotel GmbH" }, { "account_name", "Alpenblick Hotel" }, { "recipient_name", "Ann Huber" }, { "sender_name", "Ann Huber" },
	{ "email", "office@alpenblick.example" }, { "phone", "+43 1 5123456" }, { "consent_address", "192.0.2.17" }, { "url", "https://pay.example.com/s/4Kq" }, { "uri", "https://billing.example.com/.well-known/jwks.json" },
	{ "bank_name", "Erste Bank" }, { "name", "Alpenblick Hotel" }, { "holder", "Alpenblick Hotel GmbH" }, { "bank", "Erste Bank" },
	{ "iban", "AT611904300234573201" }, { "bic", "BKAUATWW" }, { "routing_number", "20111" }, { "account_number", "234573201" },
	{ "tax_id", "ATU12345678" }, { "registration_number", "FN 123456a" }, { "exemption_certificate", "EX-2026-114" }, { "exemption_reason", "Reverse charge." },
	{ "recipient", "office@alpenblick.example" }, { "sender", "office@alpenblick.example" },
	{ "description", "Boiler, 300 litres" }, { "unit", "piece" }, { "project", "Season 2026" }, { "discount_reason", "Early order" },
	{ "po_number", "PO-2041" }, { "reference", "PO-2041" }, { "number", "INV-2026-00001" }, { "pattern", "INV-{YYYY}-{NNNNN}" }, { "period", "2026" },
	{ "notes", "Delivery through the yard." }, { "memo", "Two boilers for the season." }, { "invoice_footer", "Thank you for your order." },
	{ "title", "Ask for the purchase order" }, { "body", "They want it on the invoice." }, { "subject", "Invoice INV-2026-00001" },
	{ "text", "Dear Ann Huber, please find our invoice enclosed." }, { "html", "<p>Dear {{contact.name}}, please find our invoice enclosed.</p>" },
	{ "reason", "Goods were returned" }, { "consent", "We may charge this method for what is due." },
	{ "account_code", "1200" }, { "sku", "BOILER-300" }, { "category", "standard" }, { "sector", "Hotels" }, { "service_tier", "Gold" }, { "region", "Tyrol" },
	{ "line1", "Seestrasse 5" }, { "city", "Innsbruck" }, { "postal_code", "6020" }, { "country", "AT" }, { "currency", "EUR" }, { "locale", "de-AT" }, { "time_zone", "Europe/Vienna" },
	{ "brand", "visa" }, { "last4", "4242" }, { "label", "Visa ending in 4242" }, { "payment_method", "sandbox_ok" }, { "processor", "sandbox" },
	{ "processor_ref", "pi_3PqK2e" }, { "charge_ref", "ch_3PqK2e" }, { "object_ref", "pi_3PqK2e" }, { "account_ref", "acct_1PqK2e" }, { "ref", "evt_1PqK2e" },
	{ "actor", "user:0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77" }, { "request_id", "order-77.a" }, { "external_id", "C-4711" }, { "system", "erp" }, { "id", "4711" },
	{ "message_id", "<0198f3a0.1@billing.example.com>" }, { "media_type", "application/pdf" }, { "agent", "Mozilla/5.0" },
	{ "webhook_path", "/v1/processors/0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77/webhook" }, { "file_url", "/v1/operations/0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77/file" },
	{ "invoices_url", "/v1/invoices?account_id=0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77" }, { "otpauth_url", "otpauth://totp/Billfold:ann@example.net?secret=JBSWY3DPEHPK3PXP" },
	{ "token", "xFh2LqzvT0mYw3K9sQeR8A" }, { "access_token", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln" }, { "csrf_token", "5mJx0yC2Qk6v" }, { "challenge", "k3Vt9sYw1Lz0" },
	{ "enrolment", "k3Vt9sYw1Lz0" }, { "secret", "JBSWY3DPEHPK3PXP" }, { "password", "correct horse battery staple" }, { "code", "BOILER-300" },
	{ "tenant", "alpenblick" }, { "slug", "alpenblick" }, { "role", "billing" }, { "key", "delivery_route" }, { "choices", "north" },
	{ "resource", "account" }, { "action", "finalize" }, { "field", "legal_name" }, { "fields", "legal_name" }, { "column", "Company" }, { "pointer", "/legal_name" },
	{ "detail", "Is required." }, { "csv", "legal_name,email\r\nAlpenblick Hotel GmbH,office@alpenblick.example\r\n" },
	{ "grant_type", "client_credentials" }, { "client_id", "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77" }, { "scope", "invoice.read" }, { "token_type", "Bearer" },
	{ "permissions", "invoice.read" }, { "api_key", "sk_live_2vQ9" }, { "webhook_secrets", "whsec_7Yd2" }, { "issuer", "https://billing.example.com" },
	{ "trouble", NULL }, { "error", NULL }, { "lost_reason", NULL }, { "hold_reason", NULL }, { "failure_code", NULL }, { "decline_code", NULL },
	{ "decline_class", NULL }, { "bounce_status", NULL }, { "diagnostic", NULL }, { "next_hint", NULL }, { "raised_by", NULL }, { "next", NULL }, { "line2", NULL },
};
/* Whole numbers: amounts of minor units, counts, days. */
static const struct word numbers[] = {
	{ "amount_due", "317160" }, { "tax", "52860" }, { "tax_total", "52860" }, { "net", "264300" }, { "net_total", "264300" }, { "subtotal", "264300" },
	{ "discount_total", "0" }, { "discount_amount", "0" }, { "discount", "0" }, { "rounding", "0" }, { "paid", "0" }, { "credited", "0" }, { "written_off", "0" },
	{ "refunded", "0" }, { "charged_back", "0" }, { "unapplied", "0" }, { "overdue", "0" }, { "difference", "0" }, { "failed", "0" }, { "skipped", "0" }, { "dead", "0" },
	{ "dead_jobs", "0" }, { "stale", "0" }, { "opening", "0" }, { "days_overdue", "0" }, { "total", "317160" }, { "amount", "317160" }, { "terms", "14" },
	{ "probability", "60" }, { "exp_month", "12" }, { "exp_year", "2028" }, { "expires_in", "3600" }, { "exponent", "2" }, { "size", "49084" },
	{ "max_attempts", "8" }, { "smtp_code", "250" }, { "days", "14" }, { "day", "14" }, { "every_s", "60" }, { "last_no", "1" },
};
/* Exact decimals. */
static const struct word decimals[] = {
	{ "base_quantity", "1" }, { "quantity", "2" }, { "unit_price", "1321.50" }, { "tax_rate", "20" }, { "exchange_rate", "1" }, { "rate", "20" },
	{ "discount_percent", "0" }, { "percent", "10" },
};
static const struct word days[] = {
	{ "issue_date", "2026-03-02" }, { "due_date", "2026-03-16" }, { "supply_date", "2026-02-27" }, { "expected_close_date", "2026-03-31" }, { "entry_date", "2026-03-02" },
	{ "start_date", "2026-03-01" }, { "closed_on", "2026-02-27" }, { "engaged_on", "2026-02-02" }, { "from", "2026-01-01" }, { "valid_to", NULL },
	{ "to", "2026-03-31" }, { "through", "2026-02-28" }, { "end_date", NULL }, { "ended_on", NULL }, { "cancelled_on", NULL }, { "declined_on", NULL },
};
static const struct word instants[] = {
	{ "created_at", "2026-03-02T09:15:00Z" }, { "expires_at", "2026-03-02T21:15:00Z" }, { "lease_until", "2026-03-02T09:31:00Z" }, { "to", "2026-03-31T00:00:00Z" },
	{ "archived_at", NULL }, { "voided_at", NULL }, { "bounced_at", NULL }, { "failed_at", NULL }, { "trouble_at", NULL }, { "closed_at", NULL }, { "raised_at", NULL },
	{ "cancelled_at", NULL }, { "won_at", NULL }, { "finished_at", "2026-03-02T09:31:00Z" }, { "revoked_at", NULL }, { "ended_at", NULL }, { "rederived_at", NULL }, { "hand_over_at", NULL },
};
/* clang-format on */

#define FIND(words, f) find(words, sizeof(words) / sizeof((words)[0]), (f)->name)

static const struct word *
find(const struct word *words, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	for (size_t i = 0; i < n; i++) {
		size_t end = strlen(words[i].name);

		if (len > end + 1 && name[len - end - 1] == '_' &&
		    strcmp(name + len - end, words[i].name) == 0)
			return &words[i];
	}
	return NULL;
}

static const struct word *
word_of(const struct field *f)
{
	switch (f->type) {
	case FT_TEXT:
	case FT_TEXTS:
		return FIND(texts, f);
	case FT_INT:
	case FT_MONEY:
		return FIND(numbers, f);
	case FT_DECIMAL:
		return FIND(decimals, f);
	case FT_DATE:
		return FIND(days, f);
	case FT_TIME:
		return FIND(instants, f);
	default:
		return NULL;
	}
}

bool
doc_word_is_none(const struct field *f)
{
	const struct word *w = f->example ? NULL : word_of(f);

	return w && !w->value;
}

/* What a description puts between back quotes is a value, the first one of several. */
static const char *
quoted(struct doc *d, const struct field *f)
{
	const char *start = f->doc ? strchr(f->doc, '`') : NULL;
	const char *end = start ? strchr(start + 1, '`') : NULL;

	return end ? arena_strndup(d->arena, start + 1, (size_t)(end - start - 1)) : NULL;
}

/* Two names have two ids, and the same one each time. */
const char *
doc_example_id(struct doc *d, const char *of)
{
	size_t len = strlen(of);
	uint64_t hash;

	if (len > 3 && strcmp(of + len - 3, "_id") == 0)
		len -= 3;
	else if (len > 1 && of[len - 1] == 's')
		len--;
	hash = hash_of((struct str){ of, len });
	return arena_printf(d->arena, "0198f3a0-5c1e-7%03x-9%03x-%012" PRIx64,
			    (unsigned)(hash >> 52), (unsigned)(hash >> 40 & 0xfff),
			    hash & UINT64_C(0xffffffffff));
}

static void
text_value(struct doc *d, const struct field *f, const char *text)
{
	struct str s = str_from(text);
	int min = 0, max = TEXT_MAX_DEFAULT;

	if (f->type == FT_TEXTS && f->u.len.max)
		max = f->u.len.max;
	else if (f->type == FT_TEXT)
		field_limits(f, &min, &max);
	if (s.len > (size_t)max)
		s.len = (size_t)max;
	while (s.len < (size_t)min)
		s = str_from(arena_printf(d->arena, "%.*s%s", (int)s.len, s.p, "0123456789"));
	jw_str(&d->w, s);
}

static void
number_value(struct doc *d, const struct field *f, const struct word *w)
{
	int64_t n = w && w->value ? strtoll(w->value, NULL, 10) : f->type == FT_MONEY ? 317160 : 1;
	int64_t min, max;

	field_range(f, &min, &max);
	jw_int(&d->w, n < min ? min : n > max ? max : n);
}

void
doc_word(struct doc *d, const struct field *f)
{
	const struct word *w = word_of(f);
	const char *value = f->example && *f->example ? f->example : w ? w->value : NULL;

	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		number_value(d, f, w);
		break;
	case FT_BOOL:
		jw_bool(&d->w, false);
		break;
	case FT_ENUM:
		jw_strz(&d->w, value ? value : f->u.words[0]);
		break;
	case FT_REF:
		jw_strz(&d->w, doc_example_id(d, f->u.ref));
		break;
	case FT_UUID:
		jw_strz(&d->w, doc_example_id(d, f->name));
		break;
	case FT_TEXT:
	case FT_TEXTS:
		if (!value)
			value = quoted(d, f);
		text_value(d, f, value ? value : field_label(d->arena, f));
		break;
	default:
		jw_strz(&d->w, value                ? value
			       : f->type == FT_TIME ? "2026-03-02T09:30:00Z"
						    : doc_example_of(f));
	}
}
