/* mailbox.h - inside the room: one mail that came back, and what becomes of it. */
#ifndef CONNECT_MAILBOX_H
#define CONNECT_MAILBOX_H

#include "maild.h"

#include <billfold/document/mail_in.h>

/* Where the mail lies: what says that it has been read. */
struct mail_place {
	const char *mailbox;
	int64_t uid_validity, uid;
};

enum mail_fate {
	MAIL_TAKEN, /* it has had its effect, now or before */
	MAIL_LEFT   /* it is nobody's: people may want to see it */
};

/*
 * The effect and that it was read, in one transaction. -1: nothing was written; ERR_conflict:
 * another reader was first.
 */
int mail_take(struct job *j, const struct mail_place *at, struct str bytes, bool cut,
	      enum mail_fate *ret, enum mail_in_kind *ret_kind, struct err *err);
/* That it was read and has no effect. */
int mail_leave(struct job *j, const struct mail_place *at, struct err *err);

#endif
