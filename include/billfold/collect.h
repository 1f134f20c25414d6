/*
 * collect.h - what is done about money that does not come by itself.
 *
 * A policy says on which days after the first decline a kept method is charged again, on which days
 * around the due date reminders go out, and when the case is a person's. Deciding is pure: days and
 * instants in, what to do out. State lives in schema collect; what is planned are schedules of
 * business time, so that a sandbox's clock runs it too.
 */
#ifndef BILLFOLD_COLLECT_H
#define BILLFOLD_COLLECT_H

#include <billfold/base/date.h>
#include <billfold/job.h>
#include <billfold/resource.h>

/* ---- decisions ---- */

enum { DUNNING_DAYS_MAX = 20, DUNNING_NEVER = -1 };

struct dunning_policy {
	const int *retry_days; /* days after the first decline, ascending, > 0 */
	size_t n_retries;
	const int *reminder_days; /* days from the due date, ascending */
	size_t n_reminders;
	int hand_over_day; /* days from the due date, after all reminders; or DUNNING_NEVER */
};

/* When steps of a day are taken there: at nine by the clock. */
int64_t dunning_hour(const struct zone *z, civil_day d);

/* The next day of the plan after today; false: it is used up. */
bool dunning_next_retry(const struct dunning_policy *p, civil_day plan_from, civil_day today,
			civil_day *ret);

/* What a decline leads to. */
enum dunning_outcome {
	DUNNING_RETRY,    /* the next try is planned */
	DUNNING_WAIT,     /* the plan stands still until there is a method that may be charged */
	DUNNING_HAND_OVER /* nothing automatic is left */
};

struct dunning_decline {
	civil_day plan_from, today;
	bool hard;       /* final: no try until the method changes */
	bool may_charge; /* before it, there was a default method kept with consent */
	bool worth;      /* what is due reaches the policy's threshold */
};
/* *ret_day: of the next try, where the outcome is DUNNING_RETRY. */
enum dunning_outcome dunning_decide(const struct dunning_policy *p, const struct dunning_decline *d,
				    civil_day *ret_day);

/* A reminder, or the day on which a person takes over. */
struct dunning_step {
	bool hand_over;
	int day; /* from the due date */
	int64_t at;
};
/* The first step after an instant; false: there is none. */
bool dunning_next_step(const struct dunning_policy *p, const struct zone *z, civil_day due,
		       int64_t after, struct dunning_step *ret);

/*
 * What to do at `now` about the steps planned from `from` on. Of several that came due (a worker
 * was away) the latest is taken; a reminder outside of business hours is put off to the next
 * morning. While a bank's word is awaited (a dispute, a debit that takes days) an invoice is not
 * reminded of, and nobody takes it over.
 */
struct dunning_turn {
	bool act, again;
	struct dunning_step step; /* taken now, where act */
	struct dunning_step next; /* where again */
	int64_t from;             /* of the next turn */
};
void dunning_turn(const struct dunning_policy *p, const struct zone *z, civil_day due, int64_t from,
		  int64_t now, bool waiting, struct dunning_turn *ret);

/* ---- for the payment worker ---- */

/*
 * Adds the statement that reads what a decline or a planned try of an invoice is decided on; once
 * that flush has run, the two others decide and add what follows to a flush that the caller
 * commits.
 */
int dunning_read(struct flush *f, const char *invoice_id);

struct dunning_refusal {
	const char *attempt_id, *invoice_id;
	const char *code; /* the processor's reason */
	bool hard;
};
int dunning_declined_add(struct flush *f, struct arena *a, const struct flush *read, int stmt,
			 const struct dunning_refusal *r, struct err *err);
/* A try is due, or the case may go on: attempt_id is the attempt's that may begin. */
int dunning_retry_add(struct flush *f, struct arena *a, const struct flush *read, int stmt,
		      const char *invoice_id, const char *attempt_id, struct err *err);

/* ---- what is served ---- */

extern const struct resource dunning_policy_resource; /* /v1/dunning_policies */
extern const struct resource dunning_resource;        /* /v1/dunning, read only; hold, release */
extern const struct route collect_routes[];           /* an invoice's dunning; hold, release */
extern const struct reaction collect_reactions[];     /* an account that changes its policy */
extern const struct job_kind collect_mail_kinds[];    /* jobs of billfold-maild */

#endif
