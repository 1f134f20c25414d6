/*
 * connect.h - outside systems, each behind one small interface of its kind.
 *
 * Processors charge, mailers take mail, accounting systems take journal entries. An adapter is a `const` table of
 * functions; who calls one knows the kind, never the adapter. (A file store is a kind of document.h.)
 *
 * Money and mail cannot be taken back, so every interface tells "not done" from "nobody knows": a function
 * returns -1 only when the outside system surely did nothing, and the same call may be made again. Whatever
 * else happens is 0 and a state.
 */
#ifndef BILLFOLD_CONNECT_H
#define BILLFOLD_CONNECT_H

#include <billfold/auth.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/document.h>
#include <billfold/job.h>
#include <billfold/net.h>
#include <billfold/pg.h>
#include <billfold/resource.h>

/* ---- processors ---- */

/* What the operator says of processors, for all tenants. */
struct processor_settings {
	const char *stripe_url; /* https://api.stripe.com, or a stand-in of it */
	int timeout_ms;         /* of one call; 0: 30 s */
	/*
	 * How long after an error of its own a processor that has no trace of a charge is believed: it was done with the
	 * request then, and the time is for what it repairs behind the scenes.
	 */
	int settled_s;
	int poll_s;             /* how often an account is asked for what no webhook told */
};

/* A tenant's account at a processor (connect.processor), its secrets open for the time of one call. */
struct processor_account {
	const char *id;
	struct str api_key;
	bool live; /* real money */
};

/* /v1/processors: accounts, and which customers pay where. */
extern const struct resource processor_resource;

/* https, or plain on this machine alone: keys and money go there. */
int processor_settings_check(const struct processor_settings *s, struct err *err);

/* What an adapter may need. who: the worker in the charge's tenant; account: NULL for processors without any. */
struct processor_env {
	struct db *db;
	struct net *net;
	const struct caller *who;
	const struct processor_settings *settings;
	const struct processor_account *account;
};

/*
 * How a call that failed (-1, nothing was done) may go on: a wait the processor asked for, or none of our calls will
 * work until somebody mends the account (its key is not taken).
 */
struct processor_trouble {
	int retry_after; /* seconds; 0: not said */
	bool account;
	bool forbidden;  /* the key is good, and not for this */
};

enum charge_state {
	CHARGE_SUCCEEDED,
	CHARGE_DECLINED, /* decline_class says whether later may be better */
	CHARGE_PENDING,  /* it is somebody's turn, and the processor will tell: ask again, hours later if need be */
	CHARGE_PROCESSING, /* a charge that the payer's bank has, for days: it cannot be taken back, and its end will be told */
	CHARGE_UNKNOWN,  /* the answer was lost or makes no sense: ask by lookup, never charge anew */
	CHARGE_ABSENT    /* lookup only: the processor never heard of this key */
};

struct charge {
	const char *key;         /* the attempt's id: the processor's idempotency key */
	struct str token;        /* unsealed: what the processor calls the method */
	int64_t amount;          /* minor units, > 0 */
	const char *currency;
	int exponent;            /* of the currency */
	const char *reference;   /* the invoice's number, for statements */
	bool off_session;        /* the payer is not there */
};

enum { CHECKOUT_LEAST_S = 1800 }; /* no page is open for less */

/* A charge that the payer makes on the processor's own page. */
struct checkout {
	const char *key;         /* the attempt's id */
	int64_t amount;          /* minor units, > 0 */
	const char *currency;
	int exponent;
	const char *reference;   /* the invoice's number */
	const char *return_url;  /* where the page leads back to */
	int64_t expires;         /* seconds since 1970: nobody can pay there from then on; CHECKOUT_LEAST_S away when it is made */
	bool keep;               /* the payer agrees that the method is kept */
	bool setup;              /* nothing is paid: a method is kept, key is the setup's id, amount 0 */
};

/* What the owner of a bank account has agreed to. */
struct mandate_seen {
	const char *scheme;      /* "sepa_debit"; NULL: nothing is known of it */
	const char *reference;   /* under which the bank knows it; NULL: not said */
	const char *status;      /* "active", "pending", for good "inactive"; NULL: not said */
	const char *url;         /* where it can be read; NULL: not said */
	int64_t accepted_at;     /* seconds since 1970; 0: not said */
};

