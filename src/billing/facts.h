/*
 * facts.h - inside the room: what a document is computed from besides its own lines.
 *
 * Read by one statement (billing.draft_context) as JSON, taken apart here, handed to the core as
 * values.
 */
#ifndef BILLING_FACTS_H
#define BILLING_FACTS_H

#include <billfold/billing/core.h>
#include <billfold/json.h>

struct product_fact {
	const char *id, *name, *unit, *tax_category;
	bool archived;
	bool has_price; /* in the document's currency, on its day */
	struct decimal unit_price, base_quantity;
};

struct facts {
	const char *account_id;     /* the payer */
	const char *account_digest; /* what billing.account_hold compares */
	const char *entity_id;      /* NULL: no such entity */
	const char *currency;
	const char *base_currency;
	int exponent; /* -1: no such currency */
	int base_exponent;
	bool closed; /* or archived: nothing new is billed to the payer */
	bool po_required, has_contact, contact_known, has_location;
	bool place_of_account; /* the tax place is the account's own address */
	const char *po_number; /* of location or account; NULL: none */
	int64_t terms;
	civil_day today;
	struct tax_case tax; /* its date is the document's to say */
	struct product_fact *products;
	size_t n_products;
	/* the tenant's choices, settings.billing */
	enum tax_mode tax_mode;
	bool tax_inclusive, review_required;
	bool apply_credit;     /* finalizing uses what the payer has in advance */
	bool discount_limited; /* discounts beyond discount_limit percent take one approval more */
	struct decimal discount_limit;
	int64_t cash_rounding; /* of this currency; 0: none */
};

int facts_parse(struct arena *a, struct json_object *o, struct facts *ret, struct err *err);
/* The tenant's choices, of the JSON of settings; currency is known by then. */
int facts_choices(struct json_object *settings, struct facts *f, struct err *err);
const struct product_fact *facts_product(const struct facts *f, const char *id);

/* A member as terminated text, NULL where it is absent or null. */
const char *member_text(struct arena *a, struct json_object *o, const char *key);
/* Members that are absent or null leave *ret as it is. */
void member_int(struct json_object *o, const char *key, int64_t *ret);
void member_bool(struct json_object *o, const char *key, bool *ret);
int member_decimal(struct json_object *o, const char *key, struct decimal *ret, struct err *err);
civil_day member_day_or(struct json_object *o, const char *key, civil_day otherwise);

#endif
