/*
 * bulk.c - the door of bulk actions: POST /v1/{resource}/bulk.
 *
 * The selection is taken here, in the transaction that starts the operation: what the caller saw,
 * and no row more, whatever comes after. Rights and parameters are judged here too, once for all
 * rows.
 */
#include "bulk.h"

#include "body.h"
#include "call.h"
#include "compose.h"
#include "describe.h"
#include "field.h"
#include "page.h"

#include <billfold/auth/caller.h>

enum { IDS_MAX = 10000, SELECTION_MAX = 100000 };

/* clang-format off */
static const struct field bulk_in[] = {
	{ .name = "action", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 } },
	{ .name = "ids", .type = FT_IDS, .u.of = { NULL, IDS_MAX } },
	{ .name = "where", .type = FT_JSON },
	{ .name = "params", .type = FT_JSON },
	{ .name = "dry_run", .type = FT_BOOL },
	{ 0 }
};
/* clang-format on */

/* ---- which actions there are ---- */

static const struct {
	const char *word;
	enum bulk_kind kind;
	unsigned op;
} own_words[] = {
	{ "patch", BULK_PATCH, OP_UPDATE },
	{ "delete", BULK_DELETE, OP_DELETE },
	{ "restore", BULK_RESTORE, OP_DELETE },
};

static bool
offers(const struct resource *res, size_t own)
{
	return own_words[own].kind == BULK_RESTORE ? resource_restores(res)
						   : (res->ops & own_words[own].op) != 0;
}

/* One that answers something of its own changes nothing, and over many nobody would see the answer.
 */
static bool
is_for_many(const struct action *act)
{
	return act->out == NULL;
}

bool
bulk_find(const struct resource *res, struct str name, struct bulk *ret)
{
	for (size_t i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++) {
		if (!str_eqz(name, own_words[i].word) || !offers(res, i))
			continue;
		*ret = (struct bulk){ .res = res,
				      .kind = own_words[i].kind,
				      .perm = resource_perm(res, own_words[i].op) };
		return true;
	}
	for (const struct action *act = res->actions; act && act->name; act++) {
		if (!str_eqz(name, act->name) || !is_for_many(act))
			continue;
		*ret = (struct bulk){
			.res = res, .kind = BULK_ACTION, .action = act, .perm = act->perm
		};
		return true;
	}
	return false;
}

const char *const *
bulk_words(struct arena *a, const struct resource *res)
{
	VEC(const char *) words = { 0 };

	for (const struct action *act = res->actions; act && act->name; act++) {
		if (is_for_many(act))
			*vec_push(a, &words) = act->name;
	}
	for (size_t i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++) {
		if (offers(res, i))
			*vec_push(a, &words) = own_words[i].word;
	}
	*vec_push(a, &words) = NULL;
	return words.v;
}

static int
refuse_action(struct call *c, const struct resource *res, struct err *err)
{
	struct sb sb;

	sb_init(&sb, c->arena, JSON_TEXT_MAX);
	for (const char *const *w = bulk_words(c->arena, res); *w; w++)
		sb_addf(&sb, "%s%s", sb.len ? ", " : "", *w);
	return err_field(err, c->arena, "/action", "choice", "Must be one of %s.", sb_z(&sb));
}

/* ---- parameters ---- */

static void
prefix_pointers(struct arena *a, struct err *err, const char *prefix)
{
	for (struct err_field *e = err->fields; e; e = e->next)
		e->pointer = arena_printf(a, "%s%s", prefix, e->pointer);
}

static int
check_fields(struct call *c, const struct field *fields, struct json_object *params,
	     struct err *err)
{
	static const struct field nothing[] = { { 0 } };
	struct call with = *c;
	int rc;

	with.body = params;
	with.raw_body = (struct str){ 0 };
	rc = body_check(&with, fields ? fields : nothing, true, err);
	prefix_pointers(c->arena, err, "/params");
	return rc;
}

/* A patch that is sound for any row; what depends on the row is the run's to judge. */
static int
check_patch(struct call *c, const struct resource *res, struct json_object *params, struct err *err)
{
	struct write w = {
		.c = c, .res = res, .id = uuid_new_z(c->arena), .body = params, .pointer = "/params"
	};

	if (body_guard(c, res, params, "/params", err) < 0)
		return -1;
	if (!params || json_object_object_length(params) == 0)
		return err_field(err, c->arena, "/params", "required",
				 "Say what is to be changed.");
	return body_gather(&w, err);
}

