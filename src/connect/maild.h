/* maild.h - inside the room: the state of a mail worker, and its kinds of jobs. */
#ifndef CONNECT_MAILD_H
#define CONNECT_MAILD_H

#include <billfold/connect.h>

struct maild {
	const struct maild_config *config;
	const struct secret *secret;
	struct mailer mailer;
	struct file_store files;
	const char *domain; /* of Message-IDs: what stands behind the @ of mail_from */
};

int send_document(struct job *j, struct err *err);
int send_link(struct job *j, struct err *err);

#endif
