/*
 * remind.c - reminders by the policy's days from the due date: planned when an invoice becomes
 * final, each put off to its hour, each asked for once more when it comes.
 *
 * An invoice has one schedule at a time, its next step; a step that was taken plans the one after
 * it. A plan is asked for at one moment and made at another: what was taken in between is not
 * planned again. plan_reminders works on a set (the invoices of a billing run), remind on the one
 * whose step is due. Mails themselves are deliveries of document; a step of an invoice goes to a
 * recipient once, whatever runs twice here.
 */
#include "facts.h"

enum { BATCH = 500, COL_TAKEN = FACTS_COLUMNS };

#define FIRST_ID   "00000000-0000-0000-0000-000000000000"
#define PLAN_FACTS "SELECT x.*, collect.taken_until(x.invoice_id) FROM "

static int
instant_member(struct job *j, const char *key, int64_t *ret, struct err *err)
{
	struct str s;

	if (jval_str(j->payload, key, &s) && instant_parse(s, ret))
		return 0;
	return err_set(err, ERR_validation_failed, "The job has no %s.", key);
}

/* ---- planning ---- */

/* "{…}" of the payload's invoice_ids, or NULL. */
static const char *
named(struct job *j)
{
	struct json_object *ids = jval_get(j->payload, "invoice_ids");
	struct pg_array *arr = pg_array_new(j->arena);

	if (!json_object_is_type(ids, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(ids); i++)
		pg_array_add(arr, json_object_get_string(json_object_array_get_idx(ids, i)));
	return pg_array_text(arr);
}

/* Which invoices: those that the payload names, or the next batch of an account's or of all. */
static int
read_batch(struct job *j, struct flush *f)
{
	const char *ids = named(j), *after_id = jval_strz(j->arena, j->payload, "after_id");

	if (ids)
		return flush_addv(f, PLAN_FACTS "collect.facts($1::uuid[]) x", ids, FLUSH_END);
	return flush_addv(f,
			  PLAN_FACTS
			  "collect.facts(ARRAY(SELECT open_after FROM "
			  "collect.open_after($1, $2, $3::integer))) x ORDER BY invoice_id",
			  jval_strz(j->arena, j->payload, "account_id"),
			  after_id ? after_id : FIRST_ID, int_text(j->arena, BATCH), FLUSH_END);
}

static void
add_plan(struct job *j, struct flush *f, const struct flush *read, int stmt, int64_t after)
{
	struct arena *a = j->arena;
	struct pg_array *ids = pg_array_new(a), *ats = pg_array_new(a), *steps = pg_array_new(a);

	for (int i = 0; i < flush_rows(read, stmt); i++) {
		struct dunning_step s = { 0 };
		int64_t from = after;
		struct facts x;
		bool any;

		facts_read(a, read, stmt, i, &x);
		if (flush_value(read, stmt, i, COL_TAKEN) &&
		    flush_int(read, stmt, i, COL_TAKEN) > from)
			from = flush_int(read, stmt, i, COL_TAKEN);
		any = x.open && x.worth && dunning_next_step(&x.policy, x.zone, x.due, from, &s);
		pg_array_add(ids, x.invoice_id);
		pg_array_add(ats, param_instant(a, any, s.at));
		pg_array_add(steps, any ? step_name(a, &s) : NULL);
	}
	flush_addv(f, "SELECT collect.plan($1, $2, $2, $3)", pg_array_text(ids), pg_array_text(ats),
		   pg_array_text(steps), FLUSH_END);
}

/* The next batch is a job of its own: none is long, and a killed one costs one batch. */
static void
add_next_batch(struct job *j, struct flush *f, const struct flush *read, int stmt)
{
	int n = flush_rows(read, stmt);
	struct str rest;
	const char *last;

	if (jval_get(j->payload, "invoice_ids") || n < BATCH)
		return;
	last = flush_value(read, stmt, n - 1, 0);
	json_object_object_add(j->payload, "after_id", json_object_new_string(last));
	job_add(f, "plan_reminders",
		arena_printf(j->arena, STR_FMT "#%s",
			     STR_ARG(str_cut(str_from(j->key), '#', &rest)), last),
		str_dup(j->arena, jval_text(j->arena, j->payload)), NULL);
}

static int
plan_run(struct job *j, struct err *err)
{
	struct flush *read = flush_new(j->db, j->arena), *f = flush_new(j->db, j->arena);
	int64_t after;
	int stmt;

	if (instant_member(j, "after", &after, err) < 0)
		return -1;
	enter_add_read(read, &j->who);
	stmt = read_batch(j, read);
	flush_commit(read);
	if (flush_run(read, err) < 0)
		return -1;
	enter_add(f, &j->who);
	add_plan(j, f, read, stmt, after);
	add_next_batch(j, f, read, stmt);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

/* ---- a step ---- */

static int
remind_run(struct job *j, struct err *err)
{
	struct arena *a = j->arena;
	struct flush *read = flush_new(j->db, a), *f = flush_new(j->db, a);
	const char *invoice = jval_strz(j->arena, j->payload, "invoice_id");
	struct dunning_turn t;
	struct facts x;
	int64_t from;
	int stmt;

	if (!invoice)
		return err_set(err, ERR_validation_failed, "The job names no invoice.");
	if (instant_member(j, "from", &from, err) < 0)
		return -1;
	enter_add_read(read, &j->who);
	stmt = dunning_read(read, invoice);
	flush_commit(read);
	if (flush_run(read, err) < 0)
		return -1;
	if (flush_rows(read, stmt) == 0)
		return 0;
	facts_read(a, read, stmt, 0, &x);
	dunning_turn(&x.policy, x.zone, x.due, from, x.now, facts_waiting(&x), &t);
	enter_add(f, &j->who);
	if (x.worth)
		flush_addv(
		    f, "SELECT collect.remind($1, $2, $3::integer, $4::boolean, $5, $6, $7, $8)",
		    invoice, x.policy_id,
		    t.act && !t.step.hand_over ? int_text(a, t.step.day) : NULL,
		    t.act && t.step.hand_over ? "true" : "false", param_day(a, true, x.today),
		    param_instant(a, t.again, t.next.at), param_instant(a, t.again, t.from),
		    t.again ? step_name(a, &t.next) : NULL, FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

const struct job_kind collect_mail_kinds[] = {
	{ .name = "plan_reminders",
	  .run = plan_run,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Plans the reminders of invoices that became final, or whose policy changed." },
	{ .name = "remind",
	  .run = remind_run,
	  .backoff_s = 2,
	  .backoff_max_s = 600,
	  .doc = "Takes the step of an invoice's reminders that is due: a mail, or hand-over." },
	{ 0 },
};
