/*
 * rederive.c - what a change of an account or of its locations does to drafts, in the same
 * transaction.
 *
 * Party, contact and terms are read through and need nothing but the event; tax is stored on lines
 * and totals, and is decided anew by the core from the profile that is about to be written. Final
 * documents keep what they were finalized with. An override that a draft has for itself stays.
 */
#include "batch.h"
#include "invoice.h"
#include "renewal.h"

#include <billfold/billing.h>

/* Members that drafts depend on. */
static const char *const account_members[] = { "payment_terms",
					       "po_number",
					       "tax_category",
					       "tax_id",
					       "exemption_reason",
					       "invoice_address",
					       "exemption_certificate",
					       "exemption_valid_to",
					       NULL };
static const char *const location_members[] = { "address", "po_number", NULL };

static bool
names_any(struct json_object *body, const char *const *members)
{
	for (const char *const *m = members; *m; m++) {
		if (jval_has(body, *m))
			return true;
	}
	return false;
}

/* Which drafts a write concerns, and what it makes of their places. */
struct concern {
	bool account;               /* the account itself changes */
	struct pg_array *locations; /* these change */
	size_t n_locations;
	struct jw patches; /* {"id": what is merged into its address} */
};

static void
begin_concern(struct call *c, struct concern *k)
{
	*k = (struct concern){ .locations = pg_array_new(c->arena) };
	jw_init(&k->patches, c->arena, 1000000);
	jw_object(&k->patches);
}

static void
add_location(struct call *c, struct concern *k, const char *id, struct json_object *body)
{
	if (!names_any(body, location_members))
		return;
	pg_array_add(k->locations, id);
	k->n_locations++;
	if (jval_has(body, "address"))
		jw_kraw(&k->patches, id, jval_text(c->arena, jval_get(body, "address")));
}

/* Locations that a write of their account carries; new ones have no drafts yet. */
static void
add_nested(struct call *c, struct concern *k, const struct write *w)
{
	for (size_t i = 0; i < w->children.n; i++) {
		if (strcmp(w->children.v[i].child->name, "locations") != 0)
			continue;
		for (size_t e = 0; e < w->children.v[i].elements.n; e++) {
			const struct write_element *x = &w->children.v[i].elements.v[e];

			if (!x->is_new)
				add_location(c, k, x->id, x->body);
		}
	}
}

/* The profile as it will be: what is stored, with what this write says put over it. */
static void
overlay(struct arena *a, struct facts *f, struct json_object *body)
{
	struct json_object *address = jval_get(body, "invoice_address");
	struct str word;

	if (jval_str(body, "tax_category", &word)) {
		f->tax.buyer = BUYER_STANDARD;
		if (str_eqz(word, "exempt"))
			f->tax.buyer = BUYER_EXEMPT;
		else if (str_eqz(word, "reverse_charge"))
			f->tax.buyer = BUYER_REVERSE_CHARGE;
	}
	if (jval_has(body, "exemption_valid_to")) {
		f->tax.exemption_valid_to = TAX_FOREVER;
		if (jval_str(body, "exemption_valid_to", &word))
			date_parse(word, &f->tax.exemption_valid_to);
	}
	if (!f->place_of_account || !jval_has(body, "invoice_address"))
		return;
	if (!address || jval_has(address, "country"))
		f->tax.buyer_country = member_text(a, address, "country");
	if (!address || jval_has(address, "region"))
		f->tax.buyer_region = member_text(a, address, "region");
}

/* What billing.invoice_facts is told of the write. */
static const char *
settings_of(struct call *c, const struct write *w, struct concern *k)
{
	const char *country = NULL;
	struct jw set;

	jw_end_object(&k->patches);
	if (k->account)
		country = member_text(c->arena, jval_get(w->body, "invoice_address"), "country");
	jw_init(&set, c->arena, 1100000);
	jw_object(&set);
	jw_kstr(&set, "country", country);
	jw_kraw(&set, "location_patches", sb_str(&k->patches.sb));
	jw_end_object(&set);
	return sb_z(&set.sb);
}

static int
read_drafts(struct call *c, struct write *w, struct concern *k, struct draft **ret, size_t *ret_n,
	    struct err *err)
{
	struct arena *a = c->arena;
	struct flush *f = call_begin_aside(c);
	struct draft *drafts;
	size_t n;
	int stmt;

