/*
 * hosted_page.c - a hosted invoice as a page: its data ready for people, the words of their
 * language, the template and its style.
 *
 * The page has no script; its only style stands in it and is named by hash in its policy. Texts of
 * people are escaped by the template. The words of a language are one object of words.json; a
 * language that has none reads English, with numbers as its own region writes them.
 */
#include "hosted.h"

#include <billfold/document.h>
#include <billfold/http.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STYLE "<style>"

enum { PAGE_MAX = 4 << 20, FILE_MAX = 1 << 17 };

/* ---- files ---- */

static int
read_file(struct arena *a, const char *name, struct str *ret, struct err *err)
{
	const char *path = arena_printf(a, "%s/web/pay/%s", BILLFOLD_DATADIR, name);
	char *text = arena_alloc(a, FILE_MAX + 1); /* terminated: zeroed by the arena */
	size_t len = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && len < FILE_MAX && (n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || n < 0) {
		err_set(err, ERR_internal, "The page cannot be shown.");
		err_cause(err, "%s: %s", path, strerror(errno));
		return -1;
	}
	*ret = (struct str){ text, len };
	return 0;
}

/* ---- words ---- */

struct language {
	const char *name;   /* of the words: "de" */
	const char *locale; /* of numbers and dates: "de-AT" */
	struct json_object *words;
};

static int
choose_language(struct arena *a, struct json_object *document, struct language *ret,
		struct err *err)
{
	struct str locale = jval_str_of(document, "locale"), region, text;
	struct str name = str_cut(locale, '-', &region);
	struct json_object *all;

	if (read_file(a, "words.json", &text, err) < 0 || jscan_parse(a, text, &all, err) < 0)
		return -1;
	ret->name = str_dup(a, name);
	ret->locale = str_dup(a, locale);
	ret->words = jval_get(all, ret->name);
	if (ret->words)
		return 0;
	ret->name = "en";
	ret->locale = region.len == 2 ? arena_printf(a, "en-" STR_FMT, STR_ARG(region)) : "en";
	ret->words = jval_get(all, ret->name);
	return ret->words ? 0 : err_set(err, ERR_internal, "The page has no words.");
}

