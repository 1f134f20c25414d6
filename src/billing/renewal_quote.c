/*
 * renewal_quote.c - what the next term comes to, document by document, as the runs will bill it.
 *
 * Every bill date of the term is priced, discounted and taxed by the functions that bill it, at the
 * rates that are known for its day. A coupon that is good for so many documents is used up by those
 * before the term too. The same days at what is charged now say what it came to before.
 */
#include "quote.h"
#include "renewal.h"

enum { PERCENT_PLACES = 2 };

struct quoting {
	const struct sub_loaded *s;
	const struct renewal *r;
	struct quote q;
};

int
renewal_add_facts(struct flush *f, struct arena *a, const struct sub_loaded *s,
		  const struct renewal *r)
{
	return flush_addv(f,
			  "SELECT context::text, discounts::text FROM "
			  "billing.renewal_facts($1, $2)",
			  s->id, quote_products(a, r->of, r->is.n_items), FLUSH_END);
}

static int
add(struct renewal_sums *to, const struct bill *b, struct err *err)
{
	if (__builtin_add_overflow(to->net, b->net_total, &to->net) ||
	    __builtin_add_overflow(to->tax, b->tax_total, &to->tax) ||
	    __builtin_add_overflow(to->total, b->total, &to->total) || to->total > MONEY_MAX ||
	    to->net > MONEY_MAX)
		return err_set(err, ERR_out_of_range, "The term comes to more than can be billed.");
	return 0;
}

/* ---- all of them ---- */

/* From which day on documents are to come before the term does. */
static int
first_day(const struct sub_loaded *s, const struct renewal *r, civil_day *ret, struct err *err)
{
	if (s->next_bill.set)
		*ret = s->next_bill.day;
	else if (strcmp(s->state, "paused") == 0)
		*ret = s->resume.set && s->resume.day < r->from ? s->resume.day : r->from;
	else if (sub_next_unbilled(s, s->today, ret, err) < 0)
		return -1;
	if (*ret > r->from)
		*ret = r->from;
	return 0;
}

static int
add_up(const struct quoting *all, const struct subscription *sub, struct json_object **of,
       struct renewal_sums *period, struct renewal_sums *term, struct err *err)
{
	const struct renewal *r = all->r;
	struct quote q = quote_copy(&all->q);
	civil_day day;

	if (first_day(all->s, r, &day, err) < 0)
		return -1;
	for (;; day++) {
		struct arena *one = arena_new(0);
		struct draft d = { 0 };
		int rc;

		rc = sub_next_bill(sub, day, &day, err);
		if (rc == 0 && day < r->until)
			rc = quote_bill_date(&q, one, sub, of, day, &d, err);
		if (rc == 0 && day >= r->from && day < r->until && d.bill.n_lines) {
			rc = add(term, &d.bill, err);
			if (rc == 0 && day < r->first_end)
				rc = add(period, &d.bill, err);
		}
		arena_free(one);
		if (rc < 0 || day >= r->until)
			return rc;
	}
}

int
renewal_quote(struct arena *a, const struct sub_loaded *s, const struct renewal *r,
	      const struct flush *f, int stmt, struct renewal_quote *ret, struct err *err)
{
	struct quoting all = { .s = s, .r = r };
	struct json_object *context, *discounts = NULL;
	struct subscription was = r->is;
	struct decimal percent = { 0 };

	*ret = (struct renewal_quote){ 0 };
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such subscription.");
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &context, err) < 0 ||
	    (flush_value(f, stmt, 0, 1) &&
	     jscan_parse(a, flush_str(f, stmt, 0, 1), &discounts, err) < 0) ||
	    member_decimal(s->row, "discount_percent", &percent, err) < 0 ||
	    quote_begin(a, s->id, context, discounts, percent, &all.q, err) < 0)
		return -1;
	was.items = s->all;
	was.n_items = s->core.n_items;
	ret->currency = all.q.d.facts.currency;
	ret->exponent = all.q.d.facts.exponent;
	if (add_up(&all, &was, r->of, &ret->period_before, &ret->term_before, err) < 0)
		return -1;
	return add_up(&all, &r->is, r->of, &ret->period, &ret->term, err);
}

const char *
renewal_percent(struct arena *a, int64_t before, int64_t after)
{
	struct decimal d = { .scale = PERCENT_PLACES };

	if (before == 0 || !div_round(((__int128)after - before) * 100 * pow10_i128(PERCENT_PLACES),
				      before, &d.coef))
		return NULL;
	return decimal_text(a, d);
}
