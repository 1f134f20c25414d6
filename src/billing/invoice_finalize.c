/*
 * invoice_finalize.c - a draft becomes a document.
 *
 * Two round trips of one transaction: the first holds the payer and the draft, and reads it, all
 * that it is computed from and what the payer has paid in advance; the second writes on condition
 * that these are still what was read: advances used, snapshots, journal entries, events, jobs, and
 * last but one the number.
 */
#include "approval.h"
#include "correction.h"
#include "invoice.h"

#include <billfold/auth/caller.h>

/* clang-format off */
const struct field finalize_in[] = {
	{ .name = "issue_date", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "Instead of the draft's; today where neither says." },
	{ .name = "due_date", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "Instead of the draft's; issue date and terms where neither says." },
	{ .name = "expected_total", .type = FT_MONEY, .flags = FF_SECRET,
	  .doc = "What total should come out; another one is refused." },
	{ 0 }
};
/* clang-format on */

int
finalize_check(struct arena *a, const struct draft *d, struct err *err)
{
	if (d->status != INVOICE_DRAFT && d->status != INVOICE_PENDING_APPROVAL)
		return err_set(err, ERR_wrong_state, "The invoice is %s already.",
			       invoice_status_words[d->status]);
	if (d->facts.closed)
		return err_set(err, ERR_account_closed, "The account is closed.");
	if (d->bill.n_lines == 0)
		err_field(err, a, "/lines", "required",
			  "A document without lines asks for nothing.");
	if (d->facts.po_required && !d->po_number && !d->facts.po_number)
		err_field(err, a, "/po_number", "required",
			  "The account requires a purchase order number.");
	if (d->bill.total < 0 && strcmp(d->kind, "credit") != 0 && strcmp(d->kind, "mixed") != 0)
		err_field(err, a, "/lines", "out_of_range", "The total must not be negative.");
	if (d->original && d->issue_date.set && d->issue_date.day < d->original->issued)
		err_field(err, a, "/issue_date", "out_of_range",
			  "Must not be before that of invoice %s.", d->original->number);
	correction_lacks(a, d, err);
	if (err->code != ERR_none)
		return -1;
	if (!d->facts.has_contact)
		return err_set(err, ERR_billing_contact_missing,
			       "The account has no contact with the role billing.");
	/* Of one that is stored the database knows who has approved it. */
	if (d->fresh && approval_needed(d).people)
		return err_set(err, ERR_approval_required,
			       "It takes a review before it is final: make it a draft.");
	return 0;
}

int
finalize_dates(struct arena *a, struct draft *d, struct err *err)
{
	int64_t terms = d->terms_set ? d->terms : d->facts.terms;

	if (!d->issue_date.set)
		d->issue_date = (struct opt_day){ true, d->facts.today };
	if (d->original && d->issue_date.day < d->original->issued)
		d->issue_date.day = d->original->issued;
	if (draft_gives_back(d)) { /* nothing falls due */
		d->due_date = d->issue_date;
		d->terms = 0;
		return 0;
	}
	d->terms = terms;
	if (!d->due_date.set) {
		d->due_date.set = true;
		return terms_due_date(d->issue_date.day, terms, &d->due_date.day, err);
	}
	if (d->due_date.day < d->issue_date.day)
		return err_field(err, a, "/due_date", "out_of_range",
				 "Must not be before the issue date.");
	return 0;
}

int
finalize_posting(const struct draft *d, const struct credit_settled *settled, struct posting *ret,
		 bool *ret_converted, struct err *err)
{
	struct posting_amounts m = { .net = d->bill.net_total,
				     .tax = d->bill.tax_total,
				     .rounding = d->bill.rounding,
				     .payable = d->bill.payable,
				     .applied = -settled->due,
				     .unapplied = -settled->excess };
	enum posting_event event =
	    d->bill.payable < 0 ? POST_CREDIT_FINALIZED : POST_INVOICE_FINALIZED;

	*ret_converted = draft_converts(d);
	if (posting_make(event, &m, ret, err) < 0)
		return -1;
	if (!*ret_converted)
		return 0;
	if (settled->valued)
		return posting_settle(ret, &settled->worth, err);
	return posting_convert(ret, d->exchange_rate, d->bill.exponent, d->facts.base_exponent,
			       err);
}

