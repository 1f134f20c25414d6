/*
 * approval.h - inside the room: who must have seen a draft before it is final.
 */
#ifndef BILLING_APPROVAL_H
#define BILLING_APPROVAL_H

#include "draft.h"

struct approval_need {
	int people; /* who did not write it; 0: none */
	bool other; /* one of them at least is not who finalizes */
};

/* By the tenant's choices (settings.billing) and the draft as it was decided. */
struct approval_need approval_needed(const struct draft *d);

#endif
