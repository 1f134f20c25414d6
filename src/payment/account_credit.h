/*
 * account_credit.h - inside the room: what a customer has that no invoice has used.
 */
#ifndef BILLFOLD_PAYMENT_ACCOUNT_CREDIT_H
#define BILLFOLD_PAYMENT_ACCOUNT_CREDIT_H

#include <billfold/payment.h>

/* The action `release` of payments. */
extern const struct field release_in[];
int payment_release(struct call *c, struct reply *r, struct err *err);

/* GET /v1/accounts/{id}/credit */
extern const struct field account_credit_query[], account_credit_out[];
int account_credit(struct call *c, struct reply *r, struct err *err);

#endif
