/*
 * subscription.c - what is charged again and again: the resource, its fields and actions.
 *
 * A pending one is what a won deal asked for, or one that somebody prepares; it begins by its
 * action `activate`. Once it has begun, what it charges moves by actions alone. One without a plan
 * has items of its own: a template of recurring invoices.
 */
#include "batch.h"
#include "subscription_change.h"

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
#define ITEM_MEMBERS \
	{ .name = "lineage", .type = FT_UUID, .flags = FF_READ_ONLY, .doc = "The first item that it carries on; a change keeps it." }, \
	{ .name = "plan_charge", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The charge of the plan that it is from." }, \
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
	{ .name = "tiers", .type = FT_LIST, .flags = FF_NULLABLE, .u.of = { price_tier_fields, 50 }, .doc = "From below; the last one is open." }, \
	{ .name = "valid_from", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day that it is charged for; null: from the beginning." }, \
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day that it is no longer charged for; null: to the end." }, \
	{ .name = "deal_line_id", .type = FT_UUID, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The line of the deal that it is from." }

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

static const struct field discount_fields[] = {
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The discount." },
	{ .name = "coupon_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "coupon", .doc = "The coupon that it is from." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What documents call it." },
	{ .name = "percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "So much of what the ones before it left." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_NULLABLE, .doc = "Or so much, in minor units." },
	{ .name = "periods_left", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 0, 1000 }, .doc = "Invoices that it still lowers; null: all." },
	{ 0 }
};

static const struct field notice_fields[] = {
	{ .name = "term_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The end that it was about." },
	{ .name = "days_before", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 0, 365 }, .doc = "So many days before." },
	{ .name = "noticed_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When." },
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
	{ .name = "coupons", .type = FT_TEXTS, .flags = FF_CREATE | FF_SECRET, .u.len = { 1, 100 },
	  .doc = "Codes of coupons, in the order in which they are taken off." },
	{ .name = "pending", .type = FT_BOOL, .flags = FF_CREATE | FF_SECRET, .doc = "It does not begin before it is activated." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_READ_ONLY | FF_FILTER, .u.words = states,
	  .doc = "`cancelled` at once, or `ended` when its end came." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_CREATE, .doc = "Currency of its prices; the account's, else the seller's where not given." },
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "First day of service; today where not given. What lies before today is billed at once, a document for each bill date." },
	{ .name = "trial_days", .type = FT_INT, .flags = FF_CREATE | FF_SECRET, .u.num = { 0, 730 },
	  .doc = "Days before the first that is charged; the plan's where not given." },
	{ .name = "alignment", .type = FT_ENUM, .u.words = subscription_alignments,
	  .doc = "Periods from the first day on, or the calendar's; the plan's where not given, else `anniversary`." },
	{ .name = "anchor", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The day from which its periods are counted: the first that is charged." },
	{ .name = "trial_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after its trial." },
	{ .name = "in_trial", .type = FT_BOOL, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "Whether it is tried today." },
	{ .name = "current_period_start", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The period that runs: from the bill date before today, or the trial." },
	{ .name = "current_period_end", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after it." },
	{ .name = "next_bill_on", .type = FT_DATE, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "The first bill date that has not been billed; null: nothing more comes." },
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 },
	  .doc = "Periods that are agreed on at a time; the plan's where not given; null: until it is cancelled." },
	{ .name = "term_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day after the term that runs." },
	{ .name = "auto_renew", .type = FT_BOOL, .doc = "Another term follows; the plan's where not given, else true." },
	{ .name = "notice_days", .type = FT_INT, .u.num = { 0, 365 }, .doc = "Until so many days before a term's end it may be said that it does not go on." },
	{ .name = "notices", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { notice_fields, 0 },
	  .doc = "That a term's end was told of, 30, 7 and 1 days before: the account's owner has a task then." },
	{ .name = "end_date", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day without service." },
	{ .name = "cancelled_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When it was cancelled." },
	{ .name = "cancel_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "Why." },
	{ .name = "paused_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The first day of its pause." },
	{ .name = "resume_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The day on which it goes on." },
	{ .name = "billing_mode", .type = FT_ENUM, .u.words = subscription_billing_modes,
	  .doc = "Its invoices are final and mailed (`send`, where not given), final, or drafts that people review." },
	{ .name = "location_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "location", .doc = "Where it is supplied to." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Purchase order." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the whole." },
	{ .name = "discounts", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { discount_fields, 0 },
	  .doc = "Coupons that were taken, in their order." },
	{ .name = "upcoming_items", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED, .u.of = { shown_item_fields, 0 },
	  .doc = "What it charges from a later day on." },
	{ .name = "item_history", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NAMED, .u.of = { shown_item_fields, 0 },
	  .doc = "All that it ever charged, and when. Shown where `fields` names it." },
	{ .name = "invoices", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED, .doc = "Ids of its documents, the last 24 of them, the newest first." },
	{ .name = "parked_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "Since when it is not billed until somebody has looked." },
	{ .name = "park_code", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The stable word of what stood in the way." },
	{ .name = "park_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 0, 2000 }, .doc = "The same for people." },
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
	  .doc = "A pending one begins: on a day, today where not given." },
	{ .name = "cancel", .perm = P_INVOICE_WRITE, .in = subscription_cancel_in, .run = subscription_cancel,
	  .doc = "Ends it: at the end of what has been paid for (`period_end`), of its term, after a last day of service, or with today. A pending one is gone at once." },
	{ .name = "keep", .perm = P_INVOICE_WRITE, .run = subscription_keep,
	  .doc = "Takes back a cancellation whose day has not come." },
	{ .name = "pause", .perm = P_INVOICE_WRITE, .in = subscription_pause_in, .run = subscription_pause,
	  .doc = "Nothing is billed from a day on, today where not given, until it is resumed; what has been billed stays. On a day to come, or until one, by itself." },
	{ .name = "resume", .perm = P_INVOICE_WRITE, .in = subscription_resume_in, .run = subscription_resume,
	  .doc = "A paused one goes on, today or on a day: it is billed from the first bill date then. A pause that has not come is taken back." },
	{ .name = "change", .perm = P_INVOICE_FINALIZE, .in = subscription_change_in, .run = subscription_change,
	  .doc = "Another plan, other quantities, add-ons, items, coupons, from a day on: today where nothing is said. What has been billed for days "
		 "from then on is given back, net of discounts and at its own tax rate, what is to be charged instead is billed, in one document." },
	{ .name = "preview_change", .perm = P_INVOICE_READ, .in = subscription_change_in, .out = subscription_change_out,
	  .run = subscription_preview_change,
	  .doc = "What a change would bill, to the minor unit; nothing is written. The change that sends `preview_token` makes that, or 409 `preview_stale`." },
	{ .name = "release", .perm = P_INVOICE_FINALIZE, .run = subscription_release,
	  .doc = "Bills a parked subscription again, once what kept it from being billed is mended: what is due is billed at once." },
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
	.external_ids = true,
	.prepare = subscription_prepare,
	.doc = "An agreement that is billed at intervals.",
};
