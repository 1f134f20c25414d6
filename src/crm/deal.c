/*
 * deal.c - what was agreed, until it is won or lost.
 *
 * Winning is one transaction: state, event, and one job for the draft; of two clicks the second
 * finds the deal won. Reopening takes the draft with it while nothing is final.
 */
#include "deal_line.h"

static const char *const deal_states[] = { "open", "won", "lost", NULL };
static const char *const billing_states[] = { "none",           "pending", "draft", "invoiced",
					      "partially_paid", "paid",    NULL };

static const struct field deal_fields[] = {
	{ .name = "name",
	  .type = FT_TEXT,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .doc = "What the deal is called.",
	  .example = "Two boilers for the season" },
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The customer; needed to win." },
	{ .name = "contact_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .u.ref = "contact",
	  .doc = "Who decides." },
	{ .name = "location_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .u.ref = "location",
	  .doc = "Where it is delivered; handed on to the invoice." },
	{ .name = "pipeline_id",
	  .type = FT_REF,
	  .flags = FF_FILTER,
	  .u.ref = "pipeline",
	  .doc = "The tenant's first pipeline where not given." },
	{ .name = "stage_id",
	  .type = FT_REF,
	  .flags = FF_FILTER,
	  .u.ref = "stage",
	  .doc = "A stage of that pipeline; its first where not given." },
	{ .name = "position",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "Order within the stage, by bytes.",
	  .example = "a0" },
	{ .name = "owner_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "user",
	  .doc = "Who works on it." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_NULLABLE,
	  .doc = "Currency of its prices; else the account's." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "Net value in minor units: the sum of the lines, or set by hand while there are "
		 "none.",
	  .example = "" },
	{ .name = "discount_percent",
	  .type = FT_DECIMAL,
	  .flags = FF_NULLABLE,
	  .u.num = { 0, 100 },
	  .doc = "Discount on the whole, in percent, split over the lines of the draft." },
	{ .name = "engaged_on",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE,
	  .doc = "Day of first contact." },
	{ .name = "expected_close_date",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "Day by which it should be decided." },
	{ .name = "closed_on",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "Day on which it was won or lost." },
	{ .name = "supply_date",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE,
	  .doc = "Day of delivery: the invoice's tax point." },
	{ .name = "po_number",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "The customer's purchase order." },
	{ .name = "notes",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 20000 },
	  .doc = "For your people." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = deal_states,
	  .doc = "Moved by win, lose and reopen." },
	{ .name = "won_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY,
	  .doc = "Business time of the win." },
	{ .name = "lost_reason",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 0, 1000 },
	  .doc = "Why it was lost." },
	{ .name = "billing_status",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = billing_states,
	  .doc = "How far its billing has come." },
	{ .name = "stage_entered_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY,
	  .doc = "Since when it has been in its stage." },
	{ .name = "invoices",
	  .type = FT_REF_LIST,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .doc = "Ids of its invoices, drafts too." },
	{ .name = "subscriptions",
	  .type = FT_REF_LIST,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .doc = "Ids of its subscriptions." },
	{ 0 }
};

static const struct child deal_children[] = { { .name = "lines",
						.resource = &deal_line_resource,
						.parent_column = "deal_id",
						.writable = true,
						.ordered = true,
						.max = 5000 },
					      { 0 } };

static const struct field win_in[] = { { .name = "closed_on",
					 .type = FT_DATE,
					 .flags = FF_NULLABLE,
					 .doc =
					     "Day of closing; the business day where not given." },
				       { 0 } };

static const struct field lose_in[] = { { .name = "reason",
					  .type = FT_TEXT,
					  .flags = FF_NULLABLE,
					  .u.len = { 1, 1000 },
					  .doc = "Why it was lost." },
					{ .name = "closed_on",
					  .type = FT_DATE,
					  .flags = FF_NULLABLE,
					  .doc =
					      "Day of closing; the business day where not given." },
					{ 0 } };

/* What lines leave out is their products'; what they come to, once they are in, is the deal's
 * amount. */
static int
deal_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *amount;

	if (deal_lines_complete(c, w, err) < 0)
		return -1;
	write_after_each(w, "SELECT crm.deal_settle($1, $2)", w->id,
			 write_value(w, "amount", &amount) ? "true" : "false", FLUSH_END);
	return 0;
}

