/*
 * plan_reprice.c - a plan's prices move from a day on: a new version, like the one of that day but
 * for its prices.
 *
 * The plan is held while that is decided, so that no version comes between. Whom the new version
 * reaches is asked for, or the tenant's choice; never what has been billed. A tier's prices move,
 * not where it ends; a minimum moves by percent alone.
 */
#include "reprice.h"

#include <billfold/base/money.h>
#include <billfold/base/uuid.h>

enum { ANSWER_MAX = 2 << 20 };

static const char *const reaches[] = { "new", "renewing", "running", NULL };

/* clang-format off */
const struct field plan_reprice_in[] = {
	REPRICE_FIELDS,
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Prices in this currency alone; needed with an amount.", .example = "" },
	{ .name = "applies_to", .type = FT_ENUM, .u.words = reaches,
	  .doc = "Whom it reaches, as a version's; `settings.billing.version_reach` where not given, else `new`.", .example = "renewing" },
	{ 0 }
};

static const struct field moved_price_fields[] = {
	{ .name = "charge", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "The code of the charge." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The currency." },
	{ .name = "unit_price_before", .type = FT_DECIMAL, .doc = "The price of that day as things stand." },
	{ .name = "unit_price", .type = FT_DECIMAL, .doc = "The new one." },
	{ .name = "minimum_before", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "What a period costs at least." },
	{ .name = "minimum", .type = FT_DECIMAL, .flags = FF_NULLABLE, .doc = "And will cost." },
	{ .name = "tiers_before", .type = FT_LIST, .flags = FF_NULLABLE, .u.of = { price_tier_fields, 50 }, .doc = "Its tiers." },
	{ .name = "tiers", .type = FT_LIST, .flags = FF_NULLABLE, .u.of = { price_tier_fields, 50 }, .doc = "And the new ones." },
	{ 0 }
};

const struct field plan_reprice_out[] = {
	{ .name = "object", .type = FT_TEXT, .doc = "`plan_reprice_preview`." },
	{ .name = "plan_id", .type = FT_UUID, .doc = "The plan." },
	{ .name = "valid_from", .type = FT_DATE, .doc = "The first day of the new prices." },
	{ .name = "plan_version_id", .type = FT_UUID, .doc = "The version that the new one is made of: that of this day as things stand." },
	{ .name = "prices", .type = FT_LIST, .u.of = { moved_price_fields, 0 }, .doc = "Every price, moved or not." },
	{ .name = "reaches", .type = FT_LIST, .u.of = { plan_impact_fields, 0 }, .doc = "Whom the new version reaches and what that changes, by way and currency." },
	{ 0 }
};
/* clang-format on */

struct moving {
	struct reprice rule;
	const char *plan, *version;
	struct json_object *was, *prices; /* the same rows, before and after */
};

/* ---- the prices ---- */

static int
move_price(struct arena *a, const struct reprice *r, struct json_object *o, int places,
	   struct err *err)
{
	struct json_object *tiers = jval_get(o, "tiers");

	for (size_t i = 0; i < jval_length(tiers); i++) {
		struct json_object *t = json_object_array_get_idx(tiers, i);

		if (reprice_member(r, a, t, "unit_price", places, err) < 0 ||
		    (r->by_percent && reprice_member(r, a, t, "flat", places, err) < 0))
			return -1;
	}
	if (!tiers && reprice_member(r, a, o, "unit_price", places, err) < 0)
		return -1;
	return r->by_percent ? reprice_member(r, a, o, "minimum", places, err) : 0;
}

static int
move_all(struct call *c, struct moving *m, struct json_object *facts, struct err *err)
{
	const char *currency = m->rule.currency;
	bool any = false;

	for (size_t i = 0; i < jval_length(m->prices); i++) {
		struct json_object *o = json_object_array_get_idx(m->prices, i);
		const char *of = jval_strz(c->arena, o, "currency");
		int64_t places = 2;

		if (currency && strcmp(currency, of) != 0)
			continue;
		any = true;
		jval_int(jval_get(facts, "places"), of, &places);
		if (move_price(c->arena, &m->rule, o, (int)places, err) < 0)
			return err_field(
			    err, c->arena, m->rule.by_percent ? "/percent" : "/amount",
			    "out_of_range",
			    "The price of %s in %s would be less than nothing, or more "
			    "than can be charged.",
			    jval_strz(c->arena, o, "charge"), of);
	}
	return any ? 0
		   : err_field(err, c->arena, "/currency", "no_price",
			       "The plan has no price in this currency.");
}

static int
read_rule(struct call *c, struct moving *m, struct err *err)
{
	reprice_read(c, &m->rule, err);
	if (err->code == ERR_none && !m->rule.by_percent && !m->rule.currency)
		err_field(err, c->arena, "/currency", "required",
			  "An amount is one of a currency.");
	return err->code == ERR_none ? 0 : -1;
}

static int
decide(struct call *c, struct moving *m, struct str text, struct err *err)
{
	struct json_object *facts, *again;

	if (read_rule(c, m, err) < 0 || jscan_parse(c->arena, text, &facts, err) < 0 ||
	    jscan_parse(c->arena, text, &again, err) < 0 ||
	    reprice_check_day(c, &m->rule, jval_str_of(facts, "today"), err) < 0)
		return -1;
	if (jval_get(facts, "archived_at"))
		return err_set(err, ERR_wrong_state, "The plan is archived.");
	m->version = jval_strz(c->arena, facts, "plan_version_id");
	if (!m->version)
		return err_field(err, c->arena, "/valid_from", "not_found",
				 "The plan has no version by then.");
	m->was = jval_get(again, "prices");
	m->prices = jval_get(facts, "prices");
	return move_all(c, m, facts, err);
}

/* ---- the actions ---- */

/* Read and decided, held where it is to be done, in a transaction that stays open. 1: a repeat was
 * answered. */
static int
begin(struct call *c, struct moving *m, bool hold, struct reply *r, struct err *err)
{
	struct flush *f;
	int stmt, rc;

	*m = (struct moving){ 0 };
	if (call_id(c, &plan_resource, &m->plan, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &plan_resource, m->plan, err) < 0)
		return -1;
	if (hold)
		flush_addv(f, "SELECT catalog.plan_hold($1)", m->plan, FLUSH_END);
	stmt = flush_addv(f, "SELECT facts::text FROM catalog.reprice_facts($1, $2)", m->plan,
			  call_body_text(c, "valid_from"), FLUSH_END);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &plan_resource, m->plan, err);
		return rc;
	}
	rc = flush_rows(f, stmt) == 0 ? err_set(err, ERR_not_found, "No such plan.")
				      : decide(c, m, flush_str(f, stmt, 0, 0), err);
	if (rc < 0)
		call_give_up(c);
	return rc;
}

