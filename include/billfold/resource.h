/*
 * resource.h - what a resource is, said once, and the engine that serves it.
 *
 * A resource is a `static const` table: fields with types, limits and guards, a table to write, a view to
 * read, children, operations, actions. From it the engine serves create, read, update,
 * delete, list, search, aggregate, batch, schema and the OpenAPI document, and the tests are driven by it. What
 * branches (state machines, money, login) is a function: an action, or a route.
 *
 * A request reaches this room as a `struct call` and leaves as a `struct reply`; neither knows
 * FastCGI, so that jobs (import, bulk) come in by the same door.
 */
#ifndef BILLFOLD_RESOURCE_H
#define BILLFOLD_RESOURCE_H

#include <billfold/auth.h>
#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/vec.h>
#include <billfold/crypto.h>
#include <billfold/job.h>
#include <billfold/json.h>
#include <billfold/pg.h>
#include <billfold/redis.h>

/* ---- the call ---- */

enum method { M_GET, M_HEAD, M_POST, M_PATCH, M_PUT, M_DELETE, M_OPTIONS, M_OTHER };

struct pair {
	struct str name, value; /* decoded */
};
typedef VEC(struct pair) pair_vec;

/* What a process has for all its calls. */
struct app {
	struct db *db;
	struct cache *cache;
	const struct secret *secret;
	struct jwt_keys *keys;
	const struct registry *registry;
	const char *public_url;    /* https://billing.example.com, no slash at the end */
	const char *state_dir;     /* documents */
	const void *config;
};

struct call {
	struct arena *arena;
	const struct app *app;
	struct caller who;
	enum method method;
	const char *path;          /* raw, without query: what the fingerprint covers */
	const char *route;         /* the route's pattern, once found: metrics and logs */
	struct str param[4];       /* decoded {…} segments in order */
	int n_params;
	pair_vec query;            /* in order; doubled names survive for the check */
	pair_vec form;             /* of application/x-www-form-urlencoded routes */
	struct str raw_body;
	struct json_object *body;  /* NULL without one */
	struct str if_match, if_none_match, idempotency_key, cookie, user_agent;
	/* Set by the first flush's enter. */
	int64_t business_now;
};

struct reply {
	int status;
	const char *content_type;  /* NULL: application/json */
	struct str body;
	const char *etag;          /* with its quotes, or NULL */
	const char *location;
	bool replayed;
	bool has_computed;         /* then no 304 */
	pair_vec headers;          /* others */
};

/* A query parameter; false when absent. Routes list those they know: an unknown one is 422. */
bool call_query(const struct call *c, const char *name, struct str *ret);

/* ---- fields ---- */

enum field_type {
	FT_TEXT, FT_EMAIL, FT_URL, FT_PHONE,
	FT_INT,        /* within u.num, JSON integer */
	FT_MONEY,      /* minor units, JSON integer within +-(2^53-1) */
	FT_DECIMAL,    /* a decimal string, numeric in SQL */
	FT_BOOL, FT_DATE, FT_TIME,
	FT_UUID,
	FT_REF,        /* id of another resource: u.ref */
	FT_ENUM,       /* u.words: text with CHECK in SQL */
	FT_ENUM_SET,   /* array of such words: text[] */
	FT_CURRENCY, FT_COUNTRY, FT_LOCALE, FT_ZONE,
	FT_ADDRESS,    /* {line1, line2, city, region, postal_code, country}: jsonb */
	FT_JSON,       /* any object, within limits: jsonb */
	FT_REF_LIST    /* read only: ids or embedded objects made by the view */
};

enum field_flag {
	FF_REQUIRED  = 1 << 0,  /* on create */
	FF_READ_ONLY = 1 << 1,  /* refused in bodies: 422 read_only */
	FF_COMPUTED  = 1 << 2,  /* read only, moves without the version: x-computed */
	FF_FILTER    = 1 << 3,
	FF_SORT      = 1 << 4,
	FF_SEARCH    = 1 << 5,
	FF_NULLABLE  = 1 << 6,
	FF_CREATE    = 1 << 7,  /* writable on create only */
	FF_SECRET    = 1 << 8,  /* write only, masked in the audit */
	FF_NOT_LISTED = 1 << 9  /* only in the one-by-id answer */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	enum perm read;          /* P_NONE: the resource's; else the field is left out without it */
	enum perm write;         /* P_NONE: the resource's */
	const char *column;      /* NULL: as name */
	const char *norm;        /* the normalised column for case-blind eq and prefix: "name_norm" */
	union {
		struct { int min, max; } len;      /* code points */
		struct { int64_t min, max; } num;
		const char *const *words;          /* ended by NULL */
		const char *ref;                   /* resource name */
	} u;
	const char *label;       /* for people; NULL: made from the name */
	const char *doc;
};

/* ---- resources ---- */

enum op {
	OP_CREATE = 1, OP_READ = 2, OP_UPDATE = 4, OP_DELETE = 8, OP_LIST = 16, OP_BATCH = 32,
	OP_SEARCH = 64, OP_AGGREGATE = 128,
	OP_ALL = 255,
	OP_READ_ONLY = OP_READ | OP_LIST | OP_SEARCH | OP_AGGREGATE
};

struct call;

