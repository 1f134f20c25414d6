/*
 * one.c - create, read, update, delete and restore of one object, and its actions.
 *
 * Each is one flush. A PATCH or DELETE needs If-Match; the guard that compares versions locks the
 * row, so that of two writers with the same tag one is told. Archived objects are read by id like
 * any other, and are not written until they are restored.
 *
 * A write that was decided on what has moved by the time it is sent is decided anew, and then in a
 * transaction that has begun (c->open): what `prepare` reads it locks, so that it comes to an end
 * however busy others are. A caller is told of a conflict by their own If-Match alone.
 */
#include "one.h"

#include "body.h"
#include "call.h"
#include "compose.h"
#include "field.h"
#include "select.h"

#include <billfold/base/uuid.h>

enum { TRIES = 3 };

/* Other rooms that follow this resource. */
static int
react(struct write *w, struct err *err)
{
	const struct registry *g = w->c->app->registry;

	for (const struct reaction *const *room = g ? g->reactions : NULL; room && *room; room++) {
		for (const struct reaction *x = *room; x->resource; x++) {
			if (strcmp(x->resource, w->res->name) == 0 && x->prepare(w->c, w, err))
				return -1;
		}
	}
	return 0;
}

int
one_prepare(struct write *w, struct err *err)
{
	if (body_gather(w, err))
		return -1;
	w->sound = err->code == ERR_none;
	if (w->res->prepare && w->res->prepare(w->c, w, err))
		return -1;
	if (err->code != ERR_none || react(w, err))
		return -1;
	return err->code == ERR_none ? 0 : -1;
}

static struct write *
of_call(struct call *c, const struct resource *res, bool create, const char *id)
{
	struct write *w = arena_alloc(c->arena, sizeof(*w));

	*w = (struct write){ .c = c,
			     .res = res,
			     .create = create,
			     .id = id ? id : uuid_new_z(c->arena),
			     .body = c->body,
			     .pointer = "" };
	return w;
}

int
write_plan(struct call *c, const struct resource *res, bool create, const char *id,
	   struct write **ret, struct err *err)
{
	struct write *w = of_call(c, res, create, id);

	*ret = w;
	if (body_guard(c, res, w->body, "", err))
		return -1;
	return one_prepare(w, err);
}

static const struct field *
field_of_column(const struct resource *res, struct str column)
{
	for (const struct field *f = res->fields; f->name; f++) {
		if (str_eqz(column, f->name) || (f->column && str_eqz(column, f->column)) ||
		    (f->norm && str_eqz(column, f->norm)))
			return f;
	}
	return NULL;
}

enum { KEY_COLUMNS = 8 };

/* "kind_locale" as the fields kind and locale; how many, 0: it cannot be read so. */
static int
fields_of_key(const struct resource *res, struct str columns, const struct field **ret, int room)
{
	for (size_t len = columns.len; len > 0 && room > 0; len--) {
		struct str rest = { columns.p + len + 1, columns.len - len - 1 };
		int more = 0;

		if (len < columns.len && columns.p[len] != '_')
			continue;
		ret[0] = field_of_column(res, (struct str){ columns.p, len });
		if (ret[0] && (len == columns.len ||
			       (more = fields_of_key(res, rest, ret + 1, room - 1)) > 0))
			return more + 1;
	}
	return 0;
}

/* Which ids of other systems are taken, and by whom: what a caller who meets one wants to know. */
static const char *
taken_words(const struct write *w)
{
	struct arena *a = w->c->arena;
	struct pg_array *systems = pg_array_new(a), *ids = pg_array_new(a);
	struct flush *f = flush_new(w->c->app->db, a);
	struct err scrap = { 0 };
	struct sb sb;
	int stmt;

	compose_pairs(w, systems, ids);
	enter_add_read(f, &w->c->who);
	stmt =
	    flush_addv(f,
		       "SELECT u.system || ':' || u.id, x.object_id FROM unnest($2::text[], "
		       "$3::text[]) u(system, id) JOIN meta.external_id x ON x.resource = $1 AND "
		       "x.system = u.system AND x.external_id = u.id AND x.object_id <> $4::uuid",
		       w->res->name, pg_array_text(systems), pg_array_text(ids), w->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &scrap) || flush_rows(f, stmt) == 0)
		return NULL;
	sb_init(&sb, a, SQL_MAX);
	for (int i = 0; i < flush_rows(f, stmt); i++)
		sb_addf(&sb, "%s%s is the id of the %s %s.", i ? " " : "",
			flush_value(f, stmt, i, 0), w->res->name, flush_value(f, stmt, i, 1));
	return sb_z(&sb);
}