static void
add_copy(struct flush *f, struct call *c, const struct moving *m, const char *id)
{
	flush_addv(f, "SELECT catalog.version_copy($1, $2, $3, $4, $5)", m->version, id,
		   m->rule.valid_from, call_body_text(c, "applies_to"),
		   str_dup(c->arena, jval_text(c->arena, m->prices)), FLUSH_END);
}

int
plan_reprice(struct call *c, struct reply *r, struct err *err)
{
	struct moving m;
	struct flush *f;
	int rc;

	if ((rc = begin(c, &m, true, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	f = call_go_on(c);
	add_copy(f, c, &m, uuid_new_z(c->arena));
	return call_answer(c, f, &plan_resource, m.plan, 200, r, err);
}

static void
write_pair(struct jw *w, struct arena *a, const char *before, const char *after, const char *key,
	   struct json_object *was, struct json_object *is)
{
	jw_kraw(w, before, jval_text(a, jval_get(was, key)));
	jw_kraw(w, after, jval_text(a, jval_get(is, key)));
}

int
plan_preview_reprice(struct call *c, struct reply *r, struct err *err)
{
	struct arena *a = c->arena;
	struct moving m;
	struct flush *f;
	struct jw w;
	int rc, stmt;

	if ((rc = begin(c, &m, false, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	call_give_up(c); /* nobody is held up by what is only looked at */
	f = call_begin_aside(c);
	stmt = plan_impact_add_like(f, m.plan, m.version, call_body_text(c, "applies_to"),
				    str_dup(a, jval_text(a, m.prices)));
	if (call_run_aside(c, f, err) < 0)
		return -1;
	jw_init(&w, a, ANSWER_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "plan_reprice_preview");
	jw_kstr(&w, "plan_id", m.plan);
	jw_kstr(&w, "valid_from", m.rule.valid_from);
	jw_kstr(&w, "plan_version_id", m.version);
	jw_key(&w, "prices");
	jw_array(&w);
	for (size_t i = 0; i < jval_length(m.prices); i++) {
		struct json_object *was = json_object_array_get_idx(m.was, i),
				   *is = json_object_array_get_idx(m.prices, i);

		jw_object(&w);
		jw_kstr(&w, "charge", jval_strz(a, is, "charge"));
		jw_kstr(&w, "currency", jval_strz(a, is, "currency"));
		write_pair(&w, a, "unit_price_before", "unit_price", "unit_price", was, is);
		write_pair(&w, a, "minimum_before", "minimum", "minimum", was, is);
		write_pair(&w, a, "tiers_before", "tiers", "tiers", was, is);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	if (plan_impact_write(&w, a, f, stmt, err) < 0)
		return -1;
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
	return 0;
}
