/*
 * auth_test.c - permissions, sessions as text, cookies, cross-site writes, links.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <billfold/auth/caller.h>
#include <billfold/auth/link.h>

static struct arena *a;

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

static void
every_permission_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (enum perm p = P_NONE + 1; p < P_MAX; p++) {
		assert_true(perm_defs[p].word[0] && perm_defs[p].doc[0]);
		assert_int_equal(perm_by_word(str_from(perm_defs[p].word)), p);
	}
	assert_int_equal(perm_by_word(STR("")), P_NONE);
	assert_int_equal(perm_by_word(STR("account")), P_NONE);
	assert_int_equal(perm_by_word(STR("account.read ")), P_NONE);
}

static void
a_set_has_what_was_added(void **state)
{
	struct perm_set set = { 0 };

	(void)state;
	assert_true(perm_has(&set, P_NONE));
	assert_false(perm_has(&set, P_ACCOUNT_READ));
	perm_add(&set, P_ACCOUNT_READ);
	perm_add(&set, P_MAX - 1);
	perm_add(&set, P_MAX); /* nothing, and no byte past the set */
	assert_true(perm_has(&set, P_ACCOUNT_READ) && perm_has(&set, P_MAX - 1));
	assert_false(perm_has(&set, P_MAX));
	assert_false(perm_has(&set, P_ACCOUNT_WRITE));
}

static void
a_scope_grants_known_words_alone(void **state)
{
	struct perm_set set = { 0 }, again = { 0 };

	(void)state;
	perms_from_scope(STR("account.read  deal.write nothing * ACCOUNT.WRITE"), &set);
	assert_true(str_eqz(perms_to_scope(a, &set), "account.read deal.write"));
	perms_from_scope(perms_to_scope(a, &set), &again);
	assert_memory_equal(&set, &again, sizeof(set));
}

static void
a_session_survives_its_text(void **state)
{
	struct session s = { .epoch = 7,
			     .csrf = "abc\"def",
			     .mfa = true,
			     .signed_in_at = 1795000000 },
		       t;

	(void)state;
	s.tenant = uuid_new();
	s.user = uuid_new();
	perm_add(&s.perms, P_REFUND);
	assert_true(session_parse(a, session_text(a, &s), &t));
	assert_memory_equal(&s, &t, sizeof(s));
}

static void
what_is_no_session_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"kind\":\"challenge\",\"tenant\":\"01890a5d-ac96-774b-bcce-b302099a8057\","
		"\"user\":"
		"\"01890a5d-ac96-774b-bcce-b302099a8057\",\"epoch\":1,\"csrf\":\"x\","
		"\"permissions\":[]}",
		"{\"kind\":\"session\",\"tenant\":\"x\",\"user\":\"01890a5d-ac96-774b-bcce-"
		"b302099a8057\",\"epoch\":1,"
		"\"csrf\":\"x\",\"permissions\":[]}",
		"{\"kind\":\"session\",\"tenant\":\"01890a5d-ac96-774b-bcce-b302099a8057\","
		"\"user\":"
		"\"01890a5d-ac96-774b-bcce-b302099a8057\",\"epoch\":\"1\",\"csrf\":\"x\","
		"\"permissions\":[]}",
		"{\"kind\":\"session\",\"tenant\":\"01890a5d-ac96-774b-bcce-b302099a8057\","
		"\"user\":"
		"\"01890a5d-ac96-774b-bcce-b302099a8057\",\"epoch\":1,\"csrf\":\"x\"}",
	};
	struct session s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(session_parse(a, str_from(bad[i]), &s));
}

static enum err_code
csrf(const struct caller *who, const char *token, const char *origin, const char *site)
{
	struct err err = { 0 };

	caller_csrf(who, str_from(token), str_from(origin), str_from(site), "https://b.example",
		    &err);
	return err.code;
}

static void
a_write_by_cookie_shows_the_sessions_token_from_our_own_pages(void **state)
{
	struct caller cookie = { .by_cookie = true, .csrf = "right" }, program = { 0 };

	(void)state;
	assert_int_equal(csrf(&cookie, "right", NULL, NULL), ERR_none);
	assert_int_equal(csrf(&cookie, "right", "https://b.example", "same-origin"), ERR_none);
	assert_int_equal(csrf(&cookie, NULL, NULL, NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "", NULL, NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "wrong", NULL, NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "right", "https://b.example.evil", NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "right", "http://b.example", NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "right", "null", NULL), ERR_csrf_failed);
	assert_int_equal(csrf(&cookie, "right", NULL, "cross-site"), ERR_csrf_failed);
	assert_int_equal(csrf(&program, NULL, "https://evil.example", "cross-site"), ERR_none);
}

static void
a_workers_caller_names_it(void **state)
{
	struct caller who;

	(void)state;
	caller_worker(&who, "01890A5D-AC96-774B-BCCE-B302099A8057", "invoiced", "req-1");
	assert_string_equal(who.actor, "worker:invoiced");
	assert_string_equal(who.actor_id, "invoiced");
	assert_string_equal(who.tenant.z, "01890a5d-ac96-774b-bcce-b302099a8057");
	assert_string_equal(who.request_id, "req-1");
	assert_int_equal(who.epoch, -1);
}

static void
a_links_token_has_tenant_and_secret(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"x",
		"01890a5d-ac96-774b-bcce-b302099a8057",
		"01890a5d-ac96-774b-bcce-b302099a8057.short",
		"not-a-tenant.0123456789012345678901234567890123456789012"
	};
	struct uuid tenant;
	char hash[65], wanted[65];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(link_parse(str_from(bad[i]), &tenant, hash));
	assert_true(link_parse(
	    STR("01890a5d-ac96-774b-bcce-b302099a8057.0123456789012345678901234567890123456789012"),
	    &tenant, hash));
	sha256_hex(STR("0123456789012345678901234567890123456789012"), wanted);
	assert_string_equal(hash, wanted);
	/* Behind '#', so that no server and no log sees it. */
	assert_string_equal(link_url(a, "https://b.example", "invite", "T"),
			    "https://b.example/welcome#T");
	assert_string_equal(link_url(a, "https://b.example", "reset", "T"),
			    "https://b.example/reset#T");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_permission_has_a_word_of_its_own),
		T(a_set_has_what_was_added),
		T(a_scope_grants_known_words_alone),
		T(a_session_survives_its_text),
		T(what_is_no_session_is_none),
		T(a_write_by_cookie_shows_the_sessions_token_from_our_own_pages),
		T(a_workers_caller_names_it),
		T(a_links_token_has_tenant_and_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
