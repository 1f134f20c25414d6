/*
 * stripe_test.c - what Stripe's adapter makes of amounts, forms, declines and answers, and that
 * nothing an answer says can make it believe in money that did not move as asked.
 */
#include "connect/stripe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct arena *a;

static void
a_form_has_one_text(void **state)
{
	struct form f;

	form_init(&f, a);
	form_addz(&f, "metadata[billfold_attempt]", "0190 a&b=c");
	form_add_int(&f, "amount", -12);
	form_addz(&f, "expand[]", "latest_charge.balance_transaction");
	form_addz(&f, "left_out", NULL);
	form_addz(&f, "description", "Zürich + 100%~-_.");
	assert_string_equal(sb_z(&f.sb), "metadata[billfold_attempt]=0190%20a%26b%3Dc&amount=-12"
					 "&expand[]=latest_charge.balance_transaction"
					 "&description=Z%C3%BCrich%20%2B%20100%25~-_.");
	(void)state;
}

static void
a_form_that_is_too_long_says_so(void **state)
{
	struct form f;
	char *text = arena_alloc(a, 70000);

	memset(text, 'x', 69999);
	form_init(&f, a);
	form_addz(&f, "description", text);
	assert_false(sb_ok(&f.sb));
	(void)state;
}

static void
amounts_go_there_and_back(void **state)
{
	static const struct {
		const char *currency;
		int exponent;
		int64_t here, there; /* there -1: not payable */
	} cases[] = {
		{ "EUR", 2, 1999, 1999 },         { "JPY", 0, 500, 500 },
		{ "MGA", 2, 50000, 500 },         { "MGA", 2, 50050, -1 },
		{ "KWD", 3, 12340, 12340 },       { "KWD", 3, 12345, -1 },
		{ "ISK", 0, 700, 70000 },         { "UGX", 0, 700, -1 },
		{ "HUF", 2, 1250, 1250 },         { "CLP", 0, 990, 990 },
		{ "ISK", 0, INT64_MAX / 10, -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = 0, back = 0;
		bool ok = stripe_amount(cases[i].here, cases[i].currency, cases[i].exponent, &got);

		assert_int_equal(ok, cases[i].there >= 0);
		if (!ok)
			continue;
		assert_int_equal(got, cases[i].there);
		assert_true(stripe_amount_back(got, cases[i].currency, cases[i].exponent, &back));
		assert_int_equal(back, cases[i].here);
	}
	assert_string_equal(stripe_currency(a, "EUR"), "eur");
	(void)state;
}

static void
declines_are_classed(void **state)
{
	static const struct {
		const char *code, *decline, *advice, *class;
		bool ends;
	} cases[] = {
		{ "card_declined", "insufficient_funds", "", "soft", false },
		{ "card_declined", "generic_decline", "try_again_later", "soft", false },
		{ "card_declined", "generic_decline", "do_not_try_again", "hard", false },
		{ "card_declined", "lost_card", "", "hard", true },
		{ "expired_card", "", "", "hard", true },
		{ "authentication_required", "authentication_required", "", "hard", false },
		{ "resource_missing", "", "", "hard", true },
		{ "a_word_of_next_year", "another", "", "soft", false },
		{ "", "", "", "soft", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decline d =
		    stripe_decline(str_from(cases[i].code), str_from(cases[i].decline),
				   str_from(cases[i].advice));

		assert_string_equal(d.class, cases[i].class);
		assert_int_equal(d.ends_method, cases[i].ends);
	}
	(void)state;
}

/* ---- answers ---- */

static const struct processor_query asked = {
	.key = "attempt-1", .amount = 1999, .currency = "EUR", .exponent = 2
};

#define GOOD                                                                                       \
	"{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":1999,\"amount_received\":1999," \
	"\"currency\":\"eur\",\"livemode\":false,\"status\":\"succeeded\","                        \
	"\"metadata\":{\"billfold_attempt\":\"attempt-1\"},\"latest_charge\":{\"id\":\"ch_1\","    \
	"\"disputed\":false,\"balance_transaction\":{\"id\":\"txn_1\",\"fee\":54,"                 \
	"\"currency\":\"eur\"}}}"

static struct charge_result
result_of(const char *text)
{
	struct charge_result r = { 0 };
	struct json_object *o = NULL;
	struct err err = { 0 };

	if (jscan_parse(a, str_from(text), &o, &err) < 0)
		fail_msg("%s: %s", text, err.detail);
	stripe_intent_result(a, o, &asked, false, &r);
	return r;
}

/* GOOD with one member's value replaced */
static const char *
with(const char *member, const char *value)
{
	const char *at = strstr(GOOD, arena_printf(a, "\"%s\":", member));
	const char *from = at + strlen(member) + 3, *to = from;
	int depth = 0;

	for (; depth > 0 || (*to != ',' && *to != '}'); to++)
		depth += *to == '{' ? 1 : *to == '}' ? -1 : 0;
	return arena_printf(a, "%.*s%s%s", (int)(from - GOOD), GOOD, value, to);
}

static void
an_answer_is_believed_when_it_is_about_what_was_asked(void **state)
{
	static const char *const wrong[][2] = {
		{ "amount", "2000" },       { "amount", "-1999" },
		{ "amount", "\"1999\"" },   { "amount", "1999.0" },
		{ "amount", "null" },       { "amount_received", "1998" },
		{ "currency", "\"usd\"" },  { "currency", "978" },
		{ "livemode", "true" },     { "livemode", "null" },
		{ "id", "\"pi/../x\"" },    { "id", "7" },
		{ "status", "\"new\"" },    { "status", "[]" },
		{ "metadata", "{}" },       { "metadata", "null" },
		{ "metadata", "\"text\"" }, { "metadata", "{\"billfold_attempt\":\"attempt-2\"}" },
	};
	struct charge_result r = result_of(GOOD);

	assert_int_equal(r.state, CHARGE_SUCCEEDED);
	assert_string_equal(r.ref, "pi_1");
	assert_int_equal(r.fee.amount, 54);
	assert_string_equal(r.fee.ref, "txn_1");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		r = result_of(with(wrong[i][0], wrong[i][1]));
		if (r.state != CHARGE_UNKNOWN)
			fail_msg("%s %s: %d", wrong[i][0], wrong[i][1], r.state);
		assert_non_null(r.decline_code);
	}
	(void)state;
}

static void
states_of_an_intent(void **state)
{
	struct charge_result r = result_of(with("status", "\"processing\""));

	assert_int_equal(r.state, CHARGE_PROCESSING);
	assert_true(!r.kind || strcmp(r.kind, "debit") != 0);
	assert_int_equal(result_of(with("status", "\"requires_payment_method\"")).state,
			 CHARGE_PENDING);
	r = result_of(with("status", "\"canceled\""));
	assert_int_equal(r.state, CHARGE_DECLINED);
	assert_string_equal(r.decline_class, "soft");
	r = result_of(with("status",
			   "\"requires_payment_method\",\"last_payment_error\":"
			   "{\"code\":\"card_declined\",\"decline_code\":\"lost_card\"}"));
	assert_int_equal(r.state, CHARGE_DECLINED);
	assert_string_equal(r.decline_code, "lost_card");
	assert_true(r.ends_method);
	/* A booking that is not there yet, or no object, is no fee. */
	assert_null(result_of(with("latest_charge", "\"ch_1\"")).fee.ref);
	assert_null(result_of(with("balance_transaction", "null")).fee.ref);
	assert_null(result_of(with("fee", "\"54\"")).fee.ref);
	(void)state;
}

static void
a_debits_charge_says_why_it_failed(void **state)
{
	static const struct {
		const char *code, *class;
		bool ends;
	} cases[] = {
		{ "insufficient_funds", "soft", false },
		{ "generic_could_not_process", "soft", false },
		{ "account_closed", "hard", true },
		{ "debit_not_authorized", "hard", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct charge_result r = result_of(arena_printf(
		    a,
		    "{\"id\":\"pi_1\",\"amount\":1999,\"amount_received\":0,\"currency\":\"eur\","
		    "\"livemode\":false,\"status\":\"requires_payment_method\","
		    "\"metadata\":{\"billfold_attempt\":\"attempt-1\"},\"last_payment_error\":"
		    "{\"code\":\"payment_intent_payment_attempt_failed\"},\"latest_charge\":"
		    "{\"id\":\"ch_1\",\"failure_code\":\"%s\",\"payment_method_details\":"
		    "{\"type\":\"sepa_debit\"}}}",
		    cases[i].code));

		assert_int_equal(r.state, CHARGE_DECLINED);
		assert_string_equal(r.decline_code, cases[i].code);
		assert_string_equal(r.decline_class, cases[i].class);
		assert_int_equal(r.ends_method, cases[i].ends);
		assert_string_equal(r.kind, "debit");
	}
	(void)state;
}

/* Bytes changed at random: whatever still is JSON never comes out as money of another amount. */
static void
garbage_is_never_money(void **state)
{
	const char *seed_text = getenv("BILLFOLD_SEED");
	unsigned seed = seed_text ? (unsigned)strtoul(seed_text, NULL, 10) : (unsigned)time(NULL);
	char text[sizeof(GOOD)];
	int sound = 0, believed = 0;

	print_message("seed %u\n", seed);
	for (int n = 0; n < 20000; n++) {
		struct arena *mine = arena_new(0), *kept = a;
		struct json_object *o = NULL;
		struct charge_result r = { 0 };
		struct err err = { 0 };

		memcpy(text, GOOD, sizeof(GOOD));
		for (int k = 0; k < 1 + n % 3; k++) {
			seed = seed * 1103515245 + 12345;
			text[(seed >> 8) % (sizeof(GOOD) - 1)] = (char)(32 + (seed >> 20) % 95);
		}
		a = mine;
		if (jscan_parse(mine, str_from(text), &o, &err) == 0) {
			int64_t amount = 0, received = 0;

			sound++;
			stripe_intent_result(mine, o, &asked, false, &r);
			if (r.state == CHARGE_SUCCEEDED) {
				believed++;
				assert_true(jval_int(o, "amount", &amount) && amount == 1999);
				assert_true(jval_int(o, "amount_received", &received) &&
					    received == 1999);
				assert_true(stripe_is_id(str_from(r.ref)));
			}
		}
		a = kept;
		arena_free(mine);
	}
	assert_true(sound > 1000 && believed > 100 && believed < sound);
	(void)state;
}

/* ---- signatures ---- */

/* RFC 4231 case 2 holds the MAC itself; the vendor's own library signs in tests/api. */
static void
the_mac_is_hmac_sha256(void **state)
{
	static const unsigned char wanted[MAC_LEN] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75,
						       0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
						       0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d,
						       0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9,
						       0x64, 0xec, 0x38, 0x43 };
	const struct str parts[] = { STR("what do ya want "), STR(""), STR("for nothing?") };
	unsigned char mac[MAC_LEN];

	hmac_sha256(STR("Jefe"), parts, 3, mac);
	assert_memory_equal(mac, wanted, MAC_LEN);
	(void)state;
}

static const char *
signature(const char *body, const char *secret, int64_t at)
{
	char time_text[24];
	unsigned char mac[MAC_LEN];
	struct sb sb;

	snprintf(time_text, sizeof(time_text), "%lld", (long long)at);
	hmac_sha256(str_from(secret),
		    (const struct str[]){ str_from(time_text), STR("."), str_from(body) }, 3, mac);
	sb_init(&sb, a, 200);
	sb_addf(&sb, "v1=");
	for (size_t i = 0; i < MAC_LEN; i++)
		sb_addf(&sb, "%02x", mac[i]);
	return sb_z(&sb);
}

static bool
taken(const char *header, const char *body)
{
	const struct str secrets[] = { STR("whsec_one"), STR("whsec_two") };
	const struct webhook w = { .body = str_from(body),
				   .signature = str_from(header),
				   .secrets = secrets,
				   .n_secrets = 2,
				   .now = 1000000 };

	return stripe_signature_good(&w);
}

static void
signatures_are_taken_or_refused(void **state)
{
	const char *good = signature("{}", "whsec_one", 1000000);
	const char *second = signature("{}", "whsec_two", 1000000);
	struct sb many;

	assert_true(taken(arena_printf(a, "t=1000000,%s", good), "{}"));
	assert_true(taken(arena_printf(a, "t=1000000,%s", second), "{}"));
	assert_true(taken(arena_printf(a, "t=1000000,v1=%064d,%s,v0=zz", 0, good), "{}"));
	assert_true(taken(arena_printf(a, "%s,t=1000000", good), "{}"));
	for (int64_t d = -301; d <= 301; d += 1)
		assert_int_equal(taken(arena_printf(a, "t=%lld,%s", (long long)(1000000 + d),
						    signature("{}", "whsec_one", 1000000 + d)),
				       "{}"),
				 d >= -300 && d <= 300);
	assert_false(taken(arena_printf(a, "t=1000000,%s", good), "{ }"));
	assert_false(taken(arena_printf(a, "t=1000001,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "t=1000000,t=1000000,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "t= 1000000,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "t=1000000 ,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "t=99999999999999999999,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "t=-1000000,%s", good), "{}"));
	assert_false(taken(arena_printf(a, "T=1000000,%s", good), "{}"));
	assert_false(
	    taken(arena_printf(a, "t=1000000,%s", signature("{}", "whsec_three", 1000000)), "{}"));
	assert_false(taken(arena_printf(a, "t=1000000,%s", signature("{}", "", 1000000)), "{}"));
	assert_false(taken("", "{}"));
	assert_false(taken(",,,=,t=,v1=", "{}"));
	sb_init(&many, a, 10000);
	sb_addz(&many, "t=1000000");
	for (int i = 0; i < STRIPE_SIGNATURES_MAX; i++)
		sb_addf(&many, ",%s", good);
	assert_true(taken(sb_z(&many), "{}"));
	sb_addf(&many, ",%s", good);
	assert_false(taken(sb_z(&many), "{}"));
	(void)state;
}

static void
fees_are_read_in_minor_units(void **state)
{
	static const struct {
		const char *currency;
		int64_t there, here; /* -1: not one */
	} cases[] = {
		{ "eur", 54, 54 },  { "jpy", 12, 12 }, { "isk", 500, 5 }, { "mga", 7, 700 },
		{ "ugx", 500, -1 }, { "EUR", 54, -1 }, { "eu", 54, -1 },  { "isk", 550, -1 }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *currency;
		int64_t got;
		bool ok =
		    stripe_minor(a, cases[i].there, str_from(cases[i].currency), &got, &currency);

		assert_int_equal(ok, cases[i].here >= 0);
		if (ok)
			assert_int_equal(got, cases[i].here);
	}
	(void)state;
}

static int
setup(void **state)
{
	(void)state;
	a = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_has_one_text),
		cmocka_unit_test(a_form_that_is_too_long_says_so),
		cmocka_unit_test(amounts_go_there_and_back),
		cmocka_unit_test(declines_are_classed),
		cmocka_unit_test(an_answer_is_believed_when_it_is_about_what_was_asked),
		cmocka_unit_test(states_of_an_intent),
		cmocka_unit_test(a_debits_charge_says_why_it_failed),
		cmocka_unit_test(garbage_is_never_money),
		cmocka_unit_test(the_mac_is_hmac_sha256),
		cmocka_unit_test(signatures_are_taken_or_refused),
		cmocka_unit_test(fees_are_read_in_minor_units),
	};

	return cmocka_run_group_tests_name("stripe", tests, setup, teardown);
}
