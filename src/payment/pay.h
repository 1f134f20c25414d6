/*
 * pay.h - the beginning of an attempt, for this room.
 */
#ifndef BILLFOLD_PAYMENT_PAY_H
#define BILLFOLD_PAYMENT_PAY_H

#include <billfold/payment.h>

struct pay {
	const char *attempt_id, *invoice_id;
	struct str payment_method; /* id of a kept method, or a processor's token */
	const char *processor_id;  /* of a token; NULL: where the customer pays */
	bool off_session;
	const char *source;     /* api, customer */
	const char *return_url; /* on the processor's page, which leads back there; NULL: by
				   payment_method */
	const char *consent;    /* the words to which the payer agrees that the method is kept */
};

/* Adds what starts the attempt to a flush that has entered the tenant. */
int pay_add(struct call *c, struct flush *f, const struct pay *p, struct err *err);
/* seal.c: a token sealed for one row of payment.TABLE; NULL on failure. */
const char *pay_seal(struct arena *a, const struct secret *s, const struct uuid *tenant,
		     const char *table, const char *id, struct str token, struct err *err);

/* setup.c: a method that is to be kept; account_id NULL: the invoice's. */
struct setup_wish {
	const char *id, *account_id, *invoice_id, *processor_id;
	struct str return_url;
	const char *words; /* that its owner agreed to */
};
int setup_add(struct call *c, struct flush *f, const struct setup_wish *w, struct err *err);
extern const struct field setup_in[];
int setup_create(struct call *c, struct reply *r, struct err *err);

/* link.c */
int link_show(struct call *c, struct reply *r, struct err *err);
int link_revoke(struct call *c, struct reply *r, struct err *err);

/* hosted.c */
int hosted_page(struct call *c, struct reply *r, struct err *err);
int hosted_pdf(struct call *c, struct reply *r, struct err *err);
int hosted_pay(struct call *c, struct reply *r, struct err *err);

#endif
