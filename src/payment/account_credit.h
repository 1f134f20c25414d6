/*
 * account_credit.h - inside the room: what a customer has that no invoice has used.
 */
#ifndef BILLFOLD_PAYMENT_ACCOUNT_CREDIT_H
#define BILLFOLD_PAYMENT_ACCOUNT_CREDIT_H

#include <billfold/payment.h>

/*
 * An action between a payment and an invoice, which the body names: `facts`, a SELECT of ($1
 * payment, $2 invoice), are read while what its payer owes and has is held, as statement stmt, and
 * what both are worth (exchange_read) as the next; `write` decides on them in the same
 * transaction; anew where somebody else's came between.
 */
struct payment_move {
	const char *facts;
	int (*write)(struct call *c, const char *id, const char *invoice, const struct flush *read,
		     int stmt, struct reply *r, struct err *err);
};
int payment_move(const struct payment_move *m, struct call *c, struct reply *r, struct err *err);

/* The action `release` of payments. */
extern const struct field release_in[];
int payment_release(struct call *c, struct reply *r, struct err *err);

/* GET /v1/accounts/{id}/credit */
extern const struct field account_credit_query[], account_credit_out[];
int account_credit(struct call *c, struct reply *r, struct err *err);

#endif
