/*
 * facts.c - what each step of collection is decided on: a row of collect.facts() as C reads it.
 */
#include "facts.h"

enum {
	COL_INVOICE,
	COL_OPEN,
	COL_DISPUTED,
	COL_DUE,
	COL_AMOUNT_DUE,
	COL_THRESHOLD,
	COL_ZONE,
	COL_NOW,
	COL_POLICY,
	COL_RETRY_DAYS,
	COL_REMINDER_DAYS,
	COL_HAND_OVER_DAY,
	COL_STATE,
	COL_PLAN_FROM,
	COL_PAUSED_ON,
	COL_MAY_CHARGE,
	COL_CASE,
	COL_PROCESSING,
	COL_IN_FLIGHT,
	COLUMNS
};
_Static_assert((int)COLUMNS == (int)FACTS_COLUMNS, "facts.h counts them");

/* "{-3,0,7}" */
static const int *
days(struct arena *a, struct str text, size_t *ret_n)
{
	int *v = arena_array(a, DUNNING_DAYS_MAX, sizeof(*v));
	size_t n = 0;
	int64_t day;

	if (text.len > 2)
		text = (struct str){ text.p + 1, text.len - 2 };
	else
		text.len = 0;
	while (text.len > 0 && n < DUNNING_DAYS_MAX) {
		if (str_to_int(str_cut(text, ',', &text), -366, 366, &day))
			v[n++] = (int)day;
	}
	*ret_n = n;
	return v;
}

static enum case_state
state_of(struct str word)
{
	if (str_eqz(word, "active"))
		return CASE_ACTIVE;
	if (str_eqz(word, "held"))
		return CASE_HELD;
	return str_eqz(word, "handed_over") ? CASE_HANDED_OVER : CASE_NONE;
}

void
facts_read(struct arena *a, const struct flush *f, int stmt, int row, struct facts *ret)
{
	struct facts x = {
		.invoice_id = flush_value(f, stmt, row, COL_INVOICE),
		.policy_id = flush_value(f, stmt, row, COL_POLICY),
		.case_id = flush_value(f, stmt, row, COL_CASE),
		.open = flush_bool(f, stmt, row, COL_OPEN),
		.disputed = flush_bool(f, stmt, row, COL_DISPUTED),
		.processing = flush_bool(f, stmt, row, COL_PROCESSING),
		.in_flight = flush_bool(f, stmt, row, COL_IN_FLIGHT),
		.may_charge = flush_bool(f, stmt, row, COL_MAY_CHARGE),
		.now = flush_int(f, stmt, row, COL_NOW),
		.zone = zone_find(flush_value(f, stmt, row, COL_ZONE)),
		.state = state_of(flush_str(f, stmt, row, COL_STATE)),
		.policy.hand_over_day = DUNNING_NEVER,
	};

	/* A zone that this system's tables lost keeps nobody from being reminded. */
	if (!x.zone)
		x.zone = zone_find("UTC");
	date_parse(flush_str(f, stmt, row, COL_DUE), &x.due);
	x.today = zone_day(x.zone, x.now);
	x.worth = flush_value(f, stmt, row, COL_THRESHOLD) == NULL ||
		  flush_int(f, stmt, row, COL_AMOUNT_DUE) >= flush_int(f, stmt, row, COL_THRESHOLD);
	x.policy.retry_days = days(a, flush_str(f, stmt, row, COL_RETRY_DAYS), &x.policy.n_retries);
	x.policy.reminder_days =
	    days(a, flush_str(f, stmt, row, COL_REMINDER_DAYS), &x.policy.n_reminders);
	if (flush_value(f, stmt, row, COL_HAND_OVER_DAY))
		x.policy.hand_over_day = (int)flush_int(f, stmt, row, COL_HAND_OVER_DAY);
	x.has_plan = date_parse(flush_str(f, stmt, row, COL_PLAN_FROM), &x.plan_from);
	x.paused = date_parse(flush_str(f, stmt, row, COL_PAUSED_ON), &x.paused_on);
	*ret = x;
}

int
facts_one(struct arena *a, const struct flush *f, int stmt, struct facts *ret, struct err *err)
{
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such invoice.");
	facts_read(a, f, stmt, 0, ret);
	return 0;
}

bool
facts_waiting(const struct facts *f)
{
	return f->disputed || f->processing;
}

bool
facts_running(const struct facts *f)
{
	return f->open && !facts_waiting(f) && f->worth &&
	       (f->state == CASE_NONE || f->state == CASE_ACTIVE);
}

civil_day
facts_plan_from(const struct facts *f)
{
	if (f->paused && f->today > f->paused_on)
		return f->plan_from + (f->today - f->paused_on);
	return f->plan_from;
}

const char *
param_day(struct arena *a, bool given, civil_day d)
{
	return given ? day_text(a, d) : NULL;
}

const char *
param_instant(struct arena *a, bool given, int64_t us)
{
	return given ? instant_text(a, us) : NULL;
}

const char *
step_name(struct arena *a, const struct dunning_step *s)
{
	return s->hand_over ? "hand_over" : arena_printf(a, "reminder:%d", s->day);
}
