/*
 * mailbox_settings.c - what the operator says of the mailbox that answers come to, and whether it
 * is there: for the worker that reads it and for those who look after the installation.
 */
#include "maild.h"

#include <billfold/document/mail_in.h>

enum { LOOK_MS = 10000 };

const char *
mailbox_name(struct arena *a, const struct mailbox_settings *s)
{
	const char *url = strstr(s->url, "://");

	return arena_printf(a, "%.150s@%.200s/%.140s", s->user, url ? url + 3 : s->url, s->folder);
}

struct net_mailbox_at
mailbox_at(const struct mailbox_settings *s, int timeout_ms)
{
	return (struct net_mailbox_at){ .url = s->url,
					.user = s->user,
					.password = s->password,
					.folder = s->folder,
					.ca_file = s->ca_file,
					.timeout_ms = timeout_ms };
}

int
mailbox_return(const struct mailbox_settings *s, const char *mail_from, const char **ret,
	       struct err *err)
{
	*ret = *s->return_to ? s->return_to : mail_from;
	if (mail_address_ok(str_from(*ret)) && mail_tag_room(*ret))
		return 0;
	return err_set(err, ERR_internal,
		       "mail_return has to be an address with at most %d letters and no + before "
		       "its @, so that there is room for what leads a mail back",
		       MAIL_LOCAL_MAX);
}

int
mailbox_look(struct arena *a, const struct mailbox_settings *s, const char **ret_name,
	     struct err *err)
{
	struct net_mailbox_at at = mailbox_at(s, LOOK_MS);
	struct net_mailbox m;

	*ret_name = mailbox_name(a, s);
	if (net_mailbox_open(&at, &m, err) < 0)
		return -1;
	net_mailbox_close(&m);
	return 0;
}
