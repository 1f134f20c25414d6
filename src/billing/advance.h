/*
 * advance.h - inside the room: what a payer has paid before there was a document to use it on.
 */
#ifndef BILLING_ADVANCE_H
#define BILLING_ADVANCE_H

#include "draft.h"

#include <billfold/ledger.h>

struct advance_of {
	const char *entity_id, *currency; /* whom it was paid to, and in what */
	struct advance advance;
	bool has_rate; /* it came in a foreign currency, at a rate that is known */
	struct decimal rate;
};

/* All that one payer has unapplied, oldest first. */
struct advances {
	const char *payer;
	struct advance_of *v;
	size_t n;
	struct advances *next; /* another payer's, in the same request */
};

/* Adds the statement that reads them for a draft's payer; its index. */
int advances_add_read(struct flush *f, const char *draft_id);
struct advances *advances_load(struct arena *a, const struct flush *f, int stmt, const char *payer);
/*
 * For a document that does not exist yet: read once a request, so that the drafts of one batch do
 * not count on the same money.
 */
int advances_read(struct call *c, const char *payer, struct advances **ret, struct err *err);

/* The same within a transaction that is open, for its one document. */
int advances_read_now(struct db *db, struct arena *a, const char *payer, struct advances **ret,
		      struct err *err);

/*
 * A document whose dates and totals are decided takes what it can: how much, and the statement that
 * writes it on condition that nothing has come or gone since it was read. It must run before
 * the document's row is locked.
 */
int advances_take(struct arena *a, struct advances *s, const struct draft *d, int64_t *ret_paid,
		  struct draft_stmt *ret, struct err *err);

#endif
