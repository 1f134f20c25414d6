/*
 * auth/link.h - single-use links by mail: an invitation, a forgotten password.
 *
 * A job asks for the link ("send_link": {"user_id", "purpose": "invite" or "reset"}); the mail
 * worker makes it when it writes the mail, so that its token is stored nowhere: the database has
 * its hash, the mail the token. A second try of the job makes a second link, and the first ends.
 */
#ifndef BILLFOLD_AUTH_LINK_H
#define BILLFOLD_AUTH_LINK_H

#include <billfold/auth.h>

#define LINK_JOB_KIND "send_link"

/* Adds auth.make_link() to a flush that has entered the tenant; returns the token: "TENANT.SECRET".
 */
const char *link_add(struct flush *f, struct arena *a, const struct uuid *tenant,
		     const char *user_id, const char *purpose);
/* Where a person goes with it: a page of the public URL. */
const char *link_url(struct arena *a, const char *public_url, const char *purpose,
		     const char *token);
/* Tenant and stored hash of a token that came back; false when it is none. */
bool link_parse(struct str token, struct uuid *ret_tenant, char ret_hash[65]);

#endif
