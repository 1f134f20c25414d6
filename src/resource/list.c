/*
 * list.c - lists and searches: what the two ways of asking have in common is a page.
 *
 * The query string's form and the JSON form name the same things and are checked by the same
 * code; everything unknown, doubled or out of range is refused by name.
 */
#include "call.h"
#include "compose.h"
#include "field.h"
#include "page.h"

enum { IDS_MAX = 100 };

static const char *const reserved[] = { "sort",  "limit", "cursor",   "expand", "fields",
					"count", "ids",   "archived", NULL };

static void
refuse(struct call *c, struct err *err, const char *pointer, const char *code, const char *detail)
{
	err_field(err, c->arena, pointer, code, "%s", detail);
}

/* What both forms share, as texts; a NULL pointer is an absent one. */
struct asked {
	const char *prefix; /* "?" or "/" */
	struct str sort, cursor, expand, fields, count, archived;
	bool has_sort, has_cursor, has_count, has_archived;
	int64_t limit;
};

static int
page_of(struct call *c, const struct resource *res, const struct asked *q, struct page *p,
	struct err *err)
{
	p->res = res;
	p->seen_by = c;
	p->limit = q->limit;
	if (q->limit < 1 || q->limit > PAGE_MAX)
		refuse(c, err, arena_printf(c->arena, "%slimit", q->prefix), "out_of_range",
		       "Must be from 1 to 200.");
	if ((q->has_sort && q->sort.len == 0) || !sort_parse(c, res, q->sort, &p->sort))
		refuse(c, err, arena_printf(c->arena, "%ssort", q->prefix), "choice",
		       "Names one sortable field, with - for descending.");
	if (q->has_count && !str_eqz(q->count, "exact"))
		refuse(c, err, arena_printf(c->arena, "%scount", q->prefix), "choice",
		       "Must be exact.");
	p->count = q->has_count;
	if (q->has_archived && (!res->archives || !archived_parse(q->archived, &p->archived)))
		refuse(c, err, arena_printf(c->arena, "%sarchived", q->prefix), "choice",
		       "Must be with, only or without.");
	p->cursor = q->cursor;
	p->cursor_at = arena_printf(c->arena, "%scursor", q->prefix);
	if (q->has_cursor && q->cursor.len == 0)
		refuse(c, err, p->cursor_at, "invalid", "Not a cursor of this list.");
	return selection_make(c, res, q->fields, q->expand, false, q->prefix, &p->selection, err);
}

/* ---- ids= ---- */

static int
parse_ids(struct call *c, struct str text, struct pg_array **ret, struct str *ids, int *ret_n,
	  struct err *err)
{
	int n = 0;

	*ret = pg_array_new(c->arena);
	while (text.len && n <= IDS_MAX) {
		struct str one = str_cut(text, ',', &text);
		struct uuid id;

		if (!uuid_parse(one, &id))
			return err_field(err, c->arena, "?ids", "type", "Must be ids, by commas.");
		if (n < IDS_MAX)
			ids[n] = str_from(arena_strdup(c->arena, id.z));
		pg_array_add(*ret, id.z);
		n++;
	}
	if (n == 0 || n > IDS_MAX)
		return err_field(err, c->arena, "?ids", "too_many", "From 1 to 100 ids.");
	*ret_n = n;
	return 0;
}

/* By id, in the order asked for; what is not there is named in `missing`. */
static int
list_by_ids(const struct resource *res, struct call *c, struct str text, struct reply *r,
	    struct err *err)
{
	static const char *const known[] = { "ids", "fields", "expand", NULL };
	struct str fields = { 0 }, expand = { 0 }, ids[IDS_MAX];
	struct selection *s;
	struct pg_array *arr;
	struct sb sql, out, missing;
	struct flush *f;
	struct sql_params params = { 0 };
	int n = 0, stmt, rows;
	bool any = false, gone = false;

	call_query(c, "fields", &fields);
	call_query(c, "expand", &expand);
	if (call_known_query(c, known, err) || parse_ids(c, text, &arr, ids, &n, err) ||
	    selection_make(c, res, fields, expand, false, "?", &s, err))
		return -1;
	sb_init(&sql, c->arena, SQL_MAX);
	sb_addf(&sql, "SELECT v.id, row_to_json(r)::text FROM %s v CROSS JOIN LATERAL (SELECT ",
		res->view);
	sb_addz(&sql, selection_sql(c, s));
	sb_addf(&sql, ") r WHERE v.id = ANY ($%d::uuid[])",
		sql_param(c->arena, &params, pg_array_text(arr)));
	if (res->seen)
		res->seen(c, &sql, &params);
	f = call_begin_read(c);
	stmt = flush_add(f, sb_z(&sql), (int)params.list.n, params.list.v);
	if (call_run(c, f, r, err))
		return -1;
	rows = flush_rows(f, stmt);
	sb_init(&out, c->arena, 16 * 1024 * 1024);
	sb_init(&missing, c->arena, SQL_MAX);
	sb_addz(&out, "{\"data\":[");
	for (int i = 0; i < n; i++) {
		int row = 0;

		while (row < rows && !str_eq(ids[i], flush_str(f, stmt, row, 0)))
			row++;
		if (row < rows) {
			sb_addz(&out, any ? "," : "");
			sb_add(&out, flush_str(f, stmt, row, 1));
			any = true;
		} else {
			sb_addf(&missing, "%s\"" STR_FMT "\"", gone ? "," : "", STR_ARG(ids[i]));
			gone = true;
		}
	}
	sb_addz(&out, "],\"next\":null,\"missing\":[");
	sb_add(&out, sb_str(&missing));
	sb_addz(&out, "]}");
	call_reply(r, 200, sb_str(&out));
	return 0;
}

