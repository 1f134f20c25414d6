/*
 * draft.h - inside the room: a document being worked on.
 *
 * Filled from what is stored (draft_load), changed by what a caller sends (draft_take,
 * draft_take_lines), decided by the core (draft_decide), written by draft_content_add and finalize.
 * Texts are borrowed from the arena.
 */
#ifndef BILLING_DRAFT_H
#define BILLING_DRAFT_H

#include "facts.h"

#include <billfold/base/uuid.h>
#include <billfold/pg.h>

struct opt_day {
	bool set;
	civil_day day;
};

struct draft_line {
	const char *id;
	const char *account_id; /* the consumer; NULL: the payer */
	const char *product_id, *description, *unit;
	const char *product_had; /* as stored: it was sold already, whatever became of it since */
	const char *category_given; /* NULL: the product's */
	const char *deal_line_id;
	const char *original_invoice_id, *original_line_id; /* what it gives back of, or adds to */
	const char *project, *discount_reason;
	const char *subscription_item_id;        /* what it charges for, and for which days */
	struct opt_day period_start, period_end; /* both or none */
	bool original_quantity_set;
	struct decimal original_quantity; /* given back by units; else by amount: */
	int64_t gross;                    /* with its tax, in the original line's direction */
	bool rate_set, price_set, base_set;
	struct decimal rate_given;
	const char *tax_name;
	const char *pointer;  /* in the request: "/lines/2"; NULL: not from there */
	struct bill_line was; /* as stored: category, rate and amounts */
};

struct draft {
	const char *id;
	int64_t version;
	enum invoice_status status;
	const char *number; /* NULL: not final */
	const char *kind;
	const char *requested_account; /* whom the caller named; the payer is in facts */
	const char *deal_id, *origin, *location_id, *contact_id, *po_number, *notes;
	const char *original_id, *reason; /* of kinds that correct another one */
	bool refund;                      /* what it leaves over is given back */
	int64_t rounding_was;             /* as stored */
	struct original *original;        /* what is credited, where that is decided on */
	struct original *originals;       /* all that it names, where they were read */
	size_t n_originals;
	struct opt_day issue_date, due_date, supply_date;
	bool terms_set;
	int64_t terms;
	bool exchange_rate_set;
	struct decimal exchange_rate;
	struct draft_line *lines; /* bill.lines beside them, one for one */
	struct bill bill;
	/* Once it is final (finalize_statements): what it uses of what was paid in advance; of what
	 * it gives back, what was due on its original, and the rest. */
	enum invoice_status final_status;
	int64_t final_paid, final_due, final_settles, final_left;
	bool fresh;          /* nothing of it is stored yet */
	const char **named;  /* who is named on it, as billing.draft_context has them; or NULL */
	const char *pointer; /* of the body that asks for it, "" where it is the request's */
	bool exemption_expired;
	struct facts facts;
};

/* One row of billing.invoice_facts. */
int draft_load(struct arena *a, const char *id, int64_t version, struct str facts,
	       struct draft *ret, struct err *err);
/* A document that does not exist yet, for this context; the tenant's choices hold until the
 * caller's. */
int draft_new(struct arena *a, const char *id, struct json_object *context, struct draft *ret,
	      struct err *err);
/* Members of a checked body; those that it does not have stay as they are. */
int draft_take(struct arena *a, struct draft *d, struct json_object *body, struct err *err);
/*
 * Lines of a checked body in place of those that the draft has. One that names the id of a line
 * keeps it, and what it does not say of it. pointer: of the array. Wrong ones are gathered in err.
 */
int draft_take_lines(struct arena *a, struct draft *d, struct json_object *lines,
		     const char *pointer, struct err *err);
void draft_make_lines(struct arena *a, struct draft *d, size_t n);
/* What a line charges that the caller left to its product; then each line's tax and all totals. */
int draft_decide(struct arena *a, struct draft *d, struct err *err);
/* Category and rate of one line, by its product's category (NULL: it has none) where it does not
 * say its own. */
void draft_tax_line(struct draft *d, size_t i, const char *product_category,
		    const struct tax_case *place);
/* The day that decides on tax: of supply, else of issue, else today. */
civil_day draft_tax_date(const struct draft *d);
/*
 * Whether what a change of a subscription gives back of lines is each line's own net and tax. Where
 * it also charges, and prices are without tax, the document's tax is its groups' (K3).
 */
bool draft_keeps_given(const struct draft *d);
/* Who says what total they expect gets that one, or nothing. */
int draft_expect(const struct draft *d, struct json_object *body, struct err *err);
/* In a currency that is not its seller's own, at a rate that is known. */
bool draft_converts(const struct draft *d);
/* Whether deciding has changed what stands on the lines. */
bool draft_content_changed(const struct draft *d);

/* billing.content_write for these drafts, all fresh or none. */
struct draft_stmt {
	const char *sql;
	int n;
	const char **params;
};
struct draft_stmt draft_content(struct arena *a, const struct draft *drafts, size_t n);

/* The ids of products that lines of a body name, and of lines that are there: a uuid[]. */
const char *draft_product_ids(struct arena *a, struct json_object *lines);

#endif