/* A body or parameter schema of an action or route: fields again. */
struct action {
	const char *name;            /* POST /v1/{path}/{id}/{name} */
	enum perm perm;
	const struct field *in;      /* NULL: no body */
	const struct field *out;     /* NULL: the resource itself */
	int status;                  /* of success; 0: 200 */
	int (*run)(struct call *c, struct reply *r, struct err *err); /* c->param[0] = id */
	const char *doc;
};

struct child {
	const char *name;            /* member: "contacts", "lines" */
	const struct resource *resource; /* its fields; may be served at a path of its own too */
	const char *parent_column;   /* "account_id" */
	bool writable;               /* nested in the parent's bodies: PATCH replaces, by id */
	bool ordered;                /* position column kept */
	int max;                     /* elements */
};

struct write;                        /* resource/write.h: a create or update about to be composed */

struct resource {
	const char *name;            /* "account": object, audit, events, custom fields */
	const char *path;            /* "accounts" */
	const char *table;           /* "crm.account" */
	const char *view;            /* one column a field, children as json */
	unsigned ops;
	enum perm read, write;
	const struct field *fields;  /* ended by NULL name; id, version, times are the engine's */
	const struct child *children;/* ended by NULL name; NULL: none */
	const struct action *actions;/* ended by NULL name; NULL: none */
	const char *default_sort;    /* "created_at,id" */
	bool custom;                 /* has custom fields */
	bool archives;               /* DELETE sets archived_at; else deletes, 409 in_use when referred to */
	bool external_ids;
	/* Own functions where the generic one does not decide enough; NULL: generic. */
	int (*create)(struct call *c, struct reply *r, struct err *err);
	int (*update)(struct call *c, struct reply *r, struct err *err);
	int (*remove)(struct call *c, struct reply *r, struct err *err);
	/* Sees a sound body before SQL is composed: adds statements, columns, errors. NULL: nothing. */
	int (*prepare)(struct call *c, struct write *w, struct err *err);
	const char *doc;
};

enum route_flag {
	RF_PUBLIC   = 1 << 0,  /* no caller */
	RF_FORM     = 1 << 1,  /* form body, not JSON */
	RF_HTML     = 1 << 2,  /* answers pages: errors too */
	RF_NO_KEY   = 1 << 3,  /* takes no Idempotency-Key */
	RF_NO_CSRF  = 1 << 4,
	RF_LARGE    = 1 << 5,  /* body up to 8 MiB */
	RF_STREAM   = 1 << 6,  /* body up to 64 MiB: imports */
	RF_HIDDEN   = 1 << 7   /* not in the OpenAPI document (health, the document itself) */
};

/* Whatever is not a resource: sessions, tokens, reports, the hosted page, operations. */
struct route {
	enum method method;
	const char *pattern;         /* "/v1/reports/trial_balance", "/v1/deals/{id}/win" */
	enum perm perm;
	unsigned flags;
	const struct field *query;   /* parameters; NULL: none allowed */
	const struct field *in;      /* JSON body; NULL: none */
	const struct field *out;     /* JSON answer; NULL: any object */
	int status;
	int (*run)(struct call *c, struct reply *r, struct err *err);
	const char *doc;
};

/* All that a program serves. Arrays end with NULL. */
struct registry {
	const struct resource *const *resources;
	const struct route *const *routes;   /* each an array ended by a NULL pattern */
};

const struct resource *registry_find(const struct registry *g, const char *name);

/* ---- the engine's doors, for actions and routes ---- */

/* Checks c->body against fields (create: required ones too); every wrong field is named at once. */
int body_check(struct call *c, const struct field *fields, bool create, struct err *err);
/*
 * The end of every writing flush: enter first (enter_add), then the command's own statements, then this. It adds the answer
 * `SELECT … FROM view WHERE id` (kept under the Idempotency-Key when one was sent: claim is added by call_begin),
 * COMMIT, runs the flush and fills in the reply: status, body, ETag, Location on 201.
 */
struct flush *call_begin(struct call *c);                      /* BEGIN, api.enter, api.claim_key */
struct flush *call_begin_read(struct call *c);
int call_answer(struct call *c, struct flush *f, const struct resource *res, const char *id, int status,
		struct reply *r, struct err *err);
/* The same with a body that the command composed, or that a statement of its own returns (one row, one column). */
int call_answer_json(struct call *c, struct flush *f, const char *sql, int n, const char *const *params,
		     int status, struct reply *r, struct err *err);
/* A kept answer, when the flush met one under the same key: true, and r is filled in. */
bool call_replay(struct call *c, const struct flush *f, struct reply *r);
/* Adds api.expect_version(table, id, version) for If-Match where the caller sent one. */
int call_if_match(struct call *c, struct flush *f, const struct resource *res, const char *id, struct err *err);
/* c->param[0] as id: a UUID, or external:{system}:{id} resolved in the flush's first statements. 404 otherwise. */
int call_id(struct call *c, const struct resource *res, const char **ret, struct err *err);

/* Generic operations: what the router calls for a resource. */
int resource_create(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_read(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_update(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_delete(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_list(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_search(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_aggregate(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_batch(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_schema(const struct resource *res, struct call *c, struct reply *r, struct err *err);

/* OpenAPI 3.1 of the registry, made once a process. */
struct str openapi_document(const struct registry *g, struct arena *a, const char *public_url);

#endif
