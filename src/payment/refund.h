/*
 * refund.h - inside the room: money of a payment that goes back.
 */
#ifndef BILLFOLD_PAYMENT_REFUND_H
#define BILLFOLD_PAYMENT_REFUND_H

#include "attempt.h"

#include <billfold/ledger.h>

/* ---- refund_plan.c: pure ---- */

/* An invoice that a refund was taken from, and that may use the money again when it fails. */
struct refund_share {
	const char *invoice_id;
	int64_t taken;
	int64_t due;   /* what it can take now */
	int64_t given; /* out */
};

/* Where a refund that failed goes: back to each invoice as far as that is due, the rest is credit.
 */
int refund_put_back(int64_t amount, struct refund_share *shares, size_t n, int64_t *ret_credit,
		    struct err *err);

/* ---- refund.c ---- */

/* Adds the entry of a refund: event "created", "paid", "failed". */
struct refund_entry {
	const char *id, *event, *entity_id, *account_id, *currency, *date;
};
void refund_post(struct flush *f, struct arena *a, const struct refund_entry *e,
		 const struct posting *posting);
int refund_create(struct call *c, struct reply *r, struct err *err);
extern const struct field refund_in[];

/* ---- refund_job.c ---- */

int refund_run(struct job *j, struct err *err);

#endif
