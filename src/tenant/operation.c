/*
 * operation.c - long work, as whoever asked for it sees it.
 *
 * A request makes the operation and its job in one transaction and answers 202; a worker moves it
 * on. Cancelling asks: the worker looks before each step.
 */
#include <billfold/tenant.h>

static const char *const states[] = { "pending", "running", "done", "failed", "cancelled", NULL };

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
	flush_addv(f, "SELECT meta.cancel_operation($1::uuid, $2::boolean)", id,
		   perm_has(&c->who.perms, P_JOB_WRITE) ? "true" : "false", FLUSH_END);
	return call_answer(c, f, &operation_resource, id, 202, r, err);
}

static const struct field operation_fields[] = {
	{ .name = "kind",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "What is done." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = states,
	  .doc = "Where it stands." },
	{ .name = "actor",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 200 },
	  .doc = "Who asked for it." },
	{ .name = "total",
	  .type = FT_INT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Steps in all, once known." },
	{ .name = "done", .type = FT_INT, .flags = FF_READ_ONLY, .doc = "Steps that are done." },
	{ .name = "failed", .type = FT_INT, .flags = FF_READ_ONLY, .doc = "Steps that failed." },
	{ .name = "rate",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 30 },
	  .doc = "Steps a second, a decimal, while it runs." },
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
	.doc = "Long work: imports, exports, billing runs, clock moves.",
};
