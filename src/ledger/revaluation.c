/*
 * revaluation.c - what is open in foreign currencies is worth what the rates of a day say.
 */
#include "revaluation.h"

bool
revaluation_needs(const struct revaluation_currency *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->accounts[i].amount != 0)
			return true;
	}
	return false;
}

int
revaluation_decide(struct revaluation_currency *c, int base_exponent, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct revaluation_account *a = &c->accounts[i];
		int64_t *sum = a->liability ? &c->liabilities : &c->assets;

		a->now = 0;
		if (a->amount != 0 &&
		    posting_worth(a->amount, c->rate, c->exponent, base_exponent, &a->now, err) < 0)
			return -1;
		if (money_add(*sum, a->now - a->worth, sum, err) < 0)
			return -1;
	}
	return 0;
}
