/*
 * receipt.h - inside the room: the decision on a receipt, apart from where its facts come from.
 */
#ifndef BILLFOLD_PAYMENT_RECEIPT_H
#define BILLFOLD_PAYMENT_RECEIPT_H

#include "exchange.h"

#include <billfold/billing/core.h>

struct receipt_case {
	int64_t amount; /* > 0 */
	civil_day received;
	enum payment_account method;
	struct open_item *items;
	size_t n;
	struct exchange exchange; /* of the payment that is to be, and of the items */
};

struct receipt_use {
	const char *invoice_id;
	int64_t amount;
	int64_t due;   /* what was due on it when it was decided */
	civil_day day; /* on which the money is used */
};

struct receipt_entry {
	const char *event; /* "received", once; "applied" for each later day */
	civil_day day;
	struct posting posting;
	bool converted; /* its base amounts are known */
};

struct receipt_plan {
	struct receipt_use *uses;
	size_t n_uses;
	int64_t unapplied; /* what no invoice uses */
	struct receipt_entry *entries;
	size_t n_entries;
	bool converted; /* all of them: the payment has a rate */
};

/*
 * Oldest due first. An invoice that was issued later is paid on its day of issue: the money is the
 * customer's credit from the day of its arrival until then.
 */
int receipt_decide(struct arena *a, const struct receipt_case *c, struct receipt_plan *ret,
		   struct err *err);

#endif
