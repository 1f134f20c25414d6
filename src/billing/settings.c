/*
 * settings.c - the tenant's choices about documents, looked at when they are made.
 *
 * They live in the tenant's own row as `settings.billing` and are read with each document; one that
 * is not understood would be ignored there, and a limit that is ignored is none. So whoever patches
 * the settings is told of it.
 */
#include "invoice.h"

static bool
is_bool(struct json_object *v)
{
	return json_object_is_type(v, json_type_boolean);
}

static bool
is_tax_mode(struct json_object *v)
{
	const char *word =
	    json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	return strcmp(word, "per_group") == 0 || strcmp(word, "per_line") == 0;
}

static bool
is_percent(struct json_object *v)
{
	struct err scrap = { 0 };
	struct decimal d;

	return json_object_is_type(v, json_type_string) &&
	       decimal_parse(str_from(json_object_get_string(v)), &d, &scrap) == 0 && d.coef >= 0 &&
	       decimal_cmp(d, decimal_int(100)) <= 0;
}

static bool
is_days(struct json_object *v)
{
	int64_t n;

	return jval_is_int(v, &n) && n >= 0 && n <= 3650;
}

/* Whom a plan's new version reaches where it does not say. */
static bool
is_reach(struct json_object *v)
{
	const char *word =
	    json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	return strcmp(word, "new") == 0 || strcmp(word, "renewing") == 0 ||
	       strcmp(word, "running") == 0;
}

/* {"CHF": 5}: a multiple in minor units for a currency; null takes one away. */
static bool
is_rounding(struct json_object *v)
{
	if (!json_object_is_type(v, json_type_object))
		return false;
	json_object_object_foreach(v, currency, step)
	{
		int64_t n;

		if (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
			return false;
		if (step && (!jval_is_int(step, &n) || n < 0 || n > 100000))
			return false;
	}
	return true;
}

static const struct choice {
	const char *name;
	bool (*sound)(struct json_object *v);
	const char *words;
} choices[] = {
	{ "tax_mode", is_tax_mode, "Must be per_group or per_line." },
	{ "tax_inclusive", is_bool, "Must be true or false." },
	{ "cash_rounding", is_rounding,
	  "Must be an object of currencies and minor units: {\"CHF\": 5}." },
	{ "apply_credit", is_bool, "Must be true or false." },
	{ "renewal_mails", is_bool, "Must be true or false." },
	{ "expired_after", is_days, "Must be a whole number of days from 0 to 3650." },
	{ "version_reach", is_reach, "Must be new, renewing or running." },
	{ "review_required", is_bool, "Must be true or false." },
	{ "discount_limit", is_percent, "Must be a decimal string from 0 to 100." },
};

static const struct choice *
choice_find(const char *name)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (strcmp(choices[i].name, name) == 0)
			return &choices[i];
	}
	return NULL;
}

int
settings_check(struct call *c, struct write *w, struct err *err)
{
	struct json_object *settings = jval_get(w->body, "settings"), *billing;

	if (!json_object_is_type(settings, json_type_object) || !jval_has(settings, "billing"))
		return 0;
	billing = jval_get(settings, "billing");
	if (billing && !json_object_is_type(billing, json_type_object))
		return write_refuse(w, err, "/settings/billing", "type", "Must be an object.");
	if (!billing)
		return 0;
	json_object_object_foreach(billing, name, value)
	{
		const struct choice *k = choice_find(name);
		const char *pointer = arena_printf(c->arena, "/settings/billing/%s", name);

		if (!k)
			write_refuse(w, err, pointer, "unknown", "There is no such choice.");
		else if (value && !k->sound(value))
			write_refuse(w, err, pointer, "invalid", k->words);
	}
	return err->code == ERR_none ? 0 : -1;
}
