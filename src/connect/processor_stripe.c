/*
 * processor_stripe.c - Stripe, behind the interface of processors.
 *
 * PaymentIntents for charges, SetupIntents and Checkout Sessions for the payer's side, Refunds and
 * Disputes; the version of the contract is pinned. The files stripe_*.c hold a topic each.
 */
#include "stripe.h"

/* Stripe keeps a key for 24 hours at least; an hour of that is ours. */
enum { KEY_LIFE_S = 23 * 3600 };

const struct processor processor_stripe = {
	.name = "stripe",
	.charge = stripe_charge,
	.lookup = stripe_lookup,
	.checkout = stripe_checkout,
	.checkout_look = stripe_checkout_look,
	.forget = stripe_forget,
	.refund = stripe_refund,
	.refunds = stripe_refunds,
	.dispute = stripe_dispute,
	.mandate = stripe_mandate,
	.events = stripe_events,
	.identify = stripe_identify,
	.key_life_s = KEY_LIFE_S,
	.needs_account = true,
	.doc = "Stripe; tokens are payment methods (pm_...), with @ and their customer (cus_...) "
	       "behind.",
};