int
resource_list(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct asked q = { .prefix = "?", .limit = PAGE_DEFAULT };
	struct page p = { 0 };
	struct str text;

	if (call_op(res, OP_LIST, err) || call_may(c, res->read, err))
		return -1;
	if (call_query(c, "ids", &text))
		return list_by_ids(res, c, text, r, err);
	if (call_query(c, "limit", &text) && !str_to_int(text, 1, PAGE_MAX, &q.limit))
		q.limit = 0;
	q.has_sort = call_query(c, "sort", &q.sort);
	q.has_cursor = call_query(c, "cursor", &q.cursor);
	q.has_count = call_query(c, "count", &q.count);
	q.has_archived = call_query(c, "archived", &q.archived);
	call_query(c, "expand", &q.expand);
	call_query(c, "fields", &q.fields);
	filter_from_query(c, res, reserved, &p.filter, err);
	page_of(c, res, &q, &p, err);
	if (err->code != ERR_none)
		return -1;
	return page_answer(c, &p, r, err);
}

/* ---- search ---- */

/* "a,b" or ["a", "b"] as the former. */
static struct str
names_of(struct call *c, const char *key, struct err *err)
{
	struct json_object *v = jval_get(c->body, key);
	struct str s = { 0 };
	struct sb sb;

	if (!v || jval_str(c->body, key, &s))
		return s;
	sb_init(&sb, c->arena, SQL_MAX);
	if (!json_object_is_type(v, json_type_array)) {
		refuse(c, err, pointer_add(c->arena, "", key), "type", "Must be an array.");
		return s;
	}
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *e = json_object_array_get_idx(v, i);

		if (!json_object_is_type(e, json_type_string))
			refuse(c, err, pointer_index(c->arena, pointer_add(c->arena, "", key), i),
			       "type", "Must be a string.");
		else
			sb_addf(&sb, "%s%s", sb.len ? "," : "", json_object_get_string(e));
	}
	return sb_str(&sb);
}

static bool
text_of(struct call *c, const char *key, struct str *ret, struct err *err)
{
	if (!jval_get(c->body, key))
		return false;
	if (!jval_str(c->body, key, ret))
		refuse(c, err, pointer_add(c->arena, "", key), "type", "Must be a string.");
	return true;
}

int
resource_search(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	static const char *const members[] = { "where",  "sort",  "expand",   "cursor", "limit",
					       "fields", "count", "archived", NULL };
	struct asked q = { .prefix = "/", .limit = PAGE_DEFAULT };
	struct page p = { 0 };

	/* It changes nothing: a key would only fill the store of answers. */
	c->idempotency_key = (struct str){ 0 };
	if (call_op(res, OP_SEARCH, err) || call_may(c, res->read, err) ||
	    call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (!json_object_is_type(c->body, json_type_object))
		return err_field(err, c->arena, "", "type", "Must be an object.");
	json_object_object_foreach(c->body, key, value)
	{
		const char *const *m = members;

		(void)value;
		while (*m && strcmp(*m, key) != 0)
			m++;
		if (!*m)
			refuse(c, err, pointer_add(c->arena, "", key), "unknown",
			       "There is no such member.");
	}
	if (jval_get(c->body, "limit") && !jval_is_int(jval_get(c->body, "limit"), &q.limit))
		q.limit = 0;
	q.has_sort = text_of(c, "sort", &q.sort, err);
	q.has_cursor = text_of(c, "cursor", &q.cursor, err);
	q.has_count = text_of(c, "count", &q.count, err);
	q.has_archived = text_of(c, "archived", &q.archived, err);
	q.expand = names_of(c, "expand", err);
	q.fields = names_of(c, "fields", err);
	filter_from_json(c, res, jval_get(c->body, "where"), "/where", &p.filter, err);
	page_of(c, res, &q, &p, err);
	if (err->code != ERR_none)
		return -1;
	return page_answer(c, &p, r, err);
}