/*
 * A key's constraint is named after its columns, and that is what the error points to so far: it
 * becomes the members that those stand for. The one key besides those of its own table is that of
 * ids of other systems.
 */
int
write_failed(const struct write *w, struct err *err)
{
	struct arena *a = w->c->arena;
	struct err_field *e = err->code == ERR_already_exists ? err->fields : NULL;
	const struct field *fields[KEY_COLUMNS];
	int n;

	if (!e || e->pointer[0] != '/')
		return -1;
	if (strcmp(e->pointer, "/id") == 0) {
		const char *words = taken_words(w);

		e->pointer = w->external_ids ? "/external_ids" : "/external_id";
		if (words)
			e->detail = words;
		return -1;
	}
	n = fields_of_key(w->res, str_from(e->pointer + 1), fields, KEY_COLUMNS);
	for (int i = 0; i < n; i++) {
		const char *pointer = arena_printf(a, "/%s", fields[i]->name);

		if (i == 0)
			e->pointer = pointer;
		else
			err_field(err, a, pointer, e->code, "%s", e->detail);
	}
	return -1;
}

void
write_add_looks(struct write *w, struct flush *f)
{
	compose_looks(w, f);
}

bool
one_moved(const struct err *err)
{
	return err->code == ERR_conflict || strcmp(err->sqlstate, "40P01") == 0 ||
	       strcmp(err->sqlstate, "40001") == 0;
}

bool
one_again(struct call *c, int try, struct err *err)
{
	if (!one_moved(err) || try == TRIES)
		return false;
	err_clear(err);
	c->own = NULL;
	return true;
}

int
one_open(struct call *c, struct flush *f, struct reply *r, struct err *err)
{
	int rc = call_run_open(c, f, r, err);

	c->open = rc == 0;
	return rc;
}

struct flush *
one_begin(struct call *c)
{
	struct flush *f = c->open ? call_go_on(c) : call_begin(c);

	c->open = false;
	return f;
}

int
one_drop(struct call *c)
{
	if (c->open)
		call_give_up(c);
	c->open = false;
	return -1;
}

/*
 * Planned within the write's own transaction, if it reads anything for that: a repeat is found out
 * before it is judged by what the first one left, and nobody is looked up twice.
 */
static int
plan_open(struct call *c, const struct resource *res, bool create, const char *id,
	  struct write **ret, struct err *err)
{
	int rc;

	c->opens = true;
	rc = write_plan(c, res, create, id, ret, err);
	c->opens = false;
	return rc ? one_drop(c) : 0;
}

static int
create_once(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct write *w;
	struct flush *f;

	if (plan_open(c, res, true, NULL, &w, err))
		return call_repeats(c, r, err) ? 0 : -1;
	f = one_begin(c);
	compose_write(w, f);
	return call_answer_made(c, f, w, r, err) ? write_failed(w, err) : 0;
}