	if (c->open)
		flush_addv(f, "SELECT billing.drafts_hold($1::uuid, $2::uuid[])",
			   k->account ? w->id : NULL, pg_array_text(k->locations), FLUSH_END);
	stmt = flush_addv(f,
			  "SELECT id, version, facts::text FROM billing.invoice_facts("
			  "billing.drafts_of($1::uuid, $2::uuid[]), '{}', $3::jsonb)",
			  k->account ? w->id : NULL, pg_array_text(k->locations),
			  settings_of(c, w, k), FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	n = (size_t)flush_rows(f, stmt);
	drafts = arena_array(a, n ? n : 1, sizeof(*drafts));
	for (size_t i = 0; i < n; i++) {
		if (draft_load(a, flush_value(f, stmt, (int)i, 0), flush_int(f, stmt, (int)i, 1),
			       flush_str(f, stmt, (int)i, 2), &drafts[i], err) < 0)
			return -1;
	}
	*ret = drafts;
	*ret_n = n;
	return 0;
}

enum {
	R_ID,
	R_VERSION,
	R_SUBTOTAL,
	R_DISCOUNT,
	R_NET,
	R_TAX,
	R_TOTAL,
	R_ROUNDING,
	R_PAYABLE,
	REDERIVE_ARRAYS
};

static void
add_rederive(struct write *w, struct concern *k, const struct draft *drafts, size_t n)
{
	struct arena *a = w->c->arena;
	const char **params = arena_array(a, REDERIVE_ARRAYS + 2, sizeof(*params));
	struct pg_array *v[REDERIVE_ARRAYS];

	for (size_t j = 0; j < REDERIVE_ARRAYS; j++)
		v[j] = pg_array_new(a);
	for (size_t i = 0; i < n; i++) {
		const struct bill *b = &drafts[i].bill;

		pg_array_add(v[R_ID], drafts[i].id);
		pg_array_add_int(v[R_VERSION], drafts[i].version);
		pg_array_add_int(v[R_SUBTOTAL], b->subtotal);
		pg_array_add_int(v[R_DISCOUNT], b->discount_total);
		pg_array_add_int(v[R_NET], b->net_total);
		pg_array_add_int(v[R_TAX], b->tax_total);
		pg_array_add_int(v[R_TOTAL], b->total);
		pg_array_add_int(v[R_ROUNDING], b->rounding);
		pg_array_add_int(v[R_PAYABLE], b->payable);
	}
	params[0] = k->account ? w->id : NULL;
	params[1] = pg_array_text(k->locations);
	for (size_t j = 0; j < REDERIVE_ARRAYS; j++)
		params[j + 2] = pg_array_text(v[j]);
	*vec_push(a, &w->after) = (struct write_stmt){
		.sql = "SELECT billing.rederive($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		.n = REDERIVE_ARRAYS + 2,
		.params = params,
	};
}

static int
rederive(struct call *c, struct write *w, struct concern *k, struct err *err)
{
	struct arena *a = c->arena;
	struct draft *drafts, *changed;
	size_t n, n_changed = 0;

	if (!k->account && k->n_locations == 0)
		return 0;
	if (read_drafts(c, w, k, &drafts, &n, err) < 0)
		return -1;
	changed = arena_array(a, n + 1, sizeof(*changed));
	for (size_t i = 0; i < n; i++) {
		/* Of another payer's drafts that are supplied to these locations only the place
		 * changes. */
		if (k->account && strcmp(drafts[i].facts.account_id, w->id) == 0)
			overlay(a, &drafts[i].facts, w->body);
		if (draft_decide(a, &drafts[i], err) < 0)
			return -1;
		if (draft_content_changed(&drafts[i]))
			changed[n_changed++] = drafts[i];
	}
	/* Also where there are none: there must be none still. */
	add_rederive(w, k, drafts, n);
	if (n_changed) {
		struct draft_stmt content = draft_content(a, changed, n_changed);

		*vec_push(a, &w->after) = (struct write_stmt){ .sql = content.sql,
							       .n = content.n,
							       .params = content.params };
	}
	return 0;
}

static int
on_account(struct call *c, struct write *w, struct err *err)
{
	struct concern k;

	if (w->create)
		return 0;
	begin_concern(c, &k);
	k.account = names_any(w->body, account_members);
	add_nested(c, &k, w);
	return rederive(c, w, &k, err);
}

static int
on_location(struct call *c, struct write *w, struct err *err)
{
	struct concern k;

	if (w->create)
		return 0;
	begin_concern(c, &k);
	add_location(c, &k, w->id, w->body);
	return rederive(c, w, &k, err);
}

const struct reaction billing_reactions[] = {
	{ "account", on_account },
	{ "location", on_location },
	{ "account", mended_retry },
	{ "contact", mended_retry },
	{ "location", mended_retry },
	{ "subscription", mended_retry },
	{ "tenant", settings_check },
	{ "plan_version", version_follow },
	{ NULL, NULL },
};
