/*
 * people_test.c - amounts, numbers and dates as people write them; the words of every language.
 */
#include "document/labels.h"

#include <billfold/document.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NBSP  "\xc2\xa0"
#define NNBSP "\xe2\x80\xaf"

static struct arena *a;

static void
amounts_by_locale_and_exponent(void **state)
{
	static const struct {
		const char *locale, *currency;
		int exponent;
		int64_t amount;
		const char *money, *plain;
	} cases[] = {
		{ "de-DE", "EUR", 2, 123456789, "1.234.567,89" NBSP "€", "1.234.567,89" },
		{ "en-US", "USD", 2, -150, "-$1.50", "-1.50" },
		{ "fr-FR", "EUR", 2, 123456, "1" NNBSP "234,56" NBSP "€", "1" NNBSP "234,56" },
		{ "fr-CH", "CHF", 2, 10810, "108,10" NBSP "CHF", "108,10" },
		{ "en-US", "JPY", 0, 1240, "¥1,240", "1,240" },
		{ "en-US", "KWD", 3, 3953, "KWD" NBSP "3.953", "3.953" },
		/* the exponent of the data, whatever ICU thinks of the currency */
		{ "en-US", "JPY", 2, 1240, "¥12.40", "12.40" },
		{ "de-DE", "EUR", 4, 1, "0,0001" NBSP "€", "0,0001" },
		{ "no such place", "EUR", 2, 5, "€0.05", "0.05" },
		{ "", "EUR", 2, 9007199254740991, "€90,071,992,547,409.91",
		  "90,071,992,547,409.91" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct people *p =
		    people_open(a, cases[i].locale, cases[i].currency, cases[i].exponent);

		assert_string_equal(people_money(p, cases[i].amount), cases[i].money);
		assert_string_equal(people_amount(p, cases[i].amount), cases[i].plain);
	}
	(void)state;
}

static void
numbers_keep_every_digit(void **state)
{
	const struct people *p = people_open(a, "de-DE", "EUR", 2);

	assert_string_equal(people_number(p, STR("0.000025")), "0,000025");
	assert_string_equal(people_number(p, STR("1234567.100")), "1.234.567,1");
	assert_string_equal(people_number(p, STR("-19")), "-19");
	assert_string_equal(people_price(p, STR("120")), "120,00");
	assert_string_equal(people_price(p, STR("0.00125")), "0,00125");
	assert_string_equal(people_number(p, STR("no number")), "no number");
	(void)state;
}

static void
dates_are_civil_days(void **state)
{
	const struct people *de = people_open(a, "de-DE", "EUR", 2),
			    *us = people_open(a, "en-US", "USD", 2);

	assert_string_equal(people_date(de, STR("2026-03-14")), "14. März 2026");
	assert_string_equal(people_date(us, STR("2026-01-01")), "January 1, 2026");
	assert_string_equal(people_date(us, STR("2024-02-29")), "February 29, 2024");
	assert_string_equal(people_date(us, STR("1969-12-31")), "December 31, 1969");
	assert_string_equal(people_date(us, STR("2026-02-30")), "2026-02-30"); /* no day */
	assert_string_equal(people_country(de, STR("FR")), "Frankreich");
	assert_string_equal(people_country(us, STR("DE")), "Germany");
	(void)state;
}

static void
every_language_has_every_word(void **state)
{
	static const char *const languages[] = { "en", "de-AT", "fr", "es-MX" };

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		const char *const *words = labels_for(languages[i]);

		assert_true(i == 0 || words != labels_for("en"));
		for (int l = 0; l < LABEL_MAX; l++)
			if (!words[l] || !*words[l])
				fail_msg("%s: word %d", languages[i], l);
		assert_non_null(strstr(words[L_TAX_ON], "{1}"));
		assert_non_null(strstr(words[L_PAGE], "{2}"));
	}
	assert_ptr_equal(labels_for("ja-JP"), labels_for("en"));
	assert_string_equal(labels_locale(a, "ja-JP"), "en-JP");
	assert_string_equal(labels_locale(a, "de-AT"), "de-AT");
	(void)state;
}

static int
setup(void **state)
{
	a = arena_new(0);
	(void)state;
	return 0;
}

static int
teardown(void **state)
{
	arena_free(a);
	(void)state;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_by_locale_and_exponent),
		cmocka_unit_test(numbers_keep_every_digit),
		cmocka_unit_test(dates_are_civil_days),
		cmocka_unit_test(every_language_has_every_word),
	};

	return cmocka_run_group_tests_name("people", tests, setup, teardown);
}