int
resource_create(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	int rc = 0;

	if (call_op(res, OP_CREATE, err) || call_may(c, res->write, err))
		return -1;
	if (call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (res->create)
		return res->create(c, r, err);
	for (int try = 0;; try++) {
		if (try > 0)
			rc = one_open(c, call_begin(c), r, err);
		if (rc > 0 || (rc == 0 && create_once(res, c, r, err) == 0))
			return 0;
		if (!one_again(c, try, err))
			return -1;
	}
}

/* ---- a create that is taken back ---- */

static int
try_once(struct call *c, const struct resource *res, bool guards, struct write **ret,
	 struct err *err)
{
	struct write *w = of_call(c, res, true, NULL);
	struct flush *f;
	int rc;

	*ret = w;
	if (guards && body_guard(c, res, w->body, "", err))
		return one_drop(c);
	c->opens = true;
	rc = one_prepare(w, err);
	c->opens = false;
	if (rc)
		return one_drop(c);
	f = one_begin(c);
	compose_write(w, f);
	flush_try(f);
	return flush_run(f, err) ? write_failed(w, err) : 0;
}

int
write_try(struct call *c, const struct resource *res, bool guards, struct write **ret,
	  struct err *err)
{
	struct reply none = { 0 };
	int rc = 0;

	for (int try = 0;; try++) {
		if (try > 0)
			rc = one_open(c, call_begin(c), &none, err);
		if (rc == 0 && try_once(c, res, guards, ret, err) == 0)
			return 0;
		if (!one_again(c, try, err))
			return -1;
	}
}

int
resource_read(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	static const char *const known[] = { "fields", "expand", NULL };
	struct str fields = { 0 }, expand = { 0 };
	struct selection *s;
	struct flush *f;
	const char *id;
	int stmt;

	if (call_op(res, OP_READ, err) || call_may(c, res->read, err) ||
	    call_known_query(c, known, err))
		return -1;
	call_query(c, "fields", &fields);
	call_query(c, "expand", &expand);
	if (selection_make(c, res, fields, expand, true, "?", &s, err) || call_id(c, res, &id, err))
		return -1;
	f = call_begin_read(c);
	stmt = call_select_one(c, f, res, selection_sql(c, s), id, true);
	if (call_run(c, f, r, err))
		return -1;
	if (flush_rows(f, stmt) == 0)
		return call_not_found(res, err);
	r->status = 200;
	r->etag = call_etag(c->arena, flush_value(f, stmt, 0, 1));
	r->has_computed = s->computed;
	if (!s->computed && call_none_match(c, r->etag))
		r->status = 304;
	else
		r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

static int
needs_if_match(struct call *c, const char **ret_versions, struct err *err)
{
	bool sent;

	if (call_versions(c, &sent, ret_versions, err))
		return -1;
	if (!sent)
		return err_set(err, ERR_precondition_required,
			       "Send If-Match with the ETag that you have read.");
	return 0;
}

/* The row is locked before anything is decided, and what is read for that is read then. */
static int
lock_first(const struct resource *res, struct call *c, const char *id, const char *versions,
	   struct reply *r, struct err *err)
{
	struct flush *f = call_begin(c);
	int rc;

	compose_expect(f, c->arena, res, id, versions, res->archives, NULL);
	rc = one_open(c, f, r, err);
	if (rc < 0)
		call_current(c, res, id, err);
	return rc;
}

/*
 * What `prepare` refuses it has judged by what is there now. Who has sent a tag that is no longer
 * that has asked for something else: they are told so, and not that their fields are wrong.
 */
static int
stale_first(const struct resource *res, struct call *c, const char *id, const char *versions,
	    struct reply *r, struct err *err)
{
	struct err seen = { 0 };
	int rc;

	rc = lock_first(res, c, id, versions, r, &seen);
	if (rc > 0)
		return 0;
	if (rc == 0)
		return one_drop(c);
	if (seen.code == ERR_precondition_failed)
		*err = seen;
	return -1;
}

static int
update_once(const struct resource *res, struct call *c, const char *id, const char *versions,
	    bool locked, struct reply *r, struct err *err)
{
	struct write *w;
	struct flush *f;

	if (plan_open(c, res, false, id, &w, err)) {
		bool judged = w->sound && err_defs[err->code].status == 422;

		return judged && !locked ? stale_first(res, c, id, versions, r, err) : -1;
	}
	f = one_begin(c);
	compose_expect(f, c->arena, res, id, versions, res->archives, NULL);
	compose_write(w, f);
	if (call_answer(c, f, res, id, 200, r, err))
		return write_failed(w, err);
	return 0;
}

int
resource_update(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	const char *versions, *id;
	int rc = 0;

	if (call_op(res, OP_UPDATE, err) || call_may(c, res->write, err))
		return -1;
	if (call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (call_id(c, res, &id, err))
		return -1;
	if (body_guard(c, res, c->body, "", err) || needs_if_match(c, &versions, err))
		return -1;
	for (int try = 0;; try++) {
		if (try > 0)
			rc = lock_first(res, c, id, versions, r, err);
		if (rc > 0 || (rc == 0 && update_once(res, c, id, versions, try > 0, r, err) == 0))
			return 0;
		if (!one_again(c, try, err))
			return -1;
	}
}

void
one_remove(struct call *c, struct flush *f, const struct resource *res, const char *id)
{
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	if (res->archives) {
		sb_addf(&sb, "UPDATE %s t SET archived_at = clock_timestamp() WHERE t.id = $1",
			res->table);
		flush_addv(f, sb_z(&sb), id, FLUSH_END);
		compose_event(f, c->arena, res, id,
			      arena_printf(c->arena, "%s.archived", res->name), NULL);
		return;
	}
	/* The event first: it takes the version of a row that is there. */
	compose_event(f, c->arena, res, id, arena_printf(c->arena, "%s.deleted", res->name), NULL);
	if (res->external_ids)
		flush_addv(f, "DELETE FROM meta.external_id WHERE object_id = $1 AND resource = $2",
			   id, res->name, FLUSH_END);
	if (res->custom)
		flush_addv(f, "DELETE FROM meta.custom_value WHERE object_id = $1", id, FLUSH_END);
	sb_addf(&sb, "DELETE FROM %s t WHERE t.id = $1", res->table);
	flush_addv(f, sb_z(&sb), id, FLUSH_END);
}

int
resource_delete(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	const char *versions, *id;
	struct flush *f;

	if (call_op(res, OP_DELETE, err) || call_may(c, resource_perm(res, OP_DELETE), err))
		return -1;
	if (call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (res->remove)
		return res->remove(c, r, err);
	if (call_id(c, res, &id, err) || needs_if_match(c, &versions, err))
		return -1;
	f = call_begin(c);
	compose_expect(f, c->arena, res, id, versions, res->archives, NULL);
	one_remove(c, f, res, id);
	if (call_run(c, f, r, err)) {
		call_current(c, res, id, err);
		return -1;
	}
	r->status = 204;
	return 0;
}

void
one_restore(struct call *c, struct flush *f, const struct resource *res, const char *id)
{
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"WITH t AS (UPDATE %s t SET archived_at = NULL WHERE t.id = $1 RETURNING 1) "
		"SELECT api.expect((SELECT count(*) FROM t), 'ZB404', 'No such %s.')",
		res->table, res->name);
	flush_addv(f, sb_z(&sb), id, FLUSH_END);
	compose_event(f, c->arena, res, id, arena_printf(c->arena, "%s.restored", res->name), NULL);
}

int
resource_restore(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	const char *id;
	struct flush *f;

	if (!resource_restores(res) || call_op(res, OP_DELETE, err))
		return err_set(err, ERR_not_found, "Not found.");
	if (call_may(c, res->write, err) ||
	    call_known_query(c, (const char *const[]){ NULL }, err) ||
	    body_check(c, NULL, false, err) || call_id(c, res, &id, err))
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, res, id, err))
		return -1;
	one_restore(c, f, res, id);
	return call_answer(c, f, res, id, 200, r, err);
}

int
resource_action(const struct resource *res, const struct action *act, struct call *c,
		struct reply *r, struct err *err)
{
	(void)res;
	if (call_may(c, act->perm, err) ||
	    call_known_query(c, (const char *const[]){ NULL }, err) ||
	    body_check(c, act->in, true, err))
		return -1;
	return act->run(c, r, err);
}
