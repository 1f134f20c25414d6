/*
 * invoice_edit.c - creates and patches of drafts: read what decides, compute, write.
 *
 * One flush reads account, seller, products and rates (and the draft); the core computes; the
 * engine's own flush writes the row with its totals, and the lines as a set beside it. A draft that
 * changed in between fails by its version. Of a final document only what moves may be patched.
 */
#include "correction.h"
#include "invoice.h"

/* Members that are asked for and not stored. */
static bool
is_asked(const char *column)
{
	return strcmp(column, "finalize") == 0 || strcmp(column, "expected_total") == 0 ||
	       strcmp(column, "standalone") == 0;
}

/* Takes out what is written otherwise, and looks that this room has made itself. */
static void
strip(struct write *w)
{
	static const char *const looked_up[] = { "account", "entity",   "currency",
						 "contact", "location", "product" };
	size_t n = 0;

	for (size_t i = 0; i < w->columns.n; i++) {
		if (!is_asked(w->columns.v[i].column))
			w->columns.v[n++] = w->columns.v[i];
	}
	w->columns.n = n;
	n = 0;
	for (size_t i = 0; i < w->refs.n; i++) {
		bool known = false;

		/* Consumers of lines are other accounts: the engine looks them up. */
		for (size_t k = 0; k < sizeof(looked_up) / sizeof(looked_up[0]); k++)
			known |= strcmp(w->refs.v[i].what, looked_up[k]) == 0 &&
				 !(k == 0 && strstr(w->refs.v[i].pointer, "/lines/"));
		if (!known)
			w->refs.v[n++] = w->refs.v[i];
	}
	w->refs.n = n;
	w->children.n = 0;
}

static struct json_object *
body_lines(struct json_object *body)
{
	struct json_object *lines = jval_get(body, "lines");

	return json_object_is_type(lines, json_type_array) ? lines : NULL;
}

static int
refuse(struct call *c, const char *pointer, const char *member, const char *code, const char *words,
       struct err *err)
{
	return err_field(err, c->arena, arena_printf(c->arena, "%s%s", pointer, member), code, "%s",
			 words);
}

/* What a body names must be there, and the account's own. */
static int
check_parties(struct call *c, const struct draft *d, struct json_object *body, const char *pointer,
	      struct err *err)
{
	if (!d->facts.entity_id)
		return refuse(c, pointer, "/entity_id", "not_found", "No such entity.", err);
	if (d->facts.exponent < 0)
		refuse(c, pointer, "/currency", "not_found", "No such currency.", err);
	if (d->location_id && !d->facts.has_location)
		refuse(c, pointer, "/location_id", "not_found", "The account has no such location.",
		       err);
	if (d->contact_id && jval_get(body, "contact_id") && !d->facts.contact_known)
		refuse(c, pointer, "/contact_id", "not_found", "The account has no such contact.",
		       err);
	if (err->code != ERR_none)
		return -1;
	if (d->fresh && d->facts.closed)
		return err_set(err, ERR_account_closed, "The account is closed.");
	return 0;
}

/* Lines without a consumer were the named account's, where another one pays. */
static void
name_consumers(struct draft *d)
{
	if (strcmp(d->requested_account, d->facts.account_id) == 0)
		return;
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		if (!d->lines[i].account_id)
			d->lines[i].account_id = d->requested_account;
	}
}

static const char *
address_text(struct call *c, struct json_object *body)
{
	struct json_object *o = jval_get(body, "invoice_address");

	return o ? str_dup(c->arena, jval_text(c->arena, o)) : NULL;
}

/* The day that prices are looked up on: as the core will take tax. */
static const char *
price_day(struct call *c, struct json_object *body)
{
	const char *supply = member_text(c->arena, body, "supply_date");

	return supply ? supply : member_text(c->arena, body, "issue_date");
}

/*
 * A document that was just made, as the resource's view shows it: who is named on it has been read
 * with its context, and nothing of what others add to it is there to be looked for.
 */
#define NAMED_COLUMNS                                                                              \
	"owner_id, invoice_address, payer, tax_settings, billing_contact, seller, ship_to"
static const char made_from[] =
    "(SELECT s.*, coalesce(s.own_owner_id, $2) AS owner_id, coalesce(s.own_invoice_address, "
    "$3::jsonb) AS invoice_address, coalesce(s.own_payer, $4::jsonb) AS payer, $5::jsonb AS "
    "tax_settings, coalesce(s.own_contact, $6::jsonb) AS billing_contact, coalesce(s.own_seller, "
    "$7::jsonb) AS seller, coalesce(s.own_ship_to, $8::jsonb) AS ship_to, "
    "coalesce(s.own_po_number, $9) AS po_number, coalesce(s.own_payment_terms, $10::integer) AS "
    "payment_terms, '[]'::json AS links, '[]'::json AS approvals "
    "FROM billing.invoice_stored_view s)";
