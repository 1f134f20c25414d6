/*
 * subscription_amend.c - the actions `change` and `preview_change`: what a subscription is to
 * charge from a day on.
 *
 * The items are decided by subscription_alter.c, the document of subscription_change.c comes of
 * them. The preview is the same decision without its statements, and its token binds the change to
 * what it said.
 */
#include "subscription_change.h"
#include "subscription_phase.h"

#include <billfold/base/money.h>

/* clang-format off */
static const char *const effectives[] = { "now", "period_end", "phase_end", NULL };

static const struct field change_quantity_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of a charge of the plan." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many; what there is, else the plan's, where not given." },
	{ 0 }
};
static const struct field change_item_fields[] = {
	{ .name = "lineage", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The item that changes; a change keeps its lineage." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX }, .doc = "How many." },
	{ .name = "unit_price", .type = FT_DECIMAL, .u.num = { 0, MONEY_MAX }, .doc = "Major units an interval." },
	{ .name = "description", .type = FT_TEXT, .u.len = { 1, 2000 }, .doc = "What is charged." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, 100 }, .doc = "Discount on the item." },
	{ 0 }
};
const struct field subscription_change_in[] = {
	{ .name = "effective", .type = FT_ENUM, .u.words = effectives, .doc = "From today on (`now`, where nothing is said), from the next bill date, or from the next day on which something scheduled comes." },
	{ .name = "date", .type = FT_DATE, .doc = "Or from a day on, to come or past." },
	{ .name = "trial_end", .type = FT_DATE,
	  .doc = "The first day that is charged, of one that is tried: today ends its trial. Phases, term and end are counted from it." },
	{ .name = "plan_id", .type = FT_UUID, .doc = "Another plan, as it is on that day." },
	{ .name = "plan_code", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Or its code." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "Or the very version." },
	{ .name = "quantities", .type = FT_LIST, .u.of = { change_quantity_fields, 200 }, .doc = "How many of the plan's charges; others stay." },
	{ .name = "add_ons", .type = FT_LIST, .u.of = { change_quantity_fields, 200 }, .doc = "Add-ons that are taken besides, or in another number." },
	{ .name = "items", .type = FT_LIST, .u.of = { change_item_fields, 200 }, .doc = "Items that change." },
	{ .name = "remove", .type = FT_IDS, .doc = "Lineages of items that end." },
	{ .name = "phases", .type = FT_LIST, .u.of = { subscription_phase_fields, PHASES_MAX },
	  .doc = "Or what is charged from then on, one after the other, instead of all that it has and of all that is scheduled." },
	{ .name = "scheduled", .type = FT_ENUM, .u.words = scheduled_words,
	  .doc = "What becomes of a later change that is scheduled of the same: it still comes (`keep`: this one holds until its day), or all that is "
		 "scheduled is dropped. To be said where there is one; what is scheduled of other things stays." },
	{ .name = "coupons", .type = FT_TEXTS, .u.len = { 1, 100 }, .doc = "Codes of coupons that are taken besides; they lower the invoices of bill dates from the day on." },
	{ .name = "remove_discounts", .type = FT_IDS, .doc = "Ids of discounts that lower no bill date from the day on." },
	PREVIEW_TOKEN_IN,
	{ 0 }
};

/* clang-format on */

/* ---- what it is to be ---- */

/* The day from which it holds: of the body, else today; the next bill date where it says so. */
static int
change_day(struct amendment *m, struct err *err)
{
	struct call *c = m->c;
	struct str word = jval_str_of(c->body, "effective");
	civil_day first = m->s.anchor.set ? m->s.core.anchor : m->s.today;

	m->day = m->s.today;
	m->reason = "The subscription has changed.";
	if (jval_get(c->body, "date") && word.len)
		return err_field(err, c->arena, "/date", "conflict", "Either effective or date.");
	if (jval_get(c->body, "date"))
		(void)date_parse(jval_str_of(c->body, "date"), &m->day);
	else if (str_eqz(word, "period_end") &&
		 sub_next_bill(&m->s.core, m->s.today + 1, &m->day, err) < 0)
		return -1;
	else if (str_eqz(word, "phase_end"))
		m->day = schedule_next(&m->s, m->s.today);
	if (m->day == DAY_NEVER)
		return err_field(err, c->arena, "/effective", "out_of_range", "%s",
				 str_eqz(word, "phase_end")
				     ? "Nothing is scheduled."
				     : "No period follows the one that runs.");
	if (m->day < first && jval_get(c->body, "date"))
		return err_field(err, c->arena, "/date", "out_of_range",
				 "Must not be before the first day that is charged.");
	if (jval_get(c->body, "phases") && m->day < first) /* they follow the trial */
		m->day = first;
	if (m->s.end.set && m->day >= m->s.end.day)
		return err_field(err, c->arena, "/date", "out_of_range", "It has ended by then.");
	return 0;
}

/* ---- the actions ---- */

static int
new_term_end(const struct amendment *m, civil_day *ret, struct err *err)
{
	struct cycle c;
	int64_t term = m->s.term;

	if (sub_cycle(&m->is, &m->items[m->s.core.n_items], &c, err) < 0)
		return -1;
	*ret = date_boundary(c.anchor, c.unit, c.count, (int)term);
	return 0;
}

static int
set_terms(struct amendment *m, struct err *err)
{
	civil_day term_end;

	if (new_term_end(m, &term_end, err) < 0)
		return -1;
	m->s.term_end = (struct opt_day){ true, term_end };
	jw_kstr(&m->set, "term_end", day_text(m->a, term_end));
	if (m->s.auto_renew || m->s.cancelled)
		return 0;
	m->sets_end = true;
	m->is.end = schedule_last(m) < term_end ? schedule_last(m) : term_end;
	return 0;
}

static int
change_decide(struct amendment *m, struct err *err)
{
	if (strcmp(m->s.state, "active") != 0 && strcmp(m->s.state, "unpaid") != 0)
		return err_set(err, ERR_wrong_state, "A subscription that is %s does not change.",
			       m->s.state);
	if (amendment_items(m, err) < 0 || trial_move(m, err) < 0)
		return -1;
	/* Before what it charges: that is up to its end. */
	if (m->new_anchor && m->s.term && m->day <= m->s.today && set_terms(m, err) < 0)
		return -1;
	if (amendment_decide(m, err) < 0)
		return -1;
	/* Of one to come its day says so (subscription_step.c). */
	if (m->day <= m->s.today && (sub_names_plan(m->body) || jval_get(m->body, "phases"))) {
		jw_kstr(&m->set, "plan_id", member_text(m->a, m->plan, "id"));
		jw_kstr(&m->set, "plan_version_id", member_text(m->a, m->terms, "plan_version_id"));
	}
	amendment_set_end(m);
	amendment_set_next(m, m->change.next_bill);
	m->event = "subscription.changed";
	return 0;
}

static const struct sub_act changing = { "change", change_day, change_decide };

int
subscription_change(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_do(c, &changing, r, err);
}

int
subscription_preview_change(struct call *c, struct reply *r, struct err *err)
{
	return sub_act_preview(c, &changing, r, err);
}
