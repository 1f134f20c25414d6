/*
 * conversion.c - a processor's booking of money: what it kept of it, and what it exchanged, each
 * booked once.
 *
 * A processor that settles in a currency of its own exchanges what it takes, and what goes back: by
 * its own booking the money is there in that currency from then on. The journal says so in both:
 * off the clearing account in the payment's, where it is worth what the payment's rate says; onto
 * it in the other, worth itself where that is the seller's own. What lies between is gained or lost
 * by exchange. Across a third currency it is worth what was given for it. Where no rate is known,
 * nothing is said of what needs one.
 *
 * Of an attempt that has brought no payment nothing was booked that could be exchanged.
 */
#include "attempt.h"

#include <billfold/ledger.h>

/* One that is about another currency, and not booked yet. */
static bool
is_new(const struct fee_of *of, const struct processor_fee *b)
{
	return of->payment != NULL && b->ref != NULL && b->settled != 0 &&
	       strcmp(b->currency, of->currency) != 0 && !booking_in(of->converted, b->ref);
}

/* What the money is worth in the seller's own currency, and what it was exchanged for. */
struct worth {
	int64_t given, got;
	bool given_known, got_known;
};

static int
value(const struct fee_of *of, const struct processor_fee *b, struct worth *ret, struct err *err)
{
	*ret = (struct worth){ .given_known = true, .got_known = true };
	if (strcmp(of->currency, of->base_currency) == 0)
		ret->given = of->moved;
	else if (!of->has_rate)
		ret->given_known = false;
	else if (posting_worth(of->moved, of->rate, of->exponent, of->base_exponent, &ret->given,
			       err) < 0)
		return -1;
	if (strcmp(b->currency, of->base_currency) == 0) {
		ret->got = b->settled < 0 ? -b->settled : b->settled;
	} else {
		ret->got = ret->given;
		ret->got_known = ret->given_known;
	}
	return 0;
}

/* The entry in one of the two currencies; moved: onto the clearing account. */
static int
post(struct flush *f, struct arena *a, const struct fee_of *of, const char *currency, int64_t moved,
     int64_t worth, int64_t against, bool known, struct err *err)
{
	const struct posting_amounts m = { .moved = moved, .method = PAY_CLEARING };
	struct posting posting;

	if (posting_make(POST_CONVERTED, &m, &posting, err) < 0 ||
	    (known && posting_exchanged(&posting, worth, against, err) < 0))
		return -1;
	posting_add(f, a, &posting,
		    &(struct posting_document){ .kind = "payment",
						.id = of->payment,
						.event = "converted",
						.entity_id = of->entity_id,
						.customer_id = of->account_id,
						.currency = currency,
						.date = of->date,
						.converted = known });
	return 0;
}

static int
conversion_add(struct flush *f, struct arena *a, const struct fee_of *of,
	       const struct processor_fee *b, struct err *err)
{
	int64_t moved = b->settled < 0 ? -of->moved : of->moved;
	struct worth w;

	if (value(of, b, &w, err) < 0)
		return -1;
	flush_addv(f, "SELECT payment.conversion_add($1, $2, $3, $4, $5, $6, $7, $8)", of->attempt,
		   of->kind, b->ref, int_text(a, moved), int_text(a, b->settled), b->currency,
		   of->date, w.got_known ? int_text(a, b->settled < 0 ? -w.got : w.got) : NULL,
		   FLUSH_END);
	if (post(f, a, of, of->currency, -moved, w.given, w.got, w.given_known && w.got_known,
		 err) < 0)
		return -1;
	return post(f, a, of, b->currency, b->settled, w.got, w.got, w.got_known, err);
}

int
booking_add(struct flush *f, struct arena *a, const struct fee_of *of,
	    const struct processor_fee *b, struct err *err)
{
	int n = fee_is_new(of, b) + is_new(of, b);

	if (fee_add(f, a, of, b, err) < 0)
		return -1;
	return is_new(of, b) && conversion_add(f, a, of, b, err) < 0 ? -1 : n;
}

static const char *const conversion_kinds[] = { "charge", "refund", "dispute", NULL };

const struct field conversion_fields[] = {
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED,
	  .u.words = conversion_kinds,
	  .doc = "What for." },
	{ .name = "amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .doc = "How much of the payment's currency; negative: it went out." },
	{ .name = "settled",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .doc = "What that came to, before fees." },
	{ .name = "settled_currency",
	  .type = FT_CURRENCY,
	  .flags = FF_REQUIRED,
	  .doc = "ISO 4217: in which the processor settles." },
	{ .name = "base_amount",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "What that is worth in the seller's own currency; null: no rate is known." },
	{ .name = "booked_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "When." },
	{ 0 }
};
