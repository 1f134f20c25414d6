/*
 * core.h - the functional core of billing: from what was sold to what is owed and booked.
 *
 * Pure functions over plain structs, without I/O, clock or globals; the preview, the single
 * draft, a billing run and the tests call the same ones. Amounts are int64_t minor units of the
 * document's currency within +-(2^53 - 1); rates and quantities are exact decimals; rounding is
 * half away from zero; what does not fit is ERR_out_of_range, never a wrap. Parts always sum to
 * the whole. Memory, where a result needs some, comes from the caller's arena.
 */
#ifndef BILLFOLD_BILLING_CORE_H
#define BILLFOLD_BILLING_CORE_H

#include <billfold/base/arena.h>
#include <billfold/base/date.h>
#include <billfold/base/decimal.h>
#include <billfold/base/err.h>
#include <billfold/base/money.h>
#include <billfold/base/str.h>

/* ---- lines and totals ---- */

enum tax_mode {
	TAX_PER_GROUP, /* tax = round(sum of line nets x rate), a group being (category, rate) */
	TAX_PER_LINE   /* tax = sum of round(line net x rate) */
};

struct bill_line {
	/* in */
	struct decimal quantity, unit_price,
	    base_quantity;               /* base_quantity: what unit_price is for */
	struct decimal discount_percent; /* 0: none */
	int64_t discount_amount;         /* so much besides, but never more than is left */
	const char *tax_category;
	struct decimal tax_rate; /* percent */
	bool decided;            /* net and tax are in: what another document gave this line */
	/* out */
	int64_t
	    amount; /* round(quantity x unit_price / base_quantity), tax included where inclusive */
	int64_t discount; /* its own and its share of the document's */
	int64_t net;      /* what is charged, without tax */
	int64_t tax;      /* its share of its group's tax */
};

/* A further discount of the document, a coupon's say, on what the ones before it left. */
struct bill_discount {
	/* in */
	struct decimal percent; /* of what is left of its lines */
	int64_t amount;         /* or so much, but never more than is left */
	const bool *lines;      /* which lines it is for; NULL: all */
	/* out */
	int64_t given;
	int64_t *shares; /* of each line of the document; from the arena */
};

struct tax_group {
	const char *category;
	struct decimal rate;
	int64_t base, tax;
};

/*
 * A document to be computed. Exclusive: net_total = subtotal - discount_total; inclusive: total
 * = subtotal - discount_total. Always: total = net_total + tax_total, net_total = sum of line nets,
 * tax_total = sum of group taxes, payable = total + rounding.
 */
struct bill {
	/* in */
	int exponent; /* of the currency: JPY 0, EUR 2, KWD 3 */
	enum tax_mode tax_mode;
	bool tax_inclusive; /* unit prices contain their tax */
	struct decimal
	    discount_percent;    /* of the document, on the lines' amounts after their own */
	int64_t discount_amount; /* a further discount of the document */
	struct bill_discount *discounts; /* then these, in their order */
	size_t n_discounts;
	int64_t rounding_step; /* payable is a multiple of it (CHF 5); 0 or 1: as it is */
	struct bill_line *lines;
	size_t n_lines;
	/* out */
	struct tax_group *groups; /* in order of first appearance */
	size_t n_groups;
	int64_t subtotal, discount_total, net_total, tax_total, total, rounding, payable;
	size_t bad_line;   /* on an error: the line it lies in; n_lines: the document */
	bool bad_discount; /* on an error of the document: its discount is more than there is */
};

/* line.c */
int line_price(struct bill_line *l, int exponent, struct err *err);
/* discount.c: the document's discounts, split over the lines by largest remainder. */
int discount_apply(struct bill *b, struct arena *a, struct err *err);
/* tax.c: groups, their taxes and each line's share; takes net out of gross where inclusive. */
int tax_apply(struct bill *b, struct arena *a, struct err *err);
/* tax.c: groups of lines whose nets and taxes are decided already, as sums of them. */
int tax_sum(struct bill *b, struct arena *a, struct err *err);
/* bill.c: all of it, in order. groups come from a. */
int bill_compute(struct bill *b, struct arena *a, struct err *err);
/* Groups and totals of lines whose amounts, nets and taxes are decided already; rounding is kept.
 */
