/*
 * credit_act.c - a credit note of a final document in one call: `POST /v1/invoices/{id}/credit`,
 * its preview, and `/void` where that is the way.
 *
 * The first flush holds the payer and the original, and reads it with what its credit notes have
 * left; the figures are decided, and the second writes the credit note: a draft for others to look
 * at, or final at once. So of two people who credit at once each gets their turn, and neither more
 * than there is.
 */
#include "credit_note.h"
#include "invoice.h"

/* clang-format off */
static const struct field credit_line_in[] = {
	{ .name = "line_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "A line of the invoice." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE,
	  .doc = "So many of its units: their share of what the line charged, the last ones all that is left." },
	{ .name = "amount", .type = FT_MONEY,
	  .doc = "Or so much, with its tax, in minor units. Neither: all that is left of the line." },
	{ 0 }
};

const struct field credit_in[] = {
	{ .name = "lines", .type = FT_LIST, .u.of = { credit_line_in, LINES_MAX },
	  .doc = "What is given back, each line once; all that is left of all lines where not given." },
	{ .name = "reason", .type = FT_TEXT, .u.len = { 1, 1000 }, .doc = "Why; printed on the credit note." },
	{ .name = "settle", .type = FT_ENUM, .u.words = invoice_settles,
	  .doc = "What becomes of what had been paid: `credit`: the account's, its next invoices use it; `refund`: it goes back the way "
		 "it came, which takes the permission `payment.refund` when it becomes final." },
	{ .name = "issue_date", .type = FT_DATE, .doc = "Not before the invoice's; the day of finalizing where not given." },
	{ .name = "notes", .type = FT_TEXT, .u.len = { 0, 5000 }, .doc = "Printed on the credit note." },
	{ .name = "finalize", .type = FT_BOOL, .write = P_INVOICE_FINALIZE, .doc = "Make it final at once." },
	{ .name = "expected_total", .type = FT_MONEY, .flags = FF_SECRET,
	  .doc = "What total should come out, below zero; another one is refused." },
	{ 0 }
};
/* clang-format on */

/* ---- which lines, and how much of them ---- */

static void
ask_rest(struct draft_line *l, const struct original_line *of)
{
	struct credit left = credit_remaining(&of->left);

	l->original_quantity_set = of->left.by_quantity && of->left.quantity.coef > 0;
	l->original_quantity = decimal_int(0);
	if (l->original_quantity_set)
		l->original_quantity_set =
		    decimal_add(of->left.quantity, decimal_neg(of->left.credited_quantity),
				&l->original_quantity, NULL) == 0 &&
		    l->original_quantity.coef > 0;
	l->gross = left.net + left.tax;
}

static int
ask_line(struct arena *a, struct draft *d, size_t i, const struct original *o,
	 struct json_object *in, struct err *err)
{
	struct draft_line *l = &d->lines[i];
	const char *id = member_text(a, in, "line_id"), *at = arena_printf(a, "/lines/%zu", i);
	const struct original_line *of = original_line(o, id);
	bool amount = jval_int(in, "amount", &l->gross);

	*l = (struct draft_line){ .id = uuid_new_z(a),
				  .original_invoice_id = o->id,
				  .original_line_id = id,
				  .pointer = at,
				  .gross = l->gross };
	if (!of)
		return err_field(err, a, arena_printf(a, "%s/line_id", at), "not_found",
				 "Invoice %s has no such line.", o->number);
	for (size_t k = 0; k < i; k++) {
		if (strcmp(d->lines[k].original_line_id, id) == 0)
			return err_field(err, a, arena_printf(a, "%s/line_id", at), "duplicate",
					 "Each line once.");
	}
	l->original_quantity_set = jval_get(in, "quantity") != NULL;
	if (member_decimal(in, "quantity", &l->original_quantity, err) < 0)
		return -1;
	if (amount && l->original_quantity_set)
		return err_field(err, a, arena_printf(a, "%s/amount", at), "invalid",
				 "Either units or an amount.");
	if (amount && l->gross == 0)
		return err_field(err, a, arena_printf(a, "%s/amount", at), "out_of_range",
				 "Must not be zero.");
	if (!amount && !l->original_quantity_set)
		ask_rest(l, of);
	return 0;
}

