/*
 * plan_impact.c - whom a plan's new version reaches, and what that makes of what they pay in a
 * year, before it is made.
 *
 * It is checked as its making checks it, and not made: whom it would reach is read by
 * billing.version_impact from what is asked for, prices are rated by the core that bills them. It
 * only reads: whoever has many, others make versions of the plan meanwhile. A year's worth is of
 * whole periods at today's quantities, less the items' own discounts; coupons, discounts on the
 * whole and tax are left out.
 */
#include "reprice.h"

#include <billfold/base/money.h>
#include <billfold/base/uuid.h>
#include <billfold/billing/price_body.h>
#include <billfold/billing/subscription.h>
#include <billfold/resource/write.h>

enum { ANSWER_MAX = 1 << 20, PERCENT_PLACES = 2 };

static const char *const ways[] = { "running", "renewing", "later", "keeping", "staying", NULL };

/* clang-format off */
const struct field plan_impact_fields[] = {
	{ .name = "reach", .type = FT_ENUM, .u.words = ways,
	  .doc = "`running`: from their next bill date on; `renewing`: when they renew; `later`: they have been told what they renew by, and it is too late to tell "
		 "them anew; `keeping`: they keep their price; `staying`: they have no renewal that takes it." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The currency of these." },
	{ .name = "subscriptions", .type = FT_INT, .u.num = { 0, INT64_MAX }, .doc = "How many have the plan so." },
	{ .name = "told_anew", .type = FT_INT, .u.num = { 0, INT64_MAX }, .doc = "How many of them were told of a renewal, and are told anew." },
	{ .name = "yearly_before", .type = FT_MONEY, .doc = "What a year of theirs comes to now: the plan's charges, less the items' discounts, without tax." },
	{ .name = "yearly_after", .type = FT_MONEY, .doc = "And once the version has reached them." },
	{ .name = "change", .type = FT_MONEY, .doc = "The difference." },
	{ .name = "change_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "The same in percent; null: it was nothing." },
	{ 0 }
};

const struct field plan_version_preview_out[] = {
	{ .name = "object", .type = FT_TEXT, .doc = "`plan_version_preview`." },
	{ .name = "plan_id", .type = FT_UUID, .doc = "The plan." },
	{ .name = "reaches", .type = FT_LIST, .u.of = { plan_impact_fields, 0 }, .doc = "Whom it reaches and what that changes, by way and currency." },
	{ 0 }
};
/* clang-format on */

struct impact {
	struct flush *f;
	int stmt;
	struct arena *a;
};

/* ---- a year's worth ---- */

static int64_t
times_a_year(struct json_object *o)
{
	static const int64_t of[] = { [RECUR_WEEK] = 52,
				      [RECUR_MONTH] = 12,
				      [RECUR_QUARTER] = 4,
				      [RECUR_HALF_YEAR] = 2,
				      [RECUR_YEAR] = 1 };

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i] && str_eqz(jval_str_of(o, "recurring"), recurring_words[i]))
			return of[i];
	}
	return 0;
}

static int
too_much(struct err *err)
{
	return err_set(err, ERR_out_of_range, "It comes to more than can be reckoned.");
}

static int
read_decimal(struct json_object *o, const char *key, struct decimal *ret, struct err *err)
{
	struct str s;

	*ret = decimal_int(0);
	return jval_str(o, key, &s) ? decimal_parse(s, ret, err) : 0;
}

/* What so many pay in a year for a charge. */
static int
add_year(const struct impact *x, int row, int column, int exponent, int64_t count, int64_t *to,
	 struct err *err)
{
	struct rate_input in = { 0 };
	struct decimal discount;
	struct rate_piece *pieces;
	struct json_object *o;
	struct price price;
	int64_t every = 1, year;
	size_t n;

