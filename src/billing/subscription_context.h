/*
 * subscription_context.h - inside the room: what a subscription is made from, or patched by.
 */
#ifndef BILLING_SUBSCRIPTION_CONTEXT_H
#define BILLING_SUBSCRIPTION_CONTEXT_H

#include "subscription.h"

#include <billfold/resource/write.h>

struct sub_context {
	struct facts facts;
	struct json_object *plan, *terms, *coupons, *prices; /* terms: of the plan's version */
};

/*
 * Reads it beside the write: what its body names. of: whose members say account, seller, currency
 * and place; its body's, or what is stored. items: of its own, NULL: none are said.
 */
int sub_context_read(struct write *w, struct json_object *of, const struct write_child *items,
		     struct sub_context *ret, struct err *err);
/* That there are such a seller, currency and place, and that an account is open for one that is
 * made. */
int sub_context_check(struct write *w, const struct sub_context *x, struct err *err);

/* subscription_patch.c: the update's `prepare`. */
int subscription_patch(struct call *c, struct write *w, struct err *err);

#endif
