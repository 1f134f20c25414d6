/*
 * sheet.c - what the parts of a document share: the paper, looks at the data, breaks, flowing text,
 * addresses.
 *
 * Paper is A4, or Letter where the seller's country uses it.
 */
#include "sheet.h"

static const double mm = 72 / 25.4;

static bool
uses_letter(struct str country)
{
	static const char *const letter[] = { "US", "CA", "MX", "CL", "CO", "PH" };

	for (size_t i = 0; i < sizeof(letter) / sizeof(letter[0]); i++)
		if (str_eqz(country, letter[i]))
			return true;
	return false;
}

void
sheet_open(struct sheet *s)
{
	bool letter = uses_letter(jval_str_of(jval_get(s->seller, "address"), "country"));

	if (s->p == NULL)
		s->p =
		    paper_open(s->a, letter ? 612 : 210 * mm, letter ? 792 : 297 * mm, s->locale);
	s->left = 20 * mm;
	s->right = paper_width(s->p) - 18 * mm;
	s->top = 66;
}

struct str
sheet_decimal(const struct sheet *s, struct json_object *o, const char *key)
{
	struct json_object *v = jval_get(o, key);

	if (json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double))
		return jval_text(s->a, v);
	return jval_str_of(o, key);
}

bool
sheet_amount(const struct sheet *s, struct json_object *o, const char *key, int64_t *ret)
{
	if (!json_object_is_type(o, json_type_object) || !jval_int(o, key, ret))
		return false;
	*ret *= s->sign;
	return true;
}

const char *
sheet_words(const struct sheet *s, enum label l, const char *one, const char *two)
{
	struct sb sb;

	sb_init(&sb, s->a, 4096);
	for (const char *c = s->words[l]; *c; c++) {
		if (strncmp(c, "{1}", 3) == 0 || strncmp(c, "{2}", 3) == 0) {
			sb_addz(&sb, c[1] == '1' ? one : two);
			c += 2;
		} else {
			sb_addc(&sb, *c);
		}
	}
	return sb_z(&sb);
}

static void
start_page(struct sheet *s)
{
	paper_new_page(s->p);
	s->y = s->top;
	if (s->on_break)
		s->on_break(s);
}

void
sheet_need(struct sheet *s, double height)
{
	if (s->y + height > s->bottom)
		start_page(s);
}

void
sheet_flow(struct sheet *s, PangoLayout *t, enum ink ink, double x)
{
	int n = paper_text_lines(t);

	for (int i = 0; i < n; i++) {
		double h = paper_line_height(t, i);

		sheet_need(s, h);
		paper_put_line(s->p, t, i, ink, x, s->y);
		s->y += h;
	}
}

/* ---- addresses ---- */

enum city_form { CITY_POST_FIRST, CITY_REGION_POST, CITY_THEN_POST };

static bool
listed(const char *codes, struct str country)
{
	struct str rest = str_from(codes);

	while (rest.len)
		if (str_eq(str_cut(rest, ' ', &rest), country))
			return true;
	return false;
}

static enum city_form
city_form(struct str country)
{
	if (listed("US CA AU MX IN BR NZ JP KR CN TW TH ID", country))
		return CITY_REGION_POST;
	return listed("GB IE SG HK", country) ? CITY_THEN_POST : CITY_POST_FIRST;
}

/* Where an address does without its region, as postal code and city say it. */
static bool
omits_region(struct str country)
{
	return listed("DE AT CH LI LU FR BE NL DK SE NO FI IS PL CZ SK HU SI", country);
}

static void
add_line(const struct sheet *s, line_vec *v, const char *text)
{
	if (text && *text)
		*vec_push(s->a, v) = text;
}

static const char *
join(struct arena *a, struct str one, const char *between, struct str two)
{
	return arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(one),
			    one.len && two.len ? between : "", STR_ARG(two));
}

void
sheet_address(const struct sheet *s, struct json_object *address, struct str home, line_vec *ret)
{
	struct str city = jval_str_of(address, "city"), post = jval_str_of(address, "postal_code");
	struct str region = jval_str_of(address, "region"),
		   country = jval_str_of(address, "country");

	add_line(s, ret, str_dup(s->a, jval_str_of(address, "line1")));
	add_line(s, ret, str_dup(s->a, jval_str_of(address, "line2")));
	switch (city_form(country)) {
	case CITY_REGION_POST:
		add_line(s, ret, join(s->a, city, ", ", str_from(join(s->a, region, " ", post))));
		break;
	case CITY_THEN_POST:
		add_line(s, ret, str_dup(s->a, city));
		add_line(s, ret, str_dup(s->a, region));
		add_line(s, ret, str_dup(s->a, post));
		break;
	case CITY_POST_FIRST:
		add_line(s, ret, join(s->a, post, " ", city));
		if (!omits_region(country))
			add_line(s, ret, str_dup(s->a, region));
		break;
	}
	if (country.len && !str_eq(country, home))
		add_line(s, ret, people_country(s->people, country));
}

const char *
sheet_iban(struct arena *a, struct str iban)
{
	struct sb sb;
	size_t n = 0;

	sb_init(&sb, a, 200);
	for (size_t i = 0; i < iban.len; i++) {
		if (iban.p[i] == ' ')
			continue;
		if (n && n % 4 == 0)
			sb_addc(&sb, ' ');
		sb_addc(&sb, iban.p[i]);
		n++;
	}
	return sb_z(&sb);
}

const char *
sheet_pay_url(const struct sheet *s)
{
	static const char more[] = "-._~:/?#[]@!$&()*+,;=%";
	struct str url = jval_str_of(s->doc, "pay_url");

	if (s->credit || url.len > 500 ||
	    (!str_starts(url, STR("https://")) && !str_starts(url, STR("http://"))))
		return NULL;
	for (size_t i = 0; i < url.len; i++) {
		char c = url.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr(more, c))))
			return NULL;
	}
	return str_dup(s->a, url);
}
