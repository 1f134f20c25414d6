/*
 * payment.h - money in: methods, attempts, payments, what they pay, and what goes back.
 *
 * A payment is recorded by hand (bank, cash) or follows from an attempt that succeeded at a
 * processor. It is applied to invoices oldest due first unless it says which; what is left is the
 * account's credit. State, allocations, journal, the deal's and the account's status, events and
 * the end of collection are one transaction.
 */
#ifndef BILLFOLD_PAYMENT_H
#define BILLFOLD_PAYMENT_H

#include <billfold/billing.h>
#include <billfold/crypto.h>
#include <billfold/job.h>
#include <billfold/net.h>
#include <billfold/resource.h>

extern const struct resource payment_resource;
extern const struct resource payment_method_resource;
extern const struct resource payment_attempt_resource;
extern const struct resource payment_setup_resource;
extern const struct resource refund_resource;
extern const struct resource dispute_resource;
extern const struct route payment_routes[];       /* the hosted page, pay, refunds */
extern const struct job_kind payment_job_kinds[]; /* charge, refund …; ended by NULL name */

/* j->state of the program that runs them. */
struct processor_settings;
struct payment_env {
	struct net *net;
	const struct secret *secret;
	const struct processor_settings *processors;
};

/* What a payment brings besides its account: all borrowed, until the flush has run. */
struct receipt {
	const char *id; /* the payment's, a fresh id */
	const char *account_id, *currency, *received_on;
	const char *kind;          /* as a payment's: bank, cash, card ... */
	const char *method_type;   /* in the processor's own word; NULL: none */
	const char *reference;     /* NULL: none */
	const char *notes;         /* NULL: none */
	const char *exchange_rate; /* NULL: that of the first invoice that it pays */
	const char *attempt_id;    /* NULL: recorded by hand */
	const char *
	    invoice_id; /* NULL: oldest due first; else this one first, and the rest stays credit */
	int64_t amount; /* minor units, > 0 */
};

/* How often a receipt is decided anew when other payments of the account come between. */
enum { RECEIPT_TRIES = 8 };

/*
 * receipt_read adds the statement that reads what a receipt is decided on and returns its index;
 * once that flush has run, receipt_add decides and adds what follows to f, which the caller
 * commits. f fails with ERR_conflict when the open items have changed in between: read and decide
 * again.
 */
int receipt_read(struct flush *f, const struct receipt *r);
int receipt_add(struct flush *f, struct arena *a, const struct receipt *r, const struct flush *read,
		int stmt, struct err *err);

#endif
