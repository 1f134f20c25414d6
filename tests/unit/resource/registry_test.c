/*
 * The tables of resources against the live catalog: every field has its column, every filter and
 * order its index (by the plan of the very statement that a list sends, as the program's role,
 * under the policy, with a generic plan), every table its policy, every searched field its entries.
 *
 * With an argument: `dump` prints the registry as JSON, a URL prints the OpenAPI document.
 */
#include "fixture.h"

#include "field.h"
#include "page.h"

#include "../../../src/bin/registry.h"

static int wrong;

static void __attribute__((format(printf, 1, 2))) complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint_error(fmt, ap);
	va_end(ap);
	wrong++;
}

/* ---- columns ---- */

static bool
has_column(struct fixture *x, const char *relation, const char *column)
{
	return sql(x, arena_printf(x->arena,
				   "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = "
				   "to_regclass('%s') AND "
				   "a.attname = '%s' AND a.attnum > 0 AND NOT a.attisdropped",
				   relation, column)) != NULL;
}

static void
need_column(struct fixture *x, const char *relation, const char *column, const char *why)
{
	if (!has_column(x, relation, column))
		complain("%s has no column %s (%s)\n", relation, column, why);
}

static bool
is_child_only(const struct resource *res)
{
	return registry_find(&api_registry, res->name) != res;
}

static void
check_columns(struct fixture *x, const struct resource *res)
{
	static const char *const own[] = { "id", "version", "created_at", "updated_at",
					   "tenant_id" };

	/* A child without a view is shown by its parent's: only its table is written. */
	if (!res->view) {
		need_column(x, res->table, "id", res->name);
		for (const struct field *f = res->fields; f->name; f++)
			need_column(x, res->table, field_column(f), "field");
		return;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		need_column(x, res->table, own[i], res->name);
		need_column(x, res->view, own[i], res->name);
	}
	if (res->archives) {
		need_column(x, res->table, "archived_at", res->name);
		need_column(x, res->view, "archived_at", res->name);
	}
	if (res->custom) {
		need_column(x, res->table, "custom", res->name);
		need_column(x, res->view, "custom", res->name);
	}
	for (const struct field *f = res->fields; f->name; f++) {
		/* A function of the resource's own may take a member for itself. */
		bool writes =
		    !(f->flags & (FF_READ_ONLY | FF_COMPUTED)) && !res->create && !res->prepare;

		if (!(f->flags & FF_SECRET))
			need_column(x, res->view, f->name, "field");
		if (writes && (is_child_only(res) || (res->ops & (OP_CREATE | OP_UPDATE))))
			need_column(x, res->table, field_column(f), "field");
		if (f->norm) {
			need_column(x, res->view, f->norm, "norm");
			need_column(x, res->table, f->norm, "norm");
		}
	}
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		bool composed = ch->resource && ch->resource->view;

		if (!composed)
			need_column(x, res->view, ch->name, "child");
		else
			need_column(x, ch->resource->view, ch->parent_column, "child");
		if (ch->resource)
			need_column(x, ch->resource->table, ch->parent_column, "child");
		if (ch->ordered && composed)
			need_column(x, ch->resource->view, "position", "ordered child");
		if (ch->ordered && ch->resource)
			need_column(x, ch->resource->table, "position", "ordered child");
	}
}

static void
test_columns(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	wrong = 0;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		check_columns(x, *p);
		for (const struct child *ch = (*p)->children; ch && ch->name; ch++) {
			if (ch->resource && is_child_only(ch->resource))
				check_columns(x, ch->resource);
		}
		arena_reset(x->arena);
	}
	assert_int_equal(wrong, 0);
}

/* ---- policies, references, searched fields ---- */