/* What may be shown of a method, and the token by which it is charged. */
struct method_seen {
	const char *token;       /* NULL: none was kept */
	const char *brand, *last4;
	int exp_month, exp_year; /* 0: none */
	struct mandate_seen mandate;
};

/* Which charge is asked for: its key, and what else is known of it. */
struct processor_query {
	const char *key;
	const char *ref;   /* the processor's own id; NULL: not known */
	struct str token;  /* empty: not known */
	int64_t since;     /* seconds since 1970: it was not sent before; 0: not known */
	/* What must be true of it, else the answer makes no sense. */
	int64_t amount;
	const char *currency;
	int exponent;
	bool setup;        /* of a checkout: nothing was to be paid */
};

/* A processor's booking of money: what it kept of it, and what that came to where it settles. */
struct processor_fee {
	const char *ref; /* of the booking; NULL: not known yet */
	int64_t amount;  /* minor units */
	const char *currency;
	int64_t settled; /* what the money itself, of which it is kept, came to in that currency; below zero: it went out; 0: not said */
};

/* What became of a charge, or of a refund: declined then means that nothing was given back, or that it came back. */
struct charge_result {
	enum charge_state state;
	const char *ref;           /* the processor's own id; NULL: none */
	const char *decline_class; /* "soft", "hard"; NULL unless declined */
	const char *decline_code;  /* "insufficient_funds"; why it is unknown; else NULL */
	bool ends_method;          /* declined for good: the method is of no further use */
	bool answered;             /* unknown, but the processor is done with the request */
	/* How it was paid, as a payment's kind (NULL: by card), and in the processor's own word (NULL: not said). */
	const char *kind, *method_type;
	bool disputed;             /* the payer has called the bank; only of processors without `dispute` */
	struct processor_fee fee;
	struct processor_fee failure_fee; /* declined: what its failing cost, or gave back; of a refund, by what booking it came back */
	/* Of a checkout. Pending: where the page is, while it is open; absent: nobody paid there, and nobody can any more. */
	const char *page_ref, *page_url;
	struct method_seen method;
	struct processor_trouble trouble;
};

/* Money of a charge that goes back the way it came. */
struct refund {
	const char *key;         /* the refund's id: the processor's idempotency key */
	const char *charge_key;  /* the attempt's id */
	const char *charge_ref;  /* the processor's own id of the charge; NULL: not known */
	int64_t amount;          /* minor units, > 0 */
	const char *currency;
	int exponent;
};

/* One that a processor has made of a charge, whoever asked for it. */
struct refund_seen {
	const char *key;         /* our refund's id that it carries; NULL: somebody else's */
	int64_t amount;          /* minor units; 0: not readable */
	struct charge_result is;
};

struct refunds_seen {
	const struct refund_seen *v; /* oldest first */
	size_t n;
};

/* An inquiry is a question of the bank that may become a dispute; no money has moved by it. */
enum dispute_state { DISPUTE_INQUIRY, DISPUTE_OPEN, DISPUTE_WON, DISPUTE_LOST };

/* The payer has called the bank about a charge: how that stands. */
struct dispute_seen {
	const char *ref;    /* the processor's own id; NULL: what it says makes no sense */
	enum dispute_state state;
	int64_t amount;     /* minor units of the charge's currency */
	bool withdrawn;     /* the bank has the money */
	const char *reason; /* the processor's word; NULL: none */
	const struct processor_fee *fees; /* negative: given back */
	size_t n_fees;
};

enum processor_topic { TOPIC_NONE, TOPIC_CHARGE, TOPIC_REFUND, TOPIC_DISPUTE, TOPIC_CHECKOUT, TOPIC_METHOD, TOPIC_MANDATE, TOPIC_MAX };
extern const char *const processor_topics[TOPIC_MAX + 1]; /* "none", "charge" ... */

/* What a processor told: that something happened to an object. What is true of it now is asked for. */
struct processor_event {
	const char *ref, *type; /* its own id and word for it */
	enum processor_topic topic;
	const char *object_ref; /* what it is about; NULL: not said */
	const char *charge_ref; /* the charge behind that; NULL: not said */
	const char *subject;    /* our own id that it carries; NULL: none */
	int64_t happened_at;    /* seconds since 1970 */
	bool live;
	bool foreign;           /* of an account that is not the one we speak for */
};

