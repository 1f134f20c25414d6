/*
 * billing/exchange.h - what an entry of money in a foreign currency is worth in the seller's own.
 *
 * An invoice's receivable is worth what it was at its own rate, a payment what it was at its own.
 * What they differ by where the one settles the other is gained or lost by exchange. Both are kept
 * as functions of what is settled of the invoice and left of the payment, so that many parts, each
 * rounded, close to nothing. Pure.
 */
#ifndef BILLFOLD_BILLING_EXCHANGE_H
#define BILLFOLD_BILLING_EXCHANGE_H

#include <billfold/billing/core.h>

struct exchange_invoice {
	const char *id;
	int64_t settled; /* of what it asked for */
	bool has_rate;
	struct decimal rate;
};

struct exchange {
	bool known; /* false: the seller's own currency, or no rate is known */
	struct decimal rate;
	int exponent, base_exponent;
	int64_t left; /* of the payment, that no invoice uses */
	struct exchange_invoice *invoices;
	size_t n;
};

/* So much of the payment goes to an invoice; below zero: comes back. */
struct exchange_move {
	const char *invoice_id;
	int64_t amount;
};

/* Adds what the step from so much to so much is worth at a rate: steps add up to what the whole is
 * worth. */
int exchange_step(const struct posting_worth *at, struct decimal rate, int64_t from, int64_t by,
		  int64_t *sum, struct err *err);
/*
 * Base amounts of an entry that moves so much to invoices, and credit to what no invoice uses; x
 * moves along, for the next entry. *ret_known false: a rate is not known, the entry has none.
 */
int exchange_value(struct exchange *x, struct posting *p, const struct exchange_move *moves,
		   size_t n, int64_t credit, bool *ret_known, struct err *err);

#endif
