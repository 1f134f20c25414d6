/*
 * revaluation.h - inside the room: what is open in foreign currencies, at the rates of a day. Pure.
 *
 * What the seller is owed and owes in another currency is worth what it comes to at the closing
 * rate (IAS 21, 23); what that differs by from what the books say is gained or lost, but not
 * realised: it stands for one day and is reversed on the next, when what is settled realises it.
 */
#ifndef LEDGER_REVALUATION_H
#define LEDGER_REVALUATION_H

#include <billfold/billing/core.h>

struct revaluation_account {
	const char *code;
	bool liability;
	int64_t amount, worth; /* debits less credits: in its currency, and by the books */
	int64_t without;       /* lines without a rate, in neither */
	int64_t now;           /* out: at the rate */
};

struct revaluation_currency {
	const char *currency;
	int exponent;
	bool has_rate;
	struct decimal rate;
	struct revaluation_account *accounts;
	size_t n;
	int64_t assets, liabilities; /* out: what they are worth more (less) than the books say */
};

/* What each account is worth at its currency's rate; one of nothing needs none. */
int revaluation_decide(struct revaluation_currency *c, int base_exponent, struct err *err);
/* Something is open in it, so that a rate is needed. */
bool revaluation_needs(const struct revaluation_currency *c);

#endif
