/*
 * aggregate.c - counts and sums over a filter, by groups.
 *
 * {where, group_by, metrics, archived}: up to 3 groups, 10 metrics, 1,000 rows in the order of
 * their groups. A date may be grouped by its month, quarter or year ("issue_date:month"). Amounts
 * of several currencies are never added: a sum of money needs the currency among its groups.
 */
#include "call.h"
#include "compose.h"
#include "field.h"
#include "page.h"

enum { GROUPS_MAX = 3, METRICS_MAX = 10, ROWS_MAX = 1000 };

struct group {
	const struct field *field;
	const char *unit; /* of a date; NULL: its value */
};

struct metric {
	const char *op; /* count, sum, min, max */
	const struct field *field;
};

struct aggregate {
	const struct resource *res;
	struct call *c;
	struct err *err;
	struct group groups[GROUPS_MAX];
	struct metric metrics[METRICS_MAX];
	size_t n_groups, n_metrics;
};

static void
refuse(struct aggregate *g, const char *pointer, const char *code, const char *detail)
{
	err_field(g->err, g->c->arena, pointer, code, "%s", detail);
}

static bool
may_group(const struct resource *res, const struct field *f)
{
	if (res->groups) {
		for (const char *const *p = res->groups; *p; p++) {
			if (strcmp(*p, f->name) == 0)
				return true;
		}
		return false;
	}
	return f->type == FT_ENUM || f->type == FT_REF || f->type == FT_CURRENCY ||
	       f->type == FT_COUNTRY || f->type == FT_BOOL || f->type == FT_DATE;
}

static const struct field *
find_readable(const struct aggregate *g, struct str name)
{
	const struct field *f = field_find(g->res->fields, name);

	return f && !(f->flags & FF_SECRET) && perm_has(&g->c->who.perms, f->read) ? f : NULL;
}

static void
parse_group(struct aggregate *g, struct json_object *v, const char *pointer)
{
	static const char *const units[] = { "month", "quarter", "year", NULL };
	struct str unit, name;
	struct group *to = &g->groups[g->n_groups];

	if (!json_object_is_type(v, json_type_string)) {
		refuse(g, pointer, "type", "Must be a string.");
		return;
	}
	name = str_cut(str_from(json_object_get_string(v)), ':', &unit);
	to->field = find_readable(g, name);
	if (!to->field || !may_group(g->res, to->field)) {
		refuse(g, pointer, "unknown", "Cannot be grouped by.");
		return;
	}
	for (const char *const *u = units; unit.len && *u; u++) {
		if (str_eqz(unit, *u) && to->field->type == FT_DATE)
			to->unit = *u;
	}
	if (unit.len && !to->unit)
		refuse(g, pointer, "choice", "A date's month, quarter or year.");
	for (size_t i = 0; i < g->n_groups; i++) {
		if (g->groups[i].field == to->field)
			refuse(g, pointer, "duplicate", "Named twice.");
	}
	g->n_groups++;
}

static bool
may_measure(const char *op, const struct field *f)
{
	bool number = f->type == FT_INT || f->type == FT_MONEY || f->type == FT_DECIMAL;

	return number || (strcmp(op, "sum") != 0 && (f->type == FT_DATE || f->type == FT_TIME));
}

static void
parse_metric(struct aggregate *g, struct json_object *v, const char *pointer)
{
	static const char *const ops[] = { "count", "sum", "min", "max", NULL };
	struct arena *a = g->c->arena;
	struct metric *to = &g->metrics[g->n_metrics];
	struct str op, name;
	const char *const *o = ops;

	if (!json_object_is_type(v, json_type_object)) {
		refuse(g, pointer, "type", "Must be an object.");
		return;
	}
	json_object_object_foreach(v, key, member)
	{
		(void)member;
		if (strcmp(key, "op") != 0 && strcmp(key, "field") != 0)
			refuse(g, pointer_add(a, pointer, key), "unknown",
			       "There is no such member.");
	}
	if (!jval_str(v, "op", &op)) {
		refuse(g, pointer_add(a, pointer, "op"), "required", "Names an operation.");
		return;
	}
	while (*o && !str_eqz(op, *o))
		o++;
	if (!*o) {
		refuse(g, pointer_add(a, pointer, "op"), "choice", "One of count, sum, min, max.");
		return;
	}
	to->op = *o;
	if (o != ops) {
		if (jval_str(v, "field", &name))
			to->field = find_readable(g, name);
		if (!to->field || !may_measure(to->op, to->field)) {
			refuse(g, pointer_add(a, pointer, "field"), "unknown",
			       "Cannot be measured like this.");
			return;
		}
	} else if (jval_has(v, "field")) {
		refuse(g, pointer_add(a, pointer, "field"), "unknown", "count counts rows.");
	}
	for (size_t i = 0; i < g->n_metrics; i++) {
		if (g->metrics[i].op == to->op && g->metrics[i].field == to->field)
			refuse(g, pointer, "duplicate", "Named twice.");
	}
	g->n_metrics++;
}

