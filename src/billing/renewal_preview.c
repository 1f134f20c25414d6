/*
 * renewal_preview.c - what a subscription's next term charges, before it does: item by item, by its
 * first interval and whole, with what the same days would charge at what it charges now.
 */
#include "renewal.h"

enum { ANSWER_MAX = 1 << 20 };

/* clang-format off */
static const struct field renewal_item_fields[] = {
	{ .name = "lineage", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Which item; null: it begins with the term." },
	{ .name = "plan_charge", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The charge of the plan that it is from." },
	{ .name = "description", .type = FT_TEXT, .u.len = { 1, 2000 }, .doc = "What is charged." },
	{ .name = "quantity", .type = FT_DECIMAL, .doc = "How many." },
	{ .name = "recurring", .type = FT_ENUM, .u.words = recurring_words, .doc = "The interval." },
	{ .name = "every", .type = FT_INT, .u.num = { 1, 100 }, .doc = "So many of them at a time." },
	{ .name = "unit_price_before", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "Its price now; null: it is not charged now." },
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "Its price in the next term; null: it ends." },
	{ .name = "amount_before", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "What its interval costs now, before discounts and tax." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "What it costs then." },
	{ .name = "change_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "By how much its amount moves, in percent." },
	{ 0 }
};

static const struct field renewal_sums_fields[] = {
	{ .name = "net_total_before", .type = FT_MONEY, .doc = "What the same days would cost at what is charged now." },
	{ .name = "tax_total_before", .type = FT_MONEY, .doc = "The tax on that." },
	{ .name = "total_before", .type = FT_MONEY, .doc = "Both." },
	{ .name = "net_total", .type = FT_MONEY, .doc = "What they will be billed, less discounts and coupons." },
	{ .name = "tax_total", .type = FT_MONEY, .doc = "The tax on that, at the rates that are known for these days." },
	{ .name = "total", .type = FT_MONEY, .doc = "Both." },
	{ .name = "change_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "By how much the net total moves, in percent; null: it was nothing." },
	{ 0 }
};

static const struct field told_fields[] = {
	{ .name = "noticed_at", .type = FT_TIME, .doc = "When." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "The version of its plan that it was told to renew by." },
	{ .name = "net_total", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "What the term was told to come to before tax; null: that was not told." },
	{ .name = "total", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "And with tax." },
	{ 0 }
};

const struct field subscription_preview_renewal_out[] = {
	{ .name = "object", .type = FT_TEXT, .doc = "`subscription_renewal_preview`." },
	{ .name = "renews", .type = FT_BOOL, .doc = "Whether it does; else what it would come to." },
	{ .name = "term_start", .type = FT_DATE, .doc = "The first day of the next term: the renewal." },
	{ .name = "term_end", .type = FT_DATE, .doc = "The first day after it." },
	{ .name = "plan_version_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "The version of its plan that it renews by." },
	{ .name = "new_version", .type = FT_BOOL, .doc = "Whether that is another one than now." },
	{ .name = "told", .type = FT_OBJECT, .flags = FF_NULLABLE, .u.of = { told_fields, 0 },
	  .doc = "What the customer was told of it last: it renews by that version. Null: nothing yet, or it has no plan." },
	{ .name = "tell_by", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "Until this day, on which may still be said that it does not go on, a newer version of the plan is told anew and renews it; null: it has no plan." },
	{ .name = "waiting_version_id", .type = FT_UUID, .flags = FF_NULLABLE,
	  .doc = "A newer version that came too late for that: it waits for the renewal after, or, where it reaches those who have the plan (`running`), "
		 "for the bill date after this renewal's." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Currency of all amounts." },
	{ .name = "items", .type = FT_LIST, .u.of = { renewal_item_fields, 0 }, .doc = "Item by item." },
	{ .name = "period", .type = FT_OBJECT, .u.of = { renewal_sums_fields, 0 }, .doc = "The documents of the term's first interval." },
	{ .name = "term", .type = FT_OBJECT, .u.of = { renewal_sums_fields, 0 }, .doc = "All documents of the term." },
	{ 0 }
};
/* clang-format on */

/* What one whole interval costs. */
static int
amount_of(struct arena *a, const struct sub_item *i, int exponent, int64_t *ret, struct err *err)
{
	struct rate_input in = { .quantity = i->quantity };
	struct rate_piece *pieces;
	size_t n;

	*ret = 0;
	if (rate_pieces(&i->price, &in, exponent, a, &pieces, &n, err) < 0)
		return -1;
	for (size_t k = 0; k < n; k++)
		*ret += pieces[k].amount;
	return 0;
}

struct shown {
	struct json_object *row, *row_before; /* NULL: not charged */
	int64_t amount, before;
};

static void
write_item(struct jw *w, struct arena *a, const struct shown *x)
{
	struct json_object *row = x->row ? x->row : x->row_before;
	int64_t every = 1;

	member_int(row, "every", &every);
	jw_object(w);
	jw_kstr(w, "lineage", member_text(a, row, "lineage"));
	jw_kstr(w, "plan_charge", member_text(a, row, "plan_charge"));
	jw_kstr(w, "description", member_text(a, row, "description"));
	jw_kstr(w, "quantity", member_text(a, row, "quantity"));
	jw_kstr(w, "recurring", member_text(a, row, "recurring"));
	jw_kint(w, "every", every);
	jw_kstr(w, "unit_price_before", member_text(a, x->row_before, "unit_price"));
	jw_kstr(w, "unit_price", member_text(a, x->row, "unit_price"));
	jw_key(w, "amount_before");
	x->row_before ? jw_int(w, x->before) : jw_null(w);
	jw_key(w, "amount");
	x->row ? jw_int(w, x->amount) : jw_null(w);
	jw_kstr(w, "change_percent",
		x->row && x->row_before ? renewal_percent(a, x->before, x->amount) : NULL);
	jw_end_object(w);
}

static bool
runs(const struct sub_item *i, civil_day day)
{
	return i->from <= day && i->to > day;
}

/* The item that carries one on from the day of the renewal: itself, or another of its lineage. */
static size_t
carried_on(const struct renewal *r, size_t i, civil_day day)
{
	struct str lineage = jval_str_of(r->of[i], "lineage");

	for (size_t k = 0; k < r->is.n_items; k++) {
		if (runs(&r->is.items[k], day) && str_eq(jval_str_of(r->of[k], "lineage"), lineage))
			return k;
	}
	return r->is.n_items;
}

/* Those that are charged on the last day of the term, then those that begin. */
static int
write_items(struct jw *w, struct arena *a, const struct sub_loaded *s, const struct renewal *r,
	    struct err *err)
{
	bool *had = arena_array(a, r->is.n_items + 1, sizeof(*had));

	jw_key(w, "items");
	jw_array(w);
	for (size_t i = 0; i < s->core.n_items; i++) {
		struct shown x = { .row_before = r->of[i] };
		size_t k = carried_on(r, i, r->from);

		if (!runs(&s->all[i], r->from - 1))
			continue;
		if (amount_of(a, &s->all[i], s->exponent, &x.before, err) < 0)
			return -1;
		if (k < r->is.n_items) {
			x.row = r->of[k];
			had[k] = true;
			if (amount_of(a, &r->is.items[k], s->exponent, &x.amount, err) < 0)
				return -1;
		}
		write_item(w, a, &x);
	}
	for (size_t k = 0; k < r->is.n_items; k++) {
		struct shown x = { .row = r->of[k] };

		if (had[k] || !runs(&r->is.items[k], r->from))
			continue;
		if (amount_of(a, &r->is.items[k], s->exponent, &x.amount, err) < 0)
			return -1;
		write_item(w, a, &x);
	}
	jw_end_array(w);
	return 0;
}

static void
write_sums(struct jw *w, struct arena *a, const char *key, const struct renewal_sums *before,
	   const struct renewal_sums *after)
{
	jw_key(w, key);
	jw_object(w);
	jw_kint(w, "net_total_before", before->net);
	jw_kint(w, "tax_total_before", before->tax);
	jw_kint(w, "total_before", before->total);
	jw_kint(w, "net_total", after->net);
	jw_kint(w, "tax_total", after->tax);
	jw_kint(w, "total", after->total);
	jw_kstr(w, "change_percent", renewal_percent(a, before->net, after->net));
	jw_end_object(w);
}

static void
write_told(struct jw *w, struct arena *a, const struct sub_loaded *s)
{
	jw_key(w, "told");
	if (!s->told) {
		jw_null(w);
	} else {
		jw_object(w);
		jw_kstr(w, "noticed_at", member_text(a, s->told, "noticed_at"));
		jw_kstr(w, "plan_version_id", member_text(a, s->told, "plan_version_id"));
		jw_kraw(w, "net_total", jval_text(a, jval_get(s->told, "term_net")));
		jw_kraw(w, "total", jval_text(a, jval_get(s->told, "term_total")));
		jw_end_object(w);
	}
	jw_kstr(w, "tell_by", s->tell_by.set ? day_text(a, s->tell_by.day) : NULL);
	jw_kstr(w, "waiting_version_id", s->waiting);
}

static int
write_preview(struct call *c, const struct sub_loaded *s, const struct renewal *r,
	      const struct renewal_quote *q, struct reply *reply, struct err *err)
{
	struct arena *a = c->arena;
	struct jw w;

	jw_init(&w, a, ANSWER_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "subscription_renewal_preview");
	jw_kbool(&w, "renews", s->auto_renew && !s->cancelled);
	jw_kstr(&w, "term_start", day_text(a, r->from));
	jw_kstr(&w, "term_end", day_text(a, r->until));
	jw_kstr(&w, "plan_version_id",
		member_text(a, s->renewal ? s->renewal : s->row, "plan_version_id"));
	jw_kbool(&w, "new_version", s->renewal != NULL);
	write_told(&w, a, s);
	jw_kstr(&w, "currency", q->currency);
	if (write_items(&w, a, s, r, err) < 0)
		return -1;
	write_sums(&w, a, "period", &q->period_before, &q->period);
	write_sums(&w, a, "term", &q->term_before, &q->term);
	jw_end_object(&w);
	reply->status = 200;
	reply->body = sb_str(&w.sb);
	return 0;
}

static int
check_goes(const struct sub_loaded *s, struct err *err)
{
	if (strcmp(s->state, "active") == 0 || strcmp(s->state, "unpaid") == 0 ||
	    strcmp(s->state, "paused") == 0)
		return 0;
	return err_set(err, ERR_wrong_state, "A subscription that is %s does not renew.", s->state);
}

int
subscription_preview_renewal(struct call *c, struct reply *r, struct err *err)
{
	struct renewal_quote q;
	struct sub_loaded s;
	struct renewal next;
	struct flush *f;
	int stmt, rc;

	if ((rc = sub_open(c, sub_add_read, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (check_goes(&s, err) < 0 || renewal_decide(c->arena, &s, &next, err) < 0)
		rc = -1;
	if (rc == 0) {
		f = call_go_on(c);
		stmt = renewal_add_facts(f, c->arena, &s, &next);
		rc = flush_run(f, err);
	}
	call_give_up(c);
	if (rc < 0 || renewal_quote(c->arena, &s, &next, f, stmt, &q, err) < 0)
		return -1;
	return write_preview(c, &s, &next, &q, r, err);
}
