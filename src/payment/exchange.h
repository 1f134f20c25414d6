/*
 * exchange.h - inside the room: the rates of a payment and of the invoices that used it, read.
 */
#ifndef BILLFOLD_PAYMENT_EXCHANGE_H
#define BILLFOLD_PAYMENT_EXCHANGE_H

#include <billfold/billing/exchange.h>
#include <billfold/pg.h>

/* Adds what a payment and its invoices are worth to a flush that reads; invoice NULL: those that
 * used it. */
int exchange_read(struct flush *f, const char *payment, const char *invoice);
void exchange_load(struct arena *a, const struct flush *f, int stmt, struct exchange *ret);
/*
 * Who has read it before its own transaction adds this, before anything is valued: the flush fails
 * with ERR_conflict where something has moved since. Nothing where no rate decides.
 */
void exchange_expect(struct flush *f, struct arena *a, const char *payment,
		     const struct exchange *x);

#endif
