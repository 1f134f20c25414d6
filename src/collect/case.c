/*
 * case.c - cases of dunning as the API shows them, and what a person does with one: hold and
 * release.
 *
 * Held or handed over, an invoice is quiet: nothing is charged or mailed by itself. Holding works
 * on an invoice that has no case yet, and opens one. Releasing plans what is still ahead: tries
 * where the plan stood still, reminders from the next day of the policy on.
 */
#include "facts.h"
#include "show.h"

#include <billfold/billing.h>

enum { TRIES = 4 };

static const char *const states[] = { "active", "held", "handed_over", "resolved", NULL };

/* Reads what an act on a case or on an invoice is decided on. 1: a repeat was answered. */
static int
read_facts(struct call *c, const char *sql, const char *id, struct facts *ret, struct reply *r,
	   struct err *err)
{
	struct flush *f = call_begin_read(c);
	int stmt = flush_addv(f, sql, id, FLUSH_END), rc;

	if ((rc = call_run(c, f, r, err)) != 0)
		return rc;
	return facts_one(c->arena, f, stmt, ret, err);
}

/* ---- hold ---- */

static int
hold(struct call *c, const char *sql, const char *id, struct reply *r, struct err *err)
{
	struct facts x;
	struct flush *f;
	int rc;

	for (int try = 0;; try++) {
		if ((rc = read_facts(c, sql, id, &x, r, err)) != 0)
			return rc < 0 ? -1 : 0;
		if (!x.case_id)
			x.case_id = uuid_new_z(c->arena);
		f = call_begin(c);
		if (call_if_match(c, f, &dunning_resource, x.case_id, err) < 0)
			return -1;
		flush_addv(f, "SELECT collect.hold($1, $2, $3, $4, $5)", x.invoice_id, x.policy_id,
			   x.case_id, call_body_text(c, "reason"),
			   param_day(c->arena, true, x.today), FLUSH_END);
		if (call_answer(c, f, &dunning_resource, x.case_id, 200, r, err) == 0)
			return 0;
		if (err->code != ERR_conflict || try == TRIES)
			return -1;
		err_clear(err);
	}
}

/* ---- release ---- */

