/*
 * catalog.h - what is sold, at which price, by which plans, and the tax rates of places.
 *
 * Prices are per currency and by date, never converted; rates are rows of place, category and
 * dates. Which of them holds for a line is billing's to decide (billing/core.h, tax_choose).
 */
#ifndef BILLFOLD_CATALOG_H
#define BILLFOLD_CATALOG_H

#include <billfold/resource.h>

extern const struct resource product_resource;
extern const struct resource price_resource;
extern const struct resource tax_rate_resource;
extern const struct resource plan_resource;
extern const struct resource plan_version_resource;
extern const struct resource plan_charge_resource; /* children of plan versions */
extern const struct resource plan_price_resource;
extern const struct resource coupon_resource;
extern const struct field price_tier_fields[]; /* of prices by tiers */

#endif
