/*
 * plan.c - what is sold by the interval: plans, and what a plan is from a day on.
 *
 * A plan is a name; what it charges is its versions', and a version never changes: a new price is a
 * new version, for those who begin from its day on, for those too who renew, or for all who have
 * it. Prices are kept for each currency, never made from another one. Whether one can be charged is
 * the core's to say (billing/price_body.h).
 */
#include "reprice.h"

#include <billfold/base/money.h>
#include <billfold/billing/price_body.h>
#include <billfold/catalog.h>
#include <billfold/resource/write.h>

static const char *const intervals[] = { "week", "month", "quarter", "half_year", "year", NULL };
static const char *const alignments[] = { "anniversary", "calendar", NULL };
static const char *const reaches[] = { "new", "renewing", "running", NULL };
static const char *const models[] = { "flat", "per_unit", "graduated", "volume", "package", NULL };
static const char *const tax_categories[] = { "standard", "reduced", "super_reduced",
					      "zero",     "exempt",  "outside_scope",
					      NULL };

/* clang-format off */
const struct field price_tier_fields[] = {
	{ .name = "up_to", .type = FT_DECIMAL, .flags = FF_NULLABLE | FF_POSITIVE,
	  .doc = "The last unit that lies in it; null: the last tier has no end." },
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_REQUIRED, .u.num = { 0, MONEY_MAX }, .doc = "Major units a unit." },
	{ .name = "flat", .type = FT_DECIMAL, .u.num = { 0, MONEY_MAX }, .doc = "Besides, once, where a unit lies in it." },
	{ 0 }
};

static const struct field charge_fields[] = {
	{ .name = "code", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 },
	  .doc = "By which prices, subscriptions and later versions know it.", .example = "base" },
	{ .name = "description", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 2000 }, .doc = "What documents call it.", .example = "Maintenance of one boiler" },
	{ .name = "product_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "product", .doc = "The product." },
	{ .name = "add_on", .type = FT_BOOL, .doc = "Comes only to those who ask for it." },
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX },
	  .doc = "How many, unless a subscription says otherwise; 1 where not given." },
	{ .name = "unit", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 40 }, .doc = "Unit of the quantity." },
	{ .name = "tax_category", .type = FT_ENUM, .flags = FF_NULLABLE, .u.words = tax_categories,
	  .doc = "Tax category; the product's where not given." },
	{ .name = "model", .type = FT_ENUM, .u.words = models,
	  .doc = "What a quantity costs: one price (`flat`), a price each (`per_unit`, where not given), by tiers (`graduated`, `volume`) or by "
		 "begun packages.", .example = "per_unit" },
	{ 0 }
};

static const struct field plan_price_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 100 }, .doc = "The code of the charge that it is a price of.", .example = "base" },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "The currency that it is kept in, never converted." },
	{ .name = "unit_price", .type = FT_DECIMAL, .u.num = { 0, MONEY_MAX },
	  .doc = "Major units for base_quantity units; of a package; 0 where not given, as tiers have their own." },
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_POSITIVE, .u.num = { 0, MONEY_MAX },
	  .doc = "How many units the price is for; 1 where not given." },
	{ .name = "package", .type = FT_DECIMAL, .flags = FF_NULLABLE | FF_POSITIVE, .u.num = { 0, MONEY_MAX },
	  .doc = "Units of one package.", .example = "" },
	{ .name = "minimum", .type = FT_DECIMAL, .flags = FF_NULLABLE, .u.num = { 0, MONEY_MAX },
	  .doc = "What a period costs at least, in major units.", .example = "" },
	{ .name = "tiers", .type = FT_LIST, .flags = FF_NULLABLE, .u.of = { price_tier_fields, 50 },
	  .doc = "From below; the last one is open.", .example = "" },
	{ 0 }
};

#define TERM_FIELDS \
	{ .name = "recurring", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = intervals, .doc = "The interval that is charged for.", .example = "month" }, \
	{ .name = "every", .type = FT_INT, .u.num = { 1, 100 }, .doc = "So many intervals at a time; 1 where not given." }, \
	{ .name = "alignment", .type = FT_ENUM, .u.words = alignments, \
	  .doc = "Periods from the first day on (`anniversary`, where not given), or those of the calendar, the first of them a part." }, \
	{ .name = "trial_days", .type = FT_INT, .u.num = { 0, 730 }, .doc = "Days before the first that is charged." }, \
	{ .name = "term", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, 1000 }, \
	  .doc = "Periods that are agreed on at a time; null: until it is cancelled." }, \
	{ .name = "auto_renew", .type = FT_BOOL, .doc = "At the end of a term another one begins; true where not given." }, \
	{ .name = "notice_days", .type = FT_INT, .u.num = { 0, 365 }, \
	  .doc = "Until so many days before a term's end it may be said that it does not go on." }

