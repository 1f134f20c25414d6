/*
 * call.c - the doors of the engine: how a command's flush begins and how it is answered.
 *
 * BEGIN, api.enter, api.claim_key · the command's own statements · the answer (kept in api.answer
 * in the same transaction when an Idempotency-Key was sent) · COMMIT: one round trip. A repeat
 * makes api.claim_key raise ZBRPL; the kept bytes are then read in a second one. After ZB412 the
 * current representation is read, so that the caller need not ask for it.
 */
#include "call.h"

#include "select.h"
#include "compose.h"

#include <billfold/base/date.h>
#include <billfold/resource/filter.h>

const struct resource *
registry_find(const struct registry *g, const char *name)
{
	for (const struct resource *const *p = g ? g->resources : NULL; p && *p; p++) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}

static void
add_module(struct arena *a, const char ***list, size_t *n, const char *module)
{
	const char **grown;

	for (size_t i = 0; i < *n; i++) {
		if (strcmp((*list)[i], module) == 0)
			return;
	}
	grown = arena_array(a, *n + 2, sizeof(*grown));
	memcpy(grown, *list, *n * sizeof(*grown));
	grown[(*n)++] = module;
	*list = grown;
}

const char *const *
registry_modules(const struct registry *g, struct arena *a)
{
	const char **list = arena_array(a, 1, sizeof(*list));
	size_t n = 0;

	for (const struct resource *const *p = g->resources; p && *p; p++) {
		if ((*p)->module)
			add_module(a, &list, &n, (*p)->module);
	}
	for (const struct route *const *room = g->routes; room && *room; room++) {
		for (const struct route *route = *room; route->pattern; route++) {
			if (route->module)
				add_module(a, &list, &n, route->module);
		}
	}
	return list;
}

bool
call_query(const struct call *c, const char *name, struct str *ret)
{
	for (size_t i = 0; i < c->query.n; i++) {
		if (str_eqz(c->query.v[i].name, name)) {
			*ret = c->query.v[i].value;
			return true;
		}
	}
	return false;
}

const char *
call_query_text(const struct call *c, const char *name)
{
	struct str value;

	return call_query(c, name, &value) ? str_dup(c->arena, value) : NULL;
}

const char *
call_body_text(const struct call *c, const char *name)
{
	return jval_strz(c->arena, c->body, name);
}

int
call_known_query(struct call *c, const char *const *known, struct err *err)
{
	for (size_t i = 0; i < c->query.n; i++) {
		struct str name = c->query.v[i].name;
		const char *pointer = arena_printf(c->arena, "?" STR_FMT,
						   (int)(name.len > 100 ? 100 : name.len), name.p);
		const char *const *k = known;

		while (*k && !str_eqz(name, *k))
			k++;
		if (!*k)
			err_field(err, c->arena, pointer, "unknown", "There is no such parameter.");
		for (size_t j = 0; j < i; j++) {
			if (str_eq(c->query.v[j].name, name))
				err_field(err, c->arena, pointer, "duplicate", "Sent twice.");
		}
	}
	return err->code == ERR_none ? 0 : -1;
}

int
call_op(const struct resource *res, unsigned op, struct err *err)
{
	if (res->ops & op)
		return 0;
	return err_set(err, ERR_method_not_allowed, "A %s does not offer this.", res->name);
}

int
call_may(const struct call *c, enum perm perm, struct err *err)
{
	if (perm_has(&c->who.perms, perm))
		return 0;
	return err_set(err, ERR_forbidden, "Needs the permission %s.", perm_defs[perm].word);
}

int
call_not_found(const struct resource *res, struct err *err)
{
	return err_set(err, ERR_not_found, "No such %s.", res->name);
}

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

/* ---- ids ---- */

static int
id_by_external(struct call *c, const struct resource *res, struct str rest, const char **ret,
	       struct err *err)
{
	struct str id, name = str_cut(rest, ':', &id);
	const char *params[3] = { res->name, str_dup(c->arena, name), str_dup(c->arena, id) };
	struct flush *f;
	int stmt;

