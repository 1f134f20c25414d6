/*
 * ledger.h - the journal: double entry, append only, in open periods.
 *
 * What a document books is decided by the core (billing/core.h, posting_make); this room writes it
 * and shows it. Lines of an entry go in by one statement, after which SQL holds them to balance.
 */
#ifndef BILLFOLD_LEDGER_H
#define BILLFOLD_LEDGER_H

#include <billfold/billing/core.h>
#include <billfold/pg.h>
#include <billfold/resource.h>

struct posting_document {
	const char *kind, *id;   /* "payment" and its id */
	const char *event;       /* "received" */
	const char *entity_id;   /* the seller */
	const char *customer_id; /* account whose balance receivable and credit lines move */
	const char *currency;
	const char *date; /* YYYY-MM-DD; a locked period raises ERR_period_locked */
	const char *memo; /* NULL: none */
	bool
	    converted; /* the posting's base amounts are known (posting_convert, or one currency) */
};

/*
 * Lines of any number of entries as arrays for unnest, in the order in which ledger.post and the functions that hand on to it take
 * them. Base amounts that a posting does not know are left to SQL.
 */
enum {
	POSTING_ENTRY,
	POSTING_ACCOUNT,
	POSTING_CUSTOMER,
	POSTING_DEBIT,
	POSTING_CREDIT,
	POSTING_CURRENCY,
	POSTING_BASE_DEBIT,
	POSTING_BASE_CREDIT,
	POSTING_ARRAYS
};
struct posting_lines {
	struct pg_array *v[POSTING_ARRAYS];
};
void posting_lines_init(struct posting_lines *l, struct arena *a);
/* customer: whose balance the posting's customer lines move. */
void posting_lines_add(struct posting_lines *l, const struct posting *p, const char *entry, const char *customer,
		       const char *currency, bool converted);

/* The statement that writes the entry with its lines; how many parameters it has. */
int posting_statement(struct arena *a, const struct posting *p, const struct posting_document *doc,
		      const char **ret_sql, const char ***ret_params);
/* Adds the entry and its lines to a flush; nothing for a posting without lines. */
void posting_add(struct flush *f, struct arena *a, const struct posting *p,
		 const struct posting_document *doc);

extern const struct resource journal_entry_resource;
extern const struct resource revaluation_resource;
extern const struct route ledger_routes[]; /* trial balance, lock */
extern const struct route revaluation_routes[];

#endif