enum { NAMED = 7, MADE_PARAMS = NAMED + 2 };

static struct source
made_source(struct arena *a, const struct draft *d)
{
	const char **params = arena_array(a, MADE_PARAMS, sizeof(*params));

	for (size_t i = 0; i < NAMED; i++)
		params[i] = d->named[i];
	params[NAMED] = d->facts.po_number;
	params[NAMED + 1] = int_text(a, d->facts.terms);
	return (struct source){ made_from, MADE_PARAMS, params };
}

static const char **
read_named(struct arena *a, struct flush *f, int stmt)
{
	const char **named = arena_array(a, NAMED, sizeof(*named));

	for (int i = 0; i < NAMED; i++)
		named[i] = flush_value(f, stmt, 0, i + 1);
	return named;
}

/*
 * What is not named is NULL in the text: the plan is made without it, and a document without a
 * location looks in no table of locations.
 */
static int
add_context(struct call *c, struct flush *f, const char *const *given, size_t n, bool named)
{
	const char **params = arena_array(c->arena, n, sizeof(*params));
	int n_params = 0;
	struct sb sb;

	sb_init(&sb, c->arena, 1000);
	sb_addz(&sb, "SELECT context::text");
	if (named)
		sb_addz(&sb, ", " NAMED_COLUMNS);
	sb_addz(&sb, " FROM billing.draft_context(");
	for (size_t i = 0; i < n; i++) {
		if (given[i]) {
			params[n_params++] = given[i];
			sb_addf(&sb, "$%d, ", n_params);
		} else {
			sb_addz(&sb, "NULL, ");
		}
	}
	sb_addz(&sb, "NULL)");
	return flush_add(f, sb_z(&sb), n_params, params);
}

int
invoice_compose(struct call *c, struct json_object *body, const char *id, const char *pointer,
		bool named, struct draft *ret, struct err *err)
{
	struct arena *a = c->arena;
	struct json_object *lines = body_lines(body), *context;
	const char *account = member_text(a, body, "account_id");
	const char *location = member_text(a, body, "location_id");
	const char *corrects = correction_ids(a, body);
	const char *const given[] = { account,
				      member_text(a, body, "entity_id"),
				      member_text(a, body, "currency"),
				      location,
				      member_text(a, body, "contact_id"),
				      address_text(c, body),
				      draft_product_ids(a, lines),
				      price_day(c, body) };
	int stmt, originals = -1;
	struct flush *f;

	if (correction_check(c, body, pointer, err) < 0)
		return -1;
	f = call_begin_aside(c);
	if (c->open)
		flush_addv(f, "SELECT billing.party_hold($1, $2)", account, location, FLUSH_END);
	stmt = add_context(c, f, given, sizeof(given) / sizeof(given[0]), named);
	if (corrects)
		originals = originals_add_read(f, corrects);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) == 0)
		return refuse(c, pointer, "/account_id", "not_found", "No such account.", err);
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &context, err) < 0 ||
	    draft_new(a, id, context, ret, err) < 0 || draft_take(a, ret, body, err) < 0 ||
	    check_parties(c, ret, body, pointer, err) < 0)
		return -1;
	if (corrects &&
	    originals_load(a, f, originals, &ret->originals, &ret->n_originals, err) < 0)
		return -1;
	ret->named = named ? read_named(a, f, stmt) : NULL;
	ret->requested_account = account;
	ret->pointer = pointer;
	if (correction_parties(a, ret, pointer, err) < 0)
		return -1;
	if (lines && draft_take_lines(a, ret, lines, arena_printf(a, "%s/lines", pointer), err) < 0)
		return -1;
	name_consumers(ret);
	if (correction_lines(a, ret, err) < 0)
		return -1;
	if (draft_decide(a, ret, err) < 0)
		return -1;
	return draft_expect(ret, body, err);
}

static void
push_stmt(struct write *w, write_stmt_vec *list, struct draft_stmt s)
{
	*vec_push(w->c->arena, list) =
	    (struct write_stmt){ .sql = s.sql, .n = s.n, .params = s.params };
}

static void
push_stmts(struct write *w, const stmt_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		push_stmt(w, &w->after, v->v[i]);
}

