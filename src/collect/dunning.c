/*
 * dunning.c - when to try again, when to remind, when to stop: pure decisions.
 *
 * Steps are days, taken at an hour of the clock in the payer's zone: nine is nine on the days of 23
 * and of 25 hours too. Instants are microseconds since 1970, days civil days there.
 */
#include <billfold/collect.h>

enum { OPENS = 9, CLOSES = 18 };

int64_t
dunning_hour(const struct zone *z, civil_day d)
{
	return zone_hour(z, d, OPENS);
}

bool
dunning_next_retry(const struct dunning_policy *p, civil_day plan_from, civil_day today,
		   civil_day *ret)
{
	for (size_t i = 0; i < p->n_retries; i++) {
		civil_day day = plan_from + p->retry_days[i];

		if (day > today) {
			*ret = day;
			return true;
		}
	}
	return false;
}

enum dunning_outcome
dunning_decide(const struct dunning_policy *p, const struct dunning_decline *d, civil_day *ret_day)
{
	bool left = d->worth && dunning_next_retry(p, d->plan_from, d->today, ret_day);

	/* Who has never agreed to be charged has no tries to use up. */
	if (!d->may_charge)
		return DUNNING_WAIT;
	if (!left)
		return DUNNING_HAND_OVER;
	return d->hard ? DUNNING_WAIT : DUNNING_RETRY;
}

/* The i-th step of a policy in time: reminders, then hand-over. */
static bool
step_at(const struct dunning_policy *p, const struct zone *z, civil_day due, size_t i,
	struct dunning_step *ret)
{
	if (i < p->n_reminders)
		*ret = (struct dunning_step){ .day = p->reminder_days[i] };
	else if (i == p->n_reminders && p->hand_over_day != DUNNING_NEVER)
		*ret = (struct dunning_step){ .hand_over = true, .day = p->hand_over_day };
	else
		return false;
	ret->at = dunning_hour(z, due + ret->day);
	return true;
}

bool
dunning_next_step(const struct dunning_policy *p, const struct zone *z, civil_day due,
		  int64_t after, struct dunning_step *ret)
{
	struct dunning_step s;

	for (size_t i = 0; step_at(p, z, due, i, &s); i++) {
		if (s.at > after) {
			*ret = s;
			return true;
		}
	}
	return false;
}

/* The latest step within [from, now]. */
static bool
step_due(const struct dunning_policy *p, const struct zone *z, civil_day due, int64_t from,
	 int64_t now, struct dunning_step *ret)
{
	struct dunning_step s;
	bool found = false;

	for (size_t i = 0; step_at(p, z, due, i, &s) && s.at <= now; i++) {
		if (s.at >= from) {
			*ret = s;
			found = true;
		}
	}
	return found;
}

static bool
is_open_hour(const struct zone *z, int64_t now)
{
	civil_day today = zone_day(z, now);

	return now >= zone_hour(z, today, OPENS) && now < zone_hour(z, today, CLOSES);
}

/* The next morning's hour, which may be today's. */
static int64_t
opening_after(const struct zone *z, int64_t now)
{
	civil_day today = zone_day(z, now);
	int64_t at = dunning_hour(z, today);

	return at > now ? at : dunning_hour(z, today + 1);
}

void
dunning_turn(const struct dunning_policy *p, const struct zone *z, civil_day due, int64_t from,
	     int64_t now, bool waiting, struct dunning_turn *ret)
{
	struct dunning_step s;
	int64_t morning;

	*ret = (struct dunning_turn){ 0 };
	ret->again = dunning_next_step(p, z, due, now, &ret->next);
	ret->from = ret->next.at;
	if (!step_due(p, z, due, from, now, &s))
		return;
	if (!waiting && (s.hand_over || is_open_hour(z, now))) {
		ret->act = true;
		ret->step = s;
		if (s.hand_over)
			ret->again = false;
		return;
	}
	if (waiting && !s.hand_over)
		return;
	/* Put off; a later step that comes by then takes its place. */
	morning = opening_after(z, now);
	if (ret->again && ret->next.at <= morning)
		return;
	ret->again = true;
	ret->from = s.at;
	ret->next = s;
	ret->next.at = morning;
}
