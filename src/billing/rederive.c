/*
 * rederive.c - what a change of an account does to its drafts, in the same transaction.
 *
 * Party, contact and terms are read through and need nothing but the event; tax is stored on lines
 * and totals, and is decided anew by the core from the profile that is about to be written. Final
 * documents keep what they were finalized with. An override that a draft has for itself stays.
 */
#include "rederive.h"

#include "invoice.h"

#include <billfold/billing.h>

/* Members of an account that drafts depend on. */
static const char *const watched[] = { "payment_terms",
				       "tax_category",
				       "tax_id",
				       "exemption_reason",
				       "invoice_address",
				       "exemption_certificate",
				       "exemption_valid_to",
				       NULL };

static bool
concerns_drafts(const struct write *w)
{
	for (const char *const *m = watched; *m; m++) {
		if (jval_has(w->body, *m))
			return true;
	}
	return false;
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

static int
read_drafts(struct call *c, struct write *w, struct draft **ret, size_t *ret_n, struct err *err)
{
	struct arena *a = c->arena;
	struct flush *f = flush_new(c->app->db, a);
	struct draft *drafts;
	size_t n;
	int stmt;

	enter_add_read(f, &c->who);
	stmt = flush_addv(
	    f,
	    "SELECT id, version, facts::text FROM billing.invoice_facts(ARRAY(SELECT i.id FROM "
	    "billing.invoice i WHERE i.account_id = $1 AND i.status IN ('draft', "
	    "'pending_approval')), '{}', jsonb_build_object('country', $2::text))",
	    w->id, member_text(a, jval_get(w->body, "invoice_address"), "country"), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
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
add_rederive(struct write *w, const struct draft *drafts, size_t n)
{
	struct arena *a = w->c->arena;
	const char **params = arena_array(a, REDERIVE_ARRAYS, sizeof(*params));
	struct pg_array *v[REDERIVE_ARRAYS];

	for (size_t k = 0; k < REDERIVE_ARRAYS; k++)
		v[k] = pg_array_new(a);
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
	for (size_t k = 0; k < REDERIVE_ARRAYS; k++)
		params[k] = pg_array_text(v[k]);
	*vec_push(a, &w->after) = (struct write_stmt){
		.sql = "SELECT billing.rederive($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		.n = REDERIVE_ARRAYS,
		.params = params,
	};
}

int
rederive_on_account(struct call *c, struct write *w, struct err *err)
{
	struct arena *a = c->arena;
	struct draft *drafts, *changed;
	size_t n, n_changed = 0;

	if (w->create || !concerns_drafts(w))
		return 0;
	if (read_drafts(c, w, &drafts, &n, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	changed = arena_array(a, n, sizeof(*changed));
	for (size_t i = 0; i < n; i++) {
		overlay(a, &drafts[i].facts, w->body);
		if (draft_decide(a, &drafts[i], err) < 0)
			return -1;
		if (draft_content_changed(&drafts[i]))
			changed[n_changed++] = drafts[i];
	}
	add_rederive(w, drafts, n);
	if (n_changed) {
		struct draft_stmt content = draft_content(a, changed, n_changed);

		*vec_push(a, &w->after) = (struct write_stmt){ .sql = content.sql,
							       .n = content.n,
							       .params = content.params };
	}
	return 0;
}

const struct reaction billing_reactions[] = {
	{ "account", rederive_on_account },
	{ NULL, NULL },
};
