/*
 * stripe_decline.c - which declines may go away by themselves.
 *
 * Hard means: no automatic try with this method again. The list is Stripe's own of decline codes
 * that its retries leave alone (docs.stripe.com/billing/revenue-recovery/smart-retries), and codes
 * whose next step is another card or another number (docs.stripe.com/declines/codes). An issuer's
 * advice_code do_not_try_again goes before any code (docs.stripe.com/declines/card). A code that
 * nobody here knows is soft: the policy's few tries cost less than a customer lost to a new word.
 *
 * A method is of no further use when the card itself is gone; one that merely wants its owner
 * (authentication) stays for them to use. What banks say of debits stands in
 * docs.stripe.com/payments/sepa-debit: an account that is gone or may not be debited, and a mandate
 * that its owner took back, are the end of the method; what an account lacks today is soft.
 */
#include "stripe.h"

struct row {
	const char *code;
	bool ends_method;
};

static const struct row hard[] = {
	{ "incorrect_number", true },
	{ "lost_card", true },
	{ "pickup_card", true },
	{ "stolen_card", true },
	{ "revocation_of_authorization", true },
	{ "revocation_of_all_authorizations", true },
	{ "authentication_required", false },
	{ "highest_risk_level", false },
	{ "transaction_not_allowed", false },
	/* another card or other data is the only next step */
	{ "expired_card", true },
	{ "invalid_account", true },
	{ "invalid_number", true },
	{ "new_account_information_available", true },
	{ "restricted_card", true },
	{ "stop_payment_order", true },
	{ "do_not_try_again", false },
	{ "fraudulent", false },
	{ "card_not_supported", false },
	{ "currency_not_supported", false },
	{ "incorrect_cvc", false },
	{ "invalid_cvc", false },
	{ "invalid_expiry_month", true },
	{ "invalid_expiry_year", true },
	{ "payment_intent_action_required", false },
	{ "merchant_blacklist", false },
	{ "testmode_decline", true },
	/* of debits */
	{ "account_closed", true },
	{ "authorization_revoked", true },
	{ "bank_account_restricted", true },
	{ "bank_ownership_changed", true },
	{ "branch_does_not_exist", true },
	{ "debit_authorization_not_match", true },
	{ "debit_disputed", true },
	{ "debit_not_authorized", true },
	{ "incorrect_account_holder_name", true },
	{ "invalid_account_number", true },
	{ "no_account", true },
	{ "payment_intent_mandate_invalid", true },
	{ "recipient_deceased", true },
	/* of requests that Stripe refuses for the method's sake */
	{ "resource_missing", true },
	{ "payment_method_unactivated", true },
	{ "payment_method_unexpected_state", true },
	{ "payment_method_customer_mismatch", true },
	/* no later try of the same amount goes through */
	{ "amount_too_small", false },
	{ "amount_too_large", false },
	{ "amount_not_payable", false },
};

static bool
find(struct str code, struct decline *ret)
{
	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++)
		if (str_eqz(code, hard[i].code)) {
			*ret = (struct decline){ "hard", hard[i].ends_method };
			return true;
		}
	return false;
}

struct decline
stripe_decline(struct str code, struct str decline_code, struct str advice_code)
{
	struct decline d = { "soft", false };

	if (!find(decline_code, &d))
		find(code, &d);
	if (str_eqz(advice_code, "do_not_try_again"))
		d.class = "hard";
	return d;
}
