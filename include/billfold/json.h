/*
 * json.h - JSON in and out.
 *
 * In: a strict scan of our own (RFC 8259 grammar, UTF-8, no NUL, depth, no doubled keys,
 * numbers by their text), then json-c on bytes that are known to be sound. Numbers are
 * never read through a double: an integer beyond int64 or a fraction keeps its text.
 * Out: a writer that appends to a capped builder. json-c's names start with json_, ours
 * with jscan_, jval_, jw_ and pointer_.
 */
#ifndef BILLFOLD_JSON_H
#define BILLFOLD_JSON_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>

#include <json-c/json.h>

enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 200000 };

/*
 * Parses one document; the object belongs to the arena. ERR_bad_json names byte offset and
 * reason; a doubled key is named by its pointer.
 */
int jscan_parse(struct arena *a, struct str text, struct json_object **ret, struct err *err);
/* The check alone, without building anything. */
int jscan_check(struct str text, struct err *err);

/* Typed looks that never coerce: false when absent, null or of another type. */
bool jval_str(struct json_object *o, const char *key, struct str *ret);
struct str jval_str_of(struct json_object *o, const char *key); /* empty where there is none */
bool jval_int(struct json_object *o, const char *key, int64_t *ret);
bool jval_bool(struct json_object *o, const char *key, bool *ret);
struct json_object *jval_get(struct json_object *o, const char *key); /* NULL: absent or null */
bool jval_has(struct json_object *o, const char *key);                /* present, null too */
/* How many elements an array has; 0 for what is none. */
size_t jval_length(struct json_object *v);
/* A JSON integer within int64, by its text ("1.0" and "1e3" are not). */
bool jval_is_int(struct json_object *v, int64_t *ret);
/* The object belongs to the arena from now on. Returns it. */
struct json_object *jval_own(struct arena *a, struct json_object *o);
/* Serialised without white space, in the arena. */
struct str jval_text(struct arena *a, struct json_object *v);
/* A member's text in the arena; NULL where it is absent, null or no text. */
const char *jval_strz(struct arena *a, struct json_object *o, const char *key);

/* Writer: commas and quotes are its own; keys are literals of ours. */
struct jw {
	struct sb sb;
	unsigned char depth;
	bool comma[JSON_DEPTH_MAX + 2];
};

void jw_init(struct jw *w, struct arena *a, size_t limit);
void jw_object(struct jw *w);      /* { */
void jw_end_object(struct jw *w);  /* } */
void jw_array(struct jw *w);       /* [ */
void jw_end_array(struct jw *w);   /* ] */
void jw_key(struct jw *w, const char *key);
void jw_str(struct jw *w, struct str s);
void jw_strz(struct jw *w, const char *z); /* NULL writes null */
void jw_int(struct jw *w, int64_t n);
void jw_bool(struct jw *w, bool b);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct str json); /* a value that is JSON already */
/* key and value at once */
void jw_kstr(struct jw *w, const char *key, const char *z);
void jw_kint(struct jw *w, const char *key, int64_t n);
void jw_kbool(struct jw *w, const char *key, bool b);
void jw_kraw(struct jw *w, const char *key, struct str json);
/* "errors": the wrong fields, each with its pointer, code and detail. */
void jw_errors(struct jw *w, const struct err *err);

/* Pointers (RFC 6901). pointer + "/" + key, or an element's index. */
const char *pointer_add(struct arena *a, const char *pointer, const char *key);
const char *pointer_index(struct arena *a, const char *pointer, size_t i);
void pointer_step(struct sb *sb, struct str key); /* "/" and the key, escaped */

#endif
