/*
 * subscription_begin.c - a pending subscription begins: on which day, and what is counted from it.
 *
 * Phases of so many periods are as long from another first day on, a day that was said stays, and
 * what lowers a phase goes with it. So it is at the activation, at its preview, which is the same
 * taken back, and at a patch of the first day, which shows what is to come as it would be then.
 */
#include "creation_preview.h"
#include "subscription_change.h"
#include "subscription_outlook.h"

#include <billfold/billing/schedule.h>

enum { SAID_MAX = 16 * 1024 * 1024 };

/* clang-format off */
const struct field subscription_activate_in[] = {
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "First day of service; what was said before, else today." },
	{ .name = "trial_days", .type = FT_INT, .u.num = { 0, 730 }, .doc = "Days before the first that is charged." },
	{ .name = "alignment", .type = FT_ENUM, .u.words = subscription_alignments, .doc = "Periods from the first day on, or the calendar's." },
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 }, .doc = "Periods that are agreed on at a time." },
	{ .name = "auto_renew", .type = FT_BOOL, .doc = "Another term follows." },
	{ .name = "billing_mode", .type = FT_ENUM, .u.words = subscription_billing_modes, .doc = "What becomes of its invoices." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};
/* clang-format on */

struct beginning {
	struct arena *a;
	const struct sub_loaded *s;
	struct sub_terms terms;
	bool renews;
	/* As they are then. */
	struct sub_item *items; /* the core's, one for one with those stored */
	bool has_days;          /* there are phases */
	struct json_object *discounts;
	civil_day last, end; /* the last phase's end, and its own */
};

/* ---- its days ---- */

static int
check_start(const struct beginning *b, const char *pointer, struct err *err)
{
	if (sub_start_is_near(b->terms.start, b->s->today))
		return 0;
	return err_field(err, b->a, pointer, "out_of_range", "%s", sub_start_words);
}

/* As it is stored: the trial is so many days from a first day that may still move. */
static void
terms_as_stored(struct beginning *b)
{
	const struct sub_loaded *s = b->s;

	b->terms = (struct sub_terms){ .start = s->start.set ? s->start.day : s->today,
				       .recurring = s->all[0].recurring,
				       .every = s->all[0].every,
				       .calendar = s->core.calendar,
				       .term = s->term };
	if (s->trial_end.set && s->start.set)
		b->terms.trial_days = s->trial_end.day - s->start.day;
	b->renews = s->auto_renew;
}

/* From which day on what it is to charge has been counted so far; DAY_NEVER: it has no days. */
static civil_day
counted_from(const struct sub_loaded *s)
{
	civil_day first = DAY_NEVER;

	for (size_t i = 0; i < s->core.n_items; i++) {
		if (s->all[i].from != DAY_ALWAYS && s->all[i].from < first)
			first = s->all[i].from;
	}
	return first;
}

/* ---- what is counted from them ---- */

static void
put_day(struct arena *a, struct json_object *o, const char *key, civil_day day)
{
	json_object_object_del(o, key);
	if (day != DAY_NEVER && day != DAY_ALWAYS)
		json_object_object_add(o, key, json_object_new_string(day_text(a, day)));
}

static bool
of_phase(struct json_object *o)
{
	bool is = false;

	member_bool(o, "of_phase", &is);
	return is;
}

/* What lowers a phase is where the phase is. */
static void
move_discount(struct beginning *b, struct json_object *o)
{
	civil_day was_first = member_day_or(o, "valid_from", DAY_ALWAYS), first = was_first,
		  was_last = member_day_or(o, "valid_to", DAY_NEVER), last = was_last;

	for (size_t i = 0; i < b->s->core.n_items; i++) {
		if (b->s->all[i].from == was_first)
			first = b->items[i].from;
		if (b->s->all[i].to == was_last)
			last = b->items[i].to;
	}
	put_day(b->a, o, "valid_from", first);
	put_day(b->a, o, "valid_to", last);
}

