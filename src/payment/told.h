/*
 * told.h - inside the room: an event of a processor in the payment worker's hands.
 */
#ifndef BILLFOLD_PAYMENT_TOLD_H
#define BILLFOLD_PAYMENT_TOLD_H

#include "attempt.h"

struct told {
	const char *id;
	const struct flush *f;
	int stmt;
	struct account_row row;
};

/* The columns of connect.inbound_take(). */
enum {
	EV_STATE,
	EV_TOPIC,
	EV_OBJECT,
	EV_CHARGE,
	EV_SUBJECT,
	EV_PROCESSOR,
	EV_KIND,
	EV_KEY,
	EV_LIVE
};

const char *told_value(const struct told *e, int col);
/* The attempt that it is about; NULL: none of ours. */
int told_attempt(struct job *j, const struct told *e, const char **ret, struct err *err);
/* The end of event and job; reason NULL: it is applied, else parked. */
int told_end(struct job *j, const struct told *e, const char *reason, struct err *err);

/* refund_told.c */
int told_refund(struct job *j, const struct told *e, const struct at_processor *at,
		struct err *err);

#endif
