/*
 * send_link.c - the job that mails an invitation or the way to a new password.
 *
 * The link is made here and stored nowhere but in the mail. A second try makes another link, which
 * ends the first: whichever mail arrives last works.
 */
#include "maild.h"

#include <billfold/auth/link.h>
#include <billfold/base/date.h>

static int
write_mail(struct job *j, const struct maild *m, struct json_object *row, const char *to,
	   const char *url, struct str *ret, struct err *err)
{
	struct json_object *template = jval_get(row, "template");
	struct mail mail = { .date = instant_now() };

	mail.message_id = arena_printf(j->arena, "%s.%d@%s", j->id, j->attempts, m->domain);
	mail.to =
	    (struct mail_address){ mail_line(j->arena, jval_strz(j->arena, row, "name")), to };
	mail.from = (struct mail_address){ "Billfold", m->config->from };
	json_object_object_add(row, "link_url", json_object_new_string(url));
	json_object_object_add(template, "frame", json_object_get(jval_get(row, "frame")));
	if (mail_compose(j->arena, template, row, &mail, err) < 0)
		return -1;
	return mail_build(j->arena, &mail, ret, err);
}

int
send_link(struct job *j, struct err *err)
{
	const struct maild *m = j->state;
	const char *user = jval_strz(j->arena, j->payload, "user_id");
	const char *purpose = jval_strz(j->arena, j->payload, "purpose"), *token, *to;
	struct flush *f = flush_new(j->db, j->arena);
	struct net_mail_result r;
	struct json_object *row;
	struct str message;
	int s;

	if (!user || !purpose)
		return err_set(err, ERR_validation_failed, "the job names no user or purpose");
	enter_add(f, &j->who);
	s = flush_addv(f, "SELECT facts::text FROM document.link_facts($1::uuid, $2)", user,
		       purpose, FLUSH_END);
	token = link_add(f, j->arena, &j->who.tenant, user, purpose);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (!flush_rows(f, s))
		return 0; /* gone or disabled since */
	if (jscan_parse(j->arena, flush_str(f, s, 0, 0), &row, err) < 0)
		return -1;
	to = mail_address_wire(j->arena, jval_strz(j->arena, row, "email"));
	if (write_mail(j, m, row, to, link_url(j->arena, m->config->public_url, purpose, token),
		       &message, err) < 0)
		return -1;
	return m->mailer.send(&m->mailer, m->config->from, to, message, &r, err);
}
