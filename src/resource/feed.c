/*
 * feed.c - pages of what a statement of one's own finds.
 */
#include <billfold/resource/feed.h>

enum { BODY_MAX = 64 * 1024 * 1024 };

const char *
feed_limit(const struct call *c)
{
	struct str value;
	int64_t n = FEED_LIMIT;

	if (call_query(c, "limit", &value))
		str_to_int(value, 1, FEED_LIMIT_MAX, &n);
	return int_text(c->arena, n);
}

struct str
feed_context(const struct call *c, const char *list, const char *conditions)
{
	return str_from(arena_printf(c->arena, "%s|%s|%s", c->who.tenant.z, list,
				     conditions ? conditions : ""));
}

int
feed_place(struct call *c, struct str context, const struct cursor *start, struct cursor *ret,
	   struct err *err)
{
	struct str text;

	*ret = *start;
	if (!call_query(c, "cursor", &text) || cursor_read(c, text, context, ret))
		return 0;
	return err_field(err, c->arena, "?cursor", "invalid", "Not a cursor of this list.");
}

bool
feed_full(const struct flush *f, int stmt, const char *limit)
{
	int64_t n = 0;

	return str_to_int(str_from(limit), 1, FEED_LIMIT_MAX, &n) && flush_rows(f, stmt) == n;
}

void
feed_answer(struct call *c, const struct flush *f, int stmt, int col, const char *next,
	    struct reply *r)
{
	struct jw w;

	jw_init(&w, c->arena, BODY_MAX);
	jw_object(&w);
	jw_key(&w, "data");
	jw_array(&w);
	for (int i = 0; i < flush_rows(f, stmt); i++)
		jw_raw(&w, flush_str(f, stmt, i, col));
	jw_end_array(&w);
	jw_kstr(&w, "next", next);
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
}
