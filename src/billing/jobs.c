/*
 * jobs.c - what billing does in billfold-invoiced.
 */
#include "deal_draft.h"

#include <billfold/billing.h>

const struct job_kind billing_job_kinds[] = {
	{ .name = "draft_from_deal",
	  .run = deal_draft,
	  .max_attempts = 12,
	  .lease_s = 60,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Makes the draft and the pending subscription of a won deal." },
	{ 0 }
};
