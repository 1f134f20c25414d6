/*
 * timeline.c - a customer's history: everything that happened, newest first.
 *
 * The history is the log of events, which names the customer that each is about; nothing is kept
 * twice. A caller sees events of those kinds of objects that they may read, and of no others: a
 * kind without a resource in the registry is nobody's. Each entry says in a few words what its
 * object is now.
 */
#include "routes.h"

#include <billfold/resource/feed.h>

#define LAST_UUID "ffffffff-ffff-ffff-ffff-ffffffffffff"

static bool
listed(struct str list, const char *word)
{
	struct str item;

	while (list.len) {
		item = str_cut(list, ',', &list);
		if (str_eqz(item, word))
			return true;
	}
	return false;
}

/* The kinds of objects whose events the caller may see and asked for: a text[]. */
static const char *
objects_of(const struct call *c, struct str asked)
{
	struct pg_array *names = pg_array_new(c->arena);

	for (const struct resource *const *p = c->app->registry->resources; *p; p++) {
		if (perm_has(&c->who.perms, (*p)->read) &&
		    (asked.len == 0 || listed(asked, (*p)->name)))
			pg_array_add(names, (*p)->name);
	}
	return pg_array_text(names);
}

static int
check_objects(struct call *c, struct str asked, struct err *err)
{
	struct str item;

	while (asked.len) {
		item = str_cut(asked, ',', &asked);
		if (!registry_find(c->app->registry, str_dup(c->arena, item)))
			return err_field(err, c->arena, "?object", "choice",
					 "There are no objects of this kind.");
	}
	return 0;
}

static const char *
types_of(const struct call *c, struct str asked)
{
	struct pg_array *types;
	struct str item;

	if (asked.len == 0)
		return NULL;
	types = pg_array_new(c->arena);
	while (asked.len) {
		item = str_cut(asked, ',', &asked);
		pg_array_add(types, str_dup(c->arena, item));
	}
	return pg_array_text(types);
}

int
account_timeline(struct call *c, struct reply *r, struct err *err)
{
	static const struct cursor start = { .id = LAST_UUID, .key = "infinity" };
	static const char *const parts[] = { "object",           "type", "from", "to",
					     "include_children", NULL };
	const char *limit = feed_limit(c), *next = NULL, *children, *id;
	struct str objects = { 0 }, types = { 0 }, context;
	struct cursor at;
	struct flush *f;
	int there, stmt, n;
	struct sb sb;

	call_query(c, "object", &objects);
	call_query(c, "type", &types);
	children = call_query_text(c, "include_children");
	if (call_id(c, &account_resource, &id, err) < 0 || check_objects(c, objects, err) < 0)
		return -1;
	sb_init(&sb, c->arena, 8192);
	sb_addz(&sb, id);
	for (const char *const *part = parts; *part; part++) {
		const char *value = call_query_text(c, *part);

		sb_addf(&sb, "|%s", value ? value : "");
	}
	context = feed_context(c, "timeline", sb_z(&sb));
	if (feed_place(c, context, &start, &at, err) < 0)
		return -1;
	f = call_begin_read(c);
	there = flush_addv(f, "SELECT 1 FROM crm.account a WHERE a.id = $1", id, FLUSH_END);
	stmt = flush_addv(f,
			  "SELECT at, event_id, entry FROM crm.timeline(crm.account_set($1::uuid, "
			  "$2::boolean), $3::text[], $4::text[], $5::timestamptz, $6::timestamptz, "
			  "$7::timestamptz, $8::uuid, $9::integer)",
			  id, children ? children : "false", objects_of(c, objects),
			  types_of(c, types), call_query_text(c, "from"), call_query_text(c, "to"),
			  at.key, at.id, limit, FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	if (flush_rows(f, there) == 0)
		return err_set(err, ERR_not_found, "No such account.");
	n = flush_rows(f, stmt);
	if (feed_full(f, stmt, limit)) {
		at = (struct cursor){ .key = flush_value(f, stmt, n - 1, 0),
				      .id = flush_value(f, stmt, n - 1, 1) };
		next = cursor_write(c, &at, context);
	}
	feed_answer(c, f, stmt, 2, next, r);
	return 0;
}

/* clang-format off */
const struct field timeline_query[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 500 },
	  .doc = "Only these kinds of objects, with commas between: `deal,invoice`." },
	{ .name = "type", .type = FT_TEXT, .u.len = { 1, 1000 },
	  .doc = "Only these types of events, with commas between: `invoice.finalized,invoice.paid`." },
	{ .name = "from", .type = FT_TIME, .doc = "Not before this business time." },
	{ .name = "to", .type = FT_TIME, .doc = "Before this business time." },
	{ .name = "include_children", .type = FT_BOOL, .doc = "With all accounts below this one." },
	FEED_CURSOR_FIELD, FEED_LIMIT_FIELD, { 0 }
};

static const struct field entry_fields[] = {
	{ .name = "event_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The event's own id, as in the feed of changes." },
	{ .name = "business_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When it happened, in the tenant's business time." },
	{ .name = "type", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 3, 100 }, .doc = "What happened: `deal.won`." },
	{ .name = "also", .type = FT_TEXTS, .flags = FF_REQUIRED, .u.len = { 3, 100 }, .doc = "What else happened to the object at the same time." },
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What it happened to.", .example = "invoice" },
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The object's id." },
	{ .name = "account_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The customer: this account, or one below it." },
	{ .name = "version", .type = FT_INT, .flags = FF_REQUIRED, .doc = "The object's version after it." },
	{ .name = "actor", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 200 }, .doc = "Who did it." },
	{ .name = "payload", .type = FT_JSON, .flags = FF_REQUIRED, .doc = "What the type tells." },
	{ .name = "subject", .type = FT_JSON, .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "The object as it is now: a note's text, an invoice's number and status; null where it is gone." },
	{ 0 }
};

const struct field timeline_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { entry_fields, FEED_LIMIT_MAX }, .doc = "Newest first." },
	{ .name = "next", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "The next page; null on the last." },
	{ 0 }
};
/* clang-format on */
