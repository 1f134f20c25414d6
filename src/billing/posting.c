/*
 * posting.c - a document as balanced journal lines.
 *
 * What a document debits and credits is the table below and nothing else. A line's side follows
 * its rule; a negative measure (a credit, a rounding down) changes sides; lines of one account and
 * side are added up, zero lines left out. Debits equal credits in the document's currency and,
 * after posting_convert() or posting_settle(), in the entity's; anything else is
 * ERR_unbalanced_entry, and SQL refuses it too.
 *
 * A document is converted at its own rate. What settles another one brings two rates together: the
 * balances that it moves keep what they were worth, and the difference is gained or lost by
 * exchange (IAS 21, 28), a line of the entity's currency alone.
 */
#include <billfold/billing/core.h>

#include <stddef.h>
#include <string.h>

#define CASH                 "1000"
#define BANK                 "1010"
#define CLEARING             "1020"
#define DISPUTED             "1030"
#define EXCHANGED            "1040"
#define RECEIVABLE           "1100"
#define REVALUED_ASSETS      "1190"
#define OUTPUT_TAX           "2100"
#define CREDIT               "2200"
#define REFUNDS              "2210"
#define REVALUED_LIABILITIES "2290"
#define REVENUE              "4000"
#define ROUNDING             "4900"
#define GAIN                 "4950"
#define UNREALISED           "4960"
#define FEES                 "6100"
#define LOSS                 "6200"
#define BY_METHOD            NULL

#define DR        true
#define CR        false
#define M(member) offsetof(struct posting_amounts, member)

const struct posting_rule posting_rules[] = {
	{ POST_INVOICE_FINALIZED, "invoice", "finalized", DR, RECEIVABLE, true, M(payable) },
	{ POST_INVOICE_FINALIZED, "invoice", "finalized", CR, REVENUE, false, M(net) },
	{ POST_INVOICE_FINALIZED, "invoice", "finalized", CR, OUTPUT_TAX, false, M(tax) },
	{ POST_INVOICE_FINALIZED, "invoice", "finalized", CR, ROUNDING, false, M(rounding) },

	{ POST_INVOICE_VOIDED, "invoice", "voided", CR, RECEIVABLE, true, M(payable) },
	{ POST_INVOICE_VOIDED, "invoice", "voided", DR, REVENUE, false, M(net) },
	{ POST_INVOICE_VOIDED, "invoice", "voided", DR, OUTPUT_TAX, false, M(tax) },
	{ POST_INVOICE_VOIDED, "invoice", "voided", DR, ROUNDING, false, M(rounding) },

	/* Measures are negative, as the document's. What it settles is not due any more; what it
	 * gives beyond that is the customer's. */
	{ POST_CREDIT_FINALIZED, "invoice", "finalized", CR, REVENUE, false, M(net) },
	{ POST_CREDIT_FINALIZED, "invoice", "finalized", CR, OUTPUT_TAX, false, M(tax) },
	{ POST_CREDIT_FINALIZED, "invoice", "finalized", CR, ROUNDING, false, M(rounding) },
	{ POST_CREDIT_FINALIZED, "invoice", "finalized", DR, RECEIVABLE, true, M(applied) },
	{ POST_CREDIT_FINALIZED, "invoice", "finalized", DR, CREDIT, true, M(unapplied) },

	{ POST_PAYMENT_RECEIVED, "payment", "received", DR, BY_METHOD, false, M(applied) },
	{ POST_PAYMENT_RECEIVED, "payment", "received", DR, BY_METHOD, false, M(unapplied) },
	{ POST_PAYMENT_RECEIVED, "payment", "received", CR, RECEIVABLE, true, M(applied) },
	{ POST_PAYMENT_RECEIVED, "payment", "received", CR, CREDIT, true, M(unapplied) },

	{ POST_PAYMENT_APPLIED, "payment", "applied", DR, CREDIT, true, M(applied) },
	{ POST_PAYMENT_APPLIED, "payment", "applied", CR, RECEIVABLE, true, M(applied) },

	{ POST_PAYMENT_RELEASED, "payment", "released", DR, RECEIVABLE, true, M(applied) },
	{ POST_PAYMENT_RELEASED, "payment", "released", CR, CREDIT, true, M(applied) },

	{ POST_PAYMENT_RETURNED, "payment", "returned", CR, BY_METHOD, false, M(applied) },
	{ POST_PAYMENT_RETURNED, "payment", "returned", CR, BY_METHOD, false, M(unapplied) },
	{ POST_PAYMENT_RETURNED, "payment", "returned", DR, RECEIVABLE, true, M(applied) },
	{ POST_PAYMENT_RETURNED, "payment", "returned", DR, CREDIT, true, M(unapplied) },

	{ POST_REFUND_PAID, "refund", "paid", DR, REFUNDS, false, M(moved) },
	{ POST_REFUND_PAID, "refund", "paid", CR, BY_METHOD, false, M(moved) },

	{ POST_FUNDS_WITHDRAWN, "dispute", "withdrawn", DR, DISPUTED, false, M(moved) },
	{ POST_FUNDS_WITHDRAWN, "dispute", "withdrawn", CR, BY_METHOD, false, M(moved) },

	{ POST_FEE_CHARGED, "payment", "fee", DR, FEES, false, M(fee) },
	{ POST_FEE_CHARGED, "payment", "fee", CR, BY_METHOD, false, M(fee) },

	{ POST_CONVERTED, "payment", "converted", DR, BY_METHOD, false, M(moved) },
	{ POST_CONVERTED, "payment", "converted", CR, EXCHANGED, false, M(moved) },

	{ POST_REVALUED, "revaluation", "revalued", DR, REVALUED_ASSETS, false, M(assets) },
	{ POST_REVALUED, "revaluation", "revalued", CR, UNREALISED, false, M(assets) },
	{ POST_REVALUED, "revaluation", "revalued", DR, REVALUED_LIABILITIES, false,
	  M(liabilities) },
	{ POST_REVALUED, "revaluation", "revalued", CR, UNREALISED, false, M(liabilities) },
	{ 0 },
};

