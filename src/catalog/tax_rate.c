/*
 * tax_rate.c - the rates of places, by category and date.
 */
#include <billfold/catalog.h>

static const char *const rate_categories[] = { "standard", "reduced", "super_reduced", NULL };

static const struct field tax_rate_fields[] = {
	{ .name = "country",
	  .type = FT_COUNTRY,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .doc = "Where it holds." },
	{ .name = "region",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 50 },
	  .doc = "A part of the country, as addresses name it; a region's rate comes before the "
		 "country's." },
	{ .name = "category",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .u.words = rate_categories,
	  .doc = "What it holds for." },
	{ .name = "rate",
	  .type = FT_DECIMAL,
	  .flags = FF_REQUIRED,
	  .u.num = { 0, 1000 },
	  .doc = "Percent, 0 to 1000." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "What documents call the tax: \"USt.\", \"VAT\".",
	  .example = "VAT" },
	{ .name = "code",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 50 },
	  .doc = "Code in the accounting system." },
	{ .name = "valid_from", .type = FT_DATE, .doc = "First day; always where not given." },
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "Last day." },
	{ 0 }
};

const struct resource tax_rate_resource = {
	.name = "tax_rate",
	.path = "tax_rates",
	.table = "catalog.tax_rate",
	.view = "catalog.tax_rate_view",
	.ops = OP_ALL,
	.read = P_CATALOG_READ,
	.write = P_TAX_WRITE,
	.fields = tax_rate_fields,
	.default_sort = "created_at,id",
	.archives = true,
	.doc = "A tax rate of a place and category, for a time.",
};
