/*
 * batch_decide.c - one bill date as a document: what the core says, and what becomes of it.
 *
 * Pure. Coupons and agreed discounts are taken off one after the other; the document carries what
 * they come to (sub_discounts_apply), so that its stored figures give its lines again, whoever
 * computes them later.
 */
#include "approval.h"
#include "batch.h"
#include "invoice.h"

static void
make_line(struct batch_row *row, size_t i, const struct sub_line *from)
{
	const struct batch_item *item = &row->items[from->item];
	struct draft *d = &row->draft;
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];

	l->product_id = item->product_id;
	l->description = item->description;
	l->unit = item->unit;
	l->category_given = item->category_given;
	l->subscription_item_id = item->id;
	l->period_start = (struct opt_day){ true, from->days.start };
	l->period_end = (struct opt_day){ true, from->days.end };
	/* Who consumes it, where somebody else pays. */
	if (strcmp(d->requested_account, d->facts.account_id) != 0)
		l->account_id = d->requested_account;
	b->quantity = from->quantity;
	b->unit_price = from->unit_price;
	b->base_quantity = from->base_quantity;
	b->discount_percent = item->discount_percent;
}

static int
make_lines(struct arena *a, struct batch_row *row, struct err *err)
{
	struct draft *d = &row->draft;
	struct tax_case place = d->facts.tax;
	struct sub_line *lines;
	size_t n;

	if (sub_bill(&row->sub, row->bill_on, d->bill.exponent, a, &lines, &n, err) < 0)
		return -1;
	place.date = draft_tax_date(d);
	draft_make_lines(a, d, n);
	row->item_of = arena_array(a, n + 1, sizeof(*row->item_of));
	for (size_t i = 0; i < n; i++) {
		row->item_of[i] = lines[i].item;
		d->lines[i].id = uuid_new_z(a);
		make_line(row, i, &lines[i]);
		draft_tax_line(d, i, row->items[lines[i].item].product_category, &place);
	}
	return 0;
}

static const struct sub_charged *
charged(struct arena *a, const struct batch_row *row)
{
	const struct draft *d = &row->draft;
	struct sub_charged *v = arena_array(a, d->bill.n_lines + 1, sizeof(*v));

	for (size_t i = 0; i < d->bill.n_lines; i++)
		v[i] = (struct sub_charged){ d->lines[i].period_start.day, d->lines[i].product_id,
					     row->items[row->item_of[i]].plan_charge };
	return v;
}

/* Of those that may lower it those that do are left. */
static int
compute(struct arena *a, struct batch_row *row, struct err *err)
{
	const struct sub_charged *lines = row->n_discounts ? charged(a, row) : NULL;
	struct bill *b = &row->draft.bill;
	size_t n = 0;

	for (size_t i = 0; i < row->n_discounts; i++) {
		struct bill_discount x = row->discounts[i];

		if (!sub_discount_lines(a, &row->reach[i], lines, b->n_lines, &x.lines))
			continue;
		row->discount_ids[n] = row->discount_ids[i];
		row->discounts[n++] = x;
	}
	row->n_discounts = n;
	return sub_discounts_apply(b, row->discounts, n, a, err);
}

/* What the guards would refuse, who know of no other rows: neither passes within a run. */
static int
check_seller(struct arena *a, struct batch_row *row, struct err *err)
{
	const struct batch_seller *s = row->seller;
	civil_day day = row->draft.issue_date.day;

	if (row->posting.n && day <= s->closed_through) {
		row->passes = (struct opt_day){ true, s->closed_through + 1 };
		return err_set(err, ERR_period_locked, "The period of %s is locked.",
			       day_text(a, day));
	}
	if (day >= s->issued_on)
		return 0;
	row->passes = (struct opt_day){ true, s->issued_on };
	err_set(err, ERR_issue_date_before_series, "The last document of this series is dated %s.",
		day_text(a, s->issued_on));
	return err_field(err, a, "/issue_date", err_def(err)->code, "%s", err->detail);
}

static int
decide_final(struct arena *a, struct batch_row *row, struct err *err)
{
	struct draft *d = &row->draft;
	struct invoice_amounts m = { .payable = d->bill.payable };
	const struct credit_settled nothing = { 0 };
	int64_t due;

	if (finalize_check(a, d, err) < 0)
		return -1;
	if (row->mode == BILLING_SEND && !row->has_email)
		return err_set(err, ERR_billing_contact_missing,
			       "The billing contact has no e-mail address.");
	if (finalize_dates(a, d, err) < 0 ||
	    finalize_posting(d, &nothing, &row->posting, &row->converted, err) < 0 ||
	    check_seller(a, row, err) < 0)
		return -1;
	if (row->advances && advances_take(a, row->advances, d, &m.paid, &row->use, err) < 0)
		return -1;
	row->paid = m.paid;
	row->uses = m.paid > 0;
	row->entry = row->posting.n ? uuid_new_z(a) : NULL;
	row->outcome = BATCH_FINAL;
	return status_derive(&m, &row->status, &due, err);
}

static int
decide(struct arena *a, struct batch_row *row, struct err *err)
{
	struct draft *d = &row->draft;

	if (d->facts.exponent < 0)
		return err_field(err, a, "/currency", "unknown", "There is no currency %s.",
				 d->facts.currency);
	if (d->facts.closed)
		return err_set(err, ERR_account_closed, "The account is closed.");
	if (sub_next_bill(&row->sub, row->bill_on + 1, &row->next, err) < 0 ||
	    make_lines(a, row, err) < 0)
		return -1;
	if (d->bill.n_lines == 0) {
		row->outcome = BATCH_NOTHING;
		return 0;
	}
	if (sub_bill_period(&row->sub, row->bill_on, &row->period, err) < 0 ||
	    compute(a, row, err) < 0)
		return -1;
	if (row->mode != BILLING_DRAFT && approval_needed(d).people == 0)
		return decide_final(a, row, err);
	row->outcome = BATCH_DRAFT;
	row->status = INVOICE_PENDING_APPROVAL;
	return 0;
}

void
batch_decide(struct arena *a, struct batch_row *row)
{
	if (row->err.code != ERR_none || decide(a, row, &row->err) < 0)
		row->outcome = BATCH_PARKED;
}
