/*
 * write.h - a create or an update about to be composed.
 *
 * The engine fills one in from a sound body; a resource's `prepare` may look at it, set further
 * columns, and add statements before the row is written (guards, what it must lock) or after
 * (what follows from it), all in the request's one flush. Nothing has been sent yet; an error
 * here refuses the request. Statements keep the order in which they were added.
 *
 * What a `prepare` decides on it reads beside (call_begin_aside), and has it compared in the flush: a
 * statement that finds it moved raises ZB409, and everything is decided anew. It is then asked with c->open:
 * its reading is within the write's own transaction, and what it decides on it locks before it reads.
 */
#ifndef BILLFOLD_RESOURCE_WRITE_H
#define BILLFOLD_RESOURCE_WRITE_H

#include <billfold/resource.h>

struct write_column {
	const struct field *field; /* NULL: set by write_set */
	const char *column;
	const char *value;         /* the parameter's text; NULL: SQL NULL */
	bool merge;                /* JSON merge patch into what is stored */
};
typedef VEC(struct write_column) write_column_vec;

struct write_stmt {
	const char *sql;
	int n;
	const char *const *params;
	bool each; /* write_after_each */
};
typedef VEC(struct write_stmt) write_stmt_vec;

struct write_event {
	const char *type, *data;
};
struct custom_def;

/* One element of a nested child array. */
struct write_element {
	const char *id;
	bool is_new;
	const char *pointer;       /* "/contacts/0" */
	struct json_object *body;
	write_column_vec columns;
};
struct write_child {
	const struct child *child;
	VEC(struct write_element) elements;
};

/* A value that must name a row: of another resource, a currency, a country. */
struct write_ref {
	const char *table, *column, *type; /* "crm.account", "id", "uuid" */
	const char *what;                  /* "account", for the words */
	const char *value;
	const char *pointer;
};

/* What a FROM names, with parameters from $2 on ($1: an id). from NULL: the resource's view. */
struct source {
	const char *from;
	int n;
	const char *const *params;
};

struct write {
	struct call *c;
	const struct resource *res;
	bool create;
	const char *id;
	struct json_object *body;
	const char *pointer;       /* of the body in the request: "" or "/items/3/data" */
	bool sound;                /* the engine's: the body is, by itself; what is refused then is by what is there */
	write_column_vec columns;
	VEC(struct write_child) children;
	VEC(struct write_ref) refs;
	write_stmt_vec before, after;
	VEC(struct write_event) events;  /* instead of "<name>.created|updated" when not empty */
	struct json_object *custom;      /* checked, or NULL */
	const struct custom_def *custom_defs; /* those that the body names, in its order */
	size_t n_custom;
	struct json_object *external_ids;
	bool has_external_id;
	const char *external_id;         /* of system default; NULL: taken away */
	struct source made;              /* shows what was just made as the resource's own view does, for less */
	void *own;                       /* the resource's: what its `prepare` has decided, for who asked (write_try) */
};

/*
 * For functions of one's own instead of the generic ones: guard, check and gather the call's body (403, 422;
 * prepare has run then), and the statements of the write, between call_begin and call_answer.
 */
int write_plan(struct call *c, const struct resource *res, bool create, const char *id, struct write **ret,
	       struct err *err);
/*
 * A create by the call's body that is done and taken back: refused as the create itself would be, whatever it is that
 * refuses, and nothing is written. What `prepare` decided is in own, and good afterwards. guards: so are members that
 * the caller may not write; without, whoever may ask may ask.
 */
int write_try(struct call *c, const struct resource *res, bool guards, struct write **ret, struct err *err);
/* Of them only those that look whether what it names is there: of a preview that only reads. */
void write_add_looks(struct write *w, struct flush *f);
/* Of the body only what other systems call it: behind a row that statements of one's own have written. */
void write_add_external_ids(struct write *w, struct flush *f);
/* After a write that failed: a taken id of another system is named as the body named it. Returns -1. */
int write_failed(const struct write *w, struct err *err);

/* The value of a field in this body as parameter text; false when the body does not name it. */
bool write_value(const struct write *w, const char *field, const char **ret);
/* Sets a column (of res->table, a literal name), replacing what the body said. */
void write_set(struct write *w, const char *column, const char *value);
/* Takes a field's column out again: the member is for statements of one's own. */
void write_drop(struct write *w, const char *field);
/* The same of a nested element; what is set is a member of the child's resource. */
bool write_element_value(const struct write_element *e, const char *field, const char **ret);
void write_element_set(struct write *w, const struct child *ch, struct write_element *e, const char *field,
		       const char *value);
/* An update's row must have the version yet that `prepare` has read; else the write is decided anew. */
void write_expect(struct write *w, const char *version);
/* Statements around the row's own; sql is a literal, params live in the arena (ended by FLUSH_END). */
void write_before(struct write *w, const char *sql, ...);
void write_after(struct write *w, const char *sql, ...);
/* A statement that takes arrays, an element a write: of a set of writes the same text runs once for all of them. */
void write_after_each(struct write *w, const char *sql, ...);
/* An event of the object of this name instead of "<name>.created|updated"; data is JSON or NULL. */
void write_event(struct write *w, const char *type, const char *data);
/* One more wrong field of this body: pointer "/due_date". Returns -1. */
int write_refuse(struct write *w, struct err *err, const char *pointer, const char *code,
		 const char *detail);

#endif
