/*
 * subscription.c - what is charged again and again: the resource, its fields and actions.
 *
 * A pending one is what a won deal asked for, or one that somebody prepares; it begins by its
 * action `activate`. Once it has begun, what it charges moves by actions alone. One without a plan
 * has items of its own: a template of recurring invoices.
 */
#include "batch.h"
#include "creation_preview.h"
#include "renewal.h"
#include "subscription_pause.h"
#include "subscription_phase.h"

#include <billfold/base/money.h>
#include <billfold/catalog.h>

const char *const subscription_alignments[] = { "anniversary", "calendar", NULL };
const char *const subscription_billing_modes[] = { "send", "finalize", "draft", NULL };
static const char *const states[] = { "pending",   "active", "paused", "unpaid",
				      "cancelled", "ended",  NULL };
static const char *const models[] = { "flat", "per_unit", "graduated", "volume", "package", NULL };
static const char *const tax_categories[] = { "standard", "reduced", "super_reduced",
					      "zero",     "exempt",  "outside_scope",
					      NULL };

/* clang-format off */
#define ITEM_SAID \
	{ .name = "product_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "product", .doc = "The product: gives what is not said here." }, \
	{ .name = "description", .type = FT_TEXT, .u.len = { 1, 2000 }, .doc = "What is charged; the product's name where not given." }, \
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; 1 where not given." }, \
	{ .name = "unit_price", .type = FT_DECIMAL, .u.num = { 0, MONEY_MAX }, \
	  .doc = "Major units an interval, for base_quantity units; the product's where not given." }, \
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many units the price is for." }, \
	{ .name = "unit", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 40 }, .doc = "Unit of the quantity." }, \
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the item." }, \
	{ .name = "tax_category", .type = FT_ENUM, .flags = FF_NULLABLE, .u.words = tax_categories, \
	  .doc = "Tax category; else the product's." }, \
	{ .name = "recurring", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = recurring_words, .doc = "The interval." }, \
	{ .name = "every", .type = FT_INT, .u.num = { 1, 100 }, .doc = "So many intervals at a time; 1 where not given." }, \
	{ .name = "model", .type = FT_ENUM, .u.words = models, .doc = "What a quantity costs, as a plan's charge; `per_unit` where not given." }, \
	{ .name = "package", .type = FT_DECIMAL, .flags = FF_NULLABLE | FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "Units of one package." }, \
	{ .name = "minimum", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, MONEY_MAX }, .doc = "What a period costs at least." }, \
	{ .name = "tiers", .type = FT_LIST, .flags = FF_NULLABLE, .u.of = { price_tier_fields, 50 }, .doc = "From below; the last one is open." }
#define ITEM_MEMBERS \
	{ .name = "lineage", .type = FT_UUID, .flags = FF_READ_ONLY, .doc = "The first item that it carries on; a change keeps it." }, \
	{ .name = "plan_charge", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The charge of the plan that it is from." }, \
	ITEM_SAID, \
	{ .name = "valid_from", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day that it is charged for; null: from the beginning." }, \
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day that it is no longer charged for; null: to the end." }, \
	{ .name = "anchor", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The day from which its periods are counted, where another interval began with it; null: the subscription's." }, \
	{ .name = "plan_version_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE, .u.ref = "plan_version", .doc = "The version of the plan that it is from." }, \
	{ .name = "deal_line_id", .type = FT_UUID, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The line of the deal that it is from." }

const struct field subscription_said_item_fields[] = {
	ITEM_SAID,
	{ 0 }
};

static const struct field item_fields[] = {
	ITEM_MEMBERS,
	{ 0 }
};

/* An item that is only shown: an element of a list, no child. */
static const struct field shown_item_fields[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`subscription_item`." },
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The item." },
	ITEM_MEMBERS,
	{ 0 }
};

static const struct field scheduled_fields[] = {
	{ .name = "date", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "From this day on." },
	{ .name = "plan_id", .type = FT_REF, .flags = FF_REQUIRED | FF_NULLABLE, .u.ref = "plan", .doc = "The plan that it has then." },
	{ .name = "plan_version_id", .type = FT_REF, .flags = FF_REQUIRED | FF_NULLABLE, .u.ref = "plan_version", .doc = "Its version." },
	{ .name = "begins", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { shown_item_fields, 0 }, .doc = "What is charged from then on." },
	{ .name = "ends", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { shown_item_fields, 0 }, .doc = "What is no longer charged from then on." },
	{ 0 }
};