static void
set_totals(struct write *w, const struct draft *d)
{
	struct arena *a = w->c->arena;

	write_set(w, "subtotal", int_text(a, d->bill.subtotal));
	write_set(w, "discount_total", int_text(a, d->bill.discount_total));
	write_set(w, "net_total", int_text(a, d->bill.net_total));
	write_set(w, "tax_total", int_text(a, d->bill.tax_total));
	write_set(w, "total", int_text(a, d->bill.total));
	write_set(w, "rounding", int_text(a, d->bill.rounding));
	write_set(w, "payable", int_text(a, d->bill.payable));
}

static const char *
created_data(struct arena *a, const struct draft *d)
{
	struct jw w;

	jw_init(&w, a, 2000);
	jw_object(&w);
	jw_kstr(&w, "account_id", d->facts.account_id);
	jw_kstr(&w, "deal_id", d->deal_id);
	jw_kstr(&w, "currency", d->facts.currency);
	jw_kint(&w, "total", d->bill.total);
	jw_kstr(&w, "status", "draft");
	jw_end_object(&w);
	return sb_z(&w.sb);
}

/* A deal is billed to whom it was made with, or to who pays for them. */
static void
add_deal_guard(struct write *w, const struct draft *d)
{
	write_before(
	    w,
	    "SELECT base.raise_fields('ZB422', 'The request has invalid fields.', "
	    "jsonb_build_array(jsonb_build_object('pointer', $4::text, 'code', 'not_found', "
	    "'detail', 'The account has no such deal.'))) FROM crm.deal d WHERE d.tenant_id = "
	    "base.tenant_id() AND d.id = $1 AND d.account_id <> $2 AND ($2::uuid <> $3::uuid "
	    "OR crm.payer(d.account_id) <> $3)",
	    d->deal_id, d->requested_account, d->facts.account_id,
	    arena_printf(w->c->arena, "%s/deal_id", w->pointer), FLUSH_END);
}

static int
prepare_create(struct call *c, struct write *w, struct err *err)
{
	struct arena *a = c->arena;
	bool finalize = false, alone = w->pointer[0] == '\0';
	struct draft *d = arena_array(a, 1, sizeof(*d));
	struct finalize_stmts stmts;
	struct advances *advances;

	if (invoice_compose(c, w->body, w->id, w->pointer, alone, d, err) < 0)
		return -1;
	w->own = d;
	member_bool(w->body, "finalize", &finalize);
	strip(w);
	if (d->deal_id)
		add_deal_guard(w, d);
	/* Of two holds of one row the stronger comes first. */
	if (finalize && d->n_originals)
		write_before(w, "SELECT billing.finalize_hold($1)", correction_ids(a, w->body),
			     FLUSH_END);
	if (finalize)
		write_before(w, "SELECT billing.party_hold($1, $2)", d->facts.account_id,
			     d->location_id, FLUSH_END);
	write_before(w, "SELECT billing.account_hold($1, $2, $3)", d->facts.account_id,
		     d->location_id, d->facts.account_digest, FLUSH_END);
	write_set(w, "account_id", d->facts.account_id);
	write_set(w, "entity_id", d->facts.entity_id);
	write_set(w, "currency", d->facts.currency);
	write_set(w, "exponent", int_text(a, d->bill.exponent));
	write_set(w, "tax_mode", d->bill.tax_mode == TAX_PER_LINE ? "per_line" : "per_group");
	write_set(w, "tax_inclusive", d->bill.tax_inclusive ? "t" : "f");
	write_set(w, "cash_rounding", int_text(a, d->bill.rounding_step));
	set_totals(w, d);
	if (d->bill.n_lines)
		push_stmt(w, &w->after, draft_content(a, d, 1));
	if (d->n_originals)
		write_after(w, "SELECT billing.link_originals($1)", w->id, FLUSH_END);
	else if (alone)
		w->made = made_source(a, d);
	if (!finalize) {
		if (d->deal_id)
			write_after_each(w, "SELECT billing.deal_follow($1)", d->deal_id,
					 FLUSH_END);
		write_event(w, "invoice.created", created_data(a, d));
		return 0;
	}
	if (finalize_may_refund(c, d, err) < 0 || finalize_check(a, d, err) < 0 ||
	    advances_read(c, d->facts.account_id, &advances, err) < 0 ||
	    finalize_statements(a, d, advances, &stmts, err) < 0)
		return -1;
	/* The event of creation first; what the engine adds at the end only joins it. */
	write_after(w, "SELECT job.emit('invoice.created', 'invoice', $1, $2, 1)", w->id,
		    created_data(a, d), FLUSH_END);
	push_stmt(w, &w->after, stmts.advances);
	push_stmts(w, &stmts.before);
	push_stmt(w, &w->after, stmts.final);
	push_stmts(w, &stmts.after);
	write_event(w, "invoice.updated", NULL);
	return 0;
}