static const char *const method_account[] = {
	[PAY_BANK] = BANK,       [PAY_CASH] = CASH,         [PAY_CLEARING] = CLEARING,
	[PAY_REFUNDS] = REFUNDS, [PAY_DISPUTED] = DISPUTED,
};

enum payment_account
posting_method(const char *kind)
{
	if (strcmp(kind, "cash") == 0)
		return PAY_CASH;
	if (strcmp(kind, "bank") == 0 || strcmp(kind, "other") == 0 || strcmp(kind, "credit") == 0)
		return PAY_BANK;
	return PAY_CLEARING;
}

static int64_t
measure(const struct posting_amounts *m, size_t offset)
{
	int64_t v;

	memcpy(&v, (const char *)m + offset, sizeof(v));
	return v;
}

static int
add_line(struct posting *p, const char *account, bool customer, bool debit, int64_t amount,
	 struct err *err)
{
	struct posting_line *l = NULL;

	for (size_t i = 0; i < p->n && !l; i++) {
		if (strcmp(p->lines[i].account, account) == 0 && (p->lines[i].debit > 0) == debit)
			l = &p->lines[i];
	}
	if (!l) {
		if (p->n == POSTING_LINES_MAX)
			return err_set(err, ERR_internal, "An entry has too many lines.");
		l = &p->lines[p->n++];
		*l = (struct posting_line){ .account = account, .customer = customer };
	}
	return debit ? money_add(l->debit, amount, &l->debit, err)
		     : money_add(l->credit, amount, &l->credit, err);
}

static int
check_balance(const struct posting *p, bool base, struct err *err)
{
	__int128 diff = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct posting_line *l = &p->lines[i];

		diff += base ? (__int128)l->base_debit - l->base_credit
			     : (__int128)l->debit - l->credit;
	}
	if (diff != 0)
		return err_set(err, ERR_unbalanced_entry, "Debits and credits differ.");
	return 0;
}

int
posting_make(enum posting_event event, const struct posting_amounts *m, struct posting *ret,
	     struct err *err)
{
	*ret = (struct posting){ 0 };
	for (const struct posting_rule *r = posting_rules; r->document; r++) {
		int64_t amount = measure(m, r->measure);
		const char *account = r->account ? r->account : method_account[m->method];

		if (r->event != event || amount == 0)
			continue;
		if (add_line(ret, account, r->customer, r->debit == (amount > 0),
			     amount < 0 ? -amount : amount, err) < 0)
			return -1;
	}
	return check_balance(ret, false, err);
}

int
posting_worth(int64_t amount, struct decimal rate, int exponent, int base_exponent, int64_t *ret,
	      struct err *err)
{
	/* |amount| < 2^53, |coef| < 2^63: the product fits 116 bits, ten digits more would not. */
	int up = base_exponent > exponent ? base_exponent - exponent : 0;
	int down = rate.scale + (exponent > base_exponent ? exponent - base_exponent : 0);

	if (rate.coef <= 0)
		return err_set(err, ERR_out_of_range, "exchange_rate must be above zero.");
	if (up > 3 ||
	    !div_round((__int128)amount * rate.coef * pow10_i128(up), pow10_i128(down), ret) ||
	    *ret > MONEY_MAX || *ret < -MONEY_MAX)
		return err_set(err, ERR_out_of_range,
			       "A base amount is beyond what can be booked.");
	return 0;
}

