/*
 * mailer_smtp.c - mail by way of one SMTP server, the operator's.
 */
#include <billfold/connect.h>

static int
send_smtp(const struct mailer *m, const char *from, const char *to, struct str message,
	  struct net_mail_result *ret, struct err *err)
{
	const char *const list[] = { to, NULL };
	struct net_mail mail = { .url = m->url,
				 .user = m->user && *m->user ? m->user : NULL,
				 .password = m->password,
				 .from = from,
				 .to = list,
				 .message = message };

	return net_smtp(m->net, &mail, ret, err);
}

struct mailer
mailer_smtp(struct net *net, const char *url, const char *user, const char *password)
{
	return (struct mailer){
		.send = send_smtp, .net = net, .url = url, .user = user, .password = password
	};
}
