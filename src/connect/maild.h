/* maild.h - inside the room: the state of a mail worker, and its kinds of jobs. */
#ifndef CONNECT_MAILD_H
#define CONNECT_MAILD_H

#include <billfold/connect.h>

struct maild {
	const struct maild_config *config;
	const struct secret *secret;
	struct mailer mailer;
	struct file_store files;
	const char *domain;    /* of Message-IDs: what stands behind the @ of mail_from */
	const char *return_to; /* the address that tags are put into; NULL: no mailbox is read */
	const char *mailbox;   /* its name in connect.mailbox */
};

/* A mailbox's name: whose, where, which folder. */
const char *mailbox_name(struct arena *a, const struct mailbox_settings *s);
struct net_mailbox_at mailbox_at(const struct mailbox_settings *s, int timeout_ms);

int send_document(struct job *j, struct err *err);
int send_link(struct job *j, struct err *err);
int read_mailbox(struct job *j, struct err *err);

#endif
