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

/* Drafts of a set that take any: which of them lack some (place from 1, why), and a guard for the
 * flush that finalizes them. */
struct approvals {
	size_t n;
	struct pg_array *ids, *people, *other;
};
void approvals_init(struct approvals *ret, struct arena *a);
bool approvals_add(struct approvals *list, const struct draft *d); /* false: it takes none */
int approvals_read(const struct approvals *list, struct flush *f);
void approvals_expect(const struct approvals *list, struct flush *f);

#endif
