/*
 * subscription.c - what is charged again and again: a pending one is what a won deal asked for.
 */
#include "batch.h"

#include <billfold/billing.h>
#include <billfold/billing/subscription.h>

static const char *const states[] = { "pending",   "active", "paused", "unpaid",
				      "cancelled", "ended",  NULL };
/* clang-format off */
static const struct field item_fields[] = {
	{ .name = "product_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE, .u.ref = "product", .doc = "The product." },
	{ .name = "description", .type = FT_TEXT, .flags = FF_READ_ONLY, .u.len = { 1, 2000 }, .doc = "What is charged." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_READ_ONLY, .doc = "How many." },
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_READ_ONLY, .doc = "Major units an interval, for base_quantity units." },
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_READ_ONLY, .doc = "How many units the price is for." },
	{ .name = "unit", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 40 }, .doc = "Unit of the quantity." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "Discount on the item." },
	{ .name = "tax_category", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 40 },
	  .doc = "Tax category; else the product's." },
	{ .name = "recurring", .type = FT_ENUM, .flags = FF_READ_ONLY, .u.words = recurring_words, .doc = "The interval." },
	{ .name = "deal_line_id", .type = FT_UUID, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "The line of the deal that it is from." },
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
	{ .name = "account_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_FILTER, .u.ref = "account", .doc = "The payer." },
	{ .name = "entity_id", .type = FT_REF, .flags = FF_READ_ONLY, .u.ref = "entity", .doc = "The seller." },
	{ .name = "deal_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.ref = "deal",
	  .doc = "The deal that it came of." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_READ_ONLY | FF_FILTER, .u.words = states, .doc = "How far it is." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_READ_ONLY, .doc = "Currency of its prices." },
	{ .name = "start_date", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "First day of service." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Purchase order." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "Discount on the whole." },
	{ .name = "notes", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 5000 }, .doc = "For your people." },
	{ 0 }
};

static const struct child subscription_children[] = {
	{ .name = "items", .resource = &subscription_item_resource, .parent_column = "subscription_id",
	  .ordered = true, .max = 1000 },
	{ 0 }
};

static const struct action subscription_actions[] = {
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
	.ops = OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH | OP_AGGREGATE,
	.read = P_INVOICE_READ,
	.write = P_INVOICE_WRITE,
	.fields = subscription_fields,
	.children = subscription_children,
	.actions = subscription_actions,
	.default_sort = "created_at,id",
	.custom = true,
	.external_ids = true,
	.doc = "An agreement that is billed at intervals.",
};