static void
test_policies(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	wrong = 0;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		const char *ok =
		    sql(x, arena_printf(x->arena,
					"SELECT (c.relrowsecurity AND c.relforcerowsecurity AND "
					"(SELECT count(*) FROM pg_policy "
					"o WHERE o.polrelid = c.oid) = 1)::text FROM pg_class c "
					"WHERE c.oid = '%s'::regclass",
					(*p)->table));
		const char *invoker =
		    sql(x, arena_printf(x->arena,
					"SELECT 'yes' FROM pg_class c WHERE c.oid = '%s'::regclass "
					"AND 'security_invoker=true' "
					"= ANY (c.reloptions)",
					(*p)->view));

		if (!ok || strcmp(ok, "true") != 0)
			complain("%s is not bound by one policy\n", (*p)->table);
		if (!invoker)
			complain("%s does not run as its caller\n", (*p)->view);
	}
	assert_int_equal(wrong, 0);
}

static void
test_references(void **state)
{
	(void)state;
	wrong = 0;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		int n = 0;

		for (const struct field *f = (*p)->fields; f->name; f++, n++) {
			if (f->type == FT_REF && !registry_find(&api_registry, f->u.ref))
				complain("%s.%s refers to %s, which is not served\n", (*p)->name,
					 f->name, f->u.ref);
			if (!f->doc || !*f->doc)
				complain("%s.%s has no words\n", (*p)->name, f->name);
			if ((f->type == FT_ENUM || f->type == FT_ENUM_SET) && !f->u.words)
				complain("%s.%s has no choices\n", (*p)->name, f->name);
			if (f->type == FT_INTS &&
			    (f->u.ints.count < 1 || f->u.ints.min > f->u.ints.max))
				complain("%s.%s has no limits\n", (*p)->name, f->name);
		}
		if (n > MASK_WORDS * 64)
			complain("%s has more fields than a mask\n", (*p)->name);
		if (!(*p)->doc || !(*p)->view || !(*p)->table || !(*p)->path)
			complain("%s lacks doc, view, table or path\n", (*p)->name);
	}
	assert_int_equal(wrong, 0);
}

static void
test_searched(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	wrong = 0;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		for (const struct field *f = (*p)->fields; f->name; f++) {
			if (!(f->flags & FF_SEARCH))
				continue;
			if (!sql(x, arena_printf(x->arena,
						 "SELECT t.tgname FROM pg_trigger t WHERE "
						 "t.tgrelid = '%s'::regclass AND t.tgname = "
						 "'search_update' AND encode(t.tgargs, 'escape') "
						 "LIKE '%%%s\\\\000%%'",
						 (*p)->table, f->name)))
				complain("%s.%s is searched, but no trigger keeps its text\n",
					 (*p)->name, f->name);
		}
	}
	assert_int_equal(wrong, 0);
}

/* ---- plans ---- */

static const char *
literal(struct arena *a, const char *value)
{
	struct sb sb;

	sb_init(&sb, a, 10000);
	sb_addc(&sb, '\'');
	for (const char *p = value; *p; p++) {
		if (*p == '\'')
			sb_addc(&sb, '\'');
		sb_addc(&sb, *p);
	}
	sb_addc(&sb, '\'');
	return sb_z(&sb);
}

/* The plan of a statement as the program's role meets it, JSON. */
static const char *
plan_of(struct fixture *x, const char *text, const struct sql_params *params)
{
	static int n;
	struct flush *f = flush_new(x->app.db, x->arena);
	struct err err = { 0 };
	struct sb run;
	int stmt;

	n++;
	sb_init(&run, x->arena, 100000);
	sb_addf(&run, "EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE q%d", n);
	for (size_t i = 0; i < params->list.n; i++)
		sb_addf(&run, "%s%s", i ? ", " : "(", literal(x->arena, params->list.v[i]));
	if (params->list.n)
		sb_addc(&run, ')');
	enter_add(f, &x->a);
	flush_add(f, "SET LOCAL enable_seqscan = off", 0, NULL);
	flush_add(f, "SET LOCAL enable_bitmapscan = off", 0, NULL);
	flush_add(f, "SET LOCAL enable_sort = off", 0, NULL);
	flush_add(f, "SET LOCAL enable_incremental_sort = off", 0, NULL);
	flush_add(f, arena_printf(x->arena, "PREPARE q%d AS %s", n, text), 0, NULL);
	stmt = flush_add(f, sb_z(&run), 0, NULL);
	flush_add(f, arena_printf(x->arena, "DEALLOCATE q%d", n), 0, NULL);
	flush_commit(f);
	if (flush_run(f, &err))
		fail_msg("%s: %s %s", text, err.detail, err.cause);
	return flush_value(f, stmt, 0, 0);
}

