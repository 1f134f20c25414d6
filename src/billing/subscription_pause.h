/*
 * subscription_pause.h - inside the room: a subscription stands still and goes on.
 */
#ifndef BILLING_SUBSCRIPTION_PAUSE_H
#define BILLING_SUBSCRIPTION_PAUSE_H

#include "subscription_change.h"

int subscription_pause(struct call *c, struct reply *r, struct err *err);
int subscription_preview_pause(struct call *c, struct reply *r, struct err *err);
int subscription_resume(struct call *c, struct reply *r, struct err *err);
int subscription_preview_resume(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_pause_in[], subscription_resume_in[];

/* Term and end as they are when the pause whose end is known is over. */
void sub_pause_forecast(const struct sub_loaded *s, struct opt_day *ret_term_end,
			struct opt_day *ret_end);
/* Whether its term, and an end with it, wait for the pause to end. */
bool sub_pause_holds_term(const struct sub_loaded *s);

/* ---- for its days (subscription_step.c) ---- */

/* Whether a run has to bill something before it may stand still from a day on. */
bool sub_pause_waits(const struct sub_loaded *s, civil_day from);
/* The pause that was planned, from its day on; the one that runs ends on its day. Of what is held
 * in an open transaction: statements in f. */
int sub_pause_begin(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err);
int sub_pause_end(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err);

#endif
