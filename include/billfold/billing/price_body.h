/*
 * billing/price_body.h - a price as a body says it: {unit_price, base_quantity, package, minimum, tiers: [{up_to, unit_price,
 * flat}]}, of a model. Members that a model does not look at are refused: nobody would pay them.
 */
#ifndef BILLFOLD_BILLING_PRICE_BODY_H
#define BILLFOLD_BILLING_PRICE_BODY_H

#include <billfold/billing/rating.h>
#include <billfold/resource/write.h>

/* The member `model`: per_unit where it is not named. */
enum price_model price_body_model(struct json_object *o);
/* The price; members that are absent are nothing. What it points to lives in a. */
struct price price_body_read(struct arena *a, struct json_object *o, enum price_model model);
/* Refuses what is unsound, each at its place; at: of the price in the body, "/prices/3". */
void price_body_check_at(struct arena *a, enum price_model model, struct json_object *o, const char *at, struct err *err);
/* The same of a write's body: at is in it. */
void price_body_check(struct write *w, enum price_model model, struct json_object *o, const char *at, struct err *err);

#endif