struct processor_events {
	const struct processor_event *v; /* oldest first */
	size_t n;
	bool more;              /* ask again, behind the last of these */
	bool lost;              /* the event to go on from is unknown there: begin anew */
};

/* Whose key a call was made with, as far as the processor tells. */
enum identity { IDENTITY_NOT_TOLD, IDENTITY_SAME, IDENTITY_OTHER, IDENTITY_NOT_TAKEN };
struct processor_identity {
	enum identity is;  /* NOT_TAKEN: the processor knows no such key */
	const char *ref;   /* what it calls the account; NULL: it does not say */
};

struct processor {
	const char *name; /* payment.method.processor, connect.processor.kind */
	/*
	 * The same key with the same content gives the same answer; with another, ERR_conflict or unknown. The content
	 * follows from *c alone, byte by byte.
	 */
	int (*charge)(const struct processor_env *env, struct arena *a, const struct charge *c,
		      struct charge_result *ret, struct err *err);
	int (*lookup)(const struct processor_env *env, struct arena *a, const struct processor_query *q,
		      struct charge_result *ret, struct err *err);
	/* As charge, of what the payer does on the processor's page; NULL: it has none. */
	int (*checkout)(const struct processor_env *env, struct arena *a, const struct checkout *c,
			struct charge_result *ret, struct err *err);
	/*
	 * What became of the page `page_ref`; NULL: it is looked for by q's key. close: from now on nobody shall pay there; who
	 * was faster has paid.
	 */
	int (*checkout_look)(const struct processor_env *env, struct arena *a, const char *page_ref, bool close,
			     const struct processor_query *q, struct charge_result *ret, struct err *err);
	/* A kept method is of no use to us any more; one that is unknown there is forgotten already. NULL: nothing is kept there. */
	int (*forget)(const struct processor_env *env, struct arena *a, struct str token,
		      struct processor_trouble *trouble, struct err *err);
	/* As charge; NULL: this processor gives nothing back. */
	int (*refund)(const struct processor_env *env, struct arena *a, const struct refund *r,
		      struct charge_result *ret, struct err *err);
	/* All refunds of the charge that q names, of which key, ref, currency and exponent count. */
	int (*refunds)(const struct processor_env *env, struct arena *a, const struct processor_query *q,
		       struct refunds_seen *ret, struct processor_trouble *trouble, struct err *err);
	/* The dispute of this id, of the charge that q names. NULL: there is nothing to ask, the charge's result tells. */
	int (*dispute)(const struct processor_env *env, struct arena *a, const char *ref, const struct processor_query *q,
		       struct dispute_seen *ret, struct processor_trouble *trouble, struct err *err);
	/* How the mandate of this id stands; its scheme NULL: nothing is known of it. NULL: there are none. */
	int (*mandate)(const struct processor_env *env, struct arena *a, const char *ref, struct mandate_seen *ret,
		       struct processor_trouble *trouble, struct err *err);
	/*
	 * What happened behind the event `after`, or since then where it is NULL. NULL: the processor tells nothing.
	 */
	int (*events)(const struct processor_env *env, struct arena *a, const char *after, int64_t since,
		      struct processor_events *ret, struct processor_trouble *trouble, struct err *err);
	/*
	 * Whether the account of env's key is the one that the processor calls `known`, or that made the charge
	 * `witness`; either may be NULL. NULL: there are no accounts.
	 */
	int (*identify)(const struct processor_env *env, struct arena *a, const char *known, const char *witness,
			struct processor_identity *ret, struct processor_trouble *trouble, struct err *err);
	int key_life_s;    /* how long a key makes a repeat safe; 0: for ever */
	bool needs_account;
	const char *doc;
};

/*
 * NULL: there is none of that name. `sandbox` keeps a ledger of its own (connect.sandbox_charge, sandbox_refund) and knows the tokens
 * sandbox_ok, sandbox_decline_soft, sandbox_decline_hard, sandbox_unknown (the money moves, the answer is lost; so with its
 * refunds), sandbox_dispute, sandbox_refund_fail (charged, and given back in vain), sandbox_debit_ok and sandbox_debit_fail (of a
 * bank account: processing for five days of business time, then paid, or insufficient_funds);
 * `manual` is for what people pay by themselves: it charges nothing. `stripe` speaks to Stripe: a token is the id of a
 * payment method (pm_...), with @ and the customer's id (cus_...) behind it where it belongs to one.
 */
