/*
 * routes.c - what the API says of events and jobs.
 *
 * Two views of one log: /v1/changes walks it from the oldest event on and always hands out a place
 * to go on from, also when there is nothing more for now; /v1/events shows the newest first.
 * Neither shows a transaction before it is surely finished, so that nobody who goes on from a place
 * ever misses what committed late. A place is (txid, event id), signed.
 */
#include <billfold/job/routes.h>

#include <billfold/resource/feed.h>

#define NIL_UUID  "00000000-0000-0000-0000-000000000000"
#define LAST_UUID "ffffffff-ffff-ffff-ffff-ffffffffffff"
#define LAST_TXID "18446744073709551615"

/* ---- the feed ---- */

static int
changes(struct call *c, struct reply *r, struct err *err)
{
	static const struct cursor start = { .id = NIL_UUID, .key = "0" };
	struct str context = feed_context(c, "changes", NULL);
	struct cursor at;
	struct flush *f;
	int stmt, n;

	if (feed_place(c, context, &start, &at, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f,
			  "SELECT txid, event_id, body FROM job.changes($1::xid8, $2::uuid, "
			  "$3::integer)",
			  at.key, at.id, feed_limit(c), FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	n = flush_rows(f, stmt);
	if (n > 0)
		at = (struct cursor){ .key = flush_value(f, stmt, n - 1, 0),
				      .id = flush_value(f, stmt, n - 1, 1) };
	feed_answer(c, f, stmt, 2, cursor_write(c, &at, context), r);
	return 0;
}

static int
events(struct call *c, struct reply *r, struct err *err)
{
	static const struct cursor start = { .id = LAST_UUID, .key = LAST_TXID };
	const char *object_id = call_query_text(c, "object_id"), *limit = feed_limit(c),
		   *next = NULL;
	struct str context = feed_context(c, "events", object_id);
	struct cursor at;
	struct flush *f;
	int stmt, n;

	if (feed_place(c, context, &start, &at, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f,
			  "SELECT txid, event_id, body FROM job.events($1::xid8, $2::uuid, "
			  "$3::uuid, $4::integer)",
			  at.key, at.id, object_id, limit, FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	n = flush_rows(f, stmt);
	if (feed_full(f, stmt, limit)) {
		at = (struct cursor){ .key = flush_value(f, stmt, n - 1, 0),
				      .id = flush_value(f, stmt, n - 1, 1) };
		next = cursor_write(c, &at, context);
	}
	feed_answer(c, f, stmt, 2, next, r);
	return 0;
}

/* ---- jobs ---- */

static int
system_jobs(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin_read(c);
	int stmt = flush_addv(f, "SELECT job.system()::text", FLUSH_END);

	if (call_run(c, f, r, err))
		return -1;
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

static int
jobs(struct call *c, struct reply *r, struct err *err)
{
	static const struct cursor start = { .id = LAST_UUID };
	const char *state = call_query_text(c, "state"), *kind = call_query_text(c, "kind"),
		   *limit = feed_limit(c);
	const char *states =
	    state ? arena_printf(c->arena, "{%s}", state) : "{scheduled,leased,dead}";
	struct str context =
	    feed_context(c, "jobs", arena_printf(c->arena, "%s|%s", states, kind ? kind : ""));
	const char *next = NULL;
	struct cursor at;
	struct flush *f;
	int stmt, n;

	if (feed_place(c, context, &start, &at, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, "SELECT id, body FROM job.list($1::text[], $2, $3::uuid, $4::integer)",
			  states, kind, at.id, limit, FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	n = flush_rows(f, stmt);
	if (feed_full(f, stmt, limit)) {
		at = (struct cursor){ .id = flush_value(f, stmt, n - 1, 0) };
		next = cursor_write(c, &at, context);
	}
	feed_answer(c, f, stmt, 1, next, r);
	return 0;
}

static int
job_id(struct call *c, struct uuid *ret, struct err *err)
{
	if (uuid_parse(c->param[0], ret))
		return 0;
	return err_set(err, ERR_not_found, "Not found.");
}

static int
job_get(struct call *c, struct reply *r, struct err *err)
{
	struct uuid id;
	struct flush *f;
	int stmt;

	if (job_id(c, &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, "SELECT job.show($1::uuid)::text", id.z, FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	if (!flush_value(f, stmt, 0, 0))
		return err_set(err, ERR_not_found, "Not found.");
	r->status = 200;
	r->body = flush_str(f, stmt, 0, 0);
	return 0;
}

static int
job_retry(struct call *c, struct reply *r, struct err *err)
{
	const char *params[1];
	struct uuid id;
	struct flush *f;

	if (job_id(c, &id, err) < 0)
		return -1;
	f = call_begin(c);
	flush_addv(f, "SELECT job.retry($1::uuid)", id.z, FLUSH_END);
	params[0] = id.z;
	return call_answer_json(c, f, "SELECT job.show($1::uuid)::text", 1, params, 200, r, err);
}

/* ---- what they take and give ---- */

static const char *const states[] = { "scheduled", "leased", "dead", NULL };

/* clang-format off */
static const struct field changes_query[] = { FEED_CURSOR_FIELD, FEED_LIMIT_FIELD, { 0 } };
static const struct field events_query[] = {
	{ .name = "object_id", .type = FT_UUID, .doc = "Only events of this object." },
	FEED_CURSOR_FIELD, FEED_LIMIT_FIELD, { 0 }
};
static const struct field jobs_query[] = {
	{ .name = "state", .type = FT_ENUM, .u.words = states, .doc = "Only jobs in this state; all that are not done without it." },
	{ .name = "kind", .type = FT_TEXT, .u.len = { 1, 63 }, .doc = "Only jobs of this kind.", .example = "send_document" },
	FEED_CURSOR_FIELD, FEED_LIMIT_FIELD, { 0 }
};

static const struct field event_fields[] = {
	{ .name = "event_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The event's own id: the same event is never told under another." },
	{ .name = "type", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 3, 100 }, .doc = "What happened: `invoice.finalized`." },
	{ .name = "also", .type = FT_TEXTS, .flags = FF_REQUIRED, .u.len = { 3, 100 }, .doc = "What else happened to the object in the same transaction." },
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What it happened to.", .example = "invoice" },
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The object's id." },
	{ .name = "account_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The customer that it is about." },
	{ .name = "version", .type = FT_INT, .flags = FF_REQUIRED, .doc = "The object's version after it." },
	{ .name = "actor", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 200 }, .doc = "Who did it." },
	{ .name = "request_id", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 200 }, .doc = "The request that led to it." },
	{ .name = "business_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "The tenant's business time." },
	{ .name = "recorded_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Real time." },
	{ .name = "payload", .type = FT_JSON, .flags = FF_REQUIRED, .doc = "What the type tells." },
	{ 0 }
};
static const struct field feed_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { event_fields, FEED_LIMIT_MAX }, .doc = "Oldest first." },
	{ .name = "next", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 1000 }, .doc = "Where to go on, now or later: never null." },
	{ 0 }
};
static const struct field events_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { event_fields, FEED_LIMIT_MAX }, .doc = "Newest first." },
	{ .name = "next", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "The next page; null on the last." },
	{ 0 }
};

static const struct field job_fields[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "`job`." },
	{ .name = "id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "Its id." },
	{ .name = "version", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Moves with every step." },
	{ .name = "created_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When it was asked for." },
	{ .name = "updated_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Its last step." },
	{ .name = "kind", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What is done.", .example = "send_document" },
	{ .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 300 }, .doc = "What it is done for; one job a kind and key." },
	{ .name = "state", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 20 }, .doc = "`scheduled`, `leased`, `done` or `dead`." },
	{ .name = "priority", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Smaller goes first." },
	{ .name = "run_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Not before this." },
	{ .name = "attempts", .type = FT_INT, .flags = FF_REQUIRED, .doc = "How often it was begun." },
	{ .name = "max_attempts", .type = FT_INT, .flags = FF_REQUIRED, .doc = "After so many it is dead." },
	{ .name = "lease_until", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "How long the worker that has it may be silent." },
	{ .name = "payload", .type = FT_JSON, .flags = FF_REQUIRED, .doc = "What the work needs to know." },
	{ .name = "last_error", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 2000 }, .doc = "Why the last attempt failed." },
	{ .name = "request_id", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 200 }, .doc = "The request that led to it." },
	{ .name = "finished_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "When it was done, or given up." },
	{ 0 }
};
static const struct field jobs_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { job_fields, FEED_LIMIT_MAX }, .doc = "Newest first." },
	{ .name = "next", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .u.len = { 1, 1000 }, .doc = "The next page; null on the last." },
	{ 0 }
};

