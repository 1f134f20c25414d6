/*
 * stripe_way.c - how a charge was paid, by the type of its method (docs.stripe.com/payments,
 * "Payment methods": cards, bank debits, bank redirects and real-time payments, bank transfers,
 * wallets, buy now and pay later, vouchers).
 *
 * A type that stands nowhere here is `other`; its own word is kept beside it.
 */
#include "stripe.h"

enum { TYPE_MAX = 40 };

static const char *const cards[] = { "card", "card_present", "interac_present", "kr_card", NULL };
/* Of a bank account, and so in days. */
static const char *const debits[] = { "sepa_debit", "bacs_debit",      "au_becs_debit",
				      "acss_debit", "us_bank_account", "nz_bank_account",
				      NULL };
/* The payer tells their bank, on its own page or app. */
static const char *const redirects[] = { "bancontact", "blik",  "eps",   "fpx",
					 "giropay",    "ideal", "p24",   "pay_by_bank",
					 "paynow",     "payto", "pix",   "promptpay",
					 "sofort",     "swish", "twint", "upi",
					 NULL };
static const char *const transfers[] = { "customer_balance", NULL };
static const char *const wallets[] = { "alipay",      "amazon_pay", "cashapp",    "grabpay",
				       "kakao_pay",   "link",       "mb_way",     "mobilepay",
				       "naver_pay",   "payco",      "paypal",     "revolut_pay",
				       "samsung_pay", "satispay",   "wechat_pay", NULL };
static const char *const later[] = { "affirm", "afterpay_clearpay", "alma",   "billie", "klarna",
				     "mondu",  "scalapay",          "sunbit", "zip",    NULL };
static const char *const vouchers[] = { "boleto", "konbini", "multibanco", "oxxo", NULL };

static const struct {
	const char *kind;
	const char *const *types;
} ways[] = {
	{ "card", cards },         { "debit", debits },    { "bank_redirect", redirects },
	{ "wallet", wallets },     { "pay_later", later }, { "voucher", vouchers },
	{ "transfer", transfers },
};

static const char *
kind_of(struct str type)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		for (const char *const *one = ways[i].types; *one; one++) {
			if (str_eqz(type, *one))
				return ways[i].kind;
		}
	}
	return "other";
}

bool
stripe_type_is_debit(struct str type)
{
	return strcmp(kind_of(type), "debit") == 0;
}

void
stripe_way(struct arena *a, struct json_object *charge, struct charge_result *ret)
{
	struct str type = jval_str_of(jval_get(charge, "payment_method_details"), "type");

	for (size_t i = 0; i < type.len; i++) {
		if (!((type.p[i] >= 'a' && type.p[i] <= 'z') ||
		      (type.p[i] >= '0' && type.p[i] <= '9') || type.p[i] == '_'))
			return;
	}
	if (type.len == 0 || type.len > TYPE_MAX)
		return;
	ret->kind = kind_of(type);
	ret->method_type = str_dup(a, type);
}