const struct processor *processor_find(const char *name);

/* ---- what processors tell by themselves ---- */

/* A webhook as it came: nothing of it is believed yet. */
struct webhook {
	struct str body;       /* the raw bytes */
	struct str signature;  /* the header; p NULL: none */
	const struct str *secrets;
	size_t n_secrets;
	int64_t now;           /* seconds since 1970 */
};

/* How a kind of processor signs. */
struct webhook_scheme {
	const char *kind;
	const char *header; /* as a CGI parameter: HTTP_STRIPE_SIGNATURE */
	/* ERR_bad_request: not signed by a secret of ours, too old, or no event. */
	int (*open)(struct arena *a, const struct webhook *w, struct processor_event *ret, struct err *err);
};

/*
 * Adds SELECT connect.inbound_add(...) for an event of an account. source: webhook, poll; body: the raw bytes, of which the hash
 * is kept; p NULL: none.
 */
void inbound_add(struct flush *f, struct arena *a, const char *processor_id, const struct processor_event *e, bool live,
		 const char *source, struct str body);

/* /v1/processor_events: what was told, and what became of it. */
extern const struct resource processor_event_resource;
extern const struct route processor_routes[]; /* the door for webhooks */

/* ---- stores of files ---- */

/* What the operator says of where documents lie; all programs that keep or read them are told the same. */
struct store_settings {
	const char *state_dir; /* the directory's kind: state_dir/documents */
	const char *url;       /* "": the directory; s3+https://HOST/BUCKET[/PREFIX] */
	const char *region, *access_key, *secret_file;
};

#define STORE_CONFIG_KEYS(config, member)                                                                    \
	{ "store_url", CT_STR, "", offsetof(config, member.url),                                             \
	  "where documents lie: s3+https://host/bucket/prefix; empty: in documents below state_dir" },       \
	    { "store_region", CT_STR, "us-east-1", offsetof(config, member.region),                          \
	      "region that requests to the store are signed for" },                                          \
	    { "store_access_key", CT_STR, "", offsetof(config, member.access_key),                           \
	      "id of the access key of that store" },                                                        \
	{                                                                                                    \
		"store_secret_file", CT_STR, "", offsetof(config, member.secret_file),                       \
		    "file of its secret key, one line, mode 0600 or 0640"                                    \
	}

/*
 * net: carries the calls, and lives as long as the store. patience_ms: how long a put or get may take with all its tries. Fails
 * for what is wrong in the settings; asks the store nothing.
 */
int store_open(struct arena *a, const struct store_settings *s, struct net *net, int patience_ms, struct file_store *ret,
	       struct err *err);
/* A job's put and get, within its lease; and a request's, within a client's patience. */
enum { STORE_JOB_MS = 20000, STORE_REQUEST_MS = 8000 };

/* ---- mailers ---- */

struct mailer {
	int (*send)(const struct mailer *m, const char *from, const char *to, struct str message,
		    struct net_mail_result *ret, struct err *err); /* as net_smtp() */
	struct net *net;
	const char *url, *user, *password;
};
struct mailer mailer_smtp(struct net *net, const char *url, const char *user, const char *password);

/* ---- accounting systems ---- */

struct accounting_line {
	const char *entry_id, *document_kind, *document_id, *document_number;
	const char *entry_date, *account_code, *account_name, *customer, *memo;
	int64_t debit, credit;           /* minor units of currency */
	const char *currency;
	int exponent;
	bool has_base;                   /* false: no rate to the entity's currency is known */
	int64_t base_debit, base_credit; /* of that */
};

/* Complete entries, in order; balanced in base currency, or it is refused. */
struct accounting_batch {
	const char *tenant, *entity;
	const char *id;                  /* names the batch for ever: the same id, the same content */
	const char *base_currency;
	int base_exponent;
	const struct accounting_line *lines;
	size_t n;
};

struct accounting_receipt {
	const char *ref;                 /* where it went: a file's name, an id over there */
	bool repeated;                   /* it was there already */
};