static void
parse_array(struct aggregate *g, const char *key, size_t max,
	    void (*each)(struct aggregate *, struct json_object *, const char *))
{
	struct json_object *v = jval_get(g->c->body, key);
	const char *pointer = pointer_add(g->c->arena, "", key);

	if (!v)
		return;
	if (!json_object_is_type(v, json_type_array)) {
		refuse(g, pointer, "type", "Must be an array.");
		return;
	}
	if (json_object_array_length(v) > max) {
		refuse(g, pointer, "too_many", "Too many elements.");
		return;
	}
	for (size_t i = 0; i < json_object_array_length(v); i++)
		each(g, json_object_array_get_idx(v, i), pointer_index(g->c->arena, pointer, i));
}

static void
check_currency(struct aggregate *g)
{
	const struct field *currency = field_find(g->res->fields, STR("currency"));
	bool money = false, grouped = false;

	for (size_t i = 0; i < g->n_metrics; i++)
		money |= g->metrics[i].field && g->metrics[i].field->type == FT_MONEY;
	for (size_t i = 0; i < g->n_groups; i++)
		grouped |= g->groups[i].field == currency;
	if (money && currency && currency->type == FT_CURRENCY && !grouped)
		refuse(g, "/group_by", "required",
		       "Amounts of several currencies are not added: group by currency.");
}

static int
parse(struct aggregate *g, struct page *p)
{
	static const char *const members[] = { "where", "group_by", "metrics", "archived", NULL };
	struct str archived;

	json_object_object_foreach(g->c->body, key, value)
	{
		const char *const *m = members;

		(void)value;
		while (*m && strcmp(*m, key) != 0)
			m++;
		if (!*m)
			refuse(g, pointer_add(g->c->arena, "", key), "unknown",
			       "There is no such member.");
	}
	parse_array(g, "group_by", GROUPS_MAX, parse_group);
	parse_array(g, "metrics", METRICS_MAX, parse_metric);
	if (g->n_metrics == 0 && g->err->code == ERR_none)
		g->metrics[g->n_metrics++].op = "count";
	check_currency(g);
	if (jval_has(g->c->body, "archived") && (!jval_str(g->c->body, "archived", &archived) ||
						 !archived_parse(archived, &p->archived)))
		refuse(g, "/archived", "choice", "Must be with, only or without.");
	p->res = g->res;
	return filter_from_json(g->c, g->res, jval_get(g->c->body, "where"), "/where", &p->filter,
				g->err);
}

static const char *
group_sql(struct arena *a, const struct group *to)
{
	if (to->unit)
		return arena_printf(a, "date_trunc('%s', v.%s)::date", to->unit, to->field->name);
	return arena_printf(a, "v.%s", to->field->name);
}

static void
add_metric(const struct metric *m, struct sb *sb)
{
	if (!m->field)
		sb_addz(sb, ", count(*) AS count");
	else if (m->field->type == FT_DECIMAL)
		sb_addf(sb, ", trim_scale(%s(v.%s))::text AS %s_%s", m->op, m->field->name, m->op,
			m->field->name);
	else
		sb_addf(sb, ", %s(v.%s) AS %s_%s", m->op, m->field->name, m->op, m->field->name);
}

int
resource_aggregate(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct aggregate g = { .res = res, .c = c, .err = err };
	struct page p = { 0 };
	struct sql_params params = { 0 };
	struct sb sb, out;
	struct flush *f;
	int stmt, rows;

	c->idempotency_key = (struct str){ 0 };
	if (call_op(res, OP_AGGREGATE, err) || call_may(c, res->read, err) ||
	    call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (!json_object_is_type(c->body, json_type_object))
		return err_field(err, c->arena, "", "type", "Must be an object.");
	if (parse(&g, &p))
		return -1;
	sb_init(&sb, c->arena, SQL_MAX);
	sb_addz(&sb, "SELECT row_to_json(r)::text FROM (SELECT json_build_object(");
	for (size_t i = 0; i < g.n_groups; i++)
		sb_addf(&sb, "%s'%s', %s", i ? ", " : "", g.groups[i].field->name,
			group_sql(c->arena, &g.groups[i]));
	sb_addz(&sb, ") AS \"group\"");
	for (size_t i = 0; i < g.n_metrics; i++)
		add_metric(&g.metrics[i], &sb);
	sb_addf(&sb, " FROM %s v", res->view);
	page_where(c->arena, &p, &sb, &params);
	for (size_t i = 0; i < g.n_groups; i++)
		sb_addf(&sb, "%s%s", i ? ", " : " GROUP BY ", group_sql(c->arena, &g.groups[i]));
	for (size_t i = 0; i < g.n_groups; i++)
		sb_addf(&sb, "%s%s", i ? ", " : " ORDER BY ", group_sql(c->arena, &g.groups[i]));
	sb_addf(&sb, " LIMIT %d) r", ROWS_MAX + 1);
	f = call_begin_read(c);
	stmt = flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
	if (call_run(c, f, r, err))
		return -1;
	rows = flush_rows(f, stmt);
	sb_init(&out, c->arena, 16 * 1024 * 1024);
	sb_addz(&out, "{\"data\":[");
	for (int i = 0; i < rows && i < ROWS_MAX; i++) {
		sb_addz(&out, i ? "," : "");
		sb_add(&out, flush_str(f, stmt, i, 0));
	}
	sb_addf(&out, "],\"truncated\":%s}", rows > ROWS_MAX ? "true" : "false");
	call_reply(r, 200, sb_str(&out));
	return 0;
}