/* Parameters of billing.finalize, in its order; then the lines of its entries. */
enum {
	F_ID,
	F_VERSION,
	F_ISSUE,
	F_DUE,
	F_TERMS,
	F_SUBTOTAL,
	F_DISCOUNT,
	F_NET,
	F_TAX,
	F_TOTAL,
	F_ROUNDING,
	F_PAYABLE,
	F_PAID,
	F_STATUS,
	F_EXCHANGE_RATE,
	F_EXPIRED,
	F_ENTRY,
	FINALIZE_ARRAYS
};

static void
add_document(struct arena *a, struct pg_array **v, const struct draft *d, const char *entry)
{
	pg_array_add(v[F_ID], d->id);
	pg_array_add_int(v[F_VERSION], d->version);
	pg_array_add(v[F_ISSUE], day_text(a, d->issue_date.day));
	pg_array_add(v[F_DUE], day_text(a, d->due_date.day));
	pg_array_add_int(v[F_TERMS], d->terms);
	pg_array_add_int(v[F_SUBTOTAL], d->bill.subtotal);
	pg_array_add_int(v[F_DISCOUNT], d->bill.discount_total);
	pg_array_add_int(v[F_NET], d->bill.net_total);
	pg_array_add_int(v[F_TAX], d->bill.tax_total);
	pg_array_add_int(v[F_TOTAL], d->bill.total);
	pg_array_add_int(v[F_ROUNDING], d->bill.rounding);
	pg_array_add_int(v[F_PAYABLE], d->bill.payable);
	pg_array_add_int(v[F_PAID], d->final_paid);
	pg_array_add(v[F_STATUS], invoice_status_words[d->final_status]);
	pg_array_add(v[F_EXCHANGE_RATE],
		     d->exchange_rate_set ? decimal_text(a, d->exchange_rate) : NULL);
	pg_array_add(v[F_EXPIRED], d->exemption_expired ? "t" : "f");
	pg_array_add(v[F_ENTRY], entry);
}

/* Documents under composition: a set, and one is a set of one. */
struct finalizing {
	struct pg_array *v[FINALIZE_ARRAYS];
	struct posting_lines lines;
	stmt_vec before, after; /* of credits */
};

static void
finalizing_init(struct finalizing *k, struct arena *a)
{
	*k = (struct finalizing){ 0 };
	for (size_t i = 0; i < FINALIZE_ARRAYS; i++)
		k->v[i] = pg_array_new(a);
	posting_lines_init(&k->lines, a);
}

static int
finalizing_add(struct finalizing *k, struct arena *a, struct draft *d, struct advances *advances,
	       struct draft_stmt *ret_advances, struct err *err)
{
	struct invoice_amounts m = { .payable = d->bill.payable };
	struct credit_settled settled;
	struct posting posting;
	const char *entry;
	bool converted;

	/* What is refused takes nothing in advance from the others of its set. */
	if (finalize_dates(a, d, err) < 0 ||
	    credit_settle(a, d, &settled, &k->before, &k->after, err) < 0 ||
	    finalize_posting(d, &settled, &posting, &converted, err) < 0 ||
	    advances_take(a, advances, d, &m.paid, ret_advances, err) < 0 ||
	    status_derive(&m, &d->final_status, &d->final_due, err) < 0)
		return -1;
	d->final_paid = m.paid;
	d->final_settles = settled.due;
	d->final_left = settled.excess;
	entry = posting.n ? uuid_new_z(a) : NULL;
	add_document(a, k->v, d, entry);
	/* Base amounts of a document in base currency are SQL's to know. */
	posting_lines_add(&k->lines, &posting, entry, d->facts.account_id, d->facts.currency,
			  converted);
	return 0;
}

