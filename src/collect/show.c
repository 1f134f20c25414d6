/*
 * show.c - GET /v1/invoices/{id}/dunning: what was done to collect an invoice, what comes next by
 * itself, and whose it is.
 *
 * What was done is read; what is planned is decided here by the same functions that will decide it
 * when its day comes, so that what is shown is what happens unless something changes.
 */
#include "facts.h"
#include "show.h"

#include <billfold/billing.h>

static void
add_instant(struct arena *a, struct json_object *o, const char *key, int64_t at)
{
	json_object_object_add(o, key, json_object_new_string(param_instant(a, true, at)));
}

static struct json_object *
planned_retries(struct arena *a, const struct facts *x)
{
	struct json_object *list = json_object_new_array();
	bool runs = facts_running(x) && x->state == CASE_ACTIVE && x->has_plan && !x->paused &&
		    x->may_charge;

	for (size_t i = 0; runs && i < x->policy.n_retries; i++) {
		int64_t at = dunning_hour(x->zone, x->plan_from + x->policy.retry_days[i]);
		struct json_object *o;

		if (at <= x->now)
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "day", json_object_new_int(x->policy.retry_days[i]));
		add_instant(a, o, "at", at);
		json_object_array_add(list, o);
	}
	return list;
}

static void
add_steps(struct arena *a, struct json_object *body, const struct facts *x)
{
	struct json_object *list = json_object_new_array(), *o;
	int64_t after = x->now;
	struct dunning_step s;

	json_object_object_add(body, "planned_reminders", list);
	json_object_object_add(body, "hand_over_at", NULL);
	while (facts_running(x) && dunning_next_step(&x->policy, x->zone, x->due, after, &s)) {
		after = s.at;
		if (s.hand_over) {
			add_instant(a, body, "hand_over_at", s.at);
			continue;
		}
		o = json_object_new_object();
		json_object_object_add(o, "step", json_object_new_string(step_name(a, &s)));
		add_instant(a, o, "at", s.at);
		json_object_array_add(list, o);
	}
}

int
invoice_dunning(struct call *c, struct reply *r, struct err *err)
{
	struct json_object *body;
	struct facts x;
	struct flush *f;
	const char *id;
	int shown, stmt, rc;

	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = dunning_read(f, id);
	shown = flush_addv(f, "SELECT collect.invoice_dunning($1)::text", id, FLUSH_END);
	if ((rc = call_run(c, f, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (flush_value(f, shown, 0, 0) == NULL)
		return err_set(err, ERR_not_found, "No such invoice.");
	if (jscan_parse(c->arena, flush_str(f, shown, 0, 0), &body, err) < 0)
		return -1;
	if (flush_rows(f, stmt)) {
		facts_read(c->arena, f, stmt, 0, &x);
		json_object_object_add(body, "planned_retries", planned_retries(c->arena, &x));
		add_steps(c->arena, body, &x);
	}
	r->status = 200;
	r->has_computed = true;
	r->body = jval_text(c->arena, body);
	return 0;
}

/* clang-format off */
static const char *const states[] = { "none", "active", "held", "handed_over", "resolved", NULL };

static const struct field attempt_fields[] = {
	{ .name = "attempt_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The attempt." },
	{ .name = "source", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 20 }, .doc = "Who started it: customer, api, retry, schedule.", .example = "retry" },
	{ .name = "state", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 20 }, .doc = "What became of it.", .example = "succeeded" },
	{ .name = "decline_class", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 20 }, .doc = "soft, hard." },
	{ .name = "decline_code", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "The processor's reason." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "In minor units." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Business time." },
	{ 0 }
};
static const struct field sent_fields[] = {
	{ .name = "delivery_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The delivery." },
	{ .name = "step", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 60 }, .doc = "reminder:7, payment_failed:1.", .example = "reminder:7" },
	{ .name = "recipient", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 3, 254 }, .doc = "To whom." },
	{ .name = "state", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 20 }, .doc = "What became of it.", .example = "succeeded" },
	{ .name = "at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Business time." },
	{ .name = "sent_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "When the mail server took it, in real time." },
	{ 0 }
};
static const struct field retry_fields[] = {
	{ .name = "day", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Of the policy." },
	{ .name = "at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Business time." },
	{ 0 }
};
static const struct field reminder_fields[] = {
	{ .name = "step", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 40 }, .doc = "reminder:7.", .example = "reminder:7" },
	{ .name = "at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "Business time." },
	{ 0 }
};

const struct field invoice_dunning_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 40 }, .doc = "`invoice_dunning`." },
	{ .name = "invoice_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The invoice." },
	{ .name = "dunning_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Its case; null: it has none." },
	{ .name = "state", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = states, .doc = "Of the case." },
	{ .name = "step", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 40 }, .doc = "The last step that was taken.", .example = "reminder:7" },
	{ .name = "next_action", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 40 }, .doc = "What comes next by itself." },
	{ .name = "next_action_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "When, in business time." },
	{ .name = "owner_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Whose it is, or will be." },
	{ .name = "policy_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "The policy that holds." },
	{ .name = "awaits_method", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "There is no default method that may be charged by itself." },
	{ .name = "declines", .type = FT_INT, .flags = FF_REQUIRED, .doc = "How many charges were declined." },
	{ .name = "hold_reason", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 500 }, .doc = "Why it is held." },
	{ .name = "attempts", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { attempt_fields, 0 }, .doc = "Charges that were tried, oldest first." },
	{ .name = "sent", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { sent_fields, 0 }, .doc = "Mails about what is due, oldest first." },
	{ .name = "planned_retries", .type = FT_LIST, .u.of = { retry_fields, 0 }, .doc = "Tries still planned." },
	{ .name = "planned_reminders", .type = FT_LIST, .u.of = { reminder_fields, 0 }, .doc = "Reminders still planned." },
	{ .name = "hand_over_at", .type = FT_TIME, .flags = FF_NULLABLE, .doc = "When a person takes over what is unpaid then." },
	{ 0 }
};
/* clang-format on */
