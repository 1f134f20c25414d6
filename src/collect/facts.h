/* facts.h - inside the room: what each step of collection is decided on. */
#ifndef COLLECT_FACTS_H
#define COLLECT_FACTS_H

#include <billfold/collect.h>

enum case_state { CASE_NONE, CASE_ACTIVE, CASE_HELD, CASE_HANDED_OVER };

struct facts {
	const char *invoice_id, *policy_id;
	const char *case_id; /* NULL: it never had one */
	bool open;           /* something is due that may be collected */
	bool disputed;       /* by the payer, at their bank */
	bool processing;     /* the payer's bank has a payment of it, and takes days */
	bool in_flight;      /* an attempt's outcome is open */
	bool worth;          /* what is due reaches the policy's threshold */
	bool may_charge; /* the account has a default method kept with consent, and may use it */
	civil_day due, today;
	int64_t now;
	const struct zone *zone;
	struct dunning_policy policy;
	enum case_state state;
	bool has_plan; /* a charge was declined: tries count from plan_from */
	civil_day plan_from;
	bool paused;
	civil_day paused_on;
};

enum { FACTS_COLUMNS = 19 }; /* of collect.facts() */
/* A row of a statement "SELECT * FROM collect.facts(...)"; what else it asks for comes behind. */
void facts_read(struct arena *a, const struct flush *f, int stmt, int row, struct facts *ret);
/* Its one row; ERR_not_found without. */
int facts_one(struct arena *a, const struct flush *f, int stmt, struct facts *ret, struct err *err);

/* Nobody asks for the money meanwhile: the bank's word is awaited. */
bool facts_waiting(const struct facts *f);
/* Steps by themselves: nothing is held, handed over, awaited, too little or not due. */
bool facts_running(const struct facts *f);
/* Where the plan of tries counts from, the days left out on which it stood still. */
civil_day facts_plan_from(const struct facts *f);

/* Parameters: NULL where there is none. */
const char *param_day(struct arena *a, bool given, civil_day d);
const char *param_instant(struct arena *a, bool given, int64_t us);
/* "reminder:7", "hand_over" */
const char *step_name(struct arena *a, const struct dunning_step *s);

#endif
