/*
 * product.c - what is sold, and its prices.
 */
#include "reprice.h"

#include <billfold/base/money.h>
#include <billfold/catalog.h>

static const char *const product_kinds[] = { "service", "good", NULL };
static const char *const product_tax_categories[] = { "standard", "reduced", "super_reduced",
						      "zero",     "exempt",  "outside_scope",
						      NULL };

static const char *const recurring_words[] = { "none",      "week", "month", "quarter",
					       "half_year", "year", NULL };

static const struct field product_fields[] = {
	{ .name = "code",
	  .type = FT_TEXT,
	  .norm = "code_norm",
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .u.len = { 1, 100 },
	  .doc = "Your code for it, unique in any case of letters." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .norm = "name_norm",
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .u.len = { 1, 200 },
	  .doc = "What documents call it, unless a line says otherwise.",
	  .example = "Boiler, 300 litres" },
	{ .name = "description",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 2000 },
	  .doc = "For your people.",
	  .example = "With stand and fittings." },
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .u.words = product_kinds,
	  .doc = "`service` or `good`." },
	{ .name = "unit",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 40 },
	  .doc = "Unit that quantities are counted in." },
	{ .name = "tax_category",
	  .type = FT_ENUM,
	  .u.words = product_tax_categories,
	  .doc = "Which of a place's rates it bears; `standard` where not given." },
	{ 0 }
};

static const struct child product_children[] = { { .name = "prices",
						   .resource = &price_resource,
						   .parent_column = "product_id",
						   .writable = true,
						   .max = 200 },
						 { 0 } };

const struct resource product_resource = {
	.name = "product",
	.module = "catalog",
	.path = "products",
	.table = "catalog.product",
	.view = "catalog.product_view",
	.ops = OP_ALL,
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = product_fields,
	.children = product_children,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.doc = "Something that is sold, with a price for each currency.",
};

static const struct field price_fields[] = {
	{ .name = "product_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "product",
	  .doc = "What it is the price of." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .doc = "The currency that it is kept in, never converted." },
	{ .name = "unit_price",
	  .type = FT_DECIMAL,
	  .flags = FF_REQUIRED,
	  .u.num = { 0, MONEY_MAX },
	  .doc = "Major units for base_quantity units, not negative." },
	{ .name = "base_quantity",
	  .type = FT_DECIMAL,
	  .flags = FF_POSITIVE,
	  .doc = "How many units the price is for; 1 where not given." },
	{ .name = "recurring",
	  .type = FT_ENUM,
	  .u.words = recurring_words,
	  .doc = "Charged once (`none`) or once an interval." },
	{ .name = "valid_from", .type = FT_DATE, .doc = "First day; always where not given." },
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Last day." },
	{ 0 }
};

static const struct action price_actions[] = {
	{ .name = "reprice",
	  .perm = P_CATALOG_WRITE,
	  .in = price_reprice_in,
	  .run = price_reprice,
	  .doc = "Moves it from a day on, by percent or by an amount: a new price beside it, which "
		 "is answered. Many at once: `bulk`, with a dry run first." },
	{ 0 }
};

const struct resource price_resource = {
	.name = "price",
	.module = "catalog",
	.path = "prices",
	.table = "catalog.price",
	.view = "catalog.price_view",
	.ops = OP_ALL,
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = price_fields,
	.actions = price_actions,
	.default_sort = "created_at,id",
	.archives = true,
	.doc = "The price of a product in a currency, from a day on.",
};
