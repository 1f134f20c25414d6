/*
 * deal_draft.c - a won deal becomes a draft and, for what recurs, a pending subscription: each
 * exactly once.
 *
 * The job of billfold-invoiced. Effect and completion are one transaction, on condition that the
 * deal is still won as it was read; the origins (`deal:{id}:one_off`, `deal:{id}:recurring`) are
 * unique among live documents, so that retries, two workers and a second win make none twice. A
 * deal that was taken back meanwhile needs nothing.
 */
#include "deal_draft.h"

#include "approval.h"

#include <billfold/billing.h>

enum { TRIES = 4 };

static bool
is_recurring(struct json_object *line)
{
	struct str word;

	return jval_str(line, "recurring", &word) && !str_eqz(word, "none") && word.len;
}

int
deal_add_read(struct flush *f, const char *id)
{
	return flush_addv(f, "SELECT facts::text FROM billing.deal_facts($1)", id, FLUSH_END);
}

int
deal_load(struct arena *a, const struct flush *f, int stmt, const char *id, struct deal *ret,
	  struct err *err)
{
	struct json_object *o;
	struct str state;

	*ret = (struct deal){ .id = id };
	if (flush_rows(f, stmt) == 0)
		return 0; /* deleted meanwhile: not won */
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &o, err) < 0)
		return -1;
	ret->won = jval_str(o, "state", &state) && str_eqz(state, "won");
	member_int(o, "win_no", &ret->win_no);
	member_bool(o, "has_invoice", &ret->has_invoice);
	member_bool(o, "has_subscription", &ret->has_subscription);
	ret->account_id = member_text(a, o, "account_id");
	ret->location_id = member_text(a, o, "location_id");
	ret->po_number = member_text(a, o, "po_number");
	ret->supply_date = member_text(a, o, "supply_date");
	ret->lines = jval_get(o, "lines");
	ret->context = jval_get(o, "context");
	ret->body = o;
	return 0;
}

static int
read_deal(struct job *j, const char *id, struct deal *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int stmt;

	enter_add_read(f, &j->who);
	stmt = deal_add_read(f, id);
	flush_commit(f);
	return flush_run(f, err) < 0 ? -1 : deal_load(j->arena, f, stmt, id, ret, err);
}

static void
put_json(void *o)
{
	json_object_put(o);
}

/* The lines of one sort, in an array of their own that the arena lets go. */
static struct json_object *
lines_of(struct arena *a, const struct deal *d, bool recurring)
{
	struct json_object *list = json_object_new_array();
	size_t n = d->lines ? json_object_array_length(d->lines) : 0;

	arena_defer(a, put_json, list);
	for (size_t i = 0; i < n; i++) {
		struct json_object *line = json_object_array_get_idx(d->lines, i);

		if (is_recurring(line) == recurring)
			json_object_array_add(list, json_object_get(line));
	}
	return list;
}

/* ---- the draft ---- */

static const char *
one(struct arena *a, const char *value)
{
	struct pg_array *arr = pg_array_new(a);

	pg_array_add(arr, value);
	return pg_array_text(arr);
}

static void
add_draft(struct flush *f, struct arena *a, const struct deal *deal, const struct draft *d)
{
	const struct bill *b = &d->bill;
	const char *discount =
	    decimal_is_zero(b->discount_percent) ? NULL : decimal_text(a, b->discount_percent);
	struct draft_stmt content = draft_content(a, d, 1);

	flush_addv(
	    f,
	    "SELECT billing.draft_insert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $16, $17, $18, $19, $20, $21)",
	    one(a, d->id), one(a, d->facts.account_id), one(a, d->facts.entity_id),
	    one(a, deal->id), one(a, deal->location_id), one(a, d->origin),
	    one(a, d->facts.currency), one(a, int_text(a, b->exponent)), one(a, deal->po_number),
	    one(a, deal->supply_date),
	    one(a, b->tax_mode == TAX_PER_LINE ? "per_line" : "per_group"),
	    one(a, b->tax_inclusive ? "t" : "f"), one(a, discount),
	    one(a, int_text(a, b->rounding_step)), one(a, int_text(a, b->subtotal)),
	    one(a, int_text(a, b->discount_total)), one(a, int_text(a, b->net_total)),
	    one(a, int_text(a, b->tax_total)), one(a, int_text(a, b->total)),
	    one(a, int_text(a, b->rounding)), one(a, int_text(a, b->payable)), FLUSH_END);
	flush_add(f, content.sql, content.n, content.params);
}

static int
compute_draft(struct arena *a, const struct deal *deal, struct json_object *lines,
	      struct draft *ret, struct err *err)
{
	const char *id = uuid_new_z(a);

	if (draft_new(a, id, deal->context, ret, err) < 0 ||
	    draft_take(a, ret, deal->body, err) < 0 ||
	    draft_take_lines(a, ret, lines, "/lines", err) < 0)
		return -1;
	ret->deal_id = deal->id;
	ret->origin = arena_printf(a, "deal:%s:one_off", deal->id);
	for (size_t i = 0; i < ret->bill.n_lines; i++) {
		/* A product that has left the catalogue was still sold. */
		ret->lines[i].pointer = NULL;
		if (strcmp(deal->account_id, ret->facts.account_id) != 0)
			ret->lines[i].account_id = deal->account_id;
	}
	return draft_decide(a, ret, err);
}

/* ---- the subscription ---- */