/* Parameters against what the action takes; guards first; errors are below /params. */
static int
bulk_params(struct call *c, const struct bulk *b, struct json_object *params, struct err *err)
{
	if (b->kind == BULK_PATCH)
		return check_patch(c, b->res, params, err);
	return check_fields(c, b->action ? b->action->in : NULL, params, err);
}

/* ---- the selection ---- */

static void
add_ids(struct flush *f, struct call *c, const char *operation, struct json_object *ids)
{
	struct pg_array *list = pg_array_new(c->arena);

	for (size_t i = 0; i < json_object_array_length(ids); i++)
		pg_array_add(list, json_object_get_string(json_object_array_get_idx(ids, i)));
	flush_addv(f,
		   "INSERT INTO meta.operation_result (operation_id, position, outcome, object_id) "
		   "SELECT $1, u.n, 'pending', u.id FROM unnest($2::uuid[]) WITH ORDINALITY "
		   "u(id, n)",
		   operation, pg_array_text(list), FLUSH_END);
}

static void
add_filter(struct flush *f, struct call *c, const char *operation, const struct bulk *b,
	   struct filter *filter)
{
	struct page p = { .res = b->res,
			  .filter = filter,
			  .archived = b->kind == BULK_RESTORE ? ARCHIVED_ONLY : ARCHIVED_WITHOUT };
	struct sql_params params = { 0 };
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"INSERT INTO meta.operation_result (operation_id, position, outcome, object_id) "
		"SELECT $%d, row_number() OVER (ORDER BY s.id), 'pending', s.id FROM (SELECT v.id "
		"FROM %s v",
		sql_param(c->arena, &params, operation), b->res->view);
	page_where(c->arena, &p, &sb, &params);
	sb_addf(&sb, " ORDER BY v.id LIMIT %d) s", SELECTION_MAX + 1);
	flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
}

/* ---- the door ---- */

struct bulk_order {
	struct bulk bulk;
	struct json_object *ids, *params;
	struct filter *filter;
};

static int
check(const struct resource *res, struct call *c, struct json_object *spec, struct bulk_order *ret,
      struct err *err)
{
	struct json_object *where = jval_get(spec, "where");
	bool has_where = jval_has(spec, "where");

	*ret =
	    (struct bulk_order){ .ids = jval_get(spec, "ids"), .params = jval_get(spec, "params") };
	if (!bulk_find(res, jval_str_of(spec, "action"), &ret->bulk))
		return refuse_action(c, res, err);
	if (call_may(c, ret->bulk.perm, err) < 0)
		return -1;
	if (ret->bulk.action && ret->bulk.action->step_up && caller_step_up(&c->who, err) < 0)
		return -1;
	if (!ret->params)
		ret->params = jval_own(c->arena, json_object_new_object());
	/* Guards come before everything that is merely unsound. */
	if (bulk_params(c, &ret->bulk, ret->params, err) < 0 && err->code != ERR_validation_failed)
		return -1;
	if (!ret->ids == !has_where)
		err_field(err, c->arena, "/where", ret->ids ? "conflict" : "required",
			  "Name the rows: by ids, or by a filter.");
	else if (has_where)
		filter_from_json(c, res, where, "/where", &ret->filter, err);
	return err->code == ERR_none ? 0 : -1;
}

int
resource_bulk(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct bulk_order b;
	struct work_order o;
	struct flush *f;

	if (call_op(res, OP_BULK, err) < 0 || call_may(c, res->read, err) < 0 ||
	    work_spec(c, c->body, bulk_in, err) < 0 || check(res, c, c->body, &b, err) < 0)
		return -1;
	work_order_init(&o, c, "bulk", res);
	jw_kstr(&o.params, "action", str_dup(c->arena, jval_str_of(c->body, "action")));
	jw_kraw(&o.params, "params", jval_text(c->arena, b.params));
	perm_add(&o.needs, res->read);
	perm_add(&o.needs, b.bulk.perm);
	jval_bool(c->body, "dry_run", &o.dry_run);
	f = call_begin(c);
	work_order_add(&o, c, f);
	if (b.ids)
		add_ids(f, c, o.id, b.ids);
	else
		add_filter(f, c, o.id, &b.bulk, b.filter);
	flush_addv(f, "SELECT meta.count_selection($1::uuid, $2::bigint)", o.id,
		   int_text(c->arena, SELECTION_MAX), FLUSH_END);
	return work_order_answer(&o, c, f, r, err);
}
