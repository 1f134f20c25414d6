/*
 * reprice.h - inside the room: prices that move by a rule, from a day on.
 */
#ifndef CATALOG_REPRICE_H
#define CATALOG_REPRICE_H

#include <billfold/base/date.h>
#include <billfold/base/decimal.h>
#include <billfold/catalog.h>

/* By so much percent, or by an amount in major units; to a multiple of step, half away from zero.
 */
struct reprice {
	const char *valid_from;
	civil_day day;
	bool by_percent, has_step;
	struct decimal percent, amount, step;
	const char *currency; /* NULL: of every one */
};

#define REPRICE_FIELDS                                                                             \
	{ .name = "valid_from",                                                                    \
	  .type = FT_DATE,                                                                         \
	  .flags = FF_REQUIRED,                                                                    \
	  .doc = "The first day of the new price: today or later.",                                \
	  .example = "2099-01-01" },                                                               \
	    { .name = "percent",                                                                   \
	      .type = FT_DECIMAL,                                                                  \
	      .u.num = { -100, 1000 },                                                             \
	      .doc = "By so much, up or down.",                                                    \
	      .example = "4.5" },                                                                  \
	    { .name = "amount",                                                                    \
	      .type = FT_DECIMAL,                                                                  \
	      .u.num = { -MONEY_MAX, MONEY_MAX },                                                  \
	      .doc = "Or by so much a unit, in major units.",                                      \
	      .example = "" },                                                                     \
	{                                                                                          \
		.name = "round_to", .type = FT_DECIMAL, .flags = FF_POSITIVE,                      \
		.u.num = { 0, 1000000 },                                                           \
		.doc = "To the nearest multiple of this, half away from zero; to the places that " \
		       "the "                                                                      \
		       "price and its currency have where not given.",                             \
		.example = "0.05"                                                                  \
	}

/* The rule of a sound body; what is wrong with it by itself is gathered in err. */
int reprice_read(struct call *c, struct reprice *ret, struct err *err);
/* Of a day that is past by then: 422. */
int reprice_check_day(struct call *c, const struct reprice *r, struct str today, struct err *err);
/*
 * A price by the rule; places: those of its currency. ERR_out_of_range where it would be less than
 * nothing, or more than can be charged.
 */
int reprice_apply(const struct reprice *r, struct decimal price, int places, struct decimal *ret,
		  struct err *err);
/* A member of o that is a decimal, by the rule, in place; nothing where it has none. */
int reprice_member(const struct reprice *r, struct arena *a, struct json_object *o, const char *key,
		   int places, struct err *err);

/* The actions: plan_reprice.c, price_reprice.c. */
extern const struct field plan_reprice_in[], plan_reprice_out[], price_reprice_in[];
int plan_reprice(struct call *c, struct reply *r, struct err *err);
int plan_preview_reprice(struct call *c, struct reply *r, struct err *err);
int price_reprice(struct call *c, struct reply *r, struct err *err);

/* plan_impact.c: whom a version like another one would reach, but for whom it is for and its
 * prices, and what that changes; its place. Reads. */
extern const struct field plan_impact_fields[], plan_version_in[], plan_version_preview_out[];
int plan_impact_add_like(struct flush *f, const char *plan, const char *version,
			 const char *applies_to, const char *prices);
/* The member `reaches`. */
int plan_impact_write(struct jw *w, struct arena *a, struct flush *f, int stmt, struct err *err);
int plan_preview_version(struct call *c, struct reply *r, struct err *err);

#endif
