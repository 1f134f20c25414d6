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
/* setup_job.c: of a setup of ours? Then it is applied. */
int told_setup(struct job *j, const struct told *e, const struct at_processor *at, bool *ret_ours,
	       struct err *err);
/* The end of event and job; reason NULL: it is applied, else parked. */
int told_end(struct job *j, const struct told *e, const char *reason, struct err *err);

/* The columns of payment.charge_facts(). */
enum {
	CHARGE_PAYMENT,
	CHARGE_ACCOUNT,
	CHARGE_ENTITY,
	CHARGE_CURRENCY,
	CHARGE_EXPONENT,
	CHARGE_REF,
	CHARGE_OPEN,
	CHARGE_REFUNDING,
	CHARGE_TODAY,
	CHARGE_INVOICE,
	CHARGE_AMOUNT
};

struct charge_facts {
	const struct flush *f;
	int stmt;
	const char *attempt;
};

const char *charge_fact(const struct charge_facts *x, int col);
/* What the processor is asked about it by. */
struct processor_query charge_query(const struct charge_facts *x);
/* What its processor kept, and exchanged, of so much of it that moved. */
struct fee_of charge_fees(const struct charge_facts *x, const char *kind, int64_t moved);
int charge_read(struct job *j, const char *attempt, struct charge_facts *ret, struct err *err);
/*
 * The charge that an event is about, with its payment. 1: there it is; 0: the event has ended
 * (it is about nothing of ours), or waits for the charge's own outcome.
 */
int told_charge_facts(struct job *j, const struct told *e, struct charge_facts *ret,
		      struct err *err);

/* dispute.c */
int told_dispute(struct job *j, const struct told *e, const struct at_processor *at,
		 struct err *err);

/* mandate.c */
int told_mandate(struct job *j, const struct told *e, const struct at_processor *at,
		 struct err *err);

/* refund_told.c */
int told_refund(struct job *j, const struct told *e, const struct at_processor *at,
		struct err *err);

#endif
