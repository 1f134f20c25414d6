/*
 * subscription_patch.c - a subscription that is patched.
 *
 * Of a pending one all may move; of one that has begun what it charges and when moves by actions,
 * which have a day, and here only what documents are made by and whether it renews.
 */
#include "subscription_change.h" /* schedule_end */
#include "subscription_context.h"

/* What it charges, and when, moves by actions once it has begun. */
static int
check_begun(struct write *w, const char *state, struct err *err)
{
	static const char *const agreed[] = { "start_date", "alignment", "term", "discount_percent",
					      "items" };

	for (size_t i = 0; i < sizeof(agreed) / sizeof(agreed[0]); i++) {
		if (!jval_has(w->body, agreed[i]))
			continue;
		if (err->code == ERR_none)
			err_set(err, ERR_wrong_state,
				"A subscription that is %s charges what was agreed; a change "
				"of it has a day.",
				state);
		err_field(err, w->c->arena,
			  arena_printf(w->c->arena, "%s/%s", w->pointer, agreed[i]), "wrong_state",
			  "Is fixed.");
	}
	return err->code == ERR_none ? 0 : -1;
}

/* Whether it goes on after its term says whether it ends with it. */
static void
set_renewal(struct write *w, const struct sub_loaded *s)
{
	bool renews = s->auto_renew;
	civil_day end = schedule_end(s); /* with its last phase it ends in any case */

	member_bool(w->body, "auto_renew", &renews);
	if (renews == s->auto_renew || s->cancelled || !s->term_end.set)
		return;
	if (!renews && s->term_end.day < end)
		end = s->term_end.day;
	write_set(w, "end_date", sub_day_text(w->c->arena, end));
	if (renews && s->told_to_end) /* its customer is told otherwise at once */
		write_after(w, "SELECT billing.step_again($1, $2)", w->id,
			    arena_printf(w->c->arena, "renews:%lld", (long long)s->version),
			    FLUSH_END);
}

int
subscription_patch(struct call *c, struct write *w, struct err *err)
{
	struct write_child *items = w->children.n ? &w->children.v[0] : NULL;
	struct flush *f = call_begin_aside(c);
	int stmt = c->open ? sub_add_hold(f, w->id) : sub_add_read(f, w->id);
	struct sub_context x = { 0 };
	struct sub_loaded s;

	if (call_run_aside(c, f, err) < 0 || sub_load(c->arena, w->id, f, stmt, &s, err) < 0)
		return -1;
	if (strcmp(s.state, "pending") != 0 && check_begun(w, s.state, err) < 0)
		return -1;
	if (items || jval_get(w->body, "location_id")) {
		struct json_object *of = sub_merged(c->arena, s.row, w->body);

		if (sub_context_read(w, of, items, &x, err) < 0 ||
		    sub_context_check(w, &x, err) < 0 ||
		    (items && sub_own_items(w, items, &x.facts, x.prices, s.items, err) < 0))
			return -1;
	}
	write_expect(w, int_text(c->arena, s.version));
	if (strcmp(s.state, "pending") == 0) {
		if (beginning_patch(w, &s, err) < 0)
			return -1;
	} else {
		set_renewal(w, &s);
		write_after(w, "SELECT billing.subscription_follow($1)", w->id, FLUSH_END);
	}
	return 0;
}
