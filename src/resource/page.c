/*
 * page.c - one page of a list: a keyset walk that seeks.
 *
 * ORDER BY key, id in one direction, nulls last, and a row comparison with the last row seen: a
 * deep page costs what the first one does. Where the key may be null the rows with a key and those
 * without are two branches, each in the order of its index; a single ORDER BY ... NULLS LAST
 * downwards could not use one. The inner LIMIT is a constant, because the planner takes a
 * parameter for a tenth of the table; the outer one, a parameter, stops it early.
 */
#include "page.h"

#include "call.h"
#include "compose.h"
#include "field.h"

enum { ANSWER_MAX = 64 * 1024 * 1024 };

bool
sort_parse(const struct call *c, const struct resource *res, struct str text, struct sort *ret)
{
	struct str rest;

	if (text.len == 0)
		text = str_cut(str_from(res->default_sort ? res->default_sort : "id"), ',', &rest);
	ret->desc = text.len && text.p[0] == '-';
	if (ret->desc) {
		text.p++;
		text.len--;
	}
	ret->field = field_find(res->fields, text);
	if (!ret->field)
		ret->field = filter_own_field(res, text);
	return ret->field && (ret->field->flags & FF_SORT) &&
	       perm_has(&c->who.perms, ret->field->read);
}

bool
archived_parse(struct str s, enum archived *ret)
{
	if (str_eqz(s, "with"))
		*ret = ARCHIVED_WITH;
	else if (str_eqz(s, "only"))
		*ret = ARCHIVED_ONLY;
	else if (str_eqz(s, "without"))
		*ret = ARCHIVED_WITHOUT;
	else
		return false;
	return true;
}

static const char *
key_of(struct arena *a, const struct field *f)
{
	if (f->norm)
		return arena_printf(a, "v.%s", f->norm);
	if (field_is_textual(f->type))
		return arena_printf(a, "v.%s COLLATE \"C\"", f->name);
	return arena_printf(a, "v.%s", f->name);
}

void
page_where(struct arena *a, const struct page *p, struct sb *sb, struct sql_params *params)
{
	sb_addz(sb, " WHERE ");
	filter_sql(a, p->filter, sb, params);
	if (p->res->archives && p->archived == ARCHIVED_WITHOUT)
		sb_addz(sb, " AND v.archived_at IS NULL");
	else if (p->res->archives && p->archived == ARCHIVED_ONLY)
		sb_addz(sb, " AND v.archived_at IS NOT NULL");
	if (p->seen_by && p->res->seen)
		p->res->seen(p->seen_by, sb, params);
}

/* What a cursor is good for: this tenant, resource, condition with its values, and order. */
static struct str
context_of(struct call *c, const struct page *p, struct str where, const struct sql_params *params)
{
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX + FILTER_VALUES * (FILTER_TEXT + 32));
	sb_addf(&sb, "%s\n%s\n%s%s\n", c->who.tenant.z, p->res->name, p->sort.desc ? "-" : "",
		p->sort.field->name);
	sb_add(&sb, where);
	for (size_t i = 0; i < params->list.n; i++)
		sb_addf(&sb, "\n%zu:%s", strlen(params->list.v[i]), params->list.v[i]);
	return sb_str(&sb);
}

struct walk {
	struct call *c;
	const struct page *p;
	struct str where;
	struct sql_params *params;
	const struct cursor *after; /* NULL: from the start */
	struct sb *sb;
};

/* Rows that have a key, after the cursor. */
static void
branch_with_key(struct walk *w, bool nullable)
{
	const struct field *f = w->p->sort.field;
	const char *key = key_of(w->c->arena, f), *way = w->p->sort.desc ? " DESC" : "";
	const char *beyond = w->p->sort.desc ? "<" : ">";
	bool by_id = strcmp(f->name, "id") == 0;

	sb_addf(w->sb, "SELECT * FROM %s v", w->p->res->view);
	sb_add(w->sb, w->where);
	if (nullable)
		sb_addf(w->sb, " AND %s IS NOT NULL", key);
	if (w->after && by_id) {
		sb_addf(w->sb, " AND v.id %s $%d::uuid", beyond,
			sql_param(w->c->arena, w->params, w->after->id));
	} else if (w->after) {
		int k = sql_param(w->c->arena, w->params, w->after->key);
		int id = sql_param(w->c->arena, w->params, w->after->id);

		sb_addf(w->sb, " AND (%s, v.id) %s ($%d::%s, $%d::uuid)", key, beyond, k,
			field_sql_type(f->type), id);
	}
	if (by_id)
		sb_addf(w->sb, " ORDER BY v.id%s", way);
	else
		sb_addf(w->sb, " ORDER BY %s%s, v.id%s", key, way, way);
	sb_addf(w->sb, " LIMIT %d", PAGE_MAX + 1);
}

/* The key is in the order too: that it is null everywhere here, the planner does not take for
 * known. */