static struct draft_stmt
finalizing_end(struct finalizing *k, struct arena *a)
{
	struct draft_stmt s = {
		.sql = "SELECT billing.finalize($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		       "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
		.n = FINALIZE_ARRAYS + POSTING_ARRAYS,
		.params = arena_array(a, FINALIZE_ARRAYS + POSTING_ARRAYS, sizeof(const char *)),
	};

	for (size_t i = 0; i < FINALIZE_ARRAYS; i++)
		s.params[i] = pg_array_text(k->v[i]);
	for (size_t i = 0; i < POSTING_ARRAYS; i++)
		s.params[FINALIZE_ARRAYS + i] = pg_array_text(k->lines.v[i]);
	return s;
}

int
finalize_statements(struct arena *a, struct draft *d, struct advances *advances,
		    struct finalize_stmts *ret, struct err *err)
{
	struct finalizing k;

	finalizing_init(&k, a);
	if (finalizing_add(&k, a, d, advances, &ret->advances, err) < 0)
		return -1;
	ret->before = k.before;
	ret->final = finalizing_end(&k, a);
	ret->after = k.after;
	return 0;
}

int
finalize_may_refund(const struct call *c, const struct draft *d, struct err *err)
{
	if (!d->refund || !draft_gives_back(d))
		return 0;
	return call_may(c, P_REFUND, err) < 0 ? -1 : caller_step_up(&c->who, err);
}

int
finalize_prepare(struct call *c, struct draft *d, struct finalize_stmts *ret, struct err *err)
{
	struct advances none = { .payer = d->facts.account_id };

	if (finalize_may_refund(c, d, err) < 0 || finalize_check(c->arena, d, err) < 0)
		return -1;
	return finalize_statements(c->arena, d, &none, ret, err);
}

static void
add_stmt(struct flush *f, struct draft_stmt s)
{
	flush_add(f, s.sql, s.n, s.params);
}

static void
add_stmts(struct flush *f, const stmt_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		add_stmt(f, v->v[i]);
}

void
finalize_add(struct flush *f, const struct finalize_stmts *s)
{
	add_stmts(f, &s->before);
	add_stmt(f, s->final);
	add_stmts(f, &s->after);
}

/* ---- the action ---- */

/* What a draft names is what it is decided on. */
static int
attach_original(struct arena *a, struct draft *d, const struct flush *f, int stmt, struct err *err)
{
	if (originals_load(a, f, stmt, &d->originals, &d->n_originals, err) < 0)
		return -1;
	if (draft_credits(d))
		d->original = original_find(d->originals, d->n_originals, d->original_id);
	return 0;
}

/* 1: a repeat was answered. */
static int
read_draft(struct call *c, const char *id, struct draft *ret, struct advances **ret_advances,
	   struct reply *r, struct err *err)
{
	struct pg_array *ids = pg_array_new(c->arena);
	struct flush *f = call_begin(c);
	int stmt, advances, originals, rc;

	pg_array_add(ids, id);
	flush_addv(f, "SELECT billing.finalize_hold($1)", pg_array_text(ids), FLUSH_END);
	stmt =
	    flush_addv(f,
		       "SELECT id, version, facts::text FROM billing.invoice_facts($1, '{}', '{}')",
		       pg_array_text(ids), FLUSH_END);
	advances = advances_add_read(f, id);
	originals = originals_add_read_of(f, pg_array_text(ids));
	if ((rc = call_run_open(c, f, r, err)) != 0)
		return rc;
	if (flush_rows(f, stmt) == 0) {
		call_give_up(c);
		return err_set(err, ERR_not_found, "No such invoice.");
	}
	if (draft_load(c->arena, id, flush_int(f, stmt, 0, 1), flush_str(f, stmt, 0, 2), ret, err) <
		0 ||
	    attach_original(c->arena, ret, f, originals, err) < 0) {
		call_give_up(c);
		return -1;
	}
	*ret_advances = advances_load(c->arena, f, advances, ret->facts.account_id);
	return 0;
}

