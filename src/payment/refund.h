/*
 * refund.h - inside the room: money of a payment that goes back.
 */
#ifndef BILLFOLD_PAYMENT_REFUND_H
#define BILLFOLD_PAYMENT_REFUND_H

#include "attempt.h"
#include "exchange.h"

#include <billfold/ledger.h>

/* ---- refund_plan.c: pure ---- */

/* An invoice that has used money of the payment. */
struct refund_share {
	const char *invoice_id;
	int64_t used;  /* of refund_take_from: so much */
	int64_t taken; /* its result: so much of that is taken back */
	int64_t due;   /* of refund_put_back: what the invoice can take now */
	int64_t given; /* its result */
};

/*
 * Money that is gone already: first of what no invoice has used (left), then of the invoices in
 * their order. ERR_over_allocation: there is not so much.
 */
int refund_take_from(int64_t amount, int64_t left, struct refund_share *shares, size_t n,
		     int64_t *ret_credit, struct err *err);

/* Where the money of a refund that failed, or of a dispute that was won after all, goes: back to
 * each invoice as far as that is due, the rest is credit. */
int refund_put_back(int64_t amount, struct refund_share *shares, size_t n, int64_t *ret_credit,
		    struct err *err);

/* ---- charge_facts.c ---- */

/* Rows of payment.use_facts(): what is left of a payment, and the invoices that used it. */
size_t refund_uses(struct arena *a, const struct flush *read, int stmt, int64_t *ret_left,
		   struct refund_share **ret);
/* Those that something is taken from, as arrays. */
void refund_taken(struct arena *a, const struct refund_share *shares, size_t n,
		  const char **ret_ids, const char **ret_amounts);

/* Rows of payment.taken_facts(): the invoices that something was taken from. */
enum { TAKEN_STATE, TAKEN_INVOICE, TAKEN_AMOUNT, TAKEN_DUE };
size_t refund_losers(struct arena *a, const struct flush *read, int stmt,
		     struct refund_share **ret);
/* Those that something is given to, as arrays, with what was due on them. */
void refund_given(struct arena *a, const struct refund_share *shares, size_t n,
		  const char **ret_ids, const char **ret_amounts, const char **ret_dues);

/* What is taken from invoices, or given to them where `given`, as moves of the payment's money. */
const struct exchange_move *refund_moves(struct arena *a, const struct refund_share *shares,
					 size_t n, bool given);

/* ---- refund.c ---- */

/* Adds the entry of a refund: event "created", "paid", "failed". */
struct refund_entry {
	const char *id, *event, *entity_id, *account_id, *currency, *date;
	bool converted; /* the posting's base amounts are known */
};
void refund_post(struct flush *f, struct arena *a, const struct refund_entry *e,
		 const struct posting *posting);
int refund_create(struct call *c, struct reply *r, struct err *err);
extern const struct field refund_in[];

/* ---- refund_job.c ---- */

int refund_run(struct job *j, struct err *err);
/* What a processor says of a refund of ours is made true; nothing where it is known or open.
 * ERR_conflict: it has moved meanwhile. */
int refund_learn(struct job *j, const char *id, const struct charge_result *r, struct err *err);

#endif
