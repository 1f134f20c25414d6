/*
 * filter_fuzz.c - a filter in either written form is refused with a pointer, or becomes a condition
 * whose text has nothing of the caller's: only names and parameters.
 */
#include "fuzz.h"

#include "uri.h"

#include <billfold/resource/filter.h>

static const char *const states[] = { "open", "closed", NULL };
static const struct field fields[] = {
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_FILTER | FF_SORT | FF_SEARCH,
	  .norm = "name_norm",
	  .u.len = { 1, 200 } },
	{ .name = "email",
	  .type = FT_EMAIL,
	  .flags = FF_FILTER | FF_NULLABLE,
	  .norm = "email_norm",
	  .u.len = { 3, 254 } },
	{ .name = "state", .type = FT_ENUM, .flags = FF_FILTER, .u.words = states },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_FILTER },
	{ .name = "rate", .type = FT_DECIMAL, .flags = FF_FILTER },
	{ .name = "n", .type = FT_INT, .flags = FF_FILTER, .u.num = { 0, 365 } },
	{ .name = "due", .type = FT_DATE, .flags = FF_FILTER | FF_NULLABLE },
	{ .name = "at", .type = FT_TIME, .flags = FF_FILTER },
	{ .name = "sent", .type = FT_BOOL, .flags = FF_FILTER },
	{ .name = "thing_id", .type = FT_REF, .flags = FF_FILTER, .u.ref = "thing" },
	{ .name = "country", .type = FT_COUNTRY, .flags = FF_FILTER },
	{ .name = "hidden", .type = FT_TEXT, .u.len = { 1, 20 } },
	{ 0 }
};
static const char *const hops[] = { "thing.state", "thing.amount", NULL };
static const struct resource thing = {
	.name = "thing",
	.path = "things",
	.table = "crm.thing",
	.view = "crm.thing_view",
	.ops = OP_ALL,
	.fields = fields,
	.default_sort = "created_at,id",
	.external_ids = true,
	.hops = hops,
};
static const struct resource *const resources[] = { &thing, NULL };
static const struct route *const routes[] = { NULL };
static const struct registry registry = { resources, routes, NULL };

/* What the condition may consist of, and no parameter beyond those that are there. */
static void
check_text(const char *sql, size_t n_params)
{
	size_t len = strspn(sql, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 " _.,()=<>$:[]'~|-\"\n");

	MUST(sql[len] == '\0');
	MUST(!strstr(sql, "--") && !strstr(sql, ";"));
	for (const char *p = strchr(sql, '"'); p; p = strchr(p + 3, '"'))
		MUST(strncmp(p, "\"C\"", 3) == 0);
	for (const char *p = strchr(sql, '$'); p; p = strchr(p + 1, '$')) {
		long number = strtol(p + 1, NULL, 10);

		MUST(number >= 1 && (size_t)number <= n_params);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const reserved[] = { "limit", "cursor", NULL };
	struct arena *a = arena_new(0);
	struct app app = { .registry = &registry };
	struct call c = { .arena = a, .app = &app };
	struct input in = { data, size };
	bool query = input_bits(&in, 1) % 2;
	struct json_object *where = NULL;
	struct sql_params params = { 0 };
	struct filter *f = NULL;
	struct err err = { 0 };
	struct sb sql;
	int rc;

	if (query ? uri_pairs(a, input_rest(&in), &c.query, &err) < 0
		  : jscan_parse(a, input_rest(&in), &where, &err) < 0)
		goto done;
	rc = query ? filter_from_query(&c, &thing, reserved, &f, &err)
		   : filter_from_json(&c, &thing, where, "/where", &f, &err);
	if (rc < 0) {
		MUST(err.code != ERR_none && err.code != ERR_internal);
		goto done;
	}
	sb_init(&sql, a, 1 << 20);
	filter_sql(a, f, &sql, &params);
	MUST(sb_ok(&sql));
	check_text(sb_z(&sql), params.list.n);
done:
	arena_free(a);
	return 0;
}
