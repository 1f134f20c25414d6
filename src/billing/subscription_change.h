/*
 * subscription_change.h - inside the room: what a change of a subscription makes of what was
 * billed.
 */
#ifndef BILLING_SUBSCRIPTION_CHANGE_H
#define BILLING_SUBSCRIPTION_CHANGE_H

#include "invoice.h"
#include "preview_token.h"
#include "subscription.h"

#include <billfold/billing/change.h>

/* A change under decision: what is read, what it is to be, and what that bills. */
struct amendment {
	struct arena *a;
	struct db *db;
	struct call *c;           /* who asks; NULL: its day has come (subscription_step.c) */
	struct json_object *body; /* NULL: none */
	struct sub_loaded s;
	struct json_object *plan, *terms, *coupons, *prices, *billed, *given, *context;
	struct draft d; /* the document; no lines: none is made */
	struct advances *advances;
	civil_day day;       /* from which it holds */
	civil_day since;     /* what was billed for the days from this one on is compared */
	struct opt_day next; /* bill dates from this one on are for runs; unset: those not billed */
	struct opt_day skipped; /* of this bill date alone, and nothing is given back; unset: all */
	/* What was billed for days from this one on stays: who was not given back at an end is not
	 * by what happens before it. DAY_NEVER: all is compared. */
	civil_day kept_from;
	const char *reason; /* printed where all is given back */
	/* As it is to be from the day on. */
	struct subscription is;
	struct sub_item *items;    /* of is */
	struct json_object **of;   /* each one's row */
	struct json_object *begun; /* rows that begin */
	struct json_object
	    *discounts;        /* as they are to be (subscription_coupon.c); NULL: as stored */
	bool sets_end;         /* of is: phases that end, or are gone, say so */
	civil_day meets;       /* the first day for which something is scheduled of what changes */
	struct opt_day anchor; /* of the plan's items that begin, where not the subscription's */
	bool new_anchor;       /* which is the day: another interval */
	struct sub_change change;
	bool decided; /* change says which bill dates are left */
	bool has_document;
	bool *waiting; /* of the billed: its document, or what it gave back, is a draft */
	bool waits;    /* it would give back of such a line */
	/* What is written besides. */
	bool anew;                     /* its periods begin anew with a pause's end */
	bool extends;                  /* the pause's days are added to its term */
	const struct sub_pause *pause; /* as it is from now on; NULL: none is written */
	struct jw set;                 /* members of its row */
	const char *event;
	civil_day next_bill; /* as it is shown then */
};

/* Says, of what was loaded and the body, from which day on it holds, and why it is refused. */
typedef int amendment_day(struct amendment *m, struct err *err);
/* Holds and reads: what a body names of plans and products besides. 1: a repeat was answered. The
 * transaction is open. */
int amendment_read(struct call *c, struct amendment *ret, amendment_day *day, struct reply *r,
		   struct err *err);
/* What is read besides one that is held and loaded in an open transaction; its day is said. */
int amendment_read_more(struct amendment *m, struct err *err);
/* `is`: what it is, with room for so many items more. */
void amendment_as_it_is(struct amendment *m, size_t more);
/* Room for so many more than there are by now. */
void amendment_make_room(struct amendment *m, size_t more);
/* From `is`: what is given back and charged, as a document. */
int amendment_decide(struct amendment *m, struct err *err);
/* The bill date after it, as its row is to have it and as it is shown. */
void amendment_set_next(struct amendment *m, civil_day next);
/* Its end, where what it charges has set it (sets_end). */
void amendment_set_end(struct amendment *m);
/*
 * All that it writes: the document, final or a draft by the subscription's choice and the tenant's;
 * items and coupons that end and begin, the pause, the row with its event.
 */
int amendment_add(struct amendment *m, struct flush *f, struct err *err);

/* ---- subscription_coupon.c: coupons and agreed discounts ---- */

