/*
 * subscription.h - inside the room: subscriptions as they are made, read and decided on.
 */
#ifndef BILLING_SUBSCRIPTION_H
#define BILLING_SUBSCRIPTION_H

#include "draft.h"

#include <billfold/billing.h>
#include <billfold/billing/price_body.h>
#include <billfold/billing/subscription.h>

/* Members of bodies and of `set` of billing.subscription_set; subscription.c. */
extern const char *const subscription_alignments[], *const subscription_billing_modes[];

/* ---- subscription_new.c: creates and patches (the engine's `prepare`) ---- */

int subscription_prepare(struct call *c, struct write *w, struct err *err);

/*
 * When a subscription's days are: its anchor, and the end of its first term where it has one.
 * recurring, every: of its plan, else of its first item; terms are counted in them.
 */
struct sub_terms {
	civil_day start, anchor, term_end;
	bool calendar, has_term;
	int64_t trial_days, term;
	enum recurring recurring;
	int every;
};
int sub_terms_decide(struct sub_terms *t, struct err *err);
/* The word of an interval; RECUR_MAX: none. */
enum recurring recurring_by_word(struct str word);

/* An item of a plan's charge, as billing.items_write takes it; quantity NULL: the plan's. */
struct json_object *sub_plan_item(struct arena *a, struct json_object *terms,
				  struct json_object *charge, const char *quantity);

/* ---- subscription_load.c: one that is stored ---- */

struct sub_loaded {
	const char *id;
	struct json_object *row, *items, *renewal,
	    *noticed; /* as billing.subscription_facts has them */
	const char *state;
	civil_day today;
	int exponent;
	struct opt_day start, anchor, trial_end, next_bill, term_end, end, paused, resume, billed;
	int64_t version, term; /* term 0: none */
	bool auto_renew, cancelled;
	struct sub_item *all;     /* the core's, one for one with items */
	struct subscription core; /* anchor, calendar, end, all items */
};

/* Adds the statements that (hold and) read it; its place is that of the facts. */
int sub_add_read(struct flush *f, const char *id);
int sub_add_hold(struct flush *f, const char *id);
int sub_load(struct arena *a, const char *id, const struct flush *f, int stmt,
	     struct sub_loaded *ret, struct err *err);
/* An item as billing.subscription_facts and billing.items_write have it. */
int sub_load_item(struct arena *a, struct json_object *o, struct sub_item *ret, struct err *err);
/* The first bill date that no document has, from `from` on; DAY_NEVER. */
int sub_next_unbilled(const struct sub_loaded *s, civil_day from, civil_day *ret, struct err *err);
/* The interval that its terms are counted in: of the first item that it charges today. */
int sub_term_cycle(const struct sub_loaded *s, struct cycle *ret, struct err *err);

/* "YYYY-MM-DD", NULL for DAY_NEVER. */
const char *sub_day_text(struct arena *a, civil_day d);

/* ---- subscription_act.c ---- */

int subscription_activate(struct call *c, struct reply *r, struct err *err);
int subscription_cancel(struct call *c, struct reply *r, struct err *err);
int subscription_keep(struct call *c, struct reply *r, struct err *err);
int subscription_pause(struct call *c, struct reply *r, struct err *err);
int subscription_resume(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_activate_in[], subscription_cancel_in[],
    subscription_pause_in[], subscription_resume_in[];

/* ---- subscription_step.c ---- */

int subscription_step(struct job *j, struct err *err);

#endif
