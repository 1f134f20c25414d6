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

/* Until which day may be said of a term that it does not go on. */
civil_day renewal_notice_by(civil_day term_end, int64_t notice_days);

/* ---- renewal_foreseen.c: what previews show of it ---- */

/* The renewal at the end of the term; not comes: none follows. */
struct foreseen {
	bool comes, new_version;
	civil_day on, notice_by;
	const char *plan_version_id; /* NULL: not of the plan that it has, or of none */
};
extern const struct field renewal_foreseen_fields[];

/*
 * then: what it will be: its row's plan_version_id, all items with their rows (of), core, term_end,
 * term, auto_renew. These two read by which version it renews that has been told nothing; its
 * place.
 */
int renewal_add_terms(struct flush *f, struct arena *a, const struct sub_loaded *then,
		      struct json_object *const *of, const char *currency);
int renewal_take_terms(struct arena *a, const struct flush *f, int stmt, struct sub_loaded *then,
		       struct err *err);
/* Core and rows with those of the newer version, which is in then->renewal, from the next term on.
 */
int renewal_foresee(struct arena *a, struct sub_loaded *then, int64_t notice_days,
		    struct json_object ***of, struct foreseen *ret, struct err *err);
/* The member `renewal` of a preview. */
void renewal_show_foreseen(struct jw *w, struct arena *a, const struct foreseen *x);

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
