/*
 * jobs.c - what billing does in billfold-invoiced.
 */
#include "batch.h"
#include "deal_draft.h"
#include "renewal.h"

#include <billfold/billing.h>

const struct job_kind billing_job_kinds[] = {
	{ .name = "draft_from_deal",
	  .run = deal_draft,
	  .max_attempts = 12,
	  .lease_s = 60,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Makes the draft and the pending subscription of a won deal." },
	{ .name = "billing_run",
	  .run = billing_run_begin,
	  .lease_s = 120,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Shares out the subscriptions that are due to batches." },
	{ .name = "bill_batch",
	  .run = batch_run,
	  .lease_s = BATCH_LEASE_S,
	  .backoff_s = 2,
	  .backoff_max_s = 1800,
	  .persists = true,
	  .doc = "Bills some of a run's subscriptions." },
	{ .name = "subscription_step",
	  .run = subscription_step,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "A subscription pauses, goes on, is told of, renews or ends on its day." },
	{ .name = "version_reach",
	  .run = version_reach,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "A plan's newer version is taken to those who have the plan." },
	{ .name = "version_tell",
	  .run = version_tell,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Who was told of a renewal is told anew of a plan's newer version." },
	{ .name = "billing_watch",
	  .run = billing_run_watch,
	  .every_s = 60,
	  .doc = "Finds bill dates that no run is planned for, and ends runs whose batches are "
		 "done." },
	{ 0 }
};