static const struct field version_fields[] = {
	{ .name = "plan_id", .type = FT_REF, .flags = FF_REQUIRED | FF_FILTER, .u.ref = "plan", .doc = "The plan." },
	{ .name = "version_no", .type = FT_INT, .flags = FF_READ_ONLY, .u.num = { 1, INT32_MAX }, .doc = "1, 2, 3 ... of its plan." },
	{ .name = "valid_from", .type = FT_DATE, .doc = "The first day on which it is taken; always where not given." },
	{ .name = "applies_to", .type = FT_ENUM, .u.words = reaches,
	  .doc = "Whom it reaches: those who begin (`new`), those too who renew (`renewing`), or all who have the plan (`running`): from their next bill "
		 "date on, at the same interval; what has been billed stays. Who has been told of a renewal already is told anew, as long as may be said "
		 "that it does not go on; after that it renews as it was told, and the version reaches it afterwards. `settings.billing.version_reach` "
		 "where not given, else `new`." },
	TERM_FIELDS,
	{ 0 }
};

/* A version of a plan that is named elsewhere. */
const struct field plan_version_in[] = {
	{ .name = "valid_from", .type = FT_DATE, .doc = "The first day on which it is taken; always where not given." },
	{ .name = "applies_to", .type = FT_ENUM, .u.words = reaches, .doc = "Whom it reaches, as a version's; `settings.billing.version_reach` where not given, else `new`." },
	TERM_FIELDS,
	{ .name = "charges", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { charge_fields, 200 }, .doc = "What it charges." },
	{ .name = "prices", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { plan_price_fields, 2000 }, .doc = "What that costs." },
	{ 0 }
};

/* What a plan shows of the version that is taken today. */
static const struct field shown_version_fields[] = {
	{ .name = "id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "plan_version", .doc = "The version." },
	{ .name = "version_no", .type = FT_INT, .flags = FF_REQUIRED, .u.num = { 1, INT32_MAX }, .doc = "Its number." },
	{ .name = "valid_from", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "Since when." },
	{ .name = "applies_to", .type = FT_ENUM, .flags = FF_REQUIRED, .u.words = reaches, .doc = "Whom it reaches." },
	TERM_FIELDS,
	{ .name = "charges", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { charge_fields, 0 }, .doc = "What it charges." },
	{ .name = "prices", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { plan_price_fields, 0 }, .doc = "What that costs." },
	{ 0 }
};

static const struct field plan_fields[] = {
	{ .name = "code", .type = FT_TEXT, .norm = "code_norm", .flags = FF_REQUIRED | FF_FILTER, .u.len = { 1, 100 },
	  .doc = "Your code for it, unique in any case of letters." },
	{ .name = "name", .type = FT_TEXT, .norm = "name_norm", .flags = FF_REQUIRED | FF_FILTER | FF_SORT, .u.len = { 1, 200 },
	  .doc = "What people call it.", .example = "Maintenance" },
	{ .name = "description", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 2000 }, .doc = "For your people." },
	{ .name = "current_version", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE,
	  .u.of = { shown_version_fields, 0 }, .doc = "What it is for those who begin today; null before it has any version." },
	{ 0 }
};

static const struct child version_children[] = {
	{ .name = "charges", .resource = &plan_charge_resource, .parent_column = "plan_version_id", .writable = true, .ordered = true, .max = 200 },
	{ .name = "prices", .resource = &plan_price_resource, .parent_column = "plan_version_id", .writable = true, .ordered = true, .max = 2000 },
	{ 0 }
};

static const struct action plan_actions[] = {
	{ .name = "reprice", .perm = P_CATALOG_WRITE, .in = plan_reprice_in, .run = plan_reprice,
	  .doc = "Moves its prices from a day on, by percent or by an amount: a new version, like the one of that day. What has been billed stays. Many "
		 "plans at once: `bulk`, with a dry run first." },
	{ .name = "preview_reprice", .perm = P_CATALOG_READ, .in = plan_reprice_in, .out = plan_reprice_out, .run = plan_preview_reprice,
	  .doc = "What a move of its prices would make of them, whom it would reach and what that changes a year; nothing is written." },
	{ .name = "preview_version", .perm = P_CATALOG_WRITE, .in = plan_version_in, .out = plan_version_preview_out, .run = plan_preview_version,
	  .doc = "Whom a new version of it would reach of those who have it, and what that changes of what they pay in a year; nothing is written." },
	{ 0 }
};
/* clang-format on */

