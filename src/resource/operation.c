/*
 * operation.c - long work, as whoever asked for it sees it.
 *
 * A request makes the operation and its job in one transaction and answers 202; a worker moves it
 * on. Cancelling asks: the worker looks before each step. That there is work, and how far it has
 * come, is seen by who asked, by whoever may read what it works on, and by who sees all jobs; what
 * came of it is for who asked and for whoever has the rights that it took.
 */
#include "compose.h"
#include "work.h"

#include <billfold/auth/caller.h>
#include <billfold/resource/filter.h>

static const char *const states[] = { "pending", "running", "done", "failed", "cancelled", NULL };

int
operation_access_add(struct flush *f, const char *id)
{
	return flush_addv(f,
			  "SELECT o.actor, o.params ->> 'needs' FROM meta.operation o WHERE o.id = "
			  "$1",
			  id, FLUSH_END);
}

int
operation_access_check(const struct call *c, const struct flush *f, int stmt, struct err *err)
{
	struct perm_set needs = { 0 };

	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such operation.");
	if (str_eqz(flush_str(f, stmt, 0, 0), c->who.actor))
		return 0;
	if (!flush_value(f, stmt, 0, 1))
		return call_may(c, P_JOB_READ, err);
	perms_from_scope(str_from(flush_value(f, stmt, 0, 1)), &needs);
	for (enum perm p = P_NONE + 1; p < P_MAX; p++) {
		if (perm_has(&needs, p) && call_may(c, p, err) < 0)
			return -1;
	}
	return 0;
}

static void
operation_seen(const struct call *c, struct sb *sb, struct sql_params *params)
{
	struct pg_array *kinds = pg_array_new(c->arena);

	if (perm_has(&c->who.perms, P_JOB_READ))
		return;
	for (const struct resource *const *p = c->app->registry->resources; *p; p++) {
		if ((*p)->read != P_NONE && perm_has(&c->who.perms, (*p)->read))
			pg_array_add(kinds, (*p)->name);
	}
	sb_addf(sb, " AND (v.actor = $%d OR v.resource = ANY ($%d::text[]))",
		sql_param(c->arena, params, c->who.actor),
		sql_param(c->arena, params, pg_array_text(kinds)));
}

/* What one does not see, one does not end. */
static void
expect_seen(const struct call *c, struct flush *f, const char *id)
{
	struct sql_params params = { 0 };
	struct sb sb;

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"SELECT api.expect((SELECT count(*) FROM meta.operation_view v WHERE v.id = $%d",
		sql_param(c->arena, &params, id));
	operation_seen(c, &sb, &params);
	sb_addz(&sb, "), 'ZB404', 'No such operation.')");
	flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
}

static int
operation_cancel(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &operation_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &operation_resource, id, err) < 0)
		return -1;
	if (!perm_has(&c->who.perms, P_JOB_WRITE))
		expect_seen(c, f, id);
	flush_addv(f, "SELECT meta.cancel_operation($1::uuid, $2::boolean)", id,
		   perm_has(&c->who.perms, P_JOB_WRITE) ? "true" : "false", FLUSH_END);
	return call_answer(c, f, &operation_resource, id, 202, r, err);
}

static const struct field operation_fields[] = {
	{ .name = "kind",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "What is done.",
	  .example = "bulk" },
	{ .name = "resource",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_FILTER | FF_NULLABLE,
	  .u.len = { 1, 50 },
	  .doc = "What it works on, where that is one resource." },
	{ .name = "action",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 63 },
	  .doc = "Of a bulk action: which." },
	{ .name = "dry_run",
	  .type = FT_BOOL,
	  .flags = FF_READ_ONLY,
	  .doc = "Everything is tried and nothing kept." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = states,
	  .doc = "Where it stands.",
	  .example = "done" },
	{ .name = "actor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 200 },
	  .doc = "Who asked for it." },
	{ .name = "total",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Steps in all, once known." },
	{ .name = "done",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "Steps that are done; of an import: created, updated and skipped." },
	{ .name = "failed", .type = FT_INT, .flags = FF_READ_ONLY, .doc = "Steps that failed." },
	{ .name = "created",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "Objects that an import made." },
	{ .name = "updated",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "Objects that it changed." },
	{ .name = "skipped",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY,
	  .doc = "Records that say what is stored already, or nothing." },
	{ .name = "rate",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 30 },
	  .doc = "Steps a second, a decimal, while it runs.",
	  .example = "120.5" },
	{ .name = "estimated_end",
	  .type = FT_TIME,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it should end, at this rate." },
	{ .name = "cancel_requested",
	  .type = FT_BOOL,
	  .flags = FF_READ_ONLY,
	  .doc = "Somebody asked for its end; what is done stays." },
	{ .name = "started_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When work began." },
	{ .name = "finished_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When work ended." },
	{ .name = "error",
	  .type = FT_JSON,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Why it failed." },
	{ .name = "result",
	  .type = FT_JSON,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "What came of it." },
	{ .name = "file_url",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "Where an export's file is, while it is kept." },
	{ 0 }
};

static const struct action operation_actions[] = {
	{ .name = "cancel",
	  .status = 202,
	  .run = operation_cancel,
	  .doc = "Ask for its end: one's own, or anybody's with job.write." },
	{ 0 }
};

const struct resource operation_resource = {
	.name = "operation",
	.path = "operations",
	.table = "meta.operation",
	.view = "meta.operation_view",
	.ops = OP_READ | OP_LIST,
	.fields = operation_fields,
	.actions = operation_actions,
	.default_sort = "created_at,id",
	.seen = operation_seen,
	.doc = "Long work: imports, exports, billing runs, clock moves. One's own, what is done to "
	       "objects that one may read, and with "
	       "job.read everybody's.",
};