	if (!res->external_ids || name.len == 0 || id.len == 0)
		return call_not_found(res, err);
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	stmt = flush_add(f,
			 "SELECT object_id FROM meta.external_id WHERE resource = $1 AND "
			 "system = $2 AND external_id = $3",
			 3, params);
	flush_commit(f);
	if (flush_run(f, err))
		return -1;
	if (flush_rows(f, stmt) == 0)
		return call_not_found(res, err);
	*ret = flush_value(f, stmt, 0, 0);
	return 0;
}

int
call_id(struct call *c, const struct resource *res, const char **ret, struct err *err)
{
	struct str p = c->param[0];
	struct uuid id;

	if (str_starts(p, STR("external:"))) {
		if (id_by_external(c, res, (struct str){ p.p + 9, p.len - 9 }, ret, err) < 0)
			return -1;
	} else if (uuid_parse(p, &id)) {
		*ret = arena_strdup(c->arena, id.z);
	} else {
		return call_not_found(res, err);
	}
	c->about = *ret;
	return 0;
}

/* ---- preconditions ---- */

/* The next entity tag of a list; false at its end or where it is malformed (*ok). */
static bool
next_tag(struct str *list, bool *ret_weak, struct str *ret, bool *ok)
{
	size_t i = 0, start;

	while (i < list->len && (list->p[i] == ' ' || list->p[i] == '\t' || list->p[i] == ','))
		i++;
	if (i == list->len)
		return false;
	*ret_weak = list->len - i > 2 && list->p[i] == 'W' && list->p[i + 1] == '/';
	if (*ret_weak)
		i += 2;
	*ok = list->p[i] == '"';
	if (!*ok)
		return false;
	start = ++i;
	while (i < list->len && list->p[i] != '"')
		i++;
	*ok = i < list->len;
	if (!*ok)
		return false;
	*ret = (struct str){ list->p + start, i - start };
	*list = str_trim((struct str){ list->p + i + 1, list->len - i - 1 });
	*ok = list->len == 0 || list->p[0] == ',';
	return *ok;
}

int
call_versions(struct call *c, bool *ret_sent, const char **ret, struct err *err)
{
	struct str list = str_trim(c->if_match), tag;
	struct pg_array *versions;
	bool weak, ok = true;
	int64_t version;

	*ret_sent = list.len > 0;
	*ret = NULL;
	if (!*ret_sent || str_eqz(list, "*"))
		return 0;
	versions = pg_array_new(c->arena);
	while (next_tag(&list, &weak, &tag, &ok)) {
		/* A tag is compared by its bytes: "07" is not "7". */
		if (!weak && str_to_int(tag, 1, INT64_MAX, &version) && tag.p[0] != '0')
			pg_array_add_int(versions, version);
	}
	if (!ok)
		return err_set(err, ERR_bad_header, "If-Match must be \"version\", a list, or *.");
	*ret = pg_array_text(versions);
	return 0;
}

bool
call_none_match(const struct call *c, const char *etag)
{
	struct str list = str_trim(c->if_none_match), tag;
	bool weak, ok = true;

	if (list.len == 0)
		return false;
	if (str_eqz(list, "*"))
		return true;
	while (next_tag(&list, &weak, &tag, &ok)) {
		if (tag.len + 2 == strlen(etag) && memcmp(tag.p, etag + 1, tag.len) == 0)
			return true;
	}
	return false;
}

int
call_if_match(struct call *c, struct flush *f, const struct resource *res, const char *id,
	      struct err *err)
{
	const char *versions;
	bool sent;

	if (call_versions(c, &sent, &versions, err))
		return -1;
	if (sent)
		compose_expect(f, c->arena, res, id, versions, false, NULL);
	return 0;
}

/* ---- keys ---- */

bool
call_keeps(const struct call *c)
{
	return c->method == M_POST && c->idempotency_key.len > 0;
}

