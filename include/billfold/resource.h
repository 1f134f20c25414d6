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

struct file_store;

/* What a process has for all its calls. */
struct app {
	struct db *db;
	struct cache *cache;
	const struct secret *secret;
	struct jwt_keys *keys;
	const struct registry *registry;
	const char *public_url;    /* https://billing.example.com, no slash at the end */
	const struct file_store *files; /* documents; NULL where nobody reads any */
	const void *config;
	struct texts *texts;       /* texts_new(); NULL: statement texts are built anew each time */
	const char *issuer;        /* of access tokens */
	const char *run_dir;       /* sockets and locks of this machine; may be NULL */
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
	pair_vec form;             /* of application/x-www-form-urlencoded routes; parts of an upload */
	struct str raw_body;
	struct json_object *body;  /* NULL without one */
	struct str if_match, if_none_match, idempotency_key, cookie, user_agent;
	struct str authorization, content_type; /* p is NULL where the header is absent */
	const char *const *params; /* CGI parameters, for routes that read a header of their own; NULL: not by HTTP */
	/* Set by call_run from the first flush's enter. */
	int64_t business_now;
	int enter_stmt;            /* the engine's: api.enter's place in the flush that call_begin made */
	const char *module;        /* of what is asked for; NULL: always on */
	const char *about;         /* the id that it is about, once it is known: the trail of refusals names it */
	void *own;                 /* a resource's own functions', from create to prepare */
	bool open;                 /* the engine's: the call's transaction has begun; what is read aside is within it, and may be locked */
	bool opens;                /* the engine's: it begins with the first read that preparing needs */
	int key_part;              /* the engine's: > 0: the key's own part for one item of a batch */
	const char *fingerprint;   /* the engine's: of the request, once it was asked for */
	/* The engine's, for long work. */
	const struct custom_defs *custom; /* definitions of custom fields that were read for this call */
	bool dry_run;              /* call_run ends in ROLLBACK */
	void (*along)(struct flush *f, void *arg); /* adds to each flush of call_begin: commits with the call's own */
	void *along_arg;
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
	/* A body that is not held as a whole: its pieces in order, the empty slice at the end; length bytes in all. */
	int (*next)(void *arg, struct str *ret, struct err *err);
	void *next_arg;
	int64_t length;
};

/* A query parameter; false when absent. Routes list those they know: an unknown one is 422. */
bool call_query(const struct call *c, const char *name, struct str *ret);
/* The same as text, as a statement takes it: NULL when absent. */
const char *call_query_text(const struct call *c, const char *name);
/* A text member of the body, as a statement takes it: NULL where it is absent or null. */
const char *call_body_text(const struct call *c, const char *name);

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
	FT_REF_LIST,   /* read only: ids or embedded objects made by the view */
	/* For bodies of actions and routes; in a resource's own fields they are jsonb (FT_IDS: uuid[]). */
	FT_OBJECT,     /* one object: u.of.fields */
	FT_LIST,       /* array of such objects, at most u.of.max (0: 1,000) */
	FT_IDS,        /* array of distinct UUIDs, at most u.of.max (0: 100) */
	FT_INTS,       /* set of integers within u.ints, stored and shown ascending: integer[] */
	FT_TEXTS       /* array of distinct texts of u.len each, at most 100: text[] */
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
	FF_NOT_LISTED = 1 << 9, /* only in the one-by-id answer */
	FF_POSITIVE  = 1 << 10, /* a decimal above zero */
	FF_STEP_UP   = 1 << 11, /* people write it shortly after a sign-in only: caller_step_up() */
	FF_NAMED     = 1 << 12  /* only where `fields` names it: it costs more than the rest */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	enum perm read;          /* P_NONE: the resource's; else the field is left out without it */
	enum perm write;         /* P_NONE: the resource's */
	const char *column;      /* NULL: as name */
	const char *norm;        /* lower(column), stored, COLLATE "C": serves case-blind eq and prefix ("name_norm") */
	union {
		struct { int min, max; } len;      /* code points */
		struct { int64_t min, max; } num;
		struct { int min, max, count; } ints; /* each from min to max, at most count of them */
		const char *const *words;          /* ended by NULL */
		const char *ref;                   /* resource name */
		struct { const struct field *fields; int max; } of;
	} u;
	const char *label;       /* for people; NULL: made from the name */
	const char *doc;
	const char *example;     /* a value, where name and type alone would make a silly one; JSON unless it is a text; "": bodies show none */
};

