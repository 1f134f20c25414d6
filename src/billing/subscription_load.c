/*
 * subscription_load.c - a subscription that is stored, as the core's values.
 *
 * Read by one statement (billing.subscription_facts), after it is held where it is to be moved.
 */
#include "subscription.h"

int
sub_add_read(struct flush *f, const char *id)
{
	return flush_addv(f, "SELECT facts::text FROM billing.subscription_facts($1)", id,
			  FLUSH_END);
}

int
sub_add_hold(struct flush *f, const char *id)
{
	flush_addv(f, "SELECT billing.subscription_hold($1)", id, FLUSH_END);
	return sub_add_read(f, id);
}

static struct opt_day
day_of(struct json_object *o, const char *key)
{
	struct opt_day d = { 0 };
	struct str s;

	d.set = jval_str(o, key, &s) && date_parse(s, &d.day);
	return d;
}

int
sub_load_item(struct arena *a, struct json_object *o, struct sub_item *ret, struct err *err)
{
	struct opt_day from = day_of(o, "valid_from"), to = day_of(o, "valid_to");
	int64_t every = 1;

	member_int(o, "every", &every);
	*ret = (struct sub_item){ .lineage = member_text(a, o, "lineage"),
				  .recurring = recurring_by_word(jval_str_of(o, "recurring")),
				  .every = (int)every,
				  .price = price_body_read(a, o, price_body_model(o)),
				  .from = from.set ? from.day : DAY_ALWAYS,
				  .to = to.set ? to.day : DAY_NEVER };
	if (member_decimal(o, "discount_percent", &ret->discount_percent, err) < 0)
		return -1;
	return member_decimal(o, "quantity", &ret->quantity, err);
}

int
sub_load(struct arena *a, const char *id, const struct flush *f, int stmt, struct sub_loaded *ret,
	 struct err *err)
{
	struct json_object *o, *row;
	int64_t exponent = 0;
	struct str alignment;
	size_t n;

	*ret = (struct sub_loaded){ .id = id };
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such subscription.");
	if (jscan_parse(a, flush_str(f, stmt, 0, 0), &o, err) < 0)
		return -1;
	row = ret->row = jval_get(o, "subscription");
	ret->items = jval_get(o, "items");
	ret->renewal = jval_get(o, "renewal");
	ret->noticed = jval_get(o, "noticed");
	ret->state = member_text(a, row, "state");
	member_int(o, "exponent", &exponent);
	ret->exponent = (int)exponent;
	ret->today = day_of(o, "today").day;
	ret->billed = day_of(o, "billed_on");
	ret->start = day_of(row, "start_date");
	ret->anchor = day_of(row, "anchor");
	ret->trial_end = day_of(row, "trial_end");
	ret->next_bill = day_of(row, "next_bill_on");
	ret->term_end = day_of(row, "term_end");
	ret->end = day_of(row, "end_date");
	ret->paused = day_of(row, "paused_on");
	ret->resume = day_of(row, "resume_on");
	ret->cancelled = jval_get(row, "cancelled_at");
	member_int(row, "version", &ret->version);
	member_int(row, "term", &ret->term);
	member_bool(row, "auto_renew", &ret->auto_renew);
	n = json_object_array_length(ret->items);
	ret->all = arena_alloc(a, (n + 1) * sizeof(*ret->all));
	for (size_t i = 0; i < n; i++) {
		if (sub_load_item(a, json_object_array_get_idx(ret->items, i), &ret->all[i], err) <
		    0)
			return -1;
	}
	alignment = jval_str_of(row, "alignment");
	ret->core = (struct subscription){ .anchor = ret->anchor.day,
					   .calendar = str_eqz(alignment, "calendar"),
					   .end = ret->end.set ? ret->end.day : DAY_NEVER,
					   .items = ret->all,
					   .n_items = n };
	return 0;
}

int
sub_next_unbilled(const struct sub_loaded *s, civil_day from, civil_day *ret, struct err *err)
{
	civil_day day = s->anchor.day > from ? s->anchor.day : from;

	if (s->billed.set && s->billed.day >= day)
		day = s->billed.day + 1;
	return sub_next_bill(&s->core, day, ret, err);
}

int
sub_term_cycle(const struct sub_loaded *s, struct cycle *ret, struct err *err)
{
	civil_day day = s->today > s->core.anchor ? s->today : s->core.anchor;

	if (s->core.n_items == 0)
		return err_set(err, ERR_wrong_state, "The subscription has no items.");
	for (size_t i = 0; i < s->core.n_items; i++) {
		if (period_holds((struct period){ s->all[i].from, s->all[i].to }, day))
			return sub_cycle(&s->core, &s->all[i], ret, err);
	}
	return sub_cycle(&s->core, &s->all[s->core.n_items - 1], ret, err);
}