const struct resource plan_charge_resource = {
	.name = "plan_charge",
	.table = "catalog.plan_charge",
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = charge_fields,
	.doc = "What a plan charges.",
};

const struct resource plan_price_resource = {
	.name = "plan_price",
	.table = "catalog.plan_price",
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = plan_price_fields,
	.doc = "What a charge of a plan costs in a currency.",
};

const struct resource plan_resource = {
	.name = "plan",
	.module = "catalog",
	.path = "plans",
	.table = "catalog.plan",
	.view = "catalog.plan_view",
	.ops = OP_ALL,
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = plan_fields,
	.actions = plan_actions,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.doc = "Something that is charged again and again; its versions say what and how much.",
};

/* ---- is a version sound ---- */

static struct json_object *
member_list(struct json_object *body, const char *name)
{
	struct json_object *list = jval_get(body, name);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static struct json_object *
find_charge(struct json_object *charges, struct str code)
{
	for (size_t i = 0; i < jval_length(charges); i++) {
		struct json_object *e = json_object_array_get_idx(charges, i);

		if (str_eq(jval_str_of(e, "code"), code))
			return e;
	}
	return NULL;
}

static void
check_charges(struct write *w, struct json_object *charges, struct err *err)
{
	bool any = false;

	for (size_t i = 0; i < jval_length(charges); i++) {
		struct json_object *e = json_object_array_get_idx(charges, i);
		bool add_on = false;

		jval_bool(e, "add_on", &add_on);
		any |= !add_on;
		if (find_charge(charges, jval_str_of(e, "code")) != e)
			write_refuse(w, err, arena_printf(w->c->arena, "/charges/%zu/code", i),
				     "duplicate", "Named twice.");
	}
	if (!any)
		write_refuse(w, err, "/charges", "required",
			     "A plan charges something besides what is asked for as an add-on.");
}

static bool
is_second(struct json_object *prices, size_t i)
{
	struct json_object *e = json_object_array_get_idx(prices, i);

	for (size_t k = 0; k < i; k++) {
		struct json_object *x = json_object_array_get_idx(prices, k);

		if (str_eq(jval_str_of(x, "charge"), jval_str_of(e, "charge")) &&
		    str_eq(jval_str_of(x, "currency"), jval_str_of(e, "currency")))
			return true;
	}
	return false;
}

static bool
has_price(struct json_object *prices, struct str code)
{
	for (size_t i = 0; i < jval_length(prices); i++) {
		if (str_eq(jval_str_of(json_object_array_get_idx(prices, i), "charge"), code))
			return true;
	}
	return false;
}

static int
version_prepare(struct call *c, struct write *w, struct err *err)
{
	struct json_object *charges = member_list(w->body, "charges");
	struct json_object *prices = member_list(w->body, "prices");

	check_charges(w, charges, err);
	for (size_t i = 0; i < jval_length(charges); i++) {
		struct str code = jval_str_of(json_object_array_get_idx(charges, i), "code");

		if (!has_price(prices, code))
			write_refuse(w, err, arena_printf(c->arena, "/charges/%zu/code", i),
				     "required", "It has no price.");
	}
	for (size_t i = 0; i < jval_length(prices); i++) {
		struct json_object *e = json_object_array_get_idx(prices, i), *charge;
		const char *at = arena_printf(c->arena, "/prices/%zu", i);

		charge = find_charge(charges, jval_str_of(e, "charge"));
		if (!charge)
			write_refuse(w, err, arena_printf(c->arena, "%s/charge", at), "not_found",
				     "The version has no such charge.");
		else
			price_body_check(w, price_body_model(charge), e, at, err);
		if (is_second(prices, i))
			write_refuse(w, err, arena_printf(c->arena, "%s/currency", at), "duplicate",
				     "The charge has a price in this currency.");
	}
	write_before(w, "SELECT catalog.plan_hold($1)",
		     json_object_get_string(jval_get(w->body, "plan_id")), FLUSH_END);
	return err->code == ERR_none ? 0 : -1;
}

const struct resource plan_version_resource = {
	.name = "plan_version",
	.module = "catalog",
	.path = "plan_versions",
	.table = "catalog.plan_version",
	.view = "catalog.plan_version_view",
	.ops = OP_CREATE | OP_READ | OP_LIST | OP_SEARCH | OP_DELETE,
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = version_fields,
	.children = version_children,
	.default_sort = "created_at,id",
	.archives = true,
	.prepare = version_prepare,
	.doc = "What a plan is from a day on; never changed. Archived, nobody begins or renews by "
	       "it any more but who has been told to renew by it.",
};
