/*
 * cli/operation.c - see operation.h.
 *
 * The operation is the tenant's like any other: it is seen in the API, and goes on when this
 * program is ended. Its actor is the operator.
 */
#include "operation.h"

#include "registry.h"

#include <billfold/base/uuid.h>

#include <sysexits.h>
#include <time.h>

enum { LOOK_MS = 200, TELL_MS = 2000, STUCK_MS = 15000 };

static void
every_right(struct perm_set *set)
{
	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		perm_add(set, p);
}

static void
free_statement_texts(void *texts)
{
	texts_free(texts);
}

int
operation_open(struct cli *c, const char *slug, struct operation_run *ret, struct err *err)
{
	struct db *db = cli_db(c);
	struct caller *who = &ret->call.who;
	struct flush *f;
	int t;

	*ret = (struct operation_run){ .app = { .db = db,
						.registry = &api_registry,
						.public_url = c->config.public_url,
						.texts = texts_new() },
				       .total = -1 };
	arena_defer(c->arena, free_statement_texts, ret->app.texts);
	if (cli_enter(c, db, slug, &f, err) < 0)
		return -1;
	t = flush_addv(f, "SELECT base.tenant_id()", FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	ret->call.arena = c->arena;
	ret->call.app = &ret->app;
	ret->call.method = M_POST;
	ret->call.path = "";
	uuid_parse(flush_str(f, t, 0, 0), &who->tenant);
	who->kind = ACTOR_WORKER;
	who->epoch = -1;
	snprintf(who->actor, sizeof(who->actor), "%s", c->actor);
	snprintf(who->request_id, sizeof(who->request_id), "%s", uuid_new_z(c->arena));
	every_right(&who->perms);
	return 0;
}

int
operation_started(struct operation_run *o, const struct reply *r, struct err *err)
{
	struct json_object *made;
	struct str id;

	if (jscan_parse(o->call.arena, r->body, &made, err) < 0)
		return -1;
	if (!jval_str(made, "id", &id))
		return err_set(err, ERR_internal, "The operation has no id.");
	o->id = str_dup(o->call.arena, id);
	o->state = "pending";
	return 0;
}

/* ---- waiting ---- */

static void
sleep_ms(int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static int
look(struct operation_run *o, const char **ret_rate, struct arena *a, struct err *err)
{
	struct flush *f = flush_new(o->app.db, a);
	int s;

	enter_add_read(f, &o->call.who);
	s = flush_addv(f,
		       "SELECT state, total, done, failed, rate FROM meta.operation_view "
		       "WHERE id = $1::uuid",
		       o->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (!flush_rows(f, s))
		return err_set(err, ERR_not_found, "The operation is gone.");
	o->state = arena_strdup(o->call.arena, flush_value(f, s, 0, 0));
	o->total = flush_value(f, s, 0, 1) ? flush_int(f, s, 0, 1) : -1;
	o->done = flush_int(f, s, 0, 2);
	o->failed = flush_int(f, s, 0, 3);
	*ret_rate = flush_value(f, s, 0, 4);
	return 0;
}

static bool
has_ended(const char *state)
{
	return strcmp(state, "pending") != 0 && strcmp(state, "running") != 0;
}

static void
tell_progress(struct cli *c, const struct operation_run *o, const char *what, const char *rate)
{
	char of[32] = "";

	if (o->total >= 0)
		snprintf(of, sizeof(of), " of %lld", (long long)o->total);
	cli_progress(c, "%s: %lld%s%s%s%s", what, (long long)(o->done + o->failed), of,
		     o->failed ? ", some failed" : "", rate ? ", a second: " : "",
		     rate ? rate : "");
}

int
operation_wait(struct cli *c, struct operation_run *o, const char *what, struct err *err)
{
	int told = 0;

	if (cli_given(c, "no-wait"))
		return 0;
	for (int ms = 0;; ms += LOOK_MS) {
		struct arena *a = arena_new(0);
		const char *rate = NULL;
		int rc = look(o, &rate, a, err);

		if (rc == 0 && !has_ended(o->state)) {
			if (ms - told >= TELL_MS) {
				tell_progress(c, o, what, rate);
				told = ms;
			}
			if (ms == STUCK_MS && strcmp(o->state, "pending") == 0)
				cli_progress(c,
					     "%s: nobody has begun it: does billfold-invoiced run? "
					     "`billfold doctor' tells",
					     what);
		}
		arena_free(a);
		if (rc < 0)
			return -1;
		if (has_ended(o->state))
			return 0;
		sleep_ms(LOOK_MS);
	}
}

/* ---- telling ---- */

static const struct cli_column columns[] = {
	{ "operation", CLI_TEXT, false }, { "state", CLI_TEXT, false },
	{ "dry_run", CLI_BOOL, false },   { "total", CLI_INT, false },
	{ "done", CLI_INT, false },       { "created", CLI_INT, false },
	{ "updated", CLI_INT, false },    { "skipped", CLI_INT, false },
	{ "failed", CLI_INT, false },     { "error", CLI_JSON, true },
	{ NULL, CLI_TEXT, false },
};

int
operation_tell(struct cli *c, struct operation_run *o, struct err *err)
{
	struct flush *f = flush_new(o->app.db, c->arena);
	int s;

	enter_add_read(f, &o->call.who);
	s = flush_addv(f,
		       "SELECT id, state, dry_run, total, done, created, updated, skipped, failed, "
		       "error FROM meta.operation_view WHERE id = $1::uuid",
		       o->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	cli_result_row(c, columns, f, s);
	if (o->failed)
		c->status = EX_DATAERR;
	else if (strcmp(o->state, "failed") == 0 || strcmp(o->state, "cancelled") == 0)
		c->status = EXIT_FAILURE;
	return 0;
}

int
operation_refused(struct cli *c, struct operation_run *o, struct err *err)
{
	struct flush *f = flush_new(o->app.db, c->arena);
	int s;

	enter_add_read(f, &o->call.who);
	s = flush_addv(f,
		       "SELECT coalesce(error ->> 'detail', 'It was called off.') "
		       "FROM meta.operation_view WHERE id = $1::uuid",
		       o->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	return err_set(err, ERR_wrong_state, "Operation %s has %s: %s", o->id,
		       strcmp(o->state, "failed") == 0 ? "failed" : "been cancelled",
		       flush_rows(f, s) ? flush_value(f, s, 0, 0) : "it is gone.");
}