	if (!flush_value(x->f, x->stmt, row, column))
		return 0;
	if (jscan_parse(x->a, flush_str(x->f, x->stmt, row, column), &o, err) < 0 ||
	    read_decimal(o, "quantity", &in.quantity, err) < 0 ||
	    read_decimal(o, "discount_percent", &discount, err) < 0)
		return -1;
	price = price_body_read(x->a, o, price_body_model(o));
	jval_int(o, "every", &every);
	if (rate_pieces(&price, &in, exponent, x->a, &pieces, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t off = 0;

		if (money_percent(pieces[i].amount, discount, &off, err) < 0)
			return -1;
		if (!div_round((__int128)(pieces[i].amount - off) * times_a_year(o) * count, every,
			       &year) ||
		    money_add(*to, year, to, err) < 0)
			return too_much(err);
	}
	return 0;
}

/* ---- what is shown ---- */

static void
write_group(struct jw *w, const struct impact *x, int row, int64_t before, int64_t after)
{
	struct decimal percent = { .scale = PERCENT_PLACES };
	bool any =
	    before != 0 && div_round(((__int128)after - before) * 100 * pow10_i128(PERCENT_PLACES),
				     before, &percent.coef);

	jw_object(w);
	jw_kstr(w, "reach", flush_value(x->f, x->stmt, row, 0));
	jw_kstr(w, "currency", flush_value(x->f, x->stmt, row, 1));
	jw_kint(w, "subscriptions", flush_int(x->f, x->stmt, row, 3));
	jw_kint(w, "told_anew", flush_int(x->f, x->stmt, row, 4));
	jw_kint(w, "yearly_before", before);
	jw_kint(w, "yearly_after", after);
	jw_kint(w, "change", after - before);
	jw_kstr(w, "change_percent", any ? decimal_text(x->a, percent) : NULL);
	jw_end_object(w);
}

/* The row of a group is followed by those of its prices. */
static bool
is_group(const struct impact *x, int row)
{
	return !flush_value(x->f, x->stmt, row, 5) && !flush_value(x->f, x->stmt, row, 6);
}

static int
write_impact(struct jw *w, const struct impact *x, struct err *err)
{
	int rows = flush_rows(x->f, x->stmt);

	jw_key(w, "reaches");
	jw_array(w);
	for (int group = 0, row; group < rows; group = row) {
		int64_t before = 0, after = 0;

		for (row = group + 1; row < rows && !is_group(x, row); row++) {
			int exponent = (int)flush_int(x->f, x->stmt, row, 2);
			int64_t count = flush_int(x->f, x->stmt, row, 3);

			if (add_year(x, row, 5, exponent, count, &before, err) < 0 ||
			    add_year(x, row, 6, exponent, count, &after, err) < 0)
				return -1;
		}
		write_group(w, x, group, before, after);
	}
	jw_end_array(w);
	return 0;
}

#define IMPACT                                                                                     \
	"SELECT reach, currency, coalesce(exponent, 2), subscriptions, told, before::text, "       \
	"after::text FROM billing.version_impact("

int
plan_impact_add_like(struct flush *f, const char *plan, const char *version, const char *applies_to,
		     const char *prices)
{
	return flush_addv(f, IMPACT "$1, catalog.version_like($2, $3, $4))", plan, version,
			  applies_to, prices, FLUSH_END);
}

int
plan_impact_write(struct jw *w, struct arena *a, struct flush *f, int stmt, struct err *err)
{
	const struct impact x = { f, stmt, a };

	return write_impact(w, &x, err);
}

/* ---- a version that a body says ---- */

/* There is such a plan, before it is asked whether the version is sound, and nothing of that look
 * is kept. 1: a repeat was answered. */
static int
expect_plan(struct call *c, const char **ret_plan, struct reply *r, struct err *err)
{
	struct flush *f;
	int rc;

	if (call_id(c, &plan_resource, ret_plan, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &plan_resource, *ret_plan, err) < 0)
		return -1;
	flush_addv(f, "SELECT catalog.plan_expect($1)", *ret_plan, FLUSH_END);
	if ((rc = call_run_open(c, f, r, err)) < 0)
		call_current(c, &plan_resource, *ret_plan, err);
	if (rc == 0)
		call_give_up(c);
	return rc;
}

int
plan_preview_version(struct call *c, struct reply *r, struct err *err)
{
	const char *plan;
	struct write *v;
	struct flush *f;
	struct jw w;
	int stmt, rc;

	if ((rc = expect_plan(c, &plan, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	json_object_object_add(c->body, "plan_id", json_object_new_string(plan));
	if (write_plan(c, &plan_version_resource, true, NULL, &v, err) < 0)
		return -1;
	f = call_begin_aside(c);
	write_add_looks(v, f);
	stmt = flush_addv(f, IMPACT "$1, $2)", plan,
			  str_dup(c->arena, jval_text(c->arena, c->body)), FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	jw_init(&w, c->arena, ANSWER_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "plan_version_preview");
	jw_kstr(&w, "plan_id", plan);
	if (plan_impact_write(&w, c->arena, f, stmt, err) < 0)
		return -1;
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
	return 0;
}
