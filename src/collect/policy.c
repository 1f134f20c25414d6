/*
 * policy.c - dunning policies: when to try again, when to remind, when a person takes over.
 *
 * A tenant always has one that is the default; an account may name another. Making one the default
 * takes it from the one that was; taking it away, or deleting it, is refused. A change of what is
 * planned by reaches the open invoices by a job: steps taken stay taken.
 */
#include <billfold/base/money.h>
#include <billfold/collect.h>
#include <billfold/resource/write.h>

static const char *const final_actions[] = { "none", "mark_unpaid", NULL };

/* clang-format off */
static const struct field threshold_fields[] = {
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .u.num = { 1, MONEY_MAX },
	  .doc = "In minor units." },
	{ 0 }
};

static const struct field policy_fields[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 },
	  .doc = "What you call it; unique within the tenant.", .example = "Key accounts" },
	{ .name = "is_default", .type = FT_BOOL,
	  .doc = "Holds for every account that names no other. Another one becomes the default by setting it there." },
	{ .name = "retry_days", .type = FT_INTS, .u.ints = { 1, 365, DUNNING_DAYS_MAX },
	  .doc = "Days after the first decline on which a method kept with consent is charged again; after the last decline a "
		 "person takes over. 1, 3, 5, 7 where not given.", .example = "[1,3,7]" },
	{ .name = "reminder_days", .type = FT_INTS, .u.ints = { -90, 365, DUNNING_DAYS_MAX },
	  .doc = "Days from the due date, negative before it, on which a reminder is mailed. -3, 0, 7, 14 where not given.", .example = "[-3,7,14]" },
	{ .name = "hand_over_day", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 0, 730 },
	  .doc = "Days from the due date, after the last reminder, on which a person takes over what is still unpaid; null: never by "
		 "date. A week after the last reminder where not given.", .example = "21" },
	{ .name = "thresholds", .type = FT_LIST, .u.of = { threshold_fields, 50 },
	  .doc = "By currency: what is due below it is neither charged again nor reminded of." },
	{ .name = "final_action", .type = FT_ENUM, .u.words = final_actions,
	  .doc = "What hand-over does to the subscription that the invoice bills." },
	{ .name = "collector_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "user",
	  .doc = "Whose the case is where the account has no owner." },
	{ 0 }
};
/* clang-format on */

enum { REST_DAYS = 7, FIRST_HAND_OVER = 21 };

/* A week after the last reminder that the body names. */
static void
default_hand_over(struct call *c, struct write *w)
{
	struct json_object *days = jval_get(w->body, "reminder_days");
	int64_t last = FIRST_HAND_OVER - REST_DAYS, day;
	size_t n = days ? json_object_array_length(days) : 0;

	if (jval_has(w->body, "hand_over_day"))
		return;
	for (size_t i = 0; i < n; i++) {
		if (jval_is_int(json_object_array_get_idx(days, i), &day) && (!i || day > last))
			last = day;
	}
	if (last < 0)
		last = 0;
	write_set(w, "hand_over_day", int_text(c->arena, last + REST_DAYS));
}

static int
check_thresholds(struct call *c, struct write *w, struct err *err)
{
	struct json_object *list = jval_get(w->body, "thresholds");
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct str code = jval_str_of(json_object_array_get_idx(list, i), "currency");

		for (size_t k = 0; k < i; k++) {
			if (str_eq(code,
				   jval_str_of(json_object_array_get_idx(list, k), "currency")))
				return write_refuse(w, err,
						    arena_printf(c->arena,
								 "/thresholds/%zu/currency", i),
						    "duplicate", "Named twice.");
		}
	}
	return 0;
}

static int
policy_prepare(struct call *c, struct write *w, struct err *err)
{
	static const char *const planned_by[] = { "reminder_days", "hand_over_day", "thresholds",
						  NULL };
	bool is_default = false, replan = false;

	if (check_thresholds(c, w, err) < 0)
		return -1;
	if (w->create)
		default_hand_over(c, w);
	if (jval_bool(w->body, "is_default", &is_default) && is_default) {
		write_before(w, "SELECT collect.make_default($1)", w->id, FLUSH_END);
		replan = true;
	}
	for (const char *const *m = planned_by; *m && !w->create; m++)
		replan = replan || jval_has(w->body, *m);
	if (replan)
		write_after(w, "SELECT collect.replan()", FLUSH_END);
	return 0;
}

const struct resource dunning_policy_resource = {
	.name = "dunning_policy",
	.module = "collection",
	.path = "dunning_policies",
	.table = "collect.policy",
	.view = "collect.policy_view",
	.ops = OP_ALL & ~OP_AGGREGATE,
	.read = P_INVOICE_READ,
	.write = P_COLLECT_WRITE,
	.fields = policy_fields,
	.default_sort = "created_at,id",
	.prepare = policy_prepare,
	.doc = "When a declined charge is tried again, when reminders go out, when a person takes "
	       "over.",
};

/* ---- an account names another policy ---- */

static int
account_prepare(struct call *c, struct write *w, struct err *err)
{
	(void)c;
	(void)err;
	if (!w->create && jval_has(w->body, "dunning_policy_id"))
		write_after(w, "SELECT collect.replan($1)", w->id, FLUSH_END);
	return 0;
}

/* ---- a tenant that switches collection off or on ---- */

static int
tenant_prepare(struct call *c, struct write *w, struct err *err)
{
	(void)c;
	(void)err;
	if (jval_has(jval_get(jval_get(w->body, "settings"), "modules"), "collection"))
		write_after(w, "SELECT collect.replan()", FLUSH_END);
	return 0;
}

const struct reaction collect_reactions[] = {
	{ "account", account_prepare },
	{ "tenant", tenant_prepare },
	{ NULL, NULL },
};
