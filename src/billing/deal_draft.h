/*
 * deal_draft.h - inside the room: the documents of a won deal.
 */
#ifndef BILLING_DEAL_DRAFT_H
#define BILLING_DEAL_DRAFT_H

#include "draft.h"

#include <billfold/job.h>

/* As billing.deal_facts has it. */
struct deal {
	const char *id, *account_id, *location_id, *po_number, *supply_date;
	int64_t win_no;
	bool won, has_invoice, has_subscription;
	struct json_object *lines; /* all of them */
	struct json_object *context;
	struct json_object *body;
};
/* Adds the statement that reads it; its place. Not won: there is none. */
int deal_add_read(struct flush *f, const char *id);
int deal_load(struct arena *a, const struct flush *f, int stmt, const char *id, struct deal *ret,
	      struct err *err);

/* Those that it lacks. */
struct deal_documents {
	bool invoice, subscription;
	bool reviewed; /* the draft waits for its review from the first */
	struct facts facts;
	struct draft draft;
	struct json_object *again; /* the subscription's lines */
};
int deal_decide(struct arena *a, const struct deal *deal, struct deal_documents *ret,
		struct err *err);
/* The statements that write them, on condition that the deal is still won as it was read. */
void deal_add(struct flush *f, struct arena *a, const struct deal *deal,
	      const struct deal_documents *docs);

int deal_draft(struct job *j, struct err *err); /* the job */

#endif
