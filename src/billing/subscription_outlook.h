/*
 * subscription_outlook.h - inside the room: what a subscription is to charge from a day on, step by
 * step, and what the first document of each step comes to.
 */
#ifndef BILLING_SUBSCRIPTION_OUTLOOK_H
#define BILLING_SUBSCRIPTION_OUTLOOK_H

#include "quote.h"

enum { OUTLOOK_MAX = 8 * 1024 * 1024 };

struct outlook {
	const struct subscription *is;
	struct json_object **of; /* each item's row */
	civil_day from;          /* the first day that is shown */
	civil_day unbilled;      /* the first day whose bill date has no document */
};

extern const struct field outlook_step_fields[];

/* A line of a document that does not exist yet: what all that show one say of it. */
/* clang-format off */
#define OUTLOOK_LINE \
	{ .name = "description", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What is given back or charged." }, \
	{ .name = "period_start", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "For the days from this one" }, \
	{ .name = "period_end", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "to before this one." }, \
	{ .name = "quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "How many; below zero what is given back." }, \
	{ .name = "unit_price", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "Major units for base_quantity." }, \
	{ .name = "base_quantity", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "What the price is for." }, \
	{ .name = "tax_category", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "As decided." }, \
	{ .name = "tax_rate", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "As decided: the rate that is known for the day." }, \
	{ .name = "net", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Without tax." }, \
	{ .name = "tax", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Its share of its group's tax." }
/* clang-format on */
/* Its members, within an object that the caller ends. */
void outlook_line(struct jw *w, struct arena *a, const struct draft_line *l,
		  const struct bill_line *b);

/* What the documents of a stored one are computed from, of these rows and discounts, in an open
 * transaction. */
int outlook_quote(struct arena *a, struct db *db, const struct sub_loaded *s,
		  struct json_object **of, size_t n, struct json_object *discounts,
		  struct quote *ret, struct err *err);
/* The steps as a JSON array; it has no ids of what does not exist yet, so that who previews and who
 * acts get the same bytes. q is used up. */
int outlook_steps(struct arena *a, const struct outlook *o, struct quote *q, struct str *ret,
		  struct err *err);

#endif
