/*
 * mail_compose.c - what a mail says: the data of an invoice or of a renewal made ready for
 * templates, templates run, text set into the frame.
 */
#include "labels.h"

#include <billfold/document.h>

enum { MAIL_TEXT_MAX = 1 << 20 };

static void
put(struct json_object *o, const char *key, const char *z)
{
	if (z && *z)
		json_object_object_add(o, key, json_object_new_string(z));
}

static void
put_member(struct arena *a, struct json_object *o, const char *key, struct json_object *from,
	   const char *member)
{
	put(o, key, str_dup(a, jval_str_of(from, member)));
}

static void
put_party(struct arena *a, struct json_object *o, const char *key, struct json_object *party)
{
	struct json_object *p = json_object_new_object();
	struct str name = jval_str_of(party, "name"), legal = jval_str_of(party, "legal_name");

	put(p, "name", str_dup(a, name.len ? name : legal));
	put_member(a, p, "legal_name", party, "legal_name");
	put_member(a, p, "email", party, "email");
	put_member(a, p, "phone", party, "phone");
	json_object_object_add(o, key, p);
}

static void
put_money(const struct people *p, struct json_object *doc, struct json_object *o, const char *key,
	  int sign)
{
	int64_t n;

	if (jval_int(doc, key, &n))
		put(o, key, people_money(p, n * sign));
}

static void
put_date(const struct people *p, struct json_object *doc, struct json_object *o, const char *key)
{
	struct str date = jval_str_of(doc, key);

	if (date.len)
		put(o, key, people_date(p, date));
}

static void
merge(struct json_object *into, struct json_object *extra)
{
	if (!json_object_is_type(extra, json_type_object))
		return;
	json_object_object_foreach(extra, key, value)
	{
		json_object_object_add(into, key, json_object_get(value));
	}
}

static void
drop(void *o)
{
	json_object_put(o);
}

int
mail_data(struct arena *a, struct json_object *doc, struct json_object *extra,
	  struct json_object **ret, struct err *err)
{
	const char *locale = str_dup(a, jval_str_of(doc, "locale"));
	const char *kind = str_dup(a, jval_str_of(doc, "kind"));
	struct json_object *o = json_object_new_object();
	int64_t exponent = 2, due = 0, total = 0, payable = 0;
	const struct people *p;
	bool credit;
	int sign;

	/* A document of both signs that comes to less than nothing is a credit note. */
	if (jval_int(doc, "payable", &payable) && payable < 0)
		kind = "credit";
	credit = strcmp(kind, "credit") == 0;
	arena_defer(a, drop, o);
	jval_int(doc, "exponent", &exponent);
	if (exponent < 0 || exponent > 4)
		return err_set(err, ERR_internal, "the currency's exponent is out of range");
	p = people_open(a, labels_locale(a, locale), str_dup(a, jval_str_of(doc, "currency")),
			(int)exponent);
	jval_int(doc, "total", &total);
	jval_int(doc, "amount_due", &due);
	sign = credit && total < 0 ? -1 : 1;
	put(o, "title", invoice_title(kind, locale));
	put_member(a, o, "number", doc, "number");
	put_member(a, o, "po_number", doc, "po_number");
	put_member(a, o, "currency", doc, "currency");
	put_date(p, doc, o, "issue_date");
	put_date(p, doc, o, "due_date");
	put_money(p, doc, o, "total", sign);
	put_money(p, doc, o, "paid", sign);
	put_money(p, doc, o, "amount_due", sign);
	json_object_object_add(o, "is_due", json_object_new_boolean(!credit && due > 0));
	if (!credit && due > 0)
		put_member(a, o, "pay_url", doc, "pay_url");
	put(o, "pay_label", labels_for(locale)[L_PAY_ONLINE]);
	put_party(a, o, "seller", jval_get(doc, "seller"));
	put_party(a, o, "payer", jval_get(doc, "payer"));
	put_party(a, o, "contact", jval_get(doc, "contact"));
	merge(o, extra);
	put_date(p, extra, o, "next_try");
	*ret = o;
	return 0;
}

/* ---- a renewal ---- */

static const struct people *
renewal_people(struct arena *a, struct json_object *doc, struct err *err)
{
	const char *locale = str_dup(a, jval_str_of(doc, "locale"));
	int64_t exponent = 2;

	jval_int(doc, "exponent", &exponent);
	if (exponent >= 0 && exponent <= 4)
		return people_open(a, labels_locale(a, locale),
				   str_dup(a, jval_str_of(doc, "currency")), (int)exponent);
	err_set(err, ERR_internal, "the currency's exponent is out of range");
	return NULL;
}

