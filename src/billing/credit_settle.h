/*
 * credit_settle.h - inside the room: what becomes of what a document gives back.
 */
#ifndef BILLING_CREDIT_SETTLE_H
#define BILLING_CREDIT_SETTLE_H

#include "credit_note.h"

#include <billfold/ledger.h>

typedef VEC(struct draft_stmt) stmt_vec;

struct credit_settled {
	int64_t due;    /* settles what was due on the original */
	int64_t excess; /* the customer's: unapplied, or given back at once */
	/* What these two are worth in the seller's own currency; false: what the document's own
	 * rate says. */
	bool valued;
	struct posting_worth worth;
};

/*
 * A document whose figures and dates are decided: how what it gives back is shared out, the
 * statement that writes it (before the document's own row) and, where it is given back at once,
 * those of the refunds (after it). Nothing for a document that asks for money.
 */
int credit_settle(struct arena *a, const struct draft *d, struct credit_settled *ret,
		  stmt_vec *before, stmt_vec *after, struct err *err);

#endif
