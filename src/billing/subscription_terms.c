/*
 * subscription_terms.c - when a subscription's days are: its anchor, and the end of its first term.
 */
#include "subscription.h"

enum { START_YEARS = 10, START_DAYS = START_YEARS * 366 };

const char sub_start_words[] = "Must be within ten years of today.";

bool
sub_start_is_near(civil_day start, civil_day today)
{
	return start >= today - START_DAYS && start <= today + START_DAYS;
}

enum recurring
recurring_by_word(struct str word)
{
	for (int i = 0; i < RECUR_MAX; i++) {
		if (str_eqz(word, recurring_words[i]))
			return (enum recurring)i;
	}
	return RECUR_MAX;
}

const char *
sub_day_text(struct arena *a, civil_day d)
{
	return d == DAY_NEVER ? NULL : day_text(a, d);
}

int
sub_terms_decide(struct sub_terms *t, struct err *err)
{
	struct subscription s = { .calendar = t->calendar };
	struct sub_item i = { .recurring = t->recurring, .every = t->every };
	struct cycle c;

	t->anchor = s.anchor = t->start + (civil_day)t->trial_days;
	t->term_end = DAY_NEVER;
	if (!t->has_term)
		return 0;
	if (sub_cycle(&s, &i, &c, err) < 0)
		return -1;
	t->term_end = date_boundary(c.anchor, c.unit, c.count, (int)t->term);
	return 0;
}