static int
ask_lines(struct arena *a, struct draft *d, const struct original *o, struct json_object *lines,
	  struct err *err)
{
	draft_make_lines(a, d, json_object_array_length(lines));
	if (d->bill.n_lines == 0)
		return err_field(err, a, "/lines", "required", "Name a line at least.");
	for (size_t i = 0; i < d->bill.n_lines; i++)
		ask_line(a, d, i, o, json_object_array_get_idx(lines, i), err);
	return err->code == ERR_none ? 0 : -1;
}

/* All that is left of all lines. */
static void
ask_all(struct arena *a, struct draft *d, const struct original *o)
{
	size_t n = 0;

	draft_make_lines(a, d, o->n_lines);
	for (size_t i = 0; i < o->n_lines; i++) {
		const struct original_line *of = &o->lines[i];
		struct credit left = credit_remaining(&of->left);
		struct draft_line *l = &d->lines[n];

		if (left.net == 0 && left.tax == 0)
			continue;
		*l = (struct draft_line){ .id = uuid_new_z(a),
					  .original_invoice_id = o->id,
					  .original_line_id = of->line.id };
		ask_rest(l, of);
		n++;
	}
	d->bill.n_lines = n;
}

/* ---- the credit note ---- */

/* Parties, currency and tax method are the original's, as it stands. */
static struct draft
begin(struct arena *a, const struct draft *from, struct original *o)
{
	struct draft d = { .id = uuid_new_z(a),
			   .version = 1,
			   .status = INVOICE_DRAFT,
			   .kind = "credit",
			   .original_id = o->id,
			   .original = o,
			   .location_id = from->location_id,
			   .contact_id = from->contact_id,
			   .po_number = from->po_number,
			   .exchange_rate_set = from->exchange_rate_set,
			   .exchange_rate = from->exchange_rate,
			   .fresh = true,
			   .pointer = "",
			   .facts = from->facts };

	d.bill.exponent = o->exponent;
	d.bill.tax_mode = from->bill.tax_mode;
	d.bill.tax_inclusive = o->tax_inclusive;
	return d;
}

static int
decide(struct call *c, struct draft *d, struct err *err)
{
	struct json_object *lines = jval_get(c->body, "lines");
	struct str word;

	if (original_check(d->original, err) < 0)
		return -1;
	d->reason = member_text(c->arena, c->body, "reason");
	d->notes = member_text(c->arena, c->body, "notes");
	d->refund = jval_str(c->body, "settle", &word) && str_eqz(word, "refund");
	if (jval_str(c->body, "issue_date", &word))
		d->issue_date.set = date_parse(word, &d->issue_date.day);
	if (lines && ask_lines(c->arena, d, d->original, lines, err) < 0)
		return -1;
	if (!lines)
		ask_all(c->arena, d, d->original);
	if (credit_decide(c->arena, d, d->original, err) < 0)
		return -1;
	return draft_expect(d, c->body, err);
}

static void
write_draft(struct flush *f, struct arena *a, const struct draft *d)
{
	const struct bill *b = &d->bill;
	struct draft_stmt content = draft_content(a, d, 1);

	flush_addv(f,
		   "SELECT billing.credit_draft($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		   "$13)",
		   d->id, d->original_id, d->reason, d->refund ? "refund" : "credit",
		   d->issue_date.set ? day_text(a, d->issue_date.day) : NULL, d->notes,
		   int_text(a, b->subtotal), int_text(a, b->discount_total),
		   int_text(a, b->net_total), int_text(a, b->tax_total), int_text(a, b->total),
		   int_text(a, b->rounding), int_text(a, b->payable), FLUSH_END);
	flush_add(f, content.sql, content.n, content.params);
}

/* Held and read, with how it would be voided where that is asked. 1: a repeat was answered. */
static int
read_original(struct call *c, const char *id, const char **ret_way, struct draft *ret,
	      struct reply *r, struct err *err)
{
	struct pg_array *ids = pg_array_new(c->arena);
	struct original *o;
	struct draft from;
	struct flush *f = call_begin(c);
	int stmt, originals, rc, way = -1;
	size_t n;

