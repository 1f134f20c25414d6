/*
 * document/mail_in.h - mail that comes back: what leads to the delivery that it answers, and what it says.
 *
 * Whoever writes to us may claim anything: a sender, a subject, an invoice. What leads to a tenant is a tag of
 * ours alone, signed for tenant and delivery, that we gave away with that one mail. Everything else is words.
 */
#ifndef BILLFOLD_DOCUMENT_MAIL_IN_H
#define BILLFOLD_DOCUMENT_MAIL_IN_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/uuid.h>
#include <billfold/crypto.h>

/* ---- tags ---- */

/* Where a tag stood; each kind is signed apart, so that one does not serve as another. */
enum mail_tag_kind {
	MAIL_TAG_BOUNCE = 'b', /* the envelope's sender: where refusals go */
	MAIL_TAG_REPLY = 'r',  /* Reply-To */
	MAIL_TAG_ID = 'm',     /* Message-ID */
	MAIL_TAG_VIEW = 'v'    /* links and the picture in it: leads no mail anywhere */
};

/* Letters and digits of one case, so that a server which folds case does not break it: a local part has 64. */
enum { MAIL_TAG_LEN = 49, MAIL_TAG_TENANT = 8, MAIL_LOCAL_MAX = 64 - 1 - MAIL_TAG_LEN };

const char *mail_tag(struct arena *a, const struct secret *s, enum mail_tag_kind kind, const struct uuid *tenant,
		     const struct uuid *delivery);

struct mail_tag {
	enum mail_tag_kind kind;
	char tenant_end[MAIL_TAG_TENANT + 1]; /* the last letters of the tenant's id: tenants that may be meant */
	struct uuid delivery;
	unsigned char mac[10];
};
/* The form alone. */
bool mail_tag_parse(struct str text, struct mail_tag *ret);
/* That it is ours, for a delivery of this tenant. */
bool mail_tag_is(const struct secret *s, const struct mail_tag *t, const struct uuid *tenant);

/* LOCAL+TAG@DOMAIN of the address LOCAL@DOMAIN. */
const char *mail_tag_address(struct arena *a, const char *address, const char *tag);
/* An address whose local part leaves room for a tag. */
bool mail_tag_room(const char *address);

/* ---- reading ---- */

enum {
	MAIL_IN_MAX = 2 << 20,      /* bytes of a mail that are read; what is behind is left away */
	MAIL_IN_TEXT = 64 << 10,    /* bytes of text that are kept */
	MAIL_IN_SUBJECT = 300,      /* characters */
	MAIL_IN_NAME = 200,
	MAIL_IN_TAGS = 40,          /* places where a tag may stand that are looked at */
	MAIL_IN_FILES = 30          /* attachments that are told of */
};

enum mail_in_kind {
	MAIL_IN_REPLY,  /* somebody wrote */
	MAIL_IN_AUTO,   /* a program answered: an absence, a ticket number (RFC 3834) */
	MAIL_IN_BOUNCE, /* it was not delivered, and will not be */
	MAIL_IN_DELAY,  /* it is not delivered yet */
	MAIL_IN_NOTICE  /* another report of a mail system: delivered, relayed, read */
};
extern const char *const mail_in_kinds[]; /* "reply", "auto_reply", "bounce", "delay", "notice" */

struct mail_in_file {
	const char *name, *media_type;
	size_t size;
};

struct mail_in {
	enum mail_in_kind kind;
	const char *message_id;    /* without < >; NULL: none that is sound */
	const char *sender, *sender_name, *subject, *text; /* UTF-8, one line but the text; never NULL */
	int64_t date;              /* µs since 1970 as the sender says; 0: not said */
	bool shortened;            /* there was more than what is kept */
	/* Bounce and delay: */
	const char *status;        /* "5.1.1"; NULL: not said */
	const char *recipient;     /* the one that failed; NULL */
	const char *diagnostic;    /* the server's words; NULL */
	bool hard;                 /* the address will not work tomorrow either */
	struct mail_tag tags[MAIL_IN_TAGS]; /* best first: where it was sent to, then what it answers, then what it returns */
	int n_tags;
	struct mail_in_file files[MAIL_IN_FILES];
	int n_files;
};

/* Whatever the bytes are, there is a result: a mail that is none has no tags. Nothing in it is trusted. */
void mail_read(struct arena *a, struct str bytes, struct mail_in *ret);

#endif