static const char *
fingerprint(struct call *c)
{
	char *hex;
	size_t path = strlen(c->path);
	char *msg;

	if (c->fingerprint)
		return c->fingerprint;
	hex = arena_alloc(c->arena, SHA256_HEX);
	msg = arena_alloc(c->arena, path + c->raw_body.len + 8);
	/* POST alone takes a key. */
	memcpy(msg, "POST ", 5);
	memcpy(msg + 5, c->path, path);
	msg[5 + path] = '\n';
	if (c->raw_body.len)
		memcpy(msg + 6 + path, c->raw_body.p, c->raw_body.len);
	sha256_hex((struct str){ msg, 6 + path + c->raw_body.len }, hex);
	c->fingerprint = hex;
	return hex;
}

/* Keys are the caller's own; each item of a partial batch has its part of one. */
static const char *
scope(const struct call *c)
{
	if (c->key_part)
		return arena_printf(c->arena, "%s#%d", c->who.actor, c->key_part);
	return c->who.actor;
}

static void
claim(struct call *c, struct flush *f)
{
	if (call_keeps(c))
		flush_addv(f, "SELECT api.claim_key($1, $2, $3)",
			   str_dup(c->arena, c->idempotency_key), scope(c), fingerprint(c),
			   FLUSH_END);
}

static void
expect_module(const struct call *c, struct flush *f)
{
	if (c->module)
		flush_addv(f, "SELECT tenant.expect_module($1)", c->module, FLUSH_END);
}

struct flush *
call_begin(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	c->enter_stmt = enter_add(f, &c->who);
	expect_module(c, f);
	claim(c, f);
	if (c->along)
		c->along(f, c->along_arg);
	return f;
}

struct flush *
call_go_on(struct call *c)
{
	c->enter_stmt = -1;
	return flush_new(c->app->db, c->arena);
}

void
call_give_up(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	struct err scrap = { 0 };

	flush_rollback(f);
	flush_run(f, &scrap); /* a connection that is gone has rolled back */
}

/* timestamptz as PostgreSQL writes it ("2026-02-03 04:05:06.7+00") in microseconds. */
static int64_t
instant_of(struct arena *a, const char *text)
{
	char *z = arena_printf(a, "%s:00", text ? text : "");
	int64_t us = 0;

	if (strlen(z) > 13)
		z[10] = 'T';
	/* Offsets of whole hours end in two digits; others bring their own minutes. */
	if (!instant_parse(str_from(z), &us)) {
		z[strlen(z) - 3] = '\0';
		instant_parse(str_from(z), &us);
	}
	return us;
}

static void
take_business_now(struct call *c, const struct flush *f)
{
	if (c->enter_stmt >= 0)
		c->business_now = instant_of(c->arena, flush_value(f, c->enter_stmt, 0, 0));
}

struct flush *
call_begin_aside(struct call *c)
{
	struct flush *f;

	if (!c->open && c->opens)
		return call_begin(c);
	f = flush_new(c->app->db, c->arena);
	if (!c->open) {
		enter_add_read(f, &c->who);
		expect_module(c, f);
	}
	return f;
}

int
call_run_aside(struct call *c, struct flush *f, struct err *err)
{
	bool begins = !c->open && c->opens;

	if (!c->open && !c->opens)
		flush_commit(f);
	if (flush_run(f, err))
		return -1;
	if (begins)
		take_business_now(c, f);
	c->open = c->open || begins;
	return 0;
}

struct flush *
call_begin_read(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	/* An expired answer is deleted by the claim: a transaction that only reads cannot. */
	if (call_keeps(c)) {
		c->enter_stmt = enter_add(f, &c->who);
		claim(c, f);
	} else {
		c->enter_stmt = enter_add_read(f, &c->who);
	}
	expect_module(c, f);
	return f;
}

