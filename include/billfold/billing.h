/*
 * billing.h - what was sold becomes what is owed: invoices, their lines, taxes and numbers.
 *
 * A draft stores no copy of the account: payer, contact, terms and tax profile are read through
 * until finalizing takes snapshots, a number without a gap and a journal entry; from then on
 * content is frozen. The arithmetic is the functional core (billing/core.h); this header is what
 * the house serves of it.
 */
#ifndef BILLFOLD_BILLING_H
#define BILLFOLD_BILLING_H

#include <billfold/billing/core.h>
#include <billfold/job.h>
#include <billfold/ledger.h>
#include <billfold/resource.h>

extern const struct resource invoice_resource;
extern const struct resource invoice_line_resource; /* child of invoices */
extern const struct resource subscription_resource;
extern const struct resource subscription_item_resource; /* child of subscriptions */
extern const struct resource billing_run_resource;
extern const struct resource series_resource;
extern const struct reaction billing_reactions[]; /* drafts follow their account */
extern const struct route billing_routes[];       /* preview */
extern const struct route subscription_routes[];  /* likewise */
extern const struct job_kind billing_job_kinds[]; /* draft_from_deal, runs; ended by NULL name */

#endif