/* Whether some node seeks by the column. */
static bool
seeks(struct json_object *o, const char *column)
{
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			if (seeks(json_object_array_get_idx(o, i), column))
				return true;
		}
		return false;
	}
	if (!json_object_is_type(o, json_type_object))
		return false;
	json_object_object_foreach(o, key, value)
	{
		if (strcmp(key, "Index Cond") == 0) {
			const char *at = json_object_get_string(value);

			while ((at = strstr(at, column))) {
				char before = at[-1], after = at[strlen(column)];

				if (!strchr("abcdefghijklmnopqrstuvwxyz_", before) &&
				    !strchr("abcdefghijklmnopqrstuvwxyz_", after))
					return true;
				at++;
			}
		}
		if (seeks(value, column))
			return true;
	}
	return false;
}

static bool
has_node(struct json_object *o, const char *node)
{
	struct json_object *relation;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			if (has_node(json_object_array_get_idx(o, i), node))
				return true;
		}
		return false;
	}
	if (!json_object_is_type(o, json_type_object))
		return false;
	/* What a column computes for one row is none of the list's own walk. */
	if (json_object_object_get_ex(o, "Parent Relationship", &relation) &&
	    strcmp(json_object_get_string(relation), "SubPlan") == 0)
		return false;
	json_object_object_foreach(o, key, value)
	{
		if (strcmp(key, "Node Type") == 0 &&
		    strcmp(json_object_get_string(value), node) == 0)
			return true;
		if (has_node(value, node))
			return true;
	}
	return false;
}

static struct json_object *
parsed(struct fixture *x, const char *json)
{
	struct json_object *o;
	struct err err = { 0 };

	assert_int_equal(jscan_parse(x->arena, str_from(json), &o, &err), 0);
	return o;
}

static const char *
sample(const struct field *f)
{
	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
		return "7";
	case FT_DECIMAL:
		return "7.5";
	case FT_BOOL:
		return "true";
	case FT_DATE:
		return "2026-01-31";
	case FT_TIME:
		return "2026-01-31T10:00:00Z";
	case FT_UUID:
	case FT_REF:
		return "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77";
	case FT_ENUM:
		return f->u.words[0];
	default:
		return "abc";
	}
}

static struct call *
call_new(struct fixture *x)
{
	struct call *c = arena_alloc(x->arena, sizeof(*c));

	c->arena = x->arena;
	c->app = &x->app;
	c->who = x->a;
	return c;
}

/* A filter's own statement is one that the database takes. */
static void
check_filter(struct fixture *x, const struct resource *res, const char *name, const struct field *f,
	     enum filter_op op)
{
	static const char *const none[] = { NULL };
	struct call *c = call_new(x);
	struct page p = { .res = res };
	struct sql_params params = { 0 };
	struct err err = { 0 };
	struct sb sb;

	*vec_push(x->arena, &c->query) =
	    (struct pair){ str_from(arena_printf(x->arena, "%s[%s]", name, filter_op_words[op])),
			   str_from(op == FO_IS_NULL ? "true" : sample(f)) };
	if (filter_from_query(c, res, none, &p.filter, &err)) {
		complain("%s %s %s: %s\n", res->name, name, filter_op_words[op], err.detail);
		return;
	}
	sb_init(&sb, x->arena, 100000);
	sb_addf(&sb, "SELECT count(*) FROM %s v", res->view);
	page_where(x->arena, &p, &sb, &params);
	plan_of(x, sb_z(&sb), &params);
}

