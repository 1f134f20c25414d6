/*
 * subscription_load.c - a subscription that is stored, as the core's values.
 *
 * Read by one statement (billing.subscription_facts), after it is held where it is to be moved.
 */
#include "subscription.h"

int
sub_column(struct arena *a, const struct flush *f, int stmt, int col, struct json_object **ret,
	   struct err *err)
{
	*ret = NULL;
	return flush_value(f, stmt, 0, col) ? jscan_parse(a, flush_str(f, stmt, 0, col), ret, err)
					    : 0;
}

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
	struct opt_day from = day_of(o, "valid_from"), to = day_of(o, "valid_to"),
		       anchor = day_of(o, "anchor");
	int64_t every = 1;

	member_int(o, "every", &every);
	*ret = (struct sub_item){ .lineage = member_text(a, o, "lineage"),
				  .recurring = recurring_by_word(jval_str_of(o, "recurring")),
				  .every = (int)every,
				  .price = price_body_read(a, o, price_body_model(o)),
				  .from = from.set ? from.day : DAY_ALWAYS,
				  .to = to.set ? to.day : DAY_NEVER,
				  .has_anchor = anchor.set,
				  .anchor = anchor.day };
	if (member_decimal(o, "discount_percent", &ret->discount_percent, err) < 0)
		return -1;
	return member_decimal(o, "quantity", &ret->quantity, err);
}

static void
load_pauses(struct arena *a, struct json_object *list, struct sub_loaded *ret)
{
	size_t n = list ? json_object_array_length(list) : 0;

	ret->pauses = arena_array(a, n + 1, sizeof(*ret->pauses));
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct opt_day end = day_of(o, "ends_on"), keeps = day_of(o, "keeps_until");

		ret->pauses[i] = (struct sub_pause){ { day_of(o, "starts_on").day,
						       end.set ? end.day : DAY_NEVER },
						     keeps.set ? keeps.day : DAY_ALWAYS };
	}
	ret->core.pauses = ret->pauses;
	ret->core.n_pauses = n;
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
	ret->reaching = jval_get(o, "reaching");
	ret->noticed = jval_get(o, "noticed");
	ret->told = jval_get(o, "told");
	ret->renews_by = member_text(a, o, "renews_by");
	ret->waiting = member_text(a, o, "waiting_version_id");
	ret->tell_by = day_of(o, "tell_by");
	ret->reach_from = day_of(o, "reach_from");
	ret->plan_begun = jval_get(o, "plan_begun");
	ret->state = member_text(a, row, "state");
	member_int(o, "exponent", &exponent);
	ret->exponent = (int)exponent;
	ret->today = day_of(o, "today").day;
	ret->billed = day_of(o, "billed_on");
	ret->credited = day_of(o, "credited_until");
	ret->start = day_of(row, "start_date");
	ret->anchor = day_of(row, "anchor");
	ret->trial_end = day_of(row, "trial_end");
	ret->next_bill = day_of(row, "next_bill_on");
	ret->term_end = day_of(row, "term_end");
	ret->end = day_of(row, "end_date");
	ret->paused = day_of(row, "paused_on");
	ret->resume = day_of(row, "resume_on");
	ret->unbilled = day_of(row, "unbilled_on");
	member_bool(row, "pause_credit", &ret->pause_credit);
	member_bool(row, "pause_extends_term", &ret->pause_extends);
	member_bool(row, "resume_anew", &ret->resume_anew);
	member_bool(o, "goes_on_unpaid", &ret->goes_on_unpaid);
	member_bool(o, "told_to_end", &ret->told_to_end);
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
	load_pauses(a, jval_get(o, "pauses"), ret);
	return 0;
}

civil_day
sub_unbilled(const struct sub_loaded *s)
{
	civil_day day = s->anchor.day;

	if (s->next_bill.set)
		return s->next_bill.day;
	if (s->billed.set && s->billed.day >= day)
		day = s->billed.day + 1;
	return s->unbilled.set && s->unbilled.day > day ? s->unbilled.day : day;
}

int
sub_next_unbilled(const struct sub_loaded *s, civil_day from, civil_day *ret, struct err *err)
{
	civil_day day = sub_unbilled(s);

	return sub_next_bill(&s->core, day > from ? day : from, ret, err);
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

int
sub_open(struct call *c, int (*add)(struct flush *f, const char *id), struct sub_loaded *ret,
	 struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;
	int stmt, rc;

	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &subscription_resource, id, err) < 0)
		return -1;
	stmt = add(f, id);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &subscription_resource, id, err);
		return rc;
	}
	if (sub_load(c->arena, id, f, stmt, ret, err) == 0)
		return 0;
	call_give_up(c);
	return -1;
}
