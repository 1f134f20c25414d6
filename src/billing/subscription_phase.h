/*
 * subscription_phase.h - inside the room: a body's list of phases, as items with days.
 */
#ifndef BILLING_SUBSCRIPTION_PHASE_H
#define BILLING_SUBSCRIPTION_PHASE_H

#include "subscription.h"

enum { PHASES_MAX = 50 };

extern const struct field subscription_phase_fields[];

/* The periods that run when a phase begins; own: their anchor, where not the subscription's. */
struct phase_cycle {
	bool runs; /* none before the first phase of one that is made */
	struct sub_item item;
	struct opt_day own;
};

struct phases {
	/* What is asked for, where (the pointer before "/phases"), and what it is agreed in. */
	struct json_object *body;
	const char *at, *currency, *account; /* account: who takes its coupons */
	civil_day agreed,
	    today; /* prices are those of the one day, coupons are taken on the other */
	struct json_object *plans, *products, *said; /* phases_take: as they are on the day agreed;
						      * said: the coupons that are named */
	/* What they begin with. */
	struct subscription core; /* its anchor, and whether it follows the calendar */
	civil_day start;
	bool first_open; /* the first has been from the beginning */
	struct phase_cycle cycle;
	struct json_object *before; /* items whose charges they carry on */
	/* What comes of it. */
	struct json_object *items;   /* as billing.items_write takes them */
	struct json_object *coupons; /* as billing.discounts_write takes them */
	civil_day end;               /* DAY_NEVER: the last one goes on */
};

/* The statement that reads what they name; its place. */
int phases_add_read(struct flush *f, struct arena *a, const struct phases *p);
int phases_take(const struct flush *f, int stmt, struct arena *a, struct phases *p,
		struct err *err);
/* The terms of the first one's plan; NULL: it has items of its own. */
struct json_object *phases_first_terms(const struct phases *p);
/* The first one's first item of its own; NULL: it has none. */
struct json_object *phases_first_item(const struct phases *p);
/* Items and end; each wrong member is told at its place. */
int phases_compose(struct arena *a, struct phases *p, struct err *err);

#endif
