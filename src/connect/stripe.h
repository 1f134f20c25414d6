/*
 * stripe.h - inside the room: what the files of Stripe's adapter share.
 *
 * A call's content is a form whose bytes follow from what is asked alone; its key is ours. An
 * answer is judged once, in stripe_call(): done, refused without effect, declined, or nobody knows.
 */
#ifndef CONNECT_STRIPE_H
#define CONNECT_STRIPE_H

#include "processors.h"

/* The published contract that the adapter speaks and the stand-in checks. */
#define STRIPE_VERSION "2026-07-29.dahlia"
#define STRIPE_URL     "https://api.stripe.com"

/* ---- stripe_id.c ---- */

bool stripe_is_id(struct str s);
/* The id of an object, whether it is expanded or not; NULL: none, or not an id. */
const char *stripe_id(struct arena *a, struct json_object *o, const char *key);

/* ---- stripe_form.c ---- */

struct form {
	struct sb sb;
};

void form_init(struct form *f, struct arena *a);
/* Names are literals of ours, with their brackets: "metadata[attempt]". */
void form_add(struct form *f, const char *name, struct str value);
void form_addz(struct form *f, const char *name, const char *value); /* NULL: left out */
void form_add_int(struct form *f, const char *name, int64_t value);

/* ---- stripe_amount.c ---- */

/*
 * Our minor units as Stripe counts the currency, and back. False where Stripe cannot charge that
 * amount exactly, or the currency's unit there is not certain.
 */
bool stripe_amount(int64_t amount, const char *currency, int exponent, int64_t *ret);
bool stripe_amount_back(int64_t there, const char *currency, int exponent, int64_t *ret);
/* An amount of Stripe's own accounts in our minor units; false where the currency is not one. */
bool stripe_minor(struct arena *a, int64_t there, struct str currency, int64_t *ret,
		  const char **ret_currency);
/* "eur" of "EUR" and back */
const char *stripe_currency(struct arena *a, const char *currency);
bool stripe_currency_is(struct str there, const char *currency);

/* ---- stripe_decline.c ---- */

struct decline {
	const char *class; /* "soft", "hard" */
	bool ends_method;
};
struct decline stripe_decline(struct str code, struct str decline_code, struct str advice_code);

/* ---- stripe_call.c ---- */

enum stripe_outcome {
	STRIPE_DONE,     /* 200 and an object */
	STRIPE_DECLINED, /* 402: the card was asked and said no */
	STRIPE_REFUSED,  /* the request is not possible: nothing was done */
	STRIPE_UNKNOWN   /* it may have been done */
};

struct stripe_answer {
	enum stripe_outcome outcome;
	int status;
	struct json_object *body;  /* of done */
	struct json_object *error; /* of declined and refused: its member error */
	const char *why;           /* of unknown: one word */
	bool answered;             /* of unknown: Stripe is done with the request */
};

struct stripe_request {
	const char *method, *path; /* path with its query */
	const struct form *form;   /* NULL: none */
	const char *key;           /* of a POST */
};

/* -1: nothing was done, the same request may be made again; trouble says how. A GET is never
 * unknown. */
int stripe_call(const struct processor_env *env, struct arena *a, const struct stripe_request *q,
		struct stripe_answer *ret, struct processor_trouble *trouble, struct err *err);

/* ---- stripe_event.c ---- */

enum { STRIPE_TOLERANCE_S = 300, STRIPE_SIGNATURES_MAX = 16 };

const char *stripe_event_type(size_t i); /* those that we ask for; NULL: no more */
/* Whether the header signs these bytes, now, by one of the secrets. */
bool stripe_signature_good(const struct webhook *w);
/* False: it is no event. */
bool stripe_event_read(struct arena *a, struct json_object *o, struct processor_event *ret);
int stripe_webhook_open(struct arena *a, const struct webhook *w, struct processor_event *ret,
			struct err *err);

/* ---- stripe_poll.c ---- */

int stripe_events(const struct processor_env *env, struct arena *a, const char *after,
		  int64_t since, struct processor_events *ret, struct processor_trouble *trouble,
		  struct err *err);

/* ---- stripe_charge.c ---- */