static int
release(struct call *c, const char *sql, const char *id, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	struct dunning_step step = { 0 };
	bool goes_on, any_step;
	civil_day from, day = 0;
	struct facts x;
	struct flush *f;
	int rc;

	if ((rc = read_facts(c, sql, id, &x, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (!x.case_id)
		return err_set(err, ERR_not_found, "The invoice has no case.");
	from = facts_plan_from(&x);
	goes_on = x.has_plan && x.may_charge && x.worth &&
		  dunning_next_retry(&x.policy, from, x.today, &day);
	any_step = x.open && x.worth && dunning_next_step(&x.policy, x.zone, x.due, x.now, &step);
	f = call_begin(c);
	if (call_if_match(c, f, &dunning_resource, x.case_id, err) < 0)
		return -1;
	/* Where nothing may be charged, the plan stands still from today on. */
	flush_addv(f, "SELECT collect.release($1, $2, $3, $4, $5, $6)", x.invoice_id,
		   param_day(a, x.has_plan, from), param_day(a, x.has_plan && !goes_on, x.today),
		   param_instant(a, goes_on, dunning_hour(x.zone, day)),
		   param_instant(a, any_step, step.at), any_step ? step_name(a, &step) : NULL,
		   FLUSH_END);
	return call_answer(c, f, &dunning_resource, x.case_id, 200, r, err);
}

/* ---- by case, by invoice ---- */

#define FACTS_OF_CASE                                                                              \
	"SELECT * FROM collect.facts(ARRAY(SELECT d.invoice_id FROM collect.dunning_view d WHERE " \
	"d.id = $1))"
#define FACTS_OF_INVOICE "SELECT * FROM collect.facts(ARRAY[$1::uuid])"

static int
act(struct call *c, const struct resource *of,
    int (*what)(struct call *c, const char *sql, const char *id, struct reply *r, struct err *err),
    struct reply *r, struct err *err)
{
	const char *id;

	if (call_id(c, of, &id, err) < 0)
		return -1;
	return what(c, of == &dunning_resource ? FACTS_OF_CASE : FACTS_OF_INVOICE, id, r, err);
}

static int
case_hold(struct call *c, struct reply *r, struct err *err)
{
	return act(c, &dunning_resource, hold, r, err);
}

static int
case_release(struct call *c, struct reply *r, struct err *err)
{
	return act(c, &dunning_resource, release, r, err);
}

static int
invoice_hold(struct call *c, struct reply *r, struct err *err)
{
	return act(c, &invoice_resource, hold, r, err);
}

static int
invoice_release(struct call *c, struct reply *r, struct err *err)
{
	return act(c, &invoice_resource, release, r, err);
}

/* clang-format off */
static const struct field hold_in[] = {
	{ .name = "reason", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 500 }, .doc = "Why: for your people." },
	{ 0 }
};

static const struct field case_fields[] = {
	{ .name = "invoice_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_FILTER, .u.ref = "invoice", .doc = "What is due." },
	{ .name = "account_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_FILTER, .u.ref = "account", .doc = "Who owes it." },
	{ .name = "policy_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_FILTER, .u.ref = "dunning_policy",
	  .doc = "The policy that it follows, the one that held when it was opened." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_READ_ONLY | FF_FILTER, .u.words = states,
	  .doc = "Held or handed over: nothing is charged or mailed by itself until it is released." },
	{ .name = "step", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 40 },
	  .doc = "The last step that was taken: decline:2, reminder:7, hand_over.", .example = "reminder:7" },
	{ .name = "declines", .type = FT_INT, .flags = FF_READ_ONLY, .doc = "How many charges were declined." },
	{ .name = "reminders", .type = FT_INT, .flags = FF_READ_ONLY, .doc = "How many reminders were sent since it was opened." },
	{ .name = "first_declined_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "Day of the first decline, which the tries are counted from." },
	{ .name = "next_action", .type = FT_TEXT, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 40 },
	  .doc = "What comes next by itself: retry, reminder:7, hand_over.", .example = "reminder:14" },
	{ .name = "next_action_at", .type = FT_TIME, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .doc = "When, in business time." },
	{ .name = "awaits_method", .type = FT_BOOL, .flags = FF_COMPUTED | FF_READ_ONLY,
	  .doc = "The account has no default method that may be charged by itself." },
	{ .name = "hold_reason", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE, .u.len = { 1, 500 }, .doc = "Why it is held." },
	{ .name = "owner_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.ref = "user",
	  .doc = "Whose it is: the account's owner, else the policy's collector." },
	{ 0 }
};

static const struct action case_actions[] = {
	{ .name = "hold", .perm = P_COLLECT_WRITE, .in = hold_in, .run = case_hold,
	  .doc = "Nothing is charged or mailed by itself until it is released." },
	{ .name = "release", .perm = P_COLLECT_WRITE, .run = case_release,
	  .doc = "Goes on by itself: tries where the plan stood still, reminders from the next one on." },
	{ 0 }
};
/* clang-format on */

const struct resource dunning_resource = {
	.name = "dunning",
	.module = "collection",
	.path = "dunning",
	.table = "collect.dunning",
	.view = "collect.dunning_view",
	.ops = OP_READ_ONLY,
	.read = P_INVOICE_READ,
	.write = P_COLLECT_WRITE,
	.fields = case_fields,
	.actions = case_actions,
	.default_sort = "created_at,id",
	.doc = "An invoice in collection: declined charges, reminders, who takes over.",
};

const struct route collect_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/invoices/{id}/dunning",
	  .module = "collection",
	  .perm = P_INVOICE_READ,
	  .out = invoice_dunning_out,
	  .status = 200,
	  .run = invoice_dunning,
	  .doc = "What was done to collect an invoice, and what comes next by itself." },
	{ .method = M_POST,
	  .pattern = "/v1/invoices/{id}/dunning/hold",
	  .module = "collection",
	  .perm = P_COLLECT_WRITE,
	  .in = hold_in,
	  .shows = &dunning_resource,
	  .status = 200,
	  .run = invoice_hold,
	  .doc = "Holds the invoice's case; opens one where there is none." },
	{ .method = M_POST,
	  .pattern = "/v1/invoices/{id}/dunning/release",
	  .module = "collection",
	  .perm = P_COLLECT_WRITE,
	  .shows = &dunning_resource,
	  .status = 200,
	  .run = invoice_release,
	  .doc = "Releases the invoice's case." },
	{ 0 },
};
