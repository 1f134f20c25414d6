/*
 * subscription_trial.c - a trial that runs is lengthened, shortened, ended at once: the first day
 * that is charged moves, and with it all that is counted from it.
 *
 * Nothing has been billed yet, so nothing is given back; the first charge is a bill date as it
 * was. Phases and scheduled changes whose day is a boundary of the periods move to the same
 * boundary of the new ones; what was said for a day stays on it.
 */
#include "subscription_change.h"

#include <billfold/base/uuid.h>
#include <billfold/billing/schedule.h>

enum { TRIAL_DAYS_MAX = 730 };

static int
check(const struct amendment *m, civil_day day, struct err *err)
{
	const struct sub_loaded *s = &m->s;

	if (!s->trial_end.set || s->billed.set || s->core.anchor <= s->today)
		return err_field(err, m->a, "/trial_end", "not_used", "It is not tried.");
	if (jval_get(m->body, "phases"))
		return err_field(err, m->a, "/trial_end", "conflict",
				 "Phases follow the trial: first the one, then the other.");
	if (day < s->today || day < s->start.day || day > s->start.day + TRIAL_DAYS_MAX)
		return err_field(err, m->a, "/trial_end", "out_of_range",
				 "Must be today or later, and within two years of its first day.");
	if (s->end.set && s->cancelled && day >= s->end.day)
		return err_field(err, m->a, "/trial_end", "out_of_range", "It has ended by then.");
	return 0;
}

/* One that begins on another day: the stored one is charged for no day, its like for those. */
static int
begin_again(struct amendment *m, size_t i, const struct sub_item *moved, struct err *err)
{
	struct arena *a = m->a;
	struct json_object *o = amendment_copy(m->of[i]);
	size_t at = m->is.n_items++;

	json_object_object_add(o, "id", json_object_new_string(uuid_new_z(a)));
	json_object_object_add(o, "valid_from", json_object_new_string(day_text(a, moved->from)));
	json_object_object_del(o, "valid_to");
	if (moved->to < DAY_NEVER)
		json_object_object_add(o, "valid_to",
				       json_object_new_string(day_text(a, moved->to)));
	if (moved->has_anchor)
		json_object_object_add(o, "anchor",
				       json_object_new_string(day_text(a, moved->anchor)));
	json_object_array_add(m->begun, o);
	m->of[at] = o;
	m->items[i].to = m->items[i].from;
	return sub_load_item(a, o, &m->items[at], err);
}

/* What lowers a phase lowers it wherever it is. */
static void
move_coupons(struct amendment *m, const struct sub_item *moved)
{
	size_t n = m->is.n_items;
	civil_day *was = arena_array(m->a, 2 * n + 1, sizeof(*was)),
		  *is = arena_array(m->a, 2 * n + 1, sizeof(*is));

	for (size_t i = 0; i < n; i++) {
		was[2 * i] = m->items[i].from;
		is[2 * i] = moved[i].from;
		was[2 * i + 1] = m->items[i].to;
		is[2 * i + 1] = moved[i].to;
	}
	coupon_move(m, was, is, 2 * n);
}

/* Those that were stored, and those that this very change begins. */
static int
move_items(struct amendment *m, civil_day day, struct err *err)
{
	size_t n = m->is.n_items;
	struct sub_item *moved = arena_array(m->a, n + 1, sizeof(*moved));
	struct subscription was = m->is, to = m->is;

	to.anchor = day;
	for (size_t i = 0; i < n; i++)
		moved[i] = m->items[i];
	if (schedule_move(&was, &to, "/trial_end", moved, m->a, err) < 0)
		return -1;
	move_coupons(m, moved);
	amendment_make_room(m, n);
	for (size_t i = 0; i < n; i++) {
		struct sub_item *x = &m->items[i];

		if (moved[i].from == x->from && moved[i].anchor == x->anchor) {
			x->to = moved[i].to;
			if (i >= m->s.core.n_items && x->to < DAY_NEVER)
				json_object_object_add(m->of[i], "valid_to",
						       json_object_new_string(
							   day_text(m->a, x->to)));
		} else if (i >= m->s.core.n_items) {
			return err_field(err, m->a, "/trial_end", "conflict",
					 "Either the trial, or what comes after it.");
		} else if (begin_again(m, i, &moved[i], err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Term and end are counted from the same day; a cancellation stays where it was said for. */
static int
move_ends(struct amendment *m, struct err *err)
{
	struct sub_loaded *s = &m->s;
	civil_day last = DAY_ALWAYS, end = DAY_NEVER;
	struct cycle c;

	for (size_t i = 0; i < m->is.n_items; i++) {
		if (m->items[i].to > m->items[i].from && m->items[i].to > last)
			last = m->items[i].to;
	}
	if (s->term > 0) {
		s->core.anchor = m->is.anchor;
		if (sub_term_cycle(s, &c, err) < 0)
			return -1;
		s->term_end = (struct opt_day){ true, date_boundary(c.anchor, c.unit, c.count,
								    (int)s->term) };
		jw_kstr(&m->set, "term_end", day_text(m->a, s->term_end.day));
		if (!s->auto_renew)
			end = s->term_end.day;
	}
	end = last < end ? last : end;
	if (s->cancelled || (!s->end.set && end == DAY_NEVER))
		return 0;
	m->is.end = end;
	s->end = (struct opt_day){ end != DAY_NEVER, end };
	jw_kstr(&m->set, "end_date", sub_day_text(m->a, end));
	return 0;
}

int
trial_move(struct amendment *m, struct err *err)
{
	civil_day day = m->s.today;

	if (!jval_get(m->body, "trial_end"))
		return 0;
	(void)date_parse(jval_str_of(m->body, "trial_end"), &day);
	if (check(m, day, err) < 0 || move_items(m, day, err) < 0)
		return -1;
	m->is.anchor = day;
	m->next = (struct opt_day){ true, day };
	jw_kstr(&m->set, "anchor", day_text(m->a, day));
	jw_kstr(&m->set, "trial_end", day > m->s.start.day ? day_text(m->a, day) : NULL);
	return move_ends(m, err);
}
