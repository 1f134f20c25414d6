/*
 * preview_token.h - inside the room: a preview's token, which binds who then acts to what it said.
 */
#ifndef BILLING_PREVIEW_TOKEN_H
#define BILLING_PREVIEW_TOKEN_H

#include <billfold/resource.h>

/* said: the act, what it was asked of and with, and all that came of it. */
const char *preview_token_make(struct call *c, const char *said);
/* ERR_preview_stale: the token (of somebody else, too old) says something else. */
int preview_token_check(struct call *c, struct str token, const char *said, struct err *err);
/* The members of a body but for its token, as one text: those that a table names, in its order;
 * NULL: all, in theirs. */
const char *preview_token_body(struct arena *a, struct json_object *body,
			       const struct field *fields);

#define PREVIEW_TOKEN_IN                                                                           \
	{                                                                                          \
		.name = "preview_token", .type = FT_TEXT, .u.len = { 1, 200 },                     \
		.doc = "Of a preview: it makes what that said, or nothing."                        \
	}

#endif