int bill_total(struct bill *b, struct arena *a, struct err *err);

/* ---- which tax ---- */

struct tax_rate {
	const char *country;  /* ISO 3166-1 alpha 2 */
	const char *region;   /* NULL: all of the country */
	const char *category; /* "standard", "reduced" ... */
	const char *name;     /* NULL or what documents call it */
	struct decimal rate;
	civil_day valid_from; /* first day */
	civil_day valid_to;   /* last day; TAX_FOREVER */
};

#define TAX_FOREVER INT32_MAX

enum buyer_tax { BUYER_STANDARD, BUYER_EXEMPT, BUYER_REVERSE_CHARGE };

struct tax_case {
	const char *seller_country, *seller_region; /* NULL: not known */
	const char *buyer_country, *buyer_region;   /* where it is supplied to */
	enum buyer_tax buyer;
	civil_day exemption_valid_to; /* last day of the buyer's certificate */
	civil_day date;               /* the tax point: supply date, else issue date */
	const struct tax_rate *rates;
	size_t n_rates;
};

struct tax_choice {
	const char *category;
	struct decimal rate;
	const char *name;
	bool expired; /* the exemption ended before the date: tax is charged, somebody should ask */
};

/*
 * tax_choose.c: category and rate of a line whose product is of `category`. An exempt or
 * reverse-charged buyer pays none; else the rate of the buyer's place (region before country), else
 * of the seller's, valid at the date, the latest first; no rate known: 0 %, outside_scope. "zero",
 * "exempt", "outside_scope" need no row.
 */
void tax_choose(const struct tax_case *c, const char *category, struct tax_choice *ret);

/* ---- dates and status ---- */

/* terms.c: issue + days. */
int terms_due_date(civil_day issue, int64_t days, civil_day *ret, struct err *err);

enum invoice_status {
	INVOICE_DRAFT,
	INVOICE_PENDING_APPROVAL,
	INVOICE_OPEN,
	INVOICE_PARTIALLY_PAID,
	INVOICE_PAID,
	INVOICE_UNCOLLECTIBLE,
	INVOICE_VOID,
	INVOICE_STATUS_MAX
};

extern const char *const invoice_status_words[INVOICE_STATUS_MAX + 1];
int invoice_status_by_word(struct str word); /* -1: unknown */

struct invoice_amounts {
	int64_t payable, credited, paid, written_off;
};

/* status.c: what a finalized invoice is, from its amounts; amount_due = payable - credited - paid -
 * written_off. */
int status_derive(const struct invoice_amounts *m, enum invoice_status *ret, int64_t *ret_due,
		  struct err *err);

/* ---- allocation ---- */

struct open_item {
	const char *id;
	civil_day issued, due;
	int64_t amount_due;
	int64_t applied; /* out */
};

/*
 * allocate.c: an amount over open items, oldest due first, ties by the order given; items are put
 * in that order. What is left stays unapplied: a credit of the customer.
 */
int allocate_oldest(int64_t amount, struct open_item *items, size_t n, int64_t *ret_unapplied,
		    struct err *err);

/* What a customer has paid that no invoice has used yet. */
struct advance {
	const char *id;
	civil_day received;
	int64_t left; /* in, out */
	int64_t used; /* out: what this document takes of it */
};

/*
 * allocate.c: what a document asks for, taken out of advances in the order given (the oldest
 * first); what is still due then.
 */
int allocate_advances(int64_t due, struct advance *advances, size_t n, int64_t *ret_due,
		      struct err *err);

/* ---- posting ---- */

