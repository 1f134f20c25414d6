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
extern const struct field subscription_said_item_fields[]; /* what one says of an item */

/* ---- subscription_new.c: creates and patches (the engine's `prepare`) ---- */

int subscription_prepare(struct call *c, struct write *w, struct err *err);

/* ---- subscription_terms.c ---- */

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
/* Whether a first day can be meant; what is said where not. */
bool sub_start_is_near(civil_day start, civil_day today);
extern const char sub_start_words[];
/* The word of an interval; RECUR_MAX: none. */
enum recurring recurring_by_word(struct str word);

/* ---- subscription_own.c: items of its own ---- */

/* Completed and checked; prices: of their products, one for one. stored: those that it has. */
int sub_own_items(struct write *w, struct write_child *items, const struct facts *x,
		  struct json_object *prices, struct json_object *stored, struct err *err);
/* As it will be: what is said over what is stored. */
struct json_object *sub_merged(struct arena *a, struct json_object *stored,
			       struct json_object *said);

/* ---- subscription_plan.c: what a plan charges ---- */

/* A plan that a body names (billing.plan_asked), and what it says of its charges. */
struct sub_plan {
	struct json_object *body, *plan;
	const char *at; /* the pointer of the body */
	const char *currency,
	    *currency_at; /* the pointer of what is to blame where a charge has no price in it */
};
bool sub_names_plan(struct json_object *body);
int sub_check_plan(struct arena *a, const struct sub_plan *p, struct err *err);
/* Its items, added to a list as billing.items_write takes it. */
int sub_plan_items(struct arena *a, const struct sub_plan *p, struct json_object *ret,
		   struct err *err);
/* An item of a plan's charge, as billing.items_write takes it; quantity NULL: the plan's. */
struct json_object *sub_plan_item(struct arena *a, struct json_object *terms,
				  struct json_object *charge, const char *quantity);

/* ---- subscription_load.c: one that is stored ---- */

struct sub_loaded {
	const char *id;
	struct json_object *row, *items, *renewal, *reaching, *noticed, *told,
	    *plan_begun;                 /* as billing.subscription_facts has them */
	const char *renews_by, *waiting; /* versions of its plan; NULL: none */
	const char *state;
	civil_day today;
	int exponent;
	struct opt_day start, anchor, trial_end, next_bill, term_end, end, paused, resume, billed,
	    credited;           /* until when bill dates were given back whole, or void */
	struct opt_day tell_by, /* until then a newer version may be told, and so renew it */
	    reach_from;         /* a version that reaches it does so from a bill date of then on */
	struct opt_day
	    unbilled; /* of its row: the bill date that was to come when it was last moved */
	int64_t version, term; /* term 0: none */
	bool auto_renew, cancelled;
	bool told_to_end; /* its customer, last, of the term that runs */
	bool pause_credit, pause_extends, resume_anew; /* pause_extends: its term, by its days */
	bool goes_on_unpaid;  /* paused, and a person collects one of its documents */
	struct sub_item *all; /* the core's, one for one with items */
	struct sub_pause
	    *pauses; /* the core's, with room for one more; the last one is it that runs */
	struct subscription core; /* anchor, calendar, end, all items and pauses */
};

/* The JSON of a column of a statement's only row; NULL where it is null. */
int sub_column(struct arena *a, const struct flush *f, int stmt, int col, struct json_object **ret,
	       struct err *err);
/* Adds the statements that (hold and) read it; its place is that of the facts. */
int sub_add_read(struct flush *f, const char *id);
int sub_add_hold(struct flush *f, const char *id);
int sub_load(struct arena *a, const char *id, const struct flush *f, int stmt,
	     struct sub_loaded *ret, struct err *err);
/*
 * The one that a call is about, by one of the two above or what holds more, in a transaction that
 * stays open. 1: a repeat was answered.
 */
int sub_open(struct call *c, int (*add)(struct flush *f, const char *id), struct sub_loaded *ret,
	     struct reply *r, struct err *err);
/* An item as billing.subscription_facts and billing.items_write have it. */
int sub_load_item(struct arena *a, struct json_object *o, struct sub_item *ret, struct err *err);
/* All bill dates before this day are billed, and none from it on. */
civil_day sub_unbilled(const struct sub_loaded *s);
/* The first bill date that no document has, from `from` on; DAY_NEVER. */
int sub_next_unbilled(const struct sub_loaded *s, civil_day from, civil_day *ret, struct err *err);
/* The interval that its terms are counted in: of the first item that it charges today. */
int sub_term_cycle(const struct sub_loaded *s, struct cycle *ret, struct err *err);

/* subscription_coupon.c: what stands in the way of a coupon (catalog.coupons_of), in words. */
const char *coupon_why_words(const char *why);
/* A coupon of catalog.coupons_of as a discount of a subscription, as billing.discounts_write takes
 * it: for these bill dates; at: the pointer of who names it. */
struct json_object *coupon_taken(struct arena *a, struct json_object *coupon, const char *at,
				 struct period days, bool phase);

/* ---- subscription_discount.c: discounts of a document ---- */

/* What one is for: target names products or charges, NULL: all; days: a phase's, of what begins
 * within them. */
struct sub_discount {
	struct period days;
	struct json_object *target;
};
/* A line as they see it; product, charge: NULL: of none. */
struct sub_charged {
	civil_day first;
	const char *product, *charge;
};
bool sub_discount_is_for(struct json_object *target, const char *product, const char *charge);
/* Which lines it lowers, NULL: all. False: none of them begins within its days, and it has lowered
 * nothing. */
bool sub_discount_lines(struct arena *a, const struct sub_discount *x,
			const struct sub_charged *lines, size_t n, const bool **ret);
/*
 * A document less discounts, of which some are for some of its lines (`lines`): what it then
 * carries is what gives its figures again without them, as one amount, or on its lines where one of
 * them was not for all.
 */
int sub_discounts_apply(struct bill *b, struct bill_discount *discounts, size_t n, struct arena *a,
			struct err *err);

/* "YYYY-MM-DD", NULL for DAY_NEVER. */
const char *sub_day_text(struct arena *a, civil_day d);

/* ---- subscription_act.c ---- */

int subscription_cancel(struct call *c, struct reply *r, struct err *err);
int subscription_keep(struct call *c, struct reply *r, struct err *err);
int subscription_preview_cancel(struct call *c, struct reply *r, struct err *err);
int subscription_preview_keep(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_cancel_in[], subscription_keep_in[];

/* ---- subscription_begin.c ---- */

int subscription_activate(struct call *c, struct reply *r, struct err *err);
int subscription_preview_activate(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_activate_in[];
/* A patch of a pending one that says its first day or its alignment anew: what is counted from them
 * moves with them. */
int beginning_patch(struct write *w, const struct sub_loaded *s, struct err *err);

/* ---- subscription_purge.c ---- */

int subscription_ask_archive(struct call *c, struct reply *r, struct err *err);
int subscription_approve_archive(struct call *c, struct reply *r, struct err *err);
int subscription_reject_archive(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_ask_archive_in[], subscription_reject_archive_in[];

/* ---- subscription_step.c ---- */

int subscription_step(struct job *j, struct err *err);

#endif
