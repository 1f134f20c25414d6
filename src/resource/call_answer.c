/*
 * call_answer.c - how a command is answered: from the view, as this caller may see it.
 *
 * The answer is the last statement before the COMMIT; under an Idempotency-Key it is kept in
 * api.answer by the same transaction. After ZB412 the current representation is read, so that the
 * caller need not ask for it.
 */
#include "call.h"
#include "compose.h"
#include "select.h"

#include <billfold/resource/filter.h>

const char *
call_etag(struct arena *a, const char *version)
{
	return arena_printf(a, "\"%s\"", version);
}

static const char *
location_of(struct call *c, const struct resource *res, const char *id)
{
	return arena_printf(c->arena, "/v1/%s/%s", res->path, id);
}

void
call_reply(struct reply *r, int status, struct str body)
{
	r->status = status;
	r->body = body;
}

/* ---- one from its view ---- */

static struct source
view_of(const struct resource *res)
{
	return (struct source){ .from = res->view };
}

static struct sql_params
params_of(struct call *c, struct source from, const char *id)
{
	struct sql_params params = { 0 };

	sql_param(c->arena, &params, id);
	for (int i = 0; i < from.n; i++)
		sql_param(c->arena, &params, from.params[i]);
	return params;
}

static int
add_one(struct call *c, struct flush *f, const struct resource *res, struct source from,
	const char *selection, const char *id, bool seen)
{
	struct sql_params params = params_of(c, from, id);
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb, "SELECT row_to_json(r)::text, v.version FROM %s v CROSS JOIN LATERAL (SELECT ",
		from.from);
	sb_addz(&sb, selection);
	sb_addz(&sb, ") r WHERE v.id = $1");
	if (seen && res->seen)
		res->seen(c, &sb, &params);
	return flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
}

int
call_select_one(struct call *c, struct flush *f, const struct resource *res, const char *selection,
		const char *id, bool seen)
{
	return add_one(c, f, res, view_of(res), selection, id, seen);
}

static int
add_kept_one(struct call *c, struct flush *f, struct source from, const char *selection,
	     const char *id, int status, const char *location)
{
	struct sql_params params = params_of(c, from, id);
	struct arena *a = c->arena;
	int key = sql_param(a, &params, call_key_scope(c));
	struct sb sb;

	sql_param(a, &params, str_dup(a, c->idempotency_key));
	sql_param(a, &params, call_fingerprint(c));
	sql_param(a, &params, int_text(a, status));
	sql_param(a, &params, location);
	sb_init(&sb, a, SQL_MAX);
	sb_addf(&sb,
		"INSERT INTO api.answer (scope, key, fingerprint, status, body, etag, location) "
		"SELECT $%d, $%d, $%d, $%d::integer, row_to_json(r)::text, '\"' || v.version || "
		"'\"', $%d FROM %s v CROSS JOIN LATERAL (SELECT ",
		key, key + 1, key + 2, key + 3, key + 4, from.from);
	sb_addz(&sb, selection);
	sb_addz(&sb, ") r WHERE v.id = $1 RETURNING body, btrim(etag, '\"')");
	return flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
}

void
call_current(struct call *c, const struct resource *res, const char *id, struct err *err)
{
	struct flush *f;
	struct err scrap = { 0 };
	int stmt;

	if (err->code != ERR_precondition_failed || err->current ||
	    !perm_has(&c->who.perms, res->read))
		return;
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	stmt = call_select_one(c, f, res, selection_sql(c, selection_full(c, res, true)), id, true);
	flush_commit(f);
	if (flush_run(f, &scrap) == 0 && flush_rows(f, stmt) == 1)
		err->current = flush_value(f, stmt, 0, 0);
}

/* ---- answers ---- */

/* What a caller who may write but not read gets to see. */
static struct selection *
selection_for(struct call *c, const struct resource *res)
{
	struct selection *s = selection_full(c, res, true);

	if (!perm_has(&c->who.perms, res->read)) {
		memset(s->mask, 0, sizeof(s->mask));
		s->parts = PART_VERSION;
		s->expansions = NULL;
	}
	return s;
}

static int
answer(struct call *c, struct flush *f, const struct selection *s, struct source from,
       const char *id, int status, struct reply *r, struct err *err)
{
	const struct resource *res = s->res;
	const char *location = status == 201 ? location_of(c, res, id) : NULL;
	int stmt, ran;

	if (call_keeps(c))
		stmt = add_kept_one(c, f, from, selection_sql(c, s), id, status, location);
	else
		stmt = add_one(c, f, res, from, selection_sql(c, s), id, false);
	ran = call_run(c, f, r, err);
	if (ran) {
		if (ran < 0)
			call_current(c, res, id, err);
		return ran < 0 ? -1 : 0;
	}
	if (flush_rows(f, stmt) == 0)
		return call_not_found(res, err);
	r->status = status;
	r->body = flush_str(f, stmt, 0, 0);
	r->etag = call_etag(c->arena, flush_value(f, stmt, 0, 1));
	r->location = location;
	r->has_computed = s->computed;
	return 0;
}

int
call_answer(struct call *c, struct flush *f, const struct resource *res, const char *id, int status,
	    struct reply *r, struct err *err)
{
	return answer(c, f, selection_for(c, res), view_of(res), id, status, r, err);
}

int
call_answer_made(struct call *c, struct flush *f, const struct write *w, struct reply *r,
		 struct err *err)
{
	struct selection *s = selection_for(c, w->res);

	s->fresh = !w->external_ids && !w->has_external_id;
	return answer(c, f, s, w->made.from ? w->made : view_of(w->res), w->id, 201, r, err);
}

int
call_answer_json(struct call *c, struct flush *f, const char *sql, int n, const char *const *params,
		 int status, struct reply *r, struct err *err)
{
	int stmt, ran;

	if (call_keeps(c)) {
		const char **all = arena_array(c->arena, (size_t)n + 4, sizeof(*all));
		struct sb sb;

		for (int i = 0; i < n; i++)
			all[i] = params[i];
		all[n] = call_key_scope(c);
		all[n + 1] = str_dup(c->arena, c->idempotency_key);
		all[n + 2] = call_fingerprint(c);
		all[n + 3] = int_text(c->arena, status);
		sb_init(&sb, c->arena, SQL_MAX);
		sb_addf(&sb,
			"INSERT INTO api.answer (scope, key, fingerprint, status, body) "
			"SELECT $%d, $%d, $%d, $%d::integer, b.body::text FROM (",
			n + 1, n + 2, n + 3, n + 4);
		sb_addz(&sb, sql);
		sb_addz(&sb, ") b(body) RETURNING body");
		stmt = flush_add(f, sb_z(&sb), n + 4, all);
	} else {
		stmt = flush_add(f, sql, n, params);
	}
	ran = call_run(c, f, r, err);
	if (ran)
		return ran < 0 ? -1 : 0;
	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "Not found.");
	call_reply(r, status, flush_str(f, stmt, 0, 0));
	return 0;
}