static void
take_day(struct json_object *body, const char *key, struct opt_day *ret)
{
	struct str s;

	if (jval_str(body, key, &s))
		ret->set = date_parse(s, &ret->day);
}

static int
decide(struct call *c, struct draft *d, struct err *err)
{
	if (d->number)
		return finalize_check(c->arena, d, err);
	take_day(c->body, "issue_date", &d->issue_date);
	take_day(c->body, "due_date", &d->due_date);
	if (finalize_may_refund(c, d, err) < 0 || draft_decide(c->arena, d, err) < 0 ||
	    finalize_check(c->arena, d, err) < 0)
		return -1;
	return draft_expect(d, c->body, err);
}

static int
write_final(struct call *c, struct draft *d, struct advances *advances, struct reply *r,
	    struct err *err)
{
	struct approvals approvals;
	struct finalize_stmts stmts;
	struct draft_stmt content;
	struct flush *f;

	if (finalize_statements(c->arena, d, advances, &stmts, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c);
	/* The payer has been held since it was read that there is nothing: there is nothing yet. */
	if (advances->n)
		flush_add(f, stmts.advances.sql, stmts.advances.n, stmts.advances.params);
	if (call_if_match(c, f, &invoice_resource, d->id, err) < 0) {
		call_give_up(c);
		return -1;
	}
	if (draft_content_changed(d)) {
		content = draft_content(c->arena, d, 1);
		flush_add(f, content.sql, content.n, content.params);
	}
	/* After its content is written: what it says is what must have been approved. */
	approvals_init(&approvals, c->arena);
	approvals_add(&approvals, d);
	approvals_expect(&approvals, f);
	finalize_add(f, &stmts);
	return call_answer(c, f, &invoice_resource, d->id, 200, r, err);
}

/* A refusal counts once the caller's version is the present one: else that is what they should
 * know. */
static int
refuse_current(struct call *c, const char *id, struct reply *r, struct err *err)
{
	struct err stale = { 0 };
	struct flush *f;

	if (c->if_match.len == 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &invoice_resource, id, &stale) < 0 ||
	    call_run(c, f, r, &stale) < 0) {
		call_current(c, &invoice_resource, id, &stale);
		*err = stale;
	}
	return -1;
}