static int
move_phases(struct beginning *b, const char *pointer, struct err *err)
{
	const struct sub_loaded *s = b->s;
	struct json_object *stored = jval_get(s->row, "discounts");
	struct subscription was = s->core, is = s->core;

	b->items = arena_array(b->a, s->core.n_items + 1, sizeof(*b->items));
	memcpy(b->items, s->all, s->core.n_items * sizeof(*b->items));
	b->last = DAY_NEVER;
	b->discounts = jval_own(b->a, json_object_new_array());
	was.anchor = counted_from(s);
	b->has_days = was.anchor != DAY_NEVER;
	is.anchor = b->terms.anchor;
	is.calendar = b->terms.calendar;
	if (b->has_days && schedule_move(&was, &is, pointer, b->items, b->a, err) < 0)
		return -1;
	for (size_t i = 0; b->has_days && i < s->core.n_items; i++) {
		if (i == 0 || b->items[i].to > b->last)
			b->last = b->items[i].to;
	}
	for (size_t i = 0; i < jval_length(stored); i++) {
		struct json_object *o = amendment_copy(json_object_array_get_idx(stored, i));

		json_object_array_add(b->discounts, o);
		if (b->has_days && of_phase(o))
			move_discount(b, o);
	}
	return 0;
}

/* A day as it is to be stored: of one that has begun, from the first one on there is none. */
static const char *
stored_text(const struct beginning *b, civil_day day, bool begins)
{
	return day == DAY_ALWAYS || (begins && day == b->terms.anchor) ? NULL
								       : sub_day_text(b->a, day);
}

/* The days of all items and of what lowers them, as arrays that two statements take. */
struct moves {
	struct pg_array *items, *from, *to, *anchor, *discounts, *first, *last;
};

static struct moves
moves_of(const struct beginning *b, bool begins)
{
	struct arena *a = b->a;
	struct moves v = { pg_array_new(a), pg_array_new(a), pg_array_new(a), pg_array_new(a),
			   pg_array_new(a), pg_array_new(a), pg_array_new(a) };

	for (size_t i = 0; i < b->s->core.n_items; i++) {
		const struct sub_item *x = &b->items[i];

		pg_array_add(v.items,
			     member_text(a, json_object_array_get_idx(b->s->items, i), "id"));
		pg_array_add(v.from, stored_text(b, x->from, begins));
		pg_array_add(v.to, sub_day_text(a, x->to));
		pg_array_add(v.anchor, x->has_anchor ? day_text(a, x->anchor) : NULL);
	}
	for (size_t i = 0; i < jval_length(b->discounts); i++) {
		struct json_object *o = json_object_array_get_idx(b->discounts, i);

		if (!of_phase(o))
			continue;
		pg_array_add(v.discounts, member_text(a, o, "id"));
		pg_array_add(v.first,
			     stored_text(b, member_day_or(o, "valid_from", DAY_ALWAYS), begins));
		pg_array_add(v.last, member_text(a, o, "valid_to"));
	}
	return v;
}

#define MOVE_ITEMS     "SELECT billing.items_move($1, $2, $3, $4, $5)"
#define MOVE_DISCOUNTS "SELECT billing.discounts_move($1, $2, $3, $4)"

/* ---- activated ---- */

static int
decide(struct call *c, const struct sub_loaded *s, struct beginning *b, struct err *err)
{
	struct sub_terms *t = &b->terms;
	struct cycle cycle;

	*b = (struct beginning){ .a = c->arena, .s = s };
	if (strcmp(s->state, "pending") != 0)
		return err_set(err, ERR_wrong_state, "A subscription that is %s has begun.",
			       s->state);
	if (sub_term_cycle(s, &cycle, err) < 0)
		return -1;
	terms_as_stored(b);
	t->start = member_day_or(c->body, "start_date", t->start);
	member_int(c->body, "trial_days", &t->trial_days);
	if (jval_get(c->body, "alignment"))
		t->calendar = str_eqz(jval_str_of(c->body, "alignment"), "calendar");
	member_int(c->body, "term", &t->term);
	t->has_term = t->term > 0 && !(jval_has(c->body, "term") && !jval_get(c->body, "term"));
	member_bool(c->body, "auto_renew", &b->renews);
	if (check_start(b, "/start_date", err) < 0 || sub_terms_decide(t, err) < 0 ||
	    move_phases(b, "/start_date", err) < 0)
		return -1;
	b->end = !b->renews && t->has_term && t->term_end < b->last ? t->term_end : b->last;
	return 0;
}