static void
branch_without_key(struct walk *w, bool after)
{
	const char *key = key_of(w->c->arena, w->p->sort.field);
	const char *way = w->p->sort.desc ? " DESC" : "";

	sb_addf(w->sb, "SELECT * FROM %s v", w->p->res->view);
	sb_add(w->sb, w->where);
	sb_addf(w->sb, " AND %s IS NULL", key);
	if (after)
		sb_addf(w->sb, " AND v.id %s $%d::uuid", w->p->sort.desc ? "<" : ">",
			sql_param(w->c->arena, w->params, w->after->id));
	sb_addf(w->sb, " ORDER BY %s%s, v.id%s LIMIT %d", key, way, way, PAGE_MAX + 1);
}

static void
add_rows(struct walk *w)
{
	bool nullable = w->p->sort.field->flags & FF_NULLABLE;

	if (!nullable) {
		branch_with_key(w, false);
	} else if (w->after && !w->after->key) {
		branch_without_key(w, true);
	} else {
		/* Append runs its branches in order, and the second only when the first has ended.
		 */
		sb_addc(w->sb, '(');
		branch_with_key(w, true);
		sb_addz(w->sb, ") UNION ALL (");
		branch_without_key(w, false);
		sb_addc(w->sb, ')');
	}
}

static const char *
page_sql(struct walk *w)
{
	struct arena *a = w->c->arena;

	sb_addf(w->sb, "SELECT row_to_json(r)::text, v.id, (%s)::text FROM (",
		key_of(a, w->p->sort.field));
	add_rows(w);
	sb_addz(w->sb, ") v CROSS JOIN LATERAL (SELECT ");
	sb_addz(w->sb, selection_sql(w->c, w->p->selection));
	sb_addf(w->sb, ") r LIMIT $%d::integer",
		sql_param(a, w->params, int_text(a, w->p->limit + 1)));
	return sb_z(w->sb);
}

static int
add_count(struct call *c, const struct page *p, struct str where, const struct sql_params *params,
	  struct flush *f)
{
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb, "SELECT count(*) FROM %s v", p->res->view);
	sb_add(&sb, where);
	return flush_add(f, sb_z(&sb), (int)params->list.n, params->list.v);
}

static struct str
body_of(struct call *c, const struct page *p, const struct flush *f, int page, int count,
	struct str context)
{
	int rows = flush_rows(f, page), shown = rows > p->limit ? (int)p->limit : rows;
	struct sb sb;

	sb_init(&sb, c->arena, ANSWER_MAX);
	sb_addz(&sb, "{\"data\":[");
	for (int i = 0; i < shown; i++) {
		if (i)
			sb_addc(&sb, ',');
		sb_add(&sb, flush_str(f, page, i, 0));
	}
	sb_addz(&sb, "],\"next\":");
	if (rows > shown) {
		struct cursor last = { flush_value(f, page, shown - 1, 1),
				       flush_value(f, page, shown - 1, 2) };

		sb_addf(&sb, "\"%s\"", cursor_write(c, &last, context));
	} else {
		sb_addz(&sb, "null");
	}
	if (p->count)
		sb_addf(&sb, ",\"total\":%s", flush_value(f, count, 0, 0));
	sb_addc(&sb, '}');
	return sb_str(&sb);
}

int
page_answer(struct call *c, const struct page *p, struct reply *r, struct err *err)
{
	struct sql_params params = { 0 };
	struct cursor after;
	struct sb where, sql;
	struct str context;
	struct walk w = { .c = c, .p = p, .params = &params, .sb = &sql };
	struct flush *f;
	const char *text;
	int page, count = 0;

	sb_init(&where, c->arena, SQL_MAX);
	page_where(c->arena, p, &where, &params);
	w.where = sb_str(&where);
	context = context_of(c, p, w.where, &params);
	if (p->cursor.len) {
		if (!cursor_read(c, p->cursor, context, &after))
			return err_field(err, c->arena, p->cursor_at, "invalid",
					 "Not a cursor of this list.");
		w.after = &after;
	}
	f = call_begin_read(c);
	if (p->count)
		count = add_count(c, p, w.where, &params, f);
	sb_init(&sql, c->arena, SQL_MAX);
	text = page_sql(&w);
	page = flush_add(f, text, (int)params.list.n, params.list.v);
	if (call_run(c, f, r, err))
		return -1;
	call_reply(r, 200, body_of(c, p, f, page, count, context));
	r->has_computed = true;
	return 0;
}

const char *
page_statement(struct call *c, const struct page *p, const struct cursor *after,
	       struct sql_params *params)
{
	struct sb where, sql;
	struct walk w = { .c = c, .p = p, .params = params, .after = after, .sb = &sql };

	sb_init(&where, c->arena, SQL_MAX);
	sb_init(&sql, c->arena, SQL_MAX);
	page_where(c->arena, p, &where, params);
	w.where = sb_str(&where);
	return page_sql(&w);
}