/* ---- resources ---- */

enum op {
	OP_CREATE = 1, OP_READ = 2, OP_UPDATE = 4, OP_DELETE = 8, OP_LIST = 16, OP_BATCH = 32,
	OP_SEARCH = 64, OP_AGGREGATE = 128, OP_BULK = 256, OP_IMPORT = 512,
	OP_ALL = 1023,
	OP_READ_ONLY = OP_READ | OP_LIST | OP_SEARCH | OP_AGGREGATE
};

struct call;

/*
 * One action over many: ids that are still to be judged. A resource's function refuses some, each for its own reason,
 * and adds to the flush what does it to all others, as one set; what only the database finds raises, and the
 * engine tries the set again in halves. It reads aside, as `prepare` does: what moved meanwhile raises ZB409, and it is asked
 * again with c->open.
 */
struct action_set {
	size_t n;
	const char *const *ids;
	struct err *refused;         /* refused[i].code != ERR_none: left out */
	struct flush *flush;         /* begun; the engine ends it */
};

/* A body or parameter schema of an action or route: fields again. */
struct action {
	const char *name;            /* POST /v1/{path}/{id}/{name} */
	enum perm perm;
	const struct field *in;      /* NULL: no body */
	const struct field *out;     /* NULL: the resource itself */
	int status;                  /* of success; 0: 200 */
	int (*run)(struct call *c, struct reply *r, struct err *err); /* c->param[0] = id */
	const char *doc;
	/* The same for many; NULL: run, one by one. c->body holds the parameters, checked. */
	int (*run_set)(struct call *c, struct action_set *s, struct err *err);
	bool step_up;                /* people do it shortly after a sign-in only */
};

struct child {
	const char *name;            /* member: "contacts", "lines" */
	const struct resource *resource; /* its fields; may be served at a path of its own too */
	const char *parent_column;   /* "account_id" */
	bool writable;               /* nested in the parent's bodies: PATCH replaces, by id */
	bool ordered;                /* position column kept */
	int max;                     /* elements; 0: 1,000 */
};

struct sql_params;                   /* resource/filter.h */
struct write;                        /* resource/write.h: a create or update about to be composed */

/*
 * What the engine takes for granted of a table and its view (the registry test asks the live catalog):
 *	table  tenant_id (default base.tenant_id()), id, version, created_at, updated_at, archived_at where
 *	       `archives`, custom jsonb where `custom`, a column for each writable field; children have
 *	       parent_column, and `position int` where `ordered`
 *	view   one column a field by the field's *name* (as stored: numeric stays numeric, the engine writes
 *	       the decimal string), id, version, the times, custom, and each field's `norm` column
 * The engine itself adds `object`, external_id, external_ids, the children (from the child resource's own
 * fields and view, newest last or by position, archived ones left out) and what expand names: a
 * view need not make them. A child whose resource has no view is read from the parent view's column.
 */

struct resource {
	const char *name;            /* "account": object, audit, events, custom fields */
	const char *path;            /* "accounts" */
	const char *table;           /* "crm.account" */
	const char *view;            /* one column a field, children as json */
	unsigned ops;
	enum perm read, write;
	enum perm discard;           /* DELETE; P_NONE: write */
	const struct field *fields;  /* ended by NULL name; id, version, times are the engine's */
	const struct child *children;/* ended by NULL name; NULL: none */
	const struct field *once;    /* what only the answer of the write that made it shows; NULL: nothing */
	const struct action *actions;/* ended by NULL name; NULL: none */
	const char *default_sort;    /* "created_at,id" */
	bool custom;                 /* has custom fields */
	bool archives;               /* DELETE sets archived_at; else deletes, 409 in_use when referred to */
	bool external_ids;
	/* Own functions where the generic one does not decide enough; NULL: generic. */
	int (*create)(struct call *c, struct reply *r, struct err *err);
	int (*remove)(struct call *c, struct reply *r, struct err *err);
	/* Sees a sound body before SQL is composed: adds statements, columns, errors. NULL: nothing. */
	int (*prepare)(struct call *c, struct write *w, struct err *err);
	/* The part of the product that it belongs to, where a tenant may switch that off: `settings.modules`. NULL: always on. */
	const char *module;
	/* Whose rows are not everybody's: adds " AND (…)" over its view's row v. NULL: whoever may read it sees all. */
	void (*seen)(const struct call *c, struct sb *sb, struct sql_params *params);
	const char *doc;
	const char *const *hops;     /* filters through a reference: "account.owner_id", ended by NULL */
	const char *const *groups;   /* fields that aggregate may group by, ended by NULL; NULL: words, refs, currency, country, booleans, dates */
};