/* Its rows, as they are then. */
static struct json_object **
rows_of(const struct beginning *b)
{
	size_t n = b->s->core.n_items;
	struct json_object **of = arena_array(b->a, n + 1, sizeof(struct json_object *));

	for (size_t i = 0; i < n; i++) {
		const struct sub_item *x = &b->items[i];

		of[i] = json_object_array_get_idx(b->s->items, i);
		if (!b->has_days)
			continue;
		of[i] = jval_own(b->a, amendment_copy(of[i]));
		put_day(b->a, of[i], "valid_from", x->from);
		put_day(b->a, of[i], "valid_to", x->to);
		put_day(b->a, of[i], "anchor", x->has_anchor ? x->anchor : DAY_NEVER);
	}
	return of;
}

/* By which version it renews. */
static int
read_renewal(struct call *c, const struct beginning *b, struct sub_loaded *then,
	     struct json_object **of, struct err *err)
{
	bool keeps_price = false;
	struct flush *f;
	int stmt;

	member_bool(b->s->row, "keeps_price", &keeps_price);
	if (keeps_price)
		return 0;
	f = flush_new(c->app->db, b->a);
	stmt = renewal_add_terms(f, b->a, then, of, member_text(b->a, b->s->row, "currency"));
	return flush_run(f, err) < 0 ? -1 : renewal_take_terms(b->a, f, stmt, then, err);
}

/* What it charges from its first day on. */
static int
look_ahead(struct call *c, const struct beginning *b, struct creation_outlook *ret, struct err *err)
{
	struct json_object **of = rows_of(b);
	struct sub_loaded then = *b->s;
	int64_t notice = 0;
	struct outlook o;
	struct quote q;

	creation_term(&then, &b->terms, b->renews);
	then.all = b->items;
	then.core = (struct subscription){ .anchor = b->terms.anchor,
					   .calendar = b->terms.calendar,
					   .end = b->end,
					   .items = b->items,
					   .n_items = b->s->core.n_items };
	member_int(b->s->row, "notice_days", &notice);
	if (read_renewal(c, b, &then, of, err) < 0 ||
	    renewal_foresee(b->a, &then, notice, &of, &ret->renewal, err) < 0)
		return -1;
	o = (struct outlook){
		.is = &then.core, .of = of, .from = then.core.anchor, .unbilled = then.core.anchor
	};
	return outlook_quote(b->a, c->app->db, b->s, of, then.core.n_items, b->discounts, &q, err) <
		       0
		   ? -1
		   : outlook_steps(b->a, &o, &q, &ret->steps, err);
}

static const char *
said(struct call *c, const struct beginning *b, struct str steps)
{
	const struct sub_terms *t = &b->terms;
	struct sb sb;

	sb_init(&sb, b->a, SAID_MAX);
	sb_addf(&sb, "activate\n%s\n%lld\n%d %d %d %d %d\n", b->s->id, (long long)b->s->version,
		(int)t->start, (int)t->anchor, (int)t->term_end, (int)b->end, (int)b->renews);
	sb_addz(&sb, preview_token_body(b->a, c->body, subscription_activate_in));
	sb_add(&sb, steps);
	return sb_z(&sb);
}

static int
check_token(struct call *c, const struct beginning *b, struct err *err)
{
	struct creation_outlook o;
	struct str token;

	if (!jval_str(c->body, "preview_token", &token))
		return 0;
	if (look_ahead(c, b, &o, err) < 0)
		return -1;
	return preview_token_check(c, token, said(c, b, o.steps), err);
}