/*
 * Whether the index on a column takes a condition under the policy. The order by the same column,
 * with sorts off, leaves that index alone to choose from: on tables that are empty all indexes cost
 * the same.
 */
static void
check_seek(struct fixture *x, const struct resource *res, const char *name, const struct field *f,
	   const char *column, const char *collate)
{
	struct page p = { .res = res };
	struct sql_params params = { 0 };
	struct sb sb;
	const char *plan;

	sb_init(&sb, x->arena, 100000);
	sb_addf(&sb, "SELECT v.id FROM %s v", res->view);
	page_where(x->arena, &p, &sb, &params);
	sb_addf(&sb, " AND v.%s%s >= $%d::%s ORDER BY v.%s%s LIMIT 1", column, collate,
		sql_param(x->arena, &params, sample(f)), field_sql_type(f->type), column, collate);
	plan = plan_of(x, sb_z(&sb), &params);
	if (!seeks(parsed(x, plan),
		   field_is_textual(f->type) || f->norm ? column : field_column(f))) {
		complain("%s: no index seeks the filter %s (%s%s)\n", res->name, name, column,
			 collate);
		if (getenv("SHOW_PLANS"))
			print_error("%s\n%s\n", sb_z(&sb), plan);
	}
}

static void
check_filters(struct fixture *x, const struct resource *res, const char *name,
	      const struct field *f)
{
	unsigned ops = filter_ops(f);

	for (int op = 0; op < FO_COUNT; op++) {
		if (ops >> op & 1)
			check_filter(x, res, name, f, (enum filter_op)op);
	}
	if (!(f->flags & FF_FILTER))
		return;
	check_seek(x, res, name, f, f->norm ? f->norm : f->name, filter_collate(f));
}

static void
check_hop(struct fixture *x, const struct resource *res, const char *hop)
{
	struct str far, near = str_cut(str_from(hop), '.', &far);

	for (const struct field *f = res->fields; f->name; f++) {
		const struct resource *target;
		const struct field *t;

		if (f->type != FT_REF || strlen(f->name) != near.len + 3 ||
		    memcmp(f->name, near.p, near.len) != 0)
			continue;
		target = registry_find(&api_registry, f->u.ref);
		t = target ? field_find(target->fields, far) : NULL;
		if (!t || !filter_ops(t))
			complain("%s: the hop %s leads nowhere\n", res->name, hop);
		else
			check_filter(x, res, hop, t, FO_EQ);
		return;
	}
	complain("%s: the hop %s leads nowhere\n", res->name, hop);
}

static void
test_filters(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	wrong = 0;
	x->app.registry = &api_registry;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		static const char *const own[] = { "id", "created_at", NULL };

		if (!((*p)->ops & (OP_LIST | OP_SEARCH)))
			continue;
		for (const struct field *f = (*p)->fields; f->name; f++)
			check_filters(x, *p, f->name, f);
		for (const char *const *o = own; *o; o++) {
			const struct field *f = filter_own_field(*p, str_from(*o));

			if (f && !field_find((*p)->fields, str_from(*o)) && strcmp(*o, "id") != 0)
				check_filters(x, *p, *o, f);
		}
		for (const char *const *h = (*p)->hops; h && *h; h++)
			check_hop(x, *p, *h);
		arena_reset(x->arena);
	}
	x->app.registry = &test_registry;
	assert_int_equal(wrong, 0);
}

