/*
 * secret_test.c - the installation's secret: MACs by purpose, sealed columns, rotation; hashes
 * and encodings.
 */
#include <billfold/crypto.h>

#include <setjmp.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define TWO "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

static char path[] = "/tmp/secret_test.XXXXXX";

static int
setup(void **state)
{
	int fd = mkstemp(path);

	assert_int_equal(crypto_init(NULL), 0);
	*state = arena_new(0);
	return fd < 0 || close(fd) ? -1 : 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return unlink(path);
}

static const struct secret *
load(const char *text)
{
	const struct secret *s = NULL;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return secret_load(path, &s, NULL) == 0 ? s : NULL;
}

static void
files_that_are_no_secret_are_refused(void **state)
{
	const struct secret *s;

	(void)state;
	assert_null(load(""));
	assert_null(load("\n"));
	assert_null(load("AAEC\n"));
	assert_null(load(ONE "x\n"));
	assert_null(load(ONE "\nnonsense\n"));
	s = load(ONE "\n\n" TWO);
	assert_non_null(s);
	secret_free(s);
	chmod(path, 0604);
	assert_int_equal(secret_load(path, &s, NULL), -1);
	chmod(path, 0620);
	assert_int_equal(secret_load(path, &s, NULL), -1);
	chmod(path, 0600);
	assert_int_equal(secret_load("/nonexistent", &s, NULL), -1);
}

static void
a_secret_is_made_once(void **state)
{
	const char *other = arena_printf(*state, "%s.new", path);
	const struct secret *s;
	struct stat st;
	struct err e = { 0 };

	assert_int_equal(secret_create(other, &e), 0);
	assert_int_equal(secret_create(other, &e), -1);
	assert_int_equal(e.code, ERR_conflict);
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(secret_load(other, &s, &e), 0);
	secret_free(s);
	unlink(other);
}

static void
macs_differ_by_purpose_message_and_secret(void **state)
{
	unsigned char m[4][MAC_LEN];
	const struct secret *s = load(ONE "\n"), *t;

	(void)state;
	secret_mac(s, "cursor", STR("x"), m[0]);
	secret_mac(s, "cursor", STR("x"), m[1]);
	assert_memory_equal(m[0], m[1], MAC_LEN);
	secret_mac(s, "preview", STR("x"), m[1]);
	secret_mac(s, "cursor", STR("y"), m[2]);
	t = load(TWO "\n");
	secret_mac(t, "cursor", STR("x"), m[3]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(m[i], m[j], MAC_LEN);
	secret_free(s);
	secret_free(t);
}

static void
sealed_values_open_at_their_place_only(void **state)
{
	static const char aad[] = "t1|payment.method|token_sealed|m1";
	struct arena *a = *state;
	const struct secret *s = load(ONE "\n");
	const char *sealed, *again;
	struct str plain;
	struct err e = { 0 };
	char *bent;

	assert_int_equal(seal(a, s, aad, STR("tok_123"), &sealed, &e), 0);
	assert_int_equal(seal(a, s, aad, STR("tok_123"), &again, &e), 0);
	assert_string_not_equal(sealed, again);
	assert_null(strstr(sealed, "tok_123"));
	assert_int_equal(strncmp(sealed, "v1.", 3), 0);
	assert_int_equal(unseal(a, s, aad, sealed, &plain, &e), 0);
	assert_true(str_eqz(plain, "tok_123"));
	assert_int_equal(unseal(a, s, "t2|payment.method|token_sealed|m1", sealed, &plain, &e), -1);
	for (size_t i = 0; i < strlen(sealed); i++) {
		bent = arena_strdup(a, sealed);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		assert_int_equal(unseal(a, s, aad, bent, &plain, &e), -1);
		assert_int_equal(unseal(a, s, aad, arena_strndup(a, sealed, i), &plain, &e), -1);
	}
	assert_int_equal(seal(a, s, aad, STR(""), &sealed, &e), 0);
	assert_int_equal(unseal(a, s, aad, sealed, &plain, &e), 0);
	assert_int_equal(plain.len, 0);
	secret_free(s);
}

static void
after_a_rotation_the_old_secret_still_opens(void **state)
{
	struct arena *a = *state;
	const struct secret *old = load(ONE "\n"), *both = load(TWO "\n" ONE "\n"),
			    *fresh = load(TWO);
	const char *sealed, *later;
	struct str plain;

	assert_int_equal(seal(a, old, "x", STR("v"), &sealed, NULL), 0);
	assert_int_equal(unseal(a, both, "x", sealed, &plain, NULL), 0);
	assert_int_equal(unseal(a, fresh, "x", sealed, &plain, NULL), -1);
	assert_int_equal(seal(a, both, "x", STR("v"), &later, NULL), 0);
	assert_int_equal(unseal(a, fresh, "x", later, &plain, NULL), 0);
	assert_int_equal(unseal(a, old, "x", later, &plain, NULL), -1);
	secret_free(old);
	secret_free(both);
	secret_free(fresh);
}

static void
hashes_and_encodings(void **state)
{
	struct arena *a = *state;
	char hex[SHA256_HEX];
	struct str bin;

	sha256_hex(STR("abc"), hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(base64url_encode(a, STR("\xfb\xff")), "-_8");
	assert_true(base64url_decode(a, STR("-_8"), &bin) && str_eqz(bin, "\xfb\xff"));
	assert_true(base64url_decode(a, STR(""), &bin) && bin.len == 0);
	assert_false(base64url_decode(a, STR("-_8="), &bin));
	assert_false(base64url_decode(a, STR("-_9"), &bin));
	assert_false(base64url_decode(a, STR("+/8"), &bin));
	assert_false(base64url_decode(a, STR("-_8 "), &bin));
	assert_false(base64url_decode(a, STR("A"), &bin));
	assert_int_equal(strlen(token_new(a)), 43);
	assert_string_not_equal(token_new(a), token_new(a));
	assert_true(equal_secret(STR("abc"), STR("abc")));
	assert_false(equal_secret(STR("abc"), STR("abd")));
	assert_false(equal_secret(STR("abc"), STR("ab")));
	assert_true(equal_secret(STR(""), str_from(NULL)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_are_no_secret_are_refused),
		cmocka_unit_test(a_secret_is_made_once),
		cmocka_unit_test(macs_differ_by_purpose_message_and_secret),
		cmocka_unit_test(sealed_values_open_at_their_place_only),
		cmocka_unit_test(after_a_rotation_the_old_secret_still_opens),
		cmocka_unit_test(hashes_and_encodings),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