static void
add(struct call *c, const struct beginning *b, struct flush *f)
{
	const struct sub_terms *t = &b->terms;
	struct arena *a = b->a;
	struct jw w;

	if (b->has_days) {
		struct moves v = moves_of(b, true);

		flush_addv(f, MOVE_ITEMS, b->s->id, pg_array_text(v.items), pg_array_text(v.from),
			   pg_array_text(v.to), pg_array_text(v.anchor), FLUSH_END);
		flush_addv(f, MOVE_DISCOUNTS, b->s->id, pg_array_text(v.discounts),
			   pg_array_text(v.first), pg_array_text(v.last), FLUSH_END);
	}
	jw_init(&w, a, 8000);
	jw_object(&w);
	jw_kstr(&w, "state", "active");
	jw_kstr(&w, "start_date", day_text(a, t->start));
	jw_kstr(&w, "anchor", day_text(a, t->anchor));
	jw_kstr(&w, "trial_end", t->trial_days ? day_text(a, t->anchor) : NULL);
	jw_kstr(&w, "next_bill_on", day_text(a, t->anchor));
	jw_kstr(&w, "alignment", t->calendar ? "calendar" : "anniversary");
	jw_kstr(&w, "term", t->has_term ? int_text(a, t->term) : NULL);
	jw_kstr(&w, "term_end", sub_day_text(a, t->term_end));
	jw_kbool(&w, "auto_renew", b->renews);
	if (b->end < DAY_NEVER)
		jw_kstr(&w, "end_date", day_text(a, b->end));
	if (jval_get(c->body, "billing_mode"))
		jw_kstr(&w, "billing_mode", member_text(a, c->body, "billing_mode"));
	jw_end_object(&w);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, 'subscription.activated')", b->s->id,
		   sb_z(&w.sb), FLUSH_END);
}

int
subscription_activate(struct call *c, struct reply *r, struct err *err)
{
	struct sub_loaded s;
	struct beginning b;
	struct flush *f;
	int rc;

	if ((rc = sub_open(c, sub_add_hold, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(c, &s, &b, err) < 0 || check_token(c, &b, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c);
	add(c, &b, f);
	return call_answer(c, f, &subscription_resource, s.id, 200, r, err);
}

int
subscription_preview_activate(struct call *c, struct reply *r, struct err *err)
{
	struct sub_loaded s;
	struct creation_outlook o;
	struct beginning b;
	struct flush *f;
	int rc;

	if ((rc = sub_open(c, sub_add_hold, &s, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(c, &s, &b, err) < 0 || look_ahead(c, &b, &o, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c); /* done, and taken back */
	add(c, &b, f);
	flush_try(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->status = 200;
	r->body = creation_shown(c->arena, member_text(c->arena, s.row, "currency"), &b.terms,
				 b.end, &o, preview_token_make(c, said(c, &b, o.steps)));
	return 0;
}

/* ---- patched ---- */

int
beginning_patch(struct write *w, const struct sub_loaded *s, struct err *err)
{
	struct arena *a = w->c->arena;
	bool says_day = jval_has(w->body, "start_date");
	struct beginning b = { .a = a, .s = s };
	const char *pointer =
	    arena_printf(a, "%s%s", w->pointer, says_day ? "/start_date" : "/alignment");
	struct moves v;

	if ((!says_day && !jval_get(w->body, "alignment")) || s->core.n_items == 0)
		return 0;
	terms_as_stored(&b);
	if (says_day)
		b.terms.start = member_day_or(w->body, "start_date", s->today);
	if (jval_get(w->body, "alignment"))
		b.terms.calendar = str_eqz(jval_str_of(w->body, "alignment"), "calendar");
	if ((says_day && check_start(&b, pointer, err) < 0) ||
	    sub_terms_decide(&b.terms, err) < 0 || move_phases(&b, pointer, err) < 0)
		return -1;
	if (b.terms.trial_days) {
		write_set(w, "start_date", day_text(a, b.terms.start));
		write_set(w, "trial_end", day_text(a, b.terms.anchor));
	}
	if (!b.has_days ||
	    (b.terms.anchor == counted_from(s) && b.terms.calendar == s->core.calendar))
		return 0;
	v = moves_of(&b, false);
	write_after(w, MOVE_ITEMS, w->id, pg_array_text(v.items), pg_array_text(v.from),
		    pg_array_text(v.to), pg_array_text(v.anchor), FLUSH_END);
	write_after(w, MOVE_DISCOUNTS, w->id, pg_array_text(v.discounts), pg_array_text(v.first),
		    pg_array_text(v.last), FLUSH_END);
	return 0;
}