static const struct field kind_fields[] = {
	{ .name = "kind", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What is done.", .example = "send_document" },
	{ .name = "program", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 63 }, .doc = "Which program serves it; null: none does." },
	{ .name = "every_s", .type = FT_INT, .flags = FF_NULLABLE, .doc = "A periodic duty's interval; 0: it waits for jobs." },
	{ .name = "beat_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "The last sign of life." },
	{ .name = "stale", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "No sign of life for two intervals, and nobody within a job." },
	{ .name = "alarm_raised_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "When the alarm was raised that has not been cleared." },
	{ .name = "alarm_raised_by", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 200 }, .doc = "The program that noticed." },
	{ .name = "backlog", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Jobs of this tenant that are due and wait." },
	{ .name = "later", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Jobs that are not due yet." },
	{ .name = "leased", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Jobs in work." },
	{ .name = "dead", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Jobs that were given up." },
	{ .name = "oldest", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "Since when the longest waiting one is due." },
	{ 0 }
};
static const struct field system_out[] = {
	{ .name = "data", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { kind_fields, 0 }, .doc = "By kind." },
	{ .name = "stale", .type = FT_INT, .flags = FF_REQUIRED, .doc = "How many kinds are stale." },
	{ .name = "dead", .type = FT_INT, .flags = FF_REQUIRED, .doc = "How many jobs are dead." },
	{ 0 }
};

const struct route job_routes[] = {
	{ .method = M_GET, .pattern = "/v1/changes", .perm = P_EVENT_READ, .query = changes_query, .out = feed_out,
	  .status = 200, .run = changes, .doc = "The durable feed of changes, oldest first; nothing is skipped. Of one object the higher `sequence` is the later: "
		"where two changes overlapped it may stand first." },
	{ .method = M_GET, .pattern = "/v1/events", .perm = P_EVENT_READ, .query = events_query, .out = events_out,
	  .status = 200, .run = events, .doc = "Events, newest first: a change is among them as soon as it is made. Who must miss none follows the feed of changes." },
	{ .method = M_GET, .pattern = "/v1/system/jobs", .perm = P_JOB_READ, .out = system_out, .status = 200,
	  .run = system_jobs, .doc = "Kinds of jobs with their heartbeats and backlogs." },
	{ .method = M_GET, .pattern = "/v1/jobs", .perm = P_JOB_READ, .query = jobs_query, .out = jobs_out, .status = 200,
	  .run = jobs, .doc = "Jobs that are not done." },
	{ .method = M_GET, .pattern = "/v1/jobs/{id}", .perm = P_JOB_READ, .out = job_fields, .status = 200, .run = job_get,
	  .doc = "One job." },
	{ .method = M_POST, .pattern = "/v1/jobs/{id}/retry", .perm = P_JOB_WRITE, .out = job_fields, .status = 200,
	  .run = job_retry, .doc = "Runs a dead job again, from its first attempt." },
	{ 0 }
};
/* clang-format on */