enum {
	S_ID,
	S_PRODUCT,
	S_DESCRIPTION,
	S_QUANTITY,
	S_UNIT_PRICE,
	S_BASE_QUANTITY,
	S_UNIT,
	S_DISCOUNT_PERCENT,
	S_TAX_CATEGORY,
	S_RECURRING,
	S_DEAL_LINE,
	ITEM_ARRAYS
};

static void
add_subscription(struct flush *f, struct arena *a, const struct deal *deal,
		 const struct facts *facts, struct json_object *lines)
{
	static const char *const keys[ITEM_ARRAYS] = {
		[S_PRODUCT] = "product_id",
		[S_DESCRIPTION] = "description",
		[S_QUANTITY] = "quantity",
		[S_UNIT_PRICE] = "unit_price",
		[S_BASE_QUANTITY] = "base_quantity",
		[S_UNIT] = "unit",
		[S_DISCOUNT_PERCENT] = "discount_percent",
		[S_TAX_CATEGORY] = "tax_category",
		[S_RECURRING] = "recurring",
		[S_DEAL_LINE] = "deal_line_id",
	};
	struct pg_array *v[ITEM_ARRAYS];

	for (size_t k = 0; k < ITEM_ARRAYS; k++)
		v[k] = pg_array_new(a);
	for (size_t i = 0; i < json_object_array_length(lines); i++) {
		struct json_object *line = json_object_array_get_idx(lines, i);

		pg_array_add(v[S_ID], uuid_new_z(a));
		for (size_t k = S_PRODUCT; k < ITEM_ARRAYS; k++)
			pg_array_add(v[k], member_text(a, line, keys[k]));
	}
	flush_addv(
	    f,
	    "SELECT billing.subscription_insert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
	    "$12, $13, $14, $15, $16, $17, $18, $19, $20)",
	    uuid_new_z(a), facts->account_id, facts->entity_id, deal->id,
	    arena_printf(a, "deal:%s:recurring", deal->id), facts->currency, deal->supply_date,
	    deal->po_number, member_text(a, deal->body, "discount_percent"), pg_array_text(v[S_ID]),
	    pg_array_text(v[S_PRODUCT]), pg_array_text(v[S_DESCRIPTION]),
	    pg_array_text(v[S_QUANTITY]), pg_array_text(v[S_UNIT_PRICE]),
	    pg_array_text(v[S_BASE_QUANTITY]), pg_array_text(v[S_UNIT]),
	    pg_array_text(v[S_DISCOUNT_PERCENT]), pg_array_text(v[S_TAX_CATEGORY]),
	    pg_array_text(v[S_RECURRING]), pg_array_text(v[S_DEAL_LINE]), FLUSH_END);
}

/* ---- both ---- */

int
deal_decide(struct arena *a, const struct deal *deal, struct deal_documents *ret, struct err *err)
{
	struct json_object *once = lines_of(a, deal, false);

	ret->again = lines_of(a, deal, true);
	ret->invoice = !deal->has_invoice && json_object_array_length(once) > 0;
	ret->subscription = !deal->has_subscription && json_object_array_length(ret->again) > 0;
	if (facts_parse(a, deal->context, &ret->facts, err) < 0 ||
	    (ret->invoice && compute_draft(a, deal, once, &ret->draft, err) < 0))
		return -1;
	ret->reviewed = ret->invoice && approval_needed(&ret->draft).people;
	return 0;
}

void
deal_add(struct flush *f, struct arena *a, const struct deal *deal,
	 const struct deal_documents *docs)
{
	flush_addv(f, "SELECT billing.account_hold($1, $2, $3)", docs->facts.account_id,
		   deal->location_id, docs->facts.account_digest, FLUSH_END);
	flush_addv(f, "SELECT billing.deal_hold($1, $2)", deal->id, int_text(a, deal->win_no),
		   FLUSH_END);
	if (docs->invoice)
		add_draft(f, a, deal, &docs->draft);
	if (docs->reviewed)
		flush_addv(f, "SELECT billing.submit($1)", docs->draft.id, FLUSH_END);
	if (docs->subscription)
		add_subscription(f, a, deal, &docs->facts, docs->again);
	flush_addv(f, "SELECT billing.deal_follow(ARRAY[$1::uuid])", deal->id, FLUSH_END);
}

/* ---- the job ---- */

static int
write_documents(struct job *j, const struct deal *deal, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	struct deal_documents docs;

	if (deal_decide(j->arena, deal, &docs, err) < 0)
		return -1;
	enter_add(f, &j->who);
	deal_add(f, j->arena, deal, &docs);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

int
deal_draft(struct job *j, struct err *err)
{
	const char *id = member_text(j->arena, j->payload, "deal_id");
	int64_t win_no = 0;
	struct deal deal;

	member_int(j->payload, "win_no", &win_no);
	if (!id)
		return err_set(err, ERR_validation_failed, "The job names no deal.");
	for (int try = 0;; try++) {
		if (read_deal(j, id, &deal, err) < 0)
			return -1;
		if (!deal.won || (win_no && deal.win_no != win_no))
			return 0; /* taken back, or won anew: that win has a job of its own */
		if (write_documents(j, &deal, err) == 0)
			return 0;
		/* Taken back, made by another worker, or the account changed, since it was read:
		 * look again. */
		if ((err->code != ERR_wrong_state && err->code != ERR_already_exists &&
		     err->code != ERR_conflict) ||
		    try == TRIES)
			return -1;
		err_clear(err);
	}
}
