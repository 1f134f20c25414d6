/*
 * creation_preview.h - inside the room: what a subscription would be, before it is made or
 * begins.
 */
#ifndef BILLING_CREATION_PREVIEW_H
#define BILLING_CREATION_PREVIEW_H

#include "renewal.h"

#include <billfold/resource/write.h>

/* What a create has decided (subscription_new.c), before it is written. */
struct sub_made {
	const struct facts *facts;
	struct sub_terms terms;
	civil_day end; /* DAY_NEVER */
	bool pending, renews, keeps_price;
	int64_t notice_days;
	struct json_object *plan; /* the terms of the plan's version that it begins with; or NULL */
	struct json_object *rows; /* what it charges, as billing.items_write takes it */
	struct json_object *written;   /* the same; NULL: the engine writes them, as its children */
	struct json_object *discounts; /* as billing.discounts_write takes them */
};

extern const struct field creation_preview_out[];
/* What is said of it: its first renewal, and its steps (subscription_outlook.h). */
struct creation_outlook {
	struct foreseen renewal;
	struct str steps;
};
/* As it is shown: its days, what is said of it, and the token that binds to that. */
struct str creation_shown(struct arena *a, const char *currency, const struct sub_terms *t,
			  civil_day end, const struct creation_outlook *o, const char *token);
/* Its terms and end as renewal.h wants them of what it will be. */
void creation_term(struct sub_loaded *then, const struct sub_terms *t, bool renews);

/* Who creates with a preview's token makes what that said, or nothing. */
int creation_expect(struct write *w, const struct sub_made *m, struct err *err);

#endif
