/* mail_part.h - inside the room: what the readers of a mail's parts share. */
#ifndef DOCUMENT_MAIL_PART_H
#define DOCUMENT_MAIL_PART_H

#include <billfold/document/mail_in.h>

/* A value of fields as mail systems write them (RFC 3464): "Status: 5.1.1"; empty where the group
 * has none. */
struct str report_field(struct arena *a, struct str group, const char *name);
/* Kind, status, recipient, diagnostic, hard: of the text of a message/delivery-status. */
void report_read(struct arena *a, struct str text, struct mail_in *ret);
/* Notices of mail systems that write no report: X-Failed-Recipients beside a text, or qmail's text.
 */
void report_guess(struct arena *a, struct str failed, struct str text, struct mail_in *ret);
/* A page as the text that a person reads. */
struct str html_text(struct arena *a, struct str html, size_t limit);

#endif
