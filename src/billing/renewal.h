/*
 * renewal.h - inside the room: what a subscription is once its term has been renewed, and what that
 * comes to.
 *
 * Both who previews a renewal, who tells of it and who makes it ask renewal_decide, so that the
 * term charges what was told.
 */
#ifndef BILLING_RENEWAL_H
#define BILLING_RENEWAL_H

#include "subscription.h"

/* The term that follows the one that runs, and what is charged in it. */
struct renewal {
	struct json_object *terms; /* of the version that is taken; NULL: none is */
	civil_day from, until;     /* [from, until) */
	civil_day first_end;       /* of its first interval */
	int64_t term;              /* so many intervals */
	bool new_interval;         /* the plan's newer version has another one */
	struct subscription is;    /* goes on for ever; its items with those that begin */
	struct json_object **of;   /* each item's row */
	struct pg_array *ended;    /* rows that end with the term that runs */
	struct json_object *begun; /* rows that begin with the next; an array */
};

/*
 * ERR_wrong_state without a term. A newer version of its plan (sub_loaded.renewal) takes the place
 * of what is from the plan: an item ends with the term and goes on at the new price, or as it was
 * where there is none in its currency. A charge that the plan has no more ends; one that is new,
 * and no add-on, begins.
 */
int renewal_decide(struct arena *a, const struct sub_loaded *s, struct renewal *ret,
		   struct err *err);

/*
 * A version that reaches those who have the plan (sub_loaded.reaching): from the first bill date on
 * that is not before its day and has no document, likewise. Only `from` and the items are decided.
 * Not any: that lies beyond the term, whose renewal takes it; it has another interval, or no price.
 * Where it is too late to tell of it anew, the bill date comes after the renewal's own.
 */
int renewal_reach(struct arena *a, const struct sub_loaded *s, struct renewal *ret, bool *ret_any,
		  struct err *err);

/* Documents of bill dates within a time, added up. */
struct renewal_sums {
	int64_t net, tax, total;
};

/* before: what the same days would charge at what it charges now. */
struct renewal_quote {
	const char *currency;
	int exponent;
	struct renewal_sums period, period_before; /* of the term's first interval */
	struct renewal_sums term, term_before;
};

/* Adds the statement that reads what documents of it are computed from; its place. */
int renewal_add_facts(struct flush *f, struct arena *a, const struct sub_loaded *s,
		      const struct renewal *r);
/* What was read there, into figures: coupons are used up by the bill dates that come before. */
int renewal_quote(struct arena *a, const struct sub_loaded *s, const struct renewal *r,
		  const struct flush *f, int stmt, struct renewal_quote *ret, struct err *err);
/* By how much percent an amount is more than it was, to two places; NULL where it was nothing. */
const char *renewal_percent(struct arena *a, int64_t before, int64_t after);

/* subscription_renew.c: the jobs' part; renewal_preview.c: the action that asks. */
int renewal_make(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err);
/* 1: a version was taken, and nothing else is to be done now. */
int renewal_take_reaching(struct job *j, struct flush *f, const struct sub_loaded *s,
			  struct err *err);
int version_reach(struct job *j, struct err *err);                    /* job version_reach */
int version_tell(struct job *j, struct err *err);                     /* job version_tell */
int version_follow(struct call *c, struct write *w, struct err *err); /* a version is made */
int renewal_notices(struct job *j, struct flush *f, const struct sub_loaded *s, struct err *err);
int subscription_preview_renewal(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_preview_renewal_out[];

#endif