static const struct field discount_fields[] = {
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The discount." },
	{ .name = "coupon_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "coupon", .doc = "The coupon that it is from." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What documents call it." },
	{ .name = "percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "So much of what the ones before it left." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "Or so much, in minor units." },
	{ .name = "periods_left", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 0, 1000 }, .doc = "Invoices that it still lowers; null: all." },
	{ .name = "product_ids", .type = FT_IDS, .flags = FF_NULLABLE, .doc = "It lowers what is charged for these products; null, and no charges: all." },
	{ .name = "charges", .type = FT_TEXTS, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "It lowers these charges of the plan." },
	{ .name = "valid_from", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The first bill date that it can lower, of a phase's the first day of what it lowers; null: all." },
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The first bill date, or day, that it no longer lowers; null: none." },
	{ .name = "of_phase", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "It is of a phase, and goes or moves with that: it lowers what begins within its days, be it a part of a bill." },
	{ .name = "returned_at", .type = FT_TIME, .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "When the coupon was given back: it has lowered nothing, and can lower nothing any more." },
	{ 0 }
};

static const struct field pause_fields[] = {
	{ .name = "starts_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The first day." },
	{ .name = "ends_on", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day on which it went on; null: it does not yet." },
	{ .name = "credit", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "What had been paid for its days was given back." },
	{ 0 }
};

static const struct field notice_fields[] = {
	{ .name = "term_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The end that it was about." },
	{ .name = "days_before", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 0, 365 }, .doc = "So many days before." },
	{ .name = "noticed_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When; of a day on which it was told anew, last." },
	{ .name = "renews", .type = FT_BOOL, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "That it renews was told, or that it ends; null: that was not kept." },
	{ .name = "plan_version_id", .type = FT_REF, .flags = FF_REQUIRED | FF_NULLABLE, .u.ref = "plan_version",
	  .doc = "The version of its plan that it was told to renew by: it does, unless a newer one is told in time. Null: it has none, or was told to end." },
	{ .name = "term_net", .type = FT_MONEY, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "What the next term was told to come to, before tax." },
	{ .name = "term_total", .type = FT_MONEY, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "And with tax." },
	{ 0 }
};

static const struct field skipped_fields[] = {
	{ .name = "period_start", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "Its bill date." },
	{ .name = "period_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The first day after it." },
	{ .name = "invoice_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The draft that was deleted." },
	{ .name = "skipped_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When." },
	{ 0 }
};

static const struct field charge_quantity_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of a charge of the plan." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; the plan's where not given." },
	{ 0 }
};

const struct resource subscription_item_resource = {
	.name = "subscription_item",
	.table = "billing.subscription_item",
	.read = P_INVOICE_READ,
	.write = P_INVOICE_WRITE,
	.fields = item_fields,
	.doc = "What a subscription charges.",
};