static bool
replay(struct call *c, struct reply *r)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	struct err scrap = { 0 };
	int stmt;

	enter_add_read(f, &c->who);
	stmt =
	    flush_addv(f,
		       "SELECT status, body, etag, location FROM api.answer WHERE scope = $1 "
		       "AND key = $2 AND fingerprint = $3",
		       scope(c), str_dup(c->arena, c->idempotency_key), fingerprint(c), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &scrap) || flush_rows(f, stmt) == 0)
		return false;
	r->status = (int)flush_int(f, stmt, 0, 0);
	r->body = flush_str(f, stmt, 0, 1);
	r->etag = flush_value(f, stmt, 0, 2);
	r->location = flush_value(f, stmt, 0, 3);
	r->replayed = true;
	return true;
}

bool
call_repeats(struct call *c, struct reply *r, struct err *err)
{
	if (!call_keeps(c) || strcmp(err->sqlstate, "ZBRPL") != 0 || !replay(c, r))
		return false;
	err_clear(err);
	return true;
}

int
call_run_open(struct call *c, struct flush *f, struct reply *r, struct err *err)
{
	if (flush_run(f, err))
		return call_repeats(c, r, err) ? 1 : -1;
	take_business_now(c, f);
	return 0;
}

int
call_run(struct call *c, struct flush *f, struct reply *r, struct err *err)
{
	if (c->dry_run)
		flush_rollback(f);
	else
		flush_commit(f);
	return call_run_open(c, f, r, err);
}

/* ---- answers ---- */

static int
add_one(struct call *c, struct flush *f, const struct resource *res, const char *view,
	const char *selection, const char *id, bool seen)
{
	struct sql_params params = { 0 };
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb, "SELECT row_to_json(r)::text, v.version FROM %s v CROSS JOIN LATERAL (SELECT ",
		view);
	sb_addz(&sb, selection);
	sb_addf(&sb, ") r WHERE v.id = $%d", sql_param(c->arena, &params, id));
	if (seen && res->seen)
		res->seen(c, &sb, &params);
	return flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
}

int
call_select_one(struct call *c, struct flush *f, const struct resource *res, const char *selection,
		const char *id, bool seen)
{
	return add_one(c, f, res, res->view, selection, id, seen);
}

static int
add_kept_one(struct call *c, struct flush *f, const char *view, const char *selection,
	     const char *id, int status, const char *location)
{
	const char *params[6] = { id,
				  scope(c),
				  str_dup(c->arena, c->idempotency_key),
				  fingerprint(c),
				  arena_printf(c->arena, "%d", status),
				  location };
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"INSERT INTO api.answer (scope, key, fingerprint, status, body, etag, location) "
		"SELECT $2, $3, $4, $5::integer, row_to_json(r)::text, '\"' || v.version || '\"', "
		"$6 FROM "
		"%s v CROSS JOIN LATERAL (SELECT ",
		view);
	sb_addz(&sb, selection);
	sb_addz(&sb, ") r WHERE v.id = $1 RETURNING body, btrim(etag, '\"')");
	return flush_add(f, sb_z(&sb), 6, params);
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
answer(struct call *c, struct flush *f, const struct selection *s, const char *view, const char *id,
       int status, struct reply *r, struct err *err)
{
	const struct resource *res = s->res;
	const char *location = status == 201 ? location_of(c, res, id) : NULL;
	int stmt, ran;

	if (call_keeps(c))
		stmt = add_kept_one(c, f, view, selection_sql(c, s), id, status, location);
	else
		stmt = add_one(c, f, res, view, selection_sql(c, s), id, false);
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
	return answer(c, f, selection_for(c, res), res->view, id, status, r, err);
}

int
call_answer_made(struct call *c, struct flush *f, const struct write *w, struct reply *r,
		 struct err *err)
{
	struct selection *s = selection_for(c, w->res);

	s->fresh = !w->external_ids && !w->has_external_id;
	return answer(c, f, s, w->view ? w->view : w->res->view, w->id, 201, r, err);
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
		all[n] = scope(c);
		all[n + 1] = str_dup(c->arena, c->idempotency_key);
		all[n + 2] = fingerprint(c);
		all[n + 3] = arena_printf(c->arena, "%d", status);
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
