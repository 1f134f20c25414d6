/*
 * billing_run.c - runs: the resource, how one is asked for, how what is due is shared out, and the
 * watch over what nobody has said.
 *
 * One is at work in a tenant at a time (a unique index). A schedule of the tenant's business time
 * asks for the next one; it is planned by whoever moves a bill date (billing.run_expect) and when a
 * run ends. Batches are jobs that all workers share, of a size that bounds their memory whatever
 * the run's.
 */
#include "batch.h"

#include <billfold/billing.h>
#include <billfold/resource/write.h>

enum { BATCH_SIZE = 500, BUSY_S = 2 };

static const char *const states[] = { "running", "finished", NULL };

/* clang-format off */
static const struct field run_fields[] = {
	{ .name = "as_of", .type = FT_DATE, .flags = FF_READ_ONLY,
	  .doc = "The tenant's day up to which it bills; each subscription by the clock of its account." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_READ_ONLY, .u.words = states, .doc = "running, finished." },
	{ .name = "due", .type = FT_INT, .flags = FF_READ_ONLY, .u.num = { 0, INT64_MAX },
	  .doc = "Subscriptions that were due when it began." },
	{ .name = "billed", .type = FT_INT, .flags = FF_COMPUTED | FF_READ_ONLY, .u.num = { 0, INT64_MAX },
	  .doc = "Documents made so far; a subscription that had missed bill dates has one for each." },
	{ .name = "parked", .type = FT_INT, .flags = FF_COMPUTED | FF_READ_ONLY, .u.num = { 0, INT64_MAX },
	  .doc = "Subscriptions that could not be billed and were set aside, with a task for somebody." },
	{ .name = "rate", .type = FT_DECIMAL, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Documents a second." },
	{ .name = "started_at", .type = FT_TIME, .flags = FF_READ_ONLY, .doc = "When it began." },
	{ .name = "finished_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When its last batch was done." },
	{ .name = "estimated_end", .type = FT_TIME, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When it will be, at this rate." },
	{ 0 }
};
/* clang-format on */

static int
run_create(struct call *c, struct reply *r, struct err *err)
{
	const char *id = uuid_new_z(c->arena);
	struct write *w;
	struct flush *f;

	if (c->raw_body.len == 0)
		c->body = jval_own(c->arena, json_object_new_object());
	if (call_may(c, P_INVOICE_FINALIZE, err) < 0 ||
	    write_plan(c, &billing_run_resource, true, id, &w, err) < 0)
		return -1;
	f = call_begin(c);
	flush_addv(f, "SELECT billing.run_start($1)", id, FLUSH_END);
	return call_answer(c, f, &billing_run_resource, id, 201, r, err);
}

const struct resource billing_run_resource = {
	.name = "billing_run",
	.module = "subscriptions",
	.path = "billing_runs",
	.table = "billing.billing_run",
	.view = "billing.billing_run_view",
	.ops = OP_CREATE | OP_READ | OP_LIST,
	.read = P_INVOICE_READ,
	.write = P_INVOICE_FINALIZE,
	.fields = run_fields,
	.default_sort = "created_at,id",
	.create = run_create,
	.doc = "Bills all subscriptions that are due: by itself when a bill date comes, or when "
	       "asked for.",
};

int
subscription_release(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &subscription_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT billing.subscription_release($1)", id, FLUSH_END);
	return call_answer(c, f, &subscription_resource, id, 200, r, err);
}

/* ---- jobs ---- */

int
billing_run_begin(struct job *j, struct err *err)
{
	const char *asked = member_text(j->arena, j->payload, "billing_run_id");
	struct flush *f = flush_new(j->db, j->arena);
	int stmt;

	enter_add(f, &j->who);
	stmt = flush_addv(f, "SELECT billing.run_begin($1, $2, $3)",
			  asked ? asked : uuid_new_z(j->arena), asked ? "t" : "f",
			  int_text(j->arena, BATCH_SIZE), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	/* What has become due since the other one looked is billed after it. */
	return flush_bool(f, stmt, 0, 0)
		   ? 0
		   : job_defer(j, BUSY_S, "Another billing run is at work.", err);
}

int
billing_run_watch(struct job *j, struct err *err)
{
	struct flush *doors = flush_new(j->db, j->arena);
	int stmt = flush_addv(doors, "SELECT billing.door_due()", FLUSH_END), rc = 0;

	if (flush_run(doors, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(doors, stmt); i++) {
		struct flush *f = flush_new(j->db, j->arena);
		struct caller who;

		caller_worker(&who, flush_value(doors, stmt, i, 0), "invoiced", NULL);
		enter_add(f, &who);
		flush_addv(f, "SELECT billing.run_watch()", FLUSH_END);
		flush_commit(f);
		if (flush_run(f, err) < 0)
			rc = -1; /* one tenant keeps no other from being looked at */
	}
	return rc;
}