static const struct field subscription_fields[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 200 }, .doc = "What people call it; the plan's name where not given." },
	{ .name = "account_id", .type = FT_REF, .flags = FF_REQUIRED | FF_CREATE | FF_FILTER, .u.ref = "account",
	  .doc = "The customer; its documents are its payer's, where it bills to its parent." },
	{ .name = "entity_id", .type = FT_REF, .flags = FF_CREATE, .u.ref = "entity", .doc = "The seller; the account's, else the tenant's default one." },
	{ .name = "deal_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.ref = "deal",
	  .doc = "The deal that it came of." },
	{ .name = "plan_id", .type = FT_REF, .flags = FF_CREATE | FF_NULLABLE | FF_FILTER, .u.ref = "plan",
	  .doc = "The plan whose charges and prices are taken, as it is on the first day." },
	{ .name = "plan_code", .type = FT_TEXT, .flags = FF_CREATE | FF_SECRET, .u.len = { 1, 100 }, .doc = "Or the plan's code." },
	{ .name = "plan_version_id", .type = FT_REF, .flags = FF_CREATE | FF_NULLABLE, .u.ref = "plan_version", .doc = "Or the very version." },
	{ .name = "quantities", .type = FT_LIST, .flags = FF_CREATE | FF_SECRET, .u.of = { charge_quantity_fields, 200 },
	  .doc = "How many of the plan's charges, where not as the plan says." },
	{ .name = "add_ons", .type = FT_LIST, .flags = FF_CREATE | FF_SECRET, .u.of = { charge_quantity_fields, 200 },
	  .doc = "Which of the plan's add-ons are taken." },
	{ .name = "phases", .type = FT_LIST, .flags = FF_CREATE | FF_SECRET, .u.of = { subscription_phase_fields, PHASES_MAX },
	  .doc = "Or what is charged one after the other, from the first day that is charged on; what of it is to come is `scheduled`. Of a `pending` one the "
		 "days are counted from its `start_date`, else from today, again when a patch moves that or its `alignment`, and from its first day when it is "
		 "activated; an `until` stays. A `term` is "
		 "counted in the first one's interval; with it, or with the last phase, it ends, whichever comes first, unless it renews." },
	{ .name = "coupons", .type = FT_TEXTS, .flags = FF_CREATE | FF_SECRET, .u.len = { 1, 100 },
	  .doc = "Codes of coupons, in the order in which they are taken off." },
	{ .name = "pending", .type = FT_BOOL, .flags = FF_CREATE | FF_SECRET, .doc = "It does not begin before it is activated." },
	{ .name = "preview_token", .type = FT_TEXT, .flags = FF_CREATE | FF_SECRET, .u.len = { 1, 200 },
	  .doc = "Of `POST /v1/subscriptions/preview`: it makes what that said, or nothing." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_READ_ONLY | FF_FILTER, .u.words = states,
	  .doc = "`cancelled` at once, or `ended` when its end came." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_CREATE, .doc = "Currency of its prices; the account's, else the seller's where not given." },
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "First day of service; today where not given. What lies before today is billed at once, a document for each bill date. A patch of a "
		 "`pending` one's moves what is counted from it: its trial, its phases and their coupons." },
	{ .name = "trial_days", .type = FT_INT, .flags = FF_CREATE | FF_SECRET, .u.num = { 0, 730 },
	  .doc = "Days before the first that is charged; the plan's where not given." },
	{ .name = "alignment", .type = FT_ENUM, .u.words = subscription_alignments,
	  .doc = "Periods from the first day on, or the calendar's; the plan's where not given, else `anniversary`." },
	{ .name = "anchor", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The day from which its periods are counted: the first that is charged, or the one on which another interval began." },
	{ .name = "trial_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after its trial." },
	{ .name = "in_trial", .type = FT_BOOL, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "Whether it is tried today." },
	{ .name = "current_period_start", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The period that runs: from the bill date before today, or the trial." },
	{ .name = "current_period_end", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after it." },
	{ .name = "next_bill_on", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "The first bill date that has not been billed; null: nothing more comes." },
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 },
	  .doc = "Periods that are agreed on at a time; the plan's where not given; null: until it is cancelled." },
	{ .name = "term_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after the term that runs." },
	{ .name = "auto_renew", .type = FT_BOOL,
	  .doc = "Another term follows; the plan's where not given, else true. Where the customer was told that it ends, and it is then set to renew, that is told "
		 "at once, with what the next term comes to: by that it renews." },
	{ .name = "notice_days", .type = FT_INT, .u.num = { 0, 365 }, .doc = "Until so many days before a term's end it may be said that it does not go on." },
	{ .name = "notices", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { notice_fields, 0 },
	  .doc = "That a term's end was told of, 30, 7 and 1 days before, and anew where a newer version of its plan has moved what it renews by, on a day on "
		 "which may still be said that it does not go on: the account's owner has a task then, the payer's billing contacts a mail. It renews "
		 "by what was told last." },
	{ .name = "keeps_price", .type = FT_BOOL, .doc = "Its prices stay as they were agreed, whatever versions its plan has; false where not given." },
	{ .name = "end_date", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER,
	  .doc = "The first day without service. What expired long ago: `end_date[lt]`, and `state`." },
	{ .name = "cancelled_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When it was cancelled." },
	{ .name = "cancel_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "Why." },
	{ .name = "paused_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day of its pause." },
	{ .name = "pause_credit", .type = FT_BOOL, .flags = FF_READ_ONLY, .doc = "The pause gives back what was paid for its days." },
	{ .name = "pause_extends_term", .type = FT_BOOL, .flags = FF_READ_ONLY, .doc = "The pause adds its days to the term that runs: that does not end before it goes on." },
	{ .name = "resume_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The day on which it goes on." },
	{ .name = "resume_anew", .type = FT_BOOL, .flags = FF_READ_ONLY, .doc = "Its periods begin anew on that day." },
	{ .name = "pauses", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { pause_fields, 0 },
	  .doc = "Days on which it stood still, or does." },
	{ .name = "billing_mode", .type = FT_ENUM, .u.words = subscription_billing_modes,
	  .doc = "Its invoices are final and mailed (`send`, where not given), final, or drafts that people review." },
	{ .name = "location_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "location", .doc = "Where it is supplied to." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Purchase order." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the whole." },
	{ .name = "discounts", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { discount_fields, 0 },
	  .doc = "Coupons that were taken, in their order." },
	{ .name = "scheduled", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED, .u.of = { scheduled_fields, 0 },
	  .doc = "What is to come, day by day: phases and changes." },
	{ .name = "upcoming_items", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED, .u.of = { shown_item_fields, 0 },
	  .doc = "What it charges from a later day on." },
	{ .name = "item_history", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NAMED, .u.of = { shown_item_fields, 0 },
	  .doc = "All that it ever charged, and when. Shown where `fields` names it." },
	{ .name = "invoices", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED, .doc = "Ids of its documents, the last 24 of them, the newest first." },
	{ .name = "skipped", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { skipped_fields, 0 },
	  .doc = "Periods that are not billed because their draft was deleted; `bill_skipped` bills one." },
	{ .name = "parked_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "Since when it cannot be billed; null again where it has ended and nothing of it is due." },
	{ .name = "retry_at", .type = FT_TIME, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it is tried again by itself; a change of it, its account or its contacts makes it sooner, or one of the same cause that is billed. Null of a parked one: not before it is released." },
	{ .name = "park_code", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The stable word of what stood in the way." },
	{ .name = "park_task_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.ref = "task",
	  .doc = "The task of what stood in the way: one a cause and owner, which says how many it is the same for; it is done with the last of them. As soon as one "
		 "of them is billed or released, the others are tried." },
	{ .name = "park_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 0, 2000 }, .doc = "The same for people." },
	{ .name = "expired_noticed_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it was told that it ended so many days ago as `settings.billing.expired_after` says: the account's owner has a task then." },
	{ .name = "purge_asked_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .doc = "Since when somebody wants it archived." },
	{ .name = "purge_asked_by", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 200 }, .doc = "Who; somebody else says whether." },
	{ .name = "purge_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "And why." },
	{ .name = "notes", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 5000 }, .doc = "For your people." },
	{ 0 }
};

static const struct child subscription_children[] = {
	{ .name = "items", .resource = &subscription_item_resource, .parent_column = "subscription_id",
	  .writable = true, .ordered = true, .max = 1000 },
	{ 0 }
};

static const struct action subscription_actions[] = {
	{ .name = "activate", .perm = P_INVOICE_FINALIZE, .in = subscription_activate_in, .run = subscription_activate,
	  .doc = "A pending one begins: on a day, today where not given. What it charges is counted from then on." },
	{ .name = "preview_activate", .perm = P_INVOICE_READ, .in = subscription_activate_in, .out = creation_preview_out,
	  .run = subscription_preview_activate,
	  .doc = "What it would be then, and bill step by step, to the minor unit; nothing is written. The activation that sends `preview_token` makes that, or "
		 "409 `preview_stale`." },
	{ .name = "cancel", .perm = P_INVOICE_WRITE, .in = subscription_cancel_in, .run = subscription_cancel,
	  .doc = "Ends it: at the end of what has been paid for (`period_end`), of its term, after a last day of service, or with today. A pending one is gone at once." },
	{ .name = "preview_cancel", .perm = P_INVOICE_READ, .in = subscription_cancel_in, .out = sub_act_out, .run = subscription_preview_cancel,
	  .doc = "What a cancellation would bill, to the minor unit; nothing is written." },
	{ .name = "keep", .perm = P_INVOICE_WRITE, .in = subscription_keep_in, .run = subscription_keep,
	  .doc = "Takes back a cancellation whose day has not come: what it gave back is charged again." },
	{ .name = "preview_keep", .perm = P_INVOICE_READ, .in = subscription_keep_in, .out = sub_act_out, .run = subscription_preview_keep,
	  .doc = "What that would bill; nothing is written." },
	{ .name = "pause", .perm = P_INVOICE_WRITE, .in = subscription_pause_in, .run = subscription_pause,
	  .doc = "Nothing is billed from a day on, today where not given, until it is resumed; what has been billed stays, or is given back for the days of the "
		 "pause. On a day to come, or until one, by itself; a pause that has not come is moved by another." },
	{ .name = "preview_pause", .perm = P_INVOICE_READ, .in = subscription_pause_in, .out = sub_act_out, .run = subscription_preview_pause,
	  .doc = "What a pause would bill, to the minor unit; nothing is written. Of one that is to come: nothing before its day." },
	{ .name = "resume", .perm = P_INVOICE_WRITE, .in = subscription_resume_in, .run = subscription_resume,
	  .doc = "A paused one goes on, today or on a day: the days that are left of the period that runs are charged, less what is paid for already, and bill "
		 "dates from then on. A pause that has not come is taken back, or ends on a day after it." },
	{ .name = "preview_resume", .perm = P_INVOICE_READ, .in = subscription_resume_in, .out = sub_act_out, .run = subscription_preview_resume,
	  .doc = "What that would bill, to the minor unit; nothing is written. On a day to come: nothing before it." },
	{ .name = "change", .perm = P_INVOICE_FINALIZE, .in = subscription_change_in, .run = subscription_change,
	  .doc = "Another plan, other quantities, add-ons, items, coupons, from a day on: today where nothing is said. What has been billed for days "
		 "from then on is given back, net of discounts and at its own tax rate, what is to be charged instead is billed, in one document." },
	{ .name = "preview_change", .perm = P_INVOICE_READ, .in = subscription_change_in, .out = sub_act_out,
	  .run = subscription_preview_change,
	  .doc = "What a change would bill, to the minor unit; nothing is written. The change that sends `preview_token` makes that, or 409 `preview_stale`." },
	{ .name = "preview_renewal", .perm = P_INVOICE_READ, .out = subscription_preview_renewal_out, .run = subscription_preview_renewal,
	  .doc = "What its next term charges, at which prices, and how much more that is than now: what the renewal will make as things stand. "
		 "Nothing is written." },
	{ .name = "bill_skipped", .perm = P_INVOICE_FINALIZE, .in = subscription_bill_skipped_in, .run = subscription_bill_skipped,
	  .doc = "Bills a period whose draft was deleted, as the subscription is now; where a change has billed some of its days, what is left of them. 409 where "
		 "nothing of it was skipped, or is left, 422 with what stands in the way." },
	{ .name = "ask_archive", .perm = P_INVOICE_WRITE, .in = subscription_ask_archive_in, .run = subscription_ask_archive,
	  .doc = "Asks for one that has ended to be archived. Nothing is deleted: it leaves the lists, its documents stay." },
	{ .name = "approve_archive", .perm = P_INVOICE_FINALIZE, .run = subscription_approve_archive,
	  .doc = "Archives it: by somebody else than who asked." },
	{ .name = "reject_archive", .perm = P_INVOICE_FINALIZE, .in = subscription_reject_archive_in, .run = subscription_reject_archive,
	  .doc = "It stays in the lists." },
	{ .name = "preview_unschedule", .perm = P_INVOICE_READ, .in = subscription_unschedule_in, .out = sub_act_out,
	  .run = subscription_preview_unschedule, .doc = "What that would bill; nothing is written." },
	{ .name = "unschedule", .perm = P_INVOICE_FINALIZE, .in = subscription_unschedule_in, .run = subscription_unschedule,
	  .doc = "Takes back what is scheduled for a day, or all of it: what it has goes on, to its end where it has one. What was billed for it "
		 "already is given back. What phases have replaced does not come back with that: it is agreed on anew, by phases from its day on." },
	{ .name = "release", .perm = P_INVOICE_FINALIZE, .run = subscription_release,
	  .doc = "Bills a parked subscription at once, and not when it would be tried again by itself; so are those tried that are parked for the same cause." },
	{ 0 }
};
/* clang-format on */

const struct resource subscription_resource = {
	.name = "subscription",
	.module = "subscriptions",
	.path = "subscriptions",
	.table = "billing.subscription",
	.view = "billing.subscription_view",
	.ops = OP_ALL & ~OP_DELETE,
	.read = P_INVOICE_READ,
	.write = P_INVOICE_WRITE,
	.fields = subscription_fields,
	.children = subscription_children,
	.actions = subscription_actions,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.prepare = subscription_prepare,
	.doc = "An agreement that is billed at intervals.",
};
