/*
 * subscription_rephase.c - phases instead of what a subscription charges from a day on, and of all
 * that was scheduled: a change like any other, previewed and billed as one.
 */
#include "subscription_change.h"
#include "subscription_phase.h"

static int
check_body(struct amendment *m, struct err *err)
{
	static const char *const others[] = { "plan_id",    "plan_code", "plan_version_id",
					      "quantities", "add_ons",   "items",
					      "remove",     "scheduled" };
	struct arena *a = m->a;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (jval_get(m->body, others[i]))
			err_field(err, a, arena_printf(a, "/%s", others[i]), "conflict",
				  "Phases say all that is charged from then on.");
	}
	if (!jval_length(jval_get(m->body, "phases")))
		err_field(err, a, "/phases", "required", "A phase at least.");
	if (m->day < m->s.today)
		err_field(err, a, "/date", "out_of_range", "Phases begin today or later.");
	return err->code == ERR_none ? 0 : -1;
}

/* What runs on the day: its periods go on where a phase has the same interval. */
static void
take_running(const struct amendment *m, struct phases *p)
{
	const struct sub_item *runs = NULL;
	bool planned = false;

	p->before = jval_own(m->a, json_object_new_array());
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		struct json_object *row = amendment_row(m, i);

		if (!amendment_has(m, i))
			continue;
		json_object_array_add(p->before, json_object_get(row));
		if (!runs || (!planned && jval_get(row, "plan_charge")))
			runs = &m->s.all[i];
		planned |= jval_get(row, "plan_charge") != NULL;
	}
	if (runs)
		p->cycle = (struct phase_cycle){ true, *runs, { runs->has_anchor, runs->anchor } };
}

static int
read_phases(struct amendment *m, struct phases *p, struct err *err)
{
	struct flush *f = flush_new(m->db, m->a);
	int stmt = phases_add_read(f, m->a, p);

	if (flush_run(f, err) < 0 || phases_take(f, stmt, m->a, p, err) < 0)
		return -1;
	m->plan = json_object_array_get_idx(p->plans, 0);
	m->terms = phases_first_terms(p);
	return 0;
}

/* Nothing that runs on the day goes on, and nothing that was to come comes. */
static int
replace_items(struct amendment *m, const struct phases *p, struct err *err)
{
	amendment_as_it_is(m, jval_length(p->items) + 1);
	for (size_t i = 0; i < m->s.core.n_items; i++) {
		if (m->s.all[i].from > m->day)
			m->items[i].to = m->s.all[i].from;
		else if (m->s.all[i].to > m->day)
			m->items[i].to = m->day;
	}
	m->begun = p->items;
	for (size_t i = 0; i < jval_length(p->items); i++) {
		size_t at = m->is.n_items++;

		m->of[at] = json_object_array_get_idx(p->items, i);
		if (sub_load_item(m->a, m->of[at], &m->items[at], err) < 0)
			return -1;
	}
	return 0;
}

/*
 * With the last phase it ends, unless its term ends before; a cancellation stays. A plan of another
 * interval that begins with the day begins the term anew, as in any change (subscription_amend.c);
 * one of a later phase does so on its day (subscription_step.c).
 */
static void
decide_end(struct amendment *m, const struct phases *p)
{
	const struct sub_item *first = &m->items[m->s.core.n_items];

	m->new_anchor = m->terms && first->has_anchor && first->anchor == m->day &&
			!(p->cycle.own.set && p->cycle.own.day == m->day);
	if (m->s.cancelled)
		return;
	m->sets_end = true;
	m->is.end = p->end;
	if (!m->s.auto_renew && m->s.term_end.set && m->s.term_end.day < p->end)
		m->is.end = m->s.term_end.day;
}

/* Theirs; one that the subscription has for all that it bills lowers nothing twice. */
static int
take_coupons(struct amendment *m, const struct phases *p, struct err *err)
{
	for (size_t i = 0; i < jval_length(p->coupons); i++) {
		struct json_object *o = json_object_array_get_idx(p->coupons, i);

		if (coupon_has(m, o))
			return err_field(err, m->a, "/phases", "duplicate",
					 "The subscription has the coupon %s already.",
					 member_text(m->a, o, "name"));
	}
	for (size_t i = 0; i < jval_length(p->coupons); i++)
		json_object_array_add(m->discounts,
				      json_object_get(json_object_array_get_idx(p->coupons, i)));
	return 0;
}

int
amendment_phases(struct amendment *m, struct err *err)
{
	struct phases p = { .body = jval_get(m->body, "phases"),
			    .at = "",
			    .currency = m->d.facts.currency,
			    .agreed = m->s.today,
			    .today = m->s.today,
			    .account = member_text(m->a, m->s.row, "account_id"),
			    .core = m->s.core,
			    .start = m->day,
			    .end = DAY_NEVER };

	m->meets = DAY_NEVER;
	if (check_body(m, err) < 0 || read_phases(m, &p, err) < 0)
		return -1;
	take_running(m, &p);
	if (phases_compose(m->a, &p, err) < 0 || replace_items(m, &p, err) < 0)
		return -1;
	coupon_cut(m, m->day);
	decide_end(m, &p);
	return take_coupons(m, &p, err);
}
