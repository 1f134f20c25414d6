/*
 * fee.c - what a processor kept of a payment, or gave back of that, or asks for one that came to
 * nothing: booked once, by its own booking.
 *
 * A processor settles in a currency of its own. What it keeps is worth, in the seller's: itself,
 * where that is the same; else the payment's rate says it, directly or by what the money itself
 * came to there (the processor's own conversion). Where no rate is known nothing is said.
 */
#include "attempt.h"

#include <billfold/ledger.h>

enum {
	FEE_CURRENCY,
	FEE_EXPONENT,
	FEE_BASE,
	FEE_BASE_EXPONENT,
	FEE_RATE,
	FEE_BOOKED,
	FEE_CONVERTED
};

int
fee_read(struct flush *f, const char *attempt)
{
	return flush_addv(f, "SELECT * FROM payment.fee_facts($1)", attempt, FLUSH_END);
}

void
fee_load(const struct flush *f, int stmt, struct fee_of *of)
{
	of->currency = flush_value(f, stmt, 0, FEE_CURRENCY);
	of->base_currency = flush_value(f, stmt, 0, FEE_BASE);
	of->exponent = (int)flush_int(f, stmt, 0, FEE_EXPONENT);
	of->base_exponent = (int)flush_int(f, stmt, 0, FEE_BASE_EXPONENT);
	of->has_rate = decimal_parse(flush_str(f, stmt, 0, FEE_RATE), &of->rate, NULL) == 0;
	of->booked = flush_str(f, stmt, 0, FEE_BOOKED);
	of->converted = flush_str(f, stmt, 0, FEE_CONVERTED);
}

int
fee_read_now(struct job *j, struct fee_of *of, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int stmt;

	enter_add_read(f, &j->who);
	stmt = fee_read(f, of->attempt);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	fee_load(f, stmt, of);
	return 0;
}

bool
booking_in(struct str refs, const char *ref)
{
	while (refs.len)
		if (str_eqz(str_cut(refs, ',', &refs), ref))
			return true;
	return false;
}

bool
fee_is_new(const struct fee_of *of, const struct processor_fee *fee)
{
	return fee->ref != NULL && fee->amount != 0 && !booking_in(of->booked, fee->ref);
}

/* What it is worth in the seller's own currency. */
static int
value_fee(const struct fee_of *of, const struct processor_fee *fee, int64_t *ret, bool *ret_known,
	  struct err *err)
{
	bool own = strcmp(of->currency, of->base_currency) == 0;
	int64_t whole = of->moved;

	*ret_known = true;
	*ret = fee->amount;
	if (strcmp(fee->currency, of->base_currency) == 0)
		return 0;
	*ret_known = own || of->has_rate;
	if (!*ret_known)
		return 0;
	if (strcmp(fee->currency, of->currency) == 0)
		return posting_worth(fee->amount, of->rate, of->exponent, of->base_exponent, ret,
				     err);
	*ret_known = fee->settled != 0;
	if (!*ret_known)
		return 0;
	if (!own &&
	    posting_worth(of->moved, of->rate, of->exponent, of->base_exponent, &whole, err) < 0)
		return -1;
	if (!div_round((__int128)fee->amount * whole,
		       fee->settled < 0 ? -fee->settled : fee->settled, ret) ||
	    *ret > MONEY_MAX || *ret < -MONEY_MAX)
		return err_set(err, ERR_out_of_range,
			       "A base amount is beyond what can be booked.");
	return 0;
}

/* Both lines of a fee are worth the same. */
static void
set_worth(struct posting *p, int64_t worth)
{
	worth = worth < 0 ? -worth : worth;
	for (size_t i = 0; i < p->n; i++) {
		p->lines[i].base_debit = p->lines[i].debit > 0 ? worth : 0;
		p->lines[i].base_credit = p->lines[i].debit > 0 ? 0 : worth;
	}
}

int
fee_add(struct flush *f, struct arena *a, const struct fee_of *of, const struct processor_fee *fee,
	struct err *err)
{
	const struct posting_amounts measures = { .fee = fee->amount, .method = PAY_CLEARING };
	struct posting posting;
	int64_t worth;
	bool known;

	if (!fee_is_new(of, fee))
		return 0;
	if (posting_make(POST_FEE_CHARGED, &measures, &posting, err) < 0 ||
	    value_fee(of, fee, &worth, &known, err) < 0)
		return -1;
	set_worth(&posting, worth);
	flush_addv(f, "SELECT payment.fee_add($1, $2, $3, $4::bigint, $5, $6::date, $7::bigint)",
		   of->attempt, of->kind, fee->ref, int_text(a, fee->amount), fee->currency,
		   of->date, known ? int_text(a, worth) : NULL, FLUSH_END);
	posting_add(f, a, &posting,
		    &(struct posting_document){ .kind = of->payment ? "payment" : "payment_attempt",
						.id = of->payment ? of->payment : of->attempt,
						.event = "fee",
						.entity_id = of->entity_id,
						.customer_id = of->account_id,
						.currency = fee->currency,
						.date = of->date,
						.converted = known });
	return 0;
}

static const char *const fee_kinds[] = { "charge", "refund", "dispute", "failure", NULL };

const struct field fee_fields[] = {
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED,
	  .u.words = fee_kinds,
	  .doc = "What for; `failure`: a debit that came to nothing." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "How much." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "base_amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "What that is worth in the seller's own currency; null: no rate is known." },
	{ .name = "booked_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "When." },
	{ 0 }
};