static int
convert_line(struct posting_line *l, struct decimal rate, int exponent, int base_exponent,
	     struct err *err)
{
	if (posting_worth(l->debit, rate, exponent, base_exponent, &l->base_debit, err) < 0)
		return -1;
	return posting_worth(l->credit, rate, exponent, base_exponent, &l->base_credit, err);
}

/* Debits less credits in base currency. */
static __int128
base_difference(const struct posting *p)
{
	__int128 diff = 0;

	for (size_t i = 0; i < p->n; i++)
		diff += (__int128)p->lines[i].base_debit - p->lines[i].base_credit;
	return diff;
}

/* The line where a rest weighs least: the largest, and no balance of the customer's, which is worth
 * exactly what it is. */
static struct posting_line *
line_for_rest(struct posting *p)
{
	struct posting_line *best = NULL;

	for (size_t i = 0; i < p->n; i++) {
		struct posting_line *l = &p->lines[i];

		if (!best || best->customer > l->customer ||
		    (best->customer == l->customer &&
		     l->base_debit + l->base_credit > best->base_debit + best->base_credit))
			best = l;
	}
	return best;
}

int
posting_convert(struct posting *p, struct decimal rate, int exponent, int base_exponent,
		struct err *err)
{
	struct posting_line *rest;
	int64_t diff;

	for (size_t i = 0; i < p->n; i++) {
		if (convert_line(&p->lines[i], rate, exponent, base_exponent, err) < 0)
			return -1;
	}
	diff = (int64_t)base_difference(p);
	rest = line_for_rest(p);
	if (rest && rest->debit > 0)
		rest->base_debit -= diff;
	else if (rest)
		rest->base_credit += diff;
	return check_balance(p, true, err);
}

static bool
is_on(const struct posting_line *l, const char *account)
{
	return strcmp(l->account, account) == 0;
}

static bool
is_balance(const struct posting_line *l)
{
	return is_on(l, RECEIVABLE) || is_on(l, CREDIT);
}

/* The lines that are nobody's balance. */
static int
settle_others(struct posting *p, const struct posting_worth *w, struct err *err)
{
	struct posting_line *rest = line_for_rest(p);
	int64_t sum = 0, worth = w->others;
	__int128 base = 0;

	if (!rest || is_balance(rest))
		return 0;
	for (size_t i = 0; i < p->n; i++) {
		struct posting_line *l = &p->lines[i];

		if (is_balance(l))
			continue;
		if (convert_line(l, w->rate, w->exponent, w->base_exponent, err) < 0)
			return -1;
		sum += l->debit - l->credit;
		base += (__int128)l->base_debit - l->base_credit;
	}
	if (!w->others_known &&
	    posting_worth(sum, w->rate, w->exponent, w->base_exponent, &worth, err) < 0)
		return -1;
	rest = line_for_rest(p);
	if (rest->debit > 0)
		rest->base_debit += worth - (int64_t)base;
	else
		rest->base_credit -= worth - (int64_t)base;
	return 0;
}

/* What two rates leave between the lines, as one of base currency alone. */
static int
add_difference(struct posting *p, struct err *err)
{
	__int128 diff = base_difference(p);

	if (diff == 0)
		return 0;
	if (p->n == POSTING_LINES_MAX)
		return err_set(err, ERR_internal, "An entry has too many lines.");
	if (diff > MONEY_MAX || diff < -MONEY_MAX)
		return err_set(err, ERR_out_of_range,
			       "A base amount is beyond what can be booked.");
	p->lines[p->n++] =
	    diff > 0 ? (struct posting_line){ .account = GAIN, .base_credit = (int64_t)diff }
		     : (struct posting_line){ .account = LOSS, .base_debit = (int64_t)-diff };
	return check_balance(p, true, err);
}

int
posting_exchanged(struct posting *p, int64_t worth, int64_t against, struct err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		struct posting_line *l = &p->lines[i];
		int64_t base = is_on(l, EXCHANGED) ? against : worth;

		l->base_debit = l->debit > 0 ? base : 0;
		l->base_credit = l->debit > 0 ? 0 : base;
	}
	return add_difference(p, err);
}

int
posting_settle(struct posting *p, const struct posting_worth *w, struct err *err)
{
	if (settle_others(p, w, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		struct posting_line *l = &p->lines[i];
		int64_t kept = is_on(l, RECEIVABLE) ? w->receivable : w->credit;

		if (!is_balance(l))
			continue;
		kept = kept < 0 ? -kept : kept;
		l->base_debit = l->debit > 0 ? kept : 0;
		l->base_credit = l->debit > 0 ? 0 : kept;
	}
	return add_difference(p, err);
}
