/*
 * hosted.h - inside the room: what the page behind a pay link shows.
 */
#ifndef BILLFOLD_PAYMENT_HOSTED_H
#define BILLFOLD_PAYMENT_HOSTED_H

#include "pay.h"

struct hosted {
	const char *hash; /* of the link's token */
	const char *invoice_id, *status;
	struct json_object *document; /* billing.invoice_document */
	struct json_object *received; /* [{date, kind, amount}]; NULL: nothing */
	int64_t amount_due;
	bool disputed, overdue;
	bool processing; /* the payer's bank has the latest try, and takes days */
	const char *attempt_state, *decline_class; /* of the latest try; NULL: none */
	int64_t attempts;
	const char *takes;    /* kind of processor; NULL: none */
	const char *page_url; /* of the processor, where the payer has begun to pay; NULL: none */
	bool going, done;     /* on the way to that page, and back from it */
	const char *setup_state, *setup_url; /* the same of a method that is to be kept */
	int64_t setups;
	bool keeping;
	bool stale;          /* the payer sent a form that was out of date */
	const char *nonce;   /* of the form */
	const char *pdf_url; /* where the paper is */
};

/* hosted_page.c: the page and its policy. */
int hosted_render(struct arena *a, const struct hosted *h, struct str *ret_page,
		  const char **ret_policy, struct err *err);
/* The words to which a payer agrees that a method is kept, as the page shows them. */
int hosted_consent(struct arena *a, const struct hosted *h, const char **ret, struct err *err);
bool hosted_has_page(const struct hosted *h); /* that of the processor */
bool hosted_can_keep(const struct hosted *h);
bool hosted_can_pay(const struct hosted *h);

#endif
