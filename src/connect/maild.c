/*
 * maild.c - a mail worker's connections and kinds of jobs.
 */
#include "maild.h"

#include <billfold/auth/link.h>

struct maild *
maild_open(const struct maild_config *config, struct err *err)
{
	struct arena *a = arena_new(0); /* of the process */
	struct maild *m = arena_alloc(a, sizeof(*m));
	struct str domain;
	struct net *net;

	if (crypto_init(err) < 0 || secret_load(config->secret_file, &m->secret, err) < 0)
		return NULL;
	if (!mail_address_ok(str_from(config->from))) {
		err_set(err, ERR_internal, "mail_from is no e-mail address");
		return NULL;
	}
	str_cut(str_from(config->from), '@', &domain);
	if (*config->mailbox.url) {
		if (mailbox_return(&config->mailbox, config->from, &m->return_to, err) < 0)
			return NULL;
		m->mailbox = mailbox_name(a, &config->mailbox);
	}
	m->config = config;
	m->domain = str_dup(a, domain);
	net = net_new();
	m->mailer = mailer_smtp(net, config->smtp_url, config->smtp_user, config->smtp_password);
	if (store_open(a, &config->store, net, STORE_JOB_MS, &m->files, err) < 0)
		return NULL;
	return m;
}

/* A server that is down for most of a day costs no mail: tries double from a quarter minute to two
 * hours. */
const struct job_kind maild_kinds[] = {
	{ .name = "send_document",
	  .run = send_document,
	  .max_attempts = 12,
	  .lease_s = 180,
	  .backoff_s = 15,
	  .backoff_max_s = 7200,
	  .share = 8,
	  .doc = "Mails a document to a recipient, once for each step." },
	{ .name = LINK_JOB_KIND,
	  .run = send_link,
	  .max_attempts = 8,
	  .lease_s = 180,
	  .backoff_s = 5,
	  .backoff_max_s = 600,
	  .doc = "Mails an invitation or a link to a new password." },
	{ .name = "read_mailbox",
	  .run = read_mailbox,
	  .every_s = 5,   /* whether it is time to: imap_every */
	  .lease_s = 300, /* a round has less */
	  .doc = "Reads bounces and replies from the mailbox that mails come back to." },
	{ 0 },
};