/* A page far in: walks the order's index from the last row on, and sorts nothing. */
static void
check_order(struct fixture *x, const struct resource *res, const struct field *f, bool desc,
	    bool among_nulls)
{
	struct call *c = call_new(x);
	struct page p = { .res = res,
			  .sort = { f, desc },
			  .archived = ARCHIVED_WITH,
			  .limit = 50,
			  .selection = selection_full(c, res, false) };
	struct cursor after = { "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77",
				among_nulls ? NULL : sample(f) };
	struct sql_params params = { 0 };
	const char *text = page_statement(c, &p, &after, &params);
	const char *plan = plan_of(x, text, &params);
	const char *column = f->norm ? f->norm : field_column(f);

	if (has_node(parsed(x, plan), "Sort") || has_node(parsed(x, plan), "Incremental Sort") ||
	    !seeks(parsed(x, plan), column)) {
		complain("%s: no index serves the order %s%s\n", res->name, desc ? "-" : "",
			 f->name);
		if (getenv("SHOW_PLANS"))
			print_error("%s\n%s\n", text, plan);
	}
}

static void
test_orders(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	wrong = 0;
	x->app.registry = &api_registry;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		struct call *c = call_new(x);
		struct sort sort;

		if (!((*p)->ops & (OP_LIST | OP_SEARCH)))
			continue;
		if (!sort_parse(c, *p, (struct str){ 0 }, &sort))
			complain("%s: its default order is none: %s\n", (*p)->name,
				 (*p)->default_sort);
		else
			check_order(x, *p, sort.field, sort.desc, false);
		for (const struct field *f = (*p)->fields; f->name; f++) {
			if (!(f->flags & FF_SORT))
				continue;
			for (int way = 0; way < 4; way++) {
				if (way < 2 || (f->flags & FF_NULLABLE))
					check_order(x, *p, f, way & 1, way & 2);
			}
		}
		arena_reset(x->arena);
	}
	x->app.registry = &test_registry;
	assert_int_equal(wrong, 0);
}

/* Every resource and every expansion of it is SQL that the database takes. */
static void
test_selections(void **state)
{
	struct fixture *x = *state;

	if (!x)
		skip();
	x->app.registry = &api_registry;
	for (const struct resource *const *p = api_registry.resources; *p; p++) {
		struct sb expand;

		sb_init(&expand, x->arena, 10000);
		for (const struct field *f = (*p)->fields; f->name; f++) {
			size_t len = strlen(f->name);

			if (f->type == FT_REF && len > 3 && strcmp(f->name + len - 3, "_id") == 0 &&
			    registry_find(&api_registry, f->u.ref))
				sb_addf(&expand, "%s%.*s", expand.len ? "," : "", (int)len - 3,
					f->name);
		}
		if ((*p)->ops & OP_READ)
			assert_int_equal(run(x, resource_read, *p, M_GET, uuid_new().z,
					     expand.len ? arena_printf(x->arena, "expand=%s",
								       sb_z(&expand))
							: NULL,
					     NULL),
					 404);
		if ((*p)->ops & OP_LIST)
			assert_int_equal(run(x, resource_list, *p, M_GET, NULL, "count=exact",
					     NULL),
					 200);
		arena_reset(x->arena);
	}
	x->app.registry = &test_registry;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_references, fixture_reset),
		cmocka_unit_test_setup(test_columns, fixture_reset),
		cmocka_unit_test_setup(test_policies, fixture_reset),
		cmocka_unit_test_setup(test_searched, fixture_reset),
		cmocka_unit_test_setup(test_filters, fixture_reset),
		cmocka_unit_test_setup(test_orders, fixture_reset),
		cmocka_unit_test_setup(test_selections, fixture_reset),
	};

	if (argc > 1) {
		struct arena *a = arena_new(0);
		struct str s = strcmp(argv[1], "dump") == 0
				   ? registry_dump_json(&api_registry, a)
				   : openapi_document(&api_registry, a, argv[1]);

		fwrite(s.p, 1, s.len, stdout);
		arena_free(a);
		return 0;
	}
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
