/*
 * postings.c - the register of postings as a page: what each event debits and credits.
 *
 *	postings CHART.csv >postings.md
 *
 * Made of the table by which the product posts (src/billing/posting.c) and the chart of accounts
 *that tenants begin with (sql/seed/ledger.chart_account.csv). An event, an account or a measure
 *that has no words here ends it with 1, so that the page lacks none.
 */
#include <billfold/billing/core.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const when[POST_EVENT_MAX] = {
	[POST_INVOICE_FINALIZED] = "An invoice, debit note or mixed document gets its number",
	[POST_INVOICE_VOIDED] = "An invoice is void before it went out",
	[POST_CREDIT_FINALIZED] = "A document in the customer's favour gets its number; its "
				  "measures are negative, and so "
				  "change sides",
	[POST_PAYMENT_RECEIVED] = "Money came in",
	[POST_PAYMENT_APPLIED] = "An invoice uses what its customer has in advance",
	[POST_PAYMENT_RELEASED] = "What an invoice had used is the customer's again",
	[POST_PAYMENT_RETURNED] = "Money went back, or its bank took it back",
	[POST_REFUND_PAID] = "What was to be given back is out",
	[POST_FUNDS_WITHDRAWN] =
	    "A bank holds money until a dispute is decided; negative where it gives it back",
	[POST_FEE_CHARGED] = "A processor kept its fee",
	[POST_CONVERTED] = "A processor exchanged money: one entry in each currency, negative in "
			   "the one that it took off",
	[POST_REVALUED] = "A period ends: what is open in a foreign currency, at the rate of that "
			  "day, in the seller's own; reversed on the next day",
};

static const struct {
	size_t measure;
	const char *words;
} measures[] = {
	{ offsetof(struct posting_amounts, net), "net" },
	{ offsetof(struct posting_amounts, tax), "tax" },
	{ offsetof(struct posting_amounts, rounding), "cash rounding" },
	{ offsetof(struct posting_amounts, payable), "payable" },
	{ offsetof(struct posting_amounts, applied), "what it settles" },
	{ offsetof(struct posting_amounts, unapplied), "what is left over" },
	{ offsetof(struct posting_amounts, moved), "amount" },
	{ offsetof(struct posting_amounts, fee), "fee" },
	{ offsetof(struct posting_amounts, assets), "what assets are worth more" },
	{ offsetof(struct posting_amounts, liabilities), "what liabilities weigh less" },
};

static const char *
measure_words(size_t measure)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		if (measures[i].measure == measure)
			return measures[i].words;
	}
	return NULL;
}

/* code,name,kind: none of them quoted. */
static const char *
account_name(const char *chart, const char *code, char ret[100])
{
	FILE *f = fopen(chart, "r");
	char line[200];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		struct str rest, name;

		found = str_eqz(str_cut(str_from(line), ',', &rest), code);
		name = str_cut(rest, ',', &rest);
		if (found)
			snprintf(ret, 100, STR_FMT, STR_ARG(name));
	}
	if (f)
		fclose(f);
	return found ? ret : NULL;
}

static void
head(void)
{
	puts("# Postings: what each event debits and credits\n\n"
	     "Made by `make postings` from the table by which the product posts; not written by "
	     "hand.\n\n"
	     "An entry's lines are its event's rows below, added up by account and side; rows of "
	     "zero are left "
	     "out. A negative measure\nchanges sides. Debits equal credits, in the document's "
	     "currency and in "
	     "the seller's base currency; what two exchange rates\nleave between them is gained or "
	     "lost by "
	     "exchange, in base currency alone. Balances of customers are theirs one by one.\n\n"
	     "| event | when | side | account | measure |\n|---|---|---|---|---|");
}

static int
row(const struct posting_rule *r, bool first, const char *chart)
{
	const char *words = measure_words(r->measure), *account = "by way of payment";
	char name[100];

	if (r->account)
		account = account_name(chart, r->account, name);
	if (!words || !account || !when[r->event]) {
		fprintf(stderr, "%s %s: no words for it\n", r->document, r->name);
		return -1;
	}
	if (first)
		printf("| %s %s | %s |", r->document, r->name, when[r->event]);
	else
		printf("| | |");
	printf(" %s | %s%s%s%s | %s |\n", r->debit ? "debit" : "credit",
	       r->account ? r->account : "", r->account ? " " : "", account,
	       r->customer ? ", the customer's" : "", words);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct posting_rule *before = NULL;

	if (argc != 2)
		return 2;
	head();
	for (const struct posting_rule *r = posting_rules; r->document; before = r++) {
		if (row(r, !before || before->event != r->event, argv[1]) < 0)
			return 1;
	}
	puts("\nBy way of payment: cash 1000, bank 1010, a processor's clearing account 1020; what "
	     "a processor is "
	     "still to give back 2210;\nwhat a bank holds in a dispute 1030.");
	return 0;
}