/* The charge that an intent is, as far as q says what must be true of it. */
void stripe_intent_result(struct arena *a, struct json_object *intent,
			  const struct processor_query *q, bool live, struct charge_result *ret);
/* A charge's fee, from an expanded balance transaction; left alone when it is not known. */
void stripe_fee(struct arena *a, struct json_object *charge, struct processor_fee *ret);
void stripe_booking_fee(struct arena *a, struct json_object *booking, struct processor_fee *ret);

/* ---- stripe_way.c, stripe_mandate.c ---- */

/* How a charge was paid. */
void stripe_way(struct arena *a, struct json_object *charge, struct charge_result *ret);
bool stripe_type_is_debit(struct str type);
/* Of a mandate that was expanded, and of one that is asked for; that of a debit's charge. */
void stripe_mandate_read(struct arena *a, struct json_object *mandate, struct mandate_seen *ret);
int stripe_mandate(const struct processor_env *env, struct arena *a, const char *ref,
		   struct mandate_seen *ret, struct processor_trouble *trouble, struct err *err);
void stripe_mandate_look(const struct processor_env *env, struct arena *a,
			 struct json_object *charge, struct mandate_seen *ret);
int stripe_charge(const struct processor_env *env, struct arena *a, const struct charge *c,
		  struct charge_result *ret, struct err *err);
int stripe_lookup(const struct processor_env *env, struct arena *a, const struct processor_query *q,
		  struct charge_result *ret, struct err *err);

/* A result that nobody knows; why is one word. Returns 0. */
int stripe_unknown(struct charge_result *ret, const char *why, bool answered);
/* What an error object says against a method. Returns 0. */
int stripe_declined(struct arena *a, struct json_object *error, struct charge_result *ret);
/* "pm_1" or "pm_1@cus_1" */
bool stripe_token_parts(struct str token, struct str *ret_method, struct str *ret_customer);
/* What the payer's statement shows behind the seller's name; NULL: nothing. */
const char *stripe_statement_suffix(struct arena *a, const char *reference);

/* ---- stripe_look.c ---- */

struct stripe_list {
	const char *path;    /* "/v1/payment_intents" */
	struct str customer; /* only theirs; empty: all */
	struct str (*attempt_of)(struct json_object *o);
};
/* The object of q's attempt; *ret_ref NULL with ret->state set: there is none, or nobody knows. */
int stripe_look(const struct processor_env *env, struct arena *a, const struct stripe_list *list,
		const struct processor_query *q, const char **ret_ref, struct charge_result *ret,
		struct err *err);

/* ---- stripe_checkout.c ---- */

int stripe_checkout(const struct processor_env *env, struct arena *a, const struct checkout *c,
		    struct charge_result *ret, struct err *err);
int stripe_checkout_look(const struct processor_env *env, struct arena *a, const char *page_ref,
			 bool close, const struct processor_query *q, struct charge_result *ret,
			 struct err *err);

/* ---- stripe_method.c ---- */

/* A method as it is kept: token, and what may be shown of it; left alone where it is none. */
void stripe_method_read(struct arena *a, struct json_object *method, struct method_seen *ret);
int stripe_forget(const struct processor_env *env, struct arena *a, struct str token,
		  struct processor_trouble *trouble, struct err *err);

/* ---- stripe_account.c ---- */

int stripe_identify(const struct processor_env *env, struct arena *a, const char *known,
		    const char *witness, struct processor_identity *ret,
		    struct processor_trouble *trouble, struct err *err);

/* ---- stripe_refund.c ---- */

int stripe_refund(const struct processor_env *env, struct arena *a, const struct refund *r,
		  struct charge_result *ret, struct err *err);
int stripe_refunds(const struct processor_env *env, struct arena *a,
		   const struct processor_query *q, struct refunds_seen *ret,
		   struct processor_trouble *trouble, struct err *err);

/* ---- stripe_dispute.c ---- */

int stripe_dispute(const struct processor_env *env, struct arena *a, const char *ref,
		   const struct processor_query *q, struct dispute_seen *ret,
		   struct processor_trouble *trouble, struct err *err);

#endif
