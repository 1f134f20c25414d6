/*
 * skipped.c - a bill date whose draft somebody deleted is billed after all.
 *
 * Deleting a run's draft is a decision: that period is skipped, the subscription goes on, and says
 * so (`skipped`). It is billed again when somebody asks for it, by what a run bills with, as its
 * subscription is by then, for the same days. What cannot be billed is refused, with its reasons.
 *
 * Where a change has billed some of these days by a document of its own, what is left of them is
 * what a change from that bill date on that changes nothing would charge for it
 * (subscription_change.c): less percents, as any change; amounts lower the next bill date.
 */
#include "batch.h"
#include "subscription_change.h"

#include <billfold/billing.h>

/* clang-format off */
const struct field subscription_bill_skipped_in[] = {
	{ .name = "period_start", .type = FT_DATE, .flags = FF_REQUIRED,
	  .doc = "The first day of a period of `skipped`." },
	{ 0 }
};
/* clang-format on */

static int
decide(struct call *c, const struct batch_reading *reading, struct batch *ret, struct err *err)
{
	if (batch_take(reading, ret, err) < 0)
		return -1;
	if (ret->n == 0) /* a change has billed some of it */
		return 0;
	batch_decide(c->arena, &ret->rows[0]);
	if (ret->rows[0].outcome == BATCH_PARKED) {
		*err = ret->rows[0].err;
		return -1;
	}
	if (ret->rows[0].outcome == BATCH_NOTHING)
		return err_set(err, ERR_wrong_state, "Nothing is charged on that day any more.");
	return 0;
}

/* ---- what is left of it ---- */

static int
read_left(struct call *c, struct amendment *m, const char *on, struct err *err)
{
	struct flush *f = call_go_on(c);
	int stmt = sub_add_read(f, m->s.id);

	if (flush_run(f, err) < 0 || sub_load(c->arena, m->s.id, f, stmt, &m->s, err) < 0)
		return -1;
	(void)date_parse(str_from(on), &m->day);
	m->skipped = (struct opt_day){ true, m->day };
	return amendment_read_more(m, err);
}

static int
decide_left(struct amendment *m, struct err *err)
{
	amendment_as_it_is(m, 0);
	if (amendment_decide(m, err) < 0)
		return -1;
	m->event = "subscription.billed";
	return m->has_document ? 0
			       : err_set(err, ERR_wrong_state,
					 "Changes have billed all that is charged on that day.");
}

static int
bill_left(struct call *c, const char *id, const char *on, struct reply *r, struct err *err)
{
	struct amendment m = {
		.a = c->arena, .db = c->app->db, .c = c, .since = DAY_NEVER, .s = { .id = id }
	};
	struct flush *f;
	int rc = read_left(c, &m, on, err) < 0 || decide_left(&m, err) < 0 ? -1 : 0;

	if (rc == 0) {
		f = call_go_on(c);
		flush_addv(f, "SELECT billing.skip_left($1, $2)", id, on, FLUSH_END);
		rc = amendment_add(&m, f, err);
	}
	if (rc < 0) {
		call_give_up(c);
		return -1;
	}
	return call_answer(c, f, &subscription_resource, id, 200, r, err);
}

/* ---- the action ---- */

int
subscription_bill_skipped(struct call *c, struct reply *r, struct err *err)
{
	const char *on = member_text(c->arena, c->body, "period_start"), *id;
	struct batch_reading reading = { .a = c->arena };
	struct batch b;
	int rc;

	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	reading.f = call_begin(c);
	if (call_if_match(c, reading.f, &subscription_resource, id, err) < 0)
		return -1;
	flush_addv(reading.f,
		   "SELECT set_config('billing.held', billing.skip_hold($1, $2)::text, true)", id,
		   on, FLUSH_END);
	batch_add_reads(&reading, on);
	if ((rc = call_run_open(c, reading.f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &subscription_resource, id, err);
		return rc < 0 ? -1 : 0;
	}
	if (decide(c, &reading, &b, err) < 0) {
		call_give_up(c);
		return -1;
	}
	if (b.n == 0)
		return bill_left(c, id, on, r, err);
	reading.f = call_go_on(c);
	batch_write_documents(reading.f, &b);
	flush_addv(reading.f, "SELECT billing.skip_end($1, $2, $3, $4)", id, on, b.rows[0].draft.id,
		   batch_discounts(&b), FLUSH_END);
	return call_answer(c, reading.f, &subscription_resource, id, 200, r, err);
}
