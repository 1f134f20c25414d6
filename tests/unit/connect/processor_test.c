/*
 * processor_test.c - the processors: what their tokens say, the key that is honoured, the truth of
 * a look-up.
 */
#include "house.h"

static struct db *db;
static struct processor_env env;
static struct caller who;

static struct charge_result
charge(const char *key, const char *token, int64_t amount)
{
	struct charge c = {
		.key = key, .token = str_from(token), .amount = amount, .currency = "EUR"
	};
	struct charge_result r = { 0 };
	struct err err = { 0 };

	if (processor_find("sandbox")->charge(&env, house.a, &c, &r, &err) < 0)
		fail_msg("%s %s", err.detail, err.cause);
	return r;
}

static struct charge_result
lookup(const char *key)
{
	struct charge_result r = { 0 };
	struct err err = { 0 };

	if (processor_find("sandbox")->lookup(&env, house.a,
					      &(struct processor_query){ .key = key }, &r,
					      &err) < 0)
		fail_msg("%s %s", err.detail, err.cause);
	return r;
}

static void
tokens_say_what_happens(void **state)
{
	static const struct {
		const char *token;
		enum charge_state state;
		const char *class;
		bool disputed;
	} cases[] = {
		{ "sandbox_ok", CHARGE_SUCCEEDED, NULL, false },
		{ "sandbox_dispute", CHARGE_SUCCEEDED, NULL, true },
		{ "sandbox_debit_ok", CHARGE_PROCESSING, NULL, false },
		{ "sandbox_debit_fail", CHARGE_PROCESSING, NULL, false },
		{ "sandbox_decline_soft", CHARGE_DECLINED, "soft", false },
		{ "sandbox_decline_hard", CHARGE_DECLINED, "hard", false },
		{ "nonsense", CHARGE_DECLINED, "hard", false },
	};

	need_house();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *key = uuid_new_z(house.a);
		struct charge_result r = charge(key, cases[i].token, 11900);

		assert_int_equal(r.state, cases[i].state);
		assert_int_equal(r.disputed, cases[i].disputed);
		assert_non_null(r.ref);
		assert_true(cases[i].class ? strcmp(r.decline_class, cases[i].class) == 0
					   : !r.decline_class);
		assert_true((r.decline_code != NULL) == (r.state == CHARGE_DECLINED));
		assert_string_equal(lookup(key).ref, r.ref);
	}
	(void)state;
}

static void
the_same_key_gives_the_same_answer(void **state)
{
	const char *key = uuid_new_z(house.a);
	struct charge c = {
		.key = key, .token = STR("sandbox_ok"), .amount = 501, .currency = "EUR"
	};
	struct charge_result r;
	struct err err = { 0 };

	need_house();
	assert_string_equal(charge(key, "sandbox_ok", 500).ref, charge(key, "sandbox_ok", 500).ref);
	assert_string_equal(sql("SELECT count(*) FROM connect.sandbox_charge WHERE tenant_id = "
				"base.tenant_id() AND key = $1",
				key, NULL, NULL),
			    "1");
	assert_int_equal(processor_find("sandbox")->charge(&env, house.a, &c, &r, &err), -1);
	assert_int_equal(err.code, ERR_conflict);
	(void)state;
}

static void
a_lost_answer_is_found_by_looking(void **state)
{
	const char *key = uuid_new_z(house.a);

	need_house();
	assert_int_equal(lookup(key).state, CHARGE_ABSENT);
	assert_int_equal(charge(key, "sandbox_unknown", 900).state, CHARGE_UNKNOWN);
	assert_int_equal(charge(key, "sandbox_unknown", 900).state, CHARGE_UNKNOWN);
	assert_int_equal(lookup(key).state, CHARGE_SUCCEEDED);
	(void)state;
}

static void
nobody_is_charged_by_hand(void **state)
{
	const struct processor *p = processor_find("manual");
	struct charge c = { .key = "k", .token = STR("t"), .amount = 1, .currency = "EUR" };
	struct charge_result r;
	struct err err = { 0 };

	assert_int_equal(p->charge(NULL, house.a, &c, &r, &err), 0);
	assert_int_equal(r.state, CHARGE_DECLINED);
	assert_string_equal(r.decline_class, "hard");
	assert_int_equal(p->lookup(NULL, house.a, &(struct processor_query){ .key = "k" }, &r,
				   &err),
			 0);
	assert_int_equal(r.state, CHARGE_ABSENT);
	assert_null(processor_find("nobody"));
	assert_null(processor_find(NULL));
	(void)state;
}

static int
setup(void **state)
{
	(void)state;
	if (house_open() < 0)
		return -1;
	if (house.admin)
		db = program("paymentd");
	caller_worker(&who, house.tenant.z, "paymentd", "request-1");
	env = (struct processor_env){ .db = db, .who = &who };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_free(db);
	db_free(house.admin);
	arena_free(house.a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_say_what_happens),
		cmocka_unit_test(the_same_key_gives_the_same_answer),
		cmocka_unit_test(a_lost_answer_is_found_by_looking),
		cmocka_unit_test(nobody_is_charged_by_hand),
	};

	return cmocka_run_group_tests_name("processor", tests, setup, teardown);
}
