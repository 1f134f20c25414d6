/*
 * batch.h - inside the room: bill dates of many subscriptions, billed as one set.
 *
 * Read by one flush that keeps what it reads (batch_read), decided by the core, each by itself
 * (batch_decide), written by the next flush of the same transaction (batch_write). What cannot be
 * billed is parked; the others do not notice. All of it is the arena's.
 */
#ifndef BILLING_BATCH_H
#define BILLING_BATCH_H

#include "advance.h"

#include <billfold/billing/subscription.h>
#include <billfold/job.h>
#include <billfold/resource.h>

enum billing_mode { BILLING_SEND, BILLING_FINALIZE, BILLING_DRAFT };

/* What a line of an item says besides its price; beside struct sub_item, one for one. */
struct batch_item {
	const char *id, *product_id, *description, *unit;
	struct decimal discount_percent;
	const char *category_given, *product_category;
};

enum batch_outcome {
	BATCH_PARKED,
	BATCH_NOTHING, /* nothing is charged on that day */
	BATCH_DRAFT,   /* somebody looks at it first */
	BATCH_FINAL
};

struct batch_row {
	const char *subscription_id;
	struct subscription sub;
	const struct batch_item *items;
	enum billing_mode mode;
	bool has_email;
	civil_day bill_on;
	struct bill_discount *discounts;
	size_t n_discounts;
	struct advances *advances; /* the payer's; NULL: none */
	struct draft draft;        /* what is billed, of a document that does not exist yet */
	struct err err;            /* why it is parked */
	/* decided */
	enum batch_outcome outcome;
	struct period period;
	civil_day next; /* DAY_NEVER: none */
	int64_t paid;
	enum invoice_status status;
	struct posting posting;
	bool converted;
	const char *entry; /* NULL: it books nothing */
	bool uses;
	struct draft_stmt use; /* of what was paid in advance */
};

struct batch {
	struct arena *arena;
	struct batch_row *rows;
	size_t n;
	const char *discount_ids; /* of all rows: a uuid[] */
};

/*
 * Begins the transaction and keeps those of the subscriptions that are due and free; none: n = 0.
 * The transaction is open after success.
 */
int batch_read(struct job *j, struct arena *a, const char *ids, struct batch *ret, struct err *err);
/* Pure: a row that cannot be billed is BATCH_PARKED with its err. */
void batch_decide(struct arena *a, struct batch_row *row);
/* Adds all that follows from the rows. */
void batch_write(struct flush *f, const struct batch *b);
/* How many documents the rows have become, and how many of them are parked. */
void batch_count(const struct batch *b, int64_t *ret_billed, int64_t *ret_parked);

/* batch_job.c: job bill_batch. */
int batch_run(struct job *j, struct err *err);
/* billing_run.c: job billing_run, and the duty that finds what nobody has said. */
int billing_run_begin(struct job *j, struct err *err);
int billing_run_watch(struct job *j, struct err *err);
/* An action of subscriptions: what was parked is billed again. */
int subscription_release(struct call *c, struct reply *r, struct err *err);

#endif