int
invoice_finalize(struct call *c, struct reply *r, struct err *err)
{
	struct advances *advances = NULL;
	struct draft d;
	const char *id;
	int rc;

	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	if ((rc = read_draft(c, id, &d, &advances, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(c, &d, err) < 0) {
		call_give_up(c);
		return refuse_current(c, id, r, err);
	}
	return write_final(c, &d, advances, r, err);
}

/* ---- many at once ---- */

/* Facts of all that are there, by their place in the set; absent ones are refused. */
static int
read_set(struct call *c, struct action_set *s, struct draft *drafts, struct err *err)
{
	struct pg_array *ids = pg_array_new(c->arena);
	struct flush *f = call_begin_aside(c);
	int stmt, originals;

	for (size_t i = 0; i < s->n; i++) {
		pg_array_add(ids, s->ids[i]);
		err_set(&s->refused[i], ERR_not_found, "No such invoice.");
	}
	if (c->open)
		flush_addv(f, "SELECT billing.finalize_hold($1)", pg_array_text(ids), FLUSH_END);
	stmt = flush_addv(f,
			  "SELECT array_position($1::uuid[], i.id), i.version, i.facts::text FROM "
			  "billing.invoice_facts($1::uuid[], '{}', '{}') i",
			  pg_array_text(ids), FLUSH_END);
	originals = originals_add_read_of(f, pg_array_text(ids));
	if (call_run_aside(c, f, err) < 0)
		return -1;
	for (int r = 0; r < flush_rows(f, stmt); r++) {
		size_t i = (size_t)flush_int(f, stmt, r, 0) - 1;

		err_clear(&s->refused[i]);
		if (draft_load(c->arena, s->ids[i], flush_int(f, stmt, r, 1),
			       flush_str(f, stmt, r, 2), &drafts[i], err) < 0 ||
		    attach_original(c->arena, &drafts[i], f, originals, err) < 0)
			return -1;
	}
	return 0;
}

/* Those that lack an approval are refused, each for its reason. */
static int
judge_approvals(struct call *c, struct action_set *s, const struct draft *drafts,
		struct approvals *ret, struct err *err)
{
	size_t *at = arena_array(c->arena, s->n, sizeof(*at));
	struct approvals asked;
	struct flush *f;
	int stmt;

	approvals_init(&asked, c->arena);
	approvals_init(ret, c->arena);
	for (size_t i = 0; i < s->n; i++) {
		if (s->refused[i].code == ERR_none && approvals_add(&asked, &drafts[i]))
			at[asked.n - 1] = i;
	}
	if (asked.n == 0)
		return 0;
	f = call_begin_aside(c);
	stmt = approvals_read(&asked, f);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	for (int r = 0; r < flush_rows(f, stmt); r++)
		err_set(&s->refused[at[flush_int(f, stmt, r, 0) - 1]], ERR_approval_required, "%s",
			flush_value(f, stmt, r, 1));
	for (size_t k = 0; k < asked.n; k++) {
		if (s->refused[at[k]].code == ERR_none)
			approvals_add(ret, &drafts[at[k]]);
	}
	return 0;
}

/* Whether the set has held this payer, who has nothing in advance: nothing can come meanwhile. */
static bool
is_held(const struct advances *const *held, size_t n, const struct advances *s)
{
	for (size_t i = 0; s->n == 0 && i < n; i++) {
		if (held[i] == s)
			return true;
	}
	return false;
}

/* What they credit is held before any number is taken: payers, then documents, then series. */
static void
hold_originals(struct call *c, struct action_set *s, const struct draft *drafts)
{
	struct pg_array *ids = pg_array_new(c->arena);
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		pg_array_add(ids, s->ids[i]);
		any |= drafts[i].n_originals > 0;
	}
	if (any)
		flush_addv(s->flush, "SELECT billing.finalize_hold($1)", pg_array_text(ids),
			   FLUSH_END);
}

int
invoice_finalize_set(struct call *c, struct action_set *s, struct err *err)
{
	struct arena *a = c->arena;
	struct draft *drafts = arena_array(a, s->n, sizeof(*drafts));
	struct draft *changed = arena_array(a, s->n, sizeof(*changed));
	const struct advances **held = arena_array(a, s->n, sizeof(*held));
	size_t n_held = 0, n_changed = 0, n_final = 0;
	struct approvals approvals;
	struct finalizing k;

	finalizing_init(&k, a);
	if (read_set(c, s, drafts, err) < 0)
		return -1;
	hold_originals(c, s, drafts);
	for (size_t i = 0; i < s->n; i++) {
		if (s->refused[i].code == ERR_none)
			decide(c, &drafts[i], &s->refused[i]);
	}
	if (judge_approvals(c, s, drafts, &approvals, err) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		struct advances *advances;
		struct draft_stmt use;

		if (s->refused[i].code != ERR_none)
			continue;
		if (advances_read(c, drafts[i].facts.account_id, &advances, err) < 0)
			return -1;
		if (finalizing_add(&k, a, &drafts[i], advances, &use, &s->refused[i]) < 0)
			continue;
		if (!is_held(held, n_held, advances)) {
			add_stmt(s->flush, use);
			held[n_held++] = advances;
		}
		n_final++;
		if (draft_content_changed(&drafts[i]))
			changed[n_changed++] = drafts[i];
	}
	if (n_changed)
		add_stmt(s->flush, draft_content(a, changed, n_changed));
	approvals_expect(&approvals, s->flush);
	add_stmts(s->flush, &k.before);
	if (n_final)
		add_stmt(s->flush, finalizing_end(&k, a));
	add_stmts(s->flush, &k.after);
	return 0;
}
