/*
 * people.c - amounts, numbers and dates as people of a place write them.
 *
 * ICU formats exact decimal texts (unum_formatDecimal), never doubles. Its time zones are not used:
 * a civil date goes in as midnight UTC and is shown in UTC. The currency's exponent comes with the
 * data and overrules ICU's own table.
 */
#include <billfold/document.h>

#include <billfold/base/date.h>
#include <billfold/base/money.h>

#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

enum { TEXT_MAX = 200 };

struct people {
	struct arena *arena;
	char locale[ULOC_FULLNAME_CAPACITY];
	int exponent;
	UNumberFormat *money, *amount, *number, *price;
	UDateFormat *date;
};

static void
people_close(void *arg)
{
	struct people *p = arg;

	unum_close(p->money);
	unum_close(p->amount);
	unum_close(p->number);
	unum_close(p->price);
	udat_close(p->date);
}

static UNumberFormat *
open_number(const struct people *p, UNumberFormatStyle style, int least, int most)
{
	UErrorCode e = U_ZERO_ERROR;
	UNumberFormat *f = unum_open(style, NULL, 0, p->locale, NULL, &e);

	if (U_FAILURE(e))
		return NULL;
	unum_setAttribute(f, UNUM_MIN_FRACTION_DIGITS, least);
	unum_setAttribute(f, UNUM_MAX_FRACTION_DIGITS, most);
	return f;
}

/* Some places separate prices and other numbers differently (fr-CH); one document does not. */
static void
copy_symbol(struct people *p, UNumberFormatSymbol from, UNumberFormatSymbol to)
{
	UChar sign[8];
	UErrorCode e = U_ZERO_ERROR;
	int32_t n = p->amount ? unum_getSymbol(p->amount, from, sign, 8, &e) : 0;

	if (U_SUCCESS(e) && n > 0)
		unum_setSymbol(p->money, to, sign, n, &e);
}

static void
choose_locale(struct people *p, const char *tag)
{
	UErrorCode e = U_ZERO_ERROR;
	int32_t used = 0;

	uloc_forLanguageTag(tag && *tag ? tag : "en", p->locale, sizeof(p->locale), &used, &e);
	if (U_FAILURE(e) || !p->locale[0] || e == U_STRING_NOT_TERMINATED_WARNING)
		snprintf(p->locale, sizeof(p->locale), "en");
}

const struct people *
people_open(struct arena *a, const char *locale, const char *currency, int exponent)
{
	static const UChar utc[] = { 'E', 't', 'c', '/', 'U', 'T', 'C', 0 };
	struct people *p = arena_alloc(a, sizeof(*p));
	UErrorCode e = U_ZERO_ERROR;
	UChar code[4] = { 0 };

	p->arena = a;
	p->exponent = exponent;
	choose_locale(p, locale);
	p->amount = open_number(p, UNUM_DECIMAL, exponent, exponent);
	p->number = open_number(p, UNUM_DECIMAL, 0, DECIMAL_SCALE_MAX);
	p->price = open_number(p, UNUM_DECIMAL, exponent, DECIMAL_SCALE_MAX);
	p->money = open_number(p, UNUM_CURRENCY, exponent, exponent);
	if (p->money && currency && strlen(currency) == 3) {
		u_charsToUChars(currency, code, 3);
		unum_setTextAttribute(p->money, UNUM_CURRENCY_CODE, code, 3, &e);
		unum_setAttribute(p->money, UNUM_MIN_FRACTION_DIGITS, exponent);
		unum_setAttribute(p->money, UNUM_MAX_FRACTION_DIGITS, exponent);
		copy_symbol(p, UNUM_DECIMAL_SEPARATOR_SYMBOL, UNUM_MONETARY_SEPARATOR_SYMBOL);
		copy_symbol(p, UNUM_GROUPING_SEPARATOR_SYMBOL,
			    UNUM_MONETARY_GROUPING_SEPARATOR_SYMBOL);
	}
	e = U_ZERO_ERROR;
	p->date = udat_open(UDAT_NONE, UDAT_LONG, p->locale, utc, -1, NULL, 0, &e);
	if (p->date) {
		/* The civil calendar, also before 1582 and for locales with another. */
		UCalendar *c = ucal_open(utc, -1, p->locale, UCAL_GREGORIAN, &e);

		if (U_SUCCESS(e))
			ucal_setGregorianChange(c, -8.64e15, &e);
		if (U_SUCCESS(e))
			udat_setCalendar(p->date, c);
		ucal_close(c);
	}
	arena_defer(a, people_close, p);
	return p;
}

static const char *
to_utf8(struct arena *a, const UChar *s, int32_t len)
{
	char buf[TEXT_MAX * 3];
	int32_t used = 0;
	UErrorCode e = U_ZERO_ERROR;

	u_strToUTF8(buf, sizeof(buf), &used, s, len, &e);
	return U_FAILURE(e) ? "" : arena_strndup(a, buf, (size_t)used);
}

static const char *
format_decimal(const struct people *p, const UNumberFormat *f, const char *text)
{
	UChar out[TEXT_MAX];
	UErrorCode e = U_ZERO_ERROR;
	int32_t n;

	if (!f)
		return arena_strdup(p->arena, text);
	n = unum_formatDecimal(f, text, (int32_t)strlen(text), out, TEXT_MAX, NULL, &e);
	return U_FAILURE(e) ? arena_strdup(p->arena, text) : to_utf8(p->arena, out, n);
}

const char *
people_money(const struct people *p, int64_t amount)
{
	char text[DECIMAL_TEXT];

	money_format(amount, p->exponent, text);
	return format_decimal(p, p->money, text);
}

const char *
people_amount(const struct people *p, int64_t amount)
{
	char text[DECIMAL_TEXT];

	money_format(amount, p->exponent, text);
	return format_decimal(p, p->amount, text);
}

static const char *
format_text(const struct people *p, const UNumberFormat *f, struct str decimal)
{
	struct decimal d;
	struct err err = { 0 };
	char text[DECIMAL_TEXT];

	if (decimal_parse(decimal, &d, &err) < 0)
		return str_dup(p->arena, decimal);
	decimal_format(d, text);
	return format_decimal(p, f, text);
}

const char *
people_number(const struct people *p, struct str decimal)
{
	return format_text(p, p->number, decimal);
}

const char *
people_price(const struct people *p, struct str decimal)
{
	return format_text(p, p->price, decimal);
}

const char *
people_date(const struct people *p, struct str date)
{
	UChar out[TEXT_MAX];
	UErrorCode e = U_ZERO_ERROR;
	civil_day day;
	int32_t n;

	if (!date_parse(date, &day) || !p->date)
		return str_dup(p->arena, date);
	n = udat_format(p->date, (UDate)day * 86400000.0, out, TEXT_MAX, NULL, &e);
	return U_FAILURE(e) ? str_dup(p->arena, date) : to_utf8(p->arena, out, n);
}

const char *
people_country(const struct people *p, struct str code)
{
	char region[8];
	UChar out[TEXT_MAX];
	UErrorCode e = U_ZERO_ERROR;
	int32_t n;

	if (code.len != 2)
		return str_dup(p->arena, code);
	snprintf(region, sizeof(region), "und_" STR_FMT, STR_ARG(code));
	n = uloc_getDisplayCountry(region, p->locale, out, TEXT_MAX, &e);
	return U_FAILURE(e) ? str_dup(p->arena, code) : to_utf8(p->arena, out, n);
}