enum route_flag {
	RF_PUBLIC   = 1 << 0,  /* no caller */
	RF_FORM     = 1 << 1,  /* form body, not JSON */
	RF_HTML     = 1 << 2,  /* answers pages: errors too */
	RF_NO_KEY   = 1 << 3,  /* takes no Idempotency-Key */
	RF_NO_CSRF  = 1 << 4,
	RF_LARGE    = 1 << 5,  /* body up to 8 MiB */
	RF_UPLOAD   = 1 << 6,  /* JSON up to 8 MiB, or multipart/form-data up to 64: its parts are c->form */
	RF_HIDDEN   = 1 << 7,  /* not in the OpenAPI document (health, the document itself) */
	RF_RAW      = 1 << 8,  /* JSON that the route reads by itself, from raw_body: signed bytes */
	RF_STEP_UP  = 1 << 9   /* people do it shortly after a sign-in only */
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
	const char *media;           /* of the answer where it is no JSON, by blanks: "application/pdf" */
	const char *module;          /* as a resource's */
	const struct resource *shows; /* what the answer is one of, where out does not say what it is */
};

/* All that a program serves. Arrays end with NULL. */
struct registry {
	const struct resource *const *resources;
	const struct route *const *routes;   /* each an array ended by a NULL pattern */
	const struct reaction *const *reactions; /* each an array ended by a NULL resource; NULL: none */
};

/*
 * What another room does when a resource is written: it runs after the resource's own `prepare`, in every create, patch
 * and batch, and adds its statements to the same flush. The resource's room knows nothing of it.
 */
struct reaction {
	const char *resource;
	int (*prepare)(struct call *c, struct write *w, struct err *err);
};

const struct resource *registry_find(const struct registry *g, const char *name);
/* The modules that its resources and routes name, each once, ended by NULL. */
const char *const *registry_modules(const struct registry *g, struct arena *a);

/* What one of OP_… needs. */
static inline enum perm
resource_perm(const struct resource *res, unsigned op)
{
	if (op & (OP_READ_ONLY | OP_BULK))
		return res->read; /* of a bulk action: what the action takes, besides */
	return op == OP_DELETE && res->discard != P_NONE ? res->discard : res->write;
}

/* ---- the engine's doors, for actions and routes ---- */

/*
 * Checks c->body against fields (create: required ones too); every wrong field is named at once. Guarded
 * fields that the caller may not write come first: ERR_forbidden_field. No body at all counts as {}.
 */
int body_check(struct call *c, const struct field *fields, bool create, struct err *err);

/*
 * A command is one flush, or two when it must decide on what it reads:
 *
 *	struct flush *f = call_begin(c);                   BEGIN, api.enter, api.claim_key
 *	if (call_if_match(c, f, res, id, err)) return -1;  where the caller sent one
 *	flush_addv(f, "SELECT billing.void($1)", id, FLUSH_END);
 *	event_add(f, "invoice.voided", "invoice", id, NULL);
 *	return call_answer(c, f, res, id, 200, r, err);    answer, COMMIT, run, reply
 *
 * The first of two is call_begin_read + call_run: it looks for a kept answer already, so that a
 * repeat replays instead of being judged by what the first one left.
 */
struct flush *call_begin(struct call *c);
struct flush *call_begin_read(struct call *c);
/* COMMIT and flush_run; sets c->business_now. 0: ran. 1: a repeat, r holds the kept answer: return 0 now. -1: err. */
int call_run(struct call *c, struct flush *f, struct reply *r, struct err *err);
/*
 * One transaction over several flushes: for a command that locks what it decides on, or has more to send than one flush
 * should hold. call_begin + call_run_open (as call_run, without the COMMIT), then flushes of call_go_on; the last one goes the way
 * of all (call_answer). A command that changes its mind in between says call_give_up.
 */