struct accounting {
	const char *name;
	/* ERR_conflict: the id was used for something else. */
	int (*post)(const struct accounting *self, struct arena *a, const struct accounting_batch *b,
		    struct accounting_receipt *ret, struct err *err);
	const char *root;                /* of `files`: the directory */
};

/*
 * root/TENANT/journal-ID.csv and, written after it, journal-ID.json: counts, control totals and the CSV's SHA-256. A CSV without
 * its JSON is not finished; readers wait for the JSON.
 */
struct accounting accounting_files(const char *root);

/* ---- the jobs of billfold-maild ---- */

/* What the operator says of the mailbox that answers come to; doctor is told the same. */
struct mailbox_settings {
	const char *url; /* "": none is read */
	const char *user, *password, *folder;
	const char *done;     /* folder for what was dealt with; "": it stays */
	const char *ca_file;
	const char *return_to; /* mail_return; "": mail_from */
	long every_s;
};

#define MAILBOX_CONFIG_KEYS(config, member)                                                                  \
	{ "imap_url", CT_STR, "", offsetof(config, member.url),                                              \
	  "the mailbox that bounces and replies come to: imaps://host or imap://host; empty: none is read" }, \
	    { "imap_user", CT_STR, "", offsetof(config, member.user), "user name there" },                   \
	    { "imap_password", CT_STR, "", offsetof(config, member.password), "password there" },            \
	    { "imap_folder", CT_STR, "INBOX", offsetof(config, member.folder), "the folder that is read" },  \
	    { "imap_done", CT_STR, "", offsetof(config, member.done),                                        \
	      "the folder that mails are moved to once they had their effect; empty: they stay, as seen" },  \
	    { "imap_ca_file", CT_STR, "", offsetof(config, member.ca_file),                                  \
	      "authorities that vouch for that server; empty: the system's" },                               \
	    { "imap_every", CT_INT, "60", offsetof(config, member.every_s),                                  \
	      "seconds between two looks into it" },                                                         \
	{                                                                                                    \
		"mail_return", CT_STR, "", offsetof(config, member.return_to),                               \
		    "address of that mailbox, at a server that delivers LOCAL+anything to it, 14 letters "   \
		    "before the @ at most; empty: mail_from"                                                 \
	}

/* The address that tags are put into; ERR_internal where there is none that has room for them. */
int mailbox_return(const struct mailbox_settings *s, const char *mail_from, const char **ret, struct err *err);
/* Signs in and looks at the folder; ret_name: what the mailbox is called in connect.mailbox. Reads nothing. */
int mailbox_look(struct arena *a, const struct mailbox_settings *s, const char **ret_name, struct err *err);

/* Counters of billfold-maild, in this order behind others. */
#define MAILBOX_METRICS                                                                                      \
	"billfold_mails_read_total{kind=\"reply\"}", "billfold_mails_read_total{kind=\"auto_reply\"}",       \
	    "billfold_mails_read_total{kind=\"bounce\"}", "billfold_mails_read_total{kind=\"delay\"}",       \
	    "billfold_mails_read_total{kind=\"notice\"}", "billfold_mails_read_total{kind=\"unknown\"}",     \
	    "billfold_mailbox_failures_total"

/* What that program is told; strings live as long as the process. */
struct maild_config {
	const char *from; /* mail_from: envelope and From: address; the seller's name stands before it */
	const char *public_url, *secret_file;
	struct store_settings store;
	const char *smtp_url, *smtp_user, *smtp_password; /* user "": none */
	struct mailbox_settings mailbox;
};
/* j->state of maild_kinds: connections and the secret, never freed. */
struct maild;
struct maild *maild_open(const struct maild_config *config, struct err *err);
/* send_document, send_link, read_mailbox; ended by a NULL name. */
extern const struct job_kind maild_kinds[];

/* ---- the jobs of billfold-syncd ---- */

struct syncd_config {
	const char *state_dir; /* exports lie in state_dir/accounting */
};
struct syncd;
struct syncd *syncd_open(const struct syncd_config *config, struct err *err);
/* accounting_export (a periodic duty over all tenants); ended by a NULL name. */
extern const struct job_kind syncd_kinds[];

#endif