/* Whether a patch names anything that the document says. */
static bool
says_something(struct json_object *body)
{
	json_object_object_foreach(body, key, value)
	{
		(void)value;
		if (strcmp(key, "memo") != 0 && strcmp(key, "custom") != 0 &&
		    strcmp(key, "external_id") != 0 && strcmp(key, "external_ids") != 0)
			return true;
	}
	return false;
}

/* Members of the body that choose what is read. */
static const char *
choosing(struct call *c, struct json_object *body)
{
	static const char *const keys[] = { "location_id", "contact_id", "invoice_address",
					    "supply_date", "issue_date" };
	struct jw w;

	jw_init(&w, c->arena, 70000);
	jw_object(&w);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (jval_has(body, keys[i]))
			jw_kraw(&w, keys[i], jval_text(c->arena, jval_get(body, keys[i])));
	}
	jw_end_object(&w);
	return sb_z(&w.sb);
}

static int
read_draft(struct call *c, struct write *w, struct draft *ret, struct err *err)
{
	struct arena *a = c->arena;
	struct pg_array *ids = pg_array_new(a);
	const char *named = correction_ids(a, w->body);
	struct flush *f = call_begin_aside(c);
	int stmt, originals;

	pg_array_add(ids, w->id);
	stmt =
	    flush_addv(f, "SELECT id, version, facts::text FROM billing.invoice_facts($1, $2, $3)",
		       pg_array_text(ids), draft_product_ids(a, body_lines(w->body)),
		       choosing(c, w->body), FLUSH_END);
	originals = originals_add_read_with(f, pg_array_text(ids), named);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such invoice.");
	if (draft_load(a, w->id, flush_int(f, stmt, 0, 1), flush_str(f, stmt, 0, 2), ret, err) < 0)
		return -1;
	return originals_load(a, f, originals, &ret->originals, &ret->n_originals, err);
}

/* What a credit note says follows from its original; what is to be given back otherwise is drafted
 * anew. */
static int
check_credit_patch(struct write *w, struct err *err)
{
	static const char *const open[] = { "notes",       "issue_date",   "contact_id",
					    "po_number",   "memo",         "custom",
					    "external_id", "external_ids", "expected_total" };

	json_object_object_foreach(w->body, key, value)
	{
		bool may = false;

		(void)value;
		for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
			may |= strcmp(key, open[i]) == 0;
		if (!may)
			write_refuse(
			    w, err, arena_printf(w->c->arena, "/%s", key), "read_only",
			    "Follows from the invoice that it credits: delete the draft and "
			    "credit anew.");
	}
	return err->code == ERR_none ? 0 : -1;
}

static int
prepare_update(struct call *c, struct write *w, struct err *err)
{
	struct arena *a = c->arena;
	struct json_object *lines = body_lines(w->body);
	struct draft d;

	if (read_draft(c, w, &d, err) < 0)
		return -1;
	if (d.number && says_something(w->body))
		return err_set(err, ERR_final_document, "Invoice %s is final.", d.number);
	if (d.number)
		return 0;
	if ((draft_credits(&d) && check_credit_patch(w, err) < 0) ||
	    correction_check_lines(c, w->body, d.kind, w->pointer, err) < 0)
		return -1;
	d.pointer = w->pointer;
	if (draft_take(a, &d, w->body, err) < 0 ||
	    check_parties(c, &d, w->body, w->pointer, err) < 0)
		return -1;
	if (lines &&
	    draft_take_lines(a, &d, lines, arena_printf(a, "%s/lines", w->pointer), err) < 0)
		return -1;
	if (correction_lines(a, &d, err) < 0 || draft_decide(a, &d, err) < 0 ||
	    draft_expect(&d, w->body, err) < 0)
		return -1;
	strip(w);
	write_expect(w, int_text(a, d.version));
	set_totals(w, &d);
	if (says_something(w->body))
		write_set(w, "author", c->who.actor);
	if (lines || draft_content_changed(&d)) {
		push_stmt(w, &w->after, draft_content(a, &d, 1));
		if (lines && d.n_originals && !draft_credits(&d))
			write_after(w, "SELECT billing.link_originals($1)", w->id, FLUSH_END);
		/* Lines are part of the representation: they move its version also when no total
		 * does. */
		write_set(w, "version", int_text(a, d.version + 1));
	}
	return 0;
}

int
invoice_prepare(struct call *c, struct write *w, struct err *err)
{
	return w->create ? prepare_create(c, w, err) : prepare_update(c, w, err);
}