int call_run_open(struct call *c, struct flush *f, struct reply *r, struct err *err);
struct flush *call_go_on(struct call *c);
void call_give_up(struct call *c);
/*
 * A read beside the call's own flushes, for `prepare`: of its own; or within the call's transaction where that has begun
 * (c->open), so that it sees what is locked there and ends nothing; or it begins that transaction (c->opens).
 */
struct flush *call_begin_aside(struct call *c);
int call_run_aside(struct call *c, struct flush *f, struct err *err);
/* The answer: id's representation from the view as this caller may see it, kept under the key when one was sent. */
int call_answer(struct call *c, struct flush *f, const struct resource *res, const char *id, int status,
		struct reply *r, struct err *err);
/*
 * The same with a body that a statement returns: one row, one column that is the body's JSON as text.
 * n parameters $1…$n of its own; no row: 404. No ETag.
 */
int call_answer_json(struct call *c, struct flush *f, const char *sql, int n, const char *const *params,
		     int status, struct reply *r, struct err *err);
/* err is that this was answered before: true, r is filled in with the kept answer and err cleared. */
bool call_repeats(struct call *c, struct reply *r, struct err *err);
/* If-Match of an action: adds the guard where the caller sent one (412, 404); nothing without. */
int call_if_match(struct call *c, struct flush *f, const struct resource *res, const char *id, struct err *err);
/* c->param[0] as id: a UUID, or external:{system}:{id} (then one small flush looks it up). 404 otherwise. */
int call_id(struct call *c, const struct resource *res, const char **ret, struct err *err);
/* 403 unless the caller has it. */
int call_may(const struct call *c, enum perm perm, struct err *err);
/* A flush that failed with 412 gets the current representation into err; call_answer does it by itself. */
void call_current(struct call *c, const struct resource *res, const char *id, struct err *err);

/*
 * Generic operations: what the router calls for a resource. Each looks at ops and permissions itself.
 *	GET    /v1/{path}            resource_list      GET    /v1/{path}/{id}          resource_read
 *	POST   /v1/{path}            resource_create    PATCH  /v1/{path}/{id}          resource_update
 *	POST   /v1/{path}/search     resource_search    DELETE /v1/{path}/{id}          resource_delete
 *	POST   /v1/{path}/aggregate  resource_aggregate POST   /v1/{path}/{id}/restore  resource_restore
 *	POST   /v1/{path}/batch      resource_batch     POST   /v1/{path}/{id}/{action} resource_action
 *	POST   /v1/{path}/bulk       resource_bulk
 *	GET    /v1/schema/{name}     resource_schema
 * restore is there where the resource archives and has OP_DELETE, unless it removes by a function of its own: that is
 * for good. {id} is c->param[0].
 */
static inline bool
resource_restores(const struct resource *res)
{
	return res->archives && (res->ops & OP_DELETE) && !res->remove;
}

int resource_create(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_read(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_update(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_delete(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_restore(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_list(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_search(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_aggregate(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_batch(const struct resource *res, struct call *c, struct reply *r, struct err *err);
int resource_bulk(const struct resource *res, struct call *c, struct reply *r, struct err *err);
extern const struct field resource_schema_out[]; /* what it answers, for the contract */
int resource_schema(const struct resource *res, struct call *c, struct reply *r, struct err *err);
/* Permission, body_check against in, then run: what the router calls for an action. */
int resource_action(const struct resource *res, const struct action *act, struct call *c, struct reply *r,
		    struct err *err);
/* Custom fields are served by the engine itself: put it into the registry. */
extern const struct resource custom_field_resource; /* /v1/custom_fields */

/* Statement texts by resource, field mask and shape, bounded; one a process, in struct app. */
struct texts;
struct texts *texts_new(void);
void texts_free(struct texts *t);

/* OpenAPI 3.1 of the registry, made once a process. */
struct str openapi_document(const struct registry *g, struct arena *a, const char *public_url);
/* The registry as JSON (resources, fields, operations, permissions, routes): what generated tests read. */
struct str registry_dump_json(const struct registry *g, struct arena *a);

#endif
