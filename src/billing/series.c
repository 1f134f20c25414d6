/*
 * series.c - how documents are numbered: one series a seller and group of kinds.
 *
 * A series that nobody made is made by the first document that needs it. Its pattern may change; a
 * number that was given stays, and no change leads to one that was given (billing.guard_pattern).
 */
#include <billfold/billing.h>

static const char *const groups[] = { "invoice", "credit_note", "pro_forma", NULL };
static const char *const resets[] = { "never", "year", "month", NULL };

/* clang-format off */
static const struct field counter_fields[] = {
	{ .name = "period", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The period." },
	{ .name = "last_no", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 0, INT64_MAX }, .doc = "The last number." },
	{ .name = "last_issue_date", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Its issue date." },
	{ 0 }
};

static const struct field series_fields[] = {
	{ .name = "entity_id", .type = FT_REF, .flags = FF_REQUIRED | FF_CREATE, .u.ref = "entity", .doc = "The seller." },
	{ .name = "series_group", .type = FT_ENUM, .flags = FF_CREATE, .u.words = groups,
	  .doc = "Which kinds it numbers: `invoice` is all but credit notes and pro formas." },
	{ .name = "pattern", .type = FT_TEXT, .u.len = { 3, 60 },
	  .doc = "{YYYY}, {YY}, {MM} of the issue date; {NNNNN}: the number with as many digits at least.", .example = "INV-{YYYY}-{NNNNN}" },
	{ .name = "reset", .type = FT_ENUM, .u.words = resets,
	  .doc = "When numbers begin again; the pattern must then carry the year (and month). Once numbers were given it "
		 "changes together with a pattern that cannot give them again (409 otherwise)." },
	{ .name = "counters", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY, .u.of = { counter_fields, 0 },
	  .doc = "What was given out: {period, last_no, last_issue_date}." },
	{ 0 }
};
/* clang-format on */

const struct resource series_resource = {
	.name = "series",
	.path = "series",
	.table = "billing.series",
	.view = "billing.series_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH,
	.read = P_INVOICE_READ,
	.write = P_TENANT_WRITE,
	.fields = series_fields,
	.default_sort = "created_at,id",
	.doc = "Numbers of documents, without gaps.",
};
