/*
 * price_reprice.c - a product's price moves from a day on: a new price beside it, which the day
 * finds.
 *
 * Only the price that the day would find without it moves: of several one in a currency and
 * interval, so that many at once are moved once each.
 */
#include "reprice.h"

#include <billfold/base/money.h>
#include <billfold/base/uuid.h>

const struct field price_reprice_in[] = { REPRICE_FIELDS, { 0 } };

static int
decide(struct call *c, struct reprice *rule, const struct flush *f, int stmt, const char **ret,
       struct err *err)
{
	struct decimal price;

	if (flush_rows(f, stmt) == 0)
		return err_set(err, ERR_not_found, "No such price.");
	if (reprice_read(c, rule, err) < 0 ||
	    reprice_check_day(c, rule, flush_str(f, stmt, 0, 0), err) < 0)
		return -1;
	if (!flush_bool(f, stmt, 0, 1))
		return err_set(err, ERR_wrong_state, "Another price holds on that day, or none.");
	if (decimal_parse(flush_str(f, stmt, 0, 2), &price, err) < 0)
		return -1;
	if (reprice_apply(rule, price, (int)flush_int(f, stmt, 0, 3), &price, err) < 0)
		return err_field(
		    err, c->arena, rule->by_percent ? "/percent" : "/amount", "out_of_range",
		    "The price would be less than nothing, or more than can be charged.");
	*ret = decimal_text(c->arena, price);
	return 0;
}

int
price_reprice(struct call *c, struct reply *r, struct err *err)
{
	const char *id, *price = NULL, *made = uuid_new_z(c->arena);
	struct reprice rule;
	struct flush *f;
	int stmt, rc;

	if (call_id(c, &price_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &price_resource, id, err) < 0)
		return -1;
	stmt =
	    flush_addv(f, "SELECT today, holds, unit_price, places FROM catalog.price_hold($1, $2)",
		       id, call_body_text(c, "valid_from"), FLUSH_END);
	if ((rc = call_run_open(c, f, r, err)) != 0) {
		if (rc < 0)
			call_current(c, &price_resource, id, err);
		return rc < 0 ? -1 : 0;
	}
	if (decide(c, &rule, f, stmt, &price, err) < 0) {
		call_give_up(c);
		return -1;
	}
	f = call_go_on(c);
	flush_addv(f, "SELECT catalog.price_move($1, $2, $3, $4)", id, made, rule.valid_from, price,
		   FLUSH_END);
	return call_answer(c, f, &price_resource, made, 200, r, err);
}
