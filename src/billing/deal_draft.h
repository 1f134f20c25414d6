/*
 * deal_draft.h - inside the room: the documents of a won deal.
 */
#ifndef BILLING_DEAL_DRAFT_H
#define BILLING_DEAL_DRAFT_H

#include <billfold/job.h>

int deal_draft(struct job *j, struct err *err);

#endif
