/*
 * creation_preview.h - inside the room: what a subscription would be, before it is made or
 * begins.
 */
#ifndef BILLING_CREATION_PREVIEW_H
#define BILLING_CREATION_PREVIEW_H

#include "subscription.h"

#include <billfold/resource/write.h>

/* What a create has decided (subscription_new.c), before it is written. */
struct sub_made {
	const struct facts *facts;
	struct sub_terms terms;
	civil_day end; /* DAY_NEVER */
	bool pending;
	struct json_object *rows;      /* what it charges, as billing.items_write takes it */
	struct json_object *written;   /* the same; NULL: the engine writes them, as its children */
	struct json_object *discounts; /* as billing.discounts_write takes them */
};

extern const struct field creation_preview_out[];
/* As it is shown: its days, its steps (subscription_outlook.h), and the token that binds to them.
 */
struct str creation_shown(struct arena *a, const char *currency, const struct sub_terms *t,
			  civil_day end, struct str steps, const char *token);

/* Who creates with a preview's token makes what that said, or nothing. */
int creation_expect(struct write *w, const struct sub_made *m, struct err *err);

#endif
