/*
 * password_test.c - hashes, what is refused as a password, and one-time codes.
 */
#include <billfold/crypto.h>

#include <setjmp.h>
#include <cmocka.h>

/* RFC 6238, appendix B: the secret of its SHA-1 cases, in base32. */
#define RFC_SECRET STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

static int
setup(void **state)
{
	*state = arena_new(0);
	return crypto_init(NULL);
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
hashes_are_phc_strings_and_salted(void **state)
{
	struct arena *a = *state;
	const char *one, *two;
	char big[1025];

	assert_int_equal(password_hash(a, STR("correct horse"), &one, NULL), 0);
	assert_int_equal(password_hash(a, STR("correct horse"), &two, NULL), 0);
	assert_int_equal(strncmp(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
	assert_string_not_equal(one, two);
	assert_true(password_verify(one, STR("correct horse")));
	assert_false(password_verify(one, STR("correct horsf")));
	assert_false(password_verify(one, STR("")));
	assert_false(password_verify(NULL, STR("x")));
	assert_false(password_verify("", STR("x")));
	assert_false(password_verify("$argon2id$", STR("x")));
	password_decoy(STR("anything"));
	memset(big, 'x', sizeof(big));
	assert_int_equal(password_hash(a, (struct str){ big, sizeof(big) }, &one, NULL), -1);
	assert_false(password_verify(one, (struct str){ big, sizeof(big) }));
}

static const char *
code_of(struct arena *a, struct str password)
{
	struct err e = { 0 };

	if (password_check(password, a, &e) == 0)
		return "ok";
	assert_int_equal(e.code, ERR_validation_failed);
	assert_string_equal(e.fields->pointer, "/password");
	return e.fields->code;
}

static void
passwords_that_everyone_knows_are_refused(void **state)
{
	static const char *const known[] = { "password",
					     "Password1",
					     "PASSWORD",
					     "P@ssw0rd!",
					     "12345678",
					     "87654321",
					     "aaaaaaaa",
					     "abababab",
					     "abcabcabcabc",
					     "qwertyuiop",
					     "1q2w3e4r",
					     "iloveyou",
					     "Welcome2024",
					     "Summer2026!",
					     "letmein123",
					     "Billfold1!",
					     "abcdefghij",
					     "ZYXWVUTS",
					     "12341234",
					     "trustno1",
					     "contrase\xc3\xb1"
					     "a",
					     "Qwerty123!",
					     "s3cr3t99" };
	static const char *const fine[] = { "correct horse battery staple",
					    "xk4!mQ9z",
					    "gr\xc3\xbc\xc3\x9f"
					    "e an mama",
					    "password of my own making",
					    "\xf0\x9f\x90\x98\xf0\x9f\x90\x98x1 yz!q",
					    "tr0ub4dor&3",
					    "summery days in 1987" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(code_of(*state, str_from(known[i])), "password_known") != 0)
			fail_msg("%s", known[i]);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		if (strcmp(code_of(*state, str_from(fine[i])), "ok") != 0)
			fail_msg("%s", fine[i]);
}

static void
length_is_counted_in_characters(void **state)
{
	char text[4 * 257 + 1] = { 0 };

	assert_string_equal(code_of(*state, STR("")), "too_short");
	assert_string_equal(code_of(*state, STR("xk4!mQ9")), "too_short");
	assert_string_equal(code_of(*state, STR("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4")), "too_short");
	assert_string_equal(code_of(*state, STR("xk4!mQ9z\xff")), "type");
	for (size_t i = 0; i < 257; i++)
		memcpy(text + 4 * i, i % 3 ? "\xf0\x9f\x90\x98" : "\xf0\x9f\x90\x99", 4);
	/* A pattern of three would be known; the last differs. */
	memcpy(text + 4 * 255, "\xf0\x9f\x90\x9a", 4);
	assert_string_equal(code_of(*state, (struct str){ text, 4 * 256 }), "ok");
	assert_string_equal(code_of(*state, (struct str){ text, 4 * 257 }), "too_long");
}

/* The list is searched by halves: out of order, it would let some through. */
static void
every_listed_password_is_found(void **state)
{
	static const char *const listed[] = {
#include "../../../src/crypto/known_passwords.def"
	};

	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		assert_true(i == 0 || strcmp(listed[i - 1], listed[i]) < 0);
		assert_string_equal(code_of(*state, str_from(listed[i])), "password_known");
	}
}

static void
totp_of_rfc_6238(void **state)
{
	/* The RFC's eight digits; six are their end. */
	static const struct {
		int64_t now;
		const char *code;
	} cases[] = { { 59, "94287082" },         { 1111111109, "07081804" },
		      { 1111111111, "14050471" }, { 1234567890, "89005924" },
		      { 2000000000, "69279037" }, { INT64_C(20000000000), "65353130" } };
	int64_t step;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(
		    totp_verify(RFC_SECRET, str_from(cases[i].code + 2), cases[i].now, -1, &step));
		assert_true(step == cases[i].now / 30);
		assert_false(
		    totp_verify(RFC_SECRET, str_from(cases[i].code), cases[i].now, -1, &step));
	}
}

static void
a_code_serves_once_and_one_step_around(void **state)
{
	struct str code = STR("005924"); /* of 1234567890 */
	int64_t now = 1234567890, step = 0;

	(void)state;
	assert_true(totp_verify(RFC_SECRET, code, now, now / 30 - 1, &step));
	assert_false(totp_verify(RFC_SECRET, code, now, step, &step));
	assert_false(totp_verify(RFC_SECRET, code, now, step + 1, &step));
	assert_true(totp_verify(RFC_SECRET, code, now - 30, -1, &step) && step == now / 30);
	assert_true(totp_verify(RFC_SECRET, code, now + 30, -1, &step) && step == now / 30);
	assert_false(totp_verify(RFC_SECRET, code, now - 60, -1, &step));
	assert_false(totp_verify(RFC_SECRET, code, now + 60, -1, &step));
	assert_false(totp_verify(RFC_SECRET, STR("5924"), now, -1, &step));
	assert_false(totp_verify(RFC_SECRET, STR("00592x"), now, -1, &step));
	assert_false(totp_verify(RFC_SECRET, STR(""), now, -1, &step));
	assert_false(totp_verify(STR("not base32!"), code, now, -1, &step));
	assert_true(totp_verify(STR("gezdgnbvgy3tqojqgezdgnbvgy3tqojq"), code, now, -1, &step));
}

static void
new_secrets_are_base32(void **state)
{
	const char *s = totp_secret_new(*state);

	assert_int_equal(strlen(s), 32);
	assert_int_equal(strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	assert_string_not_equal(s, totp_secret_new(*state));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_phc_strings_and_salted),
		cmocka_unit_test(passwords_that_everyone_knows_are_refused),
		cmocka_unit_test(length_is_counted_in_characters),
		cmocka_unit_test(every_listed_password_is_found),
		cmocka_unit_test(totp_of_rfc_6238),
		cmocka_unit_test(a_code_serves_once_and_one_step_around),
		cmocka_unit_test(new_secrets_are_base32),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