	if (call_if_match(c, f, &invoice_resource, id, err) < 0)
		return -1;
	pg_array_add(ids, id);
	flush_addv(f, "SELECT billing.finalize_hold($1)", pg_array_text(ids), FLUSH_END);
	stmt =
	    flush_addv(f,
		       "SELECT id, version, facts::text FROM billing.invoice_facts($1, '{}', '{}')",
		       pg_array_text(ids), FLUSH_END);
	originals = originals_add_read(f, pg_array_text(ids));
	if (ret_way)
		way = flush_addv(f, "SELECT billing.void_way($1)", id, FLUSH_END);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &invoice_resource, id, err);
		return rc;
	}
	if (ret_way)
		*ret_way = flush_value(f, way, 0, 0);
	if (flush_rows(f, stmt) == 0)
		err_set(err, ERR_not_found, "No such invoice.");
	else if (draft_load(c->arena, id, flush_int(f, stmt, 0, 1), flush_str(f, stmt, 0, 2), &from,
			    err) == 0 &&
		 originals_load(c->arena, f, originals, &o, &n, err) == 0) {
		*ret = begin(c->arena, &from, o);
		return 0;
	}
	call_give_up(c);
	return -1;
}

/* Decided, with all that writes it in a flush of the open transaction. 1: a repeat was answered;
 * after an error none is open. */
static int
compose(struct call *c, struct draft *d, bool *ret_final, struct flush **ret, struct reply *r,
	struct err *err)
{
	struct finalize_stmts stmts = { 0 };
	const char *id;
	int rc;

	*ret_final = false;
	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	member_bool(c->body, "finalize", ret_final);
	if ((rc = read_original(c, id, NULL, d, r, err)) != 0)
		return rc;
	if (decide(c, d, err) < 0 || (*ret_final && finalize_prepare(c, d, &stmts, err) < 0)) {
		call_give_up(c);
		return -1;
	}
	*ret = call_go_on(c);
	write_draft(*ret, c->arena, d);
	if (*ret_final)
		finalize_add(*ret, &stmts);
	return 0;
}

int
invoice_credit(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	struct draft d;
	bool final;
	int rc;

	if ((rc = compose(c, &d, &final, &f, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	return call_answer(c, f, &invoice_resource, d.id, 201, r, err);
}

int
invoice_preview_credit(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	struct draft d;
	bool final;
	int rc;

	if ((rc = compose(c, &d, &final, &f, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	flush_try(f); /* done, and taken back */
	if (flush_run(f, err) < 0)
		return -1;
	r->status = 200;
	r->body = invoice_preview_body(c->arena, &d, final ? d.final_status : INVOICE_DRAFT, err);
	return err->code == ERR_none ? 0 : -1;
}

/* ---- void ---- */

/* clang-format off */
const struct field void_in[] = {
	{ .name = "reason", .type = FT_TEXT, .u.len = { 1, 1000 },
	  .doc = "Why; printed on the credit note, where it takes one." },
	{ 0 }
};
/* clang-format on */

/* A credit note of all of it, final at once. */
static int
cancel(struct call *c, struct draft *d, struct finalize_stmts *ret, struct err *err)
{
	d->reason = member_text(c->arena, c->body, "reason");
	ask_all(c->arena, d, d->original);
	if (original_check(d->original, err) < 0 ||
	    credit_decide(c->arena, d, d->original, err) < 0)
		return -1;
	return finalize_prepare(c, d, ret, err);
}

int
invoice_void(struct call *c, struct reply *r, struct err *err)
{
	struct finalize_stmts stmts = { 0 };
	const char *id, *way;
	struct flush *f;
	struct draft d;
	bool credits;
	int rc;

	if (call_id(c, &invoice_resource, &id, err) < 0)
		return -1;
	if ((rc = read_original(c, id, &way, &d, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	credits = strcmp(way, "credit") == 0;
	if (credits && cancel(c, &d, &stmts, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c);
	if (credits) {
		write_draft(f, c->arena, &d);
		finalize_add(f, &stmts);
	} else {
		flush_addv(f, "SELECT billing.void_invoices(ARRAY[$1::uuid])", id, FLUSH_END);
	}
	return call_answer(c, f, &invoice_resource, id, 200, r, err);
}