static int
deal_win(struct call *c, struct reply *r, struct err *err)
{
	const char *id;
	struct flush *f;

	if (call_id(c, &deal_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &deal_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT crm.deal_win_one($1, $2)", id, call_body_text(c, "closed_on"),
		   FLUSH_END);
	return call_answer(c, f, &deal_resource, id, 200, r, err);
}

static int
deal_lose(struct call *c, struct reply *r, struct err *err)
{
	const char *id;
	struct flush *f;

	if (call_id(c, &deal_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &deal_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT crm.deal_lose(ARRAY[$1::uuid], $2, $3)", id,
		   call_body_text(c, "reason"), call_body_text(c, "closed_on"), FLUSH_END);
	return call_answer(c, f, &deal_resource, id, 200, r, err);
}

/*
 * What refuses is asked first, so that a set is tried without those. refusals: a function of these
 * deals. *ret_ids: the others.
 */
static int
judge_set(struct call *c, struct action_set *s, const char *refusals, const char **ret_ids,
	  struct err *err)
{
	struct pg_array *all = pg_array_new(c->arena), *ids = pg_array_new(c->arena);
	struct flush *f = call_begin_aside(c);
	int stmt;

	for (size_t i = 0; i < s->n; i++)
		pg_array_add(all, s->ids[i]);
	stmt = flush_addv(f, refusals, pg_array_text(all), FLUSH_END);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(f, stmt); i++) {
		struct err *e = &s->refused[flush_int(f, stmt, i, 0) - 1];

		err_set(e, err_by_sqlstate(flush_value(f, stmt, i, 1)), "%s",
			flush_value(f, stmt, i, 2));
		if (flush_value(f, stmt, i, 3))
			err_field(e, c->arena, flush_value(f, stmt, i, 3),
				  e->code == ERR_wrong_state ? "wrong_state" : "required", "%s",
				  flush_value(f, stmt, i, 2));
	}
	for (size_t i = 0; i < s->n; i++) {
		if (s->refused[i].code == ERR_none)
			pg_array_add(ids, s->ids[i]);
	}
	*ret_ids = pg_array_text(ids);
	return 0;
}

static int
deal_win_set(struct call *c, struct action_set *s, struct err *err)
{
	const char *ids;

	if (judge_set(c, s,
		      "SELECT array_position($1::uuid[], r.id), r.sqlstate, r.detail, r.pointer "
		      "FROM crm.deal_win_refusals($1::uuid[]) r",
		      &ids, err) < 0)
		return -1;
	flush_addv(s->flush,
		   "SELECT base.raise(w.sqlstate, w.detail) FROM crm.deal_win($1::uuid[], $2) w",
		   ids, call_body_text(c, "closed_on"), FLUSH_END);
	return 0;
}

static int
deal_lose_set(struct call *c, struct action_set *s, struct err *err)
{
	const char *ids;

	if (judge_set(c, s,
		      "SELECT array_position($1::uuid[], r.id), r.sqlstate, r.detail, r.pointer "
		      "FROM crm.deal_lose_refusals($1::uuid[]) r",
		      &ids, err) < 0)
		return -1;
	flush_addv(s->flush, "SELECT crm.deal_lose($1::uuid[], $2, $3)", ids,
		   call_body_text(c, "reason"), call_body_text(c, "closed_on"), FLUSH_END);
	return 0;
}

static int
deal_reopen(struct call *c, struct reply *r, struct err *err)
{
	const char *id;
	struct flush *f;

	if (call_id(c, &deal_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &deal_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT crm.deal_reopen($1)", id, FLUSH_END);
	return call_answer(c, f, &deal_resource, id, 200, r, err);
}

static const struct action deal_actions[] = {
	{ .name = "win",
	  .perm = P_DEAL_WRITE,
	  .in = win_in,
	  .run = deal_win,
	  .run_set = deal_win_set,
	  .doc = "Marks the deal won; its draft invoice or subscription follows by itself." },
	{ .name = "lose",
	  .perm = P_DEAL_WRITE,
	  .in = lose_in,
	  .run = deal_lose,
	  .run_set = deal_lose_set,
	  .doc = "Marks the deal lost." },
	{ .name = "reopen",
	  .perm = P_DEAL_WRITE,
	  .run = deal_reopen,
	  .doc = "Takes a win or loss back; a draft goes with it, a final invoice forbids it." },
	{ 0 }
};

const struct resource deal_resource = {
	.name = "deal",
	.module = "deals",
	.path = "deals",
	.table = "crm.deal",
	.view = "crm.deal_view",
	.ops = OP_ALL,
	.read = P_DEAL_READ,
	.write = P_DEAL_WRITE,
	.fields = deal_fields,
	.children = deal_children,
	.actions = deal_actions,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.prepare = deal_prepare,
	.doc = "What a customer may buy, until it is won or lost.",
};