static void
put(struct json_object *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void
put_str(struct json_object *o, const char *key, struct str text)
{
	if (text.len)
		json_object_object_add(o, key, json_object_new_string_len(text.p, (int)text.len));
}

static void
put_bool(struct json_object *o, const char *key, bool b)
{
	if (b)
		json_object_object_add(o, key, json_object_new_boolean(1));
}

/* An amount of the document as text, where it is not nothing. */
static void
put_money(struct json_object *o, const char *key, const struct people *people,
	  struct json_object *from, const char *member)
{
	int64_t amount;

	if (jval_int(from, member, &amount) && amount != 0)
		put(o, key, people_money(people, amount));
}

/* ---- what the page shows ---- */

static struct json_object *
list_of(struct json_object *o, const char *key)
{
	struct json_object *list = jval_get(o, key);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

#define EACH(item, list)                                                                           \
	for (size_t i_ = 0, n_ = (list) ? json_object_array_length(list) : 0; i_ < n_; i_++)       \
		for (struct json_object *item = json_object_array_get_idx(list, i_); item;         \
		     item = NULL)

static void
put_lines(struct json_object *o, const struct people *people, struct json_object *document)
{
	struct json_object *rows = json_object_new_array();

	EACH(line, list_of(document, "lines"))
	{
		struct json_object *row = json_object_new_object();

		put_str(row, "description", jval_str_of(line, "description"));
		put(row, "quantity", people_number(people, jval_str_of(line, "quantity")));
		put_str(row, "unit", jval_str_of(line, "unit"));
		put_money(row, "net", people, line, "net");
		json_object_array_add(rows, row);
	}
	json_object_object_add(o, "lines", rows);
}

static void
put_sums(struct json_object *o, const struct people *people, struct json_object *document)
{
	struct json_object *taxes = json_object_new_array();

	EACH(tax, list_of(document, "taxes"))
	{
		struct json_object *row = json_object_new_object();

		put(row, "rate", people_number(people, jval_str_of(tax, "rate")));
		put_str(row, "name", jval_str_of(tax, "name"));
		put_money(row, "amount", people, tax, "tax");
		if (jval_get(row, "amount"))
			json_object_array_add(taxes, row);
		else
			json_object_put(row);
	}
	json_object_object_add(o, "taxes", taxes);
	put_money(o, "net_total", people, document, "net_total");
	put_money(o, "rounding", people, document, "rounding");
	put_money(o, "payable", people, document, "payable");
	put_money(o, "paid_amount", people, document, "paid");
}

static void
put_received(struct arena *a, struct json_object *o, const struct people *people,
	     const struct hosted *h, const struct language *l)
{
	struct json_object *rows = json_object_new_array();

	EACH(one, h->received)
	{
		struct json_object *row = json_object_new_object();
		const char *word =
		    arena_printf(a, "by_" STR_FMT, STR_ARG(jval_str_of(one, "kind")));

		put(row, "date", people_date(people, jval_str_of(one, "date")));
		put_str(row, "way", jval_str_of(l->words, word));
		put_money(row, "amount", people, one, "amount");
		json_object_array_add(rows, row);
	}
	put_bool(o, "has_received", json_object_array_length(rows) > 0);
	json_object_object_add(o, "received", rows);
}

/* Who asks for the money, as at the foot of the paper; and where it can be sent. */
static void
put_seller(struct arena *a, struct json_object *o, const struct people *people,
	   struct json_object *document)
{
	struct json_object *seller = jval_get(document, "seller"),
			   *address = jval_get(seller, "address"),
			   *imprint = json_object_new_array(), *banks = json_object_new_array();
	struct str legal = jval_str_of(seller, "legal_name");
	const char *parts[] = {
		str_dup(a, legal.len ? legal : jval_str_of(seller, "name")),
		str_dup(a, jval_str_of(address, "line1")),
		str_dup(a, jval_str_of(address, "line2")),
		str_dup(a,
			str_trim(str_from(arena_printf(a, STR_FMT " " STR_FMT,
						       STR_ARG(jval_str_of(address, "postal_code")),
						       STR_ARG(jval_str_of(address, "city")))))),
		jval_str_of(address, "country").len
		    ? people_country(people, jval_str_of(address, "country"))
		    : "",
		str_dup(a, jval_str_of(seller, "tax_id")),
		str_dup(a, jval_str_of(seller, "email")),
		str_dup(a, jval_str_of(seller, "phone")),
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*parts[i])
			json_object_array_add(imprint, json_object_new_string(parts[i]));
	json_object_object_add(o, "imprint", imprint);
	EACH(bank, list_of(seller, "bank_accounts"))
	{
		struct json_object *row = json_object_new_object();

		put_str(row, "bank", jval_str_of(bank, "bank"));
		put_str(row, "iban", jval_str_of(bank, "iban"));
		put_str(row, "bic", jval_str_of(bank, "bic"));
		json_object_array_add(banks, row);
	}
	put_bool(o, "has_banks", json_object_array_length(banks) > 0);
	json_object_object_add(o, "banks", banks);
}

static bool
attempt_is(const struct hosted *h, const char *state)
{
	return h->attempt_state && strcmp(h->attempt_state, state) == 0;
}

static bool
is_pending(const struct hosted *h)
{
	return attempt_is(h, "new") || attempt_is(h, "in_flight") || attempt_is(h, "unknown");
}

static bool
is_due(const struct hosted *h)
{
	return h->amount_due > 0 && strcmp(h->status, "void") != 0;
}

bool
hosted_has_page(const struct hosted *h)
{
	return h->takes && strcmp(h->takes, "stripe") == 0;
}

bool
hosted_can_pay(const struct hosted *h)
{
	return is_due(h) && !is_pending(h) && !h->disputed && h->takes &&
	       (strcmp(h->takes, "sandbox") == 0 || hosted_has_page(h));
}

static bool
setup_is(const struct hosted *h, const char *state)
{
	return h->setup_state && strcmp(h->setup_state, state) == 0;
}

static bool
is_keeping(const struct hosted *h)
{
	return setup_is(h, "new") || setup_is(h, "in_flight") || setup_is(h, "unknown");
}

bool
hosted_can_keep(const struct hosted *h)
{
	return hosted_has_page(h) && !is_pending(h) && !is_keeping(h) &&
	       strcmp(h->status, "void") != 0;
}

int
hosted_consent(struct arena *a, const struct hosted *h, const char **ret, struct err *err)
{
	struct language l;

	if (choose_language(a, h->document, &l, err) < 0)
		return -1;
	*ret = str_dup(a, jval_str_of(l.words, "keep"));
	return 0;
}

/* Exactly one of what may be said first, and what can be done. */
static void
put_state(struct json_object *o, const struct hosted *h)
{
	bool due = is_due(h), pending = due && is_pending(h), declined = attempt_is(h, "declined");
	bool away = pending && h->page_url && !h->going && !h->done;
	bool waits = pending && !away && !h->processing;
	bool hard = h->decline_class && strcmp(h->decline_class, "hard") == 0;

	put_bool(o, "is_void", strcmp(h->status, "void") == 0);
	put_bool(o, "is_disputed", h->disputed);
	put_bool(o, "is_paid", !due && strcmp(h->status, "void") != 0 && !h->disputed);
	put_bool(o, "is_processing", pending && h->processing);
	put_bool(o, "is_unknown", waits && attempt_is(h, "unknown"));
	put_bool(o, "is_away", away);
	put_bool(o, "is_pending", waits && !attempt_is(h, "unknown"));
	put_bool(o, "looks_again", waits || (is_keeping(h) && h->keeping));
	put_bool(o, "can_keep", hosted_can_keep(h));
	put_bool(o, "is_kept", setup_is(h, "succeeded"));
	put_bool(o, "is_keeping", is_keeping(h) && h->setup_url && !h->keeping);
	put_bool(o, "waits_to_keep", is_keeping(h) && h->keeping);
	put_bool(o, "is_test", h->takes && strcmp(h->takes, "sandbox") == 0);
	put_bool(o, "is_declined", due && declined && !hard && !h->disputed);
	put_bool(o, "is_refused", due && declined && hard && !h->disputed);
	put_bool(o, "is_stale", h->stale && due && !pending);
	put_bool(o, "is_due", due);
	put_bool(o, "is_overdue", h->overdue);
	put_bool(o, "can_pay", hosted_can_pay(h));
	put_bool(o, "can_transfer", due && !pending && !h->disputed);
}

static void
drop(void *o)
{
	json_object_put(o);
}

static int
page_data(struct arena *a, const struct hosted *h, struct json_object **ret, struct err *err)
{
	struct json_object *o = json_object_new_object();
	const struct people *people;
	struct language l;
	int64_t exponent = 2;

	arena_defer(a, drop, o);
	if (choose_language(a, h->document, &l, err) < 0)
		return -1;
	jval_int(h->document, "exponent", &exponent);
	people = people_open(a, l.locale, str_dup(a, jval_str_of(h->document, "currency")),
			     (int)exponent);
	json_object_object_add(o, "w", json_object_get(l.words));
	put(o, "language", l.name);
	put(o, "due_amount", people_money(people, h->amount_due));
	put(o, "nonce", h->nonce);
	put(o, "page_url", h->page_url);
	put(o, "setup_url", h->setup_url);
	put(o, "pdf_url", h->pdf_url);
	put_state(o, h);
	put_lines(o, people, h->document);
	put_sums(o, people, h->document);
	put_received(a, o, people, h, &l);
	put_seller(a, o, people, h->document);
	return mail_data(a, h->document, o, ret, err);
}

int
hosted_render(struct arena *a, const struct hosted *h, struct str *ret_page,
	      const char **ret_policy, struct err *err)
{
	struct str template, style, head, body;
	struct json_object *data;
	const char *mark;
	struct sb sb;

	if (page_data(a, h, &data, err) < 0 || read_file(a, "invoice.html", &template, err) < 0 ||
	    read_file(a, "pay.css", &style, err) < 0)
		return -1;
	mark = strstr(template.p, STYLE);
	if (mark == NULL)
		return err_set(err, ERR_internal, "The page has no place for its style.");
	mark += strlen(STYLE);
	head = (struct str){ template.p, (size_t)(mark - template.p) };
	body = (struct str){ mark, template.len - head.len };
	if (template_render(a, head, data, TEMPLATE_HTML, PAGE_MAX, &head, err) < 0 ||
	    template_render(a, body, data, TEMPLATE_HTML, PAGE_MAX, &body, err) < 0)
		return -1;
	sb_init(&sb, a, 2 * PAGE_MAX + FILE_MAX);
	sb_add(&sb, head);
	sb_add(&sb, style);
	sb_add(&sb, body);
	*ret_page = sb_str(&sb);
	*ret_policy = page_policy(a, style, true);
	return 0;
}