enum posting_event {
	POST_INVOICE_FINALIZED,
	POST_INVOICE_VOIDED,
	POST_CREDIT_FINALIZED, /* a document in the customer's favour */
	POST_PAYMENT_RECEIVED, /* bank, cash or clearing by method */
	POST_PAYMENT_APPLIED,  /* account credit used on an invoice */
	POST_PAYMENT_RELEASED, /* what an invoice had used is account credit again */
	POST_PAYMENT_RETURNED, /* given back, or taken back by the bank */
	POST_REFUND_PAID,      /* what was to be given back is out */
	POST_FUNDS_WITHDRAWN,  /* a bank holds them until a dispute is decided; negative: it gave
				  them back */
	POST_FEE_CHARGED,      /* a processor kept its fee */
	POST_CONVERTED, /* a processor exchanged money: of each currency what it got, or gave */
	POST_REVALUED,  /* what is open in a foreign currency, at the rate of a day */
	POST_EVENT_MAX
};

/* PAY_REFUNDS: what a processor still has to give back. PAY_DISPUTED: what a bank holds. */
enum payment_account { PAY_BANK, PAY_CASH, PAY_CLEARING, PAY_REFUNDS, PAY_DISPUTED };

/* What a document brings to its entry; measures that its event does not use are 0. */
struct posting_amounts {
	int64_t net, tax, rounding, payable; /* of an invoice */
	int64_t applied,
	    unapplied; /* of a payment, or of what a document gives back: the sum of both */
	int64_t moved; /* from one account of the seller's to another */
	int64_t fee;
	int64_t assets,
	    liabilities; /* what these are worth more by another rate; debits less credits */
	enum payment_account method;
};

struct posting_line {
	const char *account; /* code in ledger.chart_account */
	bool customer;       /* a balance of the customer's own: receivable, credit */
	int64_t debit, credit;
	int64_t base_debit, base_credit; /* of posting_convert, posting_settle */
};

enum { POSTING_LINES_MAX = 8 };

struct posting {
	struct posting_line lines[POSTING_LINES_MAX];
	size_t n;
};

/* One rule of the table of postings, for documents and tests. */
struct posting_rule {
	enum posting_event event;
	const char *document, *name; /* "invoice", "finalized" */
	bool debit;
	const char *account; /* NULL: by payment method */
	bool customer;
	size_t measure; /* offset in struct posting_amounts */
};
extern const struct posting_rule posting_rules[]; /* ended by NULL document */

/* The account of a payment that came this way: "bank", "cash"; all that a processor takes is with
 * it. */
enum payment_account posting_method(const char *kind);
/* posting.c: a document's balanced lines; zero lines are left out, negative measures change sides.
 */
int posting_make(enum posting_event event, const struct posting_amounts *m, struct posting *ret,
		 struct err *err);
/*
 * Base amounts of an entry of money that was exchanged: what lies on the account by way of payment
 * is worth so much, what the other currency's entry has against it so much, both above zero; what
 * lies between is gained or lost by exchange.
 */
int posting_exchanged(struct posting *p, int64_t worth, int64_t against, struct err *err);
/* An amount at a rate (base per unit of its currency), rounded. */
int posting_worth(int64_t amount, struct decimal rate, int exponent, int base_exponent,
		  int64_t *ret, struct err *err);
/*
 * Base amounts at rate: each line rounded, and what that leaves over put on the largest line that
 * is no balance of the customer's, so that the entry balances in both.
 */
int posting_convert(struct posting *p, struct decimal rate, int exponent, int base_exponent,
		    struct err *err);

/* What settles is worth at its own rate, and what the balances that it moves are worth: the sign
 * says nothing, the lines have their sides. */
struct posting_worth {
	struct decimal rate;
	int exponent, base_exponent;
	int64_t receivable, credit;
	bool others_known; /* of a part of something larger; else they are worth it at the rate */
	int64_t others;    /* what its other lines come to, debits less credits */
};
/*
 * Base amounts of an entry that settles; what they differ by is gained or lost by exchange. Lines
 * that are nobody's balance are worth what they come to together; what each one's rounding leaves
 * over is put on the largest.
 */
int posting_settle(struct posting *p, const struct posting_worth *w, struct err *err);

#endif