/* All that is taken off a line that a change charges, in percent. */
int coupon_reduce(const struct amendment *m, const struct sub_line *line, struct decimal *ret,
		  struct err *err);
/* Those that it has can end and be moved from here on. */
void coupon_ready(struct amendment *m);
/* Those that a body takes or gives up can be; it has them then. */
int coupon_check(struct amendment *m, struct err *err);
/* Whether it has the coupon of this discount for any of its days. */
bool coupon_has(const struct amendment *m, struct json_object *o);
/* Of what is from phases: all from a day on goes; what runs on the day goes on for good. */
void coupon_cut(struct amendment *m, civil_day day);
void coupon_go_on(struct amendment *m, civil_day day);
/* What begins on the day goes; what ends on it goes on until another one. */
void coupon_take_back(struct amendment *m, civil_day day, civil_day until);
/* They follow days that move: from was[i] to is[i]. */
void coupon_move(struct amendment *m, const civil_day *was, const civil_day *is, size_t n);
/* Adds what becomes of them. */
void coupon_add(const struct amendment *m, struct flush *f);
/* All that it has after the change, as quote_begin takes them. */
struct json_object *coupon_after(const struct amendment *m);

/* ---- subscription_preview.c: what somebody does to a subscription, or asks what it would bill
 * ---- */

struct sub_act {
	const char *name; /* binds its previews' tokens to it */
	amendment_day *day;
	/* Of what was read: what it is to be and what that bills; set and event. */
	int (*decide)(struct amendment *m, struct err *err);
};
int sub_act_do(struct call *c, const struct sub_act *act, struct reply *r, struct err *err);
int sub_act_preview(struct call *c, const struct sub_act *act, struct reply *r, struct err *err);
extern const struct field sub_act_out[];
/* ---- subscription_alter.c: which items end and begin ---- */

int amendment_items(struct amendment *m, struct err *err);
/* subscription_rephase.c: the phases that a body names instead of all that is charged then. */
int amendment_phases(struct amendment *m, struct err *err);
/* The row of one that is stored, and whether it is charged on the day. */
struct json_object *amendment_row(const struct amendment *m, size_t i);
bool amendment_has(const struct amendment *m, size_t i);
/* Another object of the same members. */
struct json_object *amendment_copy(struct json_object *from);
/* The statements that store items as they are to be. */
void amendment_add_items(struct amendment *m, struct flush *f);

/* ---- subscription_schedule.c: what is to come ---- */

extern const char *const scheduled_words[];
extern const struct field subscription_unschedule_in[];
int subscription_unschedule(struct call *c, struct reply *r, struct err *err);
int subscription_preview_unschedule(struct call *c, struct reply *r, struct err *err);
/* The first day after this one on which something scheduled comes; DAY_NEVER. */
civil_day schedule_next(const struct sub_loaded *s, civil_day day);
/* The day on which the last of its items ends; DAY_NEVER: one goes on. */
civil_day schedule_end(const struct sub_loaded *s);
/* The same of what it is to charge. */
civil_day schedule_last(const struct amendment *m);
/* Leaves out what the body drops. */
void schedule_ready(struct amendment *m);
/* An item changes or ends: does something scheduled go on from it? */
void schedule_meet(struct amendment *m, size_t i);
/* Until when a charge of the plan that it has lasts which begins now, and the plan that begins. */
civil_day schedule_of_charge(struct amendment *m, struct json_object *charge);
int schedule_of_plan(struct amendment *m, civil_day *ret, struct err *err);
/* Refuses where what is scheduled of the same is neither kept nor dropped. */
void schedule_settle(const struct amendment *m, struct err *err);

/* subscription_trial.c: the first day that is charged becomes the body's. */
int trial_move(struct amendment *m, struct err *err);

/* subscription_amend.c: the actions. */
extern const struct field subscription_change_in[];
int subscription_change(struct call *c, struct reply *r, struct err *err);
int subscription_preview_change(struct call *c, struct reply *r, struct err *err);

#endif