static void
put_flag(struct json_object *o, struct json_object *from, const char *key)
{
	bool is = false;

	jval_bool(from, key, &is);
	json_object_object_add(o, key, json_object_new_boolean(is));
}

int
mail_renewal_data(struct arena *a, struct json_object *doc, struct json_object *renewal,
		  const char *recipient_name, struct json_object **ret, struct err *err)
{
	static const char *const amounts[] = { "period_total",        "period_net",
					       "term_total",          "term_net",
					       "period_total_before", "term_total_before",
					       "period_net_before",   "term_net_before" };
	static const char *const days[] = { "renews_on", "last_day", "next_last_day", "notice_by" };
	struct json_object *o = json_object_new_object(), *contact = json_object_new_object();
	const struct people *p = renewal_people(a, doc, err);
	struct str percent = jval_str_of(renewal, "change_percent");

	arena_defer(a, drop, o);
	json_object_object_add(o, "contact", contact);
	if (!p)
		return -1;
	put(contact, "name", recipient_name);
	put_member(a, o, "name", doc, "name");
	put_member(a, o, "currency", doc, "currency");
	put_party(a, o, "seller", jval_get(doc, "seller"));
	put_party(a, o, "payer", jval_get(doc, "payer"));
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		put_money(p, renewal, o, amounts[i], 1);
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		put_date(p, renewal, o, days[i]);
	if (percent.len)
		put(o, "change_percent", people_number(p, percent));
	put_flag(o, renewal, "renews");
	put_flag(o, renewal, "changed");
	*ret = o;
	return 0;
}

/* ---- the frame ---- */

static struct json_object *
action(struct arena *a, struct str url, struct json_object *data)
{
	struct json_object *o = json_object_new_object();
	struct str label = jval_str_of(data, "pay_label");

	put(o, "url", str_dup(a, url));
	put(o, "label", label.len ? str_dup(a, label) : str_dup(a, url));
	return o;
}

/* A line that is the mail's own link becomes the button below its paragraph. */
static void
add_line(struct arena *a, struct json_object *paragraph, struct str line, struct json_object *data)
{
	struct str pay = jval_str_of(data, "pay_url"), link = jval_str_of(data, "link_url");
	struct json_object *lines = jval_get(paragraph, "lines");

	if ((pay.len && str_eq(line, pay)) || (link.len && str_eq(line, link)))
		json_object_object_add(paragraph, "action", action(a, line, data));
	else
		json_object_array_add(lines, json_object_new_string_len(line.p, (int)line.len));
}

static struct json_object *
paragraphs(struct arena *a, struct str text, struct json_object *data)
{
	struct json_object *all = json_object_new_array(), *now = NULL;

	while (text.len) {
		struct str line = str_trim(str_cut(text, '\n', &text));

		if (!line.len) {
			now = NULL;
			continue;
		}
		if (!now) {
			now = json_object_new_object();
			json_object_object_add(now, "lines", json_object_new_array());
			json_object_array_add(all, now);
		}
		add_line(a, now, line, data);
	}
	return all;
}

static int
run_frame(struct arena *a, struct str frame, struct json_object *data, struct mail *m,
	  struct err *err)
{
	struct json_object *seller = jval_get(data, "seller"), *o = json_object_new_object();
	struct str name = jval_str_of(seller, "name"), legal = jval_str_of(seller, "legal_name");

	arena_defer(a, drop, o);
	put(o, "subject", m->subject);
	put(o, "sender", str_dup(a, name.len ? name : jval_str_of(data, "tenant")));
	put(o, "imprint", str_dup(a, legal.len ? legal : name));
	json_object_object_add(o, "paragraphs", paragraphs(a, m->text, data));
	return template_render(a, frame, o, TEMPLATE_HTML, MAIL_TEXT_MAX, &m->html, err);
}

int
mail_compose(struct arena *a, struct json_object *row, struct json_object *data, struct mail *m,
	     struct err *err)
{
	struct str subject, html = jval_str_of(row, "html"), frame = jval_str_of(row, "frame");

	if (template_render(a, jval_str_of(row, "subject"), data, TEMPLATE_LINE, 2000, &subject,
			    err) < 0 ||
	    template_render(a, jval_str_of(row, "text"), data, TEMPLATE_TEXT, MAIL_TEXT_MAX,
			    &m->text, err) < 0)
		return -1;
	m->subject = str_dup(a, str_trim(subject));
	if (html.len)
		return template_render(a, html, data, TEMPLATE_HTML, MAIL_TEXT_MAX, &m->html, err);
	return frame.len ? run_frame(a, frame, data, m, err) : 0;
}
