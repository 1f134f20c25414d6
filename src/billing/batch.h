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
#include "subscription.h"

#include <billfold/job.h>
#include <billfold/resource.h>

enum { BATCH_LEASE_S = 120 }; /* a round's */

enum billing_mode { BILLING_SEND, BILLING_FINALIZE, BILLING_DRAFT };

/* What a line of an item says besides its price; beside struct sub_item, one for one. */
struct batch_item {
	const char *id, *product_id, *description, *unit;
	struct decimal discount_percent;
	const char *category_given, *product_category, *plan_charge;
};

/* Of a seller: on these days nothing can be issued. */
struct batch_seller {
	const char *entity_id;
	civil_day closed_through; /* DAY_ALWAYS: its books are open */
	civil_day issued_on;      /* of the last in today's series: none is dated before it */
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
	/* Those that may lower it; when it is decided, those that do. */
	struct bill_discount *discounts;
	struct sub_discount *reach; /* of each: what it is for */
	const char **discount_ids;
	size_t n_discounts;
	struct advances *advances; /* the payer's; NULL: none */
	const struct batch_seller *seller;
	struct draft draft;    /* what is billed, of a document that does not exist yet */
	struct err err;        /* why it is parked */
	struct opt_day passes; /* the seller's day on which that is surely over; unset: unknown */
	/* decided */
	size_t *item_of; /* of each line */
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
};

/* Where the flush has what is read. */
struct batch_reading {
	struct arena *a;
	struct flush *f;
	int facts, items, discounts, advances, sellers, rates, settings;
};

/*
 * The reads alone, of subscriptions whose ids the transaction has in the setting billing.held: of
 * the bill date `on`, of the next one of each where it is NULL. Taken when the flush has run.
 */
void batch_add_reads(struct batch_reading *r, const char *on);
int batch_take(const struct batch_reading *r, struct batch *ret, struct err *err);
/*
 * Begins the transaction and keeps those of the subscriptions that are due and free; none: n = 0.
 * The transaction is open after success.
 */
int batch_read(struct job *j, struct arena *a, const char *ids, struct batch *ret, struct err *err);
/* Pure: a row that cannot be billed is BATCH_PARKED with its err. */
void batch_decide(struct arena *a, struct batch_row *row);
/* Adds all that follows from the rows. */
void batch_write(struct flush *f, const struct batch *b);
/* The discounts that have lowered any of its documents: a uuid[]. */
const char *batch_discounts(const struct batch *b);
/* Its documents alone: what they say of their subscriptions is the caller's to write. */
void batch_write_documents(struct flush *f, const struct batch *b);
/* How many documents the rows have become, and how many of them are parked. */
void batch_count(const struct batch *b, int64_t *ret_billed, int64_t *ret_parked);

/* batch_job.c: job bill_batch. */
int batch_run(struct job *j, struct err *err);
/* billing_run.c: job billing_run, and the duty that finds what nobody has said. */
int billing_run_begin(struct job *j, struct err *err);
int billing_run_watch(struct job *j, struct err *err);
/* mended.c: a reaction; what is parked of what was changed is tried again. */
int mended_retry(struct call *c, struct write *w, struct err *err);
/* skipped.c: an action of subscriptions; a bill date whose draft was deleted is billed. */
int subscription_bill_skipped(struct call *c, struct reply *r, struct err *err);
extern const struct field subscription_bill_skipped_in[];
/* An action of subscriptions: what was parked is billed again. */
int subscription_release(struct call *c, struct reply *r, struct err *err);

#endif
